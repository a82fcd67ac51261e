//! JavaScript values as the core's input.

use edge_clv::{Horizons, Input, Rule, Violation};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::throw;

/// The entries of a request object.
pub(crate) fn entries(value: &JsValue) -> Result<Vec<(String, Input)>, JsValue> {
    let properties = properties(value)?.into_iter();
    Ok(properties.map(|(key, value)| (key, input(&value, list))).collect())
}

/// The properties of an object that is no list.
pub(crate) fn properties(value: &JsValue) -> Result<Vec<(String, JsValue)>, JsValue> {
    if !value.is_object() || Array::is_array(value) {
        let error = Violation { pointer: String::new(), rule: Rule::IsObject };
        return Err(throw::violations(&error.into()));
    }
    own_properties(value)
}

/// The own enumerable properties of an object; one that is `undefined` counts as absent.
pub(crate) fn own_properties(value: &JsValue) -> Result<Vec<(String, JsValue)>, JsValue> {
    let mut properties = Vec::new();
    for key in Object::keys(value.unchecked_ref::<Object>()) {
        let property = Reflect::get(value, &key)?;
        // The keys are always text: symbols are never among them.
        if let (Some(key), false) = (key.as_string(), property.is_undefined()) {
            properties.push((key, property));
        }
    }
    Ok(properties)
}

/// A value; `list` says what becomes of an array.
pub(crate) fn input(value: &JsValue, list: impl Fn(&Array) -> Input) -> Input {
    if let Some(number) = value.as_f64() {
        Input::Number(number)
    } else if let Some(boolean) = value.as_bool() {
        Input::Boolean(boolean)
    } else if let Some(array) = value.dyn_ref::<Array>() {
        list(array)
    } else {
        Input::Other
    }
}

/// The elements of an array. One more than the most horizons is enough to find it too
/// long, and an array of four billion holes must not keep anybody waiting; no rule looks
/// into an array within an array.
pub(crate) fn list(array: &Array) -> Input {
    let length = array.length().min(Horizons::MOST as u32 + 1);
    Input::List((0..length).map(|i| input(&array.get(i), |_| Input::Other)).collect())
}
