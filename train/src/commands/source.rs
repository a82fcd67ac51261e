//! What is fitted to.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use edge_clv_train::{Date, OrderLog, RfmTable};
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::files;

/// The input of a fit.
#[derive(Args)]
pub(crate) struct SourceArguments {
    /// The order log, or - for standard input
    orders: PathBuf,

    /// The last day of the observation, YYYY-MM-DD [default: the last order's day]
    #[arg(long, value_name = "DATE")]
    observe_until: Option<Date>,
}

/// What was read.
pub(crate) struct Source {
    pub(crate) table: RfmTable,
    pub(crate) orders: u64,
    pub(crate) observed_from: String,
    pub(crate) observed_to: String,
    pub(crate) sha256: String,
}

impl SourceArguments {
    pub(crate) fn path(&self) -> &Path {
        &self.orders
    }

    pub(crate) fn name(&self) -> String {
        files::input_name(&self.orders)
    }

    pub(crate) fn read(&self) -> Result<Source, Failure> {
        let name = self.name();
        let mut input = Hashed { input: files::open(&self.orders)?, digest: Sha256::new() };
        let log = OrderLog::read_csv(&mut input).map_err(|error| format!("{name}: {error}"))?;
        let summary =
            log.summary(self.observe_until).map_err(|error| format!("{name}: {error}"))?;
        let digest = input.digest.finalize();
        Ok(Source {
            table: RfmTable::from(&summary),
            orders: log.orders() - summary.orders_left_out,
            observed_from: summary.observed_from.to_string(),
            observed_to: summary.observed_to.to_string(),
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }
}

impl Source {
    /// Customers who came back.
    pub(crate) fn repeat_customers(&self) -> u64 {
        let rows = self.table.frequency.iter().zip(&self.table.count);
        rows.filter(|(frequency, _)| **frequency > 0.0).map(|(_, count)| count).sum()
    }

    /// What was read, in a line.
    pub(crate) fn told(&self) -> String {
        format!(
            "customers: {}, repeat customers: {}, orders: {}, observed: {}..{}",
            self.table.count.iter().sum::<u64>(),
            self.repeat_customers(),
            self.orders,
            self.observed_from,
            self.observed_to
        )
    }
}

/// Takes the digest of all that is read through it.
struct Hashed<R> {
    input: R,
    digest: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.digest.update(&buffer[..read]);
        Ok(read)
    }
}
