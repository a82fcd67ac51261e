//! A model held against what happened after the days it was fitted to.

mod holdout;
mod metrics;
mod report;

pub use holdout::{Holdout, HoldoutError};
pub use metrics::{Group, Measures, Ranking};
pub use report::Verdict;

use std::error::Error;
use std::fmt;

use edge_clv::{Batch, BatchOptions, Columns, Horizons, Model, Profile, Profiles, Violations};
use serde::{Serialize, Serializer};

use crate::Date;
use crate::fit::log_density_of_mean;

/// How a model did on a holdout, against the rule that every customer goes on as before.
///
/// Purchases are distinct purchase days. Value is what customers paid, in currency, neither
/// discounted nor reduced to the margin, so that it can be set against the orders.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Validation {
    /// The day of the first purchase of all.
    #[serde(serialize_with = "as_text")]
    pub observed_from: Date,
    /// The first day of the holdout.
    #[serde(serialize_with = "as_text")]
    pub holdout_from: Date,
    /// Its last day.
    #[serde(serialize_with = "as_text")]
    pub holdout_until: Date,
    /// Its length.
    pub holdout_days: u32,
    /// Customers who bought before the holdout.
    pub customers: usize,
    /// Those of them with a repeat purchase by then.
    pub repeat_customers: usize,
    /// Customers who first bought in the holdout or later, left out.
    pub newcomers: usize,
    /// Repeat customers whose repeat purchases cost nothing; the model's mean stands in.
    pub worthless: usize,
    /// Purchases in the holdout.
    pub purchases: Comparison,
    /// Value in the holdout.
    pub value: Comparison,
    /// Repeat purchases of all these customers from the first day on.
    pub track: Vec<TrackPoint>,
    /// Purchases of all these customers within so many days of the holdout, as the model
    /// predicts from each customer's history.
    pub forecast: Vec<ForecastPoint>,
    /// Customers with 0, 1, ..., 6 and with 7 or more repeat purchases before the holdout:
    /// how many they were, and how many a population of the model's would have.
    pub counts: Vec<CountBar>,
    /// What repeat customers paid for a purchase on average before the holdout.
    pub spend: Option<SpendDistribution>,
}

/// The model beside the naive rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Of the model.
    pub model: Measures,
    /// Of the past rate continued: frequency / T x days, and that times the customer's own
    /// mean for value.
    pub naive: Measures,
    /// The top-decile capture of somebody who knew the future.
    pub best_top_decile_capture: Option<f64>,
    /// Ten groups of customers from the highest prediction of the model to the lowest.
    pub deciles: Vec<Group>,
    /// Customers with 0, 1, ..., 6 and with 7 or more repeat purchases before the holdout.
    /// Empty groups are `None`.
    pub by_frequency: Vec<Option<Group>>,
    /// What is captured by the first 0 %, 1 %, ..., 100 % of the model's ranking, of the
    /// naive rule's, and of the perfect one.
    pub gains: Vec<[f64; 3]>,
}

/// Repeat purchases from the first day to the end of another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TrackPoint {
    /// Days since the beginning, that of the first purchase of all included.
    pub days: u32,
    /// How many were made.
    pub actual: u64,
    /// How many the model expects of customers who begin when these did:
    /// the sum of E\[X(t)\] over them, Fader, Hardie and Lee (2005), equation 9.
    pub expected: f64,
}

/// Purchases from the beginning of the holdout on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ForecastPoint {
    /// Days of the holdout.
    pub days: f64,
    /// The sum of E\[Y(t)\] over the customers.
    pub expected: f64,
}

/// Customers with so many repeat purchases.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CountBar {
    /// How many there were.
    pub actual: u64,
    /// How many the model expects: the sum of P(X(T) = n) over the customers' own T.
    pub expected: f64,
}

/// A histogram and the model's density over the same bins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpendDistribution {
    /// The width of a bin, in currency; the first begins at 0.
    pub bin: f64,
    /// Customers in each bin.
    pub actual: Vec<u64>,
    /// Customers beyond the last bin.
    pub beyond: u64,
    /// Customers that the model expects in a bin of this width around each of
    /// [`POINTS_PER_BIN`](SpendDistribution::POINTS_PER_BIN) evenly spaced places a bin, the
    /// first half a step above 0.
    pub expected: Vec<f64>,
}

/// The most points of a forecast; a batch answers for at most as many horizons.
const FORECAST_POINTS: u32 = Horizons::MOST as u32;

/// Frequencies from here on are one group.
const MANY: usize = 7;

impl Validation {
    /// Holds a model against a holdout; `watch` is told of customers as they are done.
    ///
    /// # Errors
    /// Where a prediction, or a sum of them, is not finite.
    pub fn new(
        holdout: &Holdout,
        model: &Model,
        watch: &dyn Fn(u64),
    ) -> Result<Validation, ValidationError> {
        let table = &holdout.table;
        let days = f64::from(holdout.days());
        let predictions = Predictions::new(holdout, model, watch)?;
        let naive_purchases: Vec<f64> = table
            .frequency
            .iter()
            .zip(&table.T)
            // A customer of the last day has no past to go on.
            .map(|(x, age)| if *age > 0.0 { x / age * days } else { 0.0 })
            .collect();
        let naive_value: Vec<f64> = naive_purchases
            .iter()
            .zip(&table.monetary_value)
            .map(|(purchases, mean)| if mean.is_nan() { 0.0 } else { purchases * mean })
            .collect();
        let compare = |model: &[f64], naive: &[f64], actual: &[f64]| {
            Comparison::new(&table.frequency, model, naive, actual)
                .ok_or(ValidationError::NotFinite)
        };
        Ok(Validation {
            observed_from: holdout.observed_from,
            holdout_from: holdout.from,
            holdout_until: holdout.until,
            holdout_days: holdout.days(),
            customers: table.frequency.len(),
            repeat_customers: table.frequency.iter().filter(|&&x| x > 0.0).count(),
            newcomers: holdout.newcomers,
            worthless: holdout.worthless,
            purchases: compare(&predictions.purchases, &naive_purchases, &holdout.purchases)?,
            value: compare(&predictions.value, &naive_value, &holdout.spend)?,
            track: track(holdout, model),
            forecast: predictions.forecast,
            counts: counts(holdout, model)?,
            spend: SpendDistribution::new(&table.frequency, &table.monetary_value, model),
        })
    }
}

impl Comparison {
    fn new(frequency: &[f64], model: &[f64], naive: &[f64], actual: &[f64]) -> Option<Comparison> {
        let ranking = Ranking::new(model, actual)?;
        let naive_ranking = Ranking::new(naive, actual)?;
        let best = Ranking::new(actual, actual)?;
        let gains = (0..=100).map(|percent| {
            let share = f64::from(percent) / 100.0;
            let captured = |ranking: &Ranking| ranking.captured(share);
            Some([captured(&ranking)?, captured(&naive_ranking)?, captured(&best)?])
        });
        Some(Comparison {
            model: Measures::new(model, actual)?,
            naive: Measures::new(naive, actual)?,
            best_top_decile_capture: best.captured(0.1),
            deciles: ranking.groups(10),
            by_frequency: by_frequency(frequency, model, actual),
            gains: gains.collect::<Option<_>>().unwrap_or_default(),
        })
    }
}

/// What the model says of each customer, and of all of them day by day.
struct Predictions {
    purchases: Vec<f64>,
    value: Vec<f64>,
    forecast: Vec<ForecastPoint>,
}

impl Predictions {
    fn new(
        holdout: &Holdout,
        model: &Model,
        watch: &dyn Fn(u64),
    ) -> Result<Predictions, ValidationError> {
        let points = FORECAST_POINTS.min(holdout.days());
        let step = f64::from(holdout.days()) / f64::from(points);
        let days: Vec<f64> = (1..=points).map(|i| step * f64::from(i)).collect();
        let columns = Columns::named(&["expected_average_profit", "expected_purchases"])?;
        let horizons = Some(Horizons::new(&days)?);
        let mut batch = Batch::new(model, BatchOptions { horizons, columns, exact: false })?;

        let table = &holdout.table;
        let mut predictions = Predictions {
            purchases: Vec::with_capacity(table.frequency.len()),
            value: Vec::with_capacity(table.frequency.len()),
            forecast: days.iter().map(|&days| ForecastPoint { days, expected: 0.0 }).collect(),
        };
        // As many as fit a cache, so that the horizons' columns never take much memory.
        const ROWS: usize = 16_384;
        for start in (0..table.frequency.len()).step_by(ROWS) {
            let rows = start..table.frequency.len().min(start + ROWS);
            let answer = batch.predict(&Profiles {
                frequency: &table.frequency[rows.clone()],
                recency: &table.recency[rows.clone()],
                T: &table.T[rows.clone()],
                monetary_value: Some(&table.monetary_value[rows.clone()]),
            })?;
            watch(rows.len() as u64);
            for (point, horizon) in predictions.forecast.iter_mut().zip(&answer.horizons) {
                point.expected += horizon.expected_purchases.iter().flatten().sum::<f64>();
            }
            let last = answer.horizons.last().and_then(|last| last.expected_purchases.as_deref());
            let purchases = last.unwrap_or_default();
            let profits = answer.expected_average_profit.iter().flatten();
            predictions.purchases.extend_from_slice(purchases);
            predictions.value.extend(purchases.iter().zip(profits).map(|(y, m)| y * m));
        }
        Ok(predictions)
    }
}

/// Customers in groups of 0, 1, ..., 6 and 7 or more repeat purchases.
fn by_frequency(frequency: &[f64], predicted: &[f64], actual: &[f64]) -> Vec<Option<Group>> {
    (0..=MANY)
        .map(|n| {
            let pick = |column: &[f64]| -> Vec<f64> {
                let rows = frequency.iter().zip(column);
                rows.filter(|&(&x, _)| group_of(x) == n).map(|(_, &value)| value).collect()
            };
            Group::new(&pick(predicted), &pick(actual))
        })
        .collect()
}

fn group_of(frequency: f64) -> usize {
    (frequency as usize).min(MANY)
}

/// Repeat purchases week by week, and at the very end.
fn track(holdout: &Holdout, model: &Model) -> Vec<TrackPoint> {
    let new_customer: Vec<f64> = (0..holdout.repeats.len())
        .map(|age| model.bg_nbd().expected_purchases(&Profile::NEW, age as f64))
        .collect();
    let begun: Vec<(usize, f64)> = (0..)
        .zip(&holdout.starts)
        .filter(|&(_, &customers)| customers > 0)
        .map(|(start, &customers)| (start, customers as f64))
        .collect();
    let all = holdout.repeats.len();
    let mut actual = 0;
    let mut counted = 0;
    (7..all)
        .step_by(7)
        .chain([all])
        .map(|days| {
            actual += holdout.repeats[counted..days].iter().sum::<u64>();
            counted = days;
            // On the last of these days, who began on day s is days - 1 - s days old.
            let begun = begun.iter().take_while(|&&(start, _)| start < days);
            let expected = begun.map(|&(start, n)| n * new_customer[days - 1 - start]).sum();
            TrackPoint { days: days as u32, actual, expected }
        })
        .collect()
}

/// How many customers made how many repeat purchases before the holdout.
fn counts(holdout: &Holdout, model: &Model) -> Result<Vec<CountBar>, Violations> {
    let mut bars = vec![CountBar { actual: 0, expected: 0.0 }; MANY + 1];
    for &x in &holdout.table.frequency {
        bars[group_of(x)].actual += 1;
    }
    let last_day = holdout.starts.len() - 1;
    for (start, &customers) in holdout.starts.iter().enumerate().filter(|&(_, &n)| n > 0) {
        let age = (last_day - start) as f64;
        let few = model.bg_nbd().probabilities_of_counts(&Profile::NEW, MANY as u32 - 1, age)?;
        let many = (1.0 - few.iter().sum::<f64>()).max(0.0);
        for (bar, probability) in bars.iter_mut().zip(few.iter().chain([&many])) {
            bar.expected += customers as f64 * probability;
        }
    }
    Ok(bars)
}

impl SpendDistribution {
    /// Places per bin at which the density is given.
    pub const POINTS_PER_BIN: usize = 4;

    /// `None` without a customer whose mean is known.
    fn new(frequency: &[f64], monetary_value: &[f64], model: &Model) -> Option<Self> {
        let mut known: Vec<(f64, f64)> = frequency
            .iter()
            .copied()
            .zip(monetary_value.iter().copied())
            .filter(|(_, mean)| mean.is_finite())
            .collect();
        known.sort_unstable_by(|one, other| one.1.total_cmp(&other.1));
        // The few far beyond the rest would press all others into the first bins.
        let shown = known.get(known.len().saturating_sub(1) * 97 / 100)?.1;
        const BINS: f64 = 30.0;
        let bin = nice_step(shown / BINS);
        let bins = (shown / bin).floor() as usize + 1;
        let mut actual = vec![0; bins];
        let mut beyond = 0;
        for &(_, mean) in &known {
            // Of a bin without width, at the ends of what a number holds, all are beyond.
            match actual.get_mut((mean / bin) as usize) {
                Some(count) => *count += 1,
                None => beyond += 1,
            }
        }
        known.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        let same_frequency: Vec<(f64, f64)> = known
            .chunk_by(|one, next| one.0 == next.0)
            .map(|alike| (alike[0].0, alike.len() as f64))
            .collect();
        let step = bin / Self::POINTS_PER_BIN as f64;
        let parameters = &model.file().gamma_gamma;
        let expected = (0..bins * Self::POINTS_PER_BIN)
            .map(|i| {
                let z = step * (i as f64 + 0.5);
                let density = |&(x, customers): &(f64, f64)| {
                    customers * libm::exp(log_density_of_mean(parameters, x, z))
                };
                bin * same_frequency.iter().map(density).sum::<f64>()
            })
            .collect();
        Some(SpendDistribution { bin, actual, beyond, expected })
    }
}

/// The least of 1, 2, 2.5, 5 times a power of ten that is not below `step` > 0.
pub(crate) fn nice_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let nice = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power);
    nice.into_iter().find(|&nice| nice >= step).unwrap_or(10.0 * power)
}

fn as_text<S: Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

/// Why a model cannot be held against a holdout.
#[derive(Clone, Debug, PartialEq)]
pub enum ValidationError {
    /// A prediction, or a sum of them, is not finite.
    NotFinite,
    /// The model does not answer.
    Rules(Violations),
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite => f.write_str(
                "the predictions add up beyond the largest number; the model does not belong \
                 to these orders",
            ),
            Self::Rules(errors) => errors.fmt(f),
        }
    }
}

impl Error for ValidationError {}

impl From<Violations> for ValidationError {
    fn from(errors: Violations) -> Self {
        ValidationError::Rules(errors)
    }
}
