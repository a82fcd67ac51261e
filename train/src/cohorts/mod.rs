//! What groups of customers brought in, what they will, and what one may have cost.

mod gather;
mod sums;

use std::error::Error;
use std::fmt;

use edge_clv::{Model, Violations};
use serde::Serialize;

use self::gather::Gatherer;
use crate::{Date, OrderCounts, OrderLog, SummaryError};

/// How much a customer may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CohortOptions {
    /// The least value per cost: 3 means that a customer brings in three times the cost.
    /// Finite, > 0.
    pub ratio: f64,
    /// The days within which the cost is to have come back. Finite, > 0.
    pub payback: f64,
}

impl CohortOptions {
    /// Each is in its range.
    ///
    /// # Errors
    /// [`CohortError::Option`] for the first that is not.
    pub fn check(&self) -> Result<(), CohortError> {
        for (name, value) in [("ratio", self.ratio), ("payback", self.payback)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(CohortError::Option { name, value });
            }
        }
        Ok(())
    }
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

/// What makes a group of customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CohortsBy {
    /// The month of the first purchase.
    Month,
    /// The label of the first order, see [`OrderIntake::gather`](crate::OrderIntake::gather).
    Label,
}

/// Groups of customers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cohorts {
    /// The last day of the observation.
    #[serde(serialize_with = "as_text")]
    pub observed_to: Date,
    /// Each group, by name.
    pub cohorts: Vec<Cohort>,
    /// All customers together.
    pub all: Cohort,
    /// One customer on the day of the first purchase. The first purchase, which BG/NBD does
    /// not count and Gamma-Gamma does not know, is taken to bring what first purchases
    /// brought on average; repeat purchases bring the population's mean.
    pub new_customer: Cohort,
}

impl OrderLog {
    /// Groups the customers up to the end of the day `until`, or of the last order's day, and
    /// sums up; and what became of the orders. `watch` is told of customers as they are done.
    ///
    /// One 64th of the customers is looked at at a time, and of what was looked at the sums
    /// alone are kept.
    ///
    /// # Errors
    /// As of [`OrderLog::summary`]; also where orders of a day are told apart, where an option is
    /// out of its range, and where the model does not discount, so that the residual value has
    /// no end.
    pub fn cohorts(
        &mut self,
        until: Option<Date>,
        by: CohortsBy,
        model: &Model,
        options: &CohortOptions,
        watch: &dyn Fn(u64),
    ) -> Result<(Cohorts, OrderCounts), CohortError> {
        let end = self.end(until)?;
        let mut gatherer = Gatherer::new(end.date, model, options)?;
        let counts = self.for_each_history([end], |label, [history]| {
            let Some(history) = history else { return Ok(()) };
            let cohort = match by {
                CohortsBy::Month => history.first().to_string()[.."YYYY-MM".len()].to_owned(),
                CohortsBy::Label => {
                    label.filter(|label| !label.is_empty()).unwrap_or("(none)").to_owned()
                }
            };
            gatherer.add(cohort, history, watch)
        })?;
        Ok((gatherer.finish(watch)?, counts))
    }
}

fn as_text<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}

/// Why there are no cohorts.
#[derive(Debug)]
pub enum CohortError {
    /// An option is out of its range.
    Option {
        /// Its name.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// As of a summary.
    Orders(SummaryError),
    /// The model does not answer.
    Rules(Violations),
}

impl fmt::Display for CohortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option { name, value } => {
                write!(f, "the {name} must be finite and > 0, but is {value}")
            }
            Self::Orders(error) => error.fmt(f),
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

impl From<SummaryError> for CohortError {
    fn from(error: SummaryError) -> Self {
        CohortError::Orders(error)
    }
}
