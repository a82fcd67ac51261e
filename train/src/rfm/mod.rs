//! The customers' histories as columns: what a fit takes and a score walks through.

mod csv;
mod summary;

pub use self::csv::CsvProfiles;
pub(crate) use summary::Profile;
pub use summary::{PartSummary, Summary, SummaryRow};

use std::borrow::Cow;

use crate::PurchaseDay;
use crate::history::numbers;

/// A monetary value as the models take it: 0, which no gamma distribution has, and which a
/// summary has of a customer whose later orders were all free, is not given.
pub(crate) fn given(monetary_value: f64) -> f64 {
    // Whatever NaN came in, one goes out.
    if monetary_value == 0.0 || monetary_value.is_nan() { f64::NAN } else { monetary_value }
}

/// One RFM row a customer, or a row for several customers alike.
///
/// Every column is as long as the others. Times are in days.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(non_snake_case, reason = "T is the papers' name, and the data key")]
pub struct RfmTable {
    /// Repeat purchases, whole numbers >= 0.
    pub frequency: Vec<f64>,
    /// Days from the first to the last purchase, 0 exactly when frequency is 0.
    pub recency: Vec<f64>,
    /// Days from the first purchase to the end of the observation, >= recency.
    pub T: Vec<f64>,
    /// Mean profit per repeat purchase, in currency; NaN, or 0, when not given.
    pub monetary_value: Vec<f64>,
    /// How many customers have this history, >= 1.
    pub count: Vec<u64>,
}

impl RfmTable {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.frequency.len()
    }

    /// There is no row.
    pub fn is_empty(&self) -> bool {
        self.frequency.is_empty()
    }

    /// Adds a row of a summary, for so many customers.
    pub fn push(&mut self, row: &SummaryRow<'_>, count: u64) {
        let monetary_value = row.monetary_value().unwrap_or(f64::NAN);
        self.push_numbers([f64::from(row.frequency), row.recency, row.T, monetary_value], count);
    }

    /// Adds a row of frequency, recency, T and monetary value, for so many customers.
    pub fn push_numbers(&mut self, row: [f64; 4], count: u64) {
        self.frequency.push(row[0]);
        self.recency.push(row[1]);
        self.T.push(row[2]);
        self.monetary_value.push(row[3]);
        self.count.push(count);
    }

    /// Adds a customer who bought on these days, the first of them `age` days before the end
    /// of the observation. A `monetary_value` of 0, which no model takes, is given as unknown.
    pub(crate) fn push_history(&mut self, known: &[PurchaseDay], age: u32) {
        self.push_numbers(numbers(known, age), 1);
    }

    /// The monetary values as the models take them, see [`given`].
    pub(crate) fn monetary_value_given(&self) -> Cow<'_, [f64]> {
        if self.monetary_value.contains(&0.0) {
            Cow::Owned(self.monetary_value.iter().copied().map(given).collect())
        } else {
            Cow::Borrowed(&self.monetary_value)
        }
    }

    /// Adds the rows of another table below.
    pub fn append(&mut self, other: &Self) {
        self.frequency.extend_from_slice(&other.frequency);
        self.recency.extend_from_slice(&other.recency);
        self.T.extend_from_slice(&other.T);
        self.monetary_value.extend_from_slice(&other.monetary_value);
        self.count.extend_from_slice(&other.count);
    }

    /// One row for all rows alike, their counts added up, sorted by frequency, recency, T and
    /// monetary value.
    pub fn fold(&self) -> Self {
        let row =
            |at: usize| [self.frequency[at], self.recency[at], self.T[at], self.monetary_value[at]];
        let mut rows: Vec<_> = (0..self.len()).map(|at| (row(at), self.count[at])).collect();
        let compare = |one: &[f64; 4], other: &[f64; 4]| {
            let pairs = one.iter().zip(other);
            pairs.fold(std::cmp::Ordering::Equal, |order, (one, other)| {
                order.then_with(|| one.total_cmp(other))
            })
        };
        rows.sort_unstable_by(|(one, _), (other, _)| compare(one, other));
        let mut folded = Self::default();
        for alike in rows.chunk_by(|(one, _), (other, _)| compare(one, other).is_eq()) {
            let count = alike.iter().map(|&(_, count)| count).fold(0, u64::saturating_add);
            folded.push_numbers(alike[0].0, count);
        }
        folded
    }
}
