//! Gamma-Gamma: how much per purchase.

use crate::profile::Profile;

/// The Gamma-Gamma model of spend: Fader and Hardie (2013), "The Gamma-Gamma Model of
/// Monetary Value", after Colombo and Jiang (1999).
///
/// A purchase of one customer is Gamma(`p`, nu) and nu varies over customers as
/// Gamma(`q`, `v`), independently of how often the customer buys. `p` and `v` are finite
/// and > 0, `v` in currency; `q` is finite and > 1, or the population would have no mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaGamma {
    /// Shape of one purchase's profit.
    pub(crate) p: f64,
    /// Shape of its rate over customers.
    pub(crate) q: f64,
    /// Rate parameter of that rate over customers, in currency.
    pub(crate) v: f64,
}

impl GammaGamma {
    /// The mean profit of a purchase over all customers, in currency: p v / (q - 1).
    /// Relative error below 1e-15.
    ///
    /// # Example
    /// ```
    /// let mean = edge_clv::Model::baked().gamma_gamma().population_mean();
    /// assert!(mean > 0.0 && mean.is_finite());
    /// ```
    pub fn population_mean(&self) -> f64 {
        self.p / (self.q - 1.0) * self.v
    }

    /// E\[M\]: the expected profit of this customer's purchases, in currency.
    ///
    /// p (v + x m) / (p x + q - 1), equation 5 of the note, here as the weighted mean of the
    /// customer's own mean and the population's, which cannot overflow. With x = 0 or an
    /// unknown monetary value it is the population's mean. Relative error below 1e-15 wherever
    /// the result is a normal number.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let spend = *Model::baked().gamma_gamma();
    /// let unknown = Profile::new(3.0, 100.0, 200.0, None)?;
    /// assert_eq!(spend.expected_average_profit(&unknown), spend.population_mean());
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn expected_average_profit(&self, profile: &Profile) -> f64 {
        let population = self.population_mean();
        match profile.monetary_value() {
            Some(own) if profile.frequency() > 0.0 => {
                // The weights are 1 : k, the population's mean being worth (q - 1) / p
                // purchases; this way of writing them stays right at k = 0 and infinity.
                let k = (self.q - 1.0) / self.p / profile.frequency();
                own / (1.0 + k) + population / (1.0 + 1.0 / k)
            }
            _ => population,
        }
    }
}
