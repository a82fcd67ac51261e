//! Points in time to the second, and the ways in which exports write them.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{self, TimeZone};

use crate::{Date, DateError};

/// Seconds of a day; days are told apart without leap seconds.
pub(crate) const DAY: u64 = 86_400;
/// From 0000-01-01 to 1970-01-01, where epochs start.
const EPOCH: i64 = 719_528 * DAY as i64;
/// The first second that is not before 10000-01-01.
const END: i64 = 3_652_425 * DAY as i64;

/// A second of the Gregorian calendar, from 0000-01-01 to 9999-12-31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

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

    fn to_epoch(self) -> i64 {
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

/// What counts as one purchase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Collapse {
    /// All orders of a customer on one day; days are whole.
    #[default]
    Day,
    /// Each order at its own second; days have fractions.
    None,
}

impl Collapse {
    /// The span within which orders are one purchase, in seconds.
    pub(crate) fn grain(self) -> u64 {
        match self {
            Self::Day => DAY,
            Self::None => 1,
        }
    }
}

/// A time zone of the IANA database, such as `Europe/Berlin`, `UTC` or `-05:00`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The local calendar's second at an instant.
    pub(crate) fn local(&self, instant: Moment) -> Option<Moment> {
        let timestamp = jiff::Timestamp::from_second(instant.to_epoch()).ok()?;
        Moment::from_epoch(instant.to_epoch() + i64::from(self.0.to_offset(timestamp).seconds()))
    }

    /// The instant of the local calendar's second; the earlier one of two, and the later
    /// side of a gap, as clocks are set.
    pub(crate) fn instant(&self, local: Moment) -> Option<Moment> {
        if self.0 == TimeZone::UTC {
            return Some(local);
        }
        let civil =
            tz::Offset::UTC.to_datetime(jiff::Timestamp::from_second(local.to_epoch()).ok()?);
        let timestamp = self.0.to_timestamp(civil).ok()?;
        Moment::from_epoch(timestamp.as_second())
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(offset) = parse_offset(text) {
            let offset = tz::Offset::from_seconds(offset).map_err(|error| error.to_string())?;
            return Ok(Self(TimeZone::fixed(offset)));
        }
        TimeZone::get(text).map(Self).map_err(|_| {
            format!("{text:?} is no time zone; write a name such as Europe/Berlin, or -05:00")
        })
    }
}

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

/// Turns what a file writes into moments.
///
/// To tell days, a moment is the second of the local calendar: as written, or of the zone
/// if one was named and the text has an offset or counts from 1970. To tell instants it
/// is the second of UTC, and a text without an offset is of the zone.
#[derive(Clone, Debug)]
pub struct Clock {
    collapse: Collapse,
    zone: Option<Zone>,
    latest: Option<Moment>,
    format: Option<DateFormat>,
}

impl Clock {
    /// A clock for one file. Moments after `latest` are refused as future ones.
    pub fn new(collapse: Collapse, zone: Option<Zone>, latest: Option<Moment>) -> Self {
        Self { collapse, zone, latest, format: None }
    }

    /// Reads one text. The first that is a date fixes the format of those to come.
    pub fn read(&mut self, text: &str) -> Result<Moment, MomentError> {
        // The common case in one pass.
        let (format, moment) = match text.parse::<Date>() {
            Ok(date) => (DateFormat::Day, self.local(Moment::start_of(date))),
            Err(DateError::NoSuchDay) => return Err(MomentError::NoSuchDay),
            Err(DateError::Format) => self.read_other(text)?,
        };
        match self.format {
            None => self.format = Some(format),
            Some(first) if first != format => return Err(MomentError::Mixed { first, format }),
            Some(_) => {}
        }
        self.checked(moment)
    }

    /// A second of the local calendar, as a column of dates or local times holds it.
    pub fn local_second(&self, second: Moment) -> Result<Moment, MomentError> {
        self.checked(self.local(second))
    }

    /// Seconds since 1970-01-01 UTC.
    pub fn epoch_second(&self, seconds: i64) -> Result<Moment, MomentError> {
        self.checked(Moment::from_epoch(seconds).and_then(|at| self.instant(at, 0)))
    }

    fn read_other(&self, text: &str) -> Result<(DateFormat, Option<Moment>), MomentError> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.read_number(text);
        }
        let (local, offset) = split_offset(text).ok_or(MomentError::Format)?;
        let is_date_time = local.len() > 10 && matches!(local.as_bytes()[10], b'T' | b't' | b' ');
        if !is_date_time {
            return Err(MomentError::Format);
        }
        let day: Date =
            local.get(..10).ok_or(MomentError::Format)?.parse().map_err(|error| match error {
                DateError::Format => MomentError::Format,
                DateError::NoSuchDay => MomentError::NoSuchDay,
            })?;
        static PARSER: DateTimeParser = DateTimeParser::new();
        let civil: DateTime = PARSER.parse_datetime(local).map_err(|_| MomentError::Format)?;
        let second = Moment::start_of(day).0
            + civil.hour() as u64 * 3_600
            + civil.minute() as u64 * 60
            + civil.second() as u64;
        Ok(match offset {
            None => (DateFormat::LocalTime, self.local(Moment(second))),
            Some(offset) => {
                let instant = Moment::from_epoch(second as i64 - EPOCH - i64::from(offset));
                (DateFormat::Instant, instant.and_then(|at| self.instant(at, offset)))
            }
        })
    }

    fn read_number(&self, text: &str) -> Result<(DateFormat, Option<Moment>), MomentError> {
        // Eight digits are a day: as seconds they would be of 1970 to 1973. Nine and ten are
        // seconds, up to the year 2286; eleven to thirteen milliseconds, from 1970 on.
        if text.len() == 8 {
            let day = format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]);
            let day: Date = day.parse().map_err(|_| MomentError::NoSuchDay)?;
            return Ok((DateFormat::Digits, self.local(Moment::start_of(day))));
        }
        let number: i64 = text.parse().map_err(|_| MomentError::Format)?;
        let (format, seconds) = match text.len() {
            9..=10 => (DateFormat::EpochSeconds, number),
            11..=13 => (DateFormat::EpochMilliseconds, number.div_euclid(1_000)),
            _ => return Err(MomentError::Format),
        };
        Ok((format, Moment::from_epoch(seconds).and_then(|at| self.instant(at, 0))))
    }

    fn local(&self, second: Moment) -> Option<Moment> {
        match (self.collapse, &self.zone) {
            (Collapse::None, Some(zone)) => zone.instant(second),
            _ => Some(second),
        }
    }

    /// `offset` is the one it was written with, in seconds.
    fn instant(&self, instant: Moment, offset: i32) -> Option<Moment> {
        match (self.collapse, &self.zone) {
            (Collapse::None, _) => Some(instant),
            (Collapse::Day, Some(zone)) => zone.local(instant),
            (Collapse::Day, None) => Moment::from_epoch(instant.to_epoch() + i64::from(offset)),
        }
    }

    fn checked(&self, moment: Option<Moment>) -> Result<Moment, MomentError> {
        let moment = moment.ok_or(MomentError::NoSuchDay)?;
        match self.latest {
            Some(latest) if moment > latest => Err(MomentError::Future { latest: latest.date() }),
            _ => Ok(moment),
        }
    }
}

/// The text before the offset from UTC, and that in seconds.
fn split_offset(text: &str) -> Option<(&str, Option<i32>)> {
    // A date has hyphens of its own.
    let time = text.get(10..)?;
    for utc in ["Z", "z", "UTC", "GMT"] {
        if let Some(local) = time.strip_suffix(utc) {
            return Some((text[..10 + local.len()].trim_end(), Some(0)));
        }
    }
    match time.rfind(['+', '-']) {
        None => Some((text, None)),
        Some(at) => {
            let offset = parse_offset(&time[at..])?;
            Some((text[..10 + at].trim_end(), Some(offset)))
        }
    }
}

/// `+hh:mm`, `+hhmm` or `+hh` with either sign, in seconds.
fn parse_offset(text: &str) -> Option<i32> {
    let sign = match text.bytes().next()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = match text.len() {
        3 => format!("{}00", &text[1..]),
        5 => text[1..].to_owned(),
        6 if text.as_bytes()[3] == b':' => format!("{}{}", text.get(1..3)?, text.get(4..)?),
        _ => return None,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = (number / 100, number % 100);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// Why a text is no [`Moment`].
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(clock: &mut Clock, text: &str) -> Result<String, MomentError> {
        let moment = clock.read(text)?;
        let second = moment.number() % DAY;
        let (hours, minutes, seconds) = (second / 3_600, second / 60 % 60, second % 60);
        Ok(format!("{} {hours:02}:{minutes:02}:{seconds:02}", moment.date()))
    }

    fn one(collapse: Collapse, zone: Option<&str>, text: &str) -> String {
        let zone = zone.map(|zone| zone.parse().expect(zone));
        read(&mut Clock::new(collapse, zone, None), text).expect(text)
    }

    #[test]
    fn days_are_those_of_the_local_calendar() {
        for (zone, text, local) in [
            (None, "2025-01-31", "2025-01-31 00:00:00"),
            (None, "20250131", "2025-01-31 00:00:00"),
            (None, "2025-01-31 18:30", "2025-01-31 18:30:00"),
            (None, "2025-01-31T18:30:05.999", "2025-01-31 18:30:05"),
            (None, "2025-01-31T23:30:00-05:00", "2025-01-31 23:30:00"),
            (None, "2025-01-31 23:30:00 -0500", "2025-01-31 23:30:00"),
            (None, "2025-01-31T23:30:00Z", "2025-01-31 23:30:00"),
            (None, "2025-01-31 23:30:00 UTC", "2025-01-31 23:30:00"),
            (None, "1738366200", "2025-01-31 23:30:00"),
            (None, "1738366200999", "2025-01-31 23:30:00"),
            (None, "0997-01-31", "0997-01-31 00:00:00"),
            (Some("Europe/Berlin"), "2025-01-31", "2025-01-31 00:00:00"),
            (Some("Europe/Berlin"), "2025-01-31 23:30:00", "2025-01-31 23:30:00"),
            (Some("Europe/Berlin"), "2025-01-31T23:30:00Z", "2025-02-01 00:30:00"),
            (Some("Europe/Berlin"), "2025-07-31T22:30:00Z", "2025-08-01 00:30:00"),
            (Some("Europe/Berlin"), "1738366200", "2025-02-01 00:30:00"),
            (Some("-05:00"), "2025-01-31T02:30:00Z", "2025-01-30 21:30:00"),
        ] {
            assert_eq!(one(Collapse::Day, zone, text), local, "{zone:?} {text}");
        }
    }

    #[test]
    fn instants_are_those_of_utc() {
        for (zone, text, instant) in [
            (None, "2025-01-31", "2025-01-31 00:00:00"),
            (None, "2025-01-31T23:30:00-05:00", "2025-02-01 04:30:00"),
            (None, "1738366200", "2025-01-31 23:30:00"),
            (Some("Europe/Berlin"), "2025-01-31", "2025-01-30 23:00:00"),
            (Some("Europe/Berlin"), "2025-07-31 12:00:00", "2025-07-31 10:00:00"),
            (Some("Europe/Berlin"), "2025-07-31T12:00:00Z", "2025-07-31 12:00:00"),
        ] {
            assert_eq!(one(Collapse::None, zone, text), instant, "{zone:?} {text}");
        }
    }

    #[test]
    fn a_file_writes_dates_in_one_way() {
        let mut clock = Clock::new(Collapse::Day, None, None);
        assert_eq!(clock.read("soon"), Err(MomentError::Format));
        assert!(clock.read("2025-01-31").is_ok());
        for (text, format) in [
            ("2025-01-31 10:00:00", DateFormat::LocalTime),
            ("2025-01-31T10:00:00Z", DateFormat::Instant),
            ("20250131", DateFormat::Digits),
            ("1738366200", DateFormat::EpochSeconds),
            ("1738366200000", DateFormat::EpochMilliseconds),
        ] {
            let mixed = MomentError::Mixed { first: DateFormat::Day, format };
            assert_eq!(clock.read(text), Err(mixed), "{text}");
        }
    }

    #[test]
    fn the_future_is_refused() {
        let today = Moment::end_of("2025-01-31".parse().expect("a day"));
        let mut clock = Clock::new(Collapse::Day, None, Some(today));
        assert!(clock.read("2025-01-31").is_ok());
        assert_eq!(clock.read("2025-02-01"), Err(MomentError::Future { latest: today.date() }));
    }

    #[test]
    fn texts_that_are_no_dates() {
        for text in [
            "",
            "x",
            "-",
            "1997-1-31",
            "97-01-31",
            "01/31/1997",
            "1997/01/31",
            "1997-01-31x10:00",
            "1997-01-31T",
            "1997-01-31T25:00:00",
            "1997-01-31T10:00:00+25:00",
            "1997-01-31T10:00:00+é1",
            "1997-01-3é",
            "1997-01-31 é",
            "999999999999999999999",
            "1234567",
            "١٩٩٧",
            "NaN",
        ] {
            let read = Clock::new(Collapse::Day, None, None).read(text);
            assert_eq!(read, Err(MomentError::Format), "{text}");
        }
        for text in ["1997-02-29", "19970229", "1997-02-29 10:00:00", "00000000"] {
            let read = Clock::new(Collapse::Day, None, None).read(text);
            assert_eq!(read, Err(MomentError::NoSuchDay), "{text}");
        }
    }

    #[test]
    fn zones() {
        assert!("Mars/Olympus".parse::<Zone>().is_err());
        assert!("+99:00".parse::<Zone>().is_err());
        assert_eq!("UTC".parse(), Ok(Zone::UTC));
    }
}
