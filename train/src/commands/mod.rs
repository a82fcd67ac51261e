//! One module a subcommand.

pub(crate) mod cohorts;
mod counts;
pub(crate) mod fit;
mod histories;
pub(crate) mod input;
mod manners;
pub(crate) mod model;
mod model_file;
mod model_new;
mod model_show;
pub(crate) mod score;
pub(crate) mod simulate;
pub(crate) mod summary;
mod table;
mod terms;
pub(crate) mod validate;

pub(crate) use manners::Progress;
