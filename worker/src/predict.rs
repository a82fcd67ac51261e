//! `POST /predict`: one profile in, one answer out.

use edge_clv::Model;
use edge_clv::json::{self, ParseError};

use crate::broken::broken;
use crate::problem::Problem;
use crate::response::{BODY_LIMIT, Body, Response};

/// The answer to a body, or what is wrong with it.
///
/// # Example
/// ```
/// use edge_clv_worker::{Body, predict};
///
/// let body = Body::Whole(br#"{"frequency": 5, "recency": 200, "T": 300}"#);
/// assert_eq!(predict(&edge_clv::Model::baked(), body).unwrap().status, 200);
/// ```
pub fn predict(model: &Model, body: Body<'_>) -> Result<Response, Problem> {
    let body = whole(body, BODY_LIMIT)?;
    #[cfg(feature = "provoke-panic")]
    assert!(!body.starts_with(b"panic"), "it was provoked");
    let request = json::parse(body).map_err(not_parsed)?;
    let answer = model.predict(&request).map_err(|errors| Problem::BrokenRules(broken(errors)))?;
    Ok(Response::json(&answer).by_model(model))
}

/// The body, if it was read to its end and is no longer than it may be.
pub(crate) fn whole(body: Body<'_>, limit: usize) -> Result<&[u8], Problem> {
    match body {
        Body::Whole(body) if body.len() <= limit => Ok(body),
        Body::Whole(_) | Body::TooLarge => Err(Problem::TooLarge(limit)),
        Body::BrokenOff => Err(Problem::BodyNotRead),
    }
}

pub(crate) fn not_parsed(error: ParseError) -> Problem {
    match error {
        ParseError::Syntax(why) => Problem::NotJson(why),
        ParseError::Rules(errors) => Problem::BrokenRules(broken(errors)),
    }
}
