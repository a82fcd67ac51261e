//! Every customer's orders: taken in from several sides, then looked through by customer.

mod counts;
mod customers;
mod rules;

pub use counts::OrderCounts;
pub use customers::Customers;
pub use rules::{Duplicates, Purchase, Refunds, Rules};

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

use self::rules::Purchaser;
use crate::rfm::{PartSummary, Profile, Summary};
use crate::shown::shown;
use crate::{Cents, Date, Moment, Zone};

/// One order of one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// When it was placed.
    pub at: Moment,
    /// What was paid; 0 for an order given away, less for a refund.
    pub amount: Cents,
}

/// Customers are dealt out by the hash of their names into so many parts, which threads take
/// in turns, and of which one is sorted at a time.
const PARTS: usize = 64;

/// A customer of a part, a moment and an amount; in this order of weight, so that sorted
/// records are the customers' orders in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Record(u128);

const AMOUNT_BITS: u32 = 56;
const MOMENT_BITS: u32 = 40;
/// Makes every amount positive.
const AMOUNT_BIAS: i64 = 1 << 54;

impl Record {
    /// A moment takes 39 bits, an amount 54 and its sign.
    fn new(customer: u32, order: Order) -> Self {
        let amount = (order.amount.cents() + AMOUNT_BIAS) as u128;
        let moment = u128::from(order.at.number());
        let customer = u128::from(customer);
        Self(customer << (MOMENT_BITS + AMOUNT_BITS) | moment << AMOUNT_BITS | amount)
    }

    fn customer(self) -> u32 {
        (self.0 >> (MOMENT_BITS + AMOUNT_BITS)) as u32
    }

    fn order(self) -> Order {
        let moment = (self.0 >> AMOUNT_BITS) as u64 & ((1 << MOMENT_BITS) - 1);
        let amount = (self.0 as u64 & ((1 << AMOUNT_BITS) - 1)) as i64 - AMOUNT_BIAS;
        // Within bounds, as it was when it came in.
        Order { at: Moment::from_number(moment), amount: Cents::new(amount).unwrap_or_default() }
    }
}

/// Where the records of a part wait that memory has no room for.
pub trait Overflow: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> Overflow for T {}

/// Makes the place for one part's records.
pub type MakeOverflow = fn() -> io::Result<Box<dyn Overflow>>;

/// How much memory an intake may take for orders, and what it does then.
#[derive(Clone, Copy)]
pub struct Memory {
    /// At 16 bytes an order, in bytes.
    pub most: usize,
    /// Where further orders wait.
    pub overflow: MakeOverflow,
}

/// Takes in orders, from several threads if need be.
pub struct OrderIntake {
    rules: Rules,
    hasher: DefaultHashBuilder,
    parts: Vec<Mutex<OrderPart>>,
    /// Records a part may hold in memory, and where the others go.
    room: Option<(usize, MakeOverflow)>,
}

/// Orders gathered on one side of an intake, to be dealt out together.
#[derive(Debug, Default)]
pub struct OrderBatch {
    text: String,
    rows: Vec<BatchRow>,
}

#[derive(Clone, Copy, Debug)]
struct BatchRow {
    hash: u64,
    start: usize,
    order: Order,
}

/// So many orders, or so much text, are dealt out together: some hundred for each part, so
/// that what a part looks at stays in a processor's cache.
const BATCH_ROWS: usize = 1 << 16;
const BATCH_TEXT: usize = 1 << 23;

/// Some of a log's customers, with all their orders.
#[derive(Default)]
pub struct OrderPart {
    names: Customers,
    numbers: HashTable<u32>,
    records: Vec<Record>,
    overflow: Option<Box<dyn Overflow>>,
    overflown: usize,
    /// The first and the last order.
    span: Option<(Moment, Moment)>,
    sorted: bool,
}

impl OrderIntake {
    /// An empty intake; without `memory` it keeps everything in memory.
    pub fn new(rules: Rules, memory: Option<Memory>) -> Self {
        let room =
            memory.map(|m| ((m.most / PARTS / size_of::<Record>()).max(1 << 10), m.overflow));
        let parts = (0..PARTS).map(|_| Mutex::default()).collect();
        Self { rules, hasher: DefaultHashBuilder::default(), parts, room }
    }

    /// The rules the orders are counted by.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Puts an order into a batch, and a full batch into the parts.
    pub fn gather(&self, batch: &mut OrderBatch, customer: &str, order: Order) -> io::Result<()> {
        let start = batch.text.len();
        batch.text.push_str(customer);
        batch.rows.push(BatchRow { hash: self.hasher.hash_one(customer), start, order });
        if batch.rows.len() == BATCH_ROWS || batch.text.len() >= BATCH_TEXT {
            self.deal(batch)?;
        }
        Ok(())
    }

    /// Deals out what a batch holds, and empties it.
    pub fn deal(&self, batch: &mut OrderBatch) -> io::Result<()> {
        let mut places = [0; PARTS + 1];
        for row in &batch.rows {
            places[part_of(row.hash) + 1] += 1;
        }
        for part in 0..PARTS {
            places[part + 1] += places[part];
        }
        let starts = places;
        let mut order = vec![0_u32; batch.rows.len()];
        for (index, row) in batch.rows.iter().enumerate() {
            let place = &mut places[part_of(row.hash)];
            order[*place] = index as u32;
            *place += 1;
        }
        for part in 0..PARTS {
            let rows = &order[starts[part]..starts[part + 1]];
            if rows.is_empty() {
                continue;
            }
            let mut part = self.parts[part].lock().unwrap_or_else(PoisonError::into_inner);
            for &index in rows {
                let index = index as usize;
                let row = batch.rows[index];
                let end = batch.rows.get(index + 1).map_or(batch.text.len(), |next| next.start);
                part.take(&batch.text[row.start..end], row, self)?;
            }
            if let Some((room, overflow)) = self.room
                && part.records.len() >= room
            {
                part.spill(overflow)?;
            }
        }
        batch.text.clear();
        batch.rows.clear();
        Ok(())
    }

    /// The log of all that was dealt out.
    pub fn finish(self) -> OrderLog {
        let mut parts = Vec::with_capacity(PARTS);
        for part in self.parts {
            let mut part = part.into_inner().unwrap_or_else(PoisonError::into_inner);
            part.numbers = HashTable::new();
            parts.push(part);
        }
        OrderLog { rules: self.rules, parts }
    }
}

fn part_of(hash: u64) -> usize {
    // The table of a part takes the highest and the lowest bits.
    (hash >> 32) as usize % PARTS
}

impl OrderPart {
    fn take(&mut self, name: &str, row: BatchRow, intake: &OrderIntake) -> io::Result<()> {
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

    fn spill(&mut self, make: MakeOverflow) -> io::Result<()> {
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
    fn visit(
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

/// Writes them at the end of what was written before.
fn write_records(overflow: &mut Box<dyn Overflow>, records: &[Record]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(1 << 16);
    for records in records.chunks(1 << 12) {
        bytes.clear();
        bytes.extend(records.iter().flat_map(|record| record.0.to_le_bytes()));
        overflow.write_all(&bytes)?;
    }
    Ok(())
}

/// When an observation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The last moment of which an order counts.
    pub(crate) last: Moment,
    /// Up to here a customer's time is measured.
    pub(crate) measured: Moment,
    /// The day of the first order.
    pub(crate) from: Date,
    /// The last day.
    pub(crate) date: Date,
}

/// Every customer's orders.
pub struct OrderLog {
    rules: Rules,
    parts: Vec<OrderPart>,
}

impl OrderLog {
    /// The rules the orders are counted by.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The parts, for threads to take in turns.
    pub fn parts_mut(&mut self) -> &mut [OrderPart] {
        &mut self.parts
    }

    /// The moments of the first and the last order.
    pub fn span(&self) -> Option<(Moment, Moment)> {
        let spans = self.parts.iter().filter_map(|part| part.span);
        spans.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// The end of the day `observe_until`; without one, the day of the last order, or its very
    /// second if orders are told apart by the second.
    pub fn end(&self, observe_until: Option<Date>) -> Result<End, SummaryError> {
        let (first, last) = self.span().ok_or(SummaryError::NoOrders)?;
        let by_day = self.rules.collapse.grain() > 1;
        let from = self.rules.day_of(first);
        let end = match observe_until {
            Some(date) if by_day => {
                End { last: Moment::end_of(date), measured: Moment::start_of(date), from, date }
            }
            Some(date) => {
                let zone = self.rules.zone.clone().unwrap_or(Zone::UTC);
                let second = Moment::end_of(date);
                let last = zone.instant(second).unwrap_or(second);
                End { last, measured: last, from, date }
            }
            None => {
                let date = self.rules.day_of(last);
                End { last, measured: last.floor(self.rules.collapse.grain()), from, date }
            }
        };
        if end.last < first {
            return Err(SummaryError::EndsBeforeFirstOrder { end: end.date, first: from });
        }
        Ok(end)
    }

    /// The profiles at the end of the day `observe_until`, or of the last order's day.
    pub fn summary(&mut self, observe_until: Option<Date>) -> Result<Summary<'_>, SummaryError> {
        let end = self.end(observe_until)?;
        let rules = &self.rules;
        let parts = self.parts.iter_mut().map(|part| part.summarise(rules, end));
        Summary::new(end, parts.collect::<Result<_, _>>()?)
    }

    /// Shows `each` every customer's purchases up to the end of a day, in the order of time;
    /// the customers come in no particular order. Returns what became of the orders.
    pub fn for_each_customer(
        &mut self,
        observe_until: Option<Date>,
        mut each: impl FnMut(&str, &[Purchase]),
    ) -> Result<OrderCounts, SummaryError> {
        let end = self.end(observe_until)?;
        let mut counts = Vec::with_capacity(PARTS);
        for part in &mut self.parts {
            let names = std::mem::take(&mut part.names);
            let visited = part.visit(&self.rules, end.last, |customer, purchases| {
                each(names.get(customer as usize), purchases);
            });
            part.names = names;
            counts.push(visited?);
        }
        Ok(counts.into_iter().sum())
    }
}

/// Why an [`OrderLog`] has no [`Summary`].
#[derive(Debug)]
pub enum SummaryError {
    /// The log is empty.
    NoOrders,
    /// Refunds take back all there is.
    NoPurchases,
    /// The observation would end before it begins.
    EndsBeforeFirstOrder {
        /// The end that was asked for.
        end: Date,
        /// The day of the first order.
        first: Date,
    },
    /// This customer's orders add up to more than [`Cents::MAX`].
    SpendTooLarge(String),
    /// An order equals another, and that is to be an error.
    Equal {
        /// Whose it is.
        customer: String,
        /// The day of both.
        date: Date,
        /// The amount of each.
        amount: Cents,
    },
    /// Orders that overflowed memory cannot be read back.
    Io(io::Error),
}

impl From<io::Error> for SummaryError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for SummaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOrders => f.write_str("there are no orders"),
            Self::NoPurchases => f.write_str(
                "refunds take back every purchase up to the end of the observation; look for \
                 amounts with the wrong sign",
            ),
            Self::EndsBeforeFirstOrder { end, first } => write!(
                f,
                "the observation would end on {end}, before the first order on {first}; \
                 name that day or a later one"
            ),
            Self::SpendTooLarge(customer) => write!(
                f,
                "the orders of customer {} add up to more than 90071992547409.91; \
                 look for a wrong amount among them",
                shown(customer)
            ),
            Self::Equal { customer, date, amount } => write!(
                f,
                "customer {} has two equal orders on {date}, of {amount} each; leave one out, \
                 or choose with --duplicates what becomes of them",
                shown(customer)
            ),
            Self::Io(error) => write!(f, "orders set aside in a temporary file: {error}"),
        }
    }
}

impl Error for SummaryError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_and_keeps_the_order_of_what_it_holds() {
        let last = Moment::end_of("9999-12-31".parse().expect("a day"));
        let first = Moment::start_of("0000-01-01".parse().expect("a day"));
        let most = Cents::MAX;
        let least = Cents::new(-most.cents()).expect("within bounds");
        let mut records = Vec::new();
        for customer in [0, 1, u32::MAX] {
            for at in [first, last] {
                for amount in [least, Cents::default(), most] {
                    let order = Order { at, amount };
                    let record = Record::new(customer, order);
                    assert_eq!((record.customer(), record.order()), (customer, order));
                    records.push(record);
                }
            }
        }
        assert!(records.is_sorted());
    }
}
