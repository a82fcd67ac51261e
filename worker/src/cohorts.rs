//! Customers summed up by cohort.

use edge_clv::{Answer, Model, ModelName, Request, json};
use serde::Serialize;

use crate::broken::{Broken, FormRule, broken};
use crate::options::{CohortOptions, days};
use crate::row::{KeptName, Row};
use crate::scores::Refused;

/// The most cohorts.
pub(crate) const COHORTS_LIMIT: usize = 10_000;

/// The longest name of one, in bytes: each is kept.
pub(crate) const NAME_LIMIT: usize = 256;

/// The most customers: the quantiles are exact, for which every value is kept, and an instance
/// has 128 MB.
pub(crate) const SUMMED_LIMIT: u64 = 2_000_000;

/// How many refused customers are told; the others are counted.
pub(crate) const TOLD: usize = 100;

/// The quantiles that are told.
const QUANTILES: [(&str, f64); 5] =
    [("p10", 0.1), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p90", 0.9)];

/// Customers on their way into cohorts.
pub(crate) struct Cohorts {
    model: Model,
    request: Request,
    options: CohortOptions,
    /// By name, sorted.
    sums: Vec<(String, Sums)>,
    seen: u64,
    refused: u64,
    told: Vec<Refused<'static, KeptName, Vec<Broken>>>,
}

/// Sums over some customers.
#[derive(Clone, Debug, Default)]
struct Sums {
    alive: f64,
    /// Purchases and value, by horizon.
    horizons: Vec<[f64; 2]>,
    residual: f64,
    /// Each customer's value over the horizon that decides.
    values: Vec<f64>,
}

#[derive(Serialize)]
struct Total {
    total: f64,
    mean: f64,
}

#[derive(Serialize)]
struct HorizonSums {
    days: f64,
    expected_purchases: Total,
    customer_lifetime_value: Total,
}

/// What is told of a cohort.
#[derive(Serialize)]
struct Cohort<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cohort: Option<&'a str>,
    customers: usize,
    /// Expected to be alive.
    probability_alive: Total,
    horizons: Vec<HorizonSums>,
    #[serde(skip_serializing_if = "Option::is_none")]
    residual_lifetime_value: Option<Total>,
    #[serde(serialize_with = "as_map")]
    quantiles: Vec<(&'static str, f64)>,
    highest_acquisition_cost: f64,
}

#[derive(Serialize)]
struct Told<'a> {
    ratio: f64,
    horizon: f64,
    currency: &'a str,
    cohorts: Vec<Cohort<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    all: Option<Cohort<'a>>,
    refused: u64,
    errors: &'a [Refused<'static, KeptName, Vec<Broken>>],
    model: ModelName<'a>,
}

impl Cohorts {
    pub(crate) fn new(model: Model, request: Request, options: CohortOptions) -> Cohorts {
        Cohorts { model, request, options, sums: Vec::new(), seen: 0, refused: 0, told: Vec::new() }
    }

    /// Whether there are more customers than can be held.
    pub(crate) fn is_full(&self) -> bool {
        self.seen - self.refused > SUMMED_LIMIT
    }

    /// The next customer.
    pub(crate) fn row(&mut self, row: &Row<'_>) {
        self.seen += 1;
        if let Err(errors) = self.add(row) {
            self.refused += 1;
            if self.told.len() < TOLD {
                let id = row.id.map(KeptName::from);
                self.told.push(Refused { row: self.seen, id, errors, model: None });
            }
        }
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), Vec<Broken>> {
        self.request.profile = *row.profile.as_ref().map_err(Clone::clone)?;
        let answer = self.model.predict(&self.request).map_err(broken)?;
        let name = row.cohort.map(|name| name.text()).unwrap_or_default();
        if name.len() > NAME_LIMIT {
            return Err(vec![FormRule::CohortLength.at("/cohort")]);
        }
        let horizon = self.options.horizon;
        let place = match self.sums.binary_search_by(|(its, _)| (**its).cmp(&name)) {
            Ok(place) => place,
            Err(_) if self.sums.len() >= COHORTS_LIMIT => {
                return Err(vec![FormRule::CohortsCount.at("/cohort")]);
            }
            Err(place) => {
                self.sums.insert(place, (name.into_owned(), Sums::default()));
                place
            }
        };
        self.sums[place].1.add(&answer, horizon);
        Ok(())
    }

    /// The answer.
    pub(crate) fn end(mut self, out: &mut Vec<u8>) {
        let mut all = Sums::default();
        for (_, sums) in &self.sums {
            all.add_all(sums);
        }
        let mut cohorts = Vec::new();
        for (name, sums) in &mut self.sums {
            cohorts.push(sums.told(Some(name), &self.request, &self.model, &self.options));
        }
        let all = (!all.values.is_empty())
            .then(|| all.told(None, &self.request, &self.model, &self.options));
        let told = Told {
            ratio: self.options.ratio,
            horizon: self.options.horizon,
            currency: &self.model.file().currency,
            cohorts,
            all,
            refused: self.refused,
            errors: &self.told,
            model: self.model.name(),
        };
        json::write(out, &told);
    }
}

impl Sums {
    fn add(&mut self, answer: &Answer<'_>, horizon: f64) {
        self.alive += answer.probability_alive;
        self.horizons.resize(answer.horizons.len(), [0.0; 2]);
        for (sums, of) in self.horizons.iter_mut().zip(&answer.horizons) {
            sums[0] = finite(sums[0] + of.expected_purchases);
            sums[1] = finite(sums[1] + of.customer_lifetime_value);
            if of.days == horizon {
                self.values.push(of.customer_lifetime_value);
            }
        }
        let residual = answer.residual_lifetime_value.unwrap_or_default();
        self.residual = finite(self.residual + residual);
    }

    fn add_all(&mut self, other: &Sums) {
        self.alive += other.alive;
        self.horizons.resize(other.horizons.len(), [0.0; 2]);
        for (sums, of) in self.horizons.iter_mut().zip(&other.horizons) {
            sums[0] = finite(sums[0] + of[0]);
            sums[1] = finite(sums[1] + of[1]);
        }
        self.residual = finite(self.residual + other.residual);
        self.values.extend_from_slice(&other.values);
    }

    fn told<'a>(
        &mut self,
        name: Option<&'a str>,
        request: &Request,
        model: &Model,
        options: &CohortOptions,
    ) -> Cohort<'a> {
        let customers = self.values.len();
        let total = |total: f64| Total { total, mean: total / customers as f64 };
        self.values.sort_unstable_by(f64::total_cmp);
        let days = days(request, model);
        let horizons: Vec<_> = days
            .iter()
            .zip(&self.horizons)
            .map(|(&days, &[purchases, value])| HorizonSums {
                days,
                expected_purchases: total(purchases),
                customer_lifetime_value: total(value),
            })
            .collect();
        let decides = horizons.iter().find(|horizon| horizon.days == options.horizon);
        let mean = decides.map_or(0.0, |horizon| horizon.customer_lifetime_value.mean);
        Cohort {
            cohort: name,
            customers,
            probability_alive: total(self.alive),
            horizons,
            residual_lifetime_value: request.residual.then(|| total(self.residual)),
            quantiles: QUANTILES.map(|(name, q)| (name, quantile(&self.values, q))).into(),
            highest_acquisition_cost: finite(mean / options.ratio),
        }
    }
}

/// A sum of values near the largest double is that: JSON has no infinity.
fn finite(sum: f64) -> f64 {
    sum.min(f64::MAX)
}

/// The value below which a share of the sorted values lies, linear between neighbours:
/// Hyndman and Fan (1996), definition 7, which is NumPy's.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = share * last as f64;
    let below = (place as usize).min(last);
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    low + (place - below as f64) * (high - low)
}

fn as_map<S: serde::Serializer>(
    entries: &[(&'static str, f64)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::quantile;

    /// The values are NumPy's: `numpy.quantile([1, 2, 4, 8], ...)`.
    #[test]
    fn quantiles() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (share, value) in [(0.0, 1.0), (0.1, 1.3), (0.25, 1.75), (0.5, 3.0), (0.9, 6.8)] {
            let found = quantile(&sorted, share);
            assert!((found - value).abs() < 1e-14, "{share}: {found}, not {value}");
        }
        assert_eq!(quantile(&[5.0], 0.9), 5.0);
        assert_eq!(quantile(&sorted, 1.0), 8.0);
    }
}
