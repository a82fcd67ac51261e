//! Model files: how they are laid out, sealed and checked, and what goes into them.

mod layout;
mod parameters;
mod segments;
mod text;

pub use layout::model_text;
pub use parameters::{NamesError, bg_nbd_named, days_of, gamma_gamma_named};
pub use segments::{SegmentError, SegmentShares, Segmentation, rounded, segments};
pub use text::{ModelTextError, check_model, seal_model};
