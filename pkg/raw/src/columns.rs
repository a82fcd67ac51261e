//! The room that columns lie in, and finding them there.

use crate::Status;

/// Memory that the host reads and writes, by addresses of bytes.
#[derive(Debug, Default)]
pub(crate) struct Room(Vec<f64>);

/// Where columns are in the room, as indices.
pub(crate) struct Place {
    begin: usize,
    end: usize,
}

impl Room {
    const BYTES: usize = size_of::<f64>();

    /// Room for so many bytes at least, all zero, in the place of what was; its address, or 0 if
    /// there is not as much.
    pub(crate) fn make(&mut self, bytes: usize) -> usize {
        // What was is given back first, so that there need not be memory for both.
        self.0 = Vec::new();
        let length = bytes.div_ceil(Self::BYTES);
        if length == 0 || self.0.try_reserve_exact(length).is_err() {
            return 0;
        }
        self.0.resize(length, 0.0);
        self.begin()
    }

    fn begin(&self) -> usize {
        self.0.as_ptr().addr()
    }

    /// The place of `length` numbers from an address on, if it is in the room.
    pub(crate) fn place(&self, address: usize, length: usize) -> Result<Place, Status> {
        let offset = address.checked_sub(self.begin()).ok_or(Status::Address)?;
        let begin = offset / Self::BYTES;
        match begin.checked_add(length) {
            Some(end) if offset % Self::BYTES == 0 && end <= self.0.len() => {
                Ok(Place { begin, end })
            }
            _ => Err(Status::Address),
        }
    }

    /// The numbers at a place of this room.
    pub(crate) fn read(&self, place: &Place) -> &[f64] {
        self.0.get(place.begin..place.end).unwrap_or_default()
    }

    /// What lies before a place, and the place itself to be written.
    pub(crate) fn split(&mut self, place: &Place) -> (Before<'_>, &mut [f64]) {
        let begin = place.begin.min(self.0.len());
        let (before, rest) = self.0.split_at_mut(begin);
        let length = (place.end - place.begin).min(rest.len());
        (Before(before), &mut rest[..length])
    }
}

/// The part of a room before what is written.
pub(crate) struct Before<'r>(&'r [f64]);

impl<'r> Before<'r> {
    /// The numbers at a place of the room, if all of it is before what is written.
    pub(crate) fn read(&self, place: &Place) -> Result<&'r [f64], Status> {
        self.0.get(place.begin..place.end).ok_or(Status::Address)
    }
}
