//! `clv summary`: an order log in, every customer's profile out.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use edge_clv_train::{PROFILES_AT_A_TIME, ProfileBatch, RfmTable};
use serde::Serialize;

use crate::commands::counts::Counts;
use crate::commands::input::{InputArguments, Source};
use crate::commands::manners::Manners;
use crate::failure::Failure;
use crate::files::{self, Form};
use crate::profile_writer::ProfileWriter;

/// Sum up an order log into one RFM row a customer
///
/// ORDERS is CSV with a header, or Parquet, and has the columns customer, date and amount (in
/// currency, at most two decimals), in their usual spellings, in any order and among any
/// others. It may also be a table of profiles, such as sql/rfm_summary.sql makes, which is
/// checked and written anew.
///
/// A row of the output is, in days up to the end of the observation:
///
///   frequency       distinct purchase days minus one
///   recency         from the first to the last purchase
///   T               from the first purchase to the end of the observation
///   monetary_value  mean of the daily totals, the first day not counted;
///                   empty when frequency is 0
///
/// Orders of one customer on one day are one purchase. Orders after the end of the
/// observation are left out, and so is a customer who has no others. Rows are sorted
/// by customer.
///
/// Dates are YYYY-MM-DD, with a time of day after it or not, RFC 3339, YYYYMMDD, or seconds or
/// milliseconds since 1970; a file writes all of them alike. A date with a time counts on
/// the day it is written with; --time-zone names another calendar for dates that have an
/// offset from UTC or count from 1970.
///
/// A refund (an amount below zero) is taken off what the customer bought that day, and the rest
/// of it off the purchases before, the latest first; a purchase of which nothing remains
/// is none. An order of 0.00 is one given away, and a purchase. --refunds chooses otherwise.
///
/// With --format, orders that were not paid are left out, and so are those whose status is
/// refunded where nothing else says what was given back. A further line of the order above is
/// none: in WooCommerce, one with the same number and the same amount or none. There customer 0,
/// whom all guests share, is nobody.
///
/// Bad rows are left out and told by reason with the first of them; more than --max-bad of a
/// hundred end the command with exit code 2, as does the first with --strict. OUT is then
/// as it was before. A closing line on standard error says what was counted.
///
/// Memory: 16 bytes an order up to --memory, beyond which orders wait in a temporary file, and
/// some 70 bytes and the id a customer.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: InputArguments,

    /// Where to write the profiles: Parquet if the name ends so, otherwise CSV; or - for
    /// standard output
    #[arg(short, long, value_name = "OUT", default_value = "-")]
    output: PathBuf,

    /// One row for all customers alike, with their number in the column count
    #[arg(long)]
    fold: bool,

    #[command(flatten)]
    manners: Manners,
}

/// The answer for machines.
#[derive(Serialize)]
struct Answer<'a> {
    customers: u64,
    repeat_customers: u64,
    /// The first and the last day, where orders were summed up.
    observed: Option<[String; 2]>,
    read: &'a Counts,
}

const EXAMPLE: &str = "\
Example:
  $ cat orders.csv
  customer,date,amount
  ann,2025-01-01,29.33
  ann,2025-01-18,20.00
  ann,2025-01-18,9.73
  ann,2025-08-02,14.96
  bob,2025-01-01,63.34
  $ clv summary orders.csv --observe-until 2025-09-30
  customer,frequency,recency,T,monetary_value
  ann,2,213,272,22.345
  bob,0,0,272,

  Ann bought on three days, the last of them 213 days after the first, and spent 22.345
  a day on the two after the first. Bob never came back.";

/// Does it, and says what was done.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { input, output, fold, manners } = arguments;
    files::keep(output, &[(&input.path, "the input")])?;
    files::check_output(output, Form::Table, manners.json().then_some("--json"))?;
    let (mut customers, mut repeat, mut worthless) = (0, 0, 0);
    let source = files::replace_with(output, |file| {
        let unwritable = |error| files::unwritable(output, error);
        let mut writer = ProfileWriter::new(output, file);
        let mut all = RfmTable::default();
        let mut room = 2 * PROFILES_AT_A_TIME;
        let source = input.profiles_in_batches(manners, |batch| {
            let table = &batch.table;
            for row in 0..table.len() {
                let count = table.count[row];
                customers += count;
                repeat += if table.frequency[row] > 0.0 { count } else { 0 };
                worthless += if table.monetary_value[row] == 0.0 { count } else { 0 };
            }
            if *fold {
                all.append(table);
                // Now and then, so that memory holds little more than what is different.
                if all.len() >= room {
                    all = all.fold();
                    room = 2 * all.len() + PROFILES_AT_A_TIME;
                }
                return Ok(());
            }
            Ok(writer.write(&batch).map_err(unwritable)?)
        })?;
        if *fold {
            let folded = ProfileBatch { table: all.fold(), customers: None, counted: true };
            writer.write(&folded).map_err(unwritable)?;
        }
        writer.finish().map_err(unwritable)?;
        Ok::<_, Box<dyn Error>>(source)
    })?;
    let Source { counts, observed, .. } = &source;
    let mut line = format!("{}, customers: {customers}, repeat customers: {repeat}", counts.read());
    if let Some((from, to)) = observed {
        line += &format!(", observed: {from}..{to}");
    }
    if worthless > 0 {
        line += &format!(", repeat customers with a monetary_value of 0: {worthless}");
    }
    line += &counts.others();
    if manners.json() {
        let answer = Answer {
            customers,
            repeat_customers: repeat,
            observed: observed.map(|(from, to)| [from.to_string(), to.to_string()]),
            read: counts,
        };
        manners.answer(&answer, "")?;
    }
    if !fold {
        input.tell_nameless(&source, manners);
    }
    manners.tell(&line);
    Ok(())
}
