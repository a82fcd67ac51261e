//! Calendar days: text to day number and back.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

const YEARS_PER_CYCLE: u32 = 400;
const DAYS_PER_CYCLE: u32 = 146_097;
/// 9999-12-31.
const LAST: u32 = 25 * DAYS_PER_CYCLE - 1;

/// A day of the Gregorian calendar, from 0000-01-01 to 9999-12-31, without a time or a
/// time zone. It is read and printed as `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Days since 0000-01-01.
    number: u32,
}

impl Date {
    /// The day `day` (from 1) of the month `month` (from 1), if the calendar has it.
    pub fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        if year > 9999 || !(1..=12).contains(&month) {
            return None;
        }
        if !(1..=days_in_month(year, month)).contains(&day) {
            return None;
        }
        const BEFORE: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
        let leap_day = u32::from(month > 2 && is_leap(year));
        let months = BEFORE[month as usize - 1] + leap_day;
        Some(Self { number: days_before_year(year) + months + day - 1 })
    }

    /// Days from `earlier` to this day; 0 when `earlier` is not earlier.
    pub fn days_since(self, earlier: Self) -> u32 {
        self.number.saturating_sub(earlier.number)
    }

    /// The day `days` later; the last of the calendar, 9999-12-31, where that is beyond it.
    pub fn after(self, days: u32) -> Self {
        Self::from_number(self.number.saturating_add(days))
    }

    /// Days since 0000-01-01.
    pub(crate) fn number(self) -> u32 {
        self.number
    }

    /// The day so many days after 0000-01-01; the last of the calendar beyond that.
    pub(crate) fn from_number(number: u32) -> Self {
        Self { number: number.min(LAST) }
    }

    fn year_month_day(self) -> (u32, u32, u32) {
        // Years differ in length, so the mean length gives a year that may be one off;
        // starting one below leaves only the way up.
        let mut year = (self.number * YEARS_PER_CYCLE / DAYS_PER_CYCLE).saturating_sub(1);
        while days_before_year(year + 1) <= self.number {
            year += 1;
        }
        let mut month = 1;
        let mut day = self.number - days_before_year(year);
        while day >= days_in_month(year, month) {
            day -= days_in_month(year, month);
            month += 1;
        }
        (year, month, day + 1)
    }
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_before_year(year: u32) -> u32 {
    // Year 0 is a leap year, so of the years before this one the multiples count from 0.
    let leap_days = year.div_ceil(4) - year.div_ceil(100) + year.div_ceil(400);
    365 * year + leap_days
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(DateError::Format);
        }
        let year = digits(&bytes[..4])?;
        let month = digits(&bytes[5..7])?;
        let day = digits(&bytes[8..])?;
        Self::new(year, month, day).ok_or(DateError::NoSuchDay)
    }
}

fn digits(bytes: &[u8]) -> Result<u32, DateError> {
    bytes.iter().try_fold(0, |number, byte| match byte {
        b'0'..=b'9' => Ok(10 * number + u32::from(byte - b'0')),
        _ => Err(DateError::Format),
    })
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.year_month_day();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Why a text is not a [`Date`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateError {
    /// It is not four digits, two digits and two digits with hyphens between.
    Format,
    /// It has the form of a date, but the calendar has no such day.
    NoSuchDay,
}

impl fmt::Display for DateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => {
                "is not a date; write YYYY-MM-DD without a time of day, such as 1997-01-31"
            }
            Self::NoSuchDay => "is no day of the calendar; write YYYY-MM-DD, such as 1997-01-31",
        })
    }
}

impl Error for DateError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect(text)
    }

    #[test]
    fn every_day_of_ten_thousand_years_comes_back_in_order() {
        let mut number = 0;
        for year in 0..=9999 {
            for month in 1..=12 {
                for day in 1..=days_in_month(year, month) {
                    let date = Date::new(year, month, day).expect("in the calendar");
                    assert_eq!(date.number, number);
                    assert_eq!(date.year_month_day(), (year, month, day));
                    number += 1;
                }
            }
        }
        assert_eq!(number, 25 * DAYS_PER_CYCLE);
    }

    #[test]
    fn text_comes_back() {
        for text in ["0000-01-01", "1997-01-31", "2000-02-29", "9999-12-31"] {
            assert_eq!(date(text).to_string(), text);
        }
    }

    #[test]
    fn leap_days() {
        for (from, to, days) in [
            ("1996-02-28", "1996-03-01", 2),
            ("1997-02-28", "1997-03-01", 1),
            ("1900-02-28", "1900-03-01", 1),
            ("2000-02-28", "2000-03-01", 2),
            ("1997-01-01", "1997-09-30", 272),
            ("1970-01-01", "2000-01-01", 10_957),
        ] {
            assert_eq!(date(to).days_since(date(from)), days, "{from} to {to}");
        }
        assert_eq!(date("1997-01-01").days_since(date("1997-01-02")), 0);
        assert_eq!(date("1997-01-31").after(1), date("1997-02-01"));
        assert_eq!(date("1997-01-31").after(u32::MAX), date("9999-12-31"));
    }

    #[test]
    fn days_the_calendar_has_not() {
        for text in [
            "1997-02-29",
            "1900-02-29",
            "1997-04-31",
            "1997-00-10",
            "1997-13-10",
            "1997-01-00",
            "1997-01-32",
        ] {
            assert_eq!(text.parse::<Date>(), Err(DateError::NoSuchDay), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_dates() {
        for text in [
            "",
            "19970131",
            "1997-1-31",
            "97-01-31",
            "01/31/1997",
            "1997/01/31",
            "+997-01-31",
            "1997-01-31T00:00:00Z",
            " 1997-01-31",
            "1997-01-3é",
            "١٩٩٧",
        ] {
            assert_eq!(text.parse::<Date>(), Err(DateError::Format), "{text}");
        }
    }
}
