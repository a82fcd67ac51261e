//! A model file as text, laid out to be read.

use edge_clv::ModelFile;
use edge_clv::json::to_string;
use serde::Serialize;

/// The text of a model file: one line for each key, the segments' bands and the training facts
/// a line each, numbers as ECMAScript prints them. It is not sealed; see
/// [`seal_model`](crate::seal_model).
///
/// # Example
/// ```
/// use edge_clv_train::{check_model, model_text, seal_model};
///
/// let model = check_model(include_str!("../../../model/cdnow.json"))?;
/// assert_eq!(check_model(&seal_model(&model_text(&model))?)?, model);
/// # Ok::<(), edge_clv_train::ModelTextError>(())
/// ```
pub fn model_text(model: &ModelFile) -> String {
    let bands = model.segments.bands.iter().map(spaced).collect::<Vec<_>>();
    let training = &model.training;
    let training = [
        ("source", to_string(&training.source)),
        ("customers", to_string(&training.customers)),
        ("orders", to_string(&training.orders)),
        ("observed_from", to_string(&training.observed_from)),
        ("observed_to", to_string(&training.observed_to)),
        ("log_likelihood", to_string(&training.log_likelihood)),
        ("standard_errors", spaced(&Map(&training.standard_errors))),
        ("source_sha256", to_string(&training.source_sha256)),
    ];
    let segments = format!(
        "{{\n    \"horizon\": {},\n    \"bands\": [\n      {}\n    ]\n  }}",
        to_string(&model.segments.horizon),
        bands.join(",\n      ")
    );
    let keys = [
        ("format", to_string(&model.format)),
        ("id", to_string(&model.id)),
        ("version", to_string(&model.version)),
        ("time_unit", to_string(&model.time_unit)),
        ("currency", to_string(&model.currency)),
        ("bg_nbd", spaced(&model.bg_nbd)),
        ("gamma_gamma", spaced(&model.gamma_gamma)),
        ("horizons", spaced(&model.horizons)),
        ("annual_discount_rate", to_string(&model.annual_discount_rate)),
        ("margin", to_string(&model.margin)),
        ("segments", segments),
        ("training", format!("{{\n{}\n  }}", lines(&training, 4))),
    ];
    format!("{{\n{}\n}}\n", lines(&keys, 2))
}

/// Keys with their values, a line each.
fn lines(keys: &[(&str, String)], indent: usize) -> String {
    let line = |(key, value): &(&str, String)| format!("{:indent$}\"{key}\": {value}", "");
    keys.iter().map(line).collect::<Vec<_>>().join(",\n")
}

/// On one line, with a space after each comma and colon that is not in a text.
fn spaced(value: &impl Serialize) -> String {
    let (mut text, mut quoted, mut escaped) = (String::new(), false, false);
    for c in to_string(value).chars() {
        text.push(c);
        if quoted {
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else if c == '"' {
            quoted = true;
        } else if matches!(c, ',' | ':') {
            text.push(' ');
        }
    }
    text
}

/// Names with numbers, as an object.
struct Map<'m>(&'m [(String, f64)]);

impl Serialize for Map<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check_model, seal_model};

    #[test]
    fn the_committed_model_has_this_layout() {
        let text = include_str!("../../../model/cdnow.json");
        assert_eq!(model_text(&check_model(text).unwrap()), text);
    }

    #[test]
    fn names_with_commas_colons_quotes_and_backslashes() {
        let mut model = check_model(include_str!("../../../model/cdnow.json")).unwrap();
        model.segments.bands[0].name = "a,b:\"c\\\",\\".to_owned();
        let text = seal_model(&model_text(&model)).unwrap();
        assert!(text.contains(r#"{"name": "a,b:\"c\\\",\\", "min_value": "#), "{text}");
        assert_eq!(check_model(&text).unwrap().segments, model.segments);
    }
}
