//! `predictBatch`: room for a part of the columns, which `model.js` fills, has scored and
//! empties, part by part.

use std::slice::Iter;

use edge_clv::{Batch, BatchOptions, Model, Profiles, RowViolation, Violations};

use crate::plain;

/// Rows scored together: few enough to stay in the cache, enough that the calls cost nothing.
const ROWS: usize = 2048;

/// How many columns go in.
const COLUMNS: usize = 4;

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
        kept: &mut Option<Box<Scorer>>,
        model: &Model,
        columns_and_options: &mut Iter<'_, f64>,
    ) -> Result<(), Violations> {
        let columns = plain::value(columns_and_options);
        let given = columns_and_options.as_slice();
        let options = BatchOptions::read_for(&columns, plain::entries(columns_and_options)?)?;
        if kept.as_ref().is_none_or(|scorer| scorer.options != given) {
            let segment = options.columns.segment.then(|| vec![0; ROWS]);
            let batch = Batch::new(model, options)?;
            let numbers = vec![0.0; ROWS * (COLUMNS + batch.width())];
            *kept = Some(Box::new(Scorer { options: given.to_vec(), batch, numbers, segment }));
        }
        Ok(())
    }

    /// Scores the first `count` rows of the room, at most [`ROWS`].
    pub(crate) fn score(&mut self, count: usize, monetary_value: bool) -> Vec<RowViolation> {
        let count = count.min(ROWS);
        let (input, output) = self.numbers.split_at_mut(ROWS * COLUMNS);
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
