//! The rules that make purchases of one customer's orders.

use crate::{Cents, Collapse, Date, Moment, Zone};

/// How orders are counted.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// What counts as one purchase.
    pub collapse: Collapse,
    /// What becomes of amounts that are not above zero.
    pub refunds: Refunds,
    /// What becomes of orders that equal another.
    pub duplicates: Duplicates,
    /// Where a day of the observation ends, for [`Collapse::None`]; UTC if not given.
    pub zone: Option<Zone>,
}

impl Rules {
    /// The day of a moment of an order: with [`Collapse::None`] moments are of UTC, and the
    /// zone says which day that is; otherwise they are of the right calendar already.
    pub(crate) fn day_of(&self, moment: Moment) -> Date {
        let zone = self.zone.as_ref().filter(|_| self.collapse == Collapse::None);
        zone.and_then(|zone| zone.local(moment)).unwrap_or(moment).date()
    }
}

/// What becomes of amounts that are not above zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refunds {
    /// A negative amount is taken off what the customer bought that day, and what is left of
    /// it off the purchases before, the latest first. A purchase of which nothing remains is
    /// none. What exceeds all purchases is counted and lost. An order of 0.00 is one given
    /// away, and a purchase.
    #[default]
    Net,
    /// Orders of zero or less are left out and counted.
    Drop,
    /// An order of zero or less is an error.
    Error,
}

impl Refunds {
    /// Whether a row of this amount is an order: one given away is, where refunds are taken off.
    pub(crate) fn is_order(self, amount: Cents) -> bool {
        match self {
            Self::Net => !amount.is_negative(),
            Self::Drop | Self::Error => amount > Cents::default(),
        }
    }
}

/// What becomes of orders that equal another in customer, time and amount. Times are what the
/// [`Clock`](crate::Clock) makes of them: seconds of the calendar where days are told, and
/// instants with [`Collapse::None`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// They are counted and told.
    #[default]
    Keep,
    /// All but one are left out and told.
    Drop,
    /// They are an error.
    Error,
}

/// A purchase as the models count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchase {
    /// Its first second: the start of a day, or an order's time.
    pub at: Moment,
    /// What was paid and not given back.
    pub amount: Cents,
}

/// What purchases come to that one customer made, which is never more than [`Cents::MAX`].
pub(super) fn total(purchases: &[Purchase]) -> Cents {
    let amounts = purchases.iter().map(|purchase| purchase.amount);
    amounts.fold(Cents::default(), |sum, amount| sum.checked_add(amount).unwrap_or(Cents::MAX))
}

/// Makes one customer's purchases, a customer at a time.
#[derive(Debug, Default)]
pub(crate) struct Purchaser {
    pub(crate) purchases: Vec<Purchase>,
    /// Places in `purchases` of those with something left to give back, the latest last.
    open: Vec<usize>,
    /// Places of those of which nothing is left.
    closed: Vec<usize>,
}

/// A customer's amounts exceed [`Cents::MAX`].
#[derive(Debug)]
pub(crate) struct TooLarge;

impl Purchaser {
    /// Makes `purchases` of orders in the order of time. Returns what was refunded beyond
    /// all of them.
    pub(crate) fn purchase(
        &mut self,
        orders: &[(Moment, Cents)],
        collapse: Collapse,
    ) -> Result<Cents, TooLarge> {
        self.purchases.clear();
        self.open.clear();
        self.closed.clear();
        let mut beyond = Cents::default();
        let grain = collapse.grain();
        for group in orders.chunk_by(|one, next| one.0.floor(grain) == next.0.floor(grain)) {
            let mut total = Cents::default();
            let mut refunded = false;
            for &(_, amount) in group {
                total = total.checked_add(amount).ok_or(TooLarge)?;
                refunded |= amount.is_negative();
            }
            if total > Cents::default() || !refunded {
                if total > Cents::default() {
                    self.open.push(self.purchases.len());
                }
                self.purchases.push(Purchase { at: group[0].0.floor(grain), amount: total });
            } else {
                let rest = self.give_back(total);
                beyond = beyond.checked_add(rest).ok_or(TooLarge)?;
            }
        }
        let mut amounts = self.purchases.iter().map(|purchase| purchase.amount);
        amounts.try_fold(Cents::default(), Cents::checked_add).ok_or(TooLarge)?;
        if !self.closed.is_empty() {
            self.closed.sort_unstable();
            let mut place = 0;
            self.purchases.retain(|_| {
                let keep = self.closed.binary_search(&place).is_err();
                place += 1;
                keep
            });
        }
        Ok(beyond)
    }

    /// Takes a refund, zero or less, off the latest purchases; returns what exceeds them.
    fn give_back(&mut self, mut refund: Cents) -> Cents {
        while refund.is_negative()
            && let Some(&latest) = self.open.last()
        {
            let amount = &mut self.purchases[latest].amount;
            // Of opposite signs, so the sum is within bounds.
            let rest = amount.checked_add(refund).unwrap_or_default();
            if rest > Cents::default() {
                *amount = rest;
                return Cents::default();
            }
            *amount = Cents::default();
            self.closed.push(latest);
            self.open.pop();
            refund = rest;
        }
        refund
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn purchases(orders: &[(&str, i64)]) -> (Vec<(String, i64)>, i64) {
        let orders: Vec<_> = orders
            .iter()
            .map(|&(day, cents)| {
                let date = format!("2025-01-{day}").parse().expect("a day");
                (Moment::start_of(date), Cents::new(cents).expect("small"))
            })
            .collect();
        let mut purchaser = Purchaser::default();
        let beyond = purchaser.purchase(&orders, Collapse::Day).expect("small");
        let made = purchaser.purchases.iter();
        let made = made.map(|p| (p.at.date().to_string()[8..].to_owned(), p.amount.cents()));
        (made.collect(), beyond.cents())
    }

    #[test]
    fn refunds_come_off_the_day_and_then_off_the_latest() {
        for (orders, expected, beyond) in [
            (&[("01", 100), ("02", -30), ("02", 80)][..], &[("01", 100), ("02", 50)][..], 0),
            (&[("01", 100), ("02", 50), ("03", -20)], &[("01", 100), ("02", 30)], 0),
            (&[("01", 100), ("02", 50), ("03", -50)], &[("01", 100)], 0),
            (&[("01", 100), ("02", 50), ("03", -70)], &[("01", 80)], 0),
            (&[("01", 100), ("02", 50), ("03", -170), ("04", 5)], &[("04", 5)], -20),
            (&[("01", -10), ("02", 50)], &[("02", 50)], -10),
            (&[("01", -10), ("01", 10)], &[], 0),
            // What is given away cannot be given back.
            (&[("01", 100), ("02", 0), ("03", -100)], &[("02", 0)], 0),
            (&[("01", 0)], &[("01", 0)], 0),
        ] {
            let expected: Vec<_> = expected.iter().map(|&(d, c)| (d.to_owned(), c)).collect();
            assert_eq!(purchases(orders), (expected, beyond), "{orders:?}");
        }
    }
}
