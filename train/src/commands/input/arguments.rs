//! How a command is told what to read, and how.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use edge_clv_train::{
    Clock, Collapse, Date, DateError, Duplicates, Format, Memory, Moment, MomentError,
    NamedColumns, Refunds, Rules, Zone,
};

use crate::files;

/// The input of a command: a file, and how to read it.
#[derive(Args)]
pub(crate) struct InputArguments {
    /// The orders: CSV (gzip too), Parquet, or - for CSV on standard input; summary, fit and
    /// score take a table of profiles as well
    #[arg(value_name = "ORDERS")]
    pub(crate) path: PathBuf,

    /// The last day of the observation, YYYY-MM-DD [default: the last order's day]
    #[arg(long, value_name = "DATE", value_parser = day_so_far)]
    pub(crate) observe_until: Option<Date>,

    /// An export of known layout, of which orders that were not paid are left out
    #[arg(long, value_enum, help_heading = READING)]
    pub(super) format: Option<FormatName>,

    /// The column that says who ordered, or whose profile it is [default: found by its name]
    #[arg(long, value_name = "COLUMN", help_heading = READING)]
    pub(super) customer: Option<String>,

    /// The column that says when
    #[arg(long, value_name = "COLUMN", help_heading = READING)]
    date: Option<String>,

    /// The column that says for how much, in currency; in cents if its name ends so
    #[arg(long, value_name = "COLUMN", help_heading = READING)]
    amount: Option<String>,

    /// The zone whose days count, such as Europe/Berlin or -05:00 [default: dates as written]
    #[arg(long, value_name = "ZONE", help_heading = READING, allow_hyphen_values = true)]
    time_zone: Option<Zone>,

    /// What is one purchase: the orders of a day, or each by itself, times in parts of days
    /// [default: day]
    #[arg(long, value_enum, help_heading = READING)]
    collapse: Option<CollapseName>,

    /// Amounts of zero or less: taken off what was bought before, left out, or an error
    /// [default: net]
    #[arg(long, value_enum, help_heading = READING)]
    refunds: Option<RefundsName>,

    /// Orders equal to another in customer, time and amount; times to the second as the calendar
    /// shows them, that of --time-zone if given, and with --collapse none as instants
    /// [default: keep]
    #[arg(long, value_enum, help_heading = READING)]
    duplicates: Option<DuplicatesName>,

    /// Stop at the first bad row
    #[arg(long, help_heading = READING)]
    pub(super) strict: bool,

    /// How many rows of a hundred may be bad and left out
    #[arg(long, value_name = "PERCENT", default_value = "1", help_heading = READING)]
    #[arg(allow_negative_numbers = true, value_parser = percent)]
    pub(super) max_bad: f64,

    /// Memory for orders, in MiB; past it they wait in a temporary file
    #[arg(long, value_name = "MIB", default_value = "1024", help_heading = READING)]
    memory: usize,
}

const READING: &str = "Reading orders";

/// A day that is not still to come.
fn day_so_far(text: &str) -> Result<Date, String> {
    let day: Date = text.parse().map_err(|error: DateError| error.to_string())?;
    match tomorrow().map(Moment::date) {
        Some(latest) if day > latest => Err(MomentError::Future { latest }.to_string()),
        _ => Ok(day),
    }
}

/// A zone can be a day ahead of this machine.
fn tomorrow() -> Option<Moment> {
    const DAY: u64 = 86_400;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Moment::from_epoch((now + DAY) as i64)
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| "write a number from 0 to 100".to_owned())
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(super) enum FormatName {
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

impl InputArguments {
    /// What to call the input when there is something to say about it.
    pub(crate) fn name(&self) -> String {
        files::input_name(&self.path)
    }

    pub(super) fn told(&self, what: impl Display) -> String {
        format!("{}: {what}", self.name())
    }

    /// What says how orders are read and counted would be lost on profiles.
    pub(super) fn refuse_for_profiles(&self) -> Result<(), String> {
        let options = [
            ("--observe-until", self.observe_until.is_some()),
            ("--format", self.format.is_some()),
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
        Err(self.told(format!(
            "holds profiles, which {given} cannot change; leave out {given}, or name the order \
             log they were made from"
        )))
    }

    pub(super) fn rules(&self) -> Rules {
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

    pub(super) fn clock(&self) -> Clock {
        Clock::new(self.collapse(), self.time_zone.clone(), tomorrow())
    }

    pub(super) fn columns(&self, label: Option<&str>) -> NamedColumns {
        NamedColumns {
            customer: self.customer.clone(),
            date: self.date.clone(),
            amount: self.amount.clone(),
            label: label.map(str::to_owned),
        }
    }

    pub(super) fn room(&self) -> Memory {
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
