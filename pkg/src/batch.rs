//! `predictBatch`: room for a part of the columns, which `model.js` fills, has scored and
//! empties, part by part.

use std::slice::Iter;

use edge_clv::{
    Batch, BatchOptions, Input, Model, Profiles, RowViolation, Rule, Violation, Violations,
};

use crate::plain;

/// Rows scored together: few enough to stay in the cache, enough that the calls cost nothing.
const ROWS: usize = 2048;

/// The names of the input columns; all but the last are needed.
const NAMES: [&str; 4] = ["frequency", "recency", "T", "monetary_value"];

/// What the last call asked for, with its tables, and room for a part of the columns.
pub(crate) struct Scorer {
    /// The options as they came.
    options: Vec<f64>,
    batch: Batch,
    /// [`ROWS`] of each input column, then of each output column.
    pub(crate) numbers: Vec<f64>,
    /// If it is wanted.
    pub(crate) segment: Option<Vec<u8>>,
}

impl Scorer {
    /// The scorer for columns, given by name and length, and the options after them: the one
    /// at hand if it is for the same.
    ///
    /// # Errors
    /// What is wrong with the columns as such and with the options.
    pub(crate) fn ready(
        kept: &mut Option<Scorer>,
        model: &Model,
        columns_and_options: &mut Iter<'_, f64>,
    ) -> Result<(), Violations> {
        let mut errors = Violations::default();
        check_columns(plain::value(columns_and_options), &mut errors);
        let given = columns_and_options.as_slice();
        match BatchOptions::read(plain::entries(columns_and_options)?) {
            Err(broken) => errors.extend(broken),
            Ok(options) if errors.is_empty() => {
                if kept.as_ref().is_none_or(|scorer| scorer.options != given) {
                    let segment = options.columns.segment.then(|| vec![0; ROWS]);
                    let batch = Batch::new(model, options)?;
                    let numbers = vec![0.0; ROWS * (NAMES.len() + batch.width())];
                    *kept = Some(Scorer { options: given.to_vec(), batch, numbers, segment });
                }
            }
            Ok(_) => {}
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Scores the first `count` rows of the room, at most [`ROWS`].
    pub(crate) fn score(&mut self, count: usize, monetary_value: bool) -> Vec<RowViolation> {
        let count = count.min(ROWS);
        let (input, output) = self.numbers.split_at_mut(ROWS * NAMES.len());
        let column = |i: usize| &input[i * ROWS..][..count];
        let profiles = Profiles {
            frequency: column(0),
            recency: column(1),
            T: column(2),
            monetary_value: monetary_value.then(|| column(3)),
        };
        let mut output: Vec<&mut [f64]> =
            output.chunks_mut(ROWS).map(|column| &mut column[..count]).collect();
        let segment = self.segment.as_mut().map(|segment| &mut segment[..count]);
        // The columns have the room's own lengths, so that nothing is wrong with them.
        self.batch.predict_into(&profiles, &mut output, segment).unwrap_or_default()
    }
}

/// Columns come as their lengths; what is no column comes as something else than a number.
fn check_columns(columns: Input, errors: &mut Violations) {
    let Input::Object(entries) = columns else {
        errors.add("", Rule::IsObject);
        return;
    };
    let mut lengths = [None; NAMES.len()];
    let mut given = [false, false, false, true];
    for (key, length) in &entries {
        match NAMES.iter().position(|name| name == key) {
            None => errors.extend([Violation::at_key(key, Rule::Known)]),
            Some(i) => {
                given[i] = true;
                match *length {
                    Input::Number(length) => lengths[i] = Some(length),
                    _ => errors.extend([Violation::at_key(key, Rule::IsColumn)]),
                }
            }
        }
    }
    for (name, given) in NAMES.iter().zip(given) {
        if !given {
            errors.extend([Violation::at_key(name, Rule::Given)]);
        }
    }
    if errors.is_empty() {
        for (name, length) in NAMES.iter().zip(lengths) {
            if length.is_some() && length != lengths[0] {
                errors.extend([Violation::at_key(name, Rule::ColumnsEqualLength)]);
            }
        }
    }
}
