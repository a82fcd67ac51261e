//! The version of a model (feature `json`).

use std::collections::BTreeMap;
use std::format;
use std::string::String;
use std::vec::Vec;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model_file::ModelFile;
use crate::print::to_string;

/// The version of a model file: the first 12 hex digits of the SHA-256 of its canonical
/// JSON (RFC 8785) without the version itself, so that two models with one version are one
/// model.
pub fn model_version(file: &ModelFile) -> String {
    let mut value = serde_json::to_value(file).unwrap_or_default();
    if let Value::Object(entries) = &mut value {
        entries.remove("version");
    }
    let digest = Sha256::digest(to_string(&Canonical::from(value)));
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// JSON with its keys sorted, as RFC 8785 asks. They are ASCII, so that sorting by UTF-16
/// units is the same. The reader's own objects are sorted too, but only as long as no other
/// crate of a build asks it to keep their order.
#[derive(Serialize)]
#[serde(untagged)]
enum Canonical {
    Object(BTreeMap<String, Canonical>),
    Array(Vec<Canonical>),
    Scalar(Value),
}

impl From<Value> for Canonical {
    fn from(value: Value) -> Self {
        match value {
            Value::Object(entries) => Canonical::Object(
                entries.into_iter().map(|(key, value)| (key, value.into())).collect(),
            ),
            Value::Array(values) => {
                Canonical::Array(values.into_iter().map(Canonical::from).collect())
            }
            scalar => Canonical::Scalar(scalar),
        }
    }
}
