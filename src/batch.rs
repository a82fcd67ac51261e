//! The same answers over columns: many customers in, one column per quantity out.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::mem::take;

use serde::Serialize;

use crate::batch_options::{BatchOptions, Columns};
use crate::block::{BLOCK, Block};
use crate::clv::Customer;
use crate::error::{Rule, Violation, Violations};
use crate::model::Model;
use crate::profile::Profile;
use crate::special::alive::Alive;
use crate::tables::Tables;

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

    /// The rows of a range.
    fn slice(&self, rows: core::ops::Range<usize>) -> Profiles<'_> {
        Profiles {
            frequency: &self.frequency[rows.clone()],
            recency: &self.recency[rows.clone()],
            T: &self.T[rows.clone()],
            monetary_value: self.monetary_value.map(|column| &column[rows]),
        }
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

/// The answers as columns; a column that was not asked for is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchAnswer {
    /// P(alive), 0..1; 1 by construction for a customer without a repeat purchase.
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

/// A column of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    ProbabilityAlive,
    ExpectedAverageProfit,
    /// The horizon's index, here and below.
    ExpectedPurchases(usize),
    ProbabilityOfPurchase(usize),
    CustomerLifetimeValue(usize),
    ResidualLifetimeValue,
    /// Value over the segments' horizon, where that is none of those asked for.
    SegmentValue,
}

impl Output {
    /// Whether it is money, so that profit is a factor of it.
    pub(crate) fn is_money(self) -> bool {
        use Output::{CustomerLifetimeValue, ResidualLifetimeValue, SegmentValue};
        matches!(self, CustomerLifetimeValue(_) | ResidualLifetimeValue | SegmentValue)
    }

    /// Whether the tables have it; the others are worked out.
    pub(crate) fn is_tabulated(self) -> bool {
        !matches!(self, Output::ProbabilityAlive | Output::ExpectedAverageProfit)
    }
}

/// How far the outputs look, in days, and by what daily rate what is later counts less.
#[derive(Clone, Debug)]
pub(crate) struct Ahead {
    pub(crate) days: Vec<f64>,
    segment_horizon: f64,
    delta: f64,
}

impl Ahead {
    /// What the outputs are of a living customer whose purchases are worth 1 each. P(alive) and
    /// E[M] themselves are left as they are.
    pub(crate) fn of_the_living(&self, alive: &Alive, outputs: &[Output], values: &mut [f64]) {
        use Output::{CustomerLifetimeValue, ExpectedPurchases};
        let per_horizon =
            |output: &Output| matches!(output, ExpectedPurchases(_) | CustomerLifetimeValue(_));
        if outputs.iter().any(per_horizon) {
            alive.expected(&self.days, self.delta, &mut |at, within| {
                for (output, value) in outputs.iter().zip(&mut *values) {
                    match *output {
                        ExpectedPurchases(i) if i == at => *value = within.purchases,
                        CustomerLifetimeValue(i) if i == at => *value = within.discounted,
                        _ => {}
                    }
                }
            });
        }
        for (output, value) in outputs.iter().zip(values) {
            *value = match *output {
                Output::ProbabilityOfPurchase(i) => alive.any_purchase(self.days[i]),
                Output::ResidualLifetimeValue => {
                    alive.discounted_purchases(f64::INFINITY, self.delta)
                }
                Output::SegmentValue => {
                    alive.discounted_purchases(self.segment_horizon, self.delta)
                }
                _ => continue,
            };
        }
    }
}

impl Columns {
    /// The columns of numbers that are wanted, in the order of the answer's keys.
    fn outputs(&self, horizons: usize) -> Vec<Output> {
        // By itself: it is called six times.
        #[inline(never)]
        fn add(outputs: &mut Vec<Output>, wanted: bool, output: Output) {
            if wanted {
                outputs.push(output);
            }
        }
        let outputs = &mut Vec::new();
        add(outputs, self.probability_alive, Output::ProbabilityAlive);
        add(outputs, self.expected_average_profit, Output::ExpectedAverageProfit);
        for i in 0..horizons {
            add(outputs, self.expected_purchases, Output::ExpectedPurchases(i));
            add(outputs, self.probability_of_purchase, Output::ProbabilityOfPurchase(i));
            add(outputs, self.customer_lifetime_value, Output::CustomerLifetimeValue(i));
        }
        add(outputs, self.residual_lifetime_value, Output::ResidualLifetimeValue);
        take(outputs)
    }
}

/// Scores columns under one model with one set of options, keeping its tables from one call
/// to the next.
///
/// A row's answer depends on the row alone, not on what it comes with or after.
///
/// # Example
/// ```
/// use edge_clv::{Batch, BatchOptions, Model, Profiles};
///
/// let mut batch = Batch::new(&Model::baked(), BatchOptions::default())?;
/// for day in [300.0, 301.0] {
///     let profiles = Profiles {
///         frequency: &[5.0, 2.0],
///         recency: &[200.0, 90.0],
///         T: &[day, day],
///         monetary_value: None,
///     };
///     let answer = batch.predict(&profiles)?;
///     assert!(answer.errors.is_empty());
/// }
/// # Ok::<(), edge_clv::Violations>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batch {
    model: Model,
    ahead: Ahead,
    columns: Columns,
    outputs: Vec<Output>,
    /// The output that decides the segment; if none does, one past the last.
    segment_column: usize,
    tables: Option<Tables>,
    block: Box<Block>,
    /// Of a row that is worked out by itself.
    living: Vec<f64>,
}

impl Batch {
    /// # Errors
    /// The residual value asked of a model that does not discount.
    pub fn new(model: &Model, options: BatchOptions) -> Result<Batch, Violations> {
        let BatchOptions { horizons, columns, exact } = options;
        if columns.residual_lifetime_value {
            model.check_residual()?;
        }
        let days = match horizons {
            Some(horizons) => horizons.into(),
            None => model.file().horizons.clone(),
        };
        let outputs = columns.outputs(days.len());
        let segment_horizon = model.file().segments.horizon;
        let decides = |output: &Output| match *output {
            Output::CustomerLifetimeValue(i) => days[i] == segment_horizon,
            _ => false,
        };
        let segment_column = outputs.iter().position(decides).unwrap_or(outputs.len());
        let ahead = Ahead { days, segment_horizon, delta: model.daily_rate() };
        let tables = if exact {
            None
        } else {
            let segment = columns.segment && segment_column == outputs.len();
            Some(Tables::new(model.bg_nbd(), &outputs, segment))
        };
        Ok(Batch {
            model: model.clone(),
            ahead,
            columns,
            segment_column,
            tables,
            block: Box::new(Block::NEW),
            living: vec![0.0; outputs.len()],
            outputs,
        })
    }

    /// The horizons answered for, in days.
    pub fn days(&self) -> &[f64] {
        &self.ahead.days
    }

    /// How many columns of numbers an answer has; the segment is not among them.
    pub fn width(&self) -> usize {
        self.outputs.len()
    }

    /// Answers for every row. A row that breaks a rule is NaN in every column and named in
    /// `errors`; the rest go on.
    ///
    /// # Errors
    /// Columns of unequal length.
    pub fn predict(&mut self, profiles: &Profiles<'_>) -> Result<BatchAnswer, Violations> {
        let rows = profiles.frequency.len();
        let mut columns = vec![vec![f64::NAN; rows]; self.width()];
        let mut segment = self.columns.segment.then(|| vec![NO_SEGMENT; rows]);
        let mut slices: Vec<&mut [f64]> = columns.iter_mut().map(Vec::as_mut_slice).collect();
        let errors = self.predict_into(profiles, &mut slices, segment.as_deref_mut())?;

        let mut columns = columns.into_iter();
        let mut next = |wanted: bool| if wanted { columns.next() } else { None };
        Ok(BatchAnswer {
            probability_alive: next(self.columns.probability_alive),
            expected_average_profit: next(self.columns.expected_average_profit),
            horizons: self
                .days()
                .iter()
                .map(|&days| HorizonColumns {
                    days,
                    expected_purchases: next(self.columns.expected_purchases),
                    probability_of_purchase: next(self.columns.probability_of_purchase),
                    customer_lifetime_value: next(self.columns.customer_lifetime_value),
                })
                .collect(),
            residual_lifetime_value: next(self.columns.residual_lifetime_value),
            segment,
            errors,
        })
    }

    /// The same into columns at hand: `columns` are [`width`](Batch::width) of them in the
    /// order of [`BatchAnswer`]'s fields, `segment` is there exactly if it is wanted.
    ///
    /// # Errors
    /// Columns of unequal length, those to be filled among them; too few of them or too many.
    pub fn predict_into(
        &mut self,
        profiles: &Profiles<'_>,
        columns: &mut [&mut [f64]],
        mut segment: Option<&mut [u8]>,
    ) -> Result<Vec<RowViolation>, Violations> {
        profiles.check()?;
        let rows = profiles.frequency.len();
        let lengths = columns.iter().map(|column| column.len());
        let segments = segment.iter().map(|segment| segment.len());
        let fit =
            columns.len() == self.width() && lengths.chain(segments).all(|length| length == rows);
        let mut misfits = Violations::default();
        misfits.require(fit, "/columns", Rule::ColumnsEqualLength);
        misfits.or(())?;
        let mut errors = Vec::new();
        let mut start = 0;
        while start < rows {
            self.block(profiles, start, columns, segment.as_deref_mut(), &mut errors);
            start += BLOCK;
        }
        Ok(errors)
    }

    /// The [`BLOCK`] rows from `start` on, or what there are: what the tables have from them, the
    /// others one by one.
    fn block(
        &mut self,
        profiles: &Profiles<'_>,
        start: usize,
        columns: &mut [&mut [f64]],
        segment: Option<&mut [u8]>,
        errors: &mut Vec<RowViolation>,
    ) {
        let rows = start..profiles.frequency.len().min(start + BLOCK);
        let profiles = profiles.slice(rows.clone());
        let mut segment = segment.map(|segment| &mut segment[rows.clone()]);
        if let Some(tables) = &mut self.tables {
            self.block.fill(&self.model, &self.ahead, tables, &profiles);
            self.block.put(tables, &self.outputs, columns, rows);
            if let Some(segment) = segment.as_deref_mut() {
                let values = columns.get(self.segment_column).map(|column| &column[start..]);
                self.block.fill_segment(&self.model.file().segments.bands, values, segment);
            }
        } else {
            self.block.leave_all(rows.len());
        }
        for &row in self.block.left() {
            let row = usize::from(row);
            let segment = segment.as_deref_mut().map(|segment| &mut segment[row]);
            match profiles.row(row) {
                Ok(profile) => {
                    let customer = Customer::new(&self.model, &profile);
                    self.ahead.of_the_living(&customer.alive, &self.outputs, &mut self.living);
                    let values = self.outputs.iter().zip(&self.living);
                    for ((output, &living), column) in values.zip(columns.iter_mut()) {
                        column[start + row] = match output {
                            Output::ProbabilityAlive => customer.probability_alive,
                            Output::ExpectedAverageProfit => customer.expected_average_profit,
                            output if output.is_money() => customer.value(living),
                            _ => customer.probability_alive * living,
                        };
                    }
                    if let Some(segment) = segment {
                        let value = columns.get(self.segment_column);
                        let value = value.map(|column| column[start + row]);
                        // The model file holds at most 255 bands, so the index fits a byte.
                        *segment = customer.band(value) as u8;
                    }
                }
                Err(violations) => {
                    columns.iter_mut().for_each(|column| column[start + row] = f64::NAN);
                    if let Some(segment) = segment {
                        *segment = NO_SEGMENT;
                    }
                    let row = start + row;
                    let violations = violations.into_iter();
                    errors.extend(violations.map(|violation| RowViolation { row, violation }));
                }
            }
        }
    }
}

impl Model {
    /// Answers for every row, as [`Batch`] does; whoever has more than one set of columns for
    /// the same options keeps a `Batch`.
    ///
    /// Agrees with [`Model::predict`] to 1e-13 relative.
    ///
    /// # Errors
    /// Columns of unequal length; the residual value asked of a model that does not
    /// discount.
    ///
    /// # Example
    /// ```
    /// use edge_clv::{BatchOptions, Model, Profiles};
    ///
    /// let profiles = Profiles {
    ///     frequency: &[5.0, -1.0],
    ///     recency: &[200.0, 0.0],
    ///     T: &[300.0, 10.0],
    ///     monetary_value: None,
    /// };
    /// let model = Model::baked();
    /// let answer = model.predict_batch(&profiles, BatchOptions::default())?;
    /// let alive = answer.probability_alive.unwrap();
    /// assert!(alive[0] > 0.0 && alive[1].is_nan());
    /// assert_eq!(answer.errors[0].row, 1);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn predict_batch(
        &self,
        profiles: &Profiles<'_>,
        options: BatchOptions,
    ) -> Result<BatchAnswer, Violations> {
        Batch::new(self, options)?.predict(profiles)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{MOST_AMOUNT, MOST_EXPONENT};
    use crate::horizons::Horizons;
    use crate::model_file::BgNbdParameters;
    use crate::special::edges::edges;
    use crate::tables::FREQUENCIES;
    use crate::tolerance::{BATCH, TABLES, error};

    /// Frequency, recency, T and monetary value.
    type Row = [f64; 4];

    /// Which rows of a block the tables do not serve. Those are worked out as by themselves, to
    /// the bit, and the others to a tolerance.
    fn left(model: &Model, horizons: &[f64], tolerance: f64, rows: &[Row]) -> Vec<usize> {
        assert!(rows.len() <= BLOCK);
        let column = |i: usize| rows.iter().map(|row| row[i]).collect::<Vec<f64>>();
        let [frequency, recency, age, amount] = core::array::from_fn(column);
        let profiles = Profiles {
            frequency: &frequency,
            recency: &recency,
            T: &age,
            monetary_value: Some(&amount),
        };
        let score = |exact| {
            let horizons = Some(Horizons::new(horizons).unwrap());
            let options = BatchOptions { horizons, exact, ..BatchOptions::default() };
            let mut batch = Batch::new(model, options).unwrap();
            let mut columns = vec![vec![0.0; rows.len()]; batch.width()];
            let mut slices: Vec<&mut [f64]> = columns.iter_mut().map(Vec::as_mut_slice).collect();
            let mut segment = vec![0; rows.len()];
            let errors = batch.predict_into(&profiles, &mut slices, Some(&mut segment)).unwrap();
            let left = batch.block.left().iter().map(|&row| usize::from(row)).collect::<Vec<_>>();
            (columns, errors, left)
        };
        let (tables, errors, left) = score(false);
        let (exact, exact_errors, all) = score(true);
        assert_eq!(errors, exact_errors);
        assert_eq!(all.len(), rows.len());
        for (row, numbers) in rows.iter().enumerate() {
            for (got, one) in tables.iter().zip(&exact).map(|(got, one)| (got[row], one[row])) {
                if left.contains(&row) {
                    assert_eq!(got.to_bits(), one.to_bits(), "{numbers:?}");
                } else {
                    assert!(error(got, one) <= tolerance, "{numbers:?}: {got} {one}");
                }
            }
        }
        left
    }

    fn model(r: f64, alpha: f64, a: f64, b: f64) -> Model {
        let mut file = Model::baked().file().clone();
        file.bg_nbd = BgNbdParameters { r, alpha, a, b };
        Model::try_from(file).unwrap()
    }

    /// One row after the other inside and outside: of all in a block those outside alone go to
    /// the exact path.
    #[test]
    fn single_rows_go_to_the_exact_path() {
        let model = Model::baked();
        let outside = [
            [FREQUENCIES as f64, 290.0, 300.0, 45.5],
            [5.0, 200.0, 3e6, 45.5],
            [60.0, 1.0, 300.0, 45.5],
            [5.0, 200.0, 300.0, 1e200],
            // These break a rule.
            [1.5, 200.0, 300.0, 45.5],
            [-1.0, 200.0, 300.0, 45.5],
            [f64::NAN, 200.0, 300.0, 45.5],
            [f64::INFINITY, 200.0, 300.0, 45.5],
            [0.0, 1.0, 300.0, f64::NAN],
            [5.0, 0.0, 300.0, 45.5],
            [5.0, -1.0, 300.0, 45.5],
            [5.0, f64::NAN, 300.0, 45.5],
            [5.0, 301.0, 300.0, 45.5],
            [5.0, 200.0, f64::NAN, 45.5],
            [5.0, 200.0, f64::INFINITY, 45.5],
            [5.0, 200.0, 300.0, 0.0],
            [5.0, 200.0, 300.0, -1.0],
            [5.0, 200.0, 300.0, f64::INFINITY],
            [0.0, 0.0, 300.0, -1.0],
        ];
        let inside = [
            [0.0, 0.0, 0.0, f64::NAN],
            [0.0, 0.0, 1e6, 0.0],
            [5.0, 200.0, 300.0, 45.5],
            [5.0, 200.0, 300.0, f64::NAN],
            [FREQUENCIES as f64 - 1.0, 1e-300, 30.0, 1e150],
        ];
        let mut rows = vec![inside[0]];
        for (i, outside) in outside.into_iter().enumerate() {
            rows.extend([outside, inside[i % inside.len()]]);
        }
        let expected: Vec<usize> = (0..outside.len()).map(|i| 2 * i + 1).collect();
        assert_eq!(left(&model, &[30.0, 90.0], TABLES, &rows), expected);
        // And a block that is full of them, or has none.
        assert_eq!(left(&model, &[30.0, 90.0], TABLES, &outside).len(), outside.len());
        assert_eq!(left(&model, &[30.0, 90.0], TABLES, &inside), [0; 0]);
    }

    /// Where the tables end, with the frequency, T, the exponent of P(alive) and the amount: the
    /// last row inside and the first one outside.
    #[test]
    fn nothing_jumps_where_the_tables_end() {
        let model = Model::baked();
        let is_outside = |row: Row| !left(&model, &[30.0, 90.0], BATCH, &[row]).is_empty();
        let end = Tables::new(model.bg_nbd(), &[], false).end();
        type Varied = fn(f64) -> Row;
        let cases: [(f64, Varied); 4] = [
            (FREQUENCIES as f64, |x| [libm::floor(x), 290.0, 300.0, 45.5]),
            (end - model.bg_nbd().alpha, |age| [5.0, 0.9 * age, age, 45.5]),
            (MOST_AMOUNT, |amount| [5.0, 200.0, 300.0, amount]),
            (0.0, |age| [50.0, 1.0, age, 45.5]),
        ];
        for (at, row) in cases {
            let found = edges(10.0, 1e160, 200, |value| is_outside(row(value)));
            let [[before, after]] = found[..] else { panic!("{found:?}") };
            assert!(!is_outside(row(before)) && is_outside(row(after)), "{before} {after}");
            if at > 0.0 {
                assert!(error(after, at) < 1e-15, "{after} {at}");
            } else {
                let (BgNbdParameters { r, alpha, .. }, age) = (&model.file().bg_nbd, after);
                let exponent = (r + 50.0) * libm::log((alpha + age) / (alpha + 1.0));
                assert!(error(exponent, MOST_EXPONENT) < 1e-14, "{exponent}");
            }
        }
    }

    /// Where one cell of the tables gives way to the next.
    #[test]
    fn nothing_jumps_from_cell_to_cell() {
        for (r, alpha, a, b) in
            [(0.24, 30.9, 0.79, 2.4), (0.01, 0.1, 1.0, 100.0), (20.0, 1e4, 20.0, 0.01)]
        {
            let model = model(r, alpha, a, b);
            for x in [0.0, 1.0, 7.0, 63.0] {
                let age = |place: u32| alpha * (libm::exp2(f64::from(place) / 16.0) - 1.0);
                let slot = |age: f64| ((alpha + age).to_bits() >> 47) as f64;
                let ages = (1..120).step_by(7).flat_map(|i| edges(age(i), age(i + 2), 1, slot));
                let rows: Vec<Row> = ages
                    .flatten()
                    .map(|age| if x == 0.0 { [x, 0.0, age, 0.0] } else { [x, age, age, 45.5] })
                    .collect();
                assert!(rows.len() > 30, "{}", rows.len());
                assert_eq!(left(&model, &[30.0, 90.0], TABLES, &rows), [0; 0]);
            }
        }
    }

    /// The builder refuses a cell that is not as good as it has to be: where what is looked up
    /// is too small to have all its digits, and where the exact path's own roundings are no
    /// polynomial.
    #[test]
    fn a_cell_that_is_not_good_enough_is_left_to_the_exact_path() {
        let row = |i: u32| [f64::from(i % 8), f64::from(i), f64::from(i) + 0.5, 45.5];
        let rows: Vec<Row> = (8..100).filter(|i| i % 8 > 0).map(row).collect();
        assert_eq!(left(&Model::baked(), &[30.0], TABLES, &rows), [0; 0]);
        assert_eq!(left(&Model::baked(), &[1e-300], TABLES, &rows).len(), rows.len());

        let alpha = 1e-6;
        let row = |i: usize| {
            let age = alpha * (libm::exp2(i as f64 / 8.0) - 1.0);
            if i.is_multiple_of(2) { [0.0, 0.0, age, 0.0] } else { [30.0, age, age, 45.5] }
        };
        let rows: Vec<Row> = (0..BLOCK).map(row).collect();
        let some = left(&model(0.01, alpha, 0.01, 1e-6), &[30.0, 90.0], BATCH, &rows).len();
        assert!(0 < some && some < rows.len(), "{some}");
    }
}
