//! Days and moments, and how exports write them.

mod date;
mod moment;

pub use date::{Date, DateError};
pub use moment::{Clock, Collapse, DateFormat, Moment, MomentError, Zone};
