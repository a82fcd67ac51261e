//! Many customers as one JSON object.

use std::fmt;

use edge_clv::{Input, Model, Rule, Violation, json};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::media::Media;
use crate::options::Options;
use crate::predict::{not_parsed, whole};
use crate::problem::Problem;
use crate::response::{Body, CUSTOMERS_BODY_LIMIT, Response};
use crate::route::Endpoint;
use crate::row_json;
use crate::table::Sink;

/// The most customers of one JSON body.
pub const CUSTOMERS_LIMIT: usize = 10_000;

/// The answer to a body such as `{"customers": [...], "horizons": [30]}`, and to a query, where
/// the options may stand as well.
///
/// # Errors
/// What is wrong with the body as a whole; a customer that breaks a rule is told in its place.
///
/// # Example
/// ```
/// use edge_clv_worker::{Body, Endpoint, Media, customers};
///
/// let body = br#"{"customers": [{"id": 7, "frequency": 5, "recency": 200, "T": 300}]}"#;
/// let model = edge_clv::Model::baked();
/// let body = Body::Whole(body);
/// let answer = customers(&model, Endpoint::Batch, "", body, Media::Json).unwrap();
/// assert!(answer.body.starts_with(br#"{"customers":[{"id":7,"probability_alive":0.55"#));
/// ```
pub fn customers(
    model: &Model,
    endpoint: Endpoint,
    query: &str,
    body: Body<'_>,
    written: Media,
) -> Result<Response, Problem> {
    let body = whole(body, CUSTOMERS_BODY_LIMIT)?;
    let Object { entries, customers } = match serde_json::from_slice(body) {
        Ok(object) => object,
        Err(_) => {
            // Either it is no JSON or no object; the reader of the contract knows the words.
            let error = Violation { pointer: String::new(), rule: Rule::IsObject };
            let other = json::read(body).map_err(not_parsed);
            return Err(other.err().unwrap_or(Problem::BrokenRules(vec![error.into()])));
        }
    };
    let options = Options::read(entries, query, endpoint, model).map_err(Problem::BrokenRules)?;
    let cohorts = options.cohorts.is_some();
    let mut sink = Sink::new(model, options, written);
    let mut out = Vec::with_capacity(4 * body.len());
    sink.begin("id", &mut out);
    // The list is known to be JSON: of what stands between its values nothing can be wrong.
    let list = customers.map_or("[]", RawValue::get).as_bytes();
    let mut rest = list.strip_prefix(b"[").unwrap_or_default();
    let mut count = 0;
    loop {
        rest = rest.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest);
        if matches!(rest, [] | [b']', ..]) {
            break;
        }
        count += 1;
        if count > CUSTOMERS_LIMIT {
            return Err(Problem::TooManyCustomers);
        }
        let (row, length) = row_json::first(rest, cohorts);
        sink.row(&row, &mut out);
        rest = &rest[length..];
    }
    sink.end(&mut out);
    let content_type = match endpoint {
        Endpoint::Cohorts => Media::Json,
        _ => written,
    };
    Ok(Response::new(200, content_type.content_type(), out).by_model(model))
}

/// The outermost object: its list of customers as text, and everything else.
struct Object<'t> {
    /// The list stands for itself as an empty one.
    entries: Vec<(String, Input)>,
    customers: Option<&'t RawValue>,
}

impl<'t> Deserialize<'t> for Object<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'t> Visitor<'t> for Read {
            type Value = Object<'t>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut object = Object { entries: Vec::new(), customers: None };
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    let value = if key == "customers" && value.get().starts_with('[') {
                        object.customers = Some(value);
                        Input::List(Vec::new())
                    } else {
                        json::read(value.get().as_bytes()).unwrap_or(Input::Other)
                    };
                    object.entries.push((key, value));
                }
                Ok(object)
            }
        }

        deserializer.deserialize_map(Read)
    }
}
