//! JavaScript bindings: values from and to JavaScript, and nothing else.
//!
//! Every rule and every number is the core's. The entry files beside this crate say when
//! the module is compiled; users meet those, not this.

mod batch;
mod input;
mod throw;

use edge_clv::Request;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

/// A checked model.
#[wasm_bindgen]
pub struct Model {
    model: edge_clv::Model,
    /// The tables of the last batch, for the next with the same options.
    scorer: Option<batch::Scorer>,
}

#[wasm_bindgen]
impl Model {
    /// From the object of a model file.
    ///
    /// # Errors
    /// A `TypeError` or a `RangeError` with `.errors`, one entry per broken rule.
    #[wasm_bindgen(constructor)]
    pub fn new(file: JsValue) -> Result<Model, JsValue> {
        edge_clv::Model::read(input::input(&file, input::MODEL_DEPTH)?)
            .map(|model| Model { model, scorer: None })
            .map_err(|errors| throw::violations(&errors))
    }

    /// Answers for one customer.
    ///
    /// # Errors
    /// A `TypeError` or a `RangeError` with `.errors`, one entry per broken rule.
    pub fn predict(&self, profile: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
        let mut entries = input::entries(profile)?;
        if !options.is_undefined() {
            entries.extend(input::entries(options)?);
        }
        let answer = Request::read(entries)
            .and_then(|request| self.model.predict(&request).map(|answer| to_js(&answer)))
            .map_err(|errors| throw::violations(&errors))?;
        Ok(answer)
    }

    /// Answers for columns of customers.
    ///
    /// # Errors
    /// As [`predict`](Model::predict), for what is wrong with the columns as such; a wrong
    /// row is an entry of the answer's `errors`.
    #[wasm_bindgen(js_name = predictBatch)]
    pub fn predict_batch(
        &mut self,
        columns: &JsValue,
        options: &JsValue,
    ) -> Result<JsValue, JsValue> {
        batch::predict(&self.model, &mut self.scorer, columns, options)
    }

    /// The model file as an object.
    #[wasm_bindgen(js_name = toJSON)]
    pub fn to_json(&self) -> JsValue {
        to_js(&self.model)
    }

    /// The model's id.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.model.file().id.clone()
    }

    /// The model's version.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> String {
        self.model.file().version.clone()
    }
}

/// The model file that was compiled in, as an object.
#[wasm_bindgen(js_name = bakedFile)]
pub fn baked_file() -> JsValue {
    to_js(&edge_clv::Model::baked())
}

/// A value of the core as a plain JavaScript value, maps as objects.
fn to_js<T: Serialize>(value: &T) -> JsValue {
    // The core's types are structs, lists, text and numbers, all of which convert; the
    // error is written out only because the serializer's type has one.
    value.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}
