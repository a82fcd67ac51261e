//! Money in whole cents, so that sums are exact.

use std::error::Error;
use std::fmt;
use std::num::IntErrorKind;
use std::str::FromStr;

/// An amount of money in hundredths of the currency, at most 2^53 - 1 of them either
/// way: up to there an `f64` holds every amount exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cents(i64);

impl Cents {
    /// The largest amount, 90 071 992 547 409.91 in currency.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// This many cents, if not beyond [`Cents::MAX`] either way.
    pub fn new(cents: i64) -> Option<Self> {
        (-Self::MAX.0..=Self::MAX.0).contains(&cents).then_some(Self(cents))
    }

    /// This amount in currency, if it is whole cents but for the rounding of a sum: within a
    /// thousandth of a cent.
    pub fn from_currency(amount: f64) -> Result<Self, MoneyError> {
        if !amount.is_finite() {
            return Err(MoneyError::Format);
        }
        let cents = amount * 100.0;
        if cents.abs() > Self::MAX.0 as f64 {
            return Err(MoneyError::TooLarge);
        }
        if (cents - cents.round()).abs() > 1e-3 {
            return Err(MoneyError::TooManyDecimals);
        }
        Ok(Self(cents.round() as i64))
    }

    /// Reads cents: digits, with perhaps a sign before.
    pub fn from_digits(text: &str) -> Result<Self, MoneyError> {
        match text.parse() {
            Ok(cents) => Self::new(cents).ok_or(MoneyError::TooLarge),
            Err(error) => Err(match error.kind() {
                IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => MoneyError::TooLarge,
                _ => MoneyError::NotCents,
            }),
        }
    }

    /// How many cents.
    pub fn cents(self) -> i64 {
        self.0
    }

    /// Below zero.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum, if not beyond [`Cents::MAX`] either way.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(Self::new)
    }

    /// A `count`-th of this amount in currency, correctly rounded; not a number when
    /// `count` is 0.
    pub fn mean_over(self, count: u32) -> f64 {
        // Both operands are exact, so the one division rounds once.
        self.0 as f64 / (100.0 * f64::from(count))
    }
}

impl std::ops::Neg for Cents {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl FromStr for Cents {
    type Err = MoneyError;

    /// Reads currency: digits, then perhaps a point and one or two decimals, zeros after them or
    /// not, with perhaps a minus sign before.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (sign, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, decimals) = match unsigned.split_once('.') {
            Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
            Some(_) => return Err(MoneyError::Format),
            None => (unsigned, ""),
        };
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(decimals) {
            return Err(MoneyError::Format);
        }
        let decimals = match decimals.len() {
            0..=2 => decimals,
            // Databases write as many decimals as their column has.
            _ => &decimals[..decimals.trim_end_matches('0').len().max(2)],
        };
        if decimals.len() > 2 {
            return Err(MoneyError::TooManyDecimals);
        }
        let zeros = ["00", "0", ""][decimals.len()];
        let mut digits = whole.bytes().chain(decimals.bytes()).chain(zeros.bytes());
        digits
            .try_fold(0_i64, |cents, digit| {
                cents.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
            })
            .and_then(|cents| Self::new(sign * cents))
            .ok_or(MoneyError::TooLarge)
    }
}

/// Why a text is not an amount of [`Cents`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// It is not digits with perhaps a point and decimals.
    Format,
    /// It has fractions of a cent.
    TooManyDecimals,
    /// It is in cents, and not a whole number of them.
    NotCents,
    /// It is beyond [`Cents::MAX`].
    TooLarge,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => {
                "is not an amount; write digits and at most two decimals after a point, \
                 such as 1029.33, without a currency sign, thousands separator or exponent"
            }
            Self::TooManyDecimals => {
                "has more than two decimals; round it to whole cents, such as 29.33"
            }
            Self::NotCents => {
                "is not a number of cents; write digits alone, such as 102933 for 1029.33"
            }
            Self::TooLarge => "is too large; the largest amount is 90071992547409.91",
        })
    }
}

impl Error for MoneyError {}

/// An amount in currency, with two decimals.
impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        for (text, cents) in [
            ("0", 0),
            ("-0.00", 0),
            ("29", 2_900),
            ("29.3", 2_930),
            ("29.33", 2_933),
            ("0029.03", 2_903),
            ("-5.01", -501),
            ("90071992547409.91", Cents::MAX.0),
            ("-90071992547409.91", -Cents::MAX.0),
        ] {
            assert_eq!(text.parse(), Ok(Cents(cents)), "{text}");
            assert_eq!(Cents(cents).to_string().parse(), Ok(Cents(cents)), "{text}");
        }
    }

    #[test]
    fn every_cent_of_a_hundred_comes_back() {
        for cents in 0..10_000 {
            let text = format!("{}.{:02}", cents / 100, cents % 100);
            assert_eq!(text.parse(), Ok(Cents(cents)));
        }
    }

    #[test]
    fn texts_that_are_no_amounts() {
        for text in [
            "", "-", ".", "5.", ".5", "--5", "+5", "-+5", "NaN", "inf", "1e3", "0x10", "$5",
            "5 USD", "1,000.00", "29,33", "1.2.3", "1.-2", " 5", "٥",
        ] {
            assert_eq!(text.parse::<Cents>(), Err(MoneyError::Format), "{text:?}");
        }
    }

    #[test]
    fn fractions_of_a_cent_are_refused() {
        for text in ["29.333", "29.3330", "0.001", "-0.001"] {
            assert_eq!(text.parse::<Cents>(), Err(MoneyError::TooManyDecimals));
        }
    }

    #[test]
    fn zeros_after_the_cents_are_no_fractions() {
        for (text, cents) in [("5.10000", 510), ("29.330", 2_933), ("-5.0000", -500), ("0.000", 0)]
        {
            assert_eq!(text.parse(), Ok(Cents(cents)), "{text}");
        }
    }

    #[test]
    fn amounts_beyond_the_largest_are_refused() {
        for text in ["90071992547409.92", "-90071992547409.92", "99999999999999999999999999"] {
            assert_eq!(text.parse::<Cents>(), Err(MoneyError::TooLarge));
        }
        assert_eq!(Cents::MAX.checked_add(Cents(1)), None);
    }

    #[test]
    fn currency_is_whole_cents_but_for_rounding() {
        assert_eq!(Cents::from_currency(29.33), Ok(Cents(2_933)));
        assert_eq!(Cents::from_currency(0.1 + 0.2), Ok(Cents(30)));
        assert_eq!(Cents::from_currency(-5.01), Ok(Cents(-501)));
        assert_eq!(Cents::from_currency(29.333), Err(MoneyError::TooManyDecimals));
        assert_eq!(Cents::from_currency(1e15), Err(MoneyError::TooLarge));
        for amount in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Cents::from_currency(amount), Err(MoneyError::Format));
        }
    }

    #[test]
    fn cents_are_whole() {
        assert_eq!(Cents::from_digits("2933"), Ok(Cents(2_933)));
        assert_eq!(Cents::from_digits("-5"), Ok(Cents(-5)));
        for text in ["29.33", "", "x", "1e3"] {
            assert_eq!(Cents::from_digits(text), Err(MoneyError::NotCents), "{text}");
        }
        for text in ["9007199254740992", "-99999999999999999999999999"] {
            assert_eq!(Cents::from_digits(text), Err(MoneyError::TooLarge), "{text}");
        }
    }

    #[test]
    fn the_mean_is_the_nearest_f64() {
        assert_eq!(Cents(4_469).mean_over(2), 22.345);
        assert_eq!(Cents(1_000).mean_over(3), 10.0 / 3.0);
        assert_eq!(Cents(0).mean_over(7), 0.0);
        assert_eq!(Cents::MAX.mean_over(1).to_string(), "90071992547409.9");
    }
}
