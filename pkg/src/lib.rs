//! JavaScript bindings: numbers from and to JavaScript, and nothing else.
//!
//! Every rule and every number is the core's. `model.js` beside this crate gives the numbers
//! the shape of the contract; users meet that, not this.
//!
//! Models are known by number and what they have to say is left at one place in memory: a
//! class in place of the numbers, with a reference count and a lock for each, would be a
//! twentieth of what a page downloads.

mod batch;
mod broken;
mod plain;

use std::cell::RefCell;

use batch::Scorer;
use edge_clv::{Horizons, Model, Profile, Request, Violations};
use wasm_bindgen::prelude::*;

/// An allocator of a quarter of the usual one's size; little is allocated here, and rarely.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Numbers of an answer before those of the horizons, and numbers of a horizon.
const HEAD: usize = 5;
const HORIZON: usize = 4;

/// A checked model, what it was asked last, and the tables of its last columns.
struct Bound {
    model: Model,
    request: Request,
    scorer: Option<Scorer>,
}

/// The latest answer of any model: P(alive), E\[M\], the residual value or NaN, the index of
/// the segment, how many horizons; of each its days, purchases, probability of a purchase,
/// value.
type Answer = [f64; HEAD + HORIZON * Horizons::MOST];

thread_local! {
    static MODELS: RefCell<Vec<Option<Box<Bound>>>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Answer> = const { RefCell::new([0.0; _]) };
}

/// Does something with a model; nothing, if there is none of this number.
fn with<T: Default>(model: usize, act: impl FnOnce(&mut Bound) -> T) -> T {
    MODELS.with_borrow_mut(|models| match models.get_mut(model) {
        Some(Some(bound)) => act(bound),
        _ => T::default(),
    })
}

/// Takes in a model file, as `model.js` writes values, under the next number, from 0; returns
/// the list of broken rules, if any.
#[wasm_bindgen]
pub fn add(file: &[f64]) -> JsValue {
    broken::told(Model::read(plain::value(&mut file.iter())).map(|model| {
        let bound = Bound { model, request: Profile::NEW.into(), scorer: None };
        MODELS.with_borrow_mut(|models| models.push(Some(Box::new(bound))));
    }))
}

/// Gives a model's memory back.
#[wasm_bindgen]
pub fn remove(model: usize) {
    MODELS.with_borrow_mut(|models| {
        if let Some(bound) = models.get_mut(model) {
            *bound = None;
        }
    });
}

/// Where in memory the latest answer is.
#[wasm_bindgen]
pub fn answer() -> usize {
    ANSWER.with_borrow(|answer| answer.as_ptr().addr())
}

/// Answers for one customer by the model's own horizons; false if a rule is broken.
#[wasm_bindgen]
pub fn score(model: usize, frequency: f64, recency: f64, age: f64, amount: Option<f64>) -> bool {
    let Ok(profile) = Profile::new(frequency, recency, age, amount) else { return false };
    with(model, |bound| {
        bound.request = profile.into();
        bound.predict().is_ok()
    })
}

/// Takes a request, or a profile and options, as what is asked next; returns the list of
/// broken rules, if any.
#[wasm_bindgen]
pub fn ask(model: usize, request: &[f64]) -> JsValue {
    let read = plain::entries(request).map(Request::read);
    broken::told(match read.unwrap_or_else(|| Err(broken::no_object())) {
        Ok(request) => {
            with(model, |bound| bound.request = request);
            Ok(())
        }
        Err(errors) => Err(errors),
    })
}

/// Answers what was asked; returns the list of broken rules, if any.
#[wasm_bindgen]
pub fn predict(model: usize) -> JsValue {
    with(model, |bound| broken::told(bound.predict()))
}

/// Makes ready for columns, given as an object of their lengths, and for the options after it,
/// if any; returns the list of broken rules, if any.
#[wasm_bindgen]
pub fn batch(model: usize, columns_and_options: &[f64]) -> JsValue {
    let mut numbers = columns_and_options.iter();
    let columns = plain::value(&mut numbers);
    let Some(mut options) = plain::entries(numbers.as_slice()) else {
        return broken::list(&broken::no_object());
    };
    // An earlier answer to fill again is `model.js`'s own affair.
    options.retain(|(key, _)| key != "reuse");
    with(model, |bound| {
        broken::told(Scorer::ready(&mut bound.scorer, &bound.model, columns, options))
    })
}

/// Where in memory the columns of a model that was made ready go and come from, 2,048 rows of
/// each.
#[wasm_bindgen]
pub fn room(model: usize) -> usize {
    with(model, |bound| bound.scorer.as_ref().map_or(0, |scorer| scorer.numbers.as_ptr().addr()))
}

/// Where in memory their segments come from, a byte each.
#[wasm_bindgen]
pub fn segments(model: usize) -> usize {
    with(model, |bound| bound.scorer.as_ref().map_or(0, |scorer| scorer.segment.as_ptr().addr()))
}

/// Scores the first rows of the room; returns the list of broken rules by row, if any.
#[wasm_bindgen]
pub fn rows(model: usize, count: usize, monetary_value: bool) -> JsValue {
    with(model, |bound| match &mut bound.scorer {
        Some(scorer) => broken::rows(&scorer.score(count, monetary_value)),
        None => JsValue::UNDEFINED,
    })
}

/// A quantity of the customer asked about, by its number in `model.js`.
#[wasm_bindgen]
pub fn quantity(model: usize, which: u32, of: f64) -> f64 {
    with(model, |Bound { model, request, .. }| {
        let (bg_nbd, profile) = (model.bg_nbd(), &request.profile);
        match which {
            0 => bg_nbd.probability_alive(profile),
            1 => bg_nbd.expected_purchases(profile, of),
            2 => bg_nbd.probability_of_purchase(profile, of),
            3 => bg_nbd.discounted_purchases(profile, of, model.daily_rate()),
            4 => bg_nbd.time_to_next_purchase(profile, of).unwrap_or(f64::INFINITY),
            _ => model.gamma_gamma().expected_average_profit(profile),
        }
    })
}

/// P(Y(t) = n) of the customer asked about, for n = 0 to `most`; the list of broken rules, if
/// any.
#[wasm_bindgen]
pub fn counts(model: usize, most: f64, t: f64) -> JsValue {
    // What is no count is too many, which the rule tells.
    let whole = most as u32;
    let most = if f64::from(whole) == most { whole } else { u32::MAX };
    with(model, |Bound { model, request, .. }| {
        numbers(model.bg_nbd().probabilities_of_counts(&request.profile, most, t))
    })
}

/// P(alive) at dates, which come after so many purchases; the list of broken rules, if any.
#[wasm_bindgen]
pub fn path(model: usize, days: &[f64], purchases: usize) -> JsValue {
    let (purchases, dates) = days.split_at(purchases.min(days.len()));
    with(model, |bound| numbers(bound.model.bg_nbd().probability_alive_path(purchases, dates)))
}

/// The text of the model file that was compiled in.
#[wasm_bindgen(js_name = bakedText)]
pub fn baked_text() -> String {
    Model::BAKED_TEXT.to_owned()
}

impl Bound {
    fn predict(&self) -> Result<(), Violations> {
        let answer = self.model.predict(&self.request)?;
        let bands = &self.model.file().segments.bands;
        let band = bands.iter().position(|band| band.name == answer.segment);
        ANSWER.with_borrow_mut(|room| {
            let (head, horizons) = room.split_at_mut(HEAD);
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
        });
        Ok(())
    }
}

fn numbers(values: Result<Vec<f64>, Violations>) -> JsValue {
    match values {
        Ok(values) => js_sys::Float64Array::from(&values[..]).into(),
        Err(errors) => broken::list(&errors),
    }
}
