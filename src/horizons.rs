//! How far ahead an answer looks.

use alloc::vec::Vec;

use crate::error::{Rule, Violations};
use crate::input::{Input, pointer};

/// 1 to 12 horizons in days, increasing, each `> 0` and `<= 3650`.
///
/// # Example
/// ```
/// use edge_clv::Horizons;
///
/// assert_eq!(Horizons::new(&[30.0, 90.0])?.as_slice(), [30.0, 90.0]);
/// let errors = Horizons::new(&[90.0, 30.0]).unwrap_err();
/// assert_eq!(errors.as_slice()[0].pointer, "/horizons/1");
/// # Ok::<(), edge_clv::Violations>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Horizons(Vec<f64>);

impl Horizons {
    /// The longest horizon, ten years.
    pub const LONGEST: f64 = 3650.0;
    /// The most horizons in one request.
    pub const MOST: usize = 12;

    /// Checks the days.
    ///
    /// # Errors
    /// Every rule above that does not hold, with JSON pointers such as `/horizons/1`.
    pub fn new(days: &[f64]) -> Result<Horizons, Violations> {
        let mut errors = Violations::default();
        check(&mut days.iter().copied().map(Some), &mut errors).ok_or(errors)
    }

    /// Reads a list as it arrived.
    ///
    /// # Errors
    /// As [`Horizons::new`]; also where it is no list or an entry is no number.
    pub fn read(value: &Input) -> Result<Horizons, Violations> {
        let mut errors = Violations::default();
        read(value, &mut errors).ok_or(errors)
    }

    /// The days, increasing.
    pub fn as_slice(&self) -> &[f64] {
        &self.0
    }
}

impl From<Horizons> for Vec<f64> {
    fn from(horizons: Horizons) -> Self {
        horizons.0
    }
}

/// Adds every broken rule of a value found at `/horizons`; the horizons if there is none.
pub(crate) fn read(value: &Input, errors: &mut Violations) -> Option<Horizons> {
    let Input::List(entries) = value else {
        errors.add("/horizons", Rule::IsList);
        return None;
    };
    check(&mut entries.iter().map(Input::number), errors)
}

/// Adds every broken rule of a list found at `/horizons`, where `None` stands for an entry
/// that is no number; the horizons if there is none.
pub(crate) fn check(
    entries: &mut dyn ExactSizeIterator<Item = Option<f64>>,
    errors: &mut Violations,
) -> Option<Horizons> {
    let errors_before = errors.as_slice().len();
    let count = 1..=Horizons::MOST;
    errors.require(count.contains(&entries.len()), "/horizons", Rule::HorizonsCount);

    let mut days = Vec::new();
    let mut longest = 0.0;
    // Of a list that is too long only the first entries are named: a million errors help
    // nobody.
    for (i, entry) in entries.take(Horizons::MOST).enumerate() {
        let rule = match entry {
            None => Some(Rule::IsNumber),
            Some(h) if !h.is_finite() => Some(Rule::Finite),
            Some(h) if !(h > 0.0 && h <= Horizons::LONGEST) => Some(Rule::HorizonRange),
            Some(h) if h <= longest => Some(Rule::HorizonsIncreasing),
            Some(h) => {
                days.push(h);
                longest = h;
                None
            }
        };
        if let Some(rule) = rule {
            errors.add(pointer("/horizons", i, ""), rule);
        }
    }
    (errors.as_slice().len() == errors_before).then_some(Horizons(days))
}
