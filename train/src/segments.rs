//! Segments by shares of the customers.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use edge_clv::{
    Band, Batch, BatchOptions, Columns, Horizons, Model, ModelFile, Profiles, Segments, Violations,
};

use crate::RfmTable;

/// Names for shares of the customers, from the most valuable down, such as `vip=5%,core=30%`:
/// the top 5 % are vip, the next 30 % core, and the rest low, or what a last name without a
/// share says.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentShares {
    /// The names, each with its share, 0..1, of the customers.
    shares: Vec<(String, f64)>,
    /// The name of all others.
    rest: String,
}

impl FromStr for SegmentShares {
    type Err = SegmentError;

    fn from_str(text: &str) -> Result<Self, SegmentError> {
        let mut parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let rest = match parts.last() {
            Some(last) if !last.contains('=') => parts.pop().unwrap_or_default(),
            _ => "low",
        };
        let shares = parts.into_iter().map(|part| {
            let wrong = || SegmentError::Share(part.to_owned());
            let (name, share) = part.split_once('=').ok_or_else(wrong)?;
            let percent = share.trim().strip_suffix('%').ok_or_else(wrong)?.trim();
            let percent: f64 = percent.parse().map_err(|_| wrong())?;
            if !(percent > 0.0 && percent < 100.0) {
                return Err(wrong());
            }
            Ok((name.trim().to_owned(), percent / 100.0))
        });
        let shares = shares.collect::<Result<Vec<_>, _>>()?;
        let sum: f64 = shares.iter().map(|(_, share)| share).sum();
        if sum >= 1.0 {
            return Err(SegmentError::Sum(100.0 * sum));
        }
        let mut names: Vec<&str> = shares.iter().map(|(name, _)| name.as_str()).collect();
        names.push(rest);
        for (i, name) in names.iter().enumerate() {
            if name.is_empty() || names[..i].contains(name) {
                return Err(SegmentError::Name((*name).to_owned()));
            }
        }
        Ok(Self { shares, rest: rest.to_owned() })
    }
}

/// The bands that part these customers so, by their predicted value over `horizon` days under
/// a model, whatever its own bands are.
///
/// A band begins at the value that its share of the customers reaches, to two digits: a
/// boundary people can say, which moves no customer who is not on it anyway.
///
/// # Errors
/// Where the model breaks a rule, and where two boundaries fall together.
pub fn segments(
    model: &ModelFile,
    table: &RfmTable,
    horizon: f64,
    shares: &SegmentShares,
) -> Result<Segments, SegmentError> {
    let mut values = values(model, table, horizon)?;
    values.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
    let customers: f64 = values.iter().map(|(_, count)| *count as f64).sum();
    let mut bands: Vec<Band> = Vec::new();
    let (mut share, mut reached) = (0.0, 0.0);
    let mut rest = values.iter();
    let mut value = f64::INFINITY;
    for (name, own) in &shares.shares {
        share += own;
        while reached < share * customers
            && let Some((next, count)) = rest.next()
        {
            reached += *count as f64;
            value = *next;
        }
        let min_value = rounded(value, 2);
        if bands.last().is_some_and(|above| above.min_value <= min_value) || min_value <= 0.0 {
            return Err(SegmentError::Together { name: name.clone(), min_value });
        }
        bands.push(Band { name: name.clone(), min_value });
    }
    bands.push(Band { name: shares.rest.clone(), min_value: 0.0 });
    Ok(Segments { horizon, bands })
}

/// The predicted value of every row, with its customers.
fn values(
    model: &ModelFile,
    table: &RfmTable,
    horizon: f64,
) -> Result<Vec<(f64, u64)>, SegmentError> {
    let model = Model::try_from(model.clone())?;
    let columns = Columns::named(&["customer_lifetime_value"])?;
    let horizons = Some(Horizons::new(&[horizon])?);
    let mut batch = Batch::new(&model, BatchOptions { horizons, columns, exact: false })?;
    // A mean of 0 is not given, as in the fit.
    let given = |&value: &f64| if value > 0.0 { value } else { f64::NAN };
    let monetary_value: Vec<f64> = table.monetary_value.iter().map(given).collect();
    let answer = batch.predict(&Profiles {
        frequency: &table.frequency,
        recency: &table.recency,
        T: &table.T,
        monetary_value: Some(&monetary_value),
    })?;
    let values = answer.horizons.into_iter().next().and_then(|h| h.customer_lifetime_value);
    // Rows that are no histories have no value; a fit has refused them before.
    let values = values.into_iter().flatten().zip(table.count.iter().copied());
    Ok(values.filter(|(value, _)| value.is_finite()).collect())
}

/// To so many significant digits, 1..=17.
pub fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value)
}

/// Why there are no segments.
#[derive(Clone, Debug, PartialEq)]
pub enum SegmentError {
    /// This is not a name with a share.
    Share(String),
    /// The shares, in percent, leave nobody for the last segment.
    Sum(f64),
    /// A name is empty or stands twice.
    Name(String),
    /// This segment's boundary is that of the one above.
    Together {
        /// The segment.
        name: String,
        /// Where it would begin.
        min_value: f64,
    },
    /// The model breaks these rules.
    Model(Violations),
}

impl From<Violations> for SegmentError {
    fn from(errors: Violations) -> Self {
        Self::Model(errors)
    }
}

impl fmt::Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(part) => write!(
                f,
                "{part:?} is not a name with a share, 0 < share < 100; write such as \
                 vip=5%,core=30%"
            ),
            Self::Sum(percent) => write!(
                f,
                "the shares add up to {percent} %, and less than 100 % leaves customers for the \
                 last segment"
            ),
            Self::Name(name) => {
                write!(f, "the name {name:?} is empty or stands twice; each segment needs its own")
            }
            Self::Together { name, min_value } => write!(
                f,
                "the segment {name} would begin at {min_value}, where the one above it does or \
                 where nothing is; give it a share farther from the others, or fewer segments"
            ),
            Self::Model(errors) => {
                f.write_str("the model breaks these rules:")?;
                errors.as_slice().iter().try_for_each(|error| write!(f, "\n  {error}"))
            }
        }
    }
}

impl Error for SegmentError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read() {
        let shares: SegmentShares = "vip=5%, core = 30 %".parse().unwrap();
        assert_eq!(shares.shares, [("vip".to_owned(), 0.05), ("core".to_owned(), 0.3)]);
        assert_eq!(shares.rest, "low");
        assert_eq!("a=50%,others".parse::<SegmentShares>().unwrap().rest, "others");
        assert_eq!("all".parse::<SegmentShares>().unwrap().shares, []);
    }

    #[test]
    fn shares_that_are_none() {
        for text in ["vip=5", "vip=%", "vip=0%", "vip=100%", "vip=NaN%", "vip=-3%", "a,b=3%,c,d"] {
            let error = text.parse::<SegmentShares>();
            assert!(matches!(error, Err(SegmentError::Share(_))), "{text}: {error:?}");
        }
        for text in ["=5%", "low=5%", "a=5%,a=6%", ""] {
            let error = text.parse::<SegmentShares>();
            assert!(matches!(error, Err(SegmentError::Name(_))), "{text}: {error:?}");
        }
        assert_eq!("a=60%,b=40%".parse::<SegmentShares>(), Err(SegmentError::Sum(100.0)));
    }

    #[test]
    fn significant_digits() {
        for (value, digits, expected) in
            [(38.4, 2, 38.0), (0.012_55, 2, 0.013), (123_456.0, 2, 120_000.0), (0.1 + 0.2, 10, 0.3)]
        {
            assert_eq!(rounded(value, digits), expected);
        }
    }
}
