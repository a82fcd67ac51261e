//! What to answer to a request: no runtime in here.

use edge_clv::json::{self, ParseError};
use edge_clv::{Model, ModelName};
use serde::Serialize;

use crate::problem::Problem;
use crate::response::Response;

/// The parts of an HTTP request that an answer depends on.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// `GET`, `POST`, ...
    pub method: &'r str,
    /// The path of the URL, without the query.
    pub path: &'r str,
    /// The header of that name.
    pub content_type: Option<&'r str>,
    /// The body, as far as it was read.
    pub body: Body<'r>,
}

/// A request's body.
#[derive(Clone, Copy, Debug)]
pub enum Body<'r> {
    /// All of it, empty if there was none.
    Whole(&'r [u8]),
    /// Longer than [`BODY_LIMIT`](crate::BODY_LIMIT).
    TooLarge,
    /// It broke off.
    BrokenOff,
}

/// What `GET /healthz` answers.
#[derive(Serialize)]
struct Health<'m> {
    status: &'static str,
    model: ModelName<'m>,
}

/// The answer to a request; `None` where the path is none of these, and may be the site's.
/// Never panics, whatever the request.
///
/// # Example
/// ```
/// use edge_clv_worker::{Body, Request, respond};
///
/// let request = Request {
///     method: "POST",
///     path: "/predict",
///     content_type: Some("application/json"),
///     body: Body::Whole(br#"{"frequency": 5, "recency": 200, "T": 300}"#),
/// };
/// assert_eq!(respond(&edge_clv::Model::baked(), &request).unwrap().status, 200);
/// ```
pub fn respond(model: &Model, request: &Request<'_>) -> Option<Response> {
    let answer = match (request.path, request.method) {
        ("/predict" | "/model" | "/healthz", "OPTIONS") => {
            Ok(Response { status: 204, content_type: "", allow: None, body: String::new() })
        }
        ("/predict", "POST") => predict(model, request),
        ("/predict", _) => Err(Problem::MethodNotAllowed("POST, OPTIONS")),
        ("/model", "GET" | "HEAD") => Ok(Response::json(model)),
        ("/healthz", "GET" | "HEAD") => {
            Ok(Response::json(&Health { status: "ok", model: model.name() }))
        }
        ("/model" | "/healthz", _) => Err(Problem::MethodNotAllowed("GET, HEAD, OPTIONS")),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|problem| problem.response()))
}

fn predict(model: &Model, request: &Request<'_>) -> Result<Response, Problem> {
    if !request.content_type.is_some_and(is_json) {
        return Err(Problem::NotJsonType);
    }
    let body = match request.body {
        Body::Whole(body) => body,
        Body::TooLarge => return Err(Problem::TooLarge),
        Body::BrokenOff => return Err(Problem::BodyNotRead),
    };
    let request = json::parse(body).map_err(|error| match error {
        ParseError::Syntax(why) => Problem::NotJson(why),
        ParseError::Rules(errors) => Problem::BrokenRules(errors),
    })?;
    let answer = model.predict(&request).map_err(Problem::BrokenRules)?;
    Ok(Response::json(&answer))
}

/// `application/json`, whatever its parameters: JSON has no charset but UTF-8 (RFC 8259),
/// and a body in another is not JSON anyway.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}
