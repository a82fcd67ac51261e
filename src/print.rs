//! JSON text as ECMAScript prints it (feature `json`).
//!
//! `build.rs` includes this file, for the version of a model is a hash of such text.

use std::string::String;
use std::vec::Vec;

use serde::Serialize;

/// Prints a value as JSON, byte for byte as ECMAScript's `JSON.stringify` would.
///
/// The keys keep their order; numbers are printed by the rules of ECMAScript, which
/// RFC 8785 takes over. The types of this library always print; a type that cannot
/// (a map with keys that are not text) prints as `null`.
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> String {
    let mut text = Vec::with_capacity(512);
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, EcmaScript);
    match value.serialize(&mut serializer) {
        Ok(()) => String::from_utf8(text).unwrap_or_default(),
        Err(_) => String::from("null"),
    }
}

struct EcmaScript;

impl serde_json::ser::Formatter for EcmaScript {
    fn write_f64<W: ?Sized + std::io::Write>(
        &mut self,
        writer: &mut W,
        value: f64,
    ) -> std::io::Result<()> {
        writer.write_all(ryu_js::Buffer::new().format_finite(value).as_bytes())
    }
}
