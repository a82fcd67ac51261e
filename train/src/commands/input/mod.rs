//! What the commands read: an order log, or the customers' profiles, whichever a file holds.

use std::error::Error;
use std::fmt::Display;
use std::fs;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use edge_clv_train::{
    Clock, CohortColumn, Collapse, CsvFile, Customers, Date, Duplicates, Format, Memory, Moment,
    NamedColumns, OrderIntake, OrderLog, OrderReader, PROFILES_AT_A_TIME, ProfileColumns,
    ProfileReader, Profiles, ReadError, Refunds, RfmTable, RowCounts, Rules, Summary, SummaryError,
    Zone, read_cdnow,
};
use flate2::bufread::MultiGzDecoder;

use super::counts::Counts;
use super::manners::{Manners, Progress, Watched};
use crate::files;
use crate::parquet_file::ParquetFile;

/// The input of a command: a file, and how to read it.
#[derive(Args)]
pub(crate) struct InputArguments {
    /// The orders: CSV (gzip too), Parquet, or - for CSV on standard input
    #[arg(value_name = "ORDERS")]
    pub(crate) path: PathBuf,

    /// The last day of the observation, YYYY-MM-DD [default: the last order's day]
    #[arg(long, value_name = "DATE")]
    pub(crate) observe_until: Option<Date>,

    /// An export of known layout
    #[arg(long, value_enum, help_heading = READING)]
    format: Option<FormatName>,

    /// The column that says who ordered [default: found by its name]
    #[arg(long, value_name = "COLUMN", help_heading = READING)]
    customer: Option<String>,

    /// The column that says when
    #[arg(long, value_name = "COLUMN", help_heading = READING)]
    date: Option<String>,

    /// The column that says for how much, in currency; in cents if its name ends so
    #[arg(long, value_name = "COLUMN", help_heading = READING)]
    amount: Option<String>,

    /// The zone whose days count, such as Europe/Berlin or -05:00 [default: dates as written]
    #[arg(long, value_name = "ZONE", help_heading = READING)]
    time_zone: Option<Zone>,

    /// What is one purchase: the orders of a day, or each by itself, times in parts of days
    /// [default: day]
    #[arg(long, value_enum, help_heading = READING)]
    collapse: Option<CollapseName>,

    /// Amounts of zero or less: taken off what was bought before, left out, or an error
    /// [default: net]
    #[arg(long, value_enum, help_heading = READING)]
    refunds: Option<RefundsName>,

    /// Orders equal to another in customer, time and amount
    /// [default: keep]
    #[arg(long, value_enum, help_heading = READING)]
    duplicates: Option<DuplicatesName>,

    /// Stop at the first bad row
    #[arg(long, help_heading = READING)]
    strict: bool,

    /// How many rows of a hundred may be bad and left out
    #[arg(long, value_name = "PERCENT", default_value = "1", help_heading = READING)]
    #[arg(value_parser = percent)]
    max_bad: f64,

    /// Memory for orders, in MiB; past it they wait in a temporary file
    #[arg(long, value_name = "MIB", default_value = "1024", help_heading = READING)]
    memory: usize,

    /// What shows how far the reading is, if anything does.
    #[arg(skip)]
    progress: OnceLock<Arc<Progress>>,
}

const READING: &str = "Reading orders";

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| "write a number from 0 to 100".to_owned())
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatName {
    /// Shopify's orders_export.csv
    Shopify,
    /// The order exports of WooCommerce and its plugins
    Woocommerce,
    /// CDNOW_sample.txt
    Cdnow,
}

#[derive(Clone, Copy, ValueEnum)]
enum CollapseName {
    Day,
    None,
}

#[derive(Clone, Copy, ValueEnum)]
enum RefundsName {
    Net,
    Drop,
    Error,
}

#[derive(Clone, Copy, ValueEnum)]
enum DuplicatesName {
    Keep,
    Drop,
    Error,
}

/// Orders, and what became of the rows they were read from.
pub(crate) struct Orders {
    pub(crate) log: OrderLog,
    pub(crate) rows: RowCounts,
}

/// What stands behind profiles.
pub(crate) struct Source {
    /// What became of the file's rows, and of the orders in them.
    pub(crate) counts: Counts,
    /// The day of the first order and the last day of the observation; none if the file held
    /// profiles.
    pub(crate) observed: Option<(Date, Date)>,
}

/// A file that has been looked into.
enum Opened {
    Orders(OrderFile),
    Profiles(ProfileFile),
}

/// A file of orders.
enum OrderFile {
    Cdnow(Box<dyn Read>),
    Csv(CsvFile<Box<dyn Read>>),
    Parquet(ParquetFile),
}

/// A file of profiles.
enum ProfileFile {
    Csv(CsvFile<Box<dyn Read>>, ProfileColumns),
    Parquet(ParquetFile, ProfileColumns),
}

impl InputArguments {
    /// What to call the input when there is something to say about it.
    pub(crate) fn name(&self) -> String {
        files::input_name(&self.path)
    }

    /// Shows how far the reading is, from now on.
    pub(crate) fn watch(&self, manners: &Manners) {
        let size = fs::metadata(&self.path).ok().filter(|found| found.is_file());
        // Whoever watches first goes on.
        let _ = self.progress.set(Arc::new(manners.reading(size.map(|found| found.len()))));
    }

    /// Nothing more is read.
    fn unwatch(&self) {
        if let Some(progress) = self.progress.get() {
            progress.finish();
        }
    }

    /// Reads an order log.
    pub(crate) fn read_orders(&self) -> Result<Orders, Box<dyn Error>> {
        match self.open()? {
            Opened::Orders(file) => self.take_orders(file),
            Opened::Profiles(_) => Err(self
                .told(
                    "holds profiles, and the orders themselves are needed; name the order log \
                     they were made from",
                )
                .into()),
        }
    }

    /// Reads profiles, or sums them up from orders, one a customer and sorted by name;
    /// [`PROFILES_AT_A_TIME`] by so many. From a file of profiles they are handed on
    /// as they are read; orders are all read before the first.
    pub(crate) fn profiles_in_batches(
        &self,
        each: impl FnMut(Profiles) -> Result<(), Box<dyn Error>>,
    ) -> Result<Source, Box<dyn Error>> {
        match self.open()? {
            Opened::Orders(file) => {
                let mut orders = self.take_orders(file)?;
                let summary = sum_up(&mut orders.log, self.observe_until)
                    .map_err(|error| self.told(error))?;
                let counts = Counts::new(orders.rows, Some(summary.counts()));
                let observed = Some((summary.observed_from(), summary.observed_to()));
                hand_on(&summary, each)?;
                Ok(Source { counts, observed })
            }
            Opened::Profiles(file) => {
                self.refuse_for_profiles()?;
                let rows = self.take_profiles(file, each)?;
                if rows.rows == rows.bad.count() {
                    return Err(self.told("there are no profiles").into());
                }
                Ok(Source { counts: Counts::new(rows, None), observed: None })
            }
        }
    }

    fn told(&self, what: impl Display) -> String {
        format!("{}: {what}", self.name())
    }

    fn open(&self) -> Result<Opened, Box<dyn Error>> {
        let input = match open_file(&self.path, self.progress.get())? {
            Content::Text(input) => input,
            Content::Parquet => {
                let progress = self.progress.get().cloned();
                let file =
                    ParquetFile::open(&self.path, progress).map_err(|error| self.told(error))?;
                return Ok(match ProfileColumns::find(file.names()) {
                    Some(columns) => Opened::Profiles(ProfileFile::Parquet(file, columns)),
                    None => Opened::Orders(OrderFile::Parquet(file)),
                });
            }
        };
        if let Some(FormatName::Cdnow) = self.format {
            return Ok(Opened::Orders(OrderFile::Cdnow(input)));
        }
        let file = CsvFile::open(input).map_err(|error| self.told(error))?;
        Ok(match ProfileColumns::find(file.header()) {
            Some(columns) => Opened::Profiles(ProfileFile::Csv(file, columns)),
            None => Opened::Orders(OrderFile::Csv(file)),
        })
    }

    /// What says how orders are read and counted would be lost on profiles.
    fn refuse_for_profiles(&self) -> Result<(), Box<dyn Error>> {
        let options = [
            ("--observe-until", self.observe_until.is_some()),
            ("--format", self.format.is_some()),
            ("--customer", self.customer.is_some()),
            ("--date", self.date.is_some()),
            ("--amount", self.amount.is_some()),
            ("--time-zone", self.time_zone.is_some()),
            ("--collapse", self.collapse.is_some()),
            ("--refunds", self.refunds.is_some()),
            ("--duplicates", self.duplicates.is_some()),
        ];
        let given: Vec<&str> =
            options.iter().filter(|(_, is_given)| *is_given).map(|&(name, _)| name).collect();
        if given.is_empty() {
            return Ok(());
        }
        let given = given.join(", ");
        Err(self
            .told(format!(
                "holds profiles, which {given} cannot change; leave out {given}, or name the \
                 order log they were made from"
            ))
            .into())
    }

    fn take_orders(&self, file: OrderFile) -> Result<Orders, Box<dyn Error>> {
        let intake = OrderIntake::new(self.rules(), Some(self.room()));
        let rows = match file {
            OrderFile::Parquet(_) if self.format.is_some() => {
                let told = "is Parquet, and --format is about text; name the columns instead";
                return Err(self.told(told).into());
            }
            OrderFile::Parquet(file) => {
                file.read_orders(&self.columns(), &intake, self.clock(), self.strict)
            }
            OrderFile::Cdnow(input) => self.take_text(&intake, |reader| read_cdnow(input, reader)),
            OrderFile::Csv(file) => self.take_text(&intake, |reader| {
                file.read_orders(self.format.map(Format::from), &self.columns(), reader)
            }),
        };
        self.unwatch();
        let rows =
            rows.and_then(|rows| rows.check(self.max_bad)).map_err(|error| self.told(error))?;
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

    fn take_profiles(
        &self,
        file: ProfileFile,
        each: impl FnMut(Profiles) -> Result<(), Box<dyn Error>>,
    ) -> Result<RowCounts, Box<dyn Error>> {
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
        self.unwatch();
        read.and_then(|rows| Ok(rows.check(self.max_bad)?)).map_err(|error| {
            // What `each` has to say is not about this file.
            match error.downcast::<ReadError>() {
                Ok(error) => self.told(error).into(),
                Err(other) => other,
            }
        })
    }

    /// Reads a column of the orders that says which cohort a customer belongs to.
    pub(crate) fn read_cohorts(&self, column: &str) -> Result<CohortColumn, Box<dyn Error>> {
        // The orders themselves are read after it.
        if !files::can_be_read_again(&self.path) {
            return Err("a column to group by needs a file, which can be read twice".into());
        }
        let Opened::Orders(OrderFile::Csv(file)) = self.open()? else {
            return Err(self.told("a column to group by needs orders in CSV").into());
        };
        let (format, refunds) = (self.format.map(Format::from), self.rules().refunds);
        let clock = &mut self.clock();
        let read = file.read_cohorts(format, &self.columns(), refunds, column, clock);
        Ok(read.map_err(|error| self.told(error))?)
    }

    fn rules(&self) -> Rules {
        Rules {
            collapse: self.collapse(),
            refunds: match self.refunds {
                None | Some(RefundsName::Net) => Refunds::Net,
                Some(RefundsName::Drop) => Refunds::Drop,
                Some(RefundsName::Error) => Refunds::Error,
            },
            duplicates: match self.duplicates {
                None | Some(DuplicatesName::Keep) => Duplicates::Keep,
                Some(DuplicatesName::Drop) => Duplicates::Drop,
                Some(DuplicatesName::Error) => Duplicates::Error,
            },
            zone: self.time_zone.clone(),
        }
    }

    fn collapse(&self) -> Collapse {
        match self.collapse {
            None | Some(CollapseName::Day) => Collapse::Day,
            Some(CollapseName::None) => Collapse::None,
        }
    }

    fn clock(&self) -> Clock {
        // A zone can be a day ahead of this machine.
        const DAY: u64 = 86_400;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let tomorrow = Moment::from_epoch((now + DAY) as i64);
        Clock::new(self.collapse(), self.time_zone.clone(), tomorrow)
    }

    fn columns(&self) -> NamedColumns {
        NamedColumns {
            customer: self.customer.clone(),
            date: self.date.clone(),
            amount: self.amount.clone(),
        }
    }

    fn room(&self) -> Memory {
        Memory {
            most: self.memory.saturating_mul(1 << 20),
            overflow: || Ok(Box::new(tempfile::tempfile()?)),
        }
    }
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Shopify => Self::Shopify,
            FormatName::Woocommerce => Self::Woocommerce,
            FormatName::Cdnow => Self::Cdnow,
        }
    }
}

/// The summary of a log, made on all processors.
fn sum_up(log: &mut OrderLog, observe_until: Option<Date>) -> Result<Summary<'_>, SummaryError> {
    let end = log.end(observe_until)?;
    let rules = log.rules().clone();
    let parts = Mutex::new(log.parts_mut().iter_mut());
    let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        let mut summaries = Vec::new();
        while let Some(part) = next() {
            summaries.push(part.summarise(&rules, end)?);
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

/// The rows of a summary in batches.
fn hand_on(
    summary: &Summary<'_>,
    mut each: impl FnMut(Profiles) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut rows = summary.rows().peekable();
    while rows.peek().is_some() {
        let mut table = RfmTable::default();
        let mut customers = Customers::default();
        for row in rows.by_ref().take(PROFILES_AT_A_TIME) {
            table.push(&row, 1);
            customers.push(row.customer);
        }
        each(Profiles { table, customers: Some(customers), counted: false })?;
    }
    Ok(())
}

/// What a file holds, by its first bytes.
enum Content {
    Text(Box<dyn Read>),
    Parquet,
}

/// Opens a file's text, unpacked if it is gzip.
fn open_file(path: &Path, progress: Option<&Arc<Progress>>) -> Result<Content, String> {
    let name = files::input_name(path);
    let file = files::open(path)?;
    let file: Box<dyn Read> = match progress.cloned() {
        Some(progress) => Box::new(Watched { file, progress }),
        None => file,
    };
    let mut file = BufReader::with_capacity(1 << 18, file);
    let mut start = Vec::new();
    let started = file.by_ref().take(4).read_to_end(&mut start);
    started.map_err(|error| format!("cannot read {name}: {error}"))?;
    if start == b"PAR1" {
        if !files::can_be_read_again(path) {
            return Err(format!(
                "{name} is Parquet, which is read from its end; write it to a file and name that"
            ));
        }
        return Ok(Content::Parquet);
    }
    let is_gzip = start.starts_with(&[0x1f, 0x8b]);
    let whole = Cursor::new(start).chain(file);
    Ok(Content::Text(if is_gzip {
        Box::new(Unpacked(MultiGzDecoder::new(whole)))
    } else {
        Box::new(whole)
    }))
}

/// The content of gzip, whose errors say what to do.
struct Unpacked<R>(MultiGzDecoder<R>);

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput => io::Error::other(format!(
                "its gzip data is damaged, or was cut off ({error}); fetch it again"
            )),
            _ => error,
        })
    }
}
