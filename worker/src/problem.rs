//! Errors as problem details (RFC 9457).

use edge_clv::{Violations, json};
use serde::Serialize;

use crate::response::{BODY_LIMIT, Response};

/// Everything that can be wrong with an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The body is not JSON; says where.
    NotJson(String),
    /// The body could not be read to its end.
    BodyNotRead,
    /// The path is neither the contract's nor the site's.
    NotFound,
    /// The path is ours and takes other methods: these.
    MethodNotAllowed(&'static str),
    /// The body is longer than [`BODY_LIMIT`].
    TooLarge,
    /// The body is said to be something else than JSON.
    NotJsonType,
    /// The body is JSON and breaks these rules of the contract.
    BrokenRules(Violations),
}

/// The members of a problem document, in the order they are written.
#[derive(Serialize)]
struct Document<'p> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'p Violations>,
}

impl Problem {
    /// The answer that tells of it.
    pub fn response(&self) -> Response {
        let (status, r#type, title, detail) = match self {
            Problem::NotJson(why) => (
                400,
                "urn:edge-clv:problem:not-json",
                "The body is not JSON",
                format!("The body must be one JSON object: {why}."),
            ),
            Problem::BodyNotRead => (
                400,
                "urn:edge-clv:problem:body-not-read",
                "The body broke off",
                "The body could not be read to its end; send it again.".into(),
            ),
            Problem::NotFound => (
                404,
                "urn:edge-clv:problem:not-found",
                "No such path",
                "There are POST /predict, GET /model, GET /healthz and the site at /.".into(),
            ),
            Problem::MethodNotAllowed(allowed) => (
                405,
                "urn:edge-clv:problem:method-not-allowed",
                "The path takes other methods",
                format!("This path takes {allowed}."),
            ),
            Problem::TooLarge => (
                413,
                "urn:edge-clv:problem:too-large",
                "The body is too large",
                format!("A body may have at most {BODY_LIMIT} bytes."),
            ),
            Problem::NotJsonType => (
                415,
                "urn:edge-clv:problem:not-json-type",
                "The body is not said to be JSON",
                "Send the body with Content-Type: application/json.".into(),
            ),
            Problem::BrokenRules(errors) => (
                422,
                "urn:edge-clv:problem:broken-rules",
                "The request breaks rules of the contract",
                format!("{errors}."),
            ),
        };
        let errors = match self {
            Problem::BrokenRules(errors) => Some(errors),
            _ => None,
        };
        Response {
            status,
            content_type: "application/problem+json",
            allow: match self {
                Problem::MethodNotAllowed(allowed) => Some(allowed),
                _ => None,
            },
            body: json::to_string(&Document { r#type, title, status, detail, errors }),
        }
    }
}
