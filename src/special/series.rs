//! Expected purchases by power series, continued from one to the next: the usual case, and
//! the fast one.

use libm::fabs;

use super::alive::{Alive, Expected};
use super::elementary::exp_of_minus;
use super::lanes::{Lanes, Two};

/// The rate of purchases g as a power series, integrated term by term.
///
/// g(t) = s/beta f, where f = 2F1(a, s+1; C; -t/beta), C = a + survived. About a time k beta,
/// f is a power series in z = (t - k beta) / (beta + t), which converges for |z| < 1, that is
/// as far as t goes: Pfaff's transformation (DLMF 15.8.1), for any centre. From the
/// differential equation of 2F1 (DLMF 15.10.1) the coefficients follow one from another, with
/// M = a + s and K = a (s + 1),
///
/// k (n+1) (n+2) f_{n+2} + ((1-2k) n + C + k M) (n+1) f_{n+1}
///   + ((k-2) n (n-1) + (M-2C-kM) n + (1+k) K) f_n + (n-1) (n-2+C-M) f_{n-1} = 0,
///
/// regular at every a and C. The mean of e^(-delta (t' - k beta)) f(t') for t' from k beta to t
/// is, with e = delta (beta + k beta), e^(-delta (t - k beta)) times the power series of
///
/// (n+1) q_n = f_n + (n-1) q_{n-1} + e (q_0 + ... + q_{n-1}),
///
/// as is found by taking its derivative; without discount it is the mean of f. Nothing in it
/// cancels but what does in f.
///
/// A span ends where its series becomes slow; value and slope there begin the next, about its
/// end. That loses nothing: of the equation's two solutions f is the one that is regular at 0,
/// where the other is t^(1-C), and the one that is largest at infinity, so that what rounding
/// adds of the other falls behind. g is positive, so that adding up loses nothing; and no other
/// function is needed.
pub(crate) struct Series<'a> {
    alive: &'a Alive,
    delta: f64,
    /// The centre of the span, in days and in units of beta.
    centre: f64,
    k: f64,
}

/// Room for the coefficients, in pairs: 128 terms leave 1e-16 at |z| = 0.75.
const PAIRS: usize = 64;
/// How far a span goes in z, where terms fall by half. Longer ones have more terms than two
/// of these.
const REACH: f64 = 0.5;
/// How far it goes if it is the only one.
const FIRST_REACH: f64 = 0.75;
/// The sum of the terms' sizes over the sum, which multiplies their rounding: measured, 1e-15
/// up to here.
const MOST_CANCELLATION: f64 = 8.0;
/// How far f may fall over a span: it leaves a cancellation of e^1.8 = 6.
const STEEP: f64 = 0.9;
/// How far the equation's other solution may fall over a span: its terms, which rounding
/// begins, then grow to 1e6 roundings of roundings before they fall.
const STIFF: f64 = 16.0;
/// How fast the other solution may fall, per z: what rounding adds to the slope grows with it.
/// Measured, up to here nothing is off by more than 1e-14; with 3000 some are by 6e-14.
const MOST_STIFFNESS: f64 = 400.0;
/// As many spans cost a tenth of the mixture, and add up as many roundings.
const MOST_SPANS: f64 = 64.0;
/// delta times a span: e^4 = 55 is what the terms of the discounted mean come to.
const DISCOUNT: f64 = 4.0;
/// e^-40 = 4e-18 of a discounted sum comes later than 40 / delta, since g falls.
const MOST_DISCOUNT: f64 = 40.0;

impl<'a> Series<'a> {
    #[inline]
    pub(crate) fn new(alive: &'a Alive, delta: f64) -> Series<'a> {
        Series { alive, delta, centre: 0.0, k: 0.0 }
    }

    /// Hands over what is expected within each horizon, with its index, up to the first that
    /// the mixture serves better; returns the index of that.
    pub(crate) fn expected(
        &mut self,
        days: &[f64],
        mut each: impl FnMut(usize, Expected),
    ) -> usize {
        let Alive { s, beta, a, survived, .. } = *self.alive;
        let farthest = MOST_DISCOUNT / self.delta;
        let end = |t: f64| if t == f64::INFINITY { farthest } else { t };
        let Some(last) = days.last().map(|&t| end(t)) else { return 0 };
        if !(beta + last < 1e300 && beta > 1e-290) {
            return 0;
        }
        let c = a + survived;
        let (mut value, mut slope) = (1.0, -a * (s + 1.0) / c);
        let steep = REACH.min(STEEP / -slope);
        if last <= steep * (beta + last) && self.delta * last <= DISCOUNT {
            for (i, pair) in days.chunks(2).enumerate() {
                let (near, far) = (end(pair[0]), end(pair[pair.len() - 1]));
                let Some([one, other]) = self.first_span(near, far) else { return 2 * i };
                each(2 * i, one);
                if pair.len() == 2 {
                    each(2 * i + 1, other);
                }
            }
            return days.len();
        }
        let mut total = Expected::default();
        let mut i = 0;
        for _ in 0..MOST_SPANS as u32 {
            // How fast the other solution falls: near 0 it is t^(1-C), far out (beta + t)^-(a+s+1-C).
            let stiffness = if self.k == 0.0 { 0.0 } else { c / self.k + a + s + 2.0 };
            if stiffness > MOST_STIFFNESS {
                return i;
            }
            // The first span is the only one where another would be too stiff.
            let only = self.k == 0.0 && c + a + s + 2.0 > MOST_STIFFNESS;
            let reach = if only {
                FIRST_REACH
            } else {
                REACH.min(STEEP / -slope).min(STIFF / stiffness)
            };
            let whole = beta + self.centre;
            // Once nothing is left of the discounted sum, it has its end.
            let discounts = self.centre < farthest;
            let delta = if discounts { self.delta } else { 0.0 };
            let stop = if discounts { last.min(farthest) } else { last };
            let reach = reach.min(DISCOUNT / (DISCOUNT + delta * whole));
            let to_stop = (stop - self.centre) / (beta + stop);
            let (reach, span_end) = if reach < to_stop {
                (reach, self.centre + whole * (reach / (1.0 - reach)))
            } else {
                (to_stop, stop)
            };
            let (sum, derivative) = loop {
                let t = end(days[i]).min(span_end);
                let Some((sum, derivative, part)) = self.later_span(slope, delta, t) else {
                    return i;
                };
                let mut now = total;
                now.purchases += value * part.purchases;
                if discounts {
                    now.discounted += value * part.discounted;
                }
                if t == end(days[i]) {
                    each(i, now);
                    i += 1;
                    if i == days.len() {
                        return i;
                    }
                }
                if t == span_end {
                    total = now;
                    break (sum, derivative);
                }
            };
            self.centre = span_end;
            self.k = span_end / beta;
            value *= sum;
            slope = derivative / reach * (1.0 - reach) / sum;
            // g falls, so no more than this comes after; of a discounted sum no more either.
            if s * value * (last / beta) <= 1e-17 * total.purchases {
                (i..days.len()).for_each(|i| each(i, total));
                return days.len();
            }
        }
        i
    }

    #[inline(never)]
    fn first_span(&self, near: f64, far: f64) -> Option<[Expected; 2]> {
        let Alive { s, a, survived, d, .. } = *self.alive;
        let c = a + survived;
        let product = a * (s + 1.0);
        // C - M, which x has no part in.
        let c_less_m = d + 1.0 - a;
        let second = c_less_m + c - 2.0;
        let third = c_less_m - 2.0;
        let mut last = 0.0;
        self.span(
            Two::new(near, far),
            self.delta,
            |n, term| {
                let whole = c + n;
                let scale = 1.0 / (whole * (n + 1.0));
                let next = (((n + n) + second) * n - product) * term
                    - ((n - 1.0) * (n + third)) * last;
                last = term;
                (scale * whole, next * scale)
            },
            |_, _| 0.0,
        )
    }

    fn later_span(
        &self,
        slope: f64,
        delta: f64,
        t: f64,
    ) -> Option<(f64, f64, Expected)> {
        let Alive { s, a, survived, d, .. } = *self.alive;
        let k = self.k;
        let c = a + survived;
        let m = a + s;
        let product = a * (s + 1.0);
        // C - M, which x has no part in.
        let c_less_m = d + 1.0 - a;
        let first = 1.0 - 2.0 * k;
        let first_0 = c + k * m;
        let second_1 = -c_less_m - c - k * m;
        let second_0 = (1.0 + k) * product;
        let (mut f1, mut f0) = (0.0, 0.0);
        let (mut sum, mut size, mut derivative) = (0.0, 0.0, 0.0);
        let [part, _] = self.span(
            Two::all(t),
            delta,
            |n, f2| {
                let next = if n == 0.0 {
                    slope
                } else {
                    // f_{n+2} of f_{n+1}, f_n and f_{n-1}; about 0 the highest drops out.
                    let n = n - 1.0;
                    let first = (first * n + first_0) * (n + 1.0);
                    let second = ((k - 2.0) * (n - 1.0) + second_1) * n + second_0;
                    let third = (n - 1.0) * (n - 2.0 + c_less_m);
                    if k == 0.0 {
                        let n = n + 1.0;
                        let second = (-2.0 * (n - 1.0) + second_1) * n + second_0;
                        let third = (n - 1.0) * (n - 2.0 + c_less_m);
                        -(second * f2 + third * f1) / ((n + 1.0) * (n + c))
                    } else {
                        -(first * f2 + (second * f1 + third * f0)) / (k * (n + 1.0) * (n + 2.0))
                    }
                };
                (f1, f0) = (f2, f1);
                (1.0 / (n + 1.0), next)
            },
            |n, here| {
                sum += here;
                derivative += n * here;
                size += fabs(here);
                fabs(here)
            },
        )?;
        (size <= MOST_CANCELLATION * sum).then_some((sum, derivative, part))
    }

    /// What is expected from the centre to each of two times within a span, the later one
    /// second, where f is 1 at the centre; none if the series does not serve until there.
    ///
    /// `following` gives 1 / (n+1) and f_{n+1} of n and f_n; `seen` hears of n and the term
    /// f_n z^n at the later time and says how much of it has to be small at the end.
    #[inline(always)]
    fn span(
        &self,
        times: Two,
        delta: f64,
        mut following: impl FnMut(f64, f64) -> (f64, f64),
        mut seen: impl FnMut(f64, f64) -> f64,
    ) -> Option<[Expected; 2]> {
        let Alive { s, beta, .. } = *self.alive;
        let passed = times - Two::all(self.centre);
        let [near, reach] = (passed / (times + Two::all(beta))).numbers();
        let still = exp_of_minus(Two::all(delta) * times);
        // Terms fall off like z^n at last, so that z / (1 - z) of the last are left, and that
        // n-fold in the slope.
        let enough = 2e-17 * (1.0 - reach);
        let rise = Two::new(0.0, delta * (beta + self.centre));
        let (near, far) = (Two::all(near), Two::all(reach));
        let (mut near_power, mut far_power) = (Two::all(1.0), Two::all(1.0));
        let (mut near_sum, mut far_sum) = (Two::all(0.0), Two::all(0.0));
        // q_{n-1}, and e (q_0 + ... + q_{n-2}).
        let (mut mean, mut before) = (Two::all(0.0), Two::all(0.0));
        let (mut n, mut term) = (0.0, 1.0);
        for _ in 0..PAIRS {
            let mut add = || {
                let (inverse, next) = following(n, term);
                let add = Two::all(term) + before;
                before = before + rise * mean;
                mean = (mean * (Two::all(n - 1.0) + rise) + add) * Two::all(inverse);
                near_sum = near_sum + mean * near_power;
                let at_far = mean * far_power;
                far_sum = far_sum + at_far;
                let [_, at_far] = at_far.numbers();
                let rest = fabs(at_far) + seen(n, term * far_power.numbers()[0]);
                near_power = near_power * near;
                far_power = far_power * far;
                term = next;
                n += 1.0;
                rest
            };
            // Both, since one may be small by accident.
            if add() * reach + add() <= enough {
                let factor = Two::all(s / beta) * passed;
                let ([one, one_discounted], [other, other_discounted]) =
                    (near_sum.numbers(), far_sum.numbers());
                let purchases = (factor * Two::new(one, other)).numbers();
                let discounted =
                    (factor * still * Two::new(one_discounted, other_discounted)).numbers();
                return Some([0, 1].map(|i| Expected {
                    purchases: purchases[i],
                    discounted: discounted[i],
                }));
            }
        }
        None
    }
}
