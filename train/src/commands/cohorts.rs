//! `clv cohorts`: what groups of customers are worth, and may have cost.

use std::path::PathBuf;

use clap::Args;
use edge_clv_train::{Cohort, CohortError, CohortOptions, Cohorts, CohortsBy};
use serde::Serialize;

use super::counts::Counts;
use super::input::InputArguments;
use super::manners::Manners;
use super::model_file::ModelArgument;
use super::table::table;
use crate::failure::Failure;
use crate::files::{self, Form};

/// Sum up customers by cohort: what they brought in, will bring in, and may have cost
///
/// A cohort is the customers of one month of first purchase (--by month), or those with one
/// value in a column of the orders (--by COLUMN), such as a channel or a campaign: the value in
/// the customer's first order; (none) where that is empty.
///
/// The columns, all but the last for the whole cohort, money in the model's currency:
///
///   customers                       those who bought by the end of the observation
///   revenue_to_date                 all that they paid
///   customer_lifetime_value_30d     discounted profit expected in the next 30 days;
///   ..._90d, ..._365d               likewise
///   residual_lifetime_value         the same without a horizon
///   highest_acquisition_cost        the most that one customer may have cost
///   limited_by                      which demand sets it: ratio or payback
///
/// With delta the daily rate of discount, a customer's day 0 that of the first purchase, T the
/// day of the end, and profit what is paid times the model's margin:
///
///   lifetime value  = sum of past profits x e^(-delta day)
///                     + e^(-delta T) x residual_lifetime_value
///   payback profit  = the same up to day P = --payback: past profits up to P and, if T < P,
///                     e^(-delta T) x discounted profit expected in the next P - T days
///   highest cost    = the smaller of mean lifetime value / --ratio and mean payback profit,
///                     the means being over the cohort's customers
///
/// The line "new customer" is somebody who buys for the first time today: the first purchase,
/// which the models do not count, is taken to bring what first purchases brought on average (in
/// the column revenue_to_date), and what follows is the model's expectation. A model knows of a
/// new customer nothing but that, so the line is one for all cohorts; for a channel of its own
/// kind, fit a model to the customers of that channel.
///
/// Memory: that of clv summary, and with --by COLUMN 32 bytes more a customer.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: InputArguments,

    #[command(flatten)]
    model: ModelArgument,

    /// What makes a cohort: month, or a column of the orders
    #[arg(long, value_name = "month|COLUMN", default_value = "month")]
    by: String,

    /// The least lifetime value per acquisition cost
    #[arg(long, value_name = "NUMBER", default_value = "3", allow_negative_numbers = true)]
    ratio: f64,

    /// The days within which the cost is to have come back
    #[arg(long, value_name = "DAYS", default_value = "365", allow_negative_numbers = true)]
    payback: f64,

    /// Where to write the cohorts as CSV, besides the table on standard output
    #[arg(short, long, value_name = "CSV")]
    output: Option<PathBuf>,

    #[command(flatten)]
    manners: Manners,
}

const EXAMPLE: &str = "\
Examples:
  $ clv cohorts orders.csv -m model.json
  $ clv cohorts orders.csv -m model.json --by channel --ratio 4 --payback 180
  $ clv cohorts orders.csv -m model.json -o cohorts.csv --quiet
  $ clv cohorts orders.csv -m model.json --json | jq .new_customer.highest_acquisition_cost";

/// The answer for machines.
#[derive(Serialize)]
struct Answer<'a> {
    currency: &'a str,
    ratio: f64,
    payback: f64,
    #[serde(flatten)]
    cohorts: &'a Cohorts,
    read: &'a Counts,
}

/// Does it, and says what was done.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { input, manners, by, .. } = arguments;
    let name = input.name();
    if let Some(output) = &arguments.output {
        files::keep(output, &[(&input.path, "the orders"), (arguments.model.path(), "the model")])?;
        files::check_output(output, Form::Text, Some("the table or --json"))?;
    }
    let told = |error| match error {
        CohortError::Option { name, .. } => Failure::Input(format!("--{name}: {error}")),
        CohortError::Orders(error) => Failure::from(error).of(&name),
        error @ CohortError::Rules(_) => Failure::Input(format!("{name}: {error}")),
    };
    let options = CohortOptions { ratio: arguments.ratio, payback: arguments.payback };
    // Before the work, for they can be wrong.
    options.check().map_err(told)?;
    let model = arguments.model.read()?;
    let (by_label, label) = match by.as_str() {
        "month" => (CohortsBy::Month, None),
        column => (CohortsBy::Label, Some(column)),
    };
    let mut orders = input.read_orders(label, manners)?;
    let progress = manners.progress("customers", Some(orders.log.customers() as u64));
    let watch = |customers| progress.add(customers);
    let cohorts = orders.log.cohorts(input.observe_until, by_label, &model, &options, &watch);
    let (cohorts, counts) = cohorts.map_err(told)?;
    drop(progress);
    let counts = Counts::new(orders.rows, Some(counts));
    if let Some(output) = &arguments.output {
        files::replace(output, |output| write_csv(&cohorts, output))?;
    }
    let answer = Answer {
        currency: &model.file().currency,
        ratio: options.ratio,
        payback: options.payback,
        cohorts: &cohorts,
        read: &counts,
    };
    let (currency, ratio, payback) = (answer.currency, answer.ratio, answer.payback);
    let text = shown(by, &cohorts);
    manners.answer(&answer, &text)?;
    manners.tell(&format!(
        "{currency}; observed until {}; a cost is kept below value / {ratio} and comes back \
         within {payback} days",
        cohorts.observed_to
    ));
    manners.tell_counts(&counts);
    Ok(())
}

const COLUMNS: [&str; 9] = [
    "cohort",
    "customers",
    "revenue_to_date",
    "customer_lifetime_value_30d",
    "customer_lifetime_value_90d",
    "customer_lifetime_value_365d",
    "residual_lifetime_value",
    "highest_acquisition_cost",
    "limited_by",
];

/// The lines of a table: each cohort, all, and a new customer.
fn lines(cohorts: &Cohorts) -> impl Iterator<Item = &Cohort> {
    cohorts.cohorts.iter().chain([&cohorts.all, &cohorts.new_customer])
}

/// A cohort's cells in the order of [`COLUMNS`], money printed by `money`.
fn cells(cohort: &Cohort, money: impl Fn(f64) -> String) -> [String; COLUMNS.len()] {
    [
        cohort.cohort.clone(),
        cohort.customers.to_string(),
        money(cohort.revenue_to_date),
        money(cohort.customer_lifetime_value_30d),
        money(cohort.customer_lifetime_value_90d),
        money(cohort.customer_lifetime_value_365d),
        money(cohort.residual_lifetime_value),
        money(cohort.highest_acquisition_cost),
        edge_clv::json::to_string(&cohort.limited_by).trim_matches('"').to_owned(),
    ]
}

fn shown(by: &str, cohorts: &Cohorts) -> String {
    let header = [
        by,
        "customers",
        "revenue",
        "value 30d",
        "value 90d",
        "value 365d",
        "residual",
        "highest cost",
        "limited by",
    ];
    let mut rows = vec![header.map(str::to_owned)];
    rows.extend(lines(cohorts).map(|cohort| cells(cohort, |money| format!("{money:.2}"))));
    table(&rows)
}

fn write_csv(cohorts: &Cohorts, output: &mut dyn std::io::Write) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(COLUMNS)?;
    for cohort in lines(cohorts) {
        writer.write_record(cells(cohort, |money| edge_clv::json::to_string(&money)))?;
    }
    writer.flush()
}
