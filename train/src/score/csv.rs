//! Writes scores as CSV text.

use std::io::{self, ErrorKind, Write};

use crate::{ProfileBatch, Scorer, Scores};

/// A file of scores that is being written: whose they are, the history, the scores. Numbers
/// are printed as ECMAScript prints them; what there is none of is empty.
pub struct CsvScores<W: Write> {
    writer: csv::Writer<W>,
    has_names: bool,
    has_counts: bool,
    bands: Vec<String>,
}

impl<W: Write> CsvScores<W> {
    /// Writes the header, with a column of customers or not, and one of counts or not.
    pub fn new(output: W, has_names: bool, has_counts: bool, scorer: &Scorer) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(output);
        let names = has_names.then_some("customer").into_iter();
        let counts = has_counts.then_some("count");
        let history = names.chain(["frequency", "recency", "T", "monetary_value"]).chain(counts);
        let scores = scorer.names().iter().map(String::as_str).chain(["segment"]);
        writer.write_record(history.chain(scores))?;
        Ok(Self { writer, has_names, has_counts, bands: scorer.bands().to_vec() })
    }

    /// Writes a row for each of the profiles' rows.
    ///
    /// # Errors
    /// Where the output cannot be written, and where columns differ in length.
    pub fn write(&mut self, profiles: &ProfileBatch, scores: &Scores) -> io::Result<()> {
        let table = &profiles.table;
        let numbers = [&table.frequency, &table.recency, &table.T, &table.monetary_value];
        let lengths = numbers.into_iter().chain(&scores.columns).map(Vec::len);
        let names = profiles.customers.iter().map(|names| names.len());
        let others = [table.count.len(), scores.segment.len()];
        if !lengths.chain(names).chain(others).all(|length| length == table.len()) {
            return Err(io::Error::new(ErrorKind::InvalidInput, "columns differ in length"));
        }
        for row in 0..table.len() {
            if self.has_names {
                let name = profiles.customers.as_ref().map_or("", |names| names.get(row));
                self.writer.write_field(name)?;
            }
            for column in numbers {
                self.number(column[row])?;
            }
            if self.has_counts {
                self.number(table.count[row] as f64)?;
            }
            for column in &scores.columns {
                self.number(column[row])?;
            }
            let band = self.bands.get(usize::from(scores.segment[row]));
            self.writer.write_field(band.map_or("", String::as_str))?;
            self.writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    fn number(&mut self, value: f64) -> io::Result<()> {
        if value.is_nan() {
            return Ok(self.writer.write_field("")?);
        }
        let mut buffer = ryu_js::Buffer::new();
        Ok(self.writer.write_field(buffer.format(value))?)
    }

    /// Writes what is still held back.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
