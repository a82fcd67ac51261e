//! The text of a model file: is it a model, and is its version right?

use std::error::Error;
use std::fmt;

use edge_clv::json::{self, ParseError};
use edge_clv::{ModelFile, Violations};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Why a text is no sealed model file.
#[derive(Debug)]
pub enum ModelTextError {
    /// It is not JSON; says where.
    Syntax(String),
    /// It breaks these rules of the model file.
    Rules(Violations),
    /// It was changed after it was sealed.
    Version {
        /// The version the file says it has.
        stated: String,
        /// The version its content has.
        actual: String,
    },
}

impl fmt::Display for ModelTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ModelTextError::Syntax(why) => write!(f, "this is not JSON: {why}"),
            ModelTextError::Rules(errors) => {
                f.write_str("the model breaks these rules:")?;
                errors.as_slice().iter().try_for_each(|error| write!(f, "\n  {error}"))
            }
            ModelTextError::Version { stated, actual } => write!(
                f,
                "the file says version {stated}, but its content has version {actual}; \
                 run `clv model seal` after every change"
            ),
        }
    }
}

impl Error for ModelTextError {}

impl From<ParseError> for ModelTextError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::Syntax(why) => ModelTextError::Syntax(why),
            ParseError::Rules(errors) => ModelTextError::Rules(errors),
        }
    }
}

/// Reads a model file and checks every rule, its version included.
///
/// # Errors
/// Where the text is not JSON, breaks a rule, or was changed after it was sealed.
pub fn check_model(text: &str) -> Result<ModelFile, ModelTextError> {
    let file = json::parse_model(text.as_bytes())?;
    let actual = json::model_version(&file);
    if file.version == actual {
        Ok(file)
    } else {
        Err(ModelTextError::Version { stated: file.version, actual })
    }
}

/// The same text with the version its content has; nothing else is changed, so that the
/// layout somebody chose stays.
///
/// # Errors
/// Where the text is not JSON or breaks a rule other than that of the version.
///
/// # Example
/// ```
/// let text = include_str!("../../../model/cdnow.json").replace("USD", "EUR");
/// assert!(edge_clv_train::check_model(&text).is_err());
/// let sealed = edge_clv_train::seal_model(&text)?;
/// assert_eq!(edge_clv_train::check_model(&sealed)?.currency, "EUR");
/// # Ok::<(), edge_clv_train::ModelTextError>(())
/// ```
pub fn seal_model(text: &str) -> Result<String, ModelTextError> {
    // Whatever stands there for a version, none of the other rules is about it.
    let any = with_version(text, "000000000000").unwrap_or_else(|| text.to_owned());
    let version = json::model_version(&json::parse_model(any.as_bytes())?);
    Ok(with_version(text, &version).unwrap_or(any))
}

/// The text with another version, if it has one.
fn with_version(text: &str, version: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Versioned<'t> {
        #[serde(borrow)]
        version: &'t RawValue,
    }
    // What the reader lends is a part of the text, so where it begins tells where it stands.
    let old = serde_json::from_str::<Versioned<'_>>(text).ok()?.version.get();
    let start = old.as_ptr() as usize - text.as_ptr() as usize;
    let end = start + old.len();
    Some(format!("{}\"{version}\"{}", &text[..start], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_version_is_replaced() {
        let text = include_str!("../../../model/cdnow.json")
            .replace("\"cdnow\"", "\"version\"")
            .replace("\"vip\"", "\"\\\"version\\\": \"")
            .replace("55bdf623a943", "");
        let sealed = seal_model(&text).unwrap();
        let model = check_model(&sealed).unwrap();
        assert_eq!(model.id, "version");
        assert_eq!(sealed.replace(&model.version, ""), text);
    }

    #[test]
    fn a_text_without_a_version_is_refused() {
        assert!(matches!(seal_model("{}"), Err(ModelTextError::Rules(_))));
        assert!(matches!(seal_model("{"), Err(ModelTextError::Syntax(_))));
        assert!(matches!(seal_model("[]"), Err(ModelTextError::Rules(_))));
    }
}
