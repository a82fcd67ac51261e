//! What customers bought day by day.

use crate::rfm::given;
use crate::{Cents, Collapse, Date, End, OrderCounts, OrderLog, Purchase, SummaryError};

/// Everything one customer bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
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
    ///         History::new("2025-01-01".parse().unwrap(), purchases)
    ///     };
    /// assert_eq!(history(&[0, 17, 213]).unwrap().purchases().len(), 3);
    /// assert_eq!(history(&[]), None);
    /// assert_eq!(history(&[17, 213]), None);
    /// assert_eq!(history(&[0, 17, 17]), None);
    /// ```
    pub fn new(first: Date, purchases: Vec<PurchaseDay>) -> Option<History> {
        let begins = purchases.first().is_some_and(|purchase| purchase.day == 0);
        let increasing = purchases.is_sorted_by(|one, next| one.day < next.day);
        let mut amounts = purchases.iter().map(|purchase| purchase.amount);
        let small = amounts.try_fold(Cents::default(), Cents::checked_add).is_some();
        (begins && increasing && small).then_some(History { first, purchases })
    }

    /// Of purchases by day as a log shows them, which keep every other rule; `None` without one.
    fn of(purchases: &[Purchase]) -> Option<History> {
        let first = purchases.first()?.at.date();
        let day = |purchase: &Purchase| PurchaseDay {
            day: purchase.at.date().days_since(first),
            amount: purchase.amount,
        };
        Some(History { first, purchases: purchases.iter().map(day).collect() })
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
    /// Shows `each` the histories of every customer at the ends of some days, which increase,
    /// and the label of the first order; the customers come in no particular order, and those
    /// who bought nothing not at all. What became of the orders is told as of the last day.
    ///
    /// # Errors
    /// As of [`OrderLog::summary`] and of `each`; also where orders of a day are told apart, for
    /// a history has one purchase a day.
    pub(crate) fn for_each_history<const N: usize, E: From<SummaryError>>(
        &mut self,
        ends: [End; N],
        mut each: impl FnMut(Option<&str>, [Option<History>; N]) -> Result<(), E>,
    ) -> Result<OrderCounts, E> {
        if self.rules().collapse != Collapse::Day {
            return Err(E::from(SummaryError::NotByDay));
        }
        self.visit(ends, |label, purchases| each(label, purchases.map(History::of)))
    }
}

/// What some purchases come to.
pub(crate) fn total(purchases: &[PurchaseDay]) -> Cents {
    let amounts = purchases.iter().map(|purchase| purchase.amount);
    // A history never holds more than the largest amount.
    amounts.fold(Cents::default(), |sum, amount| sum.checked_add(amount).unwrap_or(Cents::MAX))
}

/// The frequency, recency, T and monetary value of a customer who bought on these days, the first
/// of them `age` days before the end of the observation. A monetary value of 0, which no model
/// takes, is given as unknown.
pub(crate) fn numbers(known: &[PurchaseDay], age: u32) -> [f64; 4] {
    let repeats = known.get(1..).unwrap_or_default();
    let mean = total(repeats).mean_over(repeats.len() as u32);
    let recency = repeats.last().map_or(0, |last| last.day);
    [repeats.len() as f64, f64::from(recency), f64::from(age), given(mean)]
}
