//! Errors as problem details (RFC 9457).

use edge_clv::json;
use serde::Serialize;

use crate::broken::Broken;
use crate::cohorts::SUMMED_LIMIT;
use crate::customers::CUSTOMERS_LIMIT;
use crate::response::{CUSTOMERS_BODY_LIMIT, Response};
use crate::route::Endpoint;

/// Everything that can be wrong with an HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The body is not JSON; says where.
    NotJson(String),
    /// The body could not be read to its end.
    BodyNotRead,
    /// No API key, or none that is known; says which of the two.
    NoKey {
        /// Whether one was sent.
        sent: bool,
    },
    /// The endpoint needs API keys and there are none to know.
    NoKeysSet,
    /// A page of this site may not ask.
    OriginRefused,
    /// The path is neither the contract's nor the site's.
    NotFound,
    /// No model of this id.
    NoSuchModel(String),
    /// The path is ours and takes other methods: these.
    MethodNotAllowed(&'static str),
    /// No form of the answer is one that the client takes.
    NotAcceptable,
    /// The body is longer than this many bytes.
    TooLarge(usize),
    /// More than [`CUSTOMERS_LIMIT`] customers in one JSON body.
    TooManyCustomers,
    /// More customers than can be held to sum up.
    TooManyToSum,
    /// The body is said to be of a type that the endpoint does not read.
    WrongType(Endpoint),
    /// The request is JSON, or whatever it is said to be, and breaks these rules.
    BrokenRules(Vec<Broken>),
    /// Too many requests from this client.
    TooManyRequests {
        /// The policy that was exceeded.
        policy: String,
        /// The seconds after which its window has passed.
        window: u32,
    },
    /// Something that must not happen has.
    Failed,
    /// The model of this id could not be read just now.
    ModelOutOfReach(String),
}

/// The members of a problem document, in the order they are written.
#[derive(Serialize)]
struct Document<'p> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'p [Broken]>,
}

impl Problem {
    /// The status, the name (the end of `type`) and the title.
    pub const fn kind(&self) -> (u16, &'static str, &'static str) {
        match self {
            Problem::NotJson(_) => (400, "not-json", "The body is not JSON"),
            Problem::BodyNotRead => (400, "body-not-read", "The body broke off"),
            Problem::NoKey { .. } => (401, "no-key", "An API key is needed"),
            Problem::NoKeysSet => (403, "no-keys-set", "This Worker has no API keys"),
            Problem::OriginRefused => (403, "origin-refused", "Pages of this site may not ask"),
            Problem::NotFound => (404, "not-found", "No such path"),
            Problem::NoSuchModel(_) => (404, "no-such-model", "No such model"),
            Problem::MethodNotAllowed(_) => {
                (405, "method-not-allowed", "The path takes other methods")
            }
            Problem::NotAcceptable => (406, "not-acceptable", "No such form of the answer"),
            Problem::TooLarge(_) => (413, "too-large", "The body is too large"),
            Problem::TooManyCustomers | Problem::TooManyToSum => {
                (413, "too-many-customers", "There are too many customers in the body")
            }
            Problem::WrongType(_) => (415, "wrong-type", "The body is of another type"),
            Problem::BrokenRules(_) => {
                (422, "broken-rules", "The request breaks rules of the contract")
            }
            Problem::TooManyRequests { .. } => (429, "too-many-requests", "Too many requests"),
            Problem::Failed => (500, "failed", "Something went wrong here"),
            Problem::ModelOutOfReach(_) => {
                (503, "model-out-of-reach", "The model cannot be read now")
            }
        }
    }

    fn detail(&self) -> String {
        match self {
            Problem::NotJson(why) => format!("The body must be one JSON object: {why}."),
            Problem::BodyNotRead => "The body could not be read to its end; send it again.".into(),
            Problem::NoKey { sent: false } => {
                "Send an API key: Authorization: Bearer KEY, or X-API-Key: KEY.".into()
            }
            Problem::NoKey { sent: true } => "The API key that was sent is not known.".into(),
            Problem::NoKeysSet => "Set the secret API_KEYS to the SHA-256 of each key, in hex, \
                 between commas: npx wrangler secret put API_KEYS."
                .into(),
            Problem::OriginRefused => {
                "Add the origin of the page, as its header Origin has it, to ALLOWED_ORIGINS in \
                 wrangler.toml."
                    .into()
            }
            Problem::NotFound => {
                "There is what /openapi.json says, read by people at /docs, and the site at /."
                    .into()
            }
            Problem::NoSuchModel(id) => format!("There is no model {id:?}; GET /models has them."),
            Problem::MethodNotAllowed(allowed) => format!("This path takes {allowed}."),
            Problem::NotAcceptable => {
                "The answer can be application/json, application/x-ndjson or text/csv; that of \
                 /cohorts application/json."
                    .into()
            }
            Problem::TooLarge(limit @ CUSTOMERS_BODY_LIMIT) => format!(
                "A JSON body may have at most {limit} bytes; NDJSON and CSV have no limit here."
            ),
            Problem::TooLarge(limit) => format!("The body may have at most {limit} bytes."),
            Problem::TooManyCustomers => format!(
                "A JSON body may have at most {CUSTOMERS_LIMIT} customers; send more of them as \
                 application/x-ndjson or text/csv."
            ),
            Problem::TooManyToSum => format!(
                "At most {SUMMED_LIMIT} customers are summed up at once; send them in parts."
            ),
            Problem::WrongType(Endpoint::Predict) => {
                "Send the body with Content-Type: application/json.".into()
            }
            Problem::WrongType(_) => "Send the body with Content-Type: application/json, \
                 application/x-ndjson or text/csv, in UTF-8."
                .into(),
            Problem::BrokenRules(errors) => {
                let each =
                    errors.iter().map(|Broken { pointer, rule, detail }| match &pointer[..] {
                        "" => format!("{detail} ({rule})"),
                        pointer => format!("{pointer}: {detail} ({rule})"),
                    });
                format!("{}.", each.collect::<Vec<_>>().join("; "))
            }
            Problem::TooManyRequests { window, .. } => {
                format!("Ask again in {window} seconds, and less often.")
            }
            Problem::Failed => "The request was not answered; ask again.".into(),
            Problem::ModelOutOfReach(id) => {
                format!("The model {id:?} could not be read from its store; ask again.")
            }
        }
    }

    /// The answer that tells of it.
    pub fn response(&self) -> Response {
        let (status, name, title) = self.kind();
        let errors = match self {
            Problem::BrokenRules(errors) => Some(&errors[..]),
            _ => None,
        };
        let r#type = format!("urn:edge-clv:problem:{name}");
        let document = Document { r#type, title, status, detail: self.detail(), errors };
        let body = json::to_string(&document).into_bytes();
        let response = Response::new(status, "application/problem+json", body);
        match self {
            Problem::MethodNotAllowed(allowed) => response.with("allow", *allowed),
            Problem::NoKey { sent: false } => {
                response.with("www-authenticate", "Bearer realm=\"edge-clv\"")
            }
            Problem::NoKey { sent: true } => response
                .with("www-authenticate", "Bearer realm=\"edge-clv\", error=\"invalid_token\""),
            Problem::TooManyRequests { policy, window } => response
                .with("retry-after", window.to_string())
                .with("ratelimit-policy", policy.clone()),
            Problem::ModelOutOfReach(_) => response.with("retry-after", "30"),
            _ => response,
        }
    }
}
