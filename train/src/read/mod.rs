//! Taking in the rows of a file of orders, good and bad.

mod bad_rows;
mod cohort_column;
mod columns;
mod csv;
mod profiles;

pub use self::csv::{CsvFile, read_cdnow};
pub use bad_rows::{BadRows, CellFault, Fault};
pub use cohort_column::CohortColumn;
pub use columns::{Format, NamedColumns, OrderColumns};
pub use profiles::{
    Layout, PROFILES_AT_A_TIME, ProfileColumns, ProfileReader, ProfileRow, Profiles,
};

use std::error::Error;
use std::fmt;
use std::io;

use crate::shown::shown;
use crate::{
    Cents, Clock, Moment, MomentError, MoneyError, Order, OrderBatch, OrderIntake, Refunds,
};

/// One side of an intake: it reads a file, or a stretch of one.
pub struct OrderReader<'a> {
    intake: &'a OrderIntake,
    batch: OrderBatch,
    /// Reads the dates.
    pub clock: Clock,
    /// What rows are counted in, for messages: `line` or `row`.
    unit: &'static str,
    /// The first bad row ends the reading.
    strict: bool,
    counted: RowCounts,
}

/// What became of a file's rows.
#[derive(Clone, Debug, Default)]
pub struct RowCounts {
    /// All of them, but blank ones.
    pub rows: u64,
    /// Those that cannot be used.
    pub bad: BadRows,
    /// Those that are further lines of the order above.
    pub further_lines: u64,
    /// Orders that were not paid.
    pub unpaid: u64,
    /// Rows whose order is of zero or less, or has a refund, which was left out as the rule
    /// says.
    pub dropped: u64,
}

impl RowCounts {
    /// Adds those of another stretch of the same file.
    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.bad.merge(other.bad);
        self.further_lines += other.further_lines;
        self.unpaid += other.unpaid;
        self.dropped += other.dropped;
    }

    /// An error if more than `most` percent of the rows are bad.
    pub fn check(self, most: f64) -> Result<Self, ReadError> {
        if self.bad.count() as f64 > self.rows as f64 * (most / 100.0) {
            return Err(ReadError::TooManyBad { bad: self.bad, rows: self.rows, most });
        }
        Ok(self)
    }
}

/// An order as a row of a file has it.
pub struct OrderRow<'a> {
    /// Who ordered.
    pub customer: &'a str,
    /// When.
    pub at: Moment,
    /// For how much, or how much was given back if negative.
    pub amount: Cents,
    /// What was given back of it, zero or more.
    pub refund: Cents,
}

/// The fault of a date's cell.
pub(crate) fn bad_date(column: &str, text: &str, error: MomentError) -> Fault {
    Fault::Cell { column: column.to_owned(), text: text.to_owned(), reason: CellFault::Date(error) }
}

/// The fault of an amount's cell.
pub(crate) fn bad_amount(column: &str, text: &str, error: MoneyError) -> Fault {
    let reason = CellFault::Amount(error);
    Fault::Cell { column: column.to_owned(), text: text.to_owned(), reason }
}

impl<'a> OrderReader<'a> {
    /// A side that counts its rows in `unit`s.
    pub fn new(intake: &'a OrderIntake, clock: Clock, unit: &'static str, strict: bool) -> Self {
        let (batch, counted) = Default::default();
        Self { intake, batch, clock, unit, strict, counted }
    }

    /// Takes in the row at a place, or counts what is wrong with it.
    pub fn take(&mut self, place: u64, row: Result<OrderRow<'_>, Fault>) -> Result<(), ReadError> {
        self.counted.rows += 1;
        let row = match row {
            Ok(row) => row,
            Err(fault) => return self.bad(place, &fault),
        };
        let refunds = self.intake.rules().refunds;
        let is_order = refunds.is_order(row.amount);
        let is_refunded = row.refund > Cents::default();
        let order = Order { at: row.at, amount: row.amount };
        let refund = Order { at: row.at, amount: -row.refund };
        match refunds {
            Refunds::Net => {
                self.gather(row.customer, order)?;
                if is_refunded {
                    self.gather(row.customer, refund)?;
                }
            }
            Refunds::Drop => {
                self.counted.dropped += u64::from(!is_order || is_refunded);
                if is_order {
                    self.gather(row.customer, order)?;
                }
            }
            Refunds::Error if is_order && !is_refunded => self.gather(row.customer, order)?,
            Refunds::Error => {
                let amount = if is_order { -row.refund } else { row.amount };
                let fault = Fault::NotPositive { amount };
                return Err(ReadError::Bad(fault.told(self.unit, place)));
            }
        }
        Ok(())
    }

    fn gather(&mut self, customer: &str, order: Order) -> Result<(), ReadError> {
        self.intake.gather(&mut self.batch, customer, order).map_err(ReadError::Overflow)
    }

    fn bad(&mut self, place: u64, fault: &Fault) -> Result<(), ReadError> {
        if self.strict {
            return Err(ReadError::Bad(fault.told(self.unit, place)));
        }
        self.counted.bad.add(self.unit, place, fault);
        Ok(())
    }

    /// Counts a row that is a further line of the order above.
    pub(crate) fn further_line(&mut self) {
        self.counted.rows += 1;
        self.counted.further_lines += 1;
    }

    /// Counts a row of an order that was not paid.
    pub(crate) fn unpaid(&mut self) {
        self.counted.rows += 1;
        self.counted.unpaid += 1;
    }

    /// Hands over what is still in its hands.
    pub fn finish(mut self) -> Result<RowCounts, ReadError> {
        self.intake.deal(&mut self.batch).map_err(ReadError::Overflow)?;
        Ok(self.counted)
    }
}

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
    /// A row is bad, and that was to end the reading.
    Bad(String),
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
            Self::Header { found, column } => {
                let found: Vec<String> = found.iter().map(|name| shown(name)).collect();
                write!(
                    f,
                    "the header must have one column {column}, but its columns are {}; expected \
                     customer, date, amount, separated by commas and in a usual spelling, or \
                     named with --customer, --date and --amount (others may stand beside them)",
                    found.join(", "),
                )
            }
            Self::Bad(told) => f.write_str(told),
            Self::TooManyBad { bad, rows, most } => write!(
                f,
                "{} of {rows} rows are bad, more than {most} %; mend them, or say with --max-bad \
                 how many of a hundred may be left out\n{bad}",
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
                "orders cannot be set aside in a temporary file: {error}; make room there, or \
                 allow more memory with --memory"
            ),
            Self::Other(told) => f.write_str(told),
        }
    }
}

impl Error for ReadError {}
