//! Takes orders in, from several sides at once.

use std::hash::BuildHasher;
use std::io;
use std::sync::{Mutex, PoisonError};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::overflow::MakeOverflow;
use super::record::Record;
use super::{Memory, Order, OrderLog, OrderPart, Rules};

/// Customers are dealt out by the hash of their names into so many parts, which threads take
/// in turns, and of which one is sorted at a time.
pub(super) const PARTS: usize = 64;

/// Takes in orders, from several threads if need be.
pub struct OrderIntake {
    rules: Rules,
    pub(super) hasher: DefaultHashBuilder,
    parts: Vec<Mutex<OrderPart>>,
    /// Records a part may hold in memory, and where the others go.
    pub(super) room: Option<(usize, MakeOverflow)>,
}

/// Orders gathered on one side of an intake, to be dealt out together.
#[derive(Debug, Default)]
pub struct OrderBatch {
    text: String,
    rows: Vec<BatchRow>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct BatchRow {
    pub(super) hash: u64,
    start: usize,
    pub(super) order: Order,
}

/// So many orders, or so much text, are dealt out together: some hundred for each part, so
/// that what a part looks at stays in a processor's cache.
const BATCH_ROWS: usize = 1 << 16;
const BATCH_TEXT: usize = 1 << 23;

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
