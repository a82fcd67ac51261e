//! The customers' profiles at the end of an observation.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::orders::{End, SummaryError};
use crate::{Cents, Customers, Date, Moment, OrderCounts, RfmTable};

/// What a customer did from the first purchase to the end of the observation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profile {
    /// The customer's number in the part.
    pub(crate) customer: u32,
    pub(crate) frequency: u32,
    pub(crate) first: Moment,
    pub(crate) last: Moment,
    /// All that was paid after the first purchase.
    pub(crate) repeat_spend: Cents,
}

/// The profiles of some of the customers, sorted by name.
pub struct PartSummary<'a> {
    pub(crate) names: &'a Customers,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) counts: OrderCounts,
}

/// One customer's row of a summary.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(non_snake_case, reason = "T is the papers' name, and the data key")]
pub struct SummaryRow<'a> {
    /// The customer's name in the order log.
    pub customer: &'a str,
    /// Repeat purchases.
    pub frequency: u32,
    /// Days from the first to the last purchase.
    pub recency: f64,
    /// Days from the first purchase to the end of the observation.
    pub T: f64,
    /// All that was paid after the first purchase.
    pub repeat_spend: Cents,
}

impl SummaryRow<'_> {
    /// The mean paid per repeat purchase, in currency; none without one.
    pub fn monetary_value(&self) -> Option<f64> {
        (self.frequency > 0).then(|| self.repeat_spend.mean_over(self.frequency))
    }
}

/// The customers' profiles at the end of an observation.
pub struct Summary<'a> {
    parts: Vec<PartSummary<'a>>,
    end: End,
}

impl<'a> Summary<'a> {
    /// Puts together what [`OrderPart::summarise`](crate::OrderPart::summarise) made of a log's
    /// parts, `end` being the log's.
    pub fn new(end: End, parts: Vec<PartSummary<'a>>) -> Result<Self, SummaryError> {
        if parts.iter().all(|part| part.profiles.is_empty()) {
            return Err(SummaryError::NoPurchases);
        }
        Ok(Self { parts, end })
    }

    /// How many customers bought by the end.
    pub fn customers(&self) -> usize {
        self.parts.iter().map(|part| part.profiles.len()).sum()
    }

    /// The day of the first order.
    pub fn observed_from(&self) -> Date {
        self.end.from
    }

    /// The last day of the observation.
    pub fn observed_to(&self) -> Date {
        self.end.date
    }

    /// What became of the orders.
    pub fn counts(&self) -> OrderCounts {
        self.parts.iter().map(|part| part.counts).sum()
    }

    /// The rows of all customers, sorted by name.
    pub fn rows(&self) -> impl Iterator<Item = SummaryRow<'_>> {
        let name = |part: usize, at: usize| {
            let part = &self.parts[part];
            part.profiles.get(at).map(|profile| part.names.get(profile.customer as usize))
        };
        let firsts = (0..self.parts.len()).filter_map(move |part| Some((name(part, 0)?, part, 0)));
        let mut heads: BinaryHeap<_> = firsts.map(Reverse).collect();
        std::iter::from_fn(move || {
            let mut head = heads.peek_mut()?;
            let Reverse((customer, part, at)) = *head;
            match name(part, at + 1) {
                Some(next) => *head = Reverse((next, part, at + 1)),
                None => drop(std::collections::binary_heap::PeekMut::pop(head)),
            }
            let profile = &self.parts[part].profiles[at];
            Some(SummaryRow {
                customer,
                frequency: profile.frequency,
                recency: profile.last.days_since(profile.first),
                T: self.end.measured.days_since(profile.first),
                repeat_spend: profile.repeat_spend,
            })
        })
    }

    /// The rows as columns, in the same order, one a customer.
    pub fn table(&self) -> RfmTable {
        let mut table = RfmTable::default();
        for row in self.rows() {
            table.push(&row, 1);
        }
        table
    }
}
