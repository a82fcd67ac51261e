//! Reads orders and profiles from comma-separated text.

use std::io::{BufRead, BufReader, Chain, Cursor, Read, Take};

use ::csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use super::bad_rows::{CellFault, Fault};
use super::columns::is_unpaid;
use super::profiles::profile_of;
use super::{bad_amount, bad_date};
use crate::{
    Cents, Clock, Collapse, Format, NamedColumns, OrderColumns, OrderIntake, OrderLog, OrderReader,
    OrderRow, ProfileColumns, ProfileReader, Profiles, ReadError, Rules,
};

/// The text without a byte order mark, and with [`END`] below.
type Input<R> = Take<Chain<Chain<Cursor<Vec<u8>>, R>, &'static [u8]>>;

/// A row below the last one. The reader takes the end of the text for the end of a row, even
/// within quotes; only where this row comes out whole was the one before closed. Within open
/// quotes its own first quote closes them, and the cell then ends with the second.
const END: &[u8] = b"\n\"end\"\n";
const END_CELL: &[u8] = b"end";

/// So long a row may be, in bytes. A quote left open makes one of all that follows, and memory
/// may have no room for that.
const LONGEST_ROW: u64 = 1 << 20;

/// Comma-separated text whose header has been read.
pub struct CsvFile<R> {
    reader: Reader<Input<R>>,
    header: Vec<String>,
    /// One row ahead, as what follows a row tells whether it was closed.
    next: ByteRecord,
    next_line: u64,
}

/// What a row of an order log is.
pub(crate) enum OrderLine<'a> {
    /// A further line of the order above.
    Further,
    /// An order that was not paid.
    Unpaid,
    /// An order, or what is wrong with it.
    Order(Result<OrderRow<'a>, Fault>),
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
        let input = Cursor::new(start).chain(input).chain(END).take(LONGEST_ROW);
        // With a line feed as the only end of a row, and one after the last row, the
        // reader's position gives right line numbers for Windows' line ends too.
        let reader = ReaderBuilder::new()
            .terminator(Terminator::Any(b'\n'))
            .flexible(true)
            // The first row is read like the others.
            .has_headers(false)
            .from_reader(input);
        let next = ByteRecord::new();
        let mut file = CsvFile { reader, header: Vec::new(), next, next_line: 1 };
        file.advance()?;
        let mut header = ByteRecord::new();
        if !file.take_row(&mut header)? || is_blank(&header) {
            return Err(ReadError::NoHeader);
        }
        let header = header.iter().map(|cell| String::from_utf8(cell.to_vec()));
        file.header = header.collect::<Result<_, _>>().map_err(|_| ReadError::Encoding)?;
        Ok(file)
    }

    /// Reads one row ahead; false if there is none.
    fn advance(&mut self) -> Result<bool, ReadError> {
        let line = self.reader.position().line();
        self.reader.get_mut().set_limit(LONGEST_ROW);
        let is_read = self.reader.read_byte_record(&mut self.next).map_err(unreadable)?;
        if self.reader.get_ref().limit() == 0 {
            return Err(ReadError::RowTooLong { line, most: LONGEST_ROW });
        }
        self.next_line = first_line(&self.next, &self.reader);
        self.next.trim();
        Ok(is_read)
    }

    /// Takes the row that was read ahead; false if that is the end.
    fn take_row(&mut self, row: &mut ByteRecord) -> Result<bool, ReadError> {
        let line = self.next_line;
        std::mem::swap(row, &mut self.next);
        if self.advance()? {
            return Ok(true);
        }
        if is_end(row) {
            return Ok(false);
        }
        Err(ReadError::UnclosedQuote { line })
    }

    /// The columns' names.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Calls `each` with every row that is not blank, and the line it begins on.
    pub(crate) fn for_each_row<E: From<ReadError>>(
        mut self,
        mut each: impl FnMut(u64, &ByteRecord, &[String]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut row = ByteRecord::new();
        loop {
            let line = self.next_line;
            if !self.take_row(&mut row)? {
                return Ok(());
            }
            if !is_blank(&row) {
                each(line, &row, &self.header)?;
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
        let mut clock = reader.clock.clone();
        self.for_each_order(format, named, &mut clock, |line, _, order| {
            match order {
                OrderLine::Further => reader.further_line(),
                OrderLine::Unpaid => reader.unpaid(),
                OrderLine::Order(order) => reader.take(line, order)?,
            }
            Ok(())
        })?;
        reader.clock = clock;
        Ok(())
    }

    /// Calls `each` with every row that is not blank, the line it begins on, and what it is.
    pub(crate) fn for_each_order(
        self,
        format: Option<Format>,
        named: &NamedColumns,
        clock: &mut Clock,
        mut each: impl FnMut(u64, &ByteRecord, OrderLine<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let columns = OrderColumns::find(&self.header, format, named)?;
        let mut number = Vec::new();
        self.for_each_row(|line, row, header| {
            if row.len() != header.len() {
                let fault = Fault::Cells { cells: row.len(), expected: header.len() };
                return each(line, row, OrderLine::Order(Err(fault)));
            }
            if let Some(column) = columns.number {
                let is_further = !row[column].is_empty() && row[column] == number[..];
                number.clear();
                number.extend_from_slice(&row[column]);
                // Shopify leaves the total out of further lines; others repeat it.
                if is_further && (format != Some(Format::Shopify) || row[columns.amount].is_empty())
                {
                    return each(line, row, OrderLine::Further);
                }
            }
            if columns.status.is_some_and(|at| is_unpaid(&String::from_utf8_lossy(&row[at]))) {
                return each(line, row, OrderLine::Unpaid);
            }
            each(line, row, OrderLine::Order(order_of(row, header, &columns, clock)))
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
        F: FnMut(Profiles) -> Result<(), E>,
    {
        self.for_each_row(|line, row, header| {
            if row.len() != header.len() {
                let fault = Fault::Cells { cells: row.len(), expected: header.len() };
                return reader.take(line, Err(fault));
            }
            let cell = |at: usize| std::str::from_utf8(&row[at]).map_err(|_| Fault::Encoding);
            reader.take(line, profile_of(cell, header, columns))
        })
    }
}

fn order_of<'a>(
    row: &'a ByteRecord,
    header: &[String],
    columns: &OrderColumns,
    clock: &mut Clock,
) -> Result<OrderRow<'a>, Fault> {
    let text = |at: usize| std::str::from_utf8(&row[at]).map_err(|_| Fault::Encoding);
    let customer = text(columns.customer)?;
    if customer.is_empty() {
        return Err(Fault::no_customer(&header[columns.customer]));
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
    Ok(OrderRow { customer, at, amount, refund })
}

/// Reads lines of numbers between spaces, of which the last four are the customer, the day as
/// `YYYYMMDD`, units and currency: the layout of the CDNOW data, of the sample and of the whole.
pub fn read_cdnow(input: impl Read, reader: &mut OrderReader<'_>) -> Result<(), ReadError> {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        let mut rest = input.by_ref().take(LONGEST_ROW);
        if rest.read_until(b'\n', &mut line).map_err(ReadError::Io)? == 0 {
            return Ok(());
        }
        number += 1;
        if rest.limit() == 0 {
            return Err(ReadError::RowTooLong { line: number, most: LONGEST_ROW });
        }
        let Ok(text) = std::str::from_utf8(&line) else {
            reader.take(number, Err(Fault::Encoding))?;
            continue;
        };
        let text = text.trim_start_matches('\u{feff}');
        let mut cells = text.split_ascii_whitespace().rev();
        let (Some(amount), Some(_), Some(date), Some(customer)) =
            (cells.next(), cells.next(), cells.next(), cells.next())
        else {
            if !text.trim().is_empty() {
                let cells = text.split_ascii_whitespace().count();
                reader.take(number, Err(Fault::Cells { cells, expected: 4 }))?;
            }
            continue;
        };
        let at = reader.clock.read(date).map_err(|error| bad_date("date", date, error));
        let order = at.and_then(|at| {
            let parsed = amount.parse().map_err(|error| bad_amount("dollars", amount, error));
            Ok(OrderRow { customer, at, amount: parsed?, refund: Cents::default() })
        });
        reader.take(number, order)?;
    }
}

impl Fault {
    fn no_customer(column: &str) -> Self {
        let (column, text) = (column.to_owned(), String::new());
        Self::Cell { column, text, reason: CellFault::NoCustomer }
    }
}

/// What [`END`] reads as.
fn is_end(row: &ByteRecord) -> bool {
    row.len() == 1 && &row[0] == END_CELL
}

/// A row such as spreadsheets leave below a table.
fn is_blank(row: &ByteRecord) -> bool {
    row.iter().all(<[u8]>::is_empty)
}

/// The line a row begins on, counted from 1: the start of a row is taken before the blank lines
/// above it are skipped, so the end, less the lines within its cells, is the better witness.
fn first_line<R: Read>(row: &ByteRecord, reader: &Reader<R>) -> u64 {
    let within = row.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
    reader.position().line().saturating_sub(within + 1)
}

fn unreadable(error: csv::Error) -> ReadError {
    ReadError::Io(error.into())
}
