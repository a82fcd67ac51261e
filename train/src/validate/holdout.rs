//! Histories cut in two: what a model is shown, and what it is held against.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use edge_clv::Horizons;

use crate::history::total;
use crate::{Cents, Date, History, HistoryError, OrderCounts, OrderLog, RfmTable};

/// Histories cut in two: profiles of what came before a day, and what came from then on.
///
/// The profiles are what was known on the eve of the holdout: a refund of later on does not
/// change them, or the model would be shown some of what it is held against. Who bought for the
/// first time in the holdout is left out: there was nobody to predict.
#[derive(Clone, Debug, PartialEq)]
pub struct Holdout {
    /// The customers' profiles at the end of the day before the holdout. A
    /// `monetary_value` of 0, which no model takes, is given as unknown.
    pub(crate) table: RfmTable,
    /// Days of the holdout on which each customer bought.
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

impl OrderLog {
    /// Holds out the days from `from` to `until`, or to that of the last order; and what became
    /// of the orders up to then.
    ///
    /// Refunds before the holdout are taken off what was bought before it. Refunds in the
    /// holdout change nothing of that, which nobody knew then; what customers bought in the
    /// holdout is less by those of them that do not go back beyond it.
    ///
    /// # Errors
    /// As of [`OrderLog::histories`] and of [`Holdout::new`].
    pub fn holdout(
        &mut self,
        from: Date,
        until: Option<Date>,
    ) -> Result<(Holdout, OrderCounts), HoldoutError> {
        let (whole, until, counts) = self.histories(until)?;
        let first = self.span().map(|(first, _)| first.date()).ok_or(HoldoutError::NoOrders)?;
        if from <= first {
            return Err(HoldoutError::NothingBefore { from, first });
        }
        let eve = Date::from_number(from.number() - 1);
        let (known, ..) = self.histories(Some(eve))?;
        Ok((Holdout::new(&known, &whole, from, until)?, counts))
    }
}

impl Holdout {
    /// Sets histories as they were `known` at the end of the day before `from` beside the
    /// `whole` ones at the end of the day `until`. They differ by more than the days between
    /// where refunds take back earlier purchases. What comes later in either is left out.
    ///
    /// # Errors
    /// Where nobody is known before `from`, and where `until` lies before `from` or further from
    /// it than a horizon may reach.
    pub fn new(
        known: &[History],
        whole: &[History],
        from: Date,
        until: Date,
    ) -> Result<Holdout, HoldoutError> {
        let first = |histories: &[History]| histories.iter().map(|history| history.first).min();
        let observed_from = match (first(known), first(whole)) {
            (Some(first), _) if first < from => first,
            (Some(first), _) | (None, Some(first)) => {
                return Err(HoldoutError::NothingBefore { from, first });
            }
            (None, None) => return Err(HoldoutError::NoOrders),
        };
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
        let mut later: HashMap<&str, &History> =
            whole.iter().map(|history| (history.customer(), history)).collect();
        for history in known.iter().filter(|history| history.first < from) {
            holdout.add(history, later.remove(history.customer()));
        }
        holdout.newcomers = later.len();
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

    /// Adds a customer who bought before the holdout, with what is left of it at its end.
    fn add(&mut self, known: &History, whole: Option<&History>) {
        let start = known.first.days_since(self.observed_from) as usize;
        self.starts[start] += 1;
        // The customer's age on the day before the holdout.
        let age = self.from.days_since(known.first) - 1;
        let purchases = known.until(age);
        let repeats = purchases.get(1..).unwrap_or_default();
        for purchase in repeats {
            self.repeats[start + purchase.day as usize] += 1;
        }
        self.worthless += usize::from(!repeats.is_empty() && total(repeats) <= Cents::default());
        self.table.push_history(purchases, age);
        // Who gave everything back has no history any more.
        let held_out = whole.map_or(&[][..], |whole| whole.within(self.from, self.until));
        if let Some(whole) = whole {
            for purchase in held_out {
                let date = whole.first.after(purchase.day);
                self.repeats[date.days_since(self.observed_from) as usize] += 1;
            }
        }
        self.purchases.push(held_out.len() as f64);
        self.spend.push(total(held_out).mean_over(1));
    }
}

/// Why histories cannot be cut there.
#[derive(Debug)]
pub enum HoldoutError {
    /// As of histories.
    History(HistoryError),
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
            Self::History(error) => error.fmt(f),
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

impl From<HistoryError> for HoldoutError {
    fn from(error: HistoryError) -> Self {
        HoldoutError::History(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PurchaseDay;

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
        let (from, until) = (date("2025-01-11"), date("2025-01-16"));
        let holdout = Holdout::new(&histories, &histories, from, until).unwrap();
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
        let cut = |from, until| {
            Holdout::new(&histories, &histories, date(from), date(until)).unwrap_err()
        };
        assert!(matches!(cut("2025-01-02", "2025-01-09"), HoldoutError::NothingBefore { .. }));
        assert!(matches!(cut("2025-01-09", "2025-01-08"), HoldoutError::EndsBeforeItBegins { .. }));
        let long = cut("2025-01-03", "2035-01-02");
        assert!(matches!(long, HoldoutError::TooLong { days: 3652 }));
        let nobody = Holdout::new(&[], &[], date("2025-01-01"), date("2025-01-02"));
        assert!(matches!(nobody, Err(HoldoutError::NoOrders)));
    }

    #[test]
    fn refunds_in_the_holdout_change_nothing_before_it() {
        let known = [
            history("ann", "2025-01-02", &[(0, 500), (3, 100)]),
            history("bob", "2025-01-03", &[(0, 900), (5, 250)]),
            history("cat", "2025-01-04", &[(0, 700)]),
        ];
        // Ann's second purchase is given back, Bob's first, and all of Cat's.
        let whole = [
            history("ann", "2025-01-02", &[(0, 400), (12, 30)]),
            history("bob", "2025-01-08", &[(0, 250), (5, 70)]),
            history("dan", "2025-01-12", &[(0, 1)]),
        ];
        let (from, until) = (date("2025-01-11"), date("2025-01-16"));
        let holdout = Holdout::new(&known, &whole, from, until).unwrap();
        assert_eq!(holdout.table.frequency, [1.0, 1.0, 0.0]);
        assert_eq!(holdout.table.recency, [3.0, 5.0, 0.0]);
        assert_eq!(holdout.table.T, [8.0, 7.0, 6.0]);
        assert_eq!(holdout.purchases, [1.0, 1.0, 0.0]);
        assert_eq!(holdout.spend, [0.3, 0.7, 0.0]);
        assert_eq!(holdout.newcomers, 1);
        let days: Vec<usize> = (0..15).filter(|&day| holdout.repeats[day] > 0).collect();
        assert_eq!(days, [3, 6, 11, 12]);
    }
}
