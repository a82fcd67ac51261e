//! Reads profiles, or makes them of orders.

use std::error::Error;

use edge_clv_train::{
    Customers, Date, PROFILES_AT_A_TIME, ProfileBatch, ProfileReader, ReadError, RfmTable,
    RowCounts, Summary,
};

use super::arguments::InputArguments;
use super::open::{Opened, ProfileFile};
use super::orders::sum_up;
use crate::commands::counts::Counts;
use crate::commands::manners::{Manners, Progress};
use crate::failure::Failure;

/// What stands behind profiles.
pub(crate) struct Source {
    /// What became of the file's rows, and of the orders in them.
    pub(crate) counts: Counts,
    /// The day of the first order and the last day of the observation; none if the file held
    /// profiles.
    pub(crate) observed: Option<(Date, Date)>,
    /// The file held profiles, each a customer's, and no column of their names.
    is_nameless: bool,
}

impl InputArguments {
    /// Reads profiles, or sums them up from orders, one a customer and sorted by name;
    /// [`PROFILES_AT_A_TIME`] by so many. From a file of profiles they are handed on
    /// as they are read; orders are all read before the first.
    pub(crate) fn profiles_in_batches(
        &self,
        manners: &Manners,
        each: impl FnMut(ProfileBatch) -> Result<(), Box<dyn Error>>,
    ) -> Result<Source, Box<dyn Error>> {
        let (opened, progress) = self.open(manners)?;
        match opened {
            Opened::Orders(file) => {
                let mut orders = self.take_orders(file, None, &progress)?;
                let summary = sum_up(&mut orders.log, self.observe_until, manners)
                    .map_err(|error| Failure::from(error).of(&self.name()))?;
                let counts = Counts::new(orders.rows, Some(summary.counts()));
                let observed = Some((summary.observed_from(), summary.observed_to()));
                let customers = summary.customers() as u64;
                hand_on(&summary, &manners.progress("customers", Some(customers)), each)?;
                Ok(Source { counts, observed, is_nameless: false })
            }
            Opened::Profiles(file) => {
                self.refuse_for_profiles()?;
                let (rows, is_nameless) = self.take_profiles(file, &progress, each)?;
                if rows.rows == rows.bad.count() {
                    return Err(self.told("there are no profiles").into());
                }
                Ok(Source { counts: Counts::new(rows, None), observed: None, is_nameless })
            }
        }
    }

    /// Says so where an output has no names because the input has none.
    pub(crate) fn tell_nameless(&self, source: &Source, manners: &Manners) {
        if source.is_nameless {
            manners.tell(&self.told(
                "no column was found that names the customers, so the output has none either; \
                 name it with --customer (--customer \"\" if its name is empty)",
            ));
        }
    }

    fn take_profiles(
        &self,
        mut file: ProfileFile,
        progress: &Progress,
        each: impl FnMut(ProfileBatch) -> Result<(), Box<dyn Error>>,
    ) -> Result<(RowCounts, bool), Box<dyn Error>> {
        let (header, columns) = match &mut file {
            ProfileFile::Csv(file, columns) => (file.header(), columns),
            ProfileFile::Parquet(file, columns) => (file.names(), columns),
        };
        if let Some(name) = &self.customer {
            columns.name_customer(header, name).map_err(|error| self.told(error))?;
        }
        let is_nameless = columns.is_nameless();
        let read = match file {
            ProfileFile::Csv(file, columns) => {
                let mut reader = ProfileReader::new(each, &columns, "line", self.strict);
                file.read_profiles(&columns, &mut reader).and_then(|()| reader.finish())
            }
            ProfileFile::Parquet(file, columns) => {
                let mut reader = ProfileReader::new(each, &columns, "row", self.strict);
                file.read_profiles(&columns, &mut reader).and_then(|()| reader.finish())
            }
        };
        progress.finish();
        let rows = read.and_then(|rows| Ok(rows.check(self.max_bad)?)).map_err(|error| {
            // What `each` has to say is not about this file.
            match error.downcast::<ReadError>() {
                Ok(error) => self.refused(&error).into(),
                Err(other) => other,
            }
        });
        Ok((rows?, is_nameless))
    }
}

/// The rows of a summary in batches.
fn hand_on(
    summary: &Summary<'_>,
    progress: &Progress,
    mut each: impl FnMut(ProfileBatch) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut rows = summary.rows().peekable();
    while rows.peek().is_some() {
        let mut table = RfmTable::default();
        let mut customers = Customers::default();
        for row in rows.by_ref().take(PROFILES_AT_A_TIME) {
            table.push(&row, 1);
            customers.push(row.customer);
        }
        let rows = table.len() as u64;
        each(ProfileBatch { table, customers: Some(customers), counted: false })?;
        progress.add(rows);
    }
    Ok(())
}
