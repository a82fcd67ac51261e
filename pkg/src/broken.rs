//! Broken rules on their way to JavaScript.

use edge_clv::{RowViolation, Rule, Violation, Violations};
use wasm_bindgen::prelude::*;

type Entry<'v> = (usize, &'v str, &'static str, &'static str, bool);

/// Lists of row, pointer, rule, detail, and whether it is about the kind of a value. Tuples
/// and not structs, whose keys would need a cache in wasm; `model.js` has the keys.
fn entry(row: usize, violation: &Violation) -> Entry<'_> {
    let Violation { pointer, rule } = violation;
    (row, pointer, rule.inequality(), rule.detail(), rule.is_about_type())
}

fn to_js(entries: &[Entry<'_>]) -> JsValue {
    // Lists of numbers and text always convert.
    serde_wasm_bindgen::to_value(entries).unwrap_or_default()
}

pub(crate) fn list(errors: &Violations) -> JsValue {
    to_js(&errors.as_slice().iter().map(|error| entry(0, error)).collect::<Vec<_>>())
}

/// Nothing where nothing is broken, as in nearly every part of the rows.
pub(crate) fn rows(errors: &[RowViolation]) -> JsValue {
    if errors.is_empty() {
        return JsValue::UNDEFINED;
    }
    to_js(&errors.iter().map(|error| entry(error.row, &error.violation)).collect::<Vec<_>>())
}

pub(crate) fn told(result: Result<(), Violations>) -> JsValue {
    result.map_or_else(|errors| list(&errors), |()| JsValue::UNDEFINED)
}

/// For something that should have been an object.
pub(crate) fn no_object() -> Violations {
    Violation { pointer: String::new(), rule: Rule::IsObject }.into()
}
