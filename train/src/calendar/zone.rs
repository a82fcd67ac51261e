//! Time zones and offsets from UTC.

use std::str::FromStr;

use jiff::tz::{self, TimeZone};

use super::Moment;

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

/// `+hh:mm`, `+hhmm` or `+hh` with either sign, in seconds.
pub(super) fn parse_offset(text: &str) -> Option<i32> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones() {
        assert!("Mars/Olympus".parse::<Zone>().is_err());
        assert!("+99:00".parse::<Zone>().is_err());
        assert_eq!("UTC".parse(), Ok(Zone::UTC));
    }
}
