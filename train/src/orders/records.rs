//! The orders of a part: in memory, and past its bounds in a temporary file.

use std::borrow::Cow;
use std::io::{self, SeekFrom};

use super::Overflow;
use super::overflow::{MakeOverflow, write_records};
use super::record::Record;

#[derive(Default)]
pub(super) struct Records {
    held: Vec<Record>,
    overflow: Option<Box<dyn Overflow>>,
    overflown: usize,
    sorted: bool,
}

impl Records {
    /// How many are held in memory.
    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    /// Adds one; `most` is how many memory has room for.
    pub(super) fn push(&mut self, record: Record, most: usize) {
        if self.held.len() == self.held.capacity() {
            // Half as much again, where a Vec would double; and little more than there is room
            // for, as then the records go elsewhere.
            let held = self.held.len();
            self.held.reserve_exact((held / 2).min(most.saturating_sub(held)) + 64);
        }
        self.held.push(record);
    }

    /// Sets aside what is held.
    pub(super) fn spill(&mut self, make: MakeOverflow) -> io::Result<()> {
        let overflow = match &mut self.overflow {
            Some(overflow) => overflow,
            none => none.insert(make()?),
        };
        write_records(overflow, &self.held)?;
        self.overflown += self.held.len();
        self.held.clear();
        Ok(())
    }

    /// All of them, sorted; those that overflowed are read back each time.
    pub(super) fn sorted(&mut self) -> io::Result<Cow<'_, [Record]>> {
        let Some(overflow) = &mut self.overflow else {
            if !self.sorted {
                self.held.sort_unstable();
                self.sorted = true;
            }
            return Ok(Cow::Borrowed(&self.held));
        };
        // The rest goes there too, once and for all, which frees its memory.
        let rest = std::mem::take(&mut self.held);
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
}
