//! `clv summary`: an order log in, every customer's profile out.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use edge_clv_train::{RowCounts, Summary};

use crate::commands::input::InputArguments;
use crate::files;

/// Sum up an order log into one RFM row a customer
///
/// ORDERS is CSV with a header and the columns customer, date and amount (in currency, at
/// most two decimals), in their usual spellings and in any order and among any others.
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
/// Bad rows are left out and told by reason with the first of them; more than --max-bad of a
/// hundred end the command with exit code 2, as does the first with --strict. OUT is then
/// as it was before. A closing line on standard error says what was counted.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: InputArguments,

    /// Where to write the profiles, or - for standard output
    #[arg(short, long, value_name = "OUT", default_value = "-")]
    output: PathBuf,

    /// One row for all customers alike, with their number in the column count
    #[arg(long)]
    fold: bool,
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
pub(crate) fn run(arguments: &Arguments) -> Result<String, Box<dyn Error>> {
    let input = &arguments.input;
    let name = input.name();
    if files::are_same(&input.path, &arguments.output) {
        return Err(format!("{name} holds the orders; name another file for OUT").into());
    }
    let mut orders = input.read_orders()?;
    let read = orders.log.orders();
    let summary = input.sum_up(&mut orders.log)?;
    files::replace(&arguments.output, |output| {
        if arguments.fold {
            summary.table().fold().write_csv(output)
        } else {
            summary.write_csv(output)
        }
    })?;
    Ok(closing_lines(read, &orders.rows, &summary))
}

fn closing_lines(read: u64, rows: &RowCounts, summary: &Summary<'_>) -> String {
    let values = || summary.rows().filter_map(|row| row.monetary_value());
    let mut line = format!(
        "orders read: {read}, left out after the end: {}, customers: {}, repeat customers: {}, \
         observed: {}..{}",
        summary.orders_left_out(),
        summary.customers(),
        values().count(),
        summary.observed_from(),
        summary.observed_to(),
    );
    let worthless = values().filter(|&mean| mean == 0.0).count() as u64;
    for (what, count) in [
        ("repeat customers with a monetary_value of 0", worthless),
        ("refunds taken off", summary.refunds()),
        ("customers refunded more than they paid", summary.customers_refunded_beyond()),
        ("customers refunded all they paid", summary.customers_without_purchase()),
        ("orders of zero or less left out", rows.dropped),
        ("orders equal to another", summary.orders_equal()),
        ("orders not paid", rows.unpaid),
        ("further lines of an order", rows.further_lines),
    ] {
        if count > 0 {
            line += &format!(", {what}: {count}");
        }
    }
    if rows.bad.count() > 0 {
        line +=
            &format!("\nbad rows left out: {} of {}\n{}", rows.bad.count(), rows.rows, rows.bad);
    }
    line
}
