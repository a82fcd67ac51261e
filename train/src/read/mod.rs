//! Taking in the rows of a file of orders, good and bad.

mod bad_rows;
mod cdnow;
mod columns;
mod csv;
mod error;
mod orders;
mod profiles;
mod quotes;

pub use self::csv::CsvFile;
pub use bad_rows::{BadRows, CellFault, Fault};
pub use cdnow::read_cdnow;
pub use columns::{Format, LineKind, NamedColumns, OrderAbove, OrderColumns, status_column};
pub use error::ReadError;
pub use orders::{OrderReader, OrderRow, RowCounts};
pub use profiles::{
    Layout, PROFILES_AT_A_TIME, ProfileBatch, ProfileColumns, ProfileReader, ProfileRow,
};

use crate::{MomentError, MoneyError};

/// The fault of a date's cell.
pub(crate) fn bad_date(column: &str, text: &str, error: MomentError) -> Fault {
    Fault::Cell { column: column.to_owned(), text: text.to_owned(), reason: CellFault::Date(error) }
}

/// The fault of an amount's cell.
pub(crate) fn bad_amount(column: &str, text: &str, error: MoneyError) -> Fault {
    let reason = CellFault::Amount(error);
    Fault::Cell { column: column.to_owned(), text: text.to_owned(), reason }
}
