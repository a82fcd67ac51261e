//! Refusing keys that a model file does not have.

use edge_clv::{Rule, Violation, Violations};
use wasm_bindgen::prelude::*;

use crate::input;

/// Adds every key of `given` that the same value read and written again does not have:
/// reading takes what it knows from an object, and a misspelt key must not pass unseen.
pub(crate) fn check(
    given: &JsValue,
    written: &JsValue,
    pointer: &str,
    errors: &mut Violations,
) -> Result<(), JsValue> {
    for (key, value) in input::own_properties(given)? {
        let pointer = format!("{pointer}{}", Violation::at_key(&key, Rule::Known).pointer);
        let known = js_sys::Reflect::get(written, &key.into())?;
        if known.is_undefined() {
            errors.add(pointer, Rule::Known);
        } else if known.is_object() {
            check(&value, &known, &pointer, errors)?;
        }
    }
    Ok(())
}
