//! Reads points in time as exports write them.

use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimeParser;

use super::moment::EPOCH;
use super::zone::parse_offset;
use super::{Collapse, Date, DateError, DateFormat, Moment, MomentError, Zone};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::moment::DAY;

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
}
