//! The same answers over columns: many customers in, one column per quantity out.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use serde::Serialize;

use crate::clv::Scorer;
use crate::error::{Rule, Violation, Violations};
use crate::horizons::Horizons;
use crate::model::Model;
use crate::profile::Profile;

/// Profiles as columns of equal length. In `monetary_value`, NaN stands for not given.
#[allow(non_snake_case)]
#[derive(Clone, Copy, Debug)]
pub struct Profiles<'c> {
    /// Repeat purchases.
    pub frequency: &'c [f64],
    /// Days from first to last purchase.
    pub recency: &'c [f64],
    /// Days from first purchase to the end of observation.
    pub T: &'c [f64],
    /// Mean profit per repeat purchase, currency.
    pub monetary_value: Option<&'c [f64]>,
}

impl Profiles<'_> {
    fn check(&self) -> Result<(), Violations> {
        let mut errors = Violations::default();
        let rows = self.frequency.len();
        let monetary_value = self.monetary_value.map_or(rows, <[f64]>::len);
        for (pointer, length) in [
            ("/recency", self.recency.len()),
            ("/T", self.T.len()),
            ("/monetary_value", monetary_value),
        ] {
            errors.require(length == rows, pointer, Rule::ColumnsEqualLength);
        }
        errors.or(())
    }

    fn row(&self, row: usize) -> Result<Profile, Violations> {
        let monetary_value = self.monetary_value.map(|column| column[row]);
        Profile::new(
            self.frequency[row],
            self.recency[row],
            self.T[row],
            monetary_value.filter(|m| !m.is_nan()),
        )
    }
}

/// Which columns to work out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// P(alive).
    pub probability_alive: bool,
    /// E\[M\].
    pub expected_average_profit: bool,
    /// E\[Y(t)\] per horizon.
    pub expected_purchases: bool,
    /// P(Y(t) > 0) per horizon.
    pub probability_of_purchase: bool,
    /// Discounted value per horizon.
    pub customer_lifetime_value: bool,
    /// Discounted value without a horizon; costs a quadrature a row.
    pub residual_lifetime_value: bool,
    /// Segment.
    pub segment: bool,
}

impl Default for Columns {
    /// All but the residual value.
    fn default() -> Self {
        let all = true;
        Columns {
            probability_alive: all,
            expected_average_profit: all,
            expected_purchases: all,
            probability_of_purchase: all,
            customer_lifetime_value: all,
            residual_lifetime_value: false,
            segment: all,
        }
    }
}

impl Columns {
    /// The columns of these names, which are the answer's keys.
    ///
    /// # Errors
    /// For every unknown name, with JSON pointers such as `/columns/1`.
    pub fn named<N: AsRef<str>>(names: &[N]) -> Result<Columns, Violations> {
        let mut errors = Violations::default();
        let mut columns = Columns {
            probability_alive: false,
            expected_average_profit: false,
            expected_purchases: false,
            probability_of_purchase: false,
            customer_lifetime_value: false,
            residual_lifetime_value: false,
            segment: false,
        };
        for (i, name) in names.iter().enumerate() {
            match name.as_ref() {
                "probability_alive" => columns.probability_alive = true,
                "expected_average_profit" => columns.expected_average_profit = true,
                "expected_purchases" => columns.expected_purchases = true,
                "probability_of_purchase" => columns.probability_of_purchase = true,
                "customer_lifetime_value" => columns.customer_lifetime_value = true,
                "residual_lifetime_value" => columns.residual_lifetime_value = true,
                "segment" => columns.segment = true,
                _ => errors.add(format!("/columns/{i}"), Rule::ColumnKnown),
            }
        }
        errors.or(columns)
    }
}

/// The answers as columns; a column that was not asked for is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchAnswer {
    /// P(alive).
    pub probability_alive: Option<Vec<f64>>,
    /// E\[M\].
    pub expected_average_profit: Option<Vec<f64>>,
    /// One entry per horizon, nearest first.
    pub horizons: Vec<HorizonColumns>,
    /// Discounted value without a horizon.
    pub residual_lifetime_value: Option<Vec<f64>>,
    /// Index into the model's segment bands; [`NO_SEGMENT`] where the row is wrong.
    pub segment: Option<Vec<u8>>,
    /// The broken rules, by row; such a row is NaN in every column.
    pub errors: Vec<RowViolation>,
}

/// The columns of one horizon.
#[derive(Clone, Debug, PartialEq)]
pub struct HorizonColumns {
    /// The horizon in days.
    pub days: f64,
    /// E\[Y(t)\].
    pub expected_purchases: Option<Vec<f64>>,
    /// P(Y(t) > 0).
    pub probability_of_purchase: Option<Vec<f64>>,
    /// Discounted profit, currency.
    pub customer_lifetime_value: Option<Vec<f64>>,
}

/// One broken rule of one row.
///
/// Serialized as `{"row", "pointer", "rule", "detail"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowViolation {
    /// The row, from 0.
    pub row: usize,
    /// What does not hold there.
    #[serde(flatten)]
    pub violation: Violation,
}

/// Stands in the segment column for a row that breaks a rule.
pub const NO_SEGMENT: u8 = u8::MAX;

impl Model {
    /// Answers for every row. A row that breaks a rule is NaN in every column and named in
    /// `errors`; the rest go on.
    ///
    /// Agrees with [`Model::predict`] to 1e-13 relative.
    ///
    /// # Errors
    /// Columns of unequal length; the residual value asked of a model that does not
    /// discount.
    ///
    /// # Example
    /// ```
    /// use edge_clv::{Columns, Model, Profiles};
    ///
    /// let profiles = Profiles {
    ///     frequency: &[5.0, -1.0],
    ///     recency: &[200.0, 0.0],
    ///     T: &[300.0, 10.0],
    ///     monetary_value: None,
    /// };
    /// let model = Model::baked();
    /// let answer = model.predict_batch(&profiles, None, Columns::default())?;
    /// let alive = answer.probability_alive.unwrap();
    /// assert!(alive[0] > 0.0 && alive[1].is_nan());
    /// assert_eq!(answer.errors[0].row, 1);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn predict_batch(
        &self,
        profiles: &Profiles<'_>,
        horizons: Option<&Horizons>,
        columns: Columns,
    ) -> Result<BatchAnswer, Violations> {
        profiles.check()?;
        if columns.residual_lifetime_value {
            self.check_residual()?;
        }
        let rows = profiles.frequency.len();
        let empty = |wanted: bool| wanted.then(|| vec![f64::NAN; rows]);
        let days = horizons.map_or(self.file().horizons.as_slice(), Horizons::as_slice);
        let mut answer = BatchAnswer {
            probability_alive: empty(columns.probability_alive),
            expected_average_profit: empty(columns.expected_average_profit),
            horizons: days
                .iter()
                .map(|&days| HorizonColumns {
                    days,
                    expected_purchases: empty(columns.expected_purchases),
                    probability_of_purchase: empty(columns.probability_of_purchase),
                    customer_lifetime_value: empty(columns.customer_lifetime_value),
                })
                .collect(),
            residual_lifetime_value: empty(columns.residual_lifetime_value),
            segment: columns.segment.then(|| vec![NO_SEGMENT; rows]),
            errors: Vec::new(),
        };
        for row in 0..rows {
            match profiles.row(row) {
                Ok(profile) => answer.fill(row, &Scorer::new(self, &profile)),
                Err(violations) => answer.errors.extend(
                    violations.into_iter().map(|violation| RowViolation { row, violation }),
                ),
            }
        }
        Ok(answer)
    }
}

impl BatchAnswer {
    fn fill(&mut self, row: usize, scorer: &Scorer<'_>) {
        let set = |column: &mut Option<Vec<f64>>, value: &dyn Fn() -> f64| {
            if let Some(column) = column {
                column[row] = value();
            }
        };
        set(&mut self.probability_alive, &|| scorer.probability_alive);
        set(&mut self.expected_average_profit, &|| scorer.expected_average_profit);
        for horizon in &mut self.horizons {
            let days = horizon.days;
            set(&mut horizon.expected_purchases, &|| scorer.purchases(days));
            set(&mut horizon.probability_of_purchase, &|| scorer.any_purchase(days));
            set(&mut horizon.customer_lifetime_value, &|| scorer.value(days));
        }
        set(&mut self.residual_lifetime_value, &|| scorer.value(f64::INFINITY));
        if let Some(segment) = &mut self.segment {
            let value_at_hand = |days| {
                let horizon = self.horizons.iter().find(|horizon| horizon.days == days)?;
                Some(horizon.customer_lifetime_value.as_ref()?[row])
            };
            // The model file holds at most 255 bands, so the index fits a byte.
            segment[row] = scorer.band(value_at_hand) as u8;
        }
    }
}
