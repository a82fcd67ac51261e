//! The purchases of a customer known to be alive, under BG/NBD.
//!
//! Given the history and that the customer is alive, the purchase rate is
//! Gamma(shape s, rate beta) and the probability of leaving after a purchase is
//! Beta(a, survived), the two independent (Fader, Hardie and Lee 2005, section 4.2).
//! Everything here is a function of that posterior.
//!
//! G(t) is the expected number of purchases within t days, g(t) its derivative.

use super::elementary::single::{ln_1p_of, one_less_exp_of_minus};
use super::mixture::Mixture;
use super::series::Series;

/// The posterior of a living customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alive {
    /// Shape of the purchase rate, r + x. > 0.
    pub(crate) s: f64,
    /// Rate parameter of the purchase rate, alpha + T, in days. > 0.
    pub(crate) beta: f64,
    /// First parameter of the leaving probability. > 0.
    pub(crate) a: f64,
    /// Second parameter of the leaving probability, b + x. > 0.
    pub(crate) survived: f64,
    /// a + survived - 1 - s, that is a + b - r - 1: x cancels, so the caller forms it
    /// from the model and a large x costs no digits.
    pub(crate) d: f64,
}

/// What is expected of a living customer within a horizon.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Expected {
    /// G(t).
    pub(crate) purchases: f64,
    /// Integral_0^t e^(-delta s) g(s) ds: each purchase discounted from its day.
    pub(crate) discounted: f64,
}

impl Alive {
    /// Expected purchases in the next `t` days.
    pub(crate) fn purchases(&self, t: f64) -> f64 {
        // No quadrature would come to an end with NaN or infinity.
        if !(0.0..=f64::MAX).contains(&t) {
            return f64::NAN;
        }
        self.one(t, 0.0).purchases
    }

    /// Expected purchases in the next `t` days, discounted at the daily rate `delta`; `t`
    /// may be infinite where `delta` > 0.
    pub(crate) fn discounted_purchases(&self, t: f64, delta: f64) -> f64 {
        if delta == 0.0 {
            return self.purchases(t);
        }
        if !(t >= 0.0 && delta > 0.0) {
            return f64::NAN;
        }
        self.one(t, delta).discounted
    }

    fn one(&self, t: f64, delta: f64) -> Expected {
        let mut expected = Expected::default();
        self.expected(&[t], delta, &mut |_, within| expected = within);
        expected
    }

    /// What is expected within each of several horizons: `days` increase, the last of them
    /// may be infinite where `delta` > 0; its purchases then mean nothing. Each is handed over
    /// with its index.
    ///
    /// No longer one is worth less than a shorter one, though each is rounded by itself.
    // One function for all that call it, whatever they do with what is handed over: it is large.
    pub(crate) fn expected(&self, days: &[f64], delta: f64, each: &mut dyn FnMut(usize, Expected)) {
        let Some(&last) = days.last() else { return };
        let mut nearer = Expected::default();
        let mut each = |i, within: Expected| {
            let between = |nearer: f64, value: f64| nearer.max(value).min(f64::MAX);
            nearer.purchases = between(nearer.purchases, within.purchases);
            nearer.discounted = between(nearer.discounted, within.discounted);
            each(i, nearer);
        };
        let done = Series::new(self, delta).expected(days, &mut each);
        if done < days.len() {
            Mixture::new(self, last, delta).expected(days, |i, within| {
                if i >= done {
                    each(i, within);
                }
            });
        }
    }

    /// Probability of at least one purchase in the next `t` days: 1 - (1 + t/beta)^-s.
    ///
    /// Whether the customer leaves matters only after a purchase, so p plays no part.
    #[inline]
    pub(crate) fn any_purchase(&self, t: f64) -> f64 {
        if !(0.0..=f64::MAX).contains(&t) {
            return f64::NAN;
        }
        // A quarter of both, so that their sum does not overflow.
        one_less_exp_of_minus(self.s * ln_1p_of(0.25 * t, 0.25 * self.beta))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tolerance::{SERIES_AND_MIXTURE, error};

    /// The two ways agree wherever the first one answers, up to where it gives way, for one
    /// horizon as for several.
    #[test]
    fn the_series_and_the_mixture_agree() {
        let (mut series_answers, mut mixture_only) = (0, 0);
        let steps =
            |from: f64, to: f64| (0..=8).map(move |i| from * (to / from).powf(f64::from(i) / 8.0));
        for r in steps(0.01, 20.0) {
            for a in steps(0.01, 20.0).chain([1.0, 1.0 + 1e-9, 1.0 - 1e-9]) {
                for b in steps(0.01, 100.0) {
                    for (x, tau) in [
                        (0.0, 1e-3),
                        (0.0, 0.1),
                        (0.0, 1.0),
                        (0.0, 3.9),
                        (0.0, 30.0),
                        (1.0, 1.0),
                        (7.0, 3.0),
                        (30.0, 0.3),
                        (300.0, 0.1),
                        (300.0, 1e3),
                    ] {
                        let (s, survived, d) = (r + x, b + x, a + b - r - 1.0);
                        let alive = Alive { s, beta: 100.0, a, survived, d };
                        let t = 100.0 * tau;
                        let days = [t / 9.0, t / 3.0, t];
                        for delta in [0.0, 0.01, 1.0] {
                            let mut expected = [Expected::default(); 3];
                            let mixture = Mixture::new(&alive, t, delta);
                            mixture.expected(&days, |i, within| expected[i] = within);
                            for first in [0, 2] {
                                let (days, expected) = (&days[first..], &expected[first..]);
                                let mut got = [Expected::default(); 3];
                                let mut series = Series::new(&alive, delta);
                                let done = series.expected(days, |i, within| got[i] = within);
                                series_answers += done;
                                mixture_only += usize::from(done == 0);
                                for (got, expected) in got.iter().zip(expected).take(done) {
                                    let purchases = error(got.purchases, expected.purchases);
                                    let discounted = error(got.discounted, expected.discounted);
                                    assert!(
                                        purchases.max(discounted) < SERIES_AND_MIXTURE,
                                        "{alive:?} {days:?} {delta}: {got:?} {expected:?}"
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
        assert!(series_answers > 1000 && mixture_only > 100, "{series_answers} {mixture_only}");
    }

    #[test]
    fn outside_the_domain_there_is_no_number() {
        let alive = Alive { s: 0.5, beta: 30.0, a: 0.8, survived: 2.4, d: 1.9 };
        for t in [f64::NAN, -1.0, f64::INFINITY] {
            assert!(alive.purchases(t).is_nan());
            assert!(alive.any_purchase(t).is_nan());
            assert!(alive.discounted_purchases(t, 0.0).is_nan());
        }
        assert!(alive.discounted_purchases(f64::NAN, 0.1).is_nan());
        assert!(alive.discounted_purchases(30.0, f64::NAN).is_nan());
        assert!(alive.discounted_purchases(30.0, -0.1).is_nan());
    }
}
