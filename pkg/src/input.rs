//! JavaScript values as the core's input.

use edge_clv::Input;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;

/// How deep a request goes: a list of horizons.
pub(crate) const REQUEST_DEPTH: u32 = 1;
/// How deep a model file goes: segments, bands, a band, its name.
pub(crate) const MODEL_DEPTH: u32 = 4;

/// No rule allows a list longer than the 255 bands of a model, so that this many are enough
/// to find it too long; an array of four billion holes must not keep anybody waiting.
const LONGEST_LIST: u32 = 256;

/// A value. What is nested deeper than `depth` is not looked into, so that an object which
/// contains itself comes to an end.
///
/// # Errors
/// What a getter throws.
pub(crate) fn input(value: &JsValue, depth: u32) -> Result<Input, JsValue> {
    Ok(if let Some(number) = value.as_f64() {
        Input::Number(number)
    } else if let Some(boolean) = value.as_bool() {
        Input::Boolean(boolean)
    } else if let Some(text) = value.as_string() {
        Input::Text(text)
    } else if depth == 0 || !value.is_object() {
        Input::Other
    } else if let Some(array) = value.dyn_ref::<Array>() {
        let values = (0..array.length().min(LONGEST_LIST)).map(|i| input(&array.get(i), depth - 1));
        Input::List(values.collect::<Result<_, _>>()?)
    } else {
        let properties = own_properties(value)?.into_iter();
        let entries = properties.map(|(key, value)| Ok((key, input(&value, depth - 1)?)));
        Input::Object(entries.collect::<Result<_, JsValue>>()?)
    })
}

/// The entries of a request object; none if it is no object.
pub(crate) fn entries(value: &JsValue) -> Result<Option<Vec<(String, Input)>>, JsValue> {
    let Some(properties) = properties(value)? else { return Ok(None) };
    let entry = |(key, value)| Ok((key, input(&value, REQUEST_DEPTH)?));
    properties.into_iter().map(entry).collect::<Result<_, _>>().map(Some)
}

/// The properties of an object that is no list; none if it is something else.
pub(crate) fn properties(value: &JsValue) -> Result<Option<Vec<(String, JsValue)>>, JsValue> {
    if !value.is_object() || Array::is_array(value) {
        return Ok(None);
    }
    own_properties(value).map(Some)
}

/// The own enumerable properties of an object; one that is `undefined` counts as absent.
fn own_properties(value: &JsValue) -> Result<Vec<(String, JsValue)>, JsValue> {
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
