//! What of a request decides on the answer, before its body is read.

/// The head of a request. A header that is empty counts as not given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Head<'r> {
    /// `GET`, `POST`, ...
    pub method: &'r str,
    /// The scheme and host of the URL, as a browser names them in `Origin`.
    pub own_origin: &'r str,
    /// The path of the URL, without the query.
    pub path: &'r str,
    /// The query, without the question mark; percent-encoded.
    pub query: &'r str,
    /// `Content-Type`.
    pub content_type: &'r str,
    /// `Content-Length`, if it is a number.
    pub content_length: Option<u64>,
    /// `Origin`.
    pub origin: &'r str,
    /// `X-Model`.
    pub model: &'r str,
}

/// The headers that only some requests need; reading each costs a call into the runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct Credentials<'r> {
    /// `Authorization`.
    pub authorization: &'r str,
    /// `X-API-Key`.
    pub api_key: &'r str,
    /// `CF-Connecting-IP`: the client's address, as the network saw it.
    pub address: &'r str,
    /// `Accept`.
    pub accept: &'r str,
}

impl<'r> Head<'r> {
    /// From the fields a line each, in the order above; the URL stands whole in the second.
    ///
    /// # Example
    /// ```
    /// let text = "POST\nhttp://localhost:8787/predict?x=1\napplication/json\n70\n\n";
    /// let head = edge_clv_worker::Head::read(text);
    /// assert_eq!((head.method, head.path, head.query), ("POST", "/predict", "x=1"));
    /// assert_eq!((head.own_origin, head.content_length), ("http://localhost:8787", Some(70)));
    /// ```
    pub fn read(text: &'r str) -> Head<'r> {
        let mut lines = text.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        let (method, url) = (line(), line());
        let host = url.find("://").map_or(0, |scheme| scheme + 3);
        let path = url[host..].find('/').map_or(url.len(), |end| host + end);
        let (own_origin, rest) = url.split_at(path);
        let rest = rest.split('#').next().unwrap_or_default();
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let content_type = line();
        let content_length = line().parse().ok();
        Head {
            method,
            own_origin,
            path,
            query,
            content_type,
            content_length,
            origin: line(),
            model: line(),
        }
    }
}

impl<'r> Credentials<'r> {
    /// From the fields a line each, in the order above.
    pub fn read(text: &'r str) -> Credentials<'r> {
        let mut lines = text.split('\n');
        let mut line = || lines.next().unwrap_or_default();
        Credentials { authorization: line(), api_key: line(), address: line(), accept: line() }
    }

    /// The API key that was sent, in either of its places.
    pub fn key(&self) -> Option<&'r str> {
        let bearer = self
            .authorization
            .split_once(' ')
            .and_then(|(scheme, key)| scheme.eq_ignore_ascii_case("bearer").then_some(key.trim()));
        bearer.or(Some(self.api_key)).filter(|key| !key.is_empty())
    }
}
