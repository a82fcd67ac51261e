//! Which pages of other sites may ask (CORS).

use crate::head::Head;

/// The origins whose pages may ask; the Worker's own always may.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    any: bool,
    listed: Vec<String>,
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
        let listed: Vec<String> = words.filter(|w| !w.is_empty()).map(str::to_owned).collect();
        Origins { any: listed.iter().any(|origin| origin == "*"), listed }
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
