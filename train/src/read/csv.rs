//! Reads orders and profiles from comma-separated text.

use std::io::{Chain, Cursor, Read, Take};

use ::csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use super::bad_rows::{CellFault, Fault};
use super::columns::{LineKind, OrderAbove};
use super::profiles::profile_of;
use super::quotes::Quotes;
use super::{bad_amount, bad_date};
use crate::{
    Cents, Clock, Collapse, Format, NamedColumns, OrderColumns, OrderIntake, OrderLog, OrderReader,
    OrderRow, ProfileBatch, ProfileColumns, ProfileReader, ReadError, Rules,
};

/// The text without a byte order mark, and with [`END`] below.
type Input<R> = Take<Chain<Quotes<Chain<Cursor<Vec<u8>>, R>>, &'static [u8]>>;

/// A row below the last one. The reader takes the end of the text for the end of a row, even
/// within quotes; only where this row comes out whole was the one before closed. Within open
/// quotes its own first quote closes them, and the cell then ends with the second.
const END: &[u8] = b"\n\"end\"\n";
const END_CELL: &[u8] = b"end";

/// So long a row may be, in bytes. A quote left open makes one of all that follows, and memory
/// may have no room for that.
pub(super) const LONGEST_ROW: u64 = 1 << 20;

/// Comma-separated text whose header has been read.
pub struct CsvFile<R> {
    reader: Reader<Input<R>>,
    header: Vec<String>,
    /// One row ahead, as what follows a row tells whether it was closed.
    next: Row,
}

/// A row of a file.
#[derive(Default)]
struct Row {
    cells: ByteRecord,
    /// The line it begins on, counted from 1.
    line: u64,
    /// How many lines it goes over, for a cell in quotes may hold line ends.
    lines: u64,
    /// Text follows a quote that closes a cell.
    is_quote_followed: bool,
}

impl Row {
    /// What is wrong with the row as a whole.
    fn check(&self, columns: usize) -> Result<(), Fault> {
        let (cells, lines) = (self.cells.len(), self.lines);
        // On one line it is a slip that loses nothing.
        if lines > 1 && self.is_quote_followed {
            return Err(Fault::Quote { lines });
        }
        if cells != columns {
            return Err(Fault::Cells { cells, expected: columns, lines });
        }
        Ok(())
    }

    /// A row such as spreadsheets leave below a table.
    fn is_blank(&self) -> bool {
        self.cells.iter().all(<[u8]>::is_empty)
    }

    /// What [`END`] reads as.
    fn is_end(&self) -> bool {
        self.cells.len() == 1 && &self.cells[0] == END_CELL
    }
}

impl OrderLog {
    /// Reads orders from comma-separated text by the usual rules; the first bad row is an
    /// error.
    pub fn read_csv(input: impl Read) -> Result<Self, ReadError> {
        let intake = OrderIntake::new(Rules::default(), None);
        let clock = Clock::new(Collapse::Day, None, None);
        let mut reader = OrderReader::new(&intake, clock, "line", true);
        CsvFile::open(input)?.read_orders(None, &NamedColumns::default(), &mut reader)?;
        reader.finish()?;
        Ok(intake.finish())
    }
}

impl<R: Read> CsvFile<R> {
    /// Reads the header. Spaces around a cell do not count, and neither do blank lines.
    pub fn open(mut input: R) -> Result<Self, ReadError> {
        // Only Windows needs a byte order mark, to tell UTF-8 from its own encodings.
        let mut start = Vec::new();
        input.by_ref().take(3).read_to_end(&mut start).map_err(ReadError::Io)?;
        if start == "\u{feff}".as_bytes() {
            start.clear();
        }
        let input = Quotes::new(Cursor::new(start).chain(input));
        let input = input.chain(END).take(LONGEST_ROW);
        // With a line feed as the only end of a row, and one after the last row, the
        // reader's position gives right line numbers for Windows' line ends too.
        let reader = ReaderBuilder::new()
            .terminator(Terminator::Any(b'\n'))
            .flexible(true)
            // The first row is read like the others.
            .has_headers(false)
            .from_reader(input);
        let mut file = CsvFile { reader, header: Vec::new(), next: Row::default() };
        file.advance()?;
        let mut header = Row::default();
        if !file.take_row(&mut header)? || header.is_blank() {
            return Err(ReadError::NoHeader);
        }
        let header = header.cells.iter().map(|cell| String::from_utf8(cell.to_vec()));
        file.header = header.collect::<Result<_, _>>().map_err(|_| ReadError::Encoding)?;
        if let [header] = &file.header[..]
            && let Some(separator) = separator(header)
        {
            return Err(ReadError::Separator { header: header.clone(), separator });
        }
        Ok(file)
    }

    /// Reads one row ahead; false if there is none.
    fn advance(&mut self) -> Result<bool, ReadError> {
        let line = self.reader.position().line();
        self.reader.get_mut().set_limit(LONGEST_ROW);
        let is_read = self.reader.read_byte_record(&mut self.next.cells).map_err(unreadable)?;
        if self.reader.get_ref().limit() == 0 {
            return Err(ReadError::RowTooLong { line, most: LONGEST_ROW });
        }
        let end = self.reader.position().clone();
        let within = self.next.cells.as_slice().iter().filter(|&&byte| byte == b'\n').count();
        self.next.lines = within as u64 + 1;
        // The start of a row is taken before the blank lines above it are skipped, so the end,
        // less the lines within its cells, is the better witness.
        self.next.line = end.line().saturating_sub(self.next.lines);
        let (quotes, _) = self.reader.get_mut().get_mut().get_mut();
        self.next.is_quote_followed = quotes.followed_before(end.byte());
        self.next.cells.trim();
        Ok(is_read)
    }

    /// Takes the row that was read ahead; false if that is the end.
    fn take_row(&mut self, row: &mut Row) -> Result<bool, ReadError> {
        std::mem::swap(row, &mut self.next);
        if self.advance()? {
            return Ok(true);
        }
        if row.is_end() {
            return Ok(false);
        }
        Err(ReadError::UnclosedQuote { line: row.line })
    }

    /// The columns' names.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Calls `each` with every row that is not blank.
    fn for_each_row<E: From<ReadError>>(
        mut self,
        mut each: impl FnMut(&Row, &[String]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut row = Row::default();
        loop {
            if !self.take_row(&mut row)? {
                return Ok(());
            }
            if !row.is_blank() {
                each(&row, &self.header)?;
            }
        }
    }

    /// Reads a row an order. Of a known format, orders that were not paid and further lines
    /// of an order are counted apart.
    pub fn read_orders(
        self,
        format: Option<Format>,
        named: &NamedColumns,
        reader: &mut OrderReader<'_>,
    ) -> Result<(), ReadError> {
        let columns = OrderColumns::find(&self.header, format, named)?;
        let mut above = OrderAbove::none(&columns);
        self.for_each_row(|row, header| {
            if let Err(fault) = row.check(header.len()) {
                return reader.take(row.line, Err(fault));
            }
            let cell = |at: usize| &row.cells[at];
            let number = columns.number.map(cell);
            let status = columns.status.map(|at| String::from_utf8_lossy(cell(at)));
            match above.next(number, cell(columns.amount), status.as_deref()) {
                LineKind::Further => reader.further_line(),
                LineKind::Unpaid => reader.unpaid(),
                LineKind::Order => {
                    let order = order_of(&row.cells, header, &columns, &mut reader.clock);
                    reader.take(row.line, order)?;
                }
            }
            Ok(())
        })
    }
}

impl<R: Read> CsvFile<R> {
    /// Reads a row a profile.
    pub fn read_profiles<E, F>(
        self,
        columns: &ProfileColumns,
        reader: &mut ProfileReader<F>,
    ) -> Result<(), E>
    where
        E: From<ReadError>,
        F: FnMut(ProfileBatch) -> Result<(), E>,
    {
        self.for_each_row(|row, header| {
            if let Err(fault) = row.check(header.len()) {
                return reader.take(row.line, Err(fault));
            }
            let cell = |at: usize| std::str::from_utf8(&row.cells[at]).map_err(|_| Fault::Encoding);
            reader.take(row.line, profile_of(cell, header, columns))
        })
    }
}

/// What spreadsheets of many countries put between columns instead of commas.
fn separator(header: &str) -> Option<&'static str> {
    let separators = [(';', "semicolons"), ('\t', "tabs")];
    separators.into_iter().find(|&(separator, _)| header.contains(separator)).map(|(_, name)| name)
}

fn order_of<'a>(
    row: &'a ByteRecord,
    header: &[String],
    columns: &OrderColumns,
    clock: &mut Clock,
) -> Result<OrderRow<'a>, Fault> {
    let text = |at: usize| std::str::from_utf8(&row[at]).map_err(|_| Fault::Encoding);
    let customer = text(columns.customer)?;
    if columns.is_nobody(customer) {
        return Err(Fault::no_customer(&header[columns.customer], customer));
    }
    let date = text(columns.date)?;
    let at = clock.read(date).map_err(|error| bad_date(&header[columns.date], date, error))?;
    let money = |column: usize| {
        let text = text(column)?;
        let amount = if columns.in_cents && column == columns.amount {
            Cents::from_digits(text)
        } else {
            text.parse()
        };
        amount.map_err(|error| bad_amount(&header[column], text, error))
    };
    let amount = money(columns.amount)?;
    let refund = match columns.refund {
        Some(column) if !row[column].is_empty() => money(column)?,
        _ => Cents::default(),
    };
    // Some exports write what was given back as a negative amount.
    let refund = if refund.is_negative() { -refund } else { refund };
    // A label that is not text costs no order.
    let label = columns.label.map(|at| String::from_utf8_lossy(&row[at]));
    Ok(OrderRow { customer, at, amount, refund, label })
}

impl Fault {
    fn no_customer(column: &str, text: &str) -> Self {
        let (column, text) = (column.to_owned(), text.to_owned());
        Self::Cell { column, text, reason: CellFault::NoCustomer }
    }
}

fn unreadable(error: csv::Error) -> ReadError {
    ReadError::Io(error.into())
}
