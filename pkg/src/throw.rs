//! Broken rules as JavaScript errors.

use edge_clv::Violations;
use js_sys::{RangeError, Reflect, TypeError};
use wasm_bindgen::prelude::*;

use crate::to_js;

/// A `TypeError` if any rule is about the kind of a value, else a `RangeError`; either
/// has `.errors`, the list that HTTP answers with.
pub(crate) fn violations(errors: &Violations) -> JsValue {
    let message = errors.to_string();
    let error: JsValue = if errors.is_about_type() {
        TypeError::new(&message).into()
    } else {
        RangeError::new(&message).into()
    };
    // Setting a property of a fresh error cannot fail.
    let _ = Reflect::set(&error, &"errors".into(), &to_js(errors));
    error
}
