//! One module a subcommand.

mod manners;
pub(crate) mod model;
mod model_file;
pub(crate) mod summary;
mod table;
pub(crate) mod validate;
