//! A request as it arrives, from JSON or from JavaScript, read by one set of rules.

use alloc::collections::BTreeSet;
use alloc::format;

use crate::error::{Rule, Violation, Violations};
use crate::horizons::{self, Horizons};
use crate::input::Input;
use crate::profile::{Candidate, Profile};

/// What is asked of a model: a customer, how far ahead, and whether without end.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The customer.
    pub profile: Profile,
    /// The horizons asked for; the model's own if `None`.
    pub horizons: Option<Horizons>,
    /// Whether the residual lifetime value is wanted; it costs a quadrature.
    pub residual: bool,
}

impl From<Profile> for Request {
    /// The model's own horizons, no residual value.
    fn from(profile: Profile) -> Self {
        Request { profile, horizons: None, residual: false }
    }
}

/// The keys of a request, in the order errors are reported.
const KEYS: [&str; 6] = ["frequency", "recency", "T", "monetary_value", "horizons", "residual"];

impl Request {
    /// Reads key and value pairs.
    ///
    /// # Errors
    /// Every broken rule: what is repeated, what is missing or of the wrong kind, then the
    /// inequalities, each in the order of the contract; last the unknown keys, sorted, so
    /// that hosts that order keys differently report alike.
    ///
    /// # Example
    /// ```
    /// use edge_clv::{Input, Request};
    ///
    /// let errors = Request::read([("frequency", Input::Number(-1.0)), ("R", Input::Other)])
    ///     .unwrap_err();
    /// let pointers: Vec<_> = errors.as_slice().iter().map(|e| e.pointer.as_str()).collect();
    /// assert_eq!(pointers, ["/recency", "/T", "/frequency", "/R"]);
    /// ```
    pub fn read<K: AsRef<str>>(
        entries: impl IntoIterator<Item = (K, Input)>,
    ) -> Result<Request, Violations> {
        let mut given: [Option<Input>; KEYS.len()] = Default::default();
        let mut repeated = [false; KEYS.len()];
        let mut unknown = BTreeSet::new();
        for (key, value) in entries {
            match KEYS.iter().position(|known| *known == key.as_ref()) {
                Some(i) => {
                    repeated[i] = given[i].is_some();
                    given[i] = Some(value);
                }
                None => {
                    unknown.insert(Violation::at_key(key.as_ref(), Rule::Known).pointer);
                }
            }
        }

        let mut errors = Violations::default();
        for (key, repeated) in KEYS.iter().zip(repeated) {
            errors.require(!repeated, format!("/{key}"), Rule::Once);
        }
        let [frequency, recency, age, monetary_value, days, residual] = given;

        let mut number = |value: Option<Input>, pointer: &str, needed: bool| match value {
            Some(Input::Number(value)) => Some(value),
            Some(_) => {
                errors.add(pointer, Rule::IsNumber);
                None
            }
            None => {
                errors.require(!needed, pointer, Rule::Given);
                None
            }
        };
        let candidate = Candidate {
            frequency: number(frequency, "/frequency", true),
            recency: number(recency, "/recency", true),
            T: number(age, "/T", true),
            monetary_value: number(monetary_value, "/monetary_value", false),
        };
        let profile = candidate.check(&mut errors);

        let horizons = days.and_then(|days| horizons::read(&days, &mut errors));
        let residual = match residual {
            None => false,
            Some(Input::Boolean(wanted)) => wanted,
            Some(_) => {
                errors.add("/residual", Rule::IsBoolean);
                false
            }
        };
        for pointer in unknown {
            errors.add(pointer, Rule::Known);
        }
        match profile {
            Some(profile) if errors.is_empty() => Ok(Request { profile, horizons, residual }),
            _ => Err(errors),
        }
    }
}
