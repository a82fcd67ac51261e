//! `clv summary`: an order log in, every customer's profile out.

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use edge_clv_train::{Date, OrderLog, Summary};

use crate::files;

/// Sum up an order log into one RFM row a customer
///
/// ORDERS is CSV with a header and the columns customer, date (YYYY-MM-DD) and amount
/// (in currency, at most two decimals), in any order and among any others.
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
/// A closing line on standard error says what was counted. A bad row stops the command
/// with exit code 2; OUT is then as it was before.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The order log, or - for standard input
    orders: PathBuf,

    /// Where to write the profiles, or - for standard output
    #[arg(short, long, value_name = "OUT", default_value = "-")]
    output: PathBuf,

    /// The last day of the observation, YYYY-MM-DD [default: the last order's day]
    #[arg(long, value_name = "DATE")]
    observe_until: Option<Date>,
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
    let name = files::input_name(&arguments.orders);
    if files::are_same(&arguments.orders, &arguments.output) {
        return Err(format!("{name} holds the orders; name another file for OUT").into());
    }
    let input = files::open(&arguments.orders)?;
    let log = OrderLog::read_csv(input).map_err(|error| format!("{name}: {error}"))?;
    let summary =
        log.summary(arguments.observe_until).map_err(|error| format!("{name}: {error}"))?;
    files::replace(&arguments.output, |output| summary.write_csv(output))?;
    Ok(closing_line(&log, &summary))
}

fn closing_line(log: &OrderLog, summary: &Summary) -> String {
    let values = summary.profiles.iter().filter_map(|p| p.monetary_value());
    let repeat_customers = values.clone().count();
    let worthless = values.filter(|&mean| mean == 0.0).count();
    let mut line = format!(
        "orders read: {}, left out after the end: {}, customers: {}, repeat customers: {}, \
         observed: {}..{}",
        log.orders(),
        summary.orders_left_out,
        summary.profiles.len(),
        repeat_customers,
        summary.observed_from,
        summary.observed_to,
    );
    if worthless > 0 {
        line += &format!(", repeat customers with a monetary_value of 0: {worthless}");
    }
    line
}
