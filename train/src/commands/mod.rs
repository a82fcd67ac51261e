//! One module a subcommand.

pub(crate) mod fit;
pub(crate) mod input;
mod manners;
pub(crate) mod model;
mod model_file;
mod source;
pub(crate) mod summary;
mod table;
mod terms;
pub(crate) mod validate;
