//! Some of a log's customers with all their orders, and what they bought.

use std::hash::BuildHasher;
use std::io;
use std::num::NonZeroU32;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::intake::BatchRow;
use super::labels::FirstOrder;
use super::record::Record;
use super::records::Records;
use super::rules::{Purchaser, total};
use super::{Customers, Duplicates, End, OrderCounts, OrderIntake, Purchase, Rules, SummaryError};
use crate::rfm::{PartSummary, Profile};
use crate::{Cents, Moment};

/// Some of a log's customers, with all their orders.
#[derive(Default)]
pub struct OrderPart {
    names: Customers,
    numbers: HashTable<u32>,
    /// By customer, where orders are labelled.
    first_orders: Vec<Option<FirstOrder>>,
    pub(super) records: Records,
    /// The first and the last order.
    pub(super) span: Option<(Moment, Moment)>,
}

impl OrderPart {
    pub(super) fn take(
        &mut self,
        name: &str,
        row: BatchRow,
        first_order: Option<FirstOrder>,
        intake: &OrderIntake,
    ) -> io::Result<()> {
        let Self { names, numbers, .. } = self;
        let hasher = &intake.hasher;
        let entry = numbers.entry(
            row.hash,
            |&number| names.get(number as usize) == name,
            |&number| hasher.hash_one(names.get(number as usize)),
        );
        let customer = match entry {
            Entry::Occupied(found) => *found.get(),
            Entry::Vacant(free) => {
                let number = u32::try_from(names.len())
                    .map_err(|_| io::Error::other("there are too many customers"))?;
                free.insert(number);
                names.push(name);
                number
            }
        };
        if let Some(order) = first_order {
            let place = customer as usize;
            if self.first_orders.len() <= place {
                self.first_orders.resize(place + 1, None);
            }
            self.first_orders[place] = Some(order.or(self.first_orders[place]));
        }
        let at = row.order.at;
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
        let most = intake.room.map_or(usize::MAX, |(room, _)| room);
        self.records.push(Record::new(customer, row.order), most);
        Ok(())
    }

    /// Nobody is added any more.
    pub(super) fn close(&mut self) {
        self.numbers = HashTable::new();
    }

    /// How many customers it has.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// It has none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Shows `each` what every customer has bought by each of the `ends`, in the order of time,
    /// and adds up what was counted by the last of them. The ends increase. A customer without
    /// a purchase by any is not shown.
    pub(super) fn visit<const N: usize, E: From<SummaryError>>(
        &mut self,
        rules: &Rules,
        ends: [Moment; N],
        mut each: impl FnMut(PartCustomer, [&[Purchase]; N]) -> Result<(), E>,
    ) -> Result<OrderCounts, E> {
        let mut counts = OrderCounts::default();
        let mut purchasers: [Purchaser; N] = std::array::from_fn(|_| Purchaser::default());
        let mut orders = Vec::new();
        let Some(&last) = ends.last() else { return Ok(counts) };
        let records = self.records.sorted().map_err(SummaryError::Io)?;
        for of_customer in records.chunk_by(|one, next| one.customer() == next.customer()) {
            let number = of_customer[0].customer();
            let name = || self.names.get(number as usize).to_owned();
            orders.clear();
            let mut before = None;
            for &record in of_customer {
                let order = record.order();
                let (refund, paid) = match order.amount.is_negative() {
                    true => (1, 0),
                    false => (0, 1),
                };
                if order.at > last {
                    counts.orders_left_out += paid;
                    counts.refunds_left_out += refund;
                    continue;
                }
                if before.replace(record) == Some(record) {
                    counts.orders_equal += 1;
                    match rules.duplicates {
                        Duplicates::Keep => {}
                        Duplicates::Drop => {
                            counts.duplicates_dropped += paid;
                            continue;
                        }
                        Duplicates::Error => {
                            return Err(E::from(SummaryError::Equal {
                                customer: name(),
                                date: rules.day_of(order.at),
                                amount: order.amount,
                            }));
                        }
                    }
                }
                counts.orders += paid;
                counts.refunds += refund;
                orders.push((order.at, order.amount));
            }
            let mut beyond = Cents::default();
            for (purchaser, end) in purchasers.iter_mut().zip(ends) {
                let by_then = orders.partition_point(|&(at, _)| at <= end);
                beyond = purchaser
                    .purchase(&orders[..by_then], rules.collapse)
                    .map_err(|_| SummaryError::SpendTooLarge(name()))?;
            }
            // These two are of the last end.
            counts.customers_refunded_beyond += u64::from(beyond.is_negative());
            let is_left = purchasers.last().is_some_and(|last| !last.purchases.is_empty());
            counts.customers_without_purchase += u64::from(!is_left && !orders.is_empty());
            if purchasers.iter().any(|purchaser| !purchaser.purchases.is_empty()) {
                let first_order = self.first_orders.get(number as usize).copied().flatten();
                let customer = PartCustomer { number, label: first_order.map(|order| order.label) };
                each(customer, std::array::from_fn(|end| &*purchasers[end].purchases))?;
            }
        }
        Ok(counts)
    }

    /// The profiles of its customers, sorted by name.
    pub fn summarise(&mut self, rules: &Rules, end: End) -> Result<PartSummary<'_>, SummaryError> {
        let mut profiles = Vec::new();
        let counts = self.visit(rules, [end.last], |customer, [purchases]| {
            profiles.push(Profile {
                customer: customer.number,
                frequency: (purchases.len() - 1) as u32,
                first: purchases[0].at,
                last: purchases[purchases.len() - 1].at,
                repeat_spend: total(&purchases[1..]),
            });
            Ok::<_, SummaryError>(())
        })?;
        profiles.shrink_to_fit();
        let names = &self.names;
        profiles.sort_unstable_by(|one, other| {
            names.get(one.customer as usize).cmp(names.get(other.customer as usize))
        });
        Ok(PartSummary { names, profiles, counts })
    }
}

/// A customer of a part.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartCustomer {
    pub(super) number: u32,
    /// The number of the label that the first order has.
    pub(super) label: Option<NonZeroU32>,
}
