//! `POST /predict` the quick way: one promise, and no future of Rust's.

use edge_clv::Model;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::instance::Instance;
use super::{glue, store, to_runtime};
use crate::head::{Credentials, Head};
use crate::open::{Step, TaskKind, counted, open};
use crate::origins::Cors;
use crate::predict::predict;
use crate::problem::Problem;
use crate::response::{Body, Response};
use crate::route::{Endpoint, Route};

/// Takes the text of a body, the id of the model and the origin that may read the answer.
type Answering = dyn Fn(JsValue, Option<String>, Option<String>) -> JsValue;

thread_local! {
    /// Made once: one for each request would be work for the garbage collector.
    static ANSWERING: Closure<Answering> = Closure::new(answering);
}

/// The promise of an answer, where the body's length is known and so is the model.
pub(super) fn predicted(
    instance: &Instance,
    request: &web_sys::Request,
    head: &Head<'_>,
) -> Option<Promise> {
    Route::of(head.path).filter(|route| route.endpoint == Endpoint::Predict)?;
    head.content_length?;
    let (cors, step) = open(head, Credentials::default, &instance.settings);
    let Step::Do(task) = step else { return None };
    if !matches!(task.kind, TaskKind::Whole { .. }) {
        return None;
    }
    if !store::is_at_hand(instance, task.model) {
        return None;
    }
    let key = match &instance.limiter {
        Some(_) => {
            let text = glue::credentials(request);
            Some(counted(&Credentials::read(&text), &instance.settings))
        }
        None => None,
    };
    let nobody = JsValue::UNDEFINED;
    let limiter = instance.limiter.as_ref().unwrap_or(&nobody);
    let origin = match &cors {
        Cors::Allowed(origin) => Some(&origin[..]),
        Cors::Own | Cors::Refused => None,
    };
    let (key, id) = (key.as_deref(), task.model);
    Some(ANSWERING.with(|answer| {
        // What is none costs nothing: each text is a call of the runtime's decoder.
        glue::answered(request, limiter, key, answer.as_ref(), id, origin)
    }))
}

/// The answer to a text; no text is that of a body that broke off, and null that of a client
/// that asked too often.
fn answering(text: JsValue, id: Option<String>, origin: Option<String>) -> JsValue {
    let cors = origin.map_or(Cors::Own, Cors::Allowed);
    let response = if text.is_null() {
        super::instance::too_many().response()
    } else {
        let model = store::with(|models| match &id {
            Some(id) => models.named(id),
            None => Ok(models.default_model()),
        });
        match model {
            Ok(model) => {
                answered(&model, text).unwrap_or_else(|problem| problem.response().by_model(&model))
            }
            Err(problem) => problem.response(),
        }
    };
    to_runtime(response.sealed(&cors)).into()
}

fn answered(model: &Model, text: JsValue) -> Result<Response, Problem> {
    let Some(text) = text.as_string() else { return Err(Problem::BodyNotRead) };
    // The runtime puts it in the place of what is no UTF-8; it means nothing to the contract.
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Problem::NotJson("it has U+FFFD in it, or is not UTF-8".into()));
    }
    predict(model, Body::Whole(text.as_bytes()))
}
