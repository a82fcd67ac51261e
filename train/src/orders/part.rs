//! Some of a log's customers with all their orders, and what they bought.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::io::{self, SeekFrom};

use hashbrown::HashTable;

use super::intake::BatchRow;
use super::overflow::{MakeOverflow, write_records};
use super::record::Record;
use super::rules::Purchaser;
use super::{
    Customers, Duplicates, End, OrderCounts, OrderIntake, Overflow, Purchase, Rules, SummaryError,
};
use crate::rfm::{PartSummary, Profile};
use crate::{Cents, Moment};

/// Some of a log's customers, with all their orders.
#[derive(Default)]
pub struct OrderPart {
    pub(super) names: Customers,
    pub(super) numbers: HashTable<u32>,
    pub(super) records: Vec<Record>,
    overflow: Option<Box<dyn Overflow>>,
    overflown: usize,
    /// The first and the last order.
    pub(super) span: Option<(Moment, Moment)>,
    sorted: bool,
}

impl OrderPart {
    pub(super) fn take(
        &mut self,
        name: &str,
        row: BatchRow,
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
            hashbrown::hash_table::Entry::Occupied(found) => *found.get(),
            hashbrown::hash_table::Entry::Vacant(free) => {
                let number = u32::try_from(names.len())
                    .map_err(|_| io::Error::other("there are too many customers"))?;
                free.insert(number);
                names.push(name);
                number
            }
        };
        let at = row.order.at;
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
        if self.records.len() == self.records.capacity() {
            // Half as much again, where a Vec would double; and little more than there is room
            // for, as then the records go elsewhere.
            let most = intake.room.map_or(usize::MAX, |(room, _)| room);
            let held = self.records.len();
            self.records.reserve_exact((held / 2).min(most.saturating_sub(held)) + 64);
        }
        self.records.push(Record::new(customer, row.order));
        Ok(())
    }

    pub(super) fn spill(&mut self, make: MakeOverflow) -> io::Result<()> {
        let overflow = match &mut self.overflow {
            Some(overflow) => overflow,
            none => none.insert(make()?),
        };
        write_records(overflow, &self.records)?;
        self.overflown += self.records.len();
        self.records.clear();
        Ok(())
    }

    /// All records, sorted; those that overflowed are read back each time.
    fn records(&mut self) -> io::Result<Cow<'_, [Record]>> {
        let Some(overflow) = &mut self.overflow else {
            if !self.sorted {
                self.records.sort_unstable();
                self.sorted = true;
            }
            return Ok(Cow::Borrowed(&self.records));
        };
        // The rest goes there too, once and for all, which frees its memory.
        let rest = std::mem::take(&mut self.records);
        if !rest.is_empty() {
            write_records(overflow, &rest)?;
            self.overflown += rest.len();
        }
        drop(rest);
        let mut records = Vec::with_capacity(self.overflown);
        overflow.seek(SeekFrom::Start(0))?;
        let mut bytes = vec![0; 1 << 16];
        while records.len() < self.overflown {
            let now = (self.overflown - records.len()).min(bytes.len() / size_of::<Record>());
            let bytes = &mut bytes[..now * size_of::<Record>()];
            overflow.read_exact(bytes)?;
            let (chunks, _) = bytes.as_chunks();
            records.extend(chunks.iter().map(|&chunk| Record(u128::from_le_bytes(chunk))));
        }
        records.sort_unstable();
        Ok(Cow::Owned(records))
    }

    /// Shows `each` every customer's purchases up to the end, in the order of time, and adds
    /// up what was counted. A customer without a purchase is not shown.
    pub(super) fn visit(
        &mut self,
        rules: &Rules,
        last: Moment,
        mut each: impl FnMut(u32, &[Purchase]),
    ) -> Result<OrderCounts, SummaryError> {
        let mut counts = OrderCounts::default();
        let mut purchaser = Purchaser::default();
        let mut orders = Vec::new();
        let mut equal = None;
        let mut too_large = None;
        let records = self.records()?;
        for of_customer in records.chunk_by(|one, next| one.customer() == next.customer()) {
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
                        Duplicates::Error => equal = equal.or(Some(record)),
                    }
                }
                counts.orders += paid;
                counts.refunds += refund;
                orders.push((order.at, order.amount));
            }
            match purchaser.purchase(&orders, rules.collapse) {
                Ok(beyond) => {
                    counts.customers_refunded_beyond += u64::from(beyond.is_negative());
                    if !purchaser.purchases.is_empty() {
                        each(of_customer[0].customer(), &purchaser.purchases);
                    } else if !orders.is_empty() {
                        counts.customers_without_purchase += 1;
                    }
                }
                Err(_) => too_large = too_large.or(Some(of_customer[0].customer())),
            }
        }
        drop(records);
        if let Some(record) = equal {
            return Err(SummaryError::Equal {
                customer: self.names.get(record.customer() as usize).to_owned(),
                date: rules.day_of(record.order().at),
                amount: record.order().amount,
            });
        }
        if let Some(customer) = too_large {
            return Err(SummaryError::SpendTooLarge(self.names.get(customer as usize).to_owned()));
        }
        Ok(counts)
    }

    /// The profiles of its customers, sorted by name.
    pub fn summarise(&mut self, rules: &Rules, end: End) -> Result<PartSummary<'_>, SummaryError> {
        let mut profiles = Vec::new();
        let mut too_large = None;
        let counts = self.visit(rules, end.last, |customer, purchases| {
            let mut spend = Some(Cents::default());
            for purchase in &purchases[1..] {
                spend = spend.and_then(|spend| spend.checked_add(purchase.amount));
            }
            let (first, last) = (purchases[0].at, purchases[purchases.len() - 1].at);
            match spend {
                Some(repeat_spend) => profiles.push(Profile {
                    customer,
                    frequency: (purchases.len() - 1) as u32,
                    first,
                    last,
                    repeat_spend,
                }),
                None => too_large = too_large.or(Some(customer)),
            }
        })?;
        if let Some(customer) = too_large {
            return Err(SummaryError::SpendTooLarge(self.names.get(customer as usize).to_owned()));
        }
        profiles.shrink_to_fit();
        let names = &self.names;
        profiles.sort_unstable_by(|one, other| {
            names.get(one.customer as usize).cmp(names.get(other.customer as usize))
        });
        Ok(PartSummary { names, profiles, counts })
    }
}
