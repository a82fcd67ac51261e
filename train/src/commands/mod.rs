//! One module a subcommand.

pub(crate) mod cohorts;
pub(crate) mod input;
mod manners;
pub(crate) mod model;
mod model_file;
pub(crate) mod summary;
mod table;
pub(crate) mod validate;
