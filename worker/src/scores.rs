//! Answers for many customers, in the order they come.

use edge_clv::{Answer, Model, ModelName, Request, json};
use serde::Serialize;

use crate::broken::Broken;
use crate::media::Media;
use crate::options::days;
use crate::row::{Name, Row};

/// A writer of answers.
pub(crate) struct Scores {
    model: Model,
    /// What is asked for; the profile in it is that of the latest customer.
    request: Request,
    media: Media,
    scored: u64,
    refused: u64,
    /// How each horizon of an answer begins in JSON, up to its first value.
    horizons: Vec<Vec<u8>>,
    /// What follows the segment of each: who answered, where there is no place for all of them.
    rest: Vec<u8>,
}

/// What stands in the place of an answer.
#[derive(Serialize)]
pub(crate) struct Refused<'a, N: Serialize, E: Serialize> {
    /// The customer's number, from 1.
    pub(crate) row: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<N>,
    pub(crate) errors: E,
    /// Once for all of them where there is a place for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<ModelName<'a>>,
}

/// What follows the answers in JSON.
#[derive(Serialize)]
struct Rest<'a> {
    scored: u64,
    refused: u64,
    model: ModelName<'a>,
}

impl Scores {
    pub(crate) fn new(model: Model, request: Request, media: Media) -> Scores {
        let begin = |(i, days): (usize, &f64)| {
            let comma = if i == 0 { "" } else { "," };
            let days = json::to_string(days);
            format!("{comma}{{\"days\":{days},\"expected_purchases\":").into_bytes()
        };
        let horizons = days(&request, &model).iter().enumerate().map(begin).collect();
        let mut rest = Vec::new();
        if media == Media::Ndjson {
            rest.extend_from_slice(b",\"model\":");
            json::write(&mut rest, &model.name());
        }
        rest.push(b'}');
        Scores { model, request, media, scored: 0, refused: 0, horizons, rest }
    }

    /// What comes before the first customer; `id` is what customers' names are headed.
    pub(crate) fn begin(&self, id: &str, out: &mut Vec<u8>) {
        match self.media {
            Media::Json => out.extend_from_slice(b"{\"customers\":["),
            Media::Ndjson => {}
            Media::Csv => {
                out.extend_from_slice(b"row,");
                out.extend_from_slice(id.as_bytes());
                out.extend_from_slice(b",probability_alive,expected_average_profit");
                for days in days(&self.request, &self.model) {
                    for key in
                        ["expected_purchases", "probability_of_purchase", "customer_lifetime_value"]
                    {
                        out.push(b',');
                        out.extend_from_slice(key.as_bytes());
                        out.push(b'_');
                        json::write(out, days);
                        out.push(b'd');
                    }
                }
                if self.request.residual {
                    out.extend_from_slice(b",residual_lifetime_value");
                }
                out.extend_from_slice(b",segment,model_id,model_version,errors\r\n");
            }
        }
    }

    /// The next customer.
    pub(crate) fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        let number = self.scored + self.refused + 1;
        if self.media == Media::Json && number > 1 {
            out.push(b',');
        }
        let answer = match &row.profile {
            Ok(profile) => {
                self.request.profile = *profile;
                self.model.predict(&self.request).map_err(crate::broken::broken)
            }
            Err(errors) => Err(errors.clone()),
        };
        match (&answer, self.media) {
            (Ok(answer), Media::Csv) => self.cells(number, row.id, answer, out),
            (Err(errors), Media::Csv) => self.no_cells(number, row.id, errors, out),
            (Ok(answer), _) => self.object(row.id, answer, out),
            (Err(errors), _) => {
                let model = (self.media == Media::Ndjson).then(|| self.model.name());
                json::write(out, &Refused { row: number, id: row.id, errors, model });
            }
        }
        if self.media == Media::Ndjson {
            out.push(b'\n');
        }
        match answer {
            Ok(_) => self.scored += 1,
            Err(_) => self.refused += 1,
        }
    }

    /// What comes after the last.
    pub(crate) fn end(&self, out: &mut Vec<u8>) {
        if self.media == Media::Json {
            out.extend_from_slice(b"],");
            let rest =
                Rest { scored: self.scored, refused: self.refused, model: self.model.name() };
            let mut text = Vec::new();
            json::write(&mut text, &rest);
            // Without its brace: the object is open already.
            out.extend_from_slice(text.get(1..).unwrap_or_default());
        }
    }

    /// A customer's answer: that of the contract, after the name of whose it is. Written by hand,
    /// as keys that are looked through for what to escape, and days that are printed, once for each
    /// customer are a third of a batch's time.
    fn object(&self, id: Option<Name<'_>>, answer: &Answer<'_>, out: &mut Vec<u8>) {
        out.push(b'{');
        if let Some(id) = id {
            out.extend_from_slice(b"\"id\":");
            json::write(out, &id);
            out.push(b',');
        }
        let entry = |key: &[u8], value: f64, out: &mut Vec<u8>| {
            out.extend_from_slice(key);
            json::write(out, &value);
        };
        entry(b"\"probability_alive\":", answer.probability_alive, out);
        entry(b",\"expected_average_profit\":", answer.expected_average_profit, out);
        out.extend_from_slice(b",\"horizons\":[");
        for (begin, horizon) in self.horizons.iter().zip(&answer.horizons) {
            entry(begin, horizon.expected_purchases, out);
            entry(b",\"probability_of_purchase\":", horizon.probability_of_purchase, out);
            entry(b",\"customer_lifetime_value\":", horizon.customer_lifetime_value, out);
            out.push(b'}');
        }
        out.push(b']');
        if let Some(value) = answer.residual_lifetime_value {
            entry(b",\"residual_lifetime_value\":", value, out);
        }
        out.extend_from_slice(b",\"segment\":");
        json::write(out, answer.segment);
        out.extend_from_slice(&self.rest);
    }

    fn cells(&self, number: u64, id: Option<Name<'_>>, answer: &Answer<'_>, out: &mut Vec<u8>) {
        self.name(number, id, out);
        let mut value = |value: f64| {
            out.push(b',');
            json::write(out, &value);
        };
        value(answer.probability_alive);
        value(answer.expected_average_profit);
        for horizon in &answer.horizons {
            value(horizon.expected_purchases);
            value(horizon.probability_of_purchase);
            value(horizon.customer_lifetime_value);
        }
        answer.residual_lifetime_value.into_iter().for_each(value);
        for text in [answer.segment, answer.model.id, answer.model.version, ""] {
            out.push(b',');
            cell(text, out);
        }
        out.extend_from_slice(b"\r\n");
    }

    fn no_cells(&self, number: u64, id: Option<Name<'_>>, errors: &[Broken], out: &mut Vec<u8>) {
        self.name(number, id, out);
        let numbers =
            2 + 3 * days(&self.request, &self.model).len() + usize::from(self.request.residual);
        out.resize(out.len() + numbers + 1, b',');
        let name = self.model.name();
        for text in [name.id, name.version] {
            out.push(b',');
            cell(text, out);
        }
        out.push(b',');
        let each = errors.iter().map(|Broken { pointer, rule, .. }| match &pointer[..] {
            "" => (*rule).to_owned(),
            pointer => format!("{pointer}: {rule}"),
        });
        cell(&each.collect::<Vec<_>>().join("; "), out);
        out.extend_from_slice(b"\r\n");
    }

    fn name(&self, number: u64, id: Option<Name<'_>>, out: &mut Vec<u8>) {
        json::write(out, &number);
        out.push(b',');
        if let Some(id) = id {
            cell(&id.text(), out);
        }
    }
}

/// A cell of CSV, quoted where it has to be (RFC 4180).
fn cell(text: &str, out: &mut Vec<u8>) {
    if !text.bytes().any(|c| matches!(c, b',' | b'"' | b'\r' | b'\n')) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}
