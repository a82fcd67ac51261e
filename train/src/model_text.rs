//! The text of a model file: is it a model, and is its version right?

use std::error::Error;
use std::fmt;

use edge_clv::json::model_version;
use edge_clv::{ModelFile, Violations};

/// Why a text is no sealed model file.
#[derive(Debug)]
pub enum ModelTextError {
    /// It is not JSON of the right shape; says where.
    Shape(serde_json::Error),
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
            ModelTextError::Shape(why) => write!(f, "this is not a model file: {why}"),
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

/// Reads a model file and checks every rule, its version included.
///
/// # Errors
/// Where the text has another shape, breaks a rule, or was changed after it was sealed.
pub fn check_model(text: &str) -> Result<ModelFile, ModelTextError> {
    let file: ModelFile = serde_json::from_str(text).map_err(ModelTextError::Shape)?;
    file.check().map_err(ModelTextError::Rules)?;
    let actual = model_version(&file);
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
/// Where the text has another shape or breaks a rule other than that of the version.
///
/// # Example
/// ```
/// let text = include_str!("../../model/cdnow.json").replace("3.74", "3.75");
/// assert!(edge_clv_train::check_model(&text).is_err());
/// let sealed = edge_clv_train::seal_model(&text)?;
/// assert_eq!(edge_clv_train::check_model(&sealed)?.gamma_gamma.q, 3.75);
/// # Ok::<(), edge_clv_train::ModelTextError>(())
/// ```
pub fn seal_model(text: &str) -> Result<String, ModelTextError> {
    let mut file: ModelFile = serde_json::from_str(text).map_err(ModelTextError::Shape)?;
    let version = model_version(&file);
    file.version.clone_from(&version);
    file.check().map_err(ModelTextError::Rules)?;

    // The text has just been read, so the key is there, once: within a string its quotes
    // would be escaped. What follows it is a colon and a string without escapes, or the
    // version would be neither the old one nor replaceable; JSON's own reader finds its end.
    let (before, rest) = text.split_once("\"version\"").unwrap_or((text, ""));
    let (colon, rest) = rest.split_once(':').unwrap_or(("", rest));
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    let blank = &rest[..rest.len() - rest.trim_start().len()];
    let _old = values.next();
    let after = &rest[values.byte_offset()..];
    Ok(format!("{before}\"version\"{colon}:{blank}\"{version}\"{after}"))
}
