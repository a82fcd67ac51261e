//! What is fitted to: histories, and where they come from.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use edge_clv_train::RfmTable;
use sha2::{Digest, Sha256};

use super::counts::Counts;
use super::input::InputArguments;
use super::manners::{Manners, Watched};
use crate::failure::Failure;
use crate::files;

/// Histories with what a model file tells of their source.
pub(crate) struct Histories {
    pub(crate) table: RfmTable,
    /// Orders; of a table of profiles the purchases, which is what is left of them.
    pub(crate) orders: u64,
    /// The first and the last day, where orders tell.
    pub(crate) observed: Option<(String, String)>,
    /// Of the file as it is; empty of what can be read only once, such as standard input.
    pub(crate) sha256: String,
    /// What became of the file's rows, and of the orders in them.
    pub(crate) counts: Counts,
}

/// Reads what the arguments name.
pub(crate) fn read(input: &InputArguments, manners: &Manners) -> Result<Histories, Failure> {
    let mut table = RfmTable::default();
    let source = input.profiles_in_batches(manners, |batch| {
        table.append(&batch.table);
        Ok(())
    })?;
    let purchases = || {
        let rows = table.frequency.iter().zip(&table.count);
        rows.map(|(frequency, count)| (frequency + 1.0) as u64 * count).sum()
    };
    Ok(Histories {
        orders: source.counts.orders.map_or_else(purchases, |counts| counts.orders),
        observed: source.observed.map(|(from, to)| (from.to_string(), to.to_string())),
        sha256: sha256(&input.path, manners)?,
        counts: source.counts,
        table,
    })
}

impl Histories {
    /// Customers who came back.
    pub(crate) fn repeat_customers(&self) -> u64 {
        let rows = self.table.frequency.iter().zip(&self.table.count);
        rows.filter(|(frequency, _)| **frequency > 0.0).map(|(_, count)| count).sum()
    }

    /// What was read, in a line.
    pub(crate) fn told(&self) -> String {
        let observed = match &self.observed {
            Some((from, to)) => format!("orders: {}, observed: {from}..{to}", self.orders),
            None => format!("purchases: {}", self.orders),
        };
        format!(
            "customers: {}, repeat customers: {}, {observed}",
            self.table.count.iter().sum::<u64>(),
            self.repeat_customers(),
        )
    }
}

/// The digest of a file, so that a model can be told to come from it.
fn sha256(path: &Path, manners: &Manners) -> Result<String, String> {
    if !files::can_be_read_again(path) {
        return Ok(String::new());
    }
    let mut digest = Sha256::new();
    let size = fs::metadata(path).ok().map(|found| found.len());
    let mut file = Watched { file: files::open(path)?, progress: Arc::new(manners.reading(size)) };
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => digest.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
