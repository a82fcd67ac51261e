//! Reads profiles from Parquet.

use edge_clv_train::{
    CellFault, Clock, Collapse, Fault, Layout, ProfileBatch, ProfileColumns, ProfileReader,
    ProfileRow, ReadError,
};

use super::ParquetFile;
use super::column::Column;
use super::read::{cell_fault, read_all};

impl ParquetFile {
    /// Reads a row a profile.
    pub(crate) fn read_profiles<E, F>(
        &self,
        columns: &ProfileColumns,
        reader: &mut ProfileReader<F>,
    ) -> Result<(), E>
    where
        E: From<ReadError>,
        F: FnMut(ProfileBatch) -> Result<(), E>,
    {
        let mut place = 0;
        let mut room = String::new();
        for group in 0..self.row_groups() {
            let column = |at: usize| self.column(&self.reader, group, at);
            let some = |at: Option<usize>| at.map(column).transpose();
            let mut frequency = column(columns.frequency)?;
            let mut count = some(columns.count)?;
            let mut customer = some(columns.customer)?;
            let mut others = match columns.layout {
                Layout::Days { recency, T, monetary_value } => {
                    [Some(column(recency)?), Some(column(T)?), some(monetary_value)?, None]
                }
                Layout::Dates { first_date, last_date, observed_to, repeat_cents } => {
                    let columns = [first_date, last_date, observed_to, repeat_cents];
                    let [first, last, observed, cents] = columns.map(column);
                    [Some(first?), Some(last?), Some(observed?), Some(cents?)]
                }
            };
            loop {
                let given = others.iter_mut().chain([&mut count, &mut customer]).flatten();
                let rows = read_all([&mut frequency].into_iter().chain(given))?;
                if rows == 0 {
                    break;
                }
                for row in 0..rows {
                    place += 1;
                    let profile = self.profile_of(row, columns, &frequency, &others, &count);
                    let name =
                        customer.as_ref().map_or(Some(""), |names| names.text(row, &mut room));
                    let name = name.ok_or(Fault::Encoding);
                    reader.take(place, profile.and_then(|profile| Ok((name?, profile))))?;
                }
            }
            self.watch(group);
        }
        Ok(())
    }

    fn profile_of(
        &self,
        row: usize,
        columns: &ProfileColumns,
        frequency: &Column,
        others: &[Option<Column>; 4],
        count: &Option<Column>,
    ) -> Result<ProfileRow, Fault> {
        let number = |at: usize, column: &Column| {
            let reason = CellFault::Rule("is a number");
            column.number(row).ok_or_else(|| cell_fault(&self.names[at], column, row, reason))
        };
        let frequency = number(columns.frequency, frequency)?;
        let count = match (columns.count, count) {
            (Some(at), Some(count)) => number(at, count)?,
            _ => 1.0,
        };
        match (columns.layout, others) {
            (Layout::Days { recency, T, monetary_value }, [Some(r), Some(t), mean, _]) => {
                let mean = match (monetary_value, mean) {
                    (Some(at), Some(mean)) => number(at, mean)?,
                    _ => f64::NAN,
                };
                Ok(ProfileRow {
                    numbers: [frequency, number(recency, r)?, number(T, t)?, mean],
                    count,
                })
            }
            (
                Layout::Dates { first_date, last_date, observed_to, repeat_cents },
                [Some(first), Some(last), Some(observed), Some(cents)],
            ) => {
                let mut clock = Clock::new(Collapse::Day, None, None);
                let mut date = |at: usize, column: &Column| {
                    let date = column.moment(row, &mut clock);
                    date.map_err(|error| {
                        cell_fault(&self.names[at], column, row, CellFault::Date(error))
                    })
                };
                let dates = [
                    date(first_date, first)?,
                    date(last_date, last)?,
                    date(observed_to, observed)?,
                ];
                let cents = cents.money(row, true).map_err(|error| {
                    cell_fault(&self.names[repeat_cents], cents, row, CellFault::Amount(error))
                })?;
                ProfileRow::from_dates(frequency, dates, cents, count)
            }
            // The columns were opened for the layout.
            _ => Err(Fault::Encoding),
        }
    }
}
