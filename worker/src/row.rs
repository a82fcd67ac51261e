//! One customer of many.

use std::borrow::Cow;

use edge_clv::Profile;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::broken::Broken;

/// The longest line of NDJSON or row of CSV, in bytes.
pub const LINE_LIMIT: usize = 64 * 1024;

/// A customer as read.
#[derive(Debug)]
pub(crate) struct Row<'r> {
    pub(crate) id: Option<Name<'r>>,
    /// Given wherever cohorts are asked for.
    pub(crate) cohort: Option<Name<'r>>,
    pub(crate) profile: Result<Profile, Vec<Broken>>,
}

impl Row<'_> {
    /// A row of which nothing is known but that it breaks a rule.
    pub(crate) fn broken(broken: Broken) -> Self {
        Row { id: None, cohort: None, profile: Err(vec![broken]) }
    }
}

/// What a client calls a customer or a cohort.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Name<'r> {
    /// JSON text or a JSON number, as it was written.
    Json(&'r RawValue),
    /// The text of a cell.
    Cell(&'r str),
}

impl<'r> Name<'r> {
    /// What it says.
    pub(crate) fn text(self) -> Cow<'r, str> {
        match self {
            Name::Cell(text) => text.into(),
            Name::Json(raw) => match raw.get().as_bytes().first() {
                // Half a surrogate pair is no text in UTF-8: shown as it was written.
                Some(b'"') => match serde_json::from_slice::<String>(raw.get().as_bytes()) {
                    Ok(text) => text.into(),
                    Err(_) => raw.get().into(),
                },
                _ => raw.get().into(),
            },
        }
    }
}

/// The same, kept.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum KeptName {
    Json(Box<RawValue>),
    Cell(String),
}

impl From<Name<'_>> for KeptName {
    fn from(name: Name<'_>) -> Self {
        match name {
            Name::Json(raw) => KeptName::Json(raw.to_owned()),
            Name::Cell(text) => KeptName::Cell(text.to_owned()),
        }
    }
}

impl Serialize for Name<'_> {
    /// To the letter as it was written where that was JSON, so that a number keeps digits that
    /// a double has no room for.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Name::Json(raw) => raw.serialize(serializer),
            Name::Cell(text) => serializer.serialize_str(text),
        }
    }
}
