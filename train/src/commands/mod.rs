//! One module a subcommand.

pub(crate) mod model;
pub(crate) mod summary;
