//! The customers' histories as columns: what a fit takes and a score walks through.

use crate::SummaryRow;

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
    /// Mean profit per repeat purchase, in currency; NaN when not given.
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

    pub(crate) fn push(&mut self, row: &SummaryRow<'_>, count: u64) {
        self.frequency.push(f64::from(row.frequency));
        self.recency.push(row.recency);
        self.T.push(row.T);
        self.monetary_value.push(row.monetary_value().unwrap_or(f64::NAN));
        self.count.push(count);
    }
}
