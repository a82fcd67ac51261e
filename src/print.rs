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
    write(&mut text, value);
    String::from_utf8(text).unwrap_or_default()
}

/// Appends a value as [`to_string`] prints it.
///
/// # Example
/// ```
/// let mut text = b"T = ".to_vec();
/// edge_clv::json::write(&mut text, &300.0);
/// assert_eq!(text, b"T = 300");
/// ```
pub fn write<T: Serialize + ?Sized>(text: &mut Vec<u8>, value: &T) {
    let before = text.len();
    let mut serializer = serde_json::Serializer::with_formatter(&mut *text, EcmaScript);
    if value.serialize(&mut serializer).is_err() {
        text.truncate(before);
        text.extend_from_slice(b"null");
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
