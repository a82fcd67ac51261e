//! Why a file cannot be read.

use std::error::Error;
use std::fmt;
use std::io;

use super::{BadRows, Fault};
use crate::shown::shown;

/// Why a file cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// It is empty, or its first line is.
    NoHeader,
    /// Its header does not have this column exactly once.
    Header {
        /// The columns it has.
        found: Vec<String>,
        /// The column that is missing or ambiguous.
        column: String,
    },
    /// It is a table of profiles and does not have this column, of the customers, exactly once.
    NoCustomerColumn {
        /// The columns it has.
        found: Vec<String>,
        /// The column that is missing or ambiguous.
        column: String,
    },
    /// Its header is one column with semicolons or tabs in it.
    Separator {
        /// That column.
        header: String,
        /// What seems to stand between columns, in words.
        separator: &'static str,
    },
    /// Its header does not have this column, to label customers with, exactly once.
    NoSuchColumn {
        /// The columns it has.
        found: Vec<String>,
        /// The column that is missing or ambiguous.
        column: String,
    },
    /// Its amounts seem to be prices of one, for quantities stand beside them.
    UnitPrice {
        /// The column that was found for the amounts.
        price: String,
        /// The column beside it.
        quantity: String,
    },
    /// A row is bad, and that was to end the reading.
    Bad {
        /// What rows are counted in.
        unit: &'static str,
        /// Where it is.
        place: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// More rows are bad than was allowed.
    TooManyBad {
        /// Those that are.
        bad: BadRows,
        /// How many rows there are.
        rows: u64,
        /// How many of a hundred may be.
        most: f64,
    },
    /// It is not text, or not UTF-8.
    Encoding,
    /// A double quote opens a cell and none closes it.
    UnclosedQuote {
        /// Where its row begins.
        line: u64,
    },
    /// A row is longer than any should be.
    RowTooLong {
        /// Where it begins.
        line: u64,
        /// How long it may be, in bytes.
        most: u64,
    },
    /// It cannot be read to its end.
    Io(io::Error),
    /// Orders cannot be set aside in a temporary file.
    Overflow(io::Error),
    /// Something else, in words.
    Other(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader => f.write_str(
                "has no header; expected the columns customer, date, amount in the first line",
            ),
            Self::Header { found, column } => write!(
                f,
                "the header must have one column {column}, but its columns are {}; expected \
                 customer, date, amount, separated by commas and in a usual spelling, others \
                 beside them or not",
                listed(found),
            ),
            Self::NoCustomerColumn { found, column } => write!(
                f,
                "the header must have one column {} of customers, but its columns are {}",
                shown(column),
                listed(found)
            ),
            Self::Separator { header, separator } => write!(
                f,
                "seems to be separated by {separator}, for its header is one column, {}; write it \
                 with commas between columns",
                shown(header)
            ),
            Self::NoSuchColumn { found, column } => write!(
                f,
                "the header must have one column {} to group by, but its columns are {}",
                shown(column),
                listed(found)
            ),
            Self::UnitPrice { price, quantity } => write!(
                f,
                "the column {} beside {} seems to be the price of one and not what was paid; \
                 multiply the two into a column amount",
                shown(price),
                shown(quantity),
            ),
            Self::Bad { unit, place, fault } => f.write_str(&fault.told(unit, *place)),
            Self::TooManyBad { bad, rows, most } => write!(
                f,
                "{} of {rows} rows are bad, more than {most} %; mend them\n{bad}",
                bad.count(),
            ),
            Self::Encoding => {
                f.write_str("line 1 is not UTF-8 text; export or save the file as CSV in UTF-8")
            }
            Self::UnclosedQuote { line } => write!(
                f,
                "a cell of the row that begins on line {line} opens with a double quote that \
                 nothing closes, so all that follows would be that cell; close it, or double a \
                 quote that is part of the text"
            ),
            Self::RowTooLong { line, most } => write!(
                f,
                "the row that begins on line {line} is longer than {most} bytes; look for a \
                 double quote there that nothing closes"
            ),
            Self::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                write!(f, "ends too early, as if it was cut off; fetch it again ({error})")
            }
            Self::Io(error) => write!(f, "cannot be read: {error}"),
            Self::Overflow(error) => write!(
                f,
                "orders cannot be set aside in a temporary file: {error}; make room there"
            ),
            Self::Other(told) => f.write_str(told),
        }
    }
}

/// The names of columns.
fn listed(columns: &[String]) -> String {
    columns.iter().map(|name| shown(name)).collect::<Vec<_>>().join(", ")
}

impl Error for ReadError {}
