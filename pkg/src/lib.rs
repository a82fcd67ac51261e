//! What `model.js` beside this crate calls: numbers from and to JavaScript, and nothing else.
//!
//! Every rule and every number is the core's; `model.js` gives the numbers the shape of the
//! contract. Users meet that, not this.
//!
//! All that is more than a few numbers crosses over at one place in memory, `numbers`, and a
//! text as the place where it stands: what carries lists and texts across by themselves was an
//! eighth of what a page downloads.

mod batch;
mod plain;

use std::cell::RefCell;

use batch::Scorer;
use edge_clv::{Model, Profile, Request, RowViolation, Violation, Violations};
use wasm_bindgen::prelude::wasm_bindgen;

/// An allocator of a quarter of the usual one's size; little is allocated here, and rarely.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A checked model, what it was asked last, and the tables of its last columns.
struct Bound {
    model: Model,
    request: Request,
    scorer: Option<Box<Scorer>>,
}

/// All that is kept from one call to the next.
struct State {
    /// By number, from 0.
    models: Vec<Option<Box<Bound>>>,
    /// What JavaScript has to say to the next call, and the last call to JavaScript.
    numbers: Vec<f64>,
    /// The rules that `numbers` tells of, whose texts it points to.
    broken: Vec<RowViolation>,
}

thread_local! {
    static STATE: RefCell<State> = const {
        RefCell::new(State { models: Vec::new(), numbers: Vec::new(), broken: Vec::new() })
    };
}

/// Does something with a model and the numbers; none, if there is no model of this number.
fn with<T>(model: usize, act: impl FnOnce(&mut Bound, &mut Vec<f64>) -> T) -> Option<T> {
    STATE.with_borrow_mut(|State { models, numbers, .. }| {
        Some(act(models.get_mut(model)?.as_mut()?, numbers))
    })
}

/// Has numbers tell of broken rules; returns how many there are.
///
/// Of each the row, whether it is about the kind of a value, and where its pointer, the
/// inequality and the detail stand, each with its length.
fn tell(broken: Vec<RowViolation>) -> usize {
    STATE.with_borrow_mut(|state| {
        let count = broken.len();
        if count > 0 {
            state.numbers.clear();
        }
        for RowViolation { row, violation: Violation { pointer, rule } } in &broken {
            state.numbers.extend([*row as f64, f64::from(u8::from(rule.is_about_type()))]);
            for text in [pointer, rule.inequality(), rule.detail()] {
                state.numbers.extend(place(text));
            }
        }
        state.broken = broken;
        count
    })
}

/// The same of a result, if there is one.
fn told(result: Option<Result<(), Violations>>) -> usize {
    let broken = result.and_then(Result::err).unwrap_or_default().into_iter();
    tell(broken.map(|violation| RowViolation { row: 0, violation }).collect())
}

fn place(text: &str) -> [f64; 2] {
    [text.as_ptr().addr() as f64, text.len() as f64]
}

/// Makes it so many numbers and says where they are: a call is told something by writing there
/// before, and tells something by what stands there after.
#[wasm_bindgen]
pub fn numbers(count: usize) -> usize {
    STATE.with_borrow_mut(|State { numbers, .. }| {
        numbers.resize(count, 0.0);
        numbers.as_ptr().addr()
    })
}

/// Takes in a model file, as `model.js` writes values, under the next number; returns how many
/// rules are broken.
#[wasm_bindgen]
pub fn add() -> usize {
    told(Some(STATE.with_borrow_mut(|State { models, numbers, .. }| {
        let model = Model::read(plain::value(&mut numbers.iter()))?;
        models.push(Some(Box::new(Bound { model, request: Profile::NEW.into(), scorer: None })));
        Ok(())
    })))
}

/// Gives a model's memory back.
#[wasm_bindgen]
pub fn remove(model: usize) {
    STATE.with_borrow_mut(|State { models, .. }| {
        if let Some(bound) = models.get_mut(model) {
            *bound = None;
        }
    });
}

/// Answers for one customer by the model's own horizons, NaN being an amount that is not
/// known; false if a rule is broken.
#[wasm_bindgen]
pub fn score(model: usize, frequency: f64, recency: f64, age: f64, amount: f64) -> bool {
    let amount = Some(amount).filter(|amount| !amount.is_nan());
    let Ok(profile) = Profile::new(frequency, recency, age, amount) else { return false };
    with(model, |bound, numbers| {
        bound.request = profile.into();
        bound.predict(numbers).is_ok()
    })
    .unwrap_or_default()
}

/// Takes a request, or a profile and options, as what is asked next; returns how many rules
/// are broken.
#[wasm_bindgen]
pub fn ask(model: usize) -> usize {
    told(with(model, |bound, numbers| {
        bound.request = Request::read(plain::entries(&mut numbers.iter())?)?;
        Ok(())
    }))
}

/// Answers what was asked; returns how many rules are broken.
///
/// P(alive), E\[M\], the residual value or NaN, the index of the segment, how many horizons; of
/// each its days, purchases, probability of a purchase, value.
#[wasm_bindgen]
pub fn predict(model: usize) -> usize {
    told(with(model, |bound, numbers| bound.predict(numbers)))
}

/// Makes ready for columns, given as an object of their lengths, and for the options after it,
/// if any; returns how many rules are broken.
#[wasm_bindgen]
pub fn batch(model: usize) -> usize {
    told(with(model, |bound, numbers| {
        Scorer::ready(&mut bound.scorer, &bound.model, &mut numbers.iter())
    }))
}

/// Where in memory the columns of a model that was made ready go and come from, 2,048 rows of
/// each.
#[wasm_bindgen]
pub fn room(model: usize) -> usize {
    with(model, |bound, _| Some(bound.scorer.as_ref()?.numbers.as_ptr().addr()))
        .flatten()
        .unwrap_or_default()
}

/// Where in memory their segments come from, a byte each.
#[wasm_bindgen]
pub fn segments(model: usize) -> usize {
    with(model, |bound, _| Some(bound.scorer.as_ref()?.segment.as_ref()?.as_ptr().addr()))
        .flatten()
        .unwrap_or_default()
}

/// Scores the first rows of the room; returns how many rules are broken.
#[wasm_bindgen]
pub fn rows(model: usize, count: usize, monetary_value: bool) -> usize {
    let scored = with(model, |bound, _| Some(bound.scorer.as_mut()?.score(count, monetary_value)));
    tell(scored.flatten().unwrap_or_default())
}

/// A quantity of the customer asked about, by its number in `model.js`.
#[wasm_bindgen]
pub fn quantity(model: usize, which: u32, of: f64) -> f64 {
    with(model, |Bound { model, request, .. }, _| {
        let (bg_nbd, profile) = (model.bg_nbd(), &request.profile);
        match which {
            0 => bg_nbd.probability_alive(profile),
            1 => bg_nbd.expected_purchases(profile, of),
            2 => bg_nbd.probability_of_purchase(profile, of),
            3 => bg_nbd.discounted_purchases(profile, of, model.daily_rate()),
            4 if !(0.0..=1.0).contains(&of) => f64::NAN,
            4 => bg_nbd.time_to_next_purchase(profile, of).unwrap_or(f64::INFINITY),
            _ => model.gamma_gamma().expected_average_profit(profile),
        }
    })
    .unwrap_or_default()
}

/// P(Y(t) = n) of the customer asked about, for n = 0 to `most`; returns how many rules are
/// broken.
#[wasm_bindgen]
pub fn counts(model: usize, most: f64, t: f64) -> usize {
    // What is no count is too many, which the rule tells.
    let whole = most as u32;
    let most = if f64::from(whole) == most { whole } else { u32::MAX };
    told(with(model, |Bound { model, request, .. }, numbers| {
        *numbers = model.bg_nbd().probabilities_of_counts(&request.profile, most, t)?;
        Ok(())
    }))
}

/// P(alive) at dates, which come after so many purchases; returns how many rules are broken.
#[wasm_bindgen]
pub fn path(model: usize, purchases: usize) -> usize {
    told(with(model, |bound, numbers| {
        let (purchases, dates) = numbers.split_at(purchases.min(numbers.len()));
        *numbers = bound.model.bg_nbd().probability_alive_path(purchases, dates)?;
        Ok(())
    }))
}

/// Has numbers tell where the text of the model file stands that was compiled in, and its
/// length.
#[wasm_bindgen]
pub fn baked() {
    STATE.with_borrow_mut(|State { numbers, .. }| *numbers = place(Model::BAKED_TEXT).to_vec());
}

impl Bound {
    fn predict(&self, numbers: &mut Vec<f64>) -> Result<(), Violations> {
        let answer = self.model.predict(&self.request)?;
        let bands = &self.model.file().segments.bands;
        let band = bands.iter().position(|band| band.name == answer.segment);
        numbers.clear();
        numbers.extend([
            answer.probability_alive,
            answer.expected_average_profit,
            answer.residual_lifetime_value.unwrap_or(f64::NAN),
            band.unwrap_or_default() as f64,
            answer.horizons.len() as f64,
        ]);
        for horizon in &answer.horizons {
            numbers.extend([
                horizon.days,
                horizon.expected_purchases,
                horizon.probability_of_purchase,
                horizon.customer_lifetime_value,
            ]);
        }
        Ok(())
    }
}
