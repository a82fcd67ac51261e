//! The two models put together: a request in, an answer out.

use alloc::vec::Vec;

use serde::Serialize;

use crate::error::{Rule, Violation, Violations};
use crate::model::Model;
use crate::profile::Profile;
use crate::request::Request;
use crate::special::alive::Alive;

/// What a model says of one customer.
///
/// The order of the fields is the order of the keys in every answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer<'m> {
    /// P(alive), 0..1; 1 by construction for a customer without a repeat purchase.
    pub probability_alive: f64,
    /// E\[M\], currency per purchase.
    pub expected_average_profit: f64,
    /// One entry per horizon, nearest first.
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
        let scorer = Scorer::new(self, &request.profile);
        let days = match &request.horizons {
            Some(horizons) => horizons.as_slice(),
            None => &self.file().horizons,
        };
        let horizons: Vec<_> = days
            .iter()
            .map(|&days| HorizonAnswer {
                days,
                expected_purchases: scorer.purchases(days),
                probability_of_purchase: scorer.any_purchase(days),
                customer_lifetime_value: scorer.value(days),
            })
            .collect();
        let band = scorer.band(|days| {
            let horizon = horizons.iter().find(|horizon| horizon.days == days)?;
            Some(horizon.customer_lifetime_value)
        });
        Ok(Answer {
            probability_alive: scorer.probability_alive,
            expected_average_profit: scorer.expected_average_profit,
            residual_lifetime_value: request.residual.then(|| scorer.value(f64::INFINITY)),
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
pub(crate) struct Scorer<'m> {
    model: &'m Model,
    alive: Alive,
    pub(crate) probability_alive: f64,
    pub(crate) expected_average_profit: f64,
}

impl<'m> Scorer<'m> {
    pub(crate) fn new(model: &'m Model, profile: &Profile) -> Self {
        Scorer {
            model,
            alive: model.bg_nbd().alive(profile),
            probability_alive: model.bg_nbd().probability_alive(profile),
            expected_average_profit: model.gamma_gamma().expected_average_profit(profile),
        }
    }

    /// E\[Y(t)\].
    pub(crate) fn purchases(&self, days: f64) -> f64 {
        self.probability_alive * self.alive.purchases(days)
    }

    /// P(Y(t) > 0).
    pub(crate) fn any_purchase(&self, days: f64) -> f64 {
        self.probability_alive * self.alive.any_purchase(days)
    }

    /// Discounted profit within a horizon, which may be infinite: E\[M\] margin P(alive)
    /// Integral_0^h e^(-delta s) dG(s).
    pub(crate) fn value(&self, days: f64) -> f64 {
        let purchases = self.alive.discounted_purchases(days, self.model.daily_rate());
        let profit = self.expected_average_profit * self.model.file().margin;
        // A mean profit near the largest double would overflow; JSON has no infinity.
        (self.probability_alive * purchases * profit).min(f64::MAX)
    }

    /// The customer's band. `value_at_hand` may know the value over a horizon already.
    pub(crate) fn band(&self, value_at_hand: impl Fn(f64) -> Option<f64>) -> usize {
        let days = self.model.file().segments.horizon;
        self.model.band(value_at_hand(days).unwrap_or_else(|| self.value(days)))
    }
}
