//! From an order log to the customers' profiles.
//!
//! An [`OrderLog`] takes orders one by one, or a whole CSV at once, and sums them up to
//! the end of an observation: one [`CustomerProfile`] a customer, with the frequency,
//! recency, T and monetary value that the models are fitted to. Time is in days, money
//! in whole cents until the last division.
//!
//! Nothing here opens a file, reads a clock or starts a thread; the command `clv` does.

mod date;
mod money;
mod orders;
mod orders_csv;
mod summary_csv;

pub use date::{Date, DateError};
pub use money::{Cents, MoneyError};
pub use orders::{CustomerProfile, Order, OrderError, OrderLog, Summary, SummaryError};
pub use orders_csv::{CellError, ReadError};
