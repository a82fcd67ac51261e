//! A customer as a JSON object.

use std::fmt;

use edge_clv::json::{self, ParseError};
use edge_clv::{Input, Profile, Rule, Violation};
use serde::de::{self, Deserialize, IgnoredAny, MapAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use crate::broken::{Broken, FormRule, broken};
use crate::row::{Name, Row};

/// Reads a customer; `cohort` is a known key, and a needed one, only if asked for.
pub(crate) fn read(text: &[u8], cohorts: bool) -> Row<'_> {
    match serde_json::from_slice(text) {
        Ok(found) => row(found, text, cohorts),
        Err(_) => Row { id: None, cohort: None, profile: Err(wrong(text)) },
    }
}

/// Reads the first of the values that a text begins with, and tells how long it is.
pub(crate) fn first(text: &[u8], cohorts: bool) -> (Row<'_>, usize) {
    let mut objects = Deserializer::from_slice(text).into_iter();
    if let Some(Ok(found)) = objects.next() {
        let length = objects.byte_offset();
        return (row(found, &text[..length], cohorts), length);
    }
    let mut values = Deserializer::from_slice(text).into_iter::<&RawValue>();
    let length = match values.next() {
        Some(Ok(_)) => values.byte_offset(),
        _ => text.len(),
    };
    (Row { id: None, cohort: None, profile: Err(wrong(&text[..length])) }, length)
}

/// A customer of what a first look has found in its text.
fn row<'t>(found: Found<'t>, text: &'t [u8], cohorts: bool) -> Row<'t> {
    let Found { numbers: [frequency, recency, age, monetary_value], id, cohort, odd } = found;
    let mut row =
        Row { id: id.and_then(name), cohort: cohort.and_then(name), profile: Err(vec![]) };
    let odd = odd
        || (id.is_some() && row.id.is_none())
        || (cohorts && row.cohort.is_none())
        || (!cohorts && cohort.is_some());
    row.profile = match (frequency, recency, age) {
        (Some(frequency), Some(recency), Some(age)) if !odd => {
            Profile::new(frequency, recency, age, monetary_value).map_err(broken)
        }
        _ => Err(explained(text, cohorts)),
    };
    row
}

/// Text or a number.
fn name(value: &RawValue) -> Option<Name<'_>> {
    let first = value.get().as_bytes().first();
    matches!(first, Some(b'"' | b'-' | b'0'..=b'9')).then_some(Name::Json(value))
}

/// What is wrong with a text that is no object.
fn wrong(text: &[u8]) -> Vec<Broken> {
    match json::read(text) {
        Err(ParseError::Syntax(_)) => vec![FormRule::IsJson.at("")],
        _ => {
            let error = Violation { pointer: String::new(), rule: Rule::IsObject };
            vec![error.into()]
        }
    }
}

/// The long way, which every row that is not plainly right takes: the rules of the contract,
/// and those of the two names.
fn explained(text: &[u8], cohorts: bool) -> Vec<Broken> {
    let Ok(Input::Object(mut entries)) = json::read(text) else {
        return wrong(text);
    };
    let mut of_names = Vec::new();
    for (key, known, needed) in [("id", true, false), ("cohort", cohorts, cohorts)] {
        if !known {
            continue;
        }
        let mut found = Vec::new();
        entries.retain(|(its, value)| {
            if its == key {
                found.push(matches!(value, Input::Text(_) | Input::Number(_)));
            }
            its != key
        });
        let rule = match found[..] {
            [] if needed => Violation::at_key(key, Rule::Given).into(),
            [] | [true] => continue,
            [false] => FormRule::IsName.at(format!("/{key}")),
            _ => Violation::at_key(key, Rule::Once).into(),
        };
        of_names.push(rule);
    }
    let errors = Profile::read(&entries).err().unwrap_or_default();
    let mut errors = broken(errors);
    errors.extend(of_names);
    errors
}

/// What a first look at an object finds.
#[derive(Default)]
struct Found<'t> {
    /// frequency, recency, T, monetary_value.
    numbers: [Option<f64>; 4],
    id: Option<&'t RawValue>,
    cohort: Option<&'t RawValue>,
    /// Whether anything is unknown, repeated or of the wrong kind.
    odd: bool,
}

/// A key's place.
enum Key {
    Number(usize),
    Id,
    Cohort,
    Unknown,
}

impl<'t> Deserialize<'t> for Key {
    fn deserialize<D: de::Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl Visitor<'_> for Read {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, key: &str) -> Result<Key, E> {
                Ok(match key {
                    "frequency" => Key::Number(0),
                    "recency" => Key::Number(1),
                    "T" => Key::Number(2),
                    "monetary_value" => Key::Number(3),
                    "id" => Key::Id,
                    "cohort" => Key::Cohort,
                    _ => Key::Unknown,
                })
            }
        }

        deserializer.deserialize_identifier(Read)
    }
}

impl<'t> Deserialize<'t> for Found<'t> {
    fn deserialize<D: de::Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Look;

        impl<'t> Visitor<'t> for Look {
            type Value = Found<'t>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut found = Found::default();
                while let Some(key) = map.next_key()? {
                    match key {
                        Key::Number(i) => {
                            let text = map.next_value::<&RawValue>()?.get();
                            // The standard parser rounds correctly, as JavaScript does.
                            let number = match text.as_bytes().first() {
                                Some(b'-' | b'0'..=b'9') => text.parse().ok(),
                                _ => None,
                            };
                            found.odd |= number.is_none() || found.numbers[i].is_some();
                            found.numbers[i] = number;
                        }
                        Key::Id => found.odd |= found.id.replace(map.next_value()?).is_some(),
                        Key::Cohort => {
                            found.odd |= found.cohort.replace(map.next_value()?).is_some();
                        }
                        Key::Unknown => {
                            map.next_value::<IgnoredAny>()?;
                            found.odd = true;
                        }
                    }
                }
                Ok(found)
            }
        }

        deserializer.deserialize_map(Look)
    }
}
