//! Points in time to the second.

use crate::Date;

/// Seconds of a day; days are told apart without leap seconds.
pub(crate) const DAY: u64 = 86_400;
/// From 0000-01-01 to 1970-01-01, where epochs start.
pub(super) const EPOCH: i64 = 719_528 * DAY as i64;
/// The first second that is not before 10000-01-01.
const END: i64 = 3_652_425 * DAY as i64;

/// A second of the Gregorian calendar, from 0000-01-01 to 9999-12-31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub(super) u64);

impl Moment {
    /// The first second of a day.
    pub fn start_of(date: Date) -> Self {
        Self(u64::from(date.number()) * DAY)
    }

    /// The last second of a day.
    pub(crate) fn end_of(date: Date) -> Self {
        Self(u64::from(date.number()) * DAY + DAY - 1)
    }

    /// Seconds since 1970-01-01, if within the calendar.
    pub fn from_epoch(seconds: i64) -> Option<Self> {
        let second = seconds.checked_add(EPOCH)?;
        (0..END).contains(&second).then_some(Self(second as u64))
    }

    pub(super) fn to_epoch(self) -> i64 {
        self.0 as i64 - EPOCH
    }

    /// The day it falls on.
    pub fn date(self) -> Date {
        Date::from_number((self.0 / DAY) as u32)
    }

    /// Days from `earlier`, with fractions; 0 when `earlier` is not earlier.
    pub fn days_since(self, earlier: Self) -> f64 {
        // Below 2^39 seconds: exact as f64, and so is the quotient of whole days.
        self.0.saturating_sub(earlier.0) as f64 / DAY as f64
    }

    /// Back to the start of the span of so many seconds it lies in.
    pub(crate) fn floor(self, grain: u64) -> Self {
        Self(self.0 - self.0 % grain)
    }

    /// Seconds since 0000-01-01, below 2^39.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    pub(crate) fn from_number(number: u64) -> Self {
        Self(number)
    }
}
