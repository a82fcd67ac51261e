//! An HTTP answer, and what holds of every one.

use std::borrow::Cow;

use edge_clv::{Model, json};
use serde::Serialize;

use crate::origins::Cors;

/// The longest body of one profile, 64 KiB: a profile takes a few hundred bytes.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The longest body of many profiles as one JSON object, 4 MiB. Nothing limits NDJSON and CSV,
/// which stream, but the length of a line.
pub const CUSTOMERS_BODY_LIMIT: usize = 4 * 1024 * 1024;

/// A header's name and value.
type Header = (&'static str, Cow<'static, str>);

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: Vec<Header>,
    /// What follows them; empty if nothing does.
    pub body: Vec<u8>,
}

/// A request's body.
#[derive(Clone, Copy, Debug)]
pub enum Body<'r> {
    /// All of it, empty if there was none.
    Whole(&'r [u8]),
    /// Longer than it may be.
    TooLarge,
    /// It broke off.
    BrokenOff,
}

impl<'r> Body<'r> {
    /// Bytes as they came; a byte order mark before them is no part of what they say.
    pub fn of(bytes: &'r [u8]) -> Body<'r> {
        Body::Whole(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
    }
}

/// What every answer says, whoever asks: nobody keeps it, guesses what it is, or frames it. Each
/// header costs a request more than a microsecond in the runtime, so that what only means
/// something to a page (www/_headers) is not here.
const ALWAYS: [(&str, &str); 4] = [
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("vary", "Origin"),
];

impl Response {
    /// With a body of this type.
    pub(crate) fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Response {
        Response { status, headers: vec![("content-type", content_type.into())], body }
    }

    pub(crate) fn json<T: Serialize>(value: &T) -> Response {
        Response::new(200, "application/json", json::to_string(value).into_bytes())
    }

    /// The answer to `OPTIONS`, which a browser sends ahead of what another site's page asks.
    pub(crate) fn options(methods: &'static str) -> Response {
        let headers = vec![
            ("allow", methods.into()),
            ("access-control-allow-methods", methods.into()),
            (
                "access-control-allow-headers",
                "content-type, authorization, x-api-key, x-model".into(),
            ),
            ("access-control-max-age", "86400".into()),
        ];
        Response { status: 204, headers, body: Vec::new() }
    }

    /// With one more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Naming the model that answers.
    pub fn by_model(self, model: &Model) -> Self {
        let name = model.name();
        self.with("x-model", name.id.to_owned()).with("x-model-version", name.version.to_owned())
    }

    /// With the headers that every answer has, and those for the page that asks.
    pub fn sealed(mut self, cors: &Cors) -> Self {
        self.headers.extend(ALWAYS.map(|(name, value)| (name, value.into())));
        match cors {
            Cors::Allowed(origin) => self.with("access-control-allow-origin", origin.clone()).with(
                "access-control-expose-headers",
                "x-model, x-model-version, retry-after, ratelimit-policy",
            ),
            Cors::Own | Cors::Refused => self,
        }
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(its, _)| *its == name).map(|(_, value)| value.as_ref())
    }
}
