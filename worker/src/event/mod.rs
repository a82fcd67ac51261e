//! From the runtime's request to ours, and back.
//!
//! The runtime's own objects are used as they are, and `POST /predict` needs no future of
//! Rust's: waking one costs the runtime more than the answer does. What the crate's own
//! `#[event(fetch)]`, requests, headers and responses add to a request is told in the README.

mod glue;
mod instance;
mod quick;
mod store;

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use edge_clv::Model;
use js_sys::futures::{JsFuture, future_to_promise};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
// Its initialization is what makes a new instance after a panic.
use worker as _;

use crate::answer::answer;
use crate::customers::customers;
use crate::event::instance::Instance;
use crate::head::{Credentials, Head};
use crate::media::Media;
use crate::open::{Step, Task, TaskKind, counted, open};
use crate::options::Options;
use crate::origins::Cors;
use crate::predict::predict;
use crate::problem::Problem;
use crate::response::{Body, Response};
use crate::route::Endpoint;
use crate::table::Table;

/// Past a limit a body is read on to this many times it, and thrown away.
const PATIENCE: usize = 16;

/// What the runtime calls with each request; a promise of the answer.
#[wasm_bindgen]
pub fn fetch(request: web_sys::Request, env: JsValue, context: JsValue) -> Promise {
    let instance = Instance::of(&env);
    let text = glue::head(&request);
    if let Some(promise) = quick::predicted(&instance, &request, &Head::read(&text)) {
        return promise;
    }
    glue::guarded(&future_to_promise(async move {
        Ok(fetched(&instance, &request, &env, &context, &text).await.into())
    }))
}

async fn fetched(
    instance: &Instance,
    request: &web_sys::Request,
    env: &JsValue,
    context: &JsValue,
    text: &str,
) -> web_sys::Response {
    let head = Head::read(text);
    // Most requests need none of these.
    let more = OnceCell::new();
    let credentials = || Credentials::read(more.get_or_init(|| glue::credentials(request)));
    let (cors, step) = open(&head, credentials, &instance.settings);
    let response = match step {
        Step::Answer(response) => response,
        Step::Counted(response) => {
            let doing = Doing { instance, request, context };
            let within = doing.count(credentials).await;
            within.map_or_else(|problem| problem.response(), |()| response)
        }
        Step::Site => match site(env, request, &head, text).await {
            Ok(response) => return response,
            Err(problem) => problem.response(),
        },
        Step::Do(task) => {
            let doing = Doing { instance, request, context };
            match doing.done(&head, task, credentials, &cors).await {
                Ok(Done::Whole(response)) => response,
                Ok(Done::Begun(response)) => return response,
                Err(problem) => problem.response(),
            }
        }
    };
    to_runtime(response.sealed(&cors))
}

fn to_runtime(response: Response) -> web_sys::Response {
    let Response { status, headers, body } = response;
    // The runtime takes a short text quicker than bytes.
    let text = (body.len() < 4096).then(|| std::str::from_utf8(&body).ok()).flatten();
    with_headers(headers, |headers| match text {
        Some(text) => glue::respond_text(status, headers, text),
        None => glue::respond(status, headers, &body),
    })
}

/// What came of a request.
enum Done {
    /// The whole answer.
    Whole(Response),
    /// An answer that is made while it is taken.
    Begun(web_sys::Response),
}

/// What is at hand while a request is answered.
struct Doing<'r> {
    instance: &'r Instance,
    request: &'r web_sys::Request,
    context: &'r JsValue,
}

impl Doing<'_> {
    async fn done<'c>(
        &self,
        head: &Head<'_>,
        task: Task<'_>,
        credentials: impl FnOnce() -> Credentials<'c>,
        cors: &Cors,
    ) -> Result<Done, Problem> {
        let Task { endpoint, model, kind } = task;
        // What has no body costs something only where the store may have to be asked.
        let asks = model.is_some() && !store::is_at_hand(self.instance, model);
        if kind != TaskKind::NoBody || asks {
            self.count(credentials).await?;
        }
        let model = store::model(self.instance, model, self.context).await?;
        let done = self.done_by(&model, head, endpoint, kind, cors).await;
        done.or_else(|problem| Ok(Done::Whole(problem.response().by_model(&model))))
    }

    /// Counts the request against the rate limit.
    async fn count<'c>(
        &self,
        credentials: impl FnOnce() -> Credentials<'c>,
    ) -> Result<(), Problem> {
        let Some(limiter) = &self.instance.limiter else { return Ok(()) };
        let key = counted(&credentials(), &self.instance.settings);
        let within = settled(glue::limit(limiter, &key)).await;
        match within.is_ok_and(|within| within.is_falsy()) {
            true => Err(instance::too_many()),
            false => Ok(()),
        }
    }

    async fn done_by(
        &self,
        model: &Model,
        head: &Head<'_>,
        endpoint: Endpoint,
        kind: TaskKind,
        cors: &Cors,
    ) -> Result<Done, Problem> {
        match kind {
            TaskKind::NoBody => {
                let settings = &self.instance.settings;
                let answer = store::with(|models| answer(endpoint, model, models, settings));
                Ok(Done::Whole(answer))
            }
            TaskKind::Whole { limit, written } => {
                let body = self.whole(head, limit).await;
                let body = match &body {
                    Ok(Some(body)) => Body::of(body),
                    Ok(None) => Body::TooLarge,
                    Err(_) => Body::BrokenOff,
                };
                match endpoint {
                    Endpoint::Predict => predict(model, body),
                    _ => customers(model, endpoint, head.query, body, written),
                }
                .map(Done::Whole)
            }
            TaskKind::Stream { read, written } => {
                let options =
                    Options::of_query(head.query, endpoint, model).map_err(Problem::BrokenRules)?;
                let table = Table::new(model, options, read, written);
                let written = if endpoint == Endpoint::Cohorts { Media::Json } else { written };
                let response = Response::new(200, written.content_type(), Vec::new());
                self.stream(table, response.by_model(model).sealed(cors)).await
            }
        }
    }

    /// The body's bytes; none if they are too many.
    async fn whole(&self, head: &Head<'_>, limit: usize) -> Result<Option<Vec<u8>>, JsValue> {
        let announced = head.content_length.is_some();
        let read = glue::whole(self.request, announced, limit as u32, (PATIENCE * limit) as u32);
        let bytes = settled(read).await?;
        Ok(bytes.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec))
    }

    /// Answers a body as it comes, once it is sure that there is an answer.
    async fn stream(&self, mut table: Table, mut response: Response) -> Result<Done, Problem> {
        let reader = glue::reader(self.request);
        while !table.is_ready() {
            let piece = settled(glue::read(&reader)).await.map_err(|_| Problem::BodyNotRead)?;
            let Some(piece) = piece.dyn_ref::<Uint8Array>() else {
                response.body.append(&mut table.finish()?);
                return Ok(Done::Whole(response));
            };
            response.body.append(&mut table.push(&piece.to_vec())?);
        }
        let table = glue::Streamed::new(table);
        Ok(Done::Begun(with_headers(response.headers, |headers| {
            glue::stream(response.status, headers, &response.body, table, &reader)
        })))
    }
}

/// The site's files, and what is wrong with a request that they do not answer.
async fn site(
    env: &JsValue,
    request: &web_sys::Request,
    head: &Head<'_>,
    text: &str,
) -> Result<web_sys::Response, Problem> {
    let url = text.split('\n').nth(1).unwrap_or_default();
    let fetched = settled(glue::asset(env, request, url, head.method)).await;
    let response = fetched.map_err(|_| Problem::Failed)?;
    if response.is_undefined() {
        return Err(Problem::NotFound);
    }
    let response: web_sys::Response = response.unchecked_into();
    match (response.status(), head.method) {
        (404, _) => Err(Problem::NotFound),
        // What is wrong there is told in our words.
        (500.., _) => Err(Problem::Failed),
        (_, "GET" | "HEAD") => Ok(response),
        _ => Err(Problem::MethodNotAllowed("GET, HEAD")),
    }
}

/// What comes of a promise.
async fn settled(promise: Promise) -> Result<JsValue, JsValue> {
    JsFuture::from(promise).await
}

/// Headers, by name and value.
type Headers = Vec<(&'static str, Cow<'static, str>)>;

thread_local! {
    /// Those of the latest answer: the next is likely to have the same.
    static LATEST: RefCell<(Headers, JsValue)> =
        const { RefCell::new((Vec::new(), JsValue::UNDEFINED)) };
}

fn with_headers<T>(headers: Headers, respond: impl FnOnce(&JsValue) -> T) -> T {
    LATEST.with_borrow_mut(|latest| {
        if latest.0 != headers {
            // Pairs of texts are values in any language.
            let pairs = serde_wasm_bindgen::to_value(&headers).unwrap_or_default();
            *latest = (headers, glue::headers(&pairs));
        }
        respond(&latest.1)
    })
}
