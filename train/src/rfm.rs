//! The customers' histories as columns: what a fit takes and a score walks through.

use crate::Summary;

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

impl From<&Summary> for RfmTable {
    /// A row a customer.
    fn from(summary: &Summary) -> Self {
        let column =
            |of: fn(&crate::CustomerProfile) -> f64| summary.profiles.iter().map(of).collect();
        Self {
            frequency: column(|profile| f64::from(profile.frequency)),
            recency: column(|profile| f64::from(profile.recency)),
            T: column(|profile| f64::from(profile.T)),
            monetary_value: column(|profile| profile.monetary_value().unwrap_or(f64::NAN)),
            count: vec![1; summary.profiles.len()],
        }
    }
}
