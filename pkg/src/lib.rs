//! JavaScript bindings: numbers from and to JavaScript, and nothing else.
//!
//! Every rule and every number is the core's. `model.js` beside this crate gives the numbers
//! the shape of the contract; users meet that, not this.

mod batch;
mod broken;
mod input;

use edge_clv::{Horizons, Profile, Request};
use js_sys::Array;
use wasm_bindgen::prelude::*;

/// Numbers of an answer before those of the horizons, and numbers of a horizon.
const HEAD: usize = 5;
const HORIZON: usize = 4;

/// A checked model, and its latest answer.
#[wasm_bindgen]
pub struct Bound {
    model: edge_clv::Model,
    /// The tables of the last batch, for the next with the same options.
    scorer: Option<batch::Scorer>,
    answer: Box<[f64; HEAD + HORIZON * Horizons::MOST]>,
}

#[wasm_bindgen]
impl Bound {
    /// From the object of a model file.
    ///
    /// # Errors
    /// The list of broken rules.
    #[wasm_bindgen(constructor)]
    pub fn new(file: JsValue) -> Result<Bound, JsValue> {
        let model = edge_clv::Model::read(input::input(&file, input::MODEL_DEPTH)?)
            .map_err(|errors| broken::list(&errors))?;
        let answer = Box::new([0.0; HEAD + HORIZON * Horizons::MOST]);
        Ok(Bound { model, scorer: None, answer })
    }

    /// Where in memory the latest answer is: P(alive), E\[M\], the residual value or NaN, the
    /// index of the segment, how many horizons; of each its days, purchases, probability of
    /// a purchase, value.
    #[wasm_bindgen(getter)]
    pub fn answer(&self) -> *const f64 {
        self.answer.as_ptr()
    }

    /// Answers for one customer by the model's own horizons; false if a rule is broken.
    pub fn score(&mut self, frequency: f64, recency: f64, age: f64, amount: Option<f64>) -> bool {
        let profile = Profile::new(frequency, recency, age, amount);
        profile.and_then(|profile| self.fill(&profile.into())).is_ok()
    }

    /// Answers for one customer; returns the list of broken rules, if any.
    ///
    /// # Errors
    /// What a getter throws.
    pub fn predict(&mut self, request: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
        let Some(mut entries) = input::entries(request)? else { return Ok(broken::no_object()) };
        if !options.is_undefined() {
            let Some(options) = input::entries(options)? else { return Ok(broken::no_object()) };
            entries.extend(options);
        }
        Ok(match Request::read(entries).and_then(|request| self.fill(&request)) {
            Ok(()) => JsValue::UNDEFINED,
            Err(errors) => broken::list(&errors),
        })
    }

    /// Answers for columns of customers: the columns, the segments if wanted, and the broken
    /// rules by row; or the list of broken rules.
    ///
    /// # Errors
    /// What a getter throws.
    #[wasm_bindgen(js_name = predictBatch)]
    pub fn predict_batch(
        &mut self,
        columns: &JsValue,
        options: &JsValue,
    ) -> Result<Array, JsValue> {
        batch::predict(&self.model, &mut self.scorer, columns, options)
    }

    /// A quantity of one customer, by its number in `model.js`; the list of broken rules, if
    /// any.
    ///
    /// # Errors
    /// What a getter throws.
    pub fn quantity(&self, which: u32, profile: &JsValue, of: f64) -> Result<JsValue, JsValue> {
        let Some(entries) = input::entries(profile)? else { return Ok(broken::no_object()) };
        let profile = match Request::read(entries) {
            Ok(request) => request.profile,
            Err(errors) => return Ok(broken::list(&errors)),
        };
        let (bg_nbd, rate) = (self.model.bg_nbd(), self.model.daily_rate());
        Ok(JsValue::from_f64(match which {
            0 => bg_nbd.probability_alive(&profile),
            1 => bg_nbd.expected_purchases(&profile, of),
            2 => bg_nbd.probability_of_purchase(&profile, of),
            3 => bg_nbd.discounted_purchases(&profile, of, rate),
            4 => bg_nbd.time_to_next_purchase(&profile, of).unwrap_or(f64::INFINITY),
            _ => self.model.gamma_gamma().expected_average_profit(&profile),
        }))
    }

    /// P(Y(t) = n) for n = 0 to `most`; the list of broken rules, if any.
    ///
    /// # Errors
    /// What a getter throws.
    pub fn counts(&self, profile: &JsValue, most: f64, t: f64) -> Result<JsValue, JsValue> {
        let Some(entries) = input::entries(profile)? else { return Ok(broken::no_object()) };
        // What is no count is too many, which the rule tells.
        let whole = most as u32;
        let most = if f64::from(whole) == most { whole } else { u32::MAX };
        let bg_nbd = self.model.bg_nbd();
        let counts = Request::read(entries)
            .and_then(|request| bg_nbd.probabilities_of_counts(&request.profile, most, t));
        Ok(match counts {
            Ok(counts) => numbers(&counts),
            Err(errors) => broken::list(&errors),
        })
    }

    /// P(alive) at dates; the list of broken rules, if any.
    pub fn path(&self, purchases: &[f64], dates: &[f64]) -> JsValue {
        match self.model.bg_nbd().probability_alive_path(purchases, dates) {
            Ok(path) => numbers(&path),
            Err(errors) => broken::list(&errors),
        }
    }

    fn fill(&mut self, request: &Request) -> Result<(), edge_clv::Violations> {
        let answer = self.model.predict(request)?;
        let bands = &self.model.file().segments.bands;
        let band = bands.iter().position(|band| band.name == answer.segment);
        let (head, horizons) = self.answer.split_at_mut(HEAD);
        head.copy_from_slice(&[
            answer.probability_alive,
            answer.expected_average_profit,
            answer.residual_lifetime_value.unwrap_or(f64::NAN),
            band.unwrap_or_default() as f64,
            answer.horizons.len() as f64,
        ]);
        for (room, horizon) in
            horizons.as_chunks_mut::<HORIZON>().0.iter_mut().zip(&answer.horizons)
        {
            *room = [
                horizon.days,
                horizon.expected_purchases,
                horizon.probability_of_purchase,
                horizon.customer_lifetime_value,
            ];
        }
        Ok(())
    }
}

/// The text of the model file that was compiled in.
#[wasm_bindgen(js_name = bakedText)]
pub fn baked_text() -> String {
    edge_clv::Model::BAKED_TEXT.to_owned()
}

fn numbers(values: &[f64]) -> JsValue {
    js_sys::Float64Array::from(values).into()
}
