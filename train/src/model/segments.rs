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

impl Default for SegmentShares {
    /// `vip=5%,core=30%`, the rest low.
    fn default() -> Self {
        let shares = [("vip", 0.05), ("core", 0.3)].map(|(name, share)| (name.to_owned(), share));
        Self { shares: shares.to_vec(), rest: "low".to_owned() }
    }
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
        if sum >= 1.0 - ROUNDING {
            return Err(SegmentError::Sum(rounded(100.0 * sum, 10)));
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

/// Shares that differ by less are the same: 0.1 + 0.2 is above 0.3 by rounding alone, and no
/// customer is so small a part of all.
const ROUNDING: f64 = 1e-12;

/// The bands that part customers, and what each came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    /// The bands, from the top.
    pub segments: Segments,
    /// The share of the customers, 0..=1, in each band.
    pub reached: Vec<f64>,
    /// Names of bands that were left out, nobody being left for them: all that are as valuable
    /// as theirs would be are in the band above, or are worth nothing.
    pub merged: Vec<String>,
}

/// The bands that part these customers so, by their predicted value over `horizon` days under
/// a model, whatever its own bands are.
///
/// A band holds at least its share of the customers, and more where the last ones in are worth
/// the same. It begins at the shortest decimal that lies above the first customer out and not
/// above the last one in: a boundary people can say, which moves nobody.
///
/// # Errors
/// Where the model breaks a rule.
pub fn segments(
    model: &ModelFile,
    table: &RfmTable,
    horizon: f64,
    shares: &SegmentShares,
) -> Result<Segmentation, SegmentError> {
    let values = values(model, table, horizon)?;
    let (bands, reached, merged) = part(values, shares);
    Ok(Segmentation { segments: Segments { horizon, bands }, reached, merged })
}

/// The bands of customers of these values, the share of the customers in each, and the names
/// for which nobody was left.
fn part(mut values: Vec<(f64, u64)>, shares: &SegmentShares) -> (Vec<Band>, Vec<f64>, Vec<String>) {
    values.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
    let customers: f64 = values.iter().map(|(_, count)| *count as f64).sum();
    let (mut bands, mut reached, mut merged) = (Vec::new(), Vec::new(), Vec::new());
    // Who is worth nothing is in the last band, which begins at 0.
    let mut alike = values
        .chunk_by(|one, next| one.0 == next.0)
        .map(|alike| (alike[0].0, alike.iter().map(|(_, count)| *count as f64).sum::<f64>()))
        .take_while(|(value, _)| *value > 0.0)
        .peekable();
    let (mut share, mut above, mut inside) = (0.0, 0.0, 0.0);
    for (name, own) in &shares.shares {
        share += own;
        let mut last = None;
        while inside < (share - ROUNDING) * customers
            && let Some((value, count)) = alike.next()
        {
            inside += count;
            last = Some(value);
        }
        let Some(last) = last else {
            merged.push(name.clone());
            continue;
        };
        let out = alike.peek().map_or(0.0, |(value, _)| *value);
        bands.push(Band { name: name.clone(), min_value: shortest_between(out, last) });
        reached.push((inside - above) / customers);
        above = inside;
    }
    bands.push(Band { name: shares.rest.clone(), min_value: 0.0 });
    reached.push(if customers > 0.0 { (customers - above) / customers } else { 0.0 });
    (bands, reached, merged)
}

/// The decimal of the fewest digits above `out` and not above `last`, 0 <= out < last.
fn shortest_between(out: f64, last: f64) -> f64 {
    // Of the decimals of so many digits the nearest to the middle is between them if any is,
    // but for the one at the very end.
    let middle = out + (last - out) / 2.0;
    (1..=17)
        .flat_map(|digits| [rounded(middle, digits), rounded(last, digits)])
        .find(|&decimal| out < decimal && decimal <= last)
        .unwrap_or(last)
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
    let answer = batch.predict(&Profiles {
        frequency: &table.frequency,
        recency: &table.recency,
        T: &table.T,
        monetary_value: Some(&table.monetary_value_given()),
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
        assert_eq!(shares, SegmentShares::default());
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

    fn parted(values: &[(f64, u64)], shares: &str) -> (Vec<(String, f64)>, Vec<f64>, Vec<String>) {
        let (bands, reached, merged) = part(values.to_vec(), &shares.parse().unwrap());
        let bands = bands.into_iter().map(|band| (band.name, band.min_value)).collect();
        (bands, reached, merged)
    }

    fn named(bands: &[(&str, f64)]) -> Vec<(String, f64)> {
        bands.iter().map(|&(name, value)| (name.to_owned(), value)).collect()
    }

    #[test]
    fn limits_move_nobody() {
        // Two digits would take 12.4 for 12, and with it all three.
        let values = [(12.42, 2), (12.36, 3), (12.31, 5)];
        let (bands, reached, merged) = parted(&values, "vip=20%,core=30%");
        assert_eq!(bands, named(&[("vip", 12.4), ("core", 12.34), ("low", 0.0)]));
        assert_eq!(reached, [0.2, 0.3, 0.5]);
        assert_eq!(merged, [""; 0]);
        // The next number is the first one out.
        let next = 1.0_f64.next_up();
        let (bands, ..) = parted(&[(next, 1), (1.0, 9)], "vip=5%");
        assert_eq!(bands, named(&[("vip", next), ("low", 0.0)]));
    }

    #[test]
    fn shares_that_rounding_would_exceed() {
        let values: Vec<(f64, u64)> = (1..=10).map(|value| (f64::from(value), 1)).collect();
        let (_, reached, _) = parted(&values, "a=10%,b=20%,c=10%");
        assert_eq!(reached, [0.1, 0.2, 0.1, 0.6]);
        let whole = "a=10%,b=20%,c=69.99999999999999%".parse::<SegmentShares>();
        assert_eq!(whole, Err(SegmentError::Sum(100.0)));
    }

    #[test]
    fn bands_for_which_nobody_is_left() {
        let vip_and_core = "vip=5%,core=30%";
        // All alike, most alike, worth nothing, and nobody at all.
        let (bands, reached, merged) = parted(&[(7.3, 9)], vip_and_core);
        assert_eq!(bands, named(&[("vip", 4.0), ("low", 0.0)]));
        assert_eq!((reached, merged), (vec![1.0, 0.0], vec!["core".to_owned()]));
        let (bands, reached, merged) = parted(&[(9.0, 4), (2.0, 6)], vip_and_core);
        assert_eq!(bands, named(&[("vip", 6.0), ("low", 0.0)]));
        assert_eq!((reached, merged), (vec![0.4, 0.6], vec!["core".to_owned()]));
        let (bands, reached, merged) = parted(&[(0.0, 3)], vip_and_core);
        assert_eq!(bands, named(&[("low", 0.0)]));
        assert_eq!((reached, merged.len()), (vec![1.0], 2));
        assert_eq!(parted(&[], vip_and_core).1, [0.0]);
    }

    #[test]
    fn the_shortest_decimal() {
        for (out, last, expected) in [
            (12.36, 12.42, 12.4),
            (99.0, 1000.0, 500.0),
            (9.3, 10.0, 10.0),
            (0.0, 1e-300, 5e-301),
            (9.97, 10.03, 10.0),
            (38.6, 38.71, 38.7),
        ] {
            assert_eq!(shortest_between(out, last), expected);
        }
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
