//! Customers as rows of CSV (RFC 4180), from bytes as they arrive.

use edge_clv::{Input, Profile, Rule, Violation, Violations};

use crate::broken::{Broken, FormRule, broken};
use crate::options::number;
use crate::row::{LINE_LIMIT, Name, Row};

/// The most cells of a row that are told apart; no header has as many names.
pub(crate) const CELLS: usize = 64;

/// A reader of CSV.
pub(crate) struct CsvRows {
    reader: csv_core::Reader,
    cohorts: bool,
    /// What each column is, once the header is read.
    columns: Option<Vec<Column>>,
    /// The name of the column of names.
    id: String,
    /// The cells of the row that is being read, one after the other, and where each ends.
    cells: Vec<u8>,
    used: usize,
    ends: [usize; CELLS],
    count: usize,
    /// Whether that row is longer than may be, or has more cells.
    too_long: bool,
    too_many: bool,
    /// How much of a byte order mark has been read over; all of it also where there is none.
    mark: usize,
}

/// The byte order mark of UTF-8, which spreadsheets write. The reader of CSV knows it too, but
/// only where it comes in one piece.
const MARK: [u8; 3] = *b"\xef\xbb\xbf";

/// What a column holds.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    Number(usize),
    Id,
    Cohort,
}

const NUMBERS: [&str; 4] = ["frequency", "recency", "T", "monetary_value"];

impl CsvRows {
    pub(crate) fn new(cohorts: bool) -> CsvRows {
        CsvRows {
            reader: csv_core::Reader::new(),
            cohorts,
            columns: None,
            id: "id".into(),
            cells: vec![0; LINE_LIMIT],
            used: 0,
            ends: [0; CELLS],
            count: 0,
            too_long: false,
            too_many: false,
            mark: 0,
        }
    }

    /// Whether the header has been read.
    pub(crate) fn has_header(&self) -> bool {
        self.columns.is_some()
    }

    /// Takes the next bytes, none being the end, and hands over each row that is complete.
    /// `begin` is called once, with the name of the column of names, after the header.
    ///
    /// # Errors
    /// Every rule that the header breaks.
    pub(crate) fn push(
        &mut self,
        mut bytes: &[u8],
        begin: &mut dyn FnMut(&str),
        each: &mut dyn FnMut(Row<'_>),
    ) -> Result<(), Vec<Broken>> {
        while self.mark < MARK.len() {
            match bytes.split_first() {
                Some((first, rest)) if *first == MARK[self.mark] => {
                    self.mark += 1;
                    bytes = rest;
                    if rest.is_empty() {
                        return Ok(());
                    }
                }
                // What only began like one is text.
                _ => {
                    let begun = std::mem::replace(&mut self.mark, MARK.len());
                    if begun > 0 {
                        self.read(&MARK[..begun], begin, each)?;
                    }
                }
            }
        }
        self.read(bytes, begin, each)
    }

    fn read(
        &mut self,
        mut bytes: &[u8],
        begin: &mut dyn FnMut(&str),
        each: &mut dyn FnMut(Row<'_>),
    ) -> Result<(), Vec<Broken>> {
        use csv_core::ReadRecordResult::{End, InputEmpty, OutputEndsFull, OutputFull, Record};
        let ending = bytes.is_empty();
        loop {
            let (result, read, written, ended) = self.reader.read_record(
                bytes,
                &mut self.cells[self.used..],
                &mut self.ends[self.count..],
            );
            bytes = &bytes[read..];
            self.used += written;
            self.count += ended;
            match result {
                InputEmpty if ending => {}
                InputEmpty => return Ok(()),
                // What does not fit is read over.
                OutputFull => {
                    self.too_long = true;
                    self.used = 0;
                }
                OutputEndsFull => {
                    self.too_many = true;
                    self.count = 0;
                }
                Record => {
                    self.record(begin, each)?;
                    (self.used, self.count) = (0, 0);
                    (self.too_long, self.too_many) = (false, false);
                }
                End => {
                    if self.columns.is_none() {
                        self.header()?;
                        begin(&self.id);
                    }
                    return Ok(());
                }
            }
        }
    }

    fn record(
        &mut self,
        begin: &mut dyn FnMut(&str),
        each: &mut dyn FnMut(Row<'_>),
    ) -> Result<(), Vec<Broken>> {
        let Some(columns) = &self.columns else {
            self.header()?;
            begin(&self.id);
            return Ok(());
        };
        let rule = if self.too_long {
            Some(FormRule::LineLength)
        } else if self.too_many || self.count != columns.len() {
            Some(FormRule::Cells)
        } else {
            None
        };
        if let Some(rule) = rule {
            each(Row::broken(rule.at("")));
            return Ok(());
        }
        each(match self.texts() {
            Some(texts) => row(columns, texts),
            None => Row::broken(FormRule::IsUtf8.at("")),
        });
        Ok(())
    }

    /// The cells that have been read, if every one is text: halves of a character in two cells
    /// are none in either.
    fn texts(&self) -> Option<impl Iterator<Item = &str>> {
        let text = std::str::from_utf8(self.cells.get(..self.used)?).ok()?;
        let ends = self.ends.get(..self.count)?;
        let whole = ends.iter().all(|end| text.is_char_boundary(*end));
        let starts = [0].into_iter().chain(ends.iter().copied());
        let cell = |(start, end): (usize, &usize)| text.get(start..*end).unwrap_or_default();
        whole.then(move || starts.zip(ends).map(cell))
    }

    /// Understands the row that has been read as the header.
    fn header(&mut self) -> Result<(), Vec<Broken>> {
        if self.too_long {
            return Err(vec![FormRule::LineLength.at("")]);
        }
        if self.too_many {
            return Err(vec![FormRule::Columns.at("")]);
        }
        let mut errors = Violations::default();
        let mut columns = Vec::new();
        let mut id = None;
        let Some(names) = self.texts() else { return Err(vec![FormRule::IsUtf8.at("")]) };
        for name in names {
            let name = name.trim();
            let column = match (name, NUMBERS.iter().position(|known| *known == name)) {
                (_, Some(i)) => Column::Number(i),
                // `customer` is what `clv` calls it.
                ("id" | "customer", _) => {
                    id = Some(name.to_owned());
                    Column::Id
                }
                ("cohort", _) if self.cohorts => Column::Cohort,
                _ => {
                    errors.extend([Violation::at_key(name, Rule::Known)]);
                    continue;
                }
            };
            if columns.contains(&column) {
                errors.extend([Violation::at_key(name, Rule::Once)]);
            }
            columns.push(column);
        }
        let mut needed = vec![Column::Number(0), Column::Number(1), Column::Number(2)];
        needed.extend(self.cohorts.then_some(Column::Cohort));
        for column in needed.into_iter().filter(|column| !columns.contains(column)) {
            let name = match column {
                Column::Number(i) => NUMBERS[i],
                _ => "cohort",
            };
            errors.extend([Violation::at_key(name, Rule::Given)]);
        }
        if !errors.is_empty() {
            return Err(broken(errors));
        }
        self.columns = Some(columns);
        self.id = id.unwrap_or_else(|| "id".into());
        Ok(())
    }
}

/// A customer of cells.
fn row<'r>(columns: &[Column], texts: impl Iterator<Item = &'r str>) -> Row<'r> {
    let mut cells: [&str; 4] = [""; 4];
    let (mut id, mut cohort) = (None, None);
    for (column, text) in columns.iter().zip(texts) {
        match column {
            Column::Number(i) => cells[*i] = text.trim(),
            Column::Id => id = (!text.is_empty()).then_some(Name::Cell(text)),
            Column::Cohort => cohort = Some(Name::Cell(text)),
        }
    }
    let [frequency, recency, age, monetary_value] = cells.map(|text| text.parse::<f64>().ok());
    let unknown = cells[3].is_empty();
    let profile = match (frequency, recency, age) {
        (Some(x), Some(t_x), Some(age)) if unknown || monetary_value.is_some() => {
            Profile::new(x, t_x, age, monetary_value).map_err(broken)
        }
        _ => {
            let given = NUMBERS.iter().zip(cells).filter(|(_, text)| !text.is_empty());
            let entries: Vec<(String, Input)> =
                given.map(|(name, text)| ((*name).to_owned(), number(text))).collect();
            Profile::read(&entries).map_err(broken)
        }
    };
    Row { id, cohort, profile }
}
