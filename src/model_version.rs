//! The version of a model (feature `json`).

use std::format;
use std::string::String;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model_file::ModelFile;
use crate::print::to_string;

/// The version of a model file: the first 12 hex digits of the SHA-256 of its canonical
/// JSON (RFC 8785) without the version itself, so that two models with one version are one
/// model.
pub fn model_version(file: &ModelFile) -> String {
    // A JSON object of this type keeps its keys sorted, as RFC 8785 asks; they are ASCII,
    // so that sorting by UTF-16 units is the same.
    let mut value = serde_json::to_value(file).unwrap_or_default();
    if let Value::Object(entries) = &mut value {
        entries.remove("version");
    }
    let digest = Sha256::digest(to_string(&value));
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
