//! The Cloudflare Worker: `POST /predict`, `GET /model`, `GET /healthz`.
//!
//! [`respond`] says what to answer, on any host; the event glue brings requests to it.

mod problem;
mod respond;
mod response;

#[cfg(target_arch = "wasm32")]
mod event;

pub use problem::Problem;
pub use respond::{Body, Request, respond};
pub use response::{BODY_LIMIT, Response};
