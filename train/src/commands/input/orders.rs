//! Reads orders, and sums them up.

use std::error::Error;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

use edge_clv_train::{
    Date, Format, OrderIntake, OrderLog, OrderReader, ReadError, RowCounts, Summary, SummaryError,
    read_cdnow,
};

use super::arguments::{FormatName, InputArguments};
use super::open::{Opened, OrderFile};
use crate::commands::manners::{Manners, Progress};

/// Orders, and what became of the rows they were read from.
pub(crate) struct Orders {
    pub(crate) log: OrderLog,
    pub(crate) rows: RowCounts,
}

impl InputArguments {
    /// Reads an order log, and what the column `label` says of the customers if one is named.
    pub(crate) fn read_orders(
        &self,
        label: Option<&str>,
        manners: &Manners,
    ) -> Result<Orders, Box<dyn Error>> {
        let (opened, progress) = self.open(manners)?;
        match opened {
            Opened::Orders(file) => self.take_orders(file, label, &progress),
            Opened::Profiles(_) => Err(self
                .told(
                    "holds profiles, and the orders themselves are needed; name the order log \
                     they were made from",
                )
                .into()),
        }
    }

    pub(super) fn take_orders(
        &self,
        file: OrderFile,
        label: Option<&str>,
        progress: &Progress,
    ) -> Result<Orders, Box<dyn Error>> {
        let intake = OrderIntake::new(self.rules(), Some(self.room()));
        let (format, columns) = (self.format.map(Format::from), self.columns(label));
        let rows = match file {
            OrderFile::Parquet(_) if self.format == Some(FormatName::Cdnow) => {
                let told = "is Parquet, and --format cdnow is of text; leave it out";
                return Err(self.told(told).into());
            }
            OrderFile::Cdnow(_) if label.is_some() => {
                let told = "has no names of columns with --format cdnow, so none to group by";
                return Err(self.told(told).into());
            }
            OrderFile::Parquet(file) => {
                file.read_orders(format, &columns, &intake, self.clock(), self.strict)
            }
            OrderFile::Cdnow(input) => self.take_text(&intake, |reader| read_cdnow(input, reader)),
            OrderFile::Csv(file) => {
                self.take_text(&intake, |reader| file.read_orders(format, &columns, reader))
            }
        };
        progress.finish();
        let rows = rows.and_then(|rows| rows.check(self.max_bad));
        let rows = rows.map_err(|error| self.refused(&error))?;
        Ok(Orders { log: intake.finish(), rows })
    }

    fn take_text(
        &self,
        intake: &OrderIntake,
        read: impl FnOnce(&mut OrderReader<'_>) -> Result<(), ReadError>,
    ) -> Result<RowCounts, ReadError> {
        let mut reader = OrderReader::new(intake, self.clock(), "line", self.strict);
        read(&mut reader)?;
        reader.finish()
    }
}

/// The summary of a log, made on all processors.
pub(super) fn sum_up<'l>(
    log: &'l mut OrderLog,
    observe_until: Option<Date>,
    manners: &Manners,
) -> Result<Summary<'l>, SummaryError> {
    let progress = manners.progress("customers summed up", Some(log.customers() as u64));
    let end = log.end(observe_until)?;
    let rules = log.rules().clone();
    let parts = Mutex::new(log.parts_mut().iter_mut());
    let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut summaries = Vec::new();
        while let Some(part) = next() {
            let customers = part.len();
            summaries.push(part.summarise(&rules, end)?);
            progress.add(customers as u64);
        }
        Ok::<_, SummaryError>(summaries)
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut summaries = Vec::new();
    thread::scope(|scope| {
        let sides: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for side in sides {
            // What panics there goes on panicking here.
            summaries.extend(side.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok::<_, SummaryError>(())
    })?;
    Summary::new(end, summaries)
}
