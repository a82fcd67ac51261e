//! Reads an order log from CSV text.

use std::error::Error;
use std::fmt;
use std::io::{self, Read};

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord, Terminator, Trim};

use crate::{DateError, MoneyError, Order, OrderError, OrderLog};

const COLUMNS: [&str; 3] = ["customer", "date", "amount"];
const CUSTOMER: usize = 0;
const DATE: usize = 1;
const AMOUNT: usize = 2;

const SHOWN_CHARACTERS: usize = 40;

impl OrderLog {
    /// Reads comma-separated UTF-8 text with a header that has, among others and in any
    /// case, the columns `customer`, `date` (`YYYY-MM-DD`) and `amount` (currency).
    /// Spaces around a cell do not count. The first bad row ends the reading.
    pub fn read_csv(input: impl Read) -> Result<Self, ReadError> {
        // With a line feed as the only end of a row, and one after the last row, the
        // reader's position gives right line numbers for Windows' line ends too.
        let mut reader = ReaderBuilder::new()
            .terminator(Terminator::Any(b'\n'))
            .trim(Trim::All)
            .flexible(true)
            .from_reader(input.chain(&b"\n"[..]));
        let mut row = StringRecord::new();

        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(error) => return Err(unreadable(error, &reader)),
        };
        let places = find_columns(&header)?;
        let mut log = Self::default();
        while reader.read_record(&mut row).map_err(|error| unreadable(error, &reader))? {
            if is_blank(&row) {
                continue;
            }
            let line = first_line(&row, &reader);
            if row.len() != header.len() {
                return Err(ReadError::Row { line, cells: row.len(), expected: header.len() });
            }
            let cells = places.map(|place| &row[place]);
            take_in(&mut log, cells).map_err(|reason| ReadError::Cell {
                line,
                column: COLUMNS[reason.column()],
                text: cells[reason.column()].to_owned(),
                reason,
            })?;
        }
        Ok(log)
    }
}

fn find_columns(header: &StringRecord) -> Result<[usize; 3], ReadError> {
    if is_blank(header) {
        return Err(ReadError::NoHeader);
    }
    let mut places = [0; 3];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let mut found = (0..header.len()).filter(|&i| header[i].eq_ignore_ascii_case(column));
        let (Some(only), None) = (found.next(), found.next()) else {
            return Err(ReadError::Header {
                found: header.iter().map(str::to_owned).collect(),
                column,
            });
        };
        *place = only;
    }
    Ok(places)
}

/// A row such as spreadsheets leave below a table.
fn is_blank(row: &StringRecord) -> bool {
    row.iter().all(str::is_empty)
}

fn take_in(log: &mut OrderLog, cells: [&str; 3]) -> Result<(), CellError> {
    let order = Order {
        date: cells[DATE].parse().map_err(CellError::Date)?,
        amount: cells[AMOUNT].parse().map_err(CellError::Amount)?,
    };
    log.add(cells[CUSTOMER], order).map_err(CellError::Order)
}

/// The line a row begins on, counted from 1.
fn first_line<R: Read>(row: &StringRecord, reader: &Reader<R>) -> u64 {
    match row.position() {
        Some(start) if row.iter().any(|cell| cell.contains('\n')) => start.line(),
        // The start of a row is taken before the blank lines above it are skipped, so
        // the end is the better witness wherever a row is one line.
        _ => reader.position().line() - 1,
    }
}

fn unreadable<R: Read>(error: csv::Error, reader: &Reader<R>) -> ReadError {
    match error.kind() {
        ErrorKind::Utf8 { .. } => ReadError::Encoding { line: reader.position().line() - 1 },
        _ => ReadError::Io(error.into()),
    }
}

/// Why a text is not an order log.
#[derive(Debug)]
pub enum ReadError {
    /// It is empty, or its first line is.
    NoHeader,
    /// Its header does not have this column exactly once.
    Header {
        /// The columns it has.
        found: Vec<String>,
        /// The column that is missing or ambiguous.
        column: &'static str,
    },
    /// A row has more or fewer cells than the header.
    Row {
        /// Where the row begins, counted from 1.
        line: u64,
        /// The cells it has.
        cells: usize,
        /// The cells the header has.
        expected: usize,
    },
    /// A cell is not what its column holds.
    Cell {
        /// Where its row begins, counted from 1.
        line: u64,
        /// The column's name.
        column: &'static str,
        /// The whole cell.
        text: String,
        /// What is wrong with it.
        reason: CellError,
    },
    /// A row is not UTF-8 text.
    Encoding {
        /// Where it ends, counted from 1.
        line: u64,
    },
    /// The text could not be read to its end.
    Io(io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader => write!(
                f,
                "has no header; expected the columns {} in the first line",
                COLUMNS.join(", ")
            ),
            Self::Header { found, column } => {
                let found: Vec<String> = found.iter().map(|name| shown(name)).collect();
                write!(
                    f,
                    "the header must have one column {column}, but its columns are {}; \
                     expected {} (others may stand beside them), separated by commas",
                    found.join(", "),
                    COLUMNS.join(", "),
                )
            }
            Self::Row { line, cells, expected } => write!(
                f,
                "line {line}: the header has {expected} columns and this row {cells}; put a \
                 cell that holds commas in double quotes"
            ),
            Self::Cell { line, column, text, reason } => {
                write!(f, "line {line}, column {column}: {} {reason}", shown(text))
            }
            Self::Encoding { line } => write!(
                f,
                "line {line} is not UTF-8 text; export or save the orders as CSV in UTF-8"
            ),
            Self::Io(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

impl Error for ReadError {}

/// A cell in quotes, cut short, and without anything that would upset a terminal.
fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Why a cell is not what its column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellError {
    /// It is not a date.
    Date(DateError),
    /// It is not an amount of money.
    Amount(MoneyError),
    /// The order breaks a rule.
    Order(OrderError),
}

impl CellError {
    fn column(self) -> usize {
        match self {
            Self::Order(OrderError::NoCustomer) => CUSTOMER,
            Self::Date(_) => DATE,
            Self::Amount(_) | Self::Order(OrderError::NegativeAmount) => AMOUNT,
        }
    }
}

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(error) => error.fmt(f),
            Self::Amount(error) => error.fmt(f),
            Self::Order(error) => error.fmt(f),
        }
    }
}

impl Error for CellError {}
