//! Every customer scored: a model's answers as the columns of a table.

mod csv;

pub use self::csv::CsvScores;

use edge_clv::{Batch, BatchOptions, Columns, Horizons, Model, Profiles, Violations};

use crate::RfmTable;

/// What to work out for each customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreOptions {
    /// How far ahead; the model's own horizons if `None`.
    pub horizons: Option<Horizons>,
    /// Whether the residual lifetime value is wanted, which costs a quadrature.
    pub residual: bool,
    /// To the very bits of [`Model::predict`], and of `predict` in JavaScript; otherwise those
    /// of [`Batch`] and `predictBatch`, which are many times faster and agree to 1e-13.
    pub exact: bool,
}

/// Scores tables of profiles, one after the other.
pub struct Scorer {
    batch: Batch,
    names: Vec<String>,
    bands: Vec<String>,
}

/// The scores of a table, a row for each of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The columns that [`Scorer::names`] names.
    pub columns: Vec<Vec<f64>>,
    /// Places in [`Scorer::bands`].
    pub segment: Vec<u8>,
}

impl Scorer {
    /// # Errors
    /// The residual value asked of a model that does not discount.
    pub fn new(model: &Model, options: ScoreOptions) -> Result<Scorer, Violations> {
        let ScoreOptions { horizons, residual, exact } = options;
        let columns = Columns { residual_lifetime_value: residual, ..Columns::default() };
        let batch = Batch::new(model, BatchOptions { horizons, columns, exact })?;
        let mut names = vec!["probability_alive".into(), "expected_average_profit".into()];
        for &days in batch.days() {
            for key in ["expected_purchases", "probability_of_purchase", "customer_lifetime_value"]
            {
                names.push(format!("{key}_{}d", number(days)));
            }
        }
        if residual {
            names.push("residual_lifetime_value".into());
        }
        let bands = model.file().segments.bands.iter().map(|band| band.name.clone()).collect();
        Ok(Scorer { batch, names, bands })
    }

    /// The names of the columns of numbers, an answer's keys flattened: a horizon of 30 days
    /// makes `expected_purchases_30d`. The column `segment` comes after them.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The segments' names, the most valuable first.
    pub fn bands(&self) -> &[String] {
        &self.bands
    }

    /// The horizons, in days.
    pub fn days(&self) -> &[f64] {
        self.batch.days()
    }

    /// Scores the rows of a table. A row's scores depend on that row alone. A monetary value of
    /// 0 is taken as not given, as in a fit.
    ///
    /// # Errors
    /// A row that breaks a rule of a profile, of which there is none in a summary nor in what
    /// [`ProfileReader`](crate::ProfileReader) hands over; columns of unequal length.
    pub fn score(&mut self, table: &RfmTable) -> Result<Scores, Violations> {
        let rows = table.frequency.len();
        let mut columns = vec![vec![f64::NAN; rows]; self.batch.width()];
        let mut segment = vec![edge_clv::NO_SEGMENT; rows];
        let profiles = Profiles {
            frequency: &table.frequency,
            recency: &table.recency,
            T: &table.T,
            monetary_value: Some(&table.monetary_value_given()),
        };
        let mut slices: Vec<&mut [f64]> = columns.iter_mut().map(Vec::as_mut_slice).collect();
        let broken = self.batch.predict_into(&profiles, &mut slices, Some(&mut segment))?;
        match broken.into_iter().next() {
            Some(first) => Err(first.violation.into()),
            None => Ok(Scores { columns, segment }),
        }
    }
}

/// A number as ECMAScript prints it, so that a score reads the same as one from JavaScript.
fn number(value: f64) -> String {
    ryu_js::Buffer::new().format_finite(value).to_owned()
}

#[cfg(test)]
mod tests {
    use edge_clv::{Profile, Request, json};

    use super::*;

    fn model() -> Model {
        let text = include_str!("../../../model/cdnow.json");
        Model::try_from(json::parse_model(text.as_bytes()).unwrap()).unwrap()
    }

    fn table() -> RfmTable {
        let mut table = RfmTable::default();
        for x in 0..200 {
            let x = f64::from(x % 40);
            table.push_numbers(
                [x, 3.5 * x, 150.0 + x, if x == 7.0 { f64::NAN } else { 5.0 + x }],
                1,
            );
        }
        table
    }

    #[test]
    fn exact_scores_are_the_answers_bit_by_bit() {
        let (model, table) = (model(), table());
        let horizons = Some(Horizons::new(&[7.5, 30.0, 365.0]).unwrap());
        let options = ScoreOptions { horizons: horizons.clone(), residual: true, exact: true };
        let mut scorer = Scorer::new(&model, options).unwrap();
        let scores = scorer.score(&table).unwrap();
        assert_eq!(scorer.names()[2], "expected_purchases_7.5d");
        assert_eq!(scorer.names()[10], "customer_lifetime_value_365d");
        assert_eq!(scorer.names()[11], "residual_lifetime_value");
        assert_eq!(scorer.names().len(), scores.columns.len());
        for row in 0..table.len() {
            let m = table.monetary_value[row];
            let profile = Profile::new(
                table.frequency[row],
                table.recency[row],
                table.T[row],
                (!m.is_nan()).then_some(m),
            )
            .unwrap();
            let request = Request { profile, horizons: horizons.clone(), residual: true };
            let answer = model.predict(&request).unwrap();
            let mut expected = vec![answer.probability_alive, answer.expected_average_profit];
            for horizon in &answer.horizons {
                expected.push(horizon.expected_purchases);
                expected.push(horizon.probability_of_purchase);
                expected.push(horizon.customer_lifetime_value);
            }
            expected.extend(answer.residual_lifetime_value);
            for (column, expected) in scores.columns.iter().zip(expected) {
                assert_eq!(column[row].to_bits(), expected.to_bits());
            }
            assert_eq!(scorer.bands()[scores.segment[row] as usize], answer.segment);
        }
    }

    /// As `predictBatch` gives them, however the rows are dealt out into tables.
    #[test]
    fn scores_are_those_of_a_batch_bit_by_bit() {
        let (model, table) = (model(), table());
        let mut batch = Batch::new(&model, BatchOptions::default()).unwrap();
        let expected = batch
            .predict(&Profiles {
                frequency: &table.frequency,
                recency: &table.recency,
                T: &table.T,
                monetary_value: Some(&table.monetary_value),
            })
            .unwrap();
        let mut scorer = Scorer::new(&model, ScoreOptions::default()).unwrap();
        for row in 0..table.len() {
            let mut one = RfmTable::default();
            one.push_numbers(
                [table.frequency[row], table.recency[row], table.T[row], table.monetary_value[row]],
                1,
            );
            let scores = scorer.score(&one).unwrap();
            let value = expected.horizons[1].customer_lifetime_value.as_ref().unwrap()[row];
            assert_eq!(scores.columns[7][0].to_bits(), value.to_bits());
            let alive = expected.probability_alive.as_ref().unwrap()[row];
            assert_eq!(scores.columns[0][0].to_bits(), alive.to_bits());
            assert_eq!(scores.segment[0], expected.segment.as_ref().unwrap()[row]);
        }
    }

    #[test]
    fn a_row_that_breaks_a_rule_is_an_error() {
        let mut scorer = Scorer::new(&model(), ScoreOptions::default()).unwrap();
        let mut table = table();
        table.recency[5] = 1e6;
        let errors = scorer.score(&table).unwrap_err();
        assert_eq!(errors.as_slice()[0].rule.inequality(), "recency <= T");
    }

    /// As in a fit, in segments and in a validation.
    #[test]
    fn a_mean_of_0_is_not_given() {
        let mut table = RfmTable::default();
        table.push_numbers([2.0, 5.0, 9.0, 0.0], 1);
        table.push_numbers([2.0, 5.0, 9.0, f64::NAN], 1);
        let mut scorer = Scorer::new(&model(), ScoreOptions::default()).unwrap();
        let scores = scorer.score(&table).unwrap();
        assert!(scores.columns.iter().all(|column| column[0] == column[1]));
        assert_eq!(scores.segment[0], scores.segment[1]);
    }
}
