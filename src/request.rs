//! A request as it arrives, from JSON or from JavaScript, read by one set of rules.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Rule, Violations};
use crate::horizons::{self, Horizons};
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

/// A value as it arrived, before any rule was checked.
///
/// What the host cannot tell from "not given" (JavaScript's `undefined`) is not an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A number, finite or not.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A list.
    List(Vec<Input>),
    /// Anything else: text, null, an object, a function.
    Other,
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
        let mut unknown: Vec<String> = Vec::new();
        for (key, value) in entries {
            match KEYS.iter().position(|known| *known == key.as_ref()) {
                Some(i) => {
                    repeated[i] = given[i].is_some();
                    given[i] = Some(value);
                }
                None => unknown.push(pointer(key.as_ref())),
            }
        }
        unknown.sort_unstable();
        unknown.dedup();

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

        let horizons = match days {
            None => None,
            Some(Input::List(entries)) => {
                let days = entries.iter().map(|entry| match entry {
                    Input::Number(days) => Some(*days),
                    _ => None,
                });
                horizons::check(days, &mut errors)
            }
            Some(_) => {
                errors.add("/horizons", Rule::IsList);
                None
            }
        };
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
            Some(profile) if errors.as_slice().is_empty() => {
                Ok(Request { profile, horizons, residual })
            }
            _ => Err(errors),
        }
    }
}

/// The JSON pointer to a key of the top level: `~` and `/` are written `~0` and `~1`.
fn pointer(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}
