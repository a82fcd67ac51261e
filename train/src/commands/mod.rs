//! One module a subcommand.

pub(crate) mod input;
pub(crate) mod model;
pub(crate) mod summary;
