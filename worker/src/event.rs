//! From the runtime's request to ours, and back.

use std::sync::LazyLock;

use edge_clv::Model;
use futures_util::StreamExt;
use worker::{Context, Env, Headers, Method, RequestInit, ResponseBuilder, event};

use crate::problem::Problem;
use crate::respond::{Body, Request, respond};
use crate::response::{BODY_LIMIT, Response};

/// Built once per instance, not per request.
static MODEL: LazyLock<Model> = LazyLock::new(Model::baked);

#[event(fetch)]
async fn fetch(
    mut request: worker::Request,
    env: Env,
    _context: Context,
) -> worker::Result<worker::Response> {
    // The runtime's own text: the crate's enum knows no other methods than the usual.
    let method = request.inner().method();
    let path = request.path();
    let content_type = request.headers().get("content-type")?;
    let read = if method == "POST" { read_body(&mut request).await } else { Read::Whole(vec![]) };
    let body = match &read {
        Read::Whole(body) => Body::Whole(body),
        Read::TooLarge => Body::TooLarge,
        Read::BrokenOff => Body::BrokenOff,
    };
    let answered =
        Request { method: &method, path: &path, content_type: content_type.as_deref(), body };
    match respond(&MODEL, &answered) {
        Some(response) => to_runtime(response),
        None => site(&env, request, &method).await,
    }
}

/// The site's files, and what is wrong with a request that they do not answer.
async fn site(
    env: &Env,
    request: worker::Request,
    method: &str,
) -> worker::Result<worker::Response> {
    let assets = env.assets("ASSETS")?;
    if matches!(method, "GET" | "HEAD") {
        let response = assets.fetch_request(request).await?;
        return match response.status_code() {
            404 => to_runtime(Problem::NotFound.response()),
            _ => Ok(response),
        };
    }
    let mut head = RequestInit::new();
    head.with_method(Method::Head);
    let problem = match assets.fetch(request.inner().url(), Some(head)).await?.status_code() {
        404 => Problem::NotFound,
        _ => Problem::MethodNotAllowed("GET, HEAD"),
    };
    to_runtime(problem.response())
}

enum Read {
    Whole(Vec<u8>),
    TooLarge,
    BrokenOff,
}

/// Past the limit a body is read on to here, and thrown away: to break off in the middle
/// would cost the client its connection and the answer that says why. What goes on longer
/// is broken off.
const PATIENCE: usize = 16 * BODY_LIMIT;

/// Reads the body up to the limit. What is announced as longer is not read at all.
async fn read_body(request: &mut worker::Request) -> Read {
    let announced = request.headers().get("content-length").ok().flatten();
    let announced: Option<u64> = announced.and_then(|length| length.parse().ok());
    if announced.is_some_and(|length| length > BODY_LIMIT as u64) {
        return Read::TooLarge;
    }
    // A request without a body has no stream.
    let Ok(mut stream) = request.stream() else {
        return Read::Whole(vec![]);
    };
    let mut body = Vec::new();
    let mut length = 0;
    while let Some(chunk) = stream.next().await {
        let Ok(chunk) = chunk else {
            return Read::BrokenOff;
        };
        length += chunk.len();
        if length <= BODY_LIMIT {
            body.extend_from_slice(&chunk);
        } else if length > PATIENCE {
            break;
        }
    }
    if length <= BODY_LIMIT { Read::Whole(body) } else { Read::TooLarge }
}

fn to_runtime(response: Response) -> worker::Result<worker::Response> {
    let headers = Headers::new();
    for (name, value) in Response::HEADERS {
        headers.set(name, value)?;
    }
    if let Some(allow) = response.allow {
        headers.set("allow", allow)?;
    }
    let builder = ResponseBuilder::new().with_status(response.status);
    if response.status == 204 {
        for (name, value) in Response::PREFLIGHT_HEADERS {
            headers.set(name, value)?;
        }
        return Ok(builder.with_headers(headers).empty());
    }
    headers.set("content-type", response.content_type)?;
    Ok(builder.with_headers(headers).fixed(response.body.into_bytes()))
}
