//! Input from JSON text (feature `json`).
//!
//! `build.rs` includes this file.

use std::fmt;
use std::string::String;
use std::vec::Vec;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::input::Input;

/// As deep as a model file goes: segments, bands, a band, its name. What is nested deeper is
/// not looked into, so no text can exhaust the stack.
const DEPTH: u32 = 4;

/// Reads JSON text (RFC 8259, UTF-8).
pub(crate) fn read(text: &[u8]) -> Result<Input, serde_json::Error> {
    serde_json::from_slice(text).and_then(|value| input(value, DEPTH))
}

/// A value by the first byte of its text, which `RawValue` has found to be valid JSON.
fn input(value: &RawValue, depth: u32) -> Result<Input, serde_json::Error> {
    let text = value.get();
    // One reader for all of it, that of bytes: two would be twice the code.
    let bytes = text.as_bytes();
    Ok(match (bytes.first(), depth.checked_sub(1)) {
        (Some(b't' | b'f'), _) => Input::Boolean(text == "true"),
        // The standard parser rounds correctly, as JavaScript does, and reads 1e400 as
        // infinity, as JavaScript does: a broken rule, not broken JSON.
        (Some(b'-' | b'0'..=b'9'), _) => Input::Number(text.parse().unwrap_or(f64::NAN)),
        // Half a surrogate pair is no text in UTF-8; no rule is about what it says.
        (Some(b'"'), _) => Input::Text(serde_json::from_slice(bytes).unwrap_or_default()),
        (Some(b'['), Some(depth)) => {
            let values: Vec<&RawValue> = serde_json::from_slice(bytes)?;
            Input::List(
                values.into_iter().map(|value| input(value, depth)).collect::<Result<_, _>>()?,
            )
        }
        (Some(b'{'), Some(depth)) => {
            let Entries(entries) = serde_json::from_slice(bytes)?;
            let read = |(key, value)| Ok((key, input(value, depth)?));
            Input::Object(entries.into_iter().map(read).collect::<Result<_, serde_json::Error>>()?)
        }
        _ => Input::Other,
    })
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
