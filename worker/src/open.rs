//! What to do with a request, decided before its body is read.

use std::cell::LazyCell;
use std::net::Ipv6Addr;

use crate::head::{Credentials, Head};
use crate::media::Media;
use crate::models::Models;
use crate::origins::Cors;
use crate::problem::Problem;
use crate::response::{BODY_LIMIT, CUSTOMERS_BODY_LIMIT, Response};
use crate::route::{Endpoint, Route};
use crate::settings::Settings;

/// What to do with a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<'r> {
    /// This is the answer.
    Answer(Response),
    /// So is this, to what is counted against the rate limit all the same: a guess at a key.
    Counted(Response),
    /// The path may be the site's.
    Site,
    /// There is something to do.
    Do(Task<'r>),
}

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Task<'r> {
    /// What for.
    pub endpoint: Endpoint,
    /// The id of the model that is to answer; the default model's if none.
    pub model: Option<&'r str>,
    /// What of.
    pub kind: TaskKind,
}

/// How the body is read and answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// There is none.
    NoBody,
    /// Whole, up to this many bytes, and answered in this form.
    Whole {
        /// The most bytes.
        limit: usize,
        /// The form of the answer.
        written: Media,
    },
    /// As it comes.
    Stream {
        /// The form of the body.
        read: Media,
        /// The form of the answer.
        written: Media,
    },
}

/// What to do, and what the page that asks may read.
///
/// `credentials` is called only where they matter: they cost the runtime some time. Counted
/// against the rate limit is what gets a [`Task`] with a body, a guess at a key, and what names
/// a model that the store has to be asked for.
pub fn open<'r, 'c>(
    head: &Head<'r>,
    credentials: impl FnOnce() -> Credentials<'c>,
    settings: &Settings,
) -> (Cors, Step<'r>) {
    let cors = settings.origins.of(head);
    let Some(route) = Route::of(head.path) else { return (cors, Step::Site) };
    let step = match task(head, route, credentials, settings, &cors) {
        _ if head.method == "OPTIONS" => Step::Answer(Response::options(route.endpoint.methods())),
        Ok(task) => Step::Do(task),
        Err(problem @ Problem::NoKey { sent: true }) => Step::Counted(problem.response()),
        Err(problem) => Step::Answer(problem.response()),
    };
    (cors, step)
}

fn task<'r, 'c>(
    head: &Head<'r>,
    route: Route<'r>,
    credentials: impl FnOnce() -> Credentials<'c>,
    settings: &Settings,
    cors: &Cors,
) -> Result<Task<'r>, Problem> {
    let endpoint = route.endpoint;
    let method = match head.method {
        "POST" => endpoint.takes_body(),
        "GET" | "HEAD" => !endpoint.takes_body(),
        _ => false,
    };
    if !method {
        return Err(Problem::MethodNotAllowed(endpoint.methods()));
    }
    let model = match endpoint {
        // Of all there are none is chosen.
        Endpoint::Models => None,
        _ => route.model.or(Some(head.model).filter(|id| !id.is_empty())),
    };
    if let Some(id) = model.filter(|id| !Models::is_id(id)) {
        return Err(Problem::NoSuchModel(id.chars().take(64).collect()));
    }
    if endpoint.takes_body() && *cors == Cors::Refused {
        return Err(Problem::OriginRefused);
    }
    let credentials = LazyCell::new(credentials);
    if endpoint.is_guarded() {
        admit(&credentials, settings)?;
    }
    if !endpoint.takes_body() {
        return Ok(Task { endpoint, model, kind: TaskKind::NoBody });
    }
    if endpoint == Endpoint::Predict {
        if Media::of(head.content_type) != Some(Media::Json) {
            return Err(Problem::WrongType(endpoint));
        }
        let kind = TaskKind::Whole { limit: BODY_LIMIT, written: Media::Json };
        return announced(head, Task { endpoint, model, kind });
    }

    let read = Media::of(head.content_type).ok_or(Problem::WrongType(endpoint))?;
    let written = match endpoint {
        // Of cohorts there is one form.
        Endpoint::Cohorts => Media::wanted(credentials.accept, Media::Json, &[Media::Json]),
        _ => Media::wanted(credentials.accept, read, &Media::ALL),
    };
    let written = written.ok_or(Problem::NotAcceptable)?;
    let kind = match read {
        Media::Json => TaskKind::Whole { limit: CUSTOMERS_BODY_LIMIT, written },
        _ => TaskKind::Stream { read, written },
    };
    announced(head, Task { endpoint, model, kind })
}

/// What is announced as longer than it may be is not read at all.
fn announced<'r>(head: &Head<'_>, task: Task<'r>) -> Result<Task<'r>, Problem> {
    match (task.kind, head.content_length) {
        (TaskKind::Whole { limit, .. }, Some(length)) if length > limit as u64 => {
            Err(Problem::TooLarge(limit))
        }
        _ => Ok(task),
    }
}

fn admit(credentials: &Credentials<'_>, settings: &Settings) -> Result<(), Problem> {
    if settings.keys.is_empty() {
        return Err(Problem::NoKeysSet);
    }
    let key = credentials.key().ok_or(Problem::NoKey { sent: false })?;
    match settings.keys.admit(key) {
        Some(_) => Ok(()),
        None => Err(Problem::NoKey { sent: true }),
    }
}

/// Whom a request is counted against: the holder of a known key, or an address. Of IPv6 it is the
/// network, as whoever has one address has the 2^64 beside it.
pub fn counted(credentials: &Credentials<'_>, settings: &Settings) -> String {
    if let Some(holder) = credentials.key().and_then(|key| settings.keys.admit(key)) {
        return format!("key:{holder}");
    }
    match credentials.address.parse::<Ipv6Addr>() {
        Ok(address) if address.to_ipv4_mapped().is_none() => {
            let [a, b, c, d, ..] = address.segments();
            format!("address:{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => format!("address:{}", credentials.address),
    }
}
