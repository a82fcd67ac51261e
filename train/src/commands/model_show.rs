//! `clv model show`: what a model file says, in words.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use edge_clv::{Horizons, Model, ModelFile, Profile, Request};
use edge_clv_train::days_of;
use serde::Serialize;

use super::manners::Manners;
use super::model_file;
use super::table::table;
use super::terms::{bands_line, unit_name};
use crate::failure::Failure;

/// Show what a model file says, in words
#[derive(Args)]
#[command(after_help = "Example:\n  $ clv model show model/cdnow.json")]
pub(crate) struct Arguments {
    /// The model file, or - for standard input
    file: PathBuf,

    #[command(flatten)]
    manners: Manners,
}

/// What follows from the parameters, in days and currency.
#[derive(Serialize)]
struct Answer<'m> {
    model: &'m ModelFile,
    /// Of the average customer while there.
    purchases_per_day: f64,
    /// After a repeat purchase, on average.
    leaving_probability: f64,
    /// Per purchase, times the margin.
    average_profit: f64,
    new_customer: Vec<NewCustomer>,
}

/// What is to be expected of somebody who has just bought for the first time.
#[derive(Serialize)]
struct NewCustomer {
    days: f64,
    expected_purchases: f64,
    probability_of_purchase: f64,
    customer_lifetime_value: f64,
}

/// Does it.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let model = model_file::read(&arguments.file)?;
    let file = model.file();
    let days = days_of(file.time_unit);
    let horizons = Horizons::new(&[30.0, 90.0, 365.0]).map_err(|errors| errors.to_string())?;
    let request = Request { horizons: Some(horizons), ..Request::from(Profile::NEW) };
    let predicted = model.predict(&request).map_err(|errors| errors.to_string())?;
    let ahead = predicted.horizons.iter().map(|horizon| NewCustomer {
        days: horizon.days,
        expected_purchases: horizon.expected_purchases,
        probability_of_purchase: horizon.probability_of_purchase,
        customer_lifetime_value: horizon.customer_lifetime_value,
    });
    let answer = Answer {
        model: file,
        purchases_per_day: file.bg_nbd.r / file.bg_nbd.alpha / days,
        leaving_probability: file.bg_nbd.a / (file.bg_nbd.a + file.bg_nbd.b),
        average_profit: model.gamma_gamma().population_mean() * file.margin,
        new_customer: ahead.collect(),
    };
    arguments.manners.answer(&answer, &shown(&answer, &model))
}

fn shown(answer: &Answer<'_>, model: &Model) -> String {
    let file = model.file();
    let ModelFile { bg_nbd, gamma_gamma, currency, training, .. } = file;
    let unit = unit_name(file.time_unit);
    let mut text = format!("model {}, version {}\n\n", file.id, file.version);
    let known = |name: &str| {
        let error = training.standard_errors.iter().find(|(known, _)| known == name);
        error.map_or_else(String::new, |(_, error)| format!(" +- {error}"))
    };
    let alpha = format!("rate of the purchase rates, in {unit}");
    let v = format!("scale of the payments, in {currency}");
    let parameters = [
        ("r", bg_nbd.r, "shape of the purchase rates; the smaller, the more they differ"),
        ("alpha", bg_nbd.alpha, &alpha),
        ("a", bg_nbd.a, "of the leaving probabilities, Beta(a, b), whose mean is a/(a+b)"),
        ("b", bg_nbd.b, "the same; they differ the more, the smaller a+b is"),
        ("p", gamma_gamma.p, "shape of one customer's payments; the larger, the more alike"),
        ("q", gamma_gamma.q, "shape over customers; the larger, the more alike they are"),
        ("v", gamma_gamma.v, &v),
    ];
    let parameters =
        parameters.map(|(name, value, meaning)| (name, format!("{value}{}", known(name)), meaning));
    let width = parameters.iter().map(|(_, value, _)| value.len()).max().unwrap_or(0);
    for (name, value, meaning) in parameters {
        let _ = writeln!(text, "{name:<5}  {value:<width$}  {meaning}");
    }

    let _ = write!(
        text,
        "\nWhile staying, customers buy {:.3} times in 30 days on average, once in {:.1} days.\n\
         After a repeat purchase {:.1} % leave for good.\n\
         A purchase is worth {:.2} {currency} on average, at a margin of {}.\n\n",
        30.0 * answer.purchases_per_day,
        1.0 / answer.purchases_per_day,
        100.0 * answer.leaving_probability,
        answer.average_profit,
        file.margin,
    );
    let header = ["a customer just won, in", "purchases", "chance of one", "value"];
    let mut rows = vec![header.map(str::to_owned)];
    for ahead in &answer.new_customer {
        rows.push([
            format!("{} days", ahead.days),
            format!("{:.3}", ahead.expected_purchases),
            format!("{:.1} %", 100.0 * ahead.probability_of_purchase),
            format!("{:.2}", ahead.customer_lifetime_value),
        ]);
    }
    text += &table(&rows);

    let _ = writeln!(
        text,
        "\nhorizons: {} days; future profit discounted at {} % a year",
        file.horizons.iter().map(f64::to_string).collect::<Vec<_>>().join(", "),
        100.0 * file.annual_discount_rate
    );
    text += &bands_line(file, None);
    let told = [
        ("fitted to", format!("{} customers, {} orders", training.customers, training.orders)),
        ("observed", format!("{}..{}", training.observed_from, training.observed_to)),
        ("log-likelihood of BG/NBD", training.log_likelihood.to_string()),
        ("source", training.source.clone()),
        ("SHA-256 of the data", training.source_sha256.clone()),
    ];
    let known = [
        training.customers > 0,
        !training.observed_from.is_empty(),
        training.log_likelihood != 0.0,
        !training.source.is_empty(),
        !training.source_sha256.is_empty(),
    ];
    for ((what, value), _) in told.iter().zip(known).filter(|(_, known)| *known) {
        let _ = writeln!(text, "{what}: {value}");
    }
    text
}
