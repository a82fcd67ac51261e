//! JSON text in and out (feature `json`): what the Worker and the command speak.

use std::fmt;
use std::string::String;
use std::vec::Vec;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::{Rule, Violation, Violations};
use crate::input::Input;
use crate::request::Request;

pub use crate::model_version::model_version;
pub use crate::print::to_string;

/// Why a text is no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// The text is not JSON; says where.
    Syntax(String),
    /// It is JSON and breaks these rules.
    Rules(Violations),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Syntax(why) => write!(f, "not JSON: {why}"),
            ParseError::Rules(errors) => errors.fmt(f),
        }
    }
}

impl std::error::Error for ParseError {}

/// Reads a request from JSON text (RFC 8259, UTF-8).
///
/// # Errors
/// [`ParseError::Syntax`] if the text is not one JSON value, [`ParseError::Rules`] with
/// every broken rule if it is.
///
/// # Example
/// ```
/// use edge_clv::{Model, json};
///
/// let request = json::parse(br#"{"frequency": 0, "recency": 0, "T": 300}"#)?;
/// let model = Model::baked();
/// let answer = json::to_string(&model.predict(&request).unwrap());
/// assert!(answer.starts_with(r#"{"probability_alive":1,"#));
/// # Ok::<(), json::ParseError>(())
/// ```
pub fn parse(text: &[u8]) -> Result<Request, ParseError> {
    let syntax = |why: serde_json::Error| ParseError::Syntax(std::format!("{why}"));
    let value: &RawValue = serde_json::from_slice(text).map_err(syntax)?;
    if !value.get().starts_with('{') {
        let error = Violation { pointer: String::new(), rule: Rule::IsObject };
        return Err(ParseError::Rules(error.into()));
    }
    let Entries(entries) = serde_json::from_str(value.get()).map_err(syntax)?;
    Request::read(entries.into_iter().map(|(key, value)| (key, input(value))))
        .map_err(ParseError::Rules)
}

/// A value by the first byte of its text, which `RawValue` has found to be valid JSON.
fn input(value: &RawValue) -> Input {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b't' | b'f') => Input::Boolean(text == "true"),
        // The standard parser rounds correctly, as JavaScript does, and reads 1e400 as
        // infinity, as JavaScript does: a broken rule, not broken JSON.
        Some(b'-' | b'0'..=b'9') => Input::Number(text.parse().unwrap_or(f64::NAN)),
        Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(values) => Input::List(values.into_iter().map(element).collect()),
            Err(_) => Input::Other,
        },
        _ => Input::Other,
    }
}

/// An entry of a list. No rule looks into a list within a list, so neither does this, and
/// no depth of nesting can exhaust the stack.
fn element(value: &RawValue) -> Input {
    if value.get().starts_with('[') { Input::Other } else { input(value) }
}

/// The entries of an object in the order of the text, repeated keys kept.
struct Entries<'t>(Vec<(String, &'t RawValue)>);

impl<'t> Deserialize<'t> for Entries<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'t> Visitor<'t> for Collect {
            type Value = Entries<'t>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}
