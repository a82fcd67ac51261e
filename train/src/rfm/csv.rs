//! Writes profiles as CSV text.

use std::io::{self, Write};

use crate::ProfileBatch;

/// A file of profiles that is being written: days as whole numbers where they are, the
/// monetary value as the shortest text that reads back as the same `f64`, and nothing for
/// the monetary value of a customer without a repeat purchase.
pub struct CsvProfiles<W: Write> {
    writer: csv::Writer<W>,
    has_names: bool,
    has_counts: bool,
}

impl<W: Write> CsvProfiles<W> {
    /// Writes the header, with a column of customers or not, and one of counts or not.
    pub fn new(output: W, has_names: bool, has_counts: bool) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(output);
        let names = has_names.then_some("customer").into_iter();
        let counts = has_counts.then_some("count");
        let header = names.chain(["frequency", "recency", "T", "monetary_value"]).chain(counts);
        writer.write_record(header)?;
        Ok(Self { writer, has_names, has_counts })
    }

    /// Writes the rows.
    pub fn write(&mut self, profiles: &ProfileBatch) -> io::Result<()> {
        let table = &profiles.table;
        for row in 0..table.len() {
            if self.has_names {
                let name = profiles.customers.as_ref().map_or("", |names| names.get(row));
                self.writer.write_field(name)?;
            }
            for number in [table.frequency[row], table.recency[row], table.T[row]] {
                self.writer.write_field(number.to_string())?;
            }
            let mean = table.monetary_value[row];
            self.writer.write_field(if mean.is_nan() {
                String::new()
            } else {
                mean.to_string()
            })?;
            if self.has_counts {
                self.writer.write_field(table.count[row].to_string())?;
            }
            self.writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }

    /// Writes what is still held back.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
