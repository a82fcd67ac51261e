//! Takes orders in, from several sides at once.

use std::hash::BuildHasher;
use std::io;
use std::sync::{Mutex, PoisonError};

use hashbrown::DefaultHashBuilder;

use super::labels::{FirstOrder, Labels};
use super::overflow::MakeOverflow;
use super::record::Record;
use super::{Label, Memory, Order, OrderLog, OrderPart, Rules};

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
    labels: Mutex<Labels>,
}

/// Orders gathered on one side of an intake, to be dealt out together.
#[derive(Debug, Default)]
pub struct OrderBatch {
    text: String,
    rows: Vec<BatchRow>,
    label_text: String,
    /// As many as rows where orders are labelled, otherwise none.
    labels: Vec<Option<BatchLabel>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct BatchRow {
    pub(super) hash: u64,
    start: usize,
    pub(super) order: Order,
}

#[derive(Clone, Copy, Debug)]
struct BatchLabel {
    place: u64,
    start: usize,
    end: usize,
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
        let hasher = DefaultHashBuilder::default();
        Self { rules, hasher, parts, room, labels: Mutex::default() }
    }

    /// The rules the orders are counted by.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Puts an order into a batch, and a full batch into the parts. Of each customer the label
    /// of the first order that has one is kept.
    pub fn gather(
        &self,
        batch: &mut OrderBatch,
        customer: &str,
        order: Order,
        label: Option<Label<'_>>,
    ) -> io::Result<()> {
        if let Some(Label { place, text }) = label {
            batch.labels.resize(batch.rows.len(), None);
            let start = batch.label_text.len();
            batch.label_text.push_str(text);
            let end = batch.label_text.len();
            batch.labels.push(Some(BatchLabel { place, start, end }));
        }
        let start = batch.text.len();
        batch.text.push_str(customer);
        batch.rows.push(BatchRow { hash: self.hasher.hash_one(customer), start, order });
        let text = batch.text.len() + batch.label_text.len();
        if batch.rows.len() == BATCH_ROWS || text >= BATCH_TEXT {
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
        let labels = self.labels_of(batch)?;
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
                let label = labels.get(index).copied().flatten();
                part.take(&batch.text[row.start..end], row, label, self)?;
            }
            if let Some((room, overflow)) = self.room
                && part.records.held() >= room
            {
                part.records.spill(overflow)?;
            }
        }
        batch.text.clear();
        batch.rows.clear();
        batch.label_text.clear();
        batch.labels.clear();
        Ok(())
    }

    /// What a batch's orders say, for as many as are labelled.
    fn labels_of(&self, batch: &OrderBatch) -> io::Result<Vec<Option<FirstOrder>>> {
        if batch.labels.is_empty() {
            return Ok(Vec::new());
        }
        let mut labels = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
        let mut first = |(row, label): (&BatchRow, &Option<BatchLabel>)| {
            let Some(BatchLabel { place, start, end }) = *label else { return Ok(None) };
            let label = labels.number(&batch.label_text[start..end]);
            let label = label.ok_or_else(|| io::Error::other("there are too many labels"))?;
            Ok(Some(FirstOrder { at: row.order.at, place, label }))
        };
        batch.rows.iter().zip(&batch.labels).map(&mut first).collect()
    }

    /// The log of all that was dealt out.
    pub fn finish(self) -> OrderLog {
        let mut parts = Vec::with_capacity(PARTS);
        for part in self.parts {
            let mut part = part.into_inner().unwrap_or_else(PoisonError::into_inner);
            part.close();
            parts.push(part);
        }
        let labels = self.labels.into_inner().unwrap_or_else(PoisonError::into_inner);
        OrderLog { rules: self.rules, parts, labels: labels.into_texts() }
    }
}

fn part_of(hash: u64) -> usize {
    // The table of a part takes the highest and the lowest bits.
    (hash >> 32) as usize % PARTS
}
