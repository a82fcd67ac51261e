//! An HTTP answer, and what holds of every one.

use edge_clv::json;
use serde::Serialize;

/// The longest body that is read, 64 KiB: a profile takes a few hundred bytes.
pub const BODY_LIMIT: usize = 64 * 1024;

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header of that name; no body has none.
    pub content_type: &'static str,
    /// The header `Allow`, where the method was wrong.
    pub allow: Option<&'static str>,
    /// The text.
    pub body: String,
}

impl Response {
    pub(crate) fn json<T: Serialize>(value: &T) -> Response {
        Response {
            status: 200,
            content_type: "application/json",
            allow: None,
            body: json::to_string(value),
        }
    }

    /// The headers of every answer besides those of its content: any origin may ask, and
    /// nobody keeps or guesses about an answer.
    pub const HEADERS: [(&'static str, &'static str); 3] = [
        ("access-control-allow-origin", "*"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ];

    /// The further headers of an answer to a CORS preflight.
    pub const PREFLIGHT_HEADERS: [(&'static str, &'static str); 3] = [
        ("access-control-allow-methods", "GET, HEAD, POST, OPTIONS"),
        ("access-control-allow-headers", "content-type"),
        ("access-control-max-age", "86400"),
    ];
}
