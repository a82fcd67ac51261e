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

/// What the series of a span come to; of means the first lane is that of f, the second that of
/// the discounted f, still to be multiplied by e^(-delta (t - k beta)).
struct Sums {
    /// The means up to a time within the span, and up to its end.
    near: Two,
    end: Two,
    /// f and its derivative by z at the end.
    value: f64,
    slope: f64,
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
                REACH.min(STEEP * value / -slope).min(STIFF / stiffness)
            };
            let discounts = self.centre < farthest;
            let whole = beta + self.centre;
            let rise = if discounts { self.delta * whole } else { 0.0 };
            let reach = reach.min(DISCOUNT / (DISCOUNT + rise));
            let stop = if discounts { last.min(farthest) } else { last };
            let to_stop = (stop - self.centre) / (beta + stop);
            // The end of the span.
            let (reach, span_end) = if reach < to_stop {
                (reach, self.centre + whole * (reach / (1.0 - reach)))
            } else {
                (to_stop, stop)
            };
            let up_to = |t: f64, mean: Two| {
                let [mean, discounted] = (Two::all(s / beta * (t - self.centre)) * mean).numbers();
                let still = if discounts { exp_of_minus(self.delta * t) } else { 0.0 };
                Expected {
                    purchases: total.purchases + mean,
                    discounted: total.discounted + discounted * still,
                }
            };
            let sums = loop {
                let t = end(days[i]).min(span_end);
                let z = (t - self.centre) / (beta + t);
                let Some(sums) = self.sums(value, slope, rise, z, reach) else { return i };
                if t == span_end {
                    break sums;
                }
                each(i, up_to(t, sums.near));
                i += 1;
                if end(days[i]) >= span_end {
                    break sums;
                }
            };
            total = up_to(span_end, sums.end);
            if end(days[i]) == span_end {
                each(i, total);
                i += 1;
                if i == days.len() {
                    return i;
                }
            }
            self.centre = span_end;
            self.k = span_end / beta;
            value = sums.value;
            slope = sums.slope * (1.0 - reach);
            // g falls, so no more than this comes after; of a discounted sum no more either.
            if s * value * (last / beta) <= 1e-17 * total.purchases {
                (i..days.len()).for_each(|i| each(i, total));
                return days.len();
            }
        }
        i
    }

    /// The sums of a span that begins with this value and slope of f, up to `near` and to
    /// `reach`, both in z; none if the series does not serve until there.
    fn sums(&self, value: f64, slope: f64, rise: f64, near: f64, reach: f64) -> Option<Sums> {
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
        // f_{n+2} of f_{n+1}, f_n and f_{n-1}; about 0 the highest drops out.
        if k == 0.0 {
            sums_by(value, slope, rise, near, reach, |n, f1, f0, _| {
                let n = n + 1.0;
                let scale = 1.0 / ((n + 1.0) * (n + c));
                ((2.0 * (n - 1.0) - second_1) * n - product) * scale * f1
                    - (n - 1.0) * (n - 2.0 + c_less_m) * scale * f0
            })
        } else {
            sums_by(value, slope, rise, near, reach, |n, f1, f0, f_1| {
                let scale = -1.0 / (k * (n + 1.0) * (n + 2.0));
                ((first * n + first_0) * (n + 1.0)) * scale * f1
                    + ((((k - 2.0) * (n - 1.0) + second_1) * n + second_0) * scale * f0
                        + (n - 1.0) * (n - 2.0 + c_less_m) * scale * f_1)
            })
        }
    }
}

#[inline(always)]
fn sums_by(
    value: f64,
    slope: f64,
    rise: f64,
    near: f64,
    reach: f64,
    following: impl Fn(f64, f64, f64, f64) -> f64,
) -> Option<Sums> {
    // Terms fall off like z^n at last, so that z / (1 - z) of the last are left, and that
    // n-fold in the slope.
    let enough = 2e-17 * (1.0 - reach) / reach;
    let rise = Two::new(0.0, rise);
    let (mut even, mut odd) = (value, slope);
    let mut last = 0.0;
    // q_{n-1}, and e (q_0 + ... + q_{n-2}).
    let (mut mean, mut before) = (Two::all(0.0), Two::all(0.0));
    let (mut near_power, mut power) = (1.0, 1.0);
    let (mut near_sum, mut end_sum) = (Two::all(0.0), Two::all(0.0));
    let (mut sum, mut size, mut derivative) = (0.0, 0.0, 0.0);
    for i in 0..PAIRS {
        let n = (2 * i) as f64;
        let mut next = |n: f64, term: f64| {
            let inverse = Two::all(1.0 / (n + 1.0));
            let mean_before = mean;
            mean =
                mean * ((Two::all(n - 1.0) + rise) * inverse) + (Two::all(term) + before) * inverse;
            before = before + rise * mean_before;
            mean
        };
        let even_mean = next(n, even);
        let odd_mean = next(n + 1.0, odd);
        let odd_power = power * reach;
        near_sum =
            near_sum + (even_mean * Two::all(near_power) + odd_mean * Two::all(near_power * near));
        let (at_even, at_odd) = (even_mean * Two::all(power), odd_mean * Two::all(odd_power));
        end_sum = end_sum + (at_even + at_odd);
        let (even_term, odd_term) = (even * power, odd * odd_power);
        sum += even_term + odd_term;
        derivative += n * even_term + (n + 1.0) * odd_term;
        let terms = fabs(even_term) + fabs(odd_term);
        size += terms;
        let [_, at_even] = at_even.numbers();
        let [_, at_odd] = at_odd.numbers();
        // Both, since one may be small by accident.
        if terms + (fabs(at_even) + fabs(at_odd)) <= enough * size {
            return (size <= MOST_CANCELLATION * sum).then_some(Sums {
                near: near_sum,
                end: end_sum,
                value: sum,
                slope: derivative / reach,
            });
        }
        let next_even = following(n, odd, even, last);
        let next_odd = following(n + 1.0, next_even, odd, even);
        last = odd;
        (even, odd) = (next_even, next_odd);
        near_power *= near * near;
        power *= reach * reach;
    }
    None
}
