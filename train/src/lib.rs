//! From an order log to the customers' profiles.
//!
//! An [`OrderIntake`] takes orders one by one or from files, good rows and bad, and makes an
//! [`OrderLog`] of them. That sums them up to the end of an observation: one row a customer,
//! with the frequency, recency, T and monetary value that the models are fitted to. Time is
//! in days, money in whole cents until the last division.
//!
//! The text of a model file is checked by [`check_model`] and given its version by
//! [`seal_model`].
//!
//! Nothing here opens a file, reads a clock or starts a thread; the command `clv` does.

mod bad_rows;
mod columns;
mod customers;
mod date;
mod model_text;
mod moment;
mod money;
mod orders;
mod profiles;
mod read;
mod read_csv;
mod rfm;
mod rules;
mod shown;
mod summary;
mod summary_csv;

pub use bad_rows::{BadRows, CellFault, Fault};
pub use columns::{Format, NamedColumns, OrderColumns};
pub use customers::Customers;
pub use date::{Date, DateError};
pub use model_text::{ModelTextError, check_model, seal_model};
pub use moment::{Clock, Collapse, DateFormat, Moment, MomentError, Zone};
pub use money::{Cents, MoneyError};
pub use orders::{
    End, MakeOverflow, Memory, Order, OrderBatch, OrderIntake, OrderLog, OrderPart, Overflow,
    SummaryError,
};
pub use profiles::{
    Layout, PROFILES_AT_A_TIME, ProfileColumns, ProfileReader, ProfileRow, Profiles,
};
pub use read::{OrderReader, OrderRow, ReadError, RowCounts};
pub use read_csv::{CsvFile, read_cdnow};
pub use rfm::RfmTable;
pub use rules::{Duplicates, Purchase, Refunds, Rules};
pub use summary::{PartSummary, Summary, SummaryRow};
pub use summary_csv::CsvProfiles;
