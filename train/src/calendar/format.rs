//! The ways in which exports write points in time, and what is none.

use std::error::Error;
use std::fmt;

use crate::Date;

/// How a file writes its dates; one file writes all of them alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateFormat {
    /// `2025-01-31`.
    Day,
    /// `2025-01-31 18:30:00`, or with a `T`, without an offset from UTC.
    LocalTime,
    /// `2025-01-31T18:30:00Z`, or with an offset from UTC.
    Instant,
    /// `20250131`.
    Digits,
    /// Seconds since 1970-01-01 UTC.
    EpochSeconds,
    /// Thousandths of a second since then.
    EpochMilliseconds,
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Day => "YYYY-MM-DD",
            Self::LocalTime => "YYYY-MM-DD hh:mm:ss",
            Self::Instant => "RFC 3339, with an offset from UTC",
            Self::Digits => "YYYYMMDD",
            Self::EpochSeconds => "seconds since 1970",
            Self::EpochMilliseconds => "milliseconds since 1970",
        })
    }
}

/// Why a text is no [`Moment`](crate::Moment).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentError {
    /// It has none of the forms of [`DateFormat`].
    Format,
    /// It has one of them, but the calendar has no such day.
    NoSuchDay,
    /// It is written in another way than the first date of the file.
    Mixed {
        /// How the first was written.
        first: DateFormat,
        /// How this one is.
        format: DateFormat,
    },
    /// It is still to come.
    Future {
        /// The last day that is not.
        latest: Date,
    },
}

impl fmt::Display for MomentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format => f.write_str(
                "is not a date; write YYYY-MM-DD, with a time of day after it or not, YYYYMMDD, \
                 RFC 3339, or seconds or milliseconds since 1970",
            ),
            Self::NoSuchDay => {
                f.write_str("is no day of the calendar; write YYYY-MM-DD, such as 1997-01-31")
            }
            Self::Mixed { first, format } => write!(
                f,
                "is written as {format}, and the first date of the file as {first}; write all \
                 of them alike"
            ),
            Self::Future { latest } => {
                write!(f, "is after {latest}, in the future; look for a wrong date or unit")
            }
        }
    }
}

impl Error for MomentError {}
