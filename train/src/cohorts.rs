//! What groups of customers brought in, what they will, and what one may have cost.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use edge_clv::{
    Batch, BatchAnswer, BatchOptions, Columns, HorizonColumns, Horizons, Model, Profile, Profiles,
    Violations,
};
use serde::Serialize;

use crate::{Date, History, RfmTable};

/// How much a customer may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CohortOptions {
    /// The least value per cost: 3 means that a customer brings in three times the cost.
    /// Finite, > 0.
    pub ratio: f64,
    /// The days within which the cost is to have come back. Finite, > 0.
    pub payback: f64,
}

/// What a group of customers brought in and will bring in, all in currency.
///
/// A customer's day 0 is the day of the first purchase, on which the customer is taken to
/// cost; T is the end of the observation, counted from it. With delta the model's daily rate,
/// profit being what is paid times the model's margin, and E the model's expectation from all
/// that is known at T:
///
/// - lifetime value = sum of past profits, each times e^(-delta day), + e^(-delta T) residual
///   lifetime value;
/// - payback profit = the same of the days 0 to P, P being
///   [`payback`](CohortOptions::payback): past profits up to day P and, where T < P,
///   e^(-delta T) E\[discounted profit of the next P - T days\];
/// - highest acquisition cost = min(mean lifetime value / [`ratio`](CohortOptions::ratio), mean
///   payback profit), the means being over the group's customers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cohort {
    /// What the group is called.
    pub cohort: String,
    /// How many they are.
    pub customers: u64,
    /// All that they paid; of a new customer, what the first purchase is expected to bring.
    pub revenue_to_date: f64,
    /// Discounted profit expected within 30 days after T, of all of them.
    pub customer_lifetime_value_30d: f64,
    /// Within 90 days.
    pub customer_lifetime_value_90d: f64,
    /// Within 365 days.
    pub customer_lifetime_value_365d: f64,
    /// Without a horizon.
    pub residual_lifetime_value: f64,
    /// The most that one of them may have cost.
    pub highest_acquisition_cost: f64,
    /// Which of the two demands sets it.
    pub limited_by: AcquisitionLimit,
}

/// What keeps an acquisition cost from being higher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AcquisitionLimit {
    /// The value-to-cost ratio.
    Ratio,
    /// The payback time.
    Payback,
}

/// Groups of customers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cohorts {
    /// Each group, by name.
    pub cohorts: Vec<Cohort>,
    /// All customers together.
    pub all: Cohort,
    /// One customer on the day of the first purchase. The first purchase, which BG/NBD does
    /// not count and Gamma-Gamma does not know, is taken to bring what first purchases
    /// brought on average; repeat purchases bring the population's mean.
    pub new_customer: Cohort,
}

/// The horizons of a [`Cohort`], in days.
const HORIZONS: [f64; 3] = [30.0, 90.0, 365.0];

/// Sums over some customers.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    customers: u64,
    /// In cents, whole numbers that an `f64` adds up exactly.
    revenue: f64,
    values: [f64; HORIZONS.len()],
    residual: f64,
    /// Lifetime value and payback profit, as of day 0.
    lifetime: f64,
    payback: f64,
}

impl Sums {
    fn add(&mut self, other: &Sums) {
        self.customers += other.customers;
        self.revenue += other.revenue;
        for (sum, value) in self.values.iter_mut().zip(other.values) {
            *sum += value;
        }
        self.residual += other.residual;
        self.lifetime += other.lifetime;
        self.payback += other.payback;
    }

    fn cohort(&self, name: &str, options: &CohortOptions) -> Cohort {
        let customers = self.customers as f64;
        let by_ratio = self.lifetime / customers / options.ratio;
        let by_payback = self.payback / customers;
        let [in_30, in_90, in_365] = self.values;
        Cohort {
            cohort: name.to_owned(),
            customers: self.customers,
            revenue_to_date: self.revenue / 100.0,
            customer_lifetime_value_30d: in_30,
            customer_lifetime_value_90d: in_90,
            customer_lifetime_value_365d: in_365,
            residual_lifetime_value: self.residual,
            highest_acquisition_cost: by_ratio.min(by_payback),
            limited_by: if by_ratio <= by_payback {
                AcquisitionLimit::Ratio
            } else {
                AcquisitionLimit::Payback
            },
        }
    }
}

impl Cohorts {
    /// Groups customers by what `cohort_of` calls each, and sums up. What comes after the day
    /// `until` is left out, and so is who first bought after it.
    ///
    /// # Errors
    /// Where nobody bought by then, where an option is out of its range, and where the model
    /// does not discount, so that the residual value has no end.
    pub fn new<'h>(
        histories: &'h [History],
        cohort_of: impl Fn(&'h History) -> String,
        until: Date,
        model: &Model,
        options: &CohortOptions,
    ) -> Result<Cohorts, CohortError> {
        for (name, value) in [("ratio", options.ratio), ("payback", options.payback)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(CohortError::Option { name, value });
            }
        }
        let columns = Columns::named(&["customer_lifetime_value", "residual_lifetime_value"])?;
        let horizons = Some(Horizons::new(&HORIZONS)?);
        let mut batch = Batch::new(model, BatchOptions { horizons, columns, exact: false })?;

        let mut cohorts: BTreeMap<String, Sums> = BTreeMap::new();
        let mut first_purchases = 0.0;
        // As many as fit a cache, so that the columns never take much memory.
        const ROWS: usize = 16_384;
        for histories in histories.chunks(ROWS) {
            let bought = histories.iter().filter(|history| history.first <= until);
            let mut table = RfmTable::default();
            for history in bought.clone() {
                let age = until.days_since(history.first);
                table.push_history(history.until(age), age);
            }
            let answer = batch.predict(&Profiles {
                frequency: &table.frequency,
                recency: &table.recency,
                T: &table.T,
                monetary_value: Some(&table.monetary_value),
            })?;
            for (row, history) in bought.enumerate() {
                let sums = one(history, &table, row, &answer, model, options)?;
                cohorts.entry(cohort_of(history)).or_default().add(&sums);
                first_purchases += history.purchases[0].amount.cents() as f64;
            }
        }
        let mut all = Sums::default();
        cohorts.values().for_each(|sums| all.add(sums));
        if all.customers == 0 {
            return Err(CohortError::Nobody { until });
        }
        let first_purchase = first_purchases / (100.0 * all.customers as f64);
        Ok(Cohorts {
            cohorts: cohorts.iter().map(|(name, sums)| sums.cohort(name, options)).collect(),
            all: all.cohort("all", options),
            new_customer: newcomer(first_purchase, model, options).cohort("new customer", options),
        })
    }
}

/// The sums of one customer.
fn one(
    history: &History,
    table: &RfmTable,
    row: usize,
    answer: &BatchAnswer,
    model: &Model,
    options: &CohortOptions,
) -> Result<Sums, CohortError> {
    let (margin, delta) = (model.file().margin, model.daily_rate());
    let age = table.T[row];
    let at = |column: &Option<Vec<f64>>| column.as_ref().map_or(f64::NAN, |column| column[row]);
    let value = |horizon: &HorizonColumns| at(&horizon.customer_lifetime_value);
    let residual = at(&answer.residual_lifetime_value);
    let discount = |day: f64| libm::exp(-delta * day);
    let mut sums = Sums {
        customers: 1,
        values: std::array::from_fn(|i| answer.horizons.get(i).map_or(f64::NAN, value)),
        residual,
        lifetime: discount(age) * residual,
        ..Sums::default()
    };
    for purchase in history.until(age as u32) {
        let day = f64::from(purchase.day);
        let profit = discount(day) * margin * purchase.amount.mean_over(1);
        sums.revenue += purchase.amount.cents() as f64;
        sums.lifetime += profit;
        if day <= options.payback {
            sums.payback += profit;
        }
    }
    if age < options.payback {
        let known = table.monetary_value[row];
        let profile = Profile::new(
            table.frequency[row],
            table.recency[row],
            age,
            (!known.is_nan()).then_some(known),
        )?;
        let purchases = model.bg_nbd().discounted_purchases(&profile, options.payback - age, delta);
        let profit = margin * model.gamma_gamma().expected_average_profit(&profile);
        sums.payback += discount(age) * purchases * profit;
    }
    Ok(sums)
}

/// The sums of a customer on the day of the first purchase.
fn newcomer(first_purchase: f64, model: &Model, options: &CohortOptions) -> Sums {
    let (margin, delta) = (model.file().margin, model.daily_rate());
    let profit = margin * model.gamma_gamma().population_mean();
    let within = |days| profit * model.bg_nbd().discounted_purchases(&Profile::NEW, days, delta);
    let residual = within(f64::INFINITY);
    Sums {
        customers: 1,
        revenue: 100.0 * first_purchase,
        values: HORIZONS.map(within),
        residual,
        lifetime: margin * first_purchase + residual,
        payback: margin * first_purchase + within(options.payback),
    }
}

/// Why there are no cohorts.
#[derive(Clone, Debug, PartialEq)]
pub enum CohortError {
    /// An option is out of its range.
    Option {
        /// Its name.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// Nobody bought by the end.
    Nobody {
        /// The last day.
        until: Date,
    },
    /// The model does not answer.
    Rules(Violations),
}

impl fmt::Display for CohortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option { name, value } => {
                write!(f, "the {name} must be finite and > 0, but is {value}")
            }
            Self::Nobody { until } => {
                write!(f, "nobody bought by {until}; name a later day, or leave it out")
            }
            Self::Rules(errors) => errors.fmt(f),
        }
    }
}

impl Error for CohortError {}

impl From<Violations> for CohortError {
    fn from(errors: Violations) -> Self {
        CohortError::Rules(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cents, PurchaseDay};

    const OPTIONS: CohortOptions = CohortOptions { ratio: 3.0, payback: 60.0 };

    fn model(edit: impl Fn(&str) -> String) -> Model {
        let text = edit(include_str!("../../model/cdnow.json"));
        Model::try_from(edge_clv::json::parse_model(text.as_bytes()).unwrap()).unwrap()
    }

    fn histories() -> Vec<History> {
        let history = |customer: &str, first: &str, purchases: &[(u32, i64)]| History {
            customer: customer.into(),
            first: first.parse().unwrap(),
            purchases: purchases
                .iter()
                .map(|&(day, cents)| PurchaseDay { day, amount: Cents::new(cents).unwrap() })
                .collect(),
        };
        vec![
            history("ann", "2025-01-01", &[(0, 1000), (30, 2000), (80, 4000), (120, 50_000)]),
            history("bob", "2025-03-02", &[(0, 3000)]),
            history("cat", "2025-04-11", &[(0, 3000)]),
        ]
    }

    fn month(history: &History) -> String {
        history.first.to_string()[..7].to_owned()
    }

    fn close(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn sums_worked_by_hand() {
        let model = model(|text| text.replace("\"margin\": 1", "\"margin\": 0.5"));
        // 99 days after ann's first purchase and 39 after bob's.
        let until = "2025-04-10".parse().unwrap();
        let cohorts = Cohorts::new(&histories(), month, until, &model, &OPTIONS).unwrap();
        let [january, march] = &cohorts.cohorts[..] else { panic!("{cohorts:?}") };
        assert_eq!((january.cohort.as_str(), march.cohort.as_str()), ("2025-01", "2025-03"));

        let delta = 1.1f64.ln() / 365.0;
        let ann = Profile::new(2.0, 80.0, 99.0, Some(30.0)).unwrap();
        let profit = 0.5 * model.gamma_gamma().expected_average_profit(&ann);
        let within = |days| profit * model.bg_nbd().discounted_purchases(&ann, days, delta);
        assert_eq!(january.revenue_to_date, 70.0);
        close(january.customer_lifetime_value_30d, within(30.0));
        close(january.customer_lifetime_value_365d, within(365.0));
        close(january.residual_lifetime_value, within(f64::INFINITY));
        let past = |days: &[(f64, f64)]| -> f64 {
            days.iter().map(|(day, paid)| 0.5 * paid * (-delta * day).exp()).sum()
        };
        let lifetime = past(&[(0.0, 10.0), (30.0, 20.0), (80.0, 40.0)])
            + (-delta * 99.0).exp() * within(f64::INFINITY);
        // The payback time of 60 days is over for ann: only what she paid in it counts.
        let payback = past(&[(0.0, 10.0), (30.0, 20.0)]);
        close(january.highest_acquisition_cost, (lifetime / 3.0).min(payback));

        let bob = Profile::new(0.0, 0.0, 39.0, None).unwrap();
        let profit = 0.5 * model.gamma_gamma().population_mean();
        let within = |days| profit * model.bg_nbd().discounted_purchases(&bob, days, delta);
        let later = (-delta * 39.0f64).exp();
        let lifetime = 15.0 + later * within(f64::INFINITY);
        let payback = 15.0 + later * within(21.0);
        close(march.highest_acquisition_cost, (lifetime / 3.0).min(payback));
        assert_eq!(march.limited_by, AcquisitionLimit::Payback);

        assert_eq!(cohorts.all.customers, 2);
        assert_eq!(cohorts.all.revenue_to_date, 100.0);
        close(
            cohorts.all.residual_lifetime_value,
            january.residual_lifetime_value + march.residual_lifetime_value,
        );

        let within =
            |days| profit * model.bg_nbd().discounted_purchases(&Profile::NEW, days, delta);
        let newcomer = &cohorts.new_customer;
        assert_eq!(newcomer.revenue_to_date, 20.0);
        close(newcomer.customer_lifetime_value_90d, within(90.0));
        let lifetime = 10.0 + within(f64::INFINITY);
        close(newcomer.highest_acquisition_cost, (lifetime / 3.0).min(10.0 + within(60.0)));
    }

    #[test]
    fn a_short_payback_limits_the_cost() {
        let until = "2025-04-10".parse().unwrap();
        let options = CohortOptions { ratio: 0.5, payback: 1.0 };
        let cohorts = Cohorts::new(&histories(), month, until, &model(str::to_owned), &options);
        let january = &cohorts.unwrap().cohorts[0];
        assert_eq!(january.limited_by, AcquisitionLimit::Payback);
        assert_eq!(january.highest_acquisition_cost, 10.0);
    }

    #[test]
    fn what_has_no_cohorts() {
        let until = "2024-12-31".parse().unwrap();
        let model = model(str::to_owned);
        let nobody = Cohorts::new(&histories(), month, until, &model, &OPTIONS);
        assert_eq!(nobody, Err(CohortError::Nobody { until }));
        for (ratio, payback) in [(0.0, 1.0), (f64::NAN, 1.0), (3.0, f64::INFINITY)] {
            let options = CohortOptions { ratio, payback };
            let refused = Cohorts::new(&histories(), month, until, &model, &options);
            assert!(matches!(refused, Err(CohortError::Option { .. })));
        }
        let endless = self::model(|text| {
            text.replace("\"annual_discount_rate\": 0.1", "\"annual_discount_rate\": 0")
        });
        let refused = Cohorts::new(&histories(), month, until, &endless, &OPTIONS);
        assert!(matches!(refused, Err(CohortError::Rules(_))));
    }
}
