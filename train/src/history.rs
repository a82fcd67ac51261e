//! What customers bought day by day.

use std::error::Error;
use std::fmt;

use crate::rfm::given;
use crate::{Cents, Collapse, Date, OrderCounts, OrderLog, Purchase, RfmTable, SummaryError};

/// Everything one customer bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    pub(crate) customer: String,
    pub(crate) first: Date,
    /// One a day, from the first (on day 0) to the last.
    pub(crate) purchases: Vec<PurchaseDay>,
}

impl History {
    /// What a customer bought from the day `first` on.
    ///
    /// `None` unless there is a purchase, the first is on day 0, the days increase, and all
    /// purchases together are at most [`Cents::MAX`].
    ///
    /// # Example
    /// ```
    /// use edge_clv_train::{Cents, History, PurchaseDay};
    ///
    /// let purchase = |day| PurchaseDay { day, amount: Cents::new(500).unwrap() };
    /// let history =
    ///     |days: &[u32]| {
    ///         let purchases = days.iter().map(|&day| purchase(day)).collect();
    ///         History::new("ann", "2025-01-01".parse().unwrap(), purchases)
    ///     };
    /// assert_eq!(history(&[0, 17, 213]).unwrap().purchases().len(), 3);
    /// assert_eq!(history(&[]), None);
    /// assert_eq!(history(&[17, 213]), None);
    /// assert_eq!(history(&[0, 17, 17]), None);
    /// ```
    pub fn new(customer: &str, first: Date, purchases: Vec<PurchaseDay>) -> Option<History> {
        let begins = purchases.first().is_some_and(|purchase| purchase.day == 0);
        let increasing = purchases.is_sorted_by(|one, next| one.day < next.day);
        let mut amounts = purchases.iter().map(|purchase| purchase.amount);
        let small = amounts.try_fold(Cents::default(), Cents::checked_add).is_some();
        let customer = customer.to_owned();
        (begins && increasing && small).then_some(History { customer, first, purchases })
    }

    /// The customer's name in the order log.
    pub fn customer(&self) -> &str {
        &self.customer
    }

    /// The day of the first purchase.
    pub fn first(&self) -> Date {
        self.first
    }

    /// The purchases, one a day.
    pub fn purchases(&self) -> &[PurchaseDay] {
        &self.purchases
    }

    /// The purchases up to the day that lies `age` days after the first.
    pub(crate) fn until(&self, age: u32) -> &[PurchaseDay] {
        &self.purchases[..self.purchases.partition_point(|purchase| purchase.day <= age)]
    }

    /// The purchases of the days `from` to `until`.
    pub(crate) fn within(&self, from: Date, until: Date) -> &[PurchaseDay] {
        let date = |purchase: &PurchaseDay| self.first.after(purchase.day);
        let begin = self.purchases.partition_point(|purchase| date(purchase) < from);
        let end = self.purchases.partition_point(|purchase| date(purchase) <= until);
        self.purchases.get(begin..end).unwrap_or_default()
    }
}

/// All that a customer bought on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurchaseDay {
    /// Days since the customer's first purchase.
    pub day: u32,
    /// What was paid.
    pub amount: Cents,
}

impl OrderLog {
    /// What every customer bought day by day up to the end of the day `until`, or of the last
    /// order's day, sorted by customer; and that day.
    ///
    /// # Errors
    /// As of [`OrderLog::summary`]; also where orders of a day are told apart, for a history
    /// has one purchase a day.
    pub fn histories(
        &mut self,
        until: Option<Date>,
    ) -> Result<(Vec<History>, Date, OrderCounts), HistoryError> {
        if self.rules().collapse != Collapse::Day {
            return Err(HistoryError::NotByDay);
        }
        let end = self.end(until)?.date;
        let mut histories = Vec::new();
        let mut too_large = None;
        let counts = self.for_each_customer(until, |customer, purchases| {
            let Some(first) = purchases.first().map(|purchase| purchase.at.date()) else { return };
            let day = |purchase: &Purchase| PurchaseDay {
                day: purchase.at.date().days_since(first),
                amount: purchase.amount,
            };
            // Purchases by day keep every other rule.
            match History::new(customer, first, purchases.iter().map(day).collect()) {
                Some(history) => histories.push(history),
                None => too_large = Some(customer.to_owned()),
            }
        })?;
        match too_large {
            Some(customer) => Err(SummaryError::SpendTooLarge(customer).into()),
            None => {
                histories.sort_unstable_by(|one, other| one.customer.cmp(&other.customer));
                Ok((histories, end, counts))
            }
        }
    }
}

/// Why an order log has no histories.
#[derive(Debug)]
pub enum HistoryError {
    /// Orders of one day are told apart.
    NotByDay,
    /// As of a summary.
    Summary(SummaryError),
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotByDay => f.write_str(
                "the orders of a day are told apart, but a history counts purchases by day",
            ),
            Self::Summary(error) => error.fmt(f),
        }
    }
}

impl Error for HistoryError {}

impl From<SummaryError> for HistoryError {
    fn from(error: SummaryError) -> Self {
        HistoryError::Summary(error)
    }
}

/// What some purchases come to.
pub(crate) fn total(purchases: &[PurchaseDay]) -> Cents {
    let amounts = purchases.iter().map(|purchase| purchase.amount);
    // A history never holds more than the largest amount.
    amounts.fold(Cents::default(), |sum, amount| sum.checked_add(amount).unwrap_or(Cents::MAX))
}

impl RfmTable {
    /// Adds a customer who bought on these days, the first of them `age` days before the end
    /// of the observation. A `monetary_value` of 0, which no model takes, is given as unknown.
    pub(crate) fn push_history(&mut self, known: &[PurchaseDay], age: u32) {
        let repeats = known.get(1..).unwrap_or_default();
        let mean = total(repeats).mean_over(repeats.len() as u32);
        let recency = repeats.last().map_or(0, |last| last.day);
        let row = [repeats.len() as f64, f64::from(recency), f64::from(age), given(mean)];
        self.push_numbers(row, 1);
    }
}
