//! `clv fit`: orders in, a model file out.

use std::fmt::Write;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use edge_clv::{ModelFile, Training};
use edge_clv_train::{
    Convergence, Correlation, Estimate, Fit, FitOptions, ModelFit, Penalty, RfmTable,
    SegmentShares, Segmentation, fit_watched, rounded, segments,
};
use serde::Serialize;

use super::counts::Counts;
use super::histories::{self, Histories};
use super::input::InputArguments;
use super::manners::Manners;
use super::table::table;
use super::terms::{self, Terms, bands_line, unit_name};
use crate::failure::Failure;
use crate::files::{self, Form};

/// Fit a model to orders, or to an RFM table of them
///
/// Finds the parameters of BG/NBD (purchases: r, alpha, a, b) and of Gamma-Gamma (spend: p, q,
/// v) under which these customers are likeliest, by maximum likelihood. Each is printed with
/// its standard error and its 95 % interval, each model with its log-likelihood, AIC and BIC
/// and with how it converged.
///
/// No model is written, and the exit code is 3, where the likelihood has no maximum that
/// several starts lead to, where a parameter runs to a bound, where q <= 1 (the mean spend
/// would be infinite), and where too few came back. What was wrong and what to try is said.
///
/// --penalty pulls the logarithms of the parameters towards plain values; it helps where
/// customers are few. What is maximised is then the mean log-likelihood of a customer less
/// PENALTY times the sum of the squared logarithms of r, alpha (over the mean T), a and b; or
/// of p, q/2 and v (over the mean monetary value). With auto each model gets that of 0, 1e-5,
/// ..., 0.1 with which four fifths of the customers tell most about the last fifth.
///
/// --segments names shares of the customers by their predicted value over the farthest
/// horizon, from the top; the rest is low, or what a last name without a share says. A segment
/// begins at the shortest number between its last customer and the next one; customers worth
/// the same stay together, and where that leaves nobody for a segment, one of the default is
/// left out and told, and one that was asked for is an error.
///
/// Memory: some 100 bytes a row of profiles, and of those folded there are few; for orders that of
/// clv summary and some 40 bytes more a customer.
#[derive(Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: InputArguments,

    /// Where to write the model file, or - for standard output [default: nowhere]
    #[arg(short, long, value_name = "MODEL")]
    output: Option<PathBuf>,

    /// How strongly parameters are held back: a number > 0, or auto for cross-validation
    #[arg(long, value_name = "PENALTY|auto", value_parser = penalty)]
    #[arg(allow_negative_numbers = true)]
    penalty: Option<Penalty>,

    /// Segments by shares of the customers [default: vip=5%,core=30%]
    #[arg(long, value_name = "NAME=SHARE%,...", value_parser = SegmentShares::from_str)]
    segments: Option<SegmentShares>,

    #[command(flatten)]
    terms: Terms,

    #[command(flatten)]
    manners: Manners,
}

const EXAMPLE: &str = "\
Examples:
  $ clv fit orders.csv -o model.json
  $ clv fit orders.csv --observe-until 2025-09-30 --currency EUR --margin 0.4 \\
      --horizons 30,90,365 --segments vip=5%,core=30%,casual -o model.json
  $ clv fit rfm.csv --penalty auto --json | jq .purchases.estimates

Then:
  $ clv model show model.json
  $ EDGE_CLV_MODEL=model.json cargo xtask build";

pub(super) fn penalty(text: &str) -> Result<Penalty, String> {
    match text.parse() {
        _ if text == "auto" => Ok(Penalty::CrossValidated),
        Ok(number) if number > 0.0 && f64::is_finite(number) => Ok(Penalty::Fixed(number)),
        _ => Err("write a finite number > 0, such as 0.001, or auto".to_owned()),
    }
}

/// The answer for machines.
#[derive(Serialize)]
struct Answer<'f> {
    customers: u64,
    repeat_customers: u64,
    purchases: FitAnswer<'f>,
    spend: FitAnswer<'f>,
    spend_left_out: u64,
    /// Of frequency and monetary value.
    correlation: Option<f64>,
    warnings: &'f [String],
    read: &'f Counts,
    model: &'f ModelFile,
}

#[derive(Serialize)]
struct FitAnswer<'f> {
    estimates: Vec<EstimateAnswer<'f>>,
    log_likelihood: f64,
    /// Only without a penalty, for of a penalised likelihood they say nothing.
    aic: Option<f64>,
    bic: Option<f64>,
    customers: u64,
    penalty: f64,
    convergence: ConvergenceAnswer,
}

#[derive(Serialize)]
struct EstimateAnswer<'f> {
    name: &'f str,
    value: f64,
    standard_error: f64,
    interval: [f64; 2],
}

#[derive(Serialize)]
struct ConvergenceAnswer {
    /// In standard errors.
    distance: f64,
    starts_agreeing: usize,
    starts: usize,
    /// Of the customers on whom starts were told apart.
    one_in: u64,
}

impl<'f, const N: usize> From<&'f ModelFit<N>> for FitAnswer<'f> {
    fn from(fit: &'f ModelFit<N>) -> Self {
        let Convergence { distance, starts_agreeing, starts, one_in } = fit.convergence;
        let estimate = |estimate: &'f Estimate| EstimateAnswer {
            name: estimate.name,
            value: estimate.value,
            standard_error: estimate.standard_error,
            interval: [estimate.interval.0, estimate.interval.1],
        };
        Self {
            estimates: fit.estimates.iter().map(estimate).collect(),
            log_likelihood: fit.log_likelihood,
            aic: (fit.penalty == 0.0).then(|| fit.aic()),
            bic: (fit.penalty == 0.0).then(|| fit.bic()),
            customers: fit.customers,
            penalty: fit.penalty,
            convergence: ConvergenceAnswer { distance, starts_agreeing, starts, one_in },
        }
    }
}

/// Does it, and says what was done.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { input, penalty, segments: shares, terms, manners, .. } = arguments;
    let output = arguments.output.as_deref();
    let name = input.name();
    if let Some(output) = output {
        files::keep(output, &[(&input.path, "what is fitted to")])?;
        files::check_output(output, Form::Text, manners.json().then_some("--json"))?;
    }
    let fills_standard_output = output.is_some_and(files::is_standard_stream);
    // Before the work, for they can be wrong.
    let (id, horizon) = (terms.id(output)?, terms.segment_horizon()?);

    let histories = histories::read(input, manners)?;
    manners.tell_counts(&histories.counts);
    let options = FitOptions { time_unit: terms.time_unit(), penalty: penalty.unwrap_or_default() };
    // Before the work as well.
    let told = Told::new(&histories)?;
    let fit = fitted(&histories.table, &options, manners).map_err(|failure| failure.of(&name))?;
    let mut model =
        terms.model(id, fit.bg_nbd(), fit.gamma_gamma(), training(&fit, &histories, &told))?;
    let shares = shares.clone();
    let asked_for = shares.is_some();
    let segmentation = segments(&model, &histories.table, horizon, &shares.unwrap_or_default())
        .map_err(|error| Failure::Input(error.to_string()))?;
    if asked_for && !segmentation.merged.is_empty() {
        return Err(Failure::Input(format!(
            "--segments: nobody is left for {}, for customers who are worth the same stay \
             together; give it a share farther from the others, or fewer segments",
            segmentation.merged.join(", ")
        )));
    }
    model.segments = segmentation.segments.clone();
    let model = terms::write(&model, output)?;

    let warnings = warnings(&fit, &segmentation);
    let report = report(&fit, &histories, &model, &segmentation, &warnings);
    if fills_standard_output {
        manners.tell(report.trim_end());
    } else {
        let answer = Answer {
            customers: fit.purchases.customers,
            repeat_customers: histories.repeat_customers(),
            purchases: FitAnswer::from(&fit.purchases),
            spend: FitAnswer::from(&fit.spend),
            spend_left_out: fit.spend_left_out,
            correlation: fit.correlation.map(|correlation| correlation.coefficient),
            warnings: &warnings,
            read: &histories.counts,
            model: &model,
        };
        manners.answer(&answer, &report)?;
        if let Some(path) = output {
            terms::tell(&model, path, manners);
        }
    }
    Ok(())
}

/// Fits with a bar.
pub(super) fn fitted(
    table: &RfmTable,
    options: &FitOptions,
    manners: &Manners,
) -> Result<Fit, Failure> {
    let progress = manners.progress("histories summed over", None);
    Ok(fit_watched(table, options, &|rows| progress.add(rows))?)
}

/// What a model file tells of the size of its source.
struct Told {
    customers: u32,
    orders: u32,
}

impl Told {
    fn new(histories: &Histories) -> Result<Self, Failure> {
        let count = |what: &str, number: u64| {
            u32::try_from(number).map_err(|_| {
                Failure::Input(format!(
                    "{number} {what} are more than a model file can tell; at most {}",
                    u32::MAX
                ))
            })
        };
        Ok(Self {
            customers: count("customers", histories.table.count.iter().sum())?,
            orders: count("orders", histories.orders)?,
        })
    }
}

/// Where the parameters come from, for the model file.
fn training(fit: &Fit, histories: &Histories, told: &Told) -> Training {
    let penalties = match (fit.purchases.penalty, fit.spend.penalty) {
        (0.0, 0.0) => "maximum likelihood".to_owned(),
        (one, other) => {
            format!("penalised likelihood, penalty {one} for purchases and {other} for spend")
        }
    };
    let (observed_from, observed_to) = histories.observed.clone().unwrap_or_default();
    let errors = fit.purchases.estimates.iter().chain(&fit.spend.estimates);
    Training {
        source: format!("clv fit, {penalties}; spend from {} customers", fit.spend.customers),
        customers: told.customers,
        orders: told.orders,
        observed_from,
        observed_to,
        // More decimals are rounding.
        log_likelihood: rounded(fit.purchases.log_likelihood, 12),
        standard_errors: errors
            .map(|estimate| (estimate.name.to_owned(), rounded(estimate.standard_error, 6)))
            .collect(),
        source_sha256: histories.sha256.clone(),
    }
}

/// What is not wrong enough for a refusal.
fn warnings(fit: &Fit, segmentation: &Segmentation) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(correlation) = fit.correlation.filter(Correlation::matters) {
        let direction = if correlation.coefficient > 0.0 { "more" } else { "less" };
        warnings.push(format!(
            "frequency and monetary_value are correlated, {:.2}: frequent customers pay {direction} \
             each time, which Gamma-Gamma does not know, so it misjudges the value of the most \
             frequent; fit such groups apart, wholesale from retail for instance",
            correlation.coefficient
        ));
    }
    if fit.spend_left_out > 0 {
        warnings.push(format!(
            "repeat customers left out of Gamma-Gamma, their monetary_value being 0 or not given: \
             {}",
            fit.spend_left_out
        ));
    }
    if !segmentation.merged.is_empty() {
        warnings.push(format!(
            "segments left out, nobody being left for them since too many customers are worth the \
             same: {}",
            segmentation.merged.join(", ")
        ));
    }
    warnings
}

fn report(
    fit: &Fit,
    histories: &Histories,
    model: &ModelFile,
    segmentation: &Segmentation,
    warnings: &[String],
) -> String {
    let unit = unit_name(model.time_unit);
    let mut text = format!("{}\n\n", histories.told());
    text += &section("BG/NBD, purchases", &format!("alpha in {unit}"), &fit.purchases);
    text += "\n";
    text += &section("Gamma-Gamma, spend", &format!("v in {}", model.currency), &fit.spend);
    text += "\n";
    if let Some(correlation) = fit.correlation {
        let verdict = if correlation.matters() { "too much" } else { "little enough" };
        let _ = writeln!(
            text,
            "correlation of frequency and monetary_value: {:.4}, {verdict} for Gamma-Gamma, which \
             assumes none",
            correlation.coefficient
        );
    }
    text += &bands_line(model, Some(&segmentation.reached));
    for warning in warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    text
}

fn section<const N: usize>(title: &str, unit: &str, fit: &ModelFit<N>) -> String {
    let digits = |value: f64| {
        // Seven significant digits without an exponent wherever a parameter is likely to be.
        let whole = value.abs().log10().floor();
        let decimals = (6.0 - whole).clamp(0.0, 12.0) as usize;
        format!("{value:.decimals$}")
    };
    let header = [title, "estimate", "std. error", "95 % from", "to"].map(str::to_owned);
    let mut rows = vec![header];
    for Estimate { name, value, standard_error, interval } in &fit.estimates {
        rows.push([
            (*name).to_owned(),
            digits(*value),
            digits(*standard_error),
            digits(interval.0),
            digits(interval.1),
        ]);
    }
    let Convergence { distance, starts_agreeing, starts, one_in } = fit.convergence;
    let (penalty, criteria) = match fit.penalty {
        0.0 => (String::new(), format!("AIC {:.3}, BIC {:.3}", fit.aic(), fit.bic())),
        penalty => {
            (format!(", penalty {penalty}"), "no AIC or BIC, which a penalty forbids".to_owned())
        }
    };
    let agreeing = match one_in {
        1 => format!("{starts_agreeing} of {starts} starts lead to this maximum"),
        one_in => format!(
            "{starts_agreeing} of {starts} starts lead here, most of the way on one in {one_in} of \
             the customers"
        ),
    };
    format!(
        "{}{} customers, {unit}{penalty}\nlog-likelihood {:.6}, {criteria}\n\
         converged: {agreeing}, the Hessian is \
         negative definite, the gradient is {distance:.0e} standard errors from zero\n",
        table(&rows),
        fit.customers,
        fit.log_likelihood,
    )
}
