//! The two models put together: a request in, an answer out.

use alloc::vec::Vec;

use serde::Serialize;

use crate::error::{Rule, Violation, Violations};
use crate::model::Model;
use crate::profile::Profile;
use crate::request::Request;
use crate::special::alive::{Alive, Expected};

/// What a model says of one customer.
///
/// The order of the fields is the order of the keys in every answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer<'m> {
    /// P(alive), 0..1; 1 by construction for a customer without a repeat purchase.
    pub probability_alive: f64,
    /// E\[M\], currency per purchase.
    pub expected_average_profit: f64,
    /// One entry per horizon, nearest first; none is worth less than a nearer one.
    pub horizons: Vec<HorizonAnswer>,
    /// Discounted value without a horizon, currency: the same with h infinite; only if asked
    /// for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residual_lifetime_value: Option<f64>,
    /// Name of the segment, by the value over the model's own segment horizon.
    pub segment: &'m str,
    /// Which model answered.
    pub model: ModelName<'m>,
}

/// What is expected within one horizon.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HorizonAnswer {
    /// The horizon in days.
    pub days: f64,
    /// E\[Y(t)\], purchases.
    pub expected_purchases: f64,
    /// P(Y(t) > 0), 0..1.
    pub probability_of_purchase: f64,
    /// Discounted profit, currency: E\[M\] margin P(alive) Integral_0^h e^(-delta s) dG(s), with
    /// G(s) the expected purchases of a living customer within s days, and
    /// delta = ln(1 + annual_discount_rate) / 365.
    pub customer_lifetime_value: f64,
}

/// Names a model in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ModelName<'m> {
    /// The file's id.
    pub id: &'m str,
    /// The file's version: two models with one version are one model.
    pub version: &'m str,
}

impl Model {
    /// Answers a request. Each number is as accurate as the method of [`BgNbd`](crate::BgNbd)
    /// or [`GammaGamma`](crate::GammaGamma) that it comes from; values that exceed the largest
    /// double are that.
    ///
    /// # Errors
    /// `annual_discount_rate > 0` (at `/residual`) if the residual value is asked of a
    /// model that does not discount.
    pub fn predict(&self, request: &Request) -> Result<Answer<'_>, Violations> {
        if request.residual {
            self.check_residual()?;
        }
        let customer = Customer::new(self, &request.profile);
        let days = match &request.horizons {
            Some(horizons) => horizons.as_slice(),
            None => &self.file().horizons,
        };
        let mut horizons = Vec::with_capacity(days.len());
        customer.each_horizon(days, &mut |i, within| {
            horizons.push(HorizonAnswer {
                days: days[i],
                expected_purchases: customer.purchases(&within),
                probability_of_purchase: customer.any_purchase(days[i]),
                customer_lifetime_value: customer.value(within.discounted),
            });
        });
        let segment_horizon = self.file().segments.horizon;
        let at_hand = horizons.iter().find(|horizon| horizon.days == segment_horizon);
        let band = customer.band(at_hand.map(|horizon| horizon.customer_lifetime_value));
        Ok(Answer {
            probability_alive: customer.probability_alive,
            expected_average_profit: customer.expected_average_profit,
            residual_lifetime_value: request.residual.then(|| customer.residual_value()),
            segment: &self.file().segments.bands[band].name,
            horizons,
            model: self.name(),
        })
    }

    /// Names this model in an answer.
    pub fn name(&self) -> ModelName<'_> {
        ModelName { id: &self.file().id, version: &self.file().version }
    }

    /// Whether a value without a horizon exists.
    pub(crate) fn check_residual(&self) -> Result<(), Violations> {
        if self.daily_rate() > 0.0 {
            return Ok(());
        }
        let pointer = "/residual".into();
        Err(Violation { pointer, rule: Rule::ResidualNeedsDiscount }.into())
    }
}

/// One customer under one model: what every horizon shares, computed once.
pub(crate) struct Customer<'m> {
    model: &'m Model,
    pub(crate) alive: Alive,
    pub(crate) probability_alive: f64,
    pub(crate) expected_average_profit: f64,
}

impl<'m> Customer<'m> {
    pub(crate) fn new(model: &'m Model, profile: &Profile) -> Self {
        Customer {
            model,
            alive: model.bg_nbd().alive(profile),
            probability_alive: model.bg_nbd().probability_alive(profile),
            expected_average_profit: model.gamma_gamma().expected_average_profit(profile),
        }
    }

    /// Hands over what is expected of the customer, if alive, within each horizon.
    pub(crate) fn each_horizon(&self, days: &[f64], each: &mut dyn FnMut(usize, Expected)) {
        self.alive.expected(days, self.model.daily_rate(), each);
    }

    /// E\[Y(t)\].
    pub(crate) fn purchases(&self, within: &Expected) -> f64 {
        self.probability_alive * within.purchases
    }

    /// P(Y(t) > 0).
    pub(crate) fn any_purchase(&self, days: f64) -> f64 {
        self.probability_alive * self.alive.any_purchase(days)
    }

    /// Discounted profit within a horizon: E\[M\] margin P(alive) Integral_0^h e^(-delta s) dG(s),
    /// of which `discounted` is the integral.
    pub(crate) fn value(&self, discounted: f64) -> f64 {
        let profit = self.expected_average_profit * self.model.file().margin;
        discounted_value(self.probability_alive, discounted, profit)
    }

    /// The same without a horizon.
    pub(crate) fn residual_value(&self) -> f64 {
        self.value_within(f64::INFINITY)
    }

    fn value_within(&self, days: f64) -> f64 {
        let mut value = 0.0;
        self.each_horizon(&[days], &mut |_, within| value = self.value(within.discounted));
        value
    }

    /// The customer's band, of which `value` may be at hand: that over the segments' horizon.
    pub(crate) fn band(&self, value: Option<f64>) -> usize {
        let days = self.model.file().segments.horizon;
        self.model.band(value.unwrap_or_else(|| self.value_within(days)))
    }
}

/// Value from its parts; `profit` is after the margin.
#[inline(always)]
pub(crate) fn discounted_value(probability_alive: f64, discounted: f64, profit: f64) -> f64 {
    let value = probability_alive * discounted * profit;
    // A mean profit near the largest double would overflow; JSON has no infinity.
    if value < f64::MAX { value } else { f64::MAX }
}
