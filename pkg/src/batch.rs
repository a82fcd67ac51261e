//! `predictBatch`: columns in, columns out, one copy each way.

use edge_clv::{
    Batch, BatchOptions, Columns, Horizons, Model, Profiles, Rule, Violation, Violations,
};
use js_sys::{Array, Float64Array, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::{broken, input};

/// Rows copied in, scored and copied out together: few enough to stay in the cache, enough
/// that the calls out to JavaScript cost nothing.
const ROWS: usize = 2048;

/// The names of the input columns; all but the last are needed.
const NAMES: [&str; 4] = ["frequency", "recency", "T", "monetary_value"];

/// What the last call asked for, with its tables, and room for a part of the columns.
pub(crate) struct Scorer {
    options: BatchOptions,
    batch: Batch,
    input: [Vec<f64>; NAMES.len()],
    output: Vec<f64>,
    segment: Vec<u8>,
}

impl Scorer {
    fn new(model: &Model, options: BatchOptions) -> Result<Scorer, Violations> {
        let batch = Batch::new(model, options.clone())?;
        let output = vec![0.0; ROWS * batch.width()];
        Ok(Scorer {
            options,
            batch,
            input: std::array::from_fn(|_| vec![0.0; ROWS]),
            output,
            segment: vec![0; ROWS],
        })
    }
}

pub(crate) fn predict(
    model: &Model,
    scorer: &mut Option<Scorer>,
    columns: &JsValue,
    options: &JsValue,
) -> Result<Array, JsValue> {
    let mut errors = Violations::default();
    let columns = read_columns(columns, &mut errors)?;
    let options = read_options(options, &mut errors)?;
    if !errors.is_empty() {
        return Ok(Array::of1(&broken::list(&errors)));
    }
    if scorer.as_ref().is_none_or(|scorer| scorer.options != options) {
        match Scorer::new(model, options) {
            Ok(made) => *scorer = Some(made),
            Err(errors) => return Ok(Array::of1(&broken::list(&errors))),
        }
    }
    Ok(scorer.as_mut().map(|scorer| scorer.predict(&columns)).unwrap_or_default())
}

impl Scorer {
    /// The broken rules by row, the segments or nothing, and the columns of numbers.
    fn predict(&mut self, columns: &[Option<Float64Array>; NAMES.len()]) -> Array {
        let rows = columns[0].as_ref().map_or(0, Float64Array::length);
        let outputs: Vec<Float64Array> =
            (0..self.batch.width()).map(|_| Float64Array::new_with_length(rows)).collect();
        let segments = Uint8Array::new_with_length(rows);
        let mut errors = Vec::new();
        for start in (0..rows).step_by(ROWS) {
            let end = rows.min(start + ROWS as u32);
            let count = (end - start) as usize;
            for (column, room) in columns.iter().zip(&mut self.input) {
                if let Some(column) = column {
                    column.subarray(start, end).copy_to(&mut room[..count]);
                }
            }
            let [frequency, recency, age, monetary_value] = &self.input;
            let profiles = Profiles {
                frequency: &frequency[..count],
                recency: &recency[..count],
                T: &age[..count],
                monetary_value: columns[3].is_some().then(|| &monetary_value[..count]),
            };
            let mut parts: Vec<&mut [f64]> =
                self.output.chunks_mut(ROWS).map(|part| &mut part[..count]).collect();
            let segment = self.options.columns.segment.then(|| &mut self.segment[..count]);
            // The columns have one length: that was checked when they were read.
            let found = self.batch.predict_into(&profiles, &mut parts, segment);
            for (part, output) in parts.iter().zip(&outputs) {
                output.subarray(start, end).copy_from(part);
            }
            if self.options.columns.segment {
                segments.subarray(start, end).copy_from(&self.segment[..count]);
            }
            errors.extend(found.into_iter().flatten().map(|mut error| {
                error.row += start as usize;
                error
            }));
        }

        let segments = self.options.columns.segment.then_some(segments).map(JsValue::from);
        let answer = Array::of2(&broken::rows(&errors), &segments.unwrap_or_default());
        for output in &outputs {
            answer.push(output);
        }
        answer
    }
}

fn read_columns(
    columns: &JsValue,
    errors: &mut Violations,
) -> Result<[Option<Float64Array>; NAMES.len()], JsValue> {
    let mut read: [Option<Float64Array>; NAMES.len()] = Default::default();
    let mut given = [false, false, false, true];
    let Some(properties) = input::properties(columns)? else {
        errors.add("", Rule::IsObject);
        return Ok(read);
    };
    for (key, column) in properties {
        let Some(slot) = NAMES.iter().position(|name| *name == key) else {
            errors.extend([Violation::at_key(&key, Rule::Known)]);
            continue;
        };
        given[slot] = true;
        match column.dyn_into::<Float64Array>() {
            Ok(column) => read[slot] = Some(column),
            Err(_) => errors.extend([Violation::at_key(&key, Rule::IsColumn)]),
        }
    }
    let missing = NAMES.iter().zip(given).filter(|(_, given)| !given);
    errors.extend(missing.map(|(name, _)| Violation::at_key(name, Rule::Given)));
    if errors.is_empty() {
        let length = |column: &Option<Float64Array>| column.as_ref().map(Float64Array::length);
        for (name, column) in NAMES.iter().zip(&read) {
            if column.is_some() && length(column) != length(&read[0]) {
                errors.extend([Violation::at_key(name, Rule::ColumnsEqualLength)]);
            }
        }
    }
    Ok(read)
}

fn read_options(value: &JsValue, errors: &mut Violations) -> Result<BatchOptions, JsValue> {
    let mut options = BatchOptions::default();
    if value.is_undefined() {
        return Ok(options);
    }
    let Some(properties) = input::properties(value)? else {
        errors.add("", Rule::IsObject);
        return Ok(options);
    };
    for (key, option) in properties {
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
            ("exact", _) => match option.as_bool() {
                Some(exact) => options.exact = exact,
                None => errors.add("/exact", Rule::IsBoolean),
            },
            _ => errors.extend([Violation::at_key(&key, Rule::Known)]),
        }
    }
    Ok(options)
}
