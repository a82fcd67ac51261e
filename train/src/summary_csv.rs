//! Writes a summary as CSV text.

use std::io::{self, Write};

use crate::{RfmTable, Summary};

impl Summary<'_> {
    /// Writes a header and a row for every customer: days as whole numbers where they are,
    /// the monetary value as the shortest text that reads back as the same `f64`, and nothing
    /// for the monetary value of a customer without a repeat purchase.
    pub fn write_csv(&self, output: impl Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(output);
        writer.write_record(["customer", "frequency", "recency", "T", "monetary_value"])?;
        for row in self.rows() {
            let monetary_value = row.monetary_value();
            writer.write_record([
                row.customer,
                &row.frequency.to_string(),
                &row.recency.to_string(),
                &row.T.to_string(),
                &monetary_value.map_or_else(String::new, |mean| mean.to_string()),
            ])?;
        }
        writer.flush()
    }
}

impl RfmTable {
    /// Writes a header and a row for every history with its count; numbers as above.
    pub fn write_csv(&self, output: impl Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(output);
        writer.write_record(["frequency", "recency", "T", "monetary_value", "count"])?;
        for row in 0..self.len() {
            let monetary_value = self.monetary_value[row];
            let monetary_value =
                if monetary_value.is_nan() { String::new() } else { monetary_value.to_string() };
            writer.write_record([
                &self.frequency[row].to_string(),
                &self.recency[row].to_string(),
                &self.T[row].to_string(),
                &monetary_value,
                &self.count[row].to_string(),
            ])?;
        }
        writer.flush()
    }
}
