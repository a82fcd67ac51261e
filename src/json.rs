//! JSON text in and out (feature `json`): what the Worker and the command speak.

use std::fmt;
use std::string::String;

use crate::error::{Rule, Violation, Violations};
use crate::input::Input;
use crate::json_input;
use crate::model_file::ModelFile;
use crate::request::Request;

pub use crate::model_version::model_version;
pub use crate::print::{to_string, write};

/// Why a text is no request, or no model file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// The text is not JSON; says where.
    Syntax(String),
    /// It is JSON and breaks these rules.
    Rules(Violations),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Syntax(why) => write!(f, "not JSON: {why}"),
            ParseError::Rules(errors) => errors.fmt(f),
        }
    }
}

impl std::error::Error for ParseError {}

/// Reads one JSON value (RFC 8259, UTF-8), as deep as the rules look.
///
/// # Errors
/// [`ParseError::Syntax`] if the text is not one JSON value.
///
/// # Example
/// ```
/// use edge_clv::{Input, json};
///
/// assert_eq!(json::read(b"[1]"), Ok(Input::List(vec![Input::Number(1.0)])));
/// assert!(json::read(b"[1").is_err());
/// ```
pub fn read(text: &[u8]) -> Result<Input, ParseError> {
    json_input::read(text).map_err(|why| ParseError::Syntax(std::format!("{why}")))
}

/// Reads a request from JSON text (RFC 8259, UTF-8).
///
/// # Errors
/// [`ParseError::Syntax`] if the text is not one JSON value, [`ParseError::Rules`] with
/// every broken rule if it is.
///
/// # Example
/// ```
/// use edge_clv::{Model, json};
///
/// let request = json::parse(br#"{"frequency": 0, "recency": 0, "T": 300}"#)?;
/// let model = Model::baked();
/// let answer = json::to_string(&model.predict(&request).unwrap());
/// assert!(answer.starts_with(r#"{"probability_alive":1,"#));
/// # Ok::<(), json::ParseError>(())
/// ```
pub fn parse(text: &[u8]) -> Result<Request, ParseError> {
    let Input::Object(entries) = read(text)? else {
        let error = Violation { pointer: String::new(), rule: Rule::IsObject };
        return Err(ParseError::Rules(error.into()));
    };
    Request::read(entries).map_err(ParseError::Rules)
}

/// Reads a model file from JSON text. Its version is taken as it stands; see
/// [`model_version`].
///
/// # Errors
/// As of [`parse`], by the rules of the model file.
///
/// # Example
/// ```
/// use edge_clv::{Model, json};
///
/// let text = json::to_string(&Model::baked());
/// assert_eq!(&json::parse_model(text.as_bytes())?, Model::baked().file());
/// # Ok::<(), json::ParseError>(())
/// ```
pub fn parse_model(text: &[u8]) -> Result<ModelFile, ParseError> {
    ModelFile::read(read(text)?).map_err(ParseError::Rules)
}
