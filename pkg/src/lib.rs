//! JavaScript bindings: numbers from and to JavaScript, and nothing else.
//!
//! Every rule and every number is the core's. `model.js` beside this crate gives the numbers
//! the shape of the contract; users meet that, not this.

mod batch;
mod broken;
mod plain;

use batch::Scorer;
use edge_clv::{Horizons, Profile, Request, Violations};
use wasm_bindgen::prelude::*;

/// Numbers of an answer before those of the horizons, and numbers of a horizon.
const HEAD: usize = 5;
const HORIZON: usize = 4;

/// A checked model, what it was asked last, and its latest answer.
#[wasm_bindgen]
pub struct Bound {
    model: edge_clv::Model,
    request: Request,
    answer: Box<[f64; HEAD + HORIZON * Horizons::MOST]>,
    /// The tables of the last batch, for the next with the same options.
    scorer: Option<Scorer>,
}

#[wasm_bindgen]
impl Bound {
    /// From a model file, as `model.js` writes values.
    ///
    /// # Errors
    /// The list of broken rules.
    #[wasm_bindgen(constructor)]
    pub fn new(file: &[f64]) -> Result<Bound, JsValue> {
        let model = edge_clv::Model::read(plain::value(&mut file.iter()))
            .map_err(|errors| broken::list(&errors))?;
        Ok(Bound {
            model,
            request: Profile::NEW.into(),
            answer: Box::new([0.0; HEAD + HORIZON * Horizons::MOST]),
            scorer: None,
        })
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
        let Ok(profile) = Profile::new(frequency, recency, age, amount) else { return false };
        self.request = profile.into();
        self.fill().is_ok()
    }

    /// Takes a request, or a profile and options, as what is asked next; returns the list of
    /// broken rules, if any.
    pub fn ask(&mut self, request: &[f64]) -> JsValue {
        let read = plain::entries(request).map(Request::read);
        broken::told(read.unwrap_or_else(|| Err(broken::no_object())).map(|r| self.request = r))
    }

    /// Answers what was asked; returns the list of broken rules, if any.
    pub fn predict(&mut self) -> JsValue {
        broken::told(self.fill())
    }

    /// Makes ready for columns, given as an object of their lengths, and for the options after
    /// it, if any; returns the list of broken rules, if any.
    pub fn batch(&mut self, columns_and_options: &[f64]) -> JsValue {
        let mut numbers = columns_and_options.iter();
        let columns = plain::value(&mut numbers);
        let ready = match plain::entries(numbers.as_slice()) {
            Some(mut options) => {
                // An earlier answer to fill again is `model.js`'s own affair.
                options.retain(|(key, _)| key != "reuse");
                Scorer::ready(&mut self.scorer, &self.model, columns, options)
            }
            None => Err(broken::no_object()),
        };
        broken::told(ready)
    }

    /// Where in memory the columns go and come from, 2,048 rows of each.
    #[wasm_bindgen(getter)]
    pub fn room(&self) -> *const f64 {
        self.scorer.as_ref().map_or(std::ptr::null(), |scorer| scorer.numbers.as_ptr())
    }

    /// Where in memory the segments come from.
    #[wasm_bindgen(getter)]
    pub fn segments(&self) -> *const u8 {
        self.scorer.as_ref().map_or(std::ptr::null(), |scorer| scorer.segment.as_ptr())
    }

    /// Scores the first rows of the room; returns the list of broken rules by row, if any.
    pub fn rows(&mut self, count: usize, monetary_value: bool) -> JsValue {
        let errors = self.scorer.as_mut().map(|scorer| scorer.score(count, monetary_value));
        broken::rows(&errors.unwrap_or_default())
    }

    /// A quantity of the customer asked about, by its number in `model.js`.
    pub fn quantity(&self, which: u32, of: f64) -> f64 {
        let (bg_nbd, rate) = (self.model.bg_nbd(), self.model.daily_rate());
        let profile = &self.request.profile;
        match which {
            0 => bg_nbd.probability_alive(profile),
            1 => bg_nbd.expected_purchases(profile, of),
            2 => bg_nbd.probability_of_purchase(profile, of),
            3 => bg_nbd.discounted_purchases(profile, of, rate),
            4 => bg_nbd.time_to_next_purchase(profile, of).unwrap_or(f64::INFINITY),
            _ => self.model.gamma_gamma().expected_average_profit(profile),
        }
    }

    /// P(Y(t) = n) of the customer asked about, for n = 0 to `most`.
    pub fn counts(&self, most: u32, t: f64) -> JsValue {
        numbers(&self.model.bg_nbd().probabilities_of_counts(&self.request.profile, most, t))
    }

    /// P(alive) at dates, which come after so many purchases; the list of broken rules, if
    /// any.
    pub fn path(&self, days: &[f64], purchases: usize) -> JsValue {
        let (purchases, dates) = days.split_at(purchases.min(days.len()));
        match self.model.bg_nbd().probability_alive_path(purchases, dates) {
            Ok(path) => numbers(&path),
            Err(errors) => broken::list(&errors),
        }
    }

    fn fill(&mut self) -> Result<(), Violations> {
        let answer = self.model.predict(&self.request)?;
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

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
