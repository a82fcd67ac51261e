//! A model and the room for columns: all that an instance of the module keeps.

use edge_clv::{
    Band, Batch, BatchOptions, BgNbdParameters, Columns, GammaGammaParameters, Horizons, Model,
    ModelFile, Profile, Profiles, Request, Segments, TimeUnit, Training,
};

use crate::columns::Room;
use crate::quantity::{self, Quantity};

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum Status {
    /// A column is not in the room, its address is no multiple of 8, or the output does not lie
    /// behind all that is read.
    Address = -1,
    /// `columns` asks for no quantity, or has a bit above 128.
    Columns = -2,
    /// Not 1 to 12 horizons that increase, each above 0 and at most 3650 days; or horizons where
    /// no column has any.
    Horizons = -3,
    /// The residual value of a model that does not discount.
    Discount = -4,
    /// A model's numbers break a rule of the model file.
    Model = -5,
}

/// A bit beside those of the quantities: rows are scored from tables, with the bits of
/// `predictBatch` rather than `predict`.
const FROM_TABLES: u32 = 128;

/// Rows handed over at once: few enough that what is noted of broken rows stays small.
const ROWS: usize = 1024;

/// A checked model, and room for columns.
#[derive(Debug)]
pub struct Instance {
    model: Model,
    room: Room,
    /// What the last call asked for, with its tables.
    batch: Option<(BatchOptions, Batch)>,
}

impl Default for Instance {
    /// With the model that is compiled in, and no room.
    fn default() -> Self {
        Instance { model: Model::baked(), room: Room::default(), batch: None }
    }
}

impl Instance {
    /// See [`clv_room`](crate::clv_room).
    pub fn room(&mut self, bytes: usize) -> usize {
        self.room.make(bytes)
    }

    /// See [`clv_load`](crate::clv_load).
    ///
    /// # Errors
    /// [`Status::Address`], [`Status::Model`].
    pub fn load(&mut self, numbers: usize, count: usize) -> Result<(), Status> {
        let place = self.room.place(numbers, count)?;
        let file = model_file(self.room.read(&place)).ok_or(Status::Model)?;
        self.model = Model::try_from(file).map_err(|_| Status::Model)?;
        self.batch = None;
        Ok(())
    }

    /// See [`clv_predict`](crate::clv_predict); none where that returns NaN.
    pub fn predict(&self, quantity: u32, numbers: [f64; 4], days: f64) -> Option<f64> {
        let quantity = Quantity::ALL.into_iter().find(|known| *known as u32 == quantity)?;
        let [frequency, recency, age, monetary_value] = numbers;
        let profile = Profile::new(frequency, recency, age, given(monetary_value)).ok()?;
        let mut request = Request::from(profile);
        if quantity.has_horizon() {
            request.horizons = Some(Horizons::new(&[days]).ok()?);
        }
        request.residual = quantity == Quantity::ResidualLifetimeValue;
        let answer = self.model.predict(&request).ok()?;
        let horizon = answer.horizons.first()?;
        Some(match quantity {
            Quantity::ProbabilityAlive => answer.probability_alive,
            Quantity::ExpectedAverageProfit => answer.expected_average_profit,
            Quantity::ExpectedPurchases => horizon.expected_purchases,
            Quantity::ProbabilityOfPurchase => horizon.probability_of_purchase,
            Quantity::CustomerLifetimeValue => horizon.customer_lifetime_value,
            Quantity::ResidualLifetimeValue => answer.residual_lifetime_value?,
            Quantity::Segment => {
                let mut bands = self.model.file().segments.bands.iter();
                bands.position(|band| band.name == answer.segment)? as f64
            }
        })
    }

    /// See [`clv_predict_batch`](crate::clv_predict_batch): the number of rows that break a
    /// rule.
    ///
    /// # Errors
    /// Every [`Status`] but [`Status::Model`].
    pub fn predict_batch(&mut self, call: &Call) -> Result<usize, Status> {
        let exact = call.columns & FROM_TABLES == 0;
        let columns = quantity::columns(call.columns & !FROM_TABLES).ok_or(Status::Columns)?;
        let horizons = self.horizons(call)?;
        let options = BatchOptions { horizons, columns, exact };
        let (_, batch) = match &mut self.batch {
            Some(kept) if kept.0 == options => kept,
            kept => {
                let batch = Batch::new(&self.model, options.clone());
                kept.insert((options, batch.map_err(|_| Status::Discount)?))
            }
        };

        let width = batch.width() + usize::from(columns.segment);
        let length = call.rows.checked_mul(width).ok_or(Status::Address)?;
        let output = self.room.place(call.output, length)?;
        let place = |address| self.room.place(address, call.rows);
        let needed = [place(call.frequency)?, place(call.recency)?, place(call.age)?];
        let monetary_value = match call.monetary_value {
            0 => None,
            address => Some(place(address)?),
        };
        let (before, output) = self.room.split(&output);
        let [frequency, recency, age] = needed.map(|place| before.read(&place));
        let profiles = Profiles {
            frequency: frequency?,
            recency: recency?,
            T: age?,
            monetary_value: monetary_value.map(|place| before.read(&place)).transpose()?,
        };
        Ok(fill(batch, columns, &profiles, output))
    }

    /// The horizons of a call: given exactly if a column has any.
    fn horizons(&self, call: &Call) -> Result<Option<Horizons>, Status> {
        let has = |quantity: Quantity| quantity.has_horizon() && call.columns & quantity.bit() != 0;
        if !Quantity::ALL.into_iter().any(has) {
            return if call.horizon_count == 0 { Ok(None) } else { Err(Status::Horizons) };
        }
        if call.horizon_count > Horizons::MOST {
            return Err(Status::Horizons);
        }
        let place = self.room.place(call.horizons, call.horizon_count)?;
        let days = Horizons::new(self.room.read(&place));
        days.map(Some).map_err(|_| Status::Horizons)
    }
}

/// The arguments of [`clv_predict_batch`](crate::clv_predict_batch).
#[derive(Clone, Copy, Debug, Default)]
pub struct Call {
    /// How many customers.
    pub rows: usize,
    /// Address of a column, as the others but where it says otherwise.
    pub frequency: usize,
    /// Days from first to last purchase.
    pub recency: usize,
    /// T: days from first purchase to the end of observation.
    pub age: usize,
    /// 0 if there is none.
    pub monetary_value: usize,
    /// Address of the days.
    pub horizons: usize,
    /// How many.
    pub horizon_count: usize,
    /// The bits of the quantities wanted.
    pub columns: u32,
    /// Where they go.
    pub output: usize,
}

/// Fills the columns of the output, one behind the other, the segment last; how many rows break
/// a rule.
fn fill(batch: &mut Batch, columns: Columns, profiles: &Profiles, output: &mut [f64]) -> usize {
    let rows = profiles.frequency.len();
    let (numbers, segments) = output.split_at_mut(rows * batch.width());
    let mut broken = 0;
    for start in (0..rows).step_by(ROWS) {
        let part = start..rows.min(start + ROWS);
        let profiles = Profiles {
            frequency: &profiles.frequency[part.clone()],
            recency: &profiles.recency[part.clone()],
            T: &profiles.T[part.clone()],
            monetary_value: profiles.monetary_value.map(|column| &column[part.clone()]),
        };
        let mut outputs: Vec<&mut [f64]> =
            numbers.chunks_mut(rows).map(|column| &mut column[part.clone()]).collect();
        let mut bands = [0; ROWS];
        let bands = &mut bands[..part.len()];
        let wanted = columns.segment.then_some(&mut *bands);
        // The columns have the lengths that they should, so that nothing is wrong with them.
        let mut errors = batch.predict_into(&profiles, &mut outputs, wanted).unwrap_or_default();
        errors.dedup_by_key(|error| error.row);
        broken += errors.len();
        if columns.segment {
            for (segment, band) in segments[part].iter_mut().zip(bands) {
                *segment = f64::from(*band);
            }
        }
        for error in errors.iter().filter(|_| columns.segment) {
            segments[start + error.row] = f64::NAN;
        }
    }
    broken
}

/// NaN stands for not given.
fn given(number: f64) -> Option<f64> {
    (!number.is_nan()).then_some(number)
}

/// A model file of the numbers of [`clv_load`](crate::clv_load), unless there are too few or too
/// many.
fn model_file(numbers: &[f64]) -> Option<ModelFile> {
    let (&[r, alpha, a, b, p, q, v, annual_discount_rate, margin, horizon], limits) =
        numbers.split_first_chunk()?;
    // A byte is the name of a band; more of them break a rule in any case.
    let names = (0..=u8::MAX).map(|index| char::from(index).to_string());
    if limits.len() > names.len() {
        return None;
    }
    let bands = names.zip(limits).map(|(name, &min_value)| Band { name, min_value }).collect();
    Some(ModelFile {
        format: ModelFile::FORMAT.to_owned(),
        // It has names where it came from; nothing here tells them.
        id: "loaded".to_owned(),
        version: "000000000000".to_owned(),
        currency: "XXX".to_owned(),
        time_unit: TimeUnit::Day,
        bg_nbd: BgNbdParameters { r, alpha, a, b },
        gamma_gamma: GammaGammaParameters { p, q, v },
        horizons: vec![horizon],
        annual_discount_rate,
        margin,
        segments: Segments { horizon, bands },
        training: Training::default(),
    })
}
