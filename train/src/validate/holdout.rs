//! Histories cut in two: what a model is shown, and what it is held against.

use std::cmp::Ordering;
use std::error::Error;
use std::fmt;

use edge_clv::Horizons;

use crate::history::{numbers, total};
use crate::{Cents, Date, History, OrderCounts, OrderLog, RfmTable, SummaryError};

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
    /// of the orders up to then. `watch` is told of customers as they are looked at.
    ///
    /// Refunds before the holdout are taken off what was bought before it. Refunds in the
    /// holdout change nothing of that, which nobody knew then; what customers bought in the
    /// holdout is less by those of them that do not go back beyond it.
    ///
    /// One 64th of the customers is looked at at a time; what is kept is 56 bytes for each who
    /// bought before the holdout.
    ///
    /// # Errors
    /// As of [`OrderLog::summary`]; also where orders of a day are told apart, where nobody bought
    /// before `from`, and where `until` lies before `from` or further from it than a horizon may
    /// reach.
    pub fn holdout(
        &mut self,
        from: Date,
        until: Option<Date>,
        watch: &dyn Fn(u64),
    ) -> Result<(Holdout, OrderCounts), HoldoutError> {
        let whole = self.end(until)?;
        let until = whole.date;
        let first = whole.from;
        if from <= first {
            return Err(HoldoutError::NothingBefore { from, first });
        }
        let known = self.end(Some(Date::from_number(from.number() - 1)))?;
        let mut cut = Cut::new(first, from, until)?;
        let counts = self.for_each_history([known, whole], |_, [known, whole]| {
            cut.add(known, whole);
            watch(1);
            Ok::<_, HoldoutError>(())
        })?;
        Ok((cut.finish()?, counts))
    }
}

impl Holdout {
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
}

/// A holdout in the making.
struct Cut {
    /// The customers' rows come with the rest of it.
    holdout: Holdout,
    rows: Vec<Row>,
}

/// A customer's profile on the eve of the holdout, the purchases in it, and what they cost.
type Row = [f64; 6];

impl Cut {
    /// `first` is a day before all histories.
    fn new(first: Date, from: Date, until: Date) -> Result<Cut, HoldoutError> {
        if until < from {
            return Err(HoldoutError::EndsBeforeItBegins { from, until });
        }
        let days = until.days_since(from) + 1;
        if f64::from(days) > Horizons::LONGEST {
            return Err(HoldoutError::TooLong { days });
        }
        let holdout = Holdout {
            table: RfmTable::default(),
            purchases: Vec::new(),
            spend: Vec::new(),
            observed_from: first,
            from,
            until,
            newcomers: 0,
            worthless: 0,
            starts: vec![0; from.days_since(first) as usize],
            repeats: vec![0; until.days_since(first) as usize + 1],
        };
        Ok(Cut { holdout, rows: Vec::new() })
    }

    /// Adds a customer's history as it was known on the eve of the holdout, and the whole one at
    /// its end. They differ by more than the days between where refunds take back earlier
    /// purchases.
    fn add(&mut self, known: Option<History>, whole: Option<History>) {
        let Holdout { observed_from, from, until, .. } = self.holdout;
        let Some(known) = known.filter(|history| history.first < from) else {
            self.holdout.newcomers += usize::from(whole.is_some());
            return;
        };
        let start = known.first.days_since(observed_from) as usize;
        self.holdout.starts[start] += 1;
        // The customer's age on the day before the holdout.
        let age = from.days_since(known.first) - 1;
        let purchases = known.until(age);
        let repeats = purchases.get(1..).unwrap_or_default();
        for purchase in repeats {
            self.holdout.repeats[start + purchase.day as usize] += 1;
        }
        let is_worthless = !repeats.is_empty() && total(repeats) <= Cents::default();
        self.holdout.worthless += usize::from(is_worthless);
        // Who gave everything back has no history any more.
        let held_out = whole.as_ref().map_or(&[][..], |whole| whole.within(from, until));
        if let Some(whole) = &whole {
            for purchase in held_out {
                let date = whole.first.after(purchase.day);
                self.holdout.repeats[date.days_since(observed_from) as usize] += 1;
            }
        }
        let [frequency, recency, age, mean] = numbers(purchases, age);
        let (bought, spent) = (held_out.len() as f64, total(held_out).mean_over(1));
        self.rows.push([frequency, recency, age, mean, bought, spent]);
    }

    /// The holdout of all that were added. The rows are sorted, so that no sum over them, and no
    /// rounding, depends on the order in which customers came.
    fn finish(self) -> Result<Holdout, HoldoutError> {
        let Cut { mut holdout, mut rows } = self;
        let Some(begun) = holdout.starts.iter().position(|&customers| customers > 0) else {
            let first = holdout.observed_from;
            return Err(HoldoutError::NothingBefore { from: holdout.from, first });
        };
        holdout.observed_from = holdout.observed_from.after(begun as u32);
        holdout.starts.drain(..begun);
        holdout.repeats.drain(..begun);
        rows.sort_unstable_by(|one, other| {
            let mut pairs = one.iter().zip(other).map(|(one, other)| one.total_cmp(other));
            pairs.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        });
        for [frequency, recency, age, mean, bought, spent] in rows {
            holdout.table.push_numbers([frequency, recency, age, mean], 1);
            holdout.purchases.push(bought);
            holdout.spend.push(spent);
        }
        Ok(holdout)
    }
}

/// Why histories cannot be cut there.
#[derive(Debug)]
pub enum HoldoutError {
    /// As of a summary.
    Orders(SummaryError),
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
            Self::Orders(error) => error.fmt(f),
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

impl From<SummaryError> for HoldoutError {
    fn from(error: SummaryError) -> Self {
        HoldoutError::Orders(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PurchaseDay;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn history(first: &str, purchases: &[(u32, i64)]) -> Option<History> {
        let purchase = |&(day, cents)| PurchaseDay { day, amount: Cents::new(cents).unwrap() };
        History::new(date(first), purchases.iter().map(purchase).collect())
    }

    fn cut(
        histories: &[[Option<History>; 2]],
        from: &str,
        until: &str,
    ) -> Result<Holdout, HoldoutError> {
        let mut cut = Cut::new(date("2025-01-01"), date(from), date(until))?;
        for [known, whole] in histories {
            cut.add(known.clone(), whole.clone());
        }
        cut.finish()
    }

    #[test]
    fn a_cut_worked_by_hand() {
        let histories = [
            // On day 9 the holdout begins; day 14 is its last.
            history("2025-01-02", &[(0, 500), (3, 100), (8, 301), (9, 700), (14, 1)]),
            history("2025-01-10", &[(0, 900), (5, 250), (6, 999)]),
            history("2025-01-11", &[(0, 100)]),
            history("2025-01-04", &[(0, 100), (4, 0)]),
        ];
        let mut histories = histories.map(|history| [history.clone(), history]);
        let holdout = cut(&histories, "2025-01-11", "2025-01-16").unwrap();
        assert_eq!(holdout.days(), 6);
        assert_eq!(holdout.observed_from, date("2025-01-02"));
        assert_eq!(holdout.newcomers, 1);
        assert_eq!(holdout.worthless, 1);
        assert_eq!(holdout.table.frequency, [0.0, 1.0, 2.0]);
        assert_eq!(holdout.table.recency, [0.0, 4.0, 8.0]);
        assert_eq!(holdout.table.T, [0.0, 6.0, 8.0]);
        assert_eq!(holdout.table.monetary_value[2], 2.005);
        assert!(holdout.table.monetary_value[..2].iter().all(|mean| mean.is_nan()));
        assert_eq!(holdout.table.count, [1, 1, 1]);
        assert_eq!(holdout.purchases, [2.0, 0.0, 2.0]);
        assert_eq!(holdout.spend, [12.49, 0.0, 7.01]);
        assert_eq!(holdout.starts, [1, 0, 1, 0, 0, 0, 0, 0, 1]);
        let days: Vec<usize> = (0..15).filter(|&day| holdout.repeats[day] > 0).collect();
        assert_eq!(days, [3, 6, 8, 9, 13, 14]);
        assert_eq!(holdout.repeats.len(), 15);
        histories.reverse();
        let same = |one: &Holdout, other: &Holdout| format!("{one:?}") == format!("{other:?}");
        assert!(same(&cut(&histories, "2025-01-11", "2025-01-16").unwrap(), &holdout));
    }

    #[test]
    fn cuts_that_hold_nothing_out() {
        let ann = history("2025-01-02", &[(0, 500)]);
        let histories = [[ann.clone(), ann]];
        let cut = |from, until| cut(&histories, from, until).unwrap_err();
        assert!(matches!(cut("2025-01-02", "2025-01-09"), HoldoutError::NothingBefore { .. }));
        assert!(matches!(cut("2025-01-09", "2025-01-08"), HoldoutError::EndsBeforeItBegins { .. }));
        let long = cut("2025-01-03", "2035-01-02");
        assert!(matches!(long, HoldoutError::TooLong { days: 3652 }));
        let log = OrderLog::read_csv(&b"customer,date,amount\n"[..]);
        let nobody = log.unwrap().holdout(date("2025-01-01"), None, &|_| {});
        assert!(matches!(nobody, Err(HoldoutError::Orders(SummaryError::NoOrders))));
    }

    #[test]
    fn refunds_in_the_holdout_change_nothing_before_it() {
        // Ann's second purchase is given back, Bob's first, and all of Cat's.
        let histories = [
            [
                history("2025-01-02", &[(0, 500), (3, 100)]),
                history("2025-01-02", &[(0, 400), (12, 30)]),
            ],
            [
                history("2025-01-03", &[(0, 900), (5, 250)]),
                history("2025-01-08", &[(0, 250), (5, 70)]),
            ],
            [history("2025-01-04", &[(0, 700)]), None],
            [None, history("2025-01-12", &[(0, 1)])],
        ];
        let holdout = cut(&histories, "2025-01-11", "2025-01-16").unwrap();
        assert_eq!(holdout.table.frequency, [0.0, 1.0, 1.0]);
        assert_eq!(holdout.table.recency, [0.0, 3.0, 5.0]);
        assert_eq!(holdout.table.T, [6.0, 8.0, 7.0]);
        assert_eq!(holdout.purchases, [0.0, 1.0, 1.0]);
        assert_eq!(holdout.spend, [0.0, 0.3, 0.7]);
        assert_eq!(holdout.newcomers, 1);
        let days: Vec<usize> = (0..15).filter(|&day| holdout.repeats[day] > 0).collect();
        assert_eq!(days, [3, 6, 11, 12]);
    }
}
