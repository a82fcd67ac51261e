//! `predictBatch`: columns in, columns out, one copy each way.

use edge_clv::{BatchAnswer, Columns, Horizons, Model, Profiles, Rule, Violation, Violations};
use js_sys::{Array, Float64Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::{input, throw, to_js};

pub(crate) fn predict(
    model: &Model,
    columns: &JsValue,
    options: &JsValue,
) -> Result<JsValue, JsValue> {
    let mut errors = Violations::default();
    let [frequency, recency, age, monetary_value] = read_columns(columns, &mut errors)?;
    let options = Options::read(options, &mut errors)?;
    if !errors.is_empty() {
        return Err(throw::violations(&errors));
    }
    let profiles = Profiles {
        frequency: frequency.as_deref().unwrap_or_default(),
        recency: recency.as_deref().unwrap_or_default(),
        T: age.as_deref().unwrap_or_default(),
        monetary_value: monetary_value.as_deref(),
    };
    let answer = model
        .predict_batch(&profiles, options.horizons.as_ref(), options.columns)
        .map_err(|errors| throw::violations(&errors))?;
    to_object(model, &answer)
}

/// The names of the input columns; all but the last are needed.
const NAMES: [&str; 4] = ["frequency", "recency", "T", "monetary_value"];

fn read_columns(
    columns: &JsValue,
    errors: &mut Violations,
) -> Result<[Option<Vec<f64>>; 4], JsValue> {
    let mut read: [Option<Vec<f64>>; 4] = Default::default();
    let mut given = [false, false, false, true];
    for (key, column) in input::properties(columns)? {
        let Some(slot) = NAMES.iter().position(|name| *name == key) else {
            errors.extend([Violation::at_key(&key, Rule::Known)]);
            continue;
        };
        given[slot] = true;
        match column.dyn_ref::<Float64Array>() {
            Some(column) => read[slot] = Some(column.to_vec()),
            None => errors.extend([Violation::at_key(&key, Rule::IsColumn)]),
        }
    }
    let missing = NAMES.iter().zip(given).filter(|(_, given)| !given);
    errors.extend(missing.map(|(name, _)| Violation::at_key(name, Rule::Given)));
    Ok(read)
}

#[derive(Default)]
struct Options {
    horizons: Option<Horizons>,
    columns: Columns,
}

impl Options {
    fn read(value: &JsValue, errors: &mut Violations) -> Result<Options, JsValue> {
        let mut options = Options::default();
        if value.is_undefined() {
            return Ok(options);
        }
        for (key, option) in input::properties(value)? {
            match (key.as_str(), option.dyn_ref::<Array>()) {
                ("horizons", _) => {
                    match Horizons::read(&input::input(&option, input::REQUEST_DEPTH)?) {
                        Ok(horizons) => options.horizons = Some(horizons),
                        Err(broken) => errors.extend(broken),
                    }
                }
                ("columns", Some(names)) => {
                    let names: Vec<String> =
                        names.iter().map(|name| name.as_string().unwrap_or_default()).collect();
                    match Columns::named(&names) {
                        Ok(columns) => options.columns = columns,
                        Err(broken) => errors.extend(broken),
                    }
                }
                ("columns", None) => errors.add("/columns", Rule::IsList),
                _ => errors.extend([Violation::at_key(&key, Rule::Known)]),
            }
        }
        Ok(options)
    }
}

/// The answer's keys, in the order of the contract, as columns.
fn to_object(model: &Model, answer: &BatchAnswer) -> Result<JsValue, JsValue> {
    let object = Object::new();
    set_column(&object, "probability_alive", &answer.probability_alive)?;
    set_column(&object, "expected_average_profit", &answer.expected_average_profit)?;
    let horizons = Array::new();
    for horizon in &answer.horizons {
        let entry = Object::new();
        set(&entry, "days", &horizon.days.into())?;
        set_column(&entry, "expected_purchases", &horizon.expected_purchases)?;
        set_column(&entry, "probability_of_purchase", &horizon.probability_of_purchase)?;
        set_column(&entry, "customer_lifetime_value", &horizon.customer_lifetime_value)?;
        horizons.push(&entry);
    }
    set(&object, "horizons", &horizons)?;
    set_column(&object, "residual_lifetime_value", &answer.residual_lifetime_value)?;
    if let Some(segment) = &answer.segment {
        set(&object, "segment", &Uint8Array::from(segment.as_slice()))?;
        let bands = &model.file().segments.bands;
        let names: Vec<&str> = bands.iter().map(|band| band.name.as_str()).collect();
        set(&object, "segments", &to_js(&names))?;
    }
    set(&object, "model", &to_js(&model.name()))?;
    set(&object, "errors", &to_js(&answer.errors))?;
    Ok(object.into())
}

fn set_column(object: &Object, key: &str, column: &Option<Vec<f64>>) -> Result<(), JsValue> {
    match column {
        Some(column) => set(object, key, &Float64Array::from(column.as_slice())),
        None => Ok(()),
    }
}

fn set(object: &Object, key: &str, value: &JsValue) -> Result<(), JsValue> {
    Reflect::set(object, &key.into(), value).map(|_| ())
}
