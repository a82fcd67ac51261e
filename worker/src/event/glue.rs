//! What `glue.js` does, and the types that cross over to it.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::problem::Problem;
use crate::table::Table;

#[wasm_bindgen(module = "/src/event/glue.js")]
extern "C" {
    pub(super) fn head(request: &web_sys::Request) -> String;
    pub(super) fn credentials(request: &web_sys::Request) -> String;
    pub(super) fn variable(env: &JsValue, name: &str) -> String;
    pub(super) fn headers(pairs: &JsValue) -> JsValue;
    pub(super) fn respond(status: u16, headers: &JsValue, body: &[u8]) -> web_sys::Response;
    #[wasm_bindgen(js_name = respondText)]
    pub(super) fn respond_text(status: u16, headers: &JsValue, body: &str) -> web_sys::Response;
    pub(super) fn answered(
        request: &web_sys::Request,
        limiter: &JsValue,
        key: Option<&str>,
        answer: &JsValue,
        model: Option<&str>,
        origin: Option<&str>,
    ) -> Promise;
    pub(super) fn guarded(promise: &Promise) -> Promise;
    #[wasm_bindgen(js_name = waitUntil)]
    pub(super) fn wait_until(context: &JsValue, promise: &Promise);
    pub(super) fn whole(
        request: &web_sys::Request,
        announced: bool,
        limit: u32,
        patience: u32,
    ) -> Promise;
    pub(super) fn reader(request: &web_sys::Request) -> JsValue;
    pub(super) fn read(reader: &JsValue) -> Promise;
    pub(super) fn stream(
        status: u16,
        headers: &JsValue,
        first: &[u8],
        table: Streamed,
        reader: &JsValue,
    ) -> web_sys::Response;
    pub(super) fn limit(limiter: &JsValue, key: &str) -> Promise;
    pub(super) fn stored(store: &JsValue, key: &str, patience: u32) -> Promise;
    pub(super) fn asset(
        env: &JsValue,
        request: &web_sys::Request,
        url: &str,
        method: &str,
    ) -> Promise;
}

/// A table that is being answered while its body comes.
#[wasm_bindgen]
pub struct Streamed(Table);

impl Streamed {
    pub(super) fn new(table: Table) -> Streamed {
        Streamed(table)
    }
}

#[wasm_bindgen]
impl Streamed {
    /// The answers to the customers that are complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Uint8Array, JsError> {
        made(self.0.push(bytes))
    }

    /// What is left to say; `whole` says that the body has not broken off.
    pub fn finish(mut self, whole: bool) -> Result<Uint8Array, JsError> {
        made(if whole { self.0.finish() } else { self.0.break_off() })
    }

    /// Frees it before its end. `free` would do so as well, and not see that it is of a memory
    /// which was lost in a panic.
    pub fn end(self) {}

    /// Makes the memory anew if it was lost in a panic. Any call does; but one with an object
    /// in it sees only before that whether the object is of the memory there is.
    pub fn settle() {}
}

/// Nothing goes wrong with a body as a whole once its answer has begun.
fn made(out: Result<Vec<u8>, Problem>) -> Result<Uint8Array, JsError> {
    out.map(|out| Uint8Array::from(&out[..])).map_err(|problem| JsError::new(problem.kind().2))
}
