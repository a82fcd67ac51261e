//! Writes a summary as CSV text.

use std::io::{self, Write};

use crate::Summary;

impl Summary {
    /// Writes a header and a row for every profile: days as whole numbers, the monetary
    /// value as the shortest text that reads back as the same `f64`, and nothing for
    /// the monetary value of a customer without a repeat purchase.
    pub fn write_csv(&self, output: impl Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(output);
        writer.write_record(["customer", "frequency", "recency", "T", "monetary_value"])?;
        for profile in &self.profiles {
            let monetary_value = profile.monetary_value();
            writer.write_record([
                profile.customer.as_str(),
                &profile.frequency.to_string(),
                &profile.recency.to_string(),
                &profile.T.to_string(),
                &monetary_value.map_or_else(String::new, |mean| mean.to_string()),
            ])?;
        }
        writer.flush()
    }
}
