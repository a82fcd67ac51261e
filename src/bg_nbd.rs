//! BG/NBD: how many purchases, and is the customer still alive.

use libm::{fabs, fma, log, pow};

use crate::profile::Profile;
use crate::special::alive::Alive;
use crate::special::elementary::two_sum;

/// The BG/NBD model of Fader, Hardie and Lee (2005), "Counting Your Customers the Easy
/// Way", Marketing Science 24(2), 275-284.
///
/// While alive, a customer buys at a rate that varies over customers as
/// Gamma(`r`, `alpha`); after each repeat purchase the customer leaves for good with a
/// probability that varies as Beta(`a`, `b`).
///
/// All four are finite and > 0; `alpha` is in days. A value is had from a checked
/// [`Model`](crate::Model).
///
/// Accuracy: against 50-digit arithmetic over r .01..20, alpha .1..1e4, a .01..20 (1 and
/// 1 +- 1e-9 among them), b .01..100, x to 5000, T to 1e4 days, t 1e-3..1e4 days, the
/// relative error of each method stays below the bound in `tests/tolerance/mod.rs`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BgNbd {
    /// Shape of the purchase rate over customers.
    pub(crate) r: f64,
    /// Rate parameter of the purchase rate over customers, in days.
    pub(crate) alpha: f64,
    /// First parameter of the leaving probability over customers.
    pub(crate) a: f64,
    /// Second parameter of the leaving probability over customers.
    pub(crate) b: f64,
}

impl BgNbd {
    /// P(alive), 0..1: the probability that the customer has not left by `T`.
    ///
    /// 1 / (1 + \[x>0\] a/(b+x-1) ((alpha+T)/(alpha+t_x))^(r+x)): Fader, Hardie and Lee
    /// (2008), "Computing P(alive) Using the BG/NBD Model", equation 1.
    ///
    /// A customer without a repeat purchase (x = 0) has had no occasion to leave under
    /// this model, so the answer is 1 by construction, however long ago the purchase was.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let once = Profile::new(0.0, 0.0, 300.0, None)?;
    /// assert_eq!(bg_nbd.probability_alive(&once), 1.0);
    /// let regular = Profile::new(5.0, 200.0, 300.0, None)?;
    /// let p = bg_nbd.probability_alive(&regular);
    /// assert!(p > 0.0 && p < 1.0);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn probability_alive(&self, profile: &Profile) -> f64 {
        let x = profile.frequency();
        if x == 0.0 {
            return 1.0;
        }
        let odds = self.a / (self.b + (x - 1.0));
        let root = self.root_of_silence(profile);
        let silence = root * root;
        // The power is at most 1, so nothing overflows. It may lose digits to underflow
        // where the quotient does not; its root never does.
        if silence > 1e-290 {
            silence / (silence + odds)
        } else {
            (root / (silence + odds) * root).min(1.0)
        }
    }

    /// The square root of ((alpha+t_x)/(alpha+T))^(r+x), within a few units in the last
    /// place.
    ///
    /// An exponent of thousands multiplies the rounding of what it is applied to: the
    /// quotient's and its own sum's. Both are recovered exactly (Knuth's two-sum, the
    /// remainder of the division by fma) and put back to first order.
    fn root_of_silence(&self, profile: &Profile) -> f64 {
        let (numerator, numerator_rest) = two_sum(self.alpha, profile.recency());
        let (denominator, denominator_rest) = two_sum(self.alpha, profile.T());
        let (s, s_rest) = two_sum(self.r, profile.frequency());
        let ratio = numerator / denominator;
        let remainder = fma(-ratio, denominator, numerator);
        let ratio_rest = (remainder + (numerator_rest - ratio * denominator_rest)) / numerator;
        let correction = s * ratio_rest + s_rest * log(ratio);
        // Below the smallest normal number, and past the largest, the rests are not exact;
        // the power is 0 there to any precision that matters.
        let correction = if fabs(correction) < 1e-3 { correction } else { 0.0 };
        pow(ratio, 0.5 * s) * (1.0 + 0.5 * correction)
    }

    /// E\[Y(t)\]: expected purchases in the next `t` days.
    ///
    /// Fader, Hardie and Lee (2005), equation 10, in forms that stay regular at a = 1 and
    /// neither cancel nor overflow. Domain: `t >= 0`, finite. At x = 0 and T = 0 it is the
    /// expectation for a new customer, E\[X(t)\] (equation 9).
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let profile = Profile::new(5.0, 200.0, 300.0, None)?;
    /// assert!(bg_nbd.expected_purchases(&profile, 30.0) < bg_nbd.expected_purchases(&profile, 90.0));
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn expected_purchases(&self, profile: &Profile, t: f64) -> f64 {
        self.probability_alive(profile) * self.alive(profile).purchases(t)
    }

    /// P(Y(t) > 0), 0..1: the probability of at least one purchase in the next `t` days.
    ///
    /// P(alive) (1 - (1 + t/(alpha+T))^-(r+x)): a living customer leaves only after a
    /// purchase, so the leaving probability plays no part. Domain: `t >= 0`, finite.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let profile = Profile::new(5.0, 200.0, 300.0, None)?;
    /// let p = bg_nbd.probability_of_purchase(&profile, 90.0);
    /// assert!(p > 0.0 && p <= bg_nbd.probability_alive(&profile));
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn probability_of_purchase(&self, profile: &Profile, t: f64) -> f64 {
        self.probability_alive(profile) * self.alive(profile).any_purchase(t)
    }

    /// Expected purchases in the next `t` days, each discounted from the day it is made:
    /// P(alive) Integral_0^t e^(-delta s) dG(s).
    ///
    /// `delta >= 0` is the continuous daily rate. Domain: `t >= 0`; `t` may be infinite
    /// where `delta > 0`, which gives the discounted expected residual transactions (DERT).
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let profile = Profile::new(5.0, 200.0, 300.0, None)?;
    /// let plain = bg_nbd.expected_purchases(&profile, 90.0);
    /// assert_eq!(bg_nbd.discounted_purchases(&profile, 90.0, 0.0), plain);
    /// assert!(bg_nbd.discounted_purchases(&profile, 90.0, 0.0003) < plain);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn discounted_purchases(&self, profile: &Profile, t: f64, delta: f64) -> f64 {
        self.probability_alive(profile) * self.alive(profile).discounted_purchases(t, delta)
    }

    /// The posterior of this customer, given that the customer is alive.
    pub(crate) fn alive(&self, profile: &Profile) -> Alive {
        Alive {
            s: self.r + profile.frequency(),
            beta: self.alpha + profile.T(),
            a: self.a,
            survived: self.b + profile.frequency(),
            d: self.a + self.b - self.r - 1.0,
        }
    }
}
