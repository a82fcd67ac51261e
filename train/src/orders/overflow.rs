//! Where orders wait that memory has no room for.

use std::io::{self, Read, Seek, Write};

use super::record::Record;

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

/// Writes them at the end of what was written before.
pub(super) fn write_records(
    overflow: &mut Box<dyn Overflow>,
    records: &[Record],
) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(1 << 16);
    for records in records.chunks(1 << 12) {
        bytes.clear();
        bytes.extend(records.iter().flat_map(|record| record.0.to_le_bytes()));
        overflow.write_all(&bytes)?;
    }
    Ok(())
}
