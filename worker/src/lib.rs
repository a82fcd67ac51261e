//! The Cloudflare Worker: `POST /predict`, `GET /model`, `GET /healthz`.
//!
//! [`respond`] says what to answer, on any host; the event glue brings requests to it.

mod problem;
mod respond;

#[cfg(target_arch = "wasm32")]
mod event;

pub use problem::Problem;
pub use respond::{BODY_LIMIT, Body, Request, Response, respond};
