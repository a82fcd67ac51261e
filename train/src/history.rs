//! What customers bought day by day, and the cut that holds part of it out.

use std::error::Error;
use std::fmt;

use edge_clv::Horizons;

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
            Self::NotByDay => {
                f.write_str("purchases are counted by day here; leave out --collapse none")
            }
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
        self.frequency.push(repeats.len() as f64);
        self.recency.push(f64::from(repeats.last().map_or(0, |last| last.day)));
        self.T.push(f64::from(age));
        self.monetary_value.push(if mean > 0.0 { mean } else { f64::NAN });
        self.count.push(1);
    }
}

/// Histories cut in two: profiles of what came before a day, and what came from then on.
///
/// Who bought for the first time in the holdout is left out: there was nobody to predict.
#[derive(Clone, Debug, PartialEq)]
pub struct Holdout {
    /// The customers' profiles at the end of the day before the holdout. A
    /// `monetary_value` of 0, which no model takes, is given as unknown.
    pub(crate) table: RfmTable,
    /// PurchaseDay days of each customer in the holdout.
    pub(crate) purchases: Vec<f64>,
    /// What each customer paid in the holdout, in currency.
    pub(crate) spend: Vec<f64>,
    /// The day of the first purchase of all.
    pub(crate) observed_from: Date,
    /// The first day of the holdout.
    pub(crate) from: Date,
    /// Its last day.
    pub(crate) until: Date,
    /// Customers who first bought in the holdout or later, left out.
    pub(crate) newcomers: usize,
    /// Repeat customers whose repeat purchases cost nothing.
    pub(crate) worthless: usize,
    /// How many customers made their first purchase on each day from `observed_from` to the
    /// day before the holdout.
    pub(crate) starts: Vec<u64>,
    /// How many repeat purchases they made on each day from `observed_from` to `until`.
    pub(crate) repeats: Vec<u64>,
}

impl Holdout {
    /// Cuts histories before the day `from`; what comes after the day `until` is left out.
    ///
    /// # Errors
    /// Where `from` does not lie after the first purchase of all, and where `until` lies before
    /// `from` or further from it than a horizon may reach.
    pub fn new(histories: &[History], from: Date, until: Date) -> Result<Holdout, HoldoutError> {
        let first = histories.iter().map(|history| history.first).min();
        let observed_from = first.ok_or(HoldoutError::NoOrders)?;
        if from <= observed_from {
            return Err(HoldoutError::NothingBefore { from, first: observed_from });
        }
        if until < from {
            return Err(HoldoutError::EndsBeforeItBegins { from, until });
        }
        let days = until.days_since(from) + 1;
        if f64::from(days) > Horizons::LONGEST {
            return Err(HoldoutError::TooLong { days });
        }
        let mut holdout = Holdout {
            table: RfmTable::default(),
            purchases: Vec::new(),
            spend: Vec::new(),
            observed_from,
            from,
            until,
            newcomers: 0,
            worthless: 0,
            starts: vec![0; from.days_since(observed_from) as usize],
            repeats: vec![0; until.days_since(observed_from) as usize + 1],
        };
        for history in histories {
            if history.first < from {
                holdout.add(history);
            } else {
                holdout.newcomers += 1;
            }
        }
        Ok(holdout)
    }

    /// The customers' profiles at the end of the day before the holdout: what there is to fit
    /// to. A `monetary_value` of 0, which no model takes, is given as unknown.
    pub fn table(&self) -> &RfmTable {
        &self.table
    }

    /// The first day of the holdout.
    pub fn from(&self) -> Date {
        self.from
    }

    /// How many customers made their first purchase on each day from the first of all to the
    /// day before the holdout.
    pub fn starts(&self) -> &[u64] {
        &self.starts
    }

    /// The length of the holdout in days.
    pub fn days(&self) -> u32 {
        self.until.days_since(self.from) + 1
    }

    /// Adds a customer who bought before the holdout.
    fn add(&mut self, history: &History) {
        let start = history.first.days_since(self.observed_from) as usize;
        self.starts[start] += 1;
        // The customer's age on the day before the holdout.
        let age = self.from.days_since(history.first) - 1;
        let known = history.until(age);
        let held_out = &history.until(self.until.days_since(history.first))[known.len()..];
        let repeats = known.get(1..).unwrap_or_default();
        for purchase in repeats.iter().chain(held_out) {
            self.repeats[start + purchase.day as usize] += 1;
        }
        self.worthless += usize::from(!repeats.is_empty() && total(repeats) <= Cents::default());
        self.table.push_history(known, age);
        self.purchases.push(held_out.len() as f64);
        self.spend.push(total(held_out).mean_over(1));
    }
}

/// Why histories cannot be cut there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoldoutError {
    /// There are no orders.
    NoOrders,
    /// Nobody bought before the holdout.
    NothingBefore {
        /// The first day of the holdout.
        from: Date,
        /// The day of the first order.
        first: Date,
    },
    /// The holdout would end before it begins.
    EndsBeforeItBegins {
        /// The first day of the holdout.
        from: Date,
        /// The last.
        until: Date,
    },
    /// The holdout is longer than a model looks ahead.
    TooLong {
        /// Its length.
        days: u32,
    },
}

impl fmt::Display for HoldoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOrders => f.write_str("there are no orders"),
            Self::NothingBefore { from, first } => write!(
                f,
                "the holdout would begin on {from}, and the first order is of {first}; \
                 name a later day, so that there is something to learn from"
            ),
            Self::EndsBeforeItBegins { from, until } => write!(
                f,
                "the holdout would begin on {from} and end on {until}; \
                 name an earlier day, so that there is something to compare with"
            ),
            Self::TooLong { days } => write!(
                f,
                "the holdout would last {days} days, and a horizon is at most {} days; \
                 name a later first day or an earlier end",
                Horizons::LONGEST
            ),
        }
    }
}

impl Error for HoldoutError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn history(customer: &str, first: &str, purchases: &[(u32, i64)]) -> History {
        let purchase = |&(day, cents)| PurchaseDay { day, amount: Cents::new(cents).unwrap() };
        History {
            customer: customer.into(),
            first: date(first),
            purchases: purchases.iter().map(purchase).collect(),
        }
    }

    #[test]
    fn a_cut_worked_by_hand() {
        let histories = [
            // On day 9 the holdout begins; day 14 is its last.
            history("ann", "2025-01-02", &[(0, 500), (3, 100), (8, 301), (9, 700), (14, 1)]),
            history("bob", "2025-01-10", &[(0, 900), (5, 250), (6, 999)]),
            history("cat", "2025-01-11", &[(0, 100)]),
            history("dan", "2025-01-04", &[(0, 100), (4, 0)]),
        ];
        let holdout = Holdout::new(&histories, date("2025-01-11"), date("2025-01-16")).unwrap();
        assert_eq!(holdout.days(), 6);
        assert_eq!(holdout.newcomers, 1);
        assert_eq!(holdout.worthless, 1);
        assert_eq!(holdout.table.frequency, [2.0, 0.0, 1.0]);
        assert_eq!(holdout.table.recency, [8.0, 0.0, 4.0]);
        assert_eq!(holdout.table.T, [8.0, 0.0, 6.0]);
        assert_eq!(holdout.table.monetary_value[0], 2.005);
        assert!(holdout.table.monetary_value[1].is_nan());
        assert!(holdout.table.monetary_value[2].is_nan());
        assert_eq!(holdout.table.count, [1, 1, 1]);
        assert_eq!(holdout.purchases, [2.0, 2.0, 0.0]);
        assert_eq!(holdout.spend, [7.01, 12.49, 0.0]);
        assert_eq!(holdout.starts, [1, 0, 1, 0, 0, 0, 0, 0, 1]);
        let days: Vec<usize> = (0..15).filter(|&day| holdout.repeats[day] > 0).collect();
        assert_eq!(days, [3, 6, 8, 9, 13, 14]);
        assert_eq!(holdout.repeats.len(), 15);
    }

    #[test]
    fn cuts_that_hold_nothing_out() {
        let histories = [history("ann", "2025-01-02", &[(0, 500)])];
        let cut = |from, until| Holdout::new(&histories, date(from), date(until)).unwrap_err();
        assert!(matches!(cut("2025-01-02", "2025-01-09"), HoldoutError::NothingBefore { .. }));
        assert!(matches!(cut("2025-01-09", "2025-01-08"), HoldoutError::EndsBeforeItBegins { .. }));
        assert_eq!(cut("2025-01-03", "2035-01-02"), HoldoutError::TooLong { days: 3652 });
        let nobody = Holdout::new(&[], date("2025-01-01"), date("2025-01-02"));
        assert_eq!(nobody, Err(HoldoutError::NoOrders));
    }
}
