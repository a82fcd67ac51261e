//! `clv simulate`: orders drawn from a model.

use std::path::PathBuf;

use clap::Args;
use edge_clv_train::{Date, Simulation, simulate, write_simulated_csv};
use serde::Serialize;

use super::manners::Manners;
use super::model_file::ModelArgument;
use crate::failure::Failure;
use crate::files::{self, Form};

/// Draw an order log from a model
///
/// Customers are drawn one by one by the assumptions of BG/NBD and Gamma-Gamma: each buys first
/// at a random time of the first --acquired-over days, then at a rate of its own, leaves after
/// a purchase with a probability of its own, and pays around a mean of its own. What is drawn
/// is a log as `clv fit` reads it: customer, date and amount, whole days and whole cents.
///
/// Whole days hide what is shorter: purchases of one day are one purchase to a fit, and ages
/// count half a day less on average. Of a million customers a fit sees that, of thousands not.
///
/// One seed gives one log: PCG XSL RR 128/64 and the distributions drawn with it are pinned.
#[derive(Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    model: ModelArgument,

    /// How many customers
    #[arg(long, value_name = "N")]
    customers: u64,

    /// How many days are observed
    #[arg(long, value_name = "D", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,

    /// Which of the possible logs
    #[arg(long, value_name = "S")]
    seed: u64,

    /// Days from the first day on over which first purchases are spread [default: a third of D]
    #[arg(long, value_name = "DAYS")]
    acquired_over: Option<u32>,

    /// The first day
    #[arg(long, value_name = "DATE", default_value = "2001-01-01")]
    start: Date,

    /// Where to write the orders, or - for standard output
    #[arg(short, long, value_name = "ORDERS", default_value = "-")]
    output: PathBuf,

    #[command(flatten)]
    manners: Manners,
}

const EXAMPLE: &str = "\
Examples:
  $ clv simulate -m model.json --customers 1000 --days 365 --seed 1 -o orders.csv
  $ clv simulate -m model.json --customers 1000 --days 365 --seed 1 \\
      | clv fit - --observe-until 2001-12-31

The closing line names the last day observed; without it a fit would take the last order's.";

/// The answer for machines.
#[derive(Serialize)]
struct Answer {
    customers: u64,
    orders: u64,
    observed_from: String,
    observed_to: String,
}

/// Does it, and says what was done.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let &Arguments { customers, days, seed, start, ref output, ref manners, .. } = arguments;
    files::keep(output, &[(arguments.model.path(), "the model")])?;
    files::check_output(output, Form::Text, manners.json().then_some("--json"))?;
    let end = start.after(days - 1);
    if end.days_since(start) != days - 1 {
        return Err(
            format!("{days} days from {start} on end after 9999-12-31; start earlier").into()
        );
    }
    let model = arguments.model.read()?;
    let acquired_over = arguments.acquired_over.unwrap_or(days.div_ceil(3));
    let plan = Simulation { customers, days, acquired_over, seed };
    let drawn = simulate(model.file(), plan).map_err(|error| error.to_string())?;
    let progress = manners.progress("customers", Some(customers));
    let mut orders = 0;
    files::replace(output, |output| {
        let drawn = drawn.inspect(|_| progress.add(1));
        orders = write_simulated_csv(drawn, start, output)?;
        Ok(())
    })?;
    drop(progress);
    manners.tell(&format!("customers: {customers}, orders: {orders}, observed: {start}..{end}"));
    if files::is_standard_stream(output) {
        return Ok(());
    }
    let (observed_from, observed_to) = (start.to_string(), end.to_string());
    manners.answer(&Answer { customers, orders, observed_from, observed_to }, "")
}
