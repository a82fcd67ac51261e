//! `clv validate`: a model held against orders it has not seen.

use std::path::{Path, PathBuf};

use clap::Args;
use edge_clv::{Model, ModelFile};
use edge_clv_train::{
    Comparison, Date, FitOptions, Holdout, HoldoutError, Measures, Penalty, Validation, Verdict,
};
use serde::Serialize;

use super::counts::Counts;
use super::fit;
use super::input::{InputArguments, Orders};
use super::manners::Manners;
use super::model_file;
use super::table::table;
use super::terms;
use crate::failure::Failure;
use crate::files::{self, Form};

/// Hold a model against what happened after the days it was fitted to
///
/// The orders before --holdout are what the model knows: it is fitted to them, or is the one
/// that -m names. What it predicts for each customer from that day on is compared with what
/// the customer did, and so is the naive rule that everybody goes on at the rate of the past.
///
/// Purchases are distinct days with an order. Value is what was paid, neither discounted nor
/// reduced to a margin. Customers who first bought in the holdout are counted and left out.
/// The last day of the holdout is --observe-until.
///
/// Refunds before the holdout are taken off the purchases before it, as clv fit does with
/// --observe-until on the eve of the holdout. Refunds in the holdout, rows below zero with a date
/// of their own, change nothing of what the model knows; they lessen what was bought in the
/// holdout, as far as they are not of earlier purchases. But the column of refunds that exports
/// of Shopify and WooCommerce have beside an order (--format) says not when: it is taken off on
/// the order's own day, and so the model knows of refunds that came only in the holdout. A line
/// on standard error says so.
///
/// The measures, of purchases and of value:
///
///   predicted, actual   totals over all customers
///   bias                predicted / actual - 1
///   MAE, RMSE           mean absolute error, root mean squared error, per customer
///   correlation         Pearson's
///   Gini                of the ranking by prediction, over that of the perfect ranking
///   top decile          share of the actual total made by the tenth predicted highest
///
/// Memory: that of clv summary, and then some 150 bytes a customer, which the measures need
/// all together.
///
/// --report writes them as one page with pictures, for people who never heard of the model:
/// it needs no network, runs no script, and prints well.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: InputArguments,

    /// The first day that the model is not shown
    #[arg(long, value_name = "DATE")]
    holdout: Date,

    /// A model file, instead of a fit to the orders before the holdout
    #[arg(short, long, value_name = "MODEL")]
    model: Option<PathBuf>,

    /// How strongly parameters are held back, as in clv fit: a number > 0, or auto
    #[arg(long, value_name = "PENALTY|auto", value_parser = fit::penalty, conflicts_with = "model")]
    #[arg(allow_negative_numbers = true)]
    penalty: Option<Penalty>,

    /// The currency of the amounts where no model says it
    #[arg(long, value_name = "CODE", default_value = "USD", value_parser = terms::currency)]
    currency: String,

    /// Where to write the report, an HTML page
    #[arg(long, value_name = "HTML")]
    report: Option<PathBuf>,

    #[command(flatten)]
    manners: Manners,
}

const EXAMPLE: &str = "\
Examples:
  $ clv validate orders.csv --holdout 2025-07-01
  $ clv validate orders.csv --holdout 2025-07-01 --report report.html
  $ clv validate orders.csv --holdout 2025-07-01 -m model.json --json | jq .purchases.model.bias

Half a year held out, after at least as long to learn from, tells most. A verdict of a model
that was fitted to the held-out days too (-m) flatters it.";

/// The answer for machines.
#[derive(Serialize)]
struct Answer<'v> {
    verdict: Verdict,
    #[serde(flatten)]
    validation: &'v Validation,
    model: &'v Model,
    read: &'v Counts,
}

/// Does it, and says what was done.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { input, manners, holdout, .. } = arguments;
    let name = input.name();
    let told = |error: &dyn std::fmt::Display| Failure::Input(format!("{name}: {error}"));
    if let Some(report) = &arguments.report {
        let model = arguments.model.as_deref().map(|model| (model, "the model"));
        files::keep(report, &[(input.path.as_path(), "the orders")])?;
        files::keep(report, model.as_slice())?;
        files::check_output(report, Form::Text, Some("the measures or --json"))?;
    }
    let model = arguments.model.as_deref().map(model_file::read).transpose()?;
    let Orders { mut log, rows } = input.read_orders(None, manners)?;
    if rows.undated_refunds > 0 {
        manners.tell(&format!(
            "{name}: {} refunds stand beside their orders without a date and are taken off on the \
             day of the order, so that the model may know of refunds given in the holdout; for a \
             fair verdict write each as a row of its own, with its date and an amount below zero",
            rows.undated_refunds
        ));
    }
    let progress = manners.progress("customers looked at", Some(log.customers() as u64));
    let watch = |customers| progress.add(customers);
    let held_out = log.holdout(*holdout, input.observe_until, &watch);
    let (holdout, counts) = held_out.map_err(|error| match error {
        HoldoutError::Orders(error) => Failure::from(error).of(&name),
        error => told(&error),
    })?;
    drop(progress);
    drop(log);
    let counts = Counts::new(rows, Some(counts));
    let model = match model {
        Some(model) => model,
        None => {
            let penalty = arguments.penalty.unwrap_or_default();
            fitted(&holdout, penalty, &arguments.currency, manners)
                .map_err(|failure| failure.of(&name))?
        }
    };
    let progress = manners.progress("customers held out", Some(holdout.table().len() as u64));
    let watch = |customers| progress.add(customers);
    let validation = Validation::new(&holdout, &model, &watch).map_err(|e| told(&e))?;
    drop(progress);
    if let Some(path) = &arguments.report {
        let page = validation.report(&model);
        files::replace(path, |output| output.write_all(page.as_bytes()))?;
    }
    let verdict = Verdict::new(&validation);
    let answer = Answer { verdict, validation: &validation, model: &model, read: &counts };
    manners.answer(&answer, &shown(&answer, &model))?;
    manners.tell_counts(&counts);
    if let Some(path) = arguments.report.as_deref() {
        manners.tell(&format!("report written: {}", Path::display(path)));
    }
    Ok(())
}

/// A model of the days before the holdout.
fn fitted(
    holdout: &Holdout,
    penalty: Penalty,
    currency: &str,
    manners: &Manners,
) -> Result<Model, Failure> {
    let options = FitOptions { penalty, ..FitOptions::default() };
    let fit = fit::fitted(holdout.table(), &options, manners)?;
    let mut file = ModelFile {
        id: format!("before-{}", holdout.from()),
        currency: currency.into(),
        // A validation looks ahead to the end of the holdout and asks for nothing else.
        ..terms::plain(fit.bg_nbd(), fit.gamma_gamma(), f64::from(holdout.days()))
    };
    file.version = edge_clv::json::model_version(&file);
    Model::try_from(file).map_err(|errors| Failure::Input(errors.to_string()))
}

fn shown(answer: &Answer<'_>, model: &Model) -> String {
    let Answer { verdict, validation, .. } = answer;
    let Comparison { model: purchases, naive: naive_purchases, .. } = &validation.purchases;
    let Comparison { model: value, naive: naive_value, .. } = &validation.value;
    let number = |value: Option<f64>, decimals: usize| match value {
        Some(value) => format!("{value:.decimals$}"),
        None => "-".to_owned(),
    };
    let row = |name: &str, read: fn(&Measures) -> Option<f64>, decimals: [usize; 2]| {
        vec![
            name.to_owned(),
            number(read(purchases), decimals[0]),
            number(read(naive_purchases), decimals[0]),
            number(read(value), decimals[1]),
            number(read(naive_value), decimals[1]),
        ]
    };
    let header = ["", "purchases", "(naive)", "value", "(naive)"].map(str::to_owned).to_vec();
    let rows = [
        header,
        row("predicted", |m| Some(m.predicted), [1, 2]),
        row("actual", |m| Some(m.actual), [0, 2]),
        row("bias", |m| m.bias, [4, 4]),
        row("MAE", |m| Some(m.mean_absolute_error), [4, 4]),
        row("RMSE", |m| Some(m.root_mean_squared_error), [4, 4]),
        row("correlation", |m| m.correlation, [4, 4]),
        row("Gini", |m| m.gini, [4, 4]),
        row("top decile", |m| m.top_decile_capture, [4, 4]),
    ];
    format!(
        "holdout {}..{}, {} days; value in {}\n{} customers, {} of them repeat customers; {} \
         newcomers left out\n\n{}\n{}\n",
        validation.holdout_from,
        validation.holdout_until,
        validation.holdout_days,
        model.file().currency,
        validation.customers,
        validation.repeat_customers,
        validation.newcomers,
        table(&rows),
        verdict.headline(),
    )
}
