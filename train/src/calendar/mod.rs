//! Days and moments, and how exports write them.

mod clock;
mod collapse;
mod date;
mod format;
mod moment;
mod zone;

pub use clock::Clock;
pub use collapse::Collapse;
pub use date::{Date, DateError};
pub use format::{DateFormat, MomentError};
pub use moment::Moment;
pub use zone::Zone;
