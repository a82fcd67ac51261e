//! Which pages of other sites may ask (CORS).

use std::net::Ipv6Addr;

use crate::head::Head;

/// The origins whose pages may ask; the Worker's own always may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    any: bool,
    listed: Vec<String>,
    /// Whether a word was no origin.
    misread: bool,
}

/// What a request's origin may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cors {
    /// No other site asks.
    Own,
    /// A page of this origin asks and may read the answer; `*` is any.
    Allowed(String),
    /// A page asks that may not.
    Refused,
}

impl Origins {
    /// From origins such as `https://shop.example`, between white space or commas; `*` is any.
    /// What no browser sends as an origin lets no page in, and is told by
    /// [`misread`](Origins::misread).
    ///
    /// # Example
    /// ```
    /// use edge_clv_worker::{Cors, Head, Origins};
    ///
    /// let origins = Origins::read("https://shop.example, https://www.shop.example");
    /// let ask = |origin| origins.of(&Head { origin, ..Head::default() });
    /// assert_eq!(ask("https://shop.example"), Cors::Allowed("https://shop.example".into()));
    /// assert_eq!(ask("https://evil.example"), Cors::Refused);
    /// assert_eq!(ask(""), Cors::Own);
    /// ```
    pub fn read(text: &str) -> Origins {
        let words = text.split(|c: char| c == ',' || c.is_whitespace());
        let mut origins = Origins::default();
        for word in words.filter(|word| !word.is_empty()) {
            match word {
                "*" => origins.any = true,
                _ if is_origin(word) => origins.listed.push(word.to_owned()),
                _ => origins.misread = true,
            }
        }
        origins
    }

    /// Whether a word was no origin.
    pub fn misread(&self) -> bool {
        self.misread
    }

    /// What a request's origin may.
    pub fn of(&self, head: &Head<'_>) -> Cors {
        match head.origin {
            "" => Cors::Own,
            own if own == head.own_origin => Cors::Own,
            _ if self.any => Cors::Allowed("*".into()),
            origin if self.listed.iter().any(|listed| listed == origin) => {
                Cors::Allowed(origin.to_owned())
            }
            _ => Cors::Refused,
        }
    }
}

/// Whether a browser may send it as an origin: scheme://host\[:port\] in lower case, as the
/// standard of URLs writes it.
fn is_origin(word: &str) -> bool {
    let Some((scheme, rest)) = word.split_once("://") else { return false };
    let (host, port) = match rest.rsplit_once(':') {
        // The last colon may be one of an address of IPv6.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let made_of = |text: &str, marks: &[u8]| {
        let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || marks.contains(&c);
        !text.is_empty() && text.bytes().all(allowed)
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match address {
        Some(address) => made_of(address, b":") && address.parse::<Ipv6Addr>().is_ok(),
        None => made_of(host, b"-._"),
    };
    let is_port = |port: &str| {
        let implied = matches!((scheme, port), ("http", "80") | ("https", "443"));
        port.parse().is_ok_and(|number: u16| number.to_string() == port) && !implied
    };
    made_of(scheme, b"-.+") && is_host && port.is_none_or(is_port)
}
