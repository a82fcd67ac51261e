//! The version of a model (feature `json`).

use std::format;
use std::string::String;
use std::vec::Vec;

use serde::ser::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::input::Input;
use crate::json_input;
use crate::model_file::ModelFile;
use crate::print::to_string;

/// The version of a model file: the first 12 hex digits of the SHA-256 of its canonical
/// JSON (RFC 8785) without the version itself, so that two models with one version are one
/// model.
pub fn model_version(file: &ModelFile) -> String {
    // What was just printed is JSON.
    let mut file = json_input::read(to_string(file).as_bytes()).unwrap_or(Input::Other);
    if let Input::Object(entries) = &mut file {
        entries.retain(|(key, _)| key != "version");
    }
    let digest = Sha256::digest(to_string(&Canonical(&file)));
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// JSON with its keys sorted, as RFC 8785 asks. They are ASCII, so that sorting by bytes is
/// the same as by UTF-16 units.
struct Canonical<'i>(&'i Input);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Input::Number(number) => serializer.serialize_f64(*number),
            Input::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Input::Text(text) => serializer.serialize_str(text),
            Input::List(values) => serializer.collect_seq(values.iter().map(Canonical)),
            Input::Object(entries) => {
                let mut sorted: Vec<_> =
                    entries.iter().map(|(key, value)| (key, Canonical(value))).collect();
                sorted.sort_by_key(|(key, _)| *key);
                serializer.collect_map(sorted)
            }
            Input::Other => serializer.serialize_unit(),
        }
    }
}
