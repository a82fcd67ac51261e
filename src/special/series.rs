//! Expected purchases by power series, continued from one to the next: the usual case, and
//! the fast one.

use libm::{ceil, fabs};

use super::alive::{Alive, Expected};
use super::elementary::exp_of_minus;
use super::lanes::{Eight, Lanes};
use super::quadrature::GAUSS_LEGENDRE_8;

/// The rate of purchases g as a power series, integrated by Gauss and Legendre's rule.
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
/// regular at every a and C. A span ends where its series becomes slow; value and slope there
/// begin the next, about its end. That loses nothing: of the equation's two solutions f is the
/// one that is regular at 0, where the other is t^(1-C), and the one that is largest at
/// infinity, so that what rounding adds of the other falls behind. The coefficients do not
/// depend on t, so that all nodes of all horizons in a span share them; g is positive, so that
/// adding up loses nothing; and no other function is needed.
pub(crate) struct Series<'a> {
    alive: &'a Alive,
    delta: f64,
    /// The even ones and the odd ones after them, in pairs.
    room: [[f64; 2]; PAIRS],
    pairs: usize,
    /// The centre of the span, in days and in units of beta.
    centre: f64,
    k: f64,
    total: Expected,
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
/// As many panels, of 8 nodes each, cost a tenth of the mixture.
const MOST_PANELS: u32 = 128;
/// Panels for a width of beta + t, where g is singular at t = -beta, and for a fall by e.
/// Measured, eight nodes then leave 4e-15; with 2 panels 1e-12, with 0.4 a fall 5e-14.
const PER_WHOLE: f64 = 3.0;
const PER_FALL: f64 = 0.5;
/// e^-40 = 4e-18 of a discounted sum comes later than 40 / delta, since g falls.
const MOST_DISCOUNT: f64 = 40.0;

impl<'a> Series<'a> {
    #[inline]
    pub(crate) fn new(alive: &'a Alive, delta: f64) -> Series<'a> {
        Series {
            alive,
            delta,
            room: [[0.0; 2]; PAIRS],
            pairs: 0,
            centre: 0.0,
            k: 0.0,
            total: Expected::default(),
        }
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
        let mut before = 0.0;
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
            let to_last = (last - self.centre) / (beta + last);
            let reach = reach.min(to_last);
            let Some((next_value, next_slope)) = self.fill(value, slope, reach) else { return i };
            // The end of the span.
            let span_end = if reach == to_last {
                last
            } else {
                self.centre + (beta + self.centre) * (reach / (1.0 - reach))
            };
            loop {
                let t = end(days[i]);
                let mut to = t.min(span_end);
                if before < farthest {
                    to = to.min(farthest);
                }
                if !self.add(before, to) {
                    return i;
                }
                before = to;
                if to == t {
                    each(i, self.total);
                    i += 1;
                    if i == days.len() {
                        return i;
                    }
                } else if to == span_end {
                    break;
                }
            }
            self.centre = span_end;
            self.k = span_end / beta;
            value = next_value;
            slope = next_slope * (1.0 - reach);
            // g falls, so no more than this comes after; of a discounted sum no more either.
            if s * value * (last / beta) <= 1e-17 * self.total.purchases {
                (i..days.len()).for_each(|i| each(i, self.total));
                return days.len();
            }
        }
        i
    }

    /// The coefficients from the first two of them; value and slope at `reach`, if the series
    /// serves until there.
    fn fill(&mut self, value: f64, slope: f64, reach: f64) -> Option<(f64, f64)> {
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
            self.fill_by(value, slope, reach, |n, f1, f0, _| {
                let n = n + 1.0;
                let scale = 1.0 / ((n + 1.0) * (n + c));
                ((2.0 * (n - 1.0) - second_1) * n - product) * scale * f1
                    - (n - 1.0) * (n - 2.0 + c_less_m) * scale * f0
            })
        } else {
            self.fill_by(value, slope, reach, |n, f1, f0, f_1| {
                let scale = -1.0 / (k * (n + 1.0) * (n + 2.0));
                ((first * n + first_0) * (n + 1.0)) * scale * f1
                    + ((((k - 2.0) * (n - 1.0) + second_1) * n + second_0) * scale * f0
                        + (n - 1.0) * (n - 2.0 + c_less_m) * scale * f_1)
            })
        }
    }

    #[inline(always)]
    fn fill_by(
        &mut self,
        value: f64,
        slope: f64,
        reach: f64,
        following: impl Fn(f64, f64, f64, f64) -> f64,
    ) -> Option<(f64, f64)> {
        // Terms fall off like z^n at last, so that z / (1 - z) of the last are left, and that
        // n-fold in the slope.
        let enough = 2e-17 * (1.0 - reach) / reach;
        let mut pair = [value, slope];
        let mut last = 0.0;
        let (mut power, mut sum, mut size, mut derivative) = (1.0, 0.0, 0.0, 0.0);
        for i in 0..PAIRS {
            self.room[i] = pair;
            let n = (2 * i) as f64;
            let (even, odd) = (pair[0] * power, pair[1] * power * reach);
            sum += even + odd;
            derivative += n * even + (n + 1.0) * odd;
            size += fabs(even) + fabs(odd);
            // Both, since one may be small by accident.
            if fabs(even) + fabs(odd) <= enough * size {
                self.pairs = i + 1;
                return (size <= MOST_CANCELLATION * sum).then_some((sum, derivative / reach));
            }
            let even = following(n, pair[1], pair[0], last);
            let odd = following(n + 1.0, even, pair[1], pair[0]);
            last = pair[1];
            pair = [even, odd];
            power *= reach * reach;
        }
        None
    }

    /// Adds what is expected between two times within the span; false if that is too steep.
    ///
    /// The panels grow with beta + t: where the next may be longer than the last it is.
    fn add(&mut self, from: f64, to: f64) -> bool {
        let Alive { s, beta, a, survived, .. } = *self.alive;
        let discount = if to * self.delta <= MOST_DISCOUNT { self.delta } else { 0.0 };
        let mut from = from;
        for _ in 0..MOST_PANELS {
            // g is a mixture of (1 + p t/beta)^-(s+1) over p ~ Beta(a, survived); what lies above
            // p = (a + 10) / (C + (s+1) from/beta) weighs too little for its digits to matter.
            let past = from / beta;
            let rate = a + survived + (s + 1.0) * past;
            let steepness = (s + 1.0) * f64::min(1.0, (a + 10.0) * (1.0 + past) / rate);
            let per_time = f64::max(PER_WHOLE, PER_FALL * steepness) / (beta + from);
            let panels = ceil((to - from) * f64::max(per_time, PER_FALL * discount)).max(1.0);
            let half = 0.5 * (to - from) / panels;
            self.add_panel(from + half, half);
            if panels == 1.0 {
                return true;
            }
            from += 2.0 * half;
        }
        false
    }

    /// Adds the integral over middle - half..middle + half.
    fn add_panel(&mut self, middle: f64, half: f64) {
        let Alive { s, beta, .. } = *self.alive;
        let (nodes, weights) = GAUSS_LEGENDRE_8;
        let time = Eight::all(middle) + Eight::all(half) * Eight::new(nodes);
        let z = (time - Eight::all(self.centre)) / (Eight::all(beta) + time);
        let square = z * z;
        // Even and odd terms apart, so that neither chain of operations waits for the other.
        let (mut even, mut odd) = (Eight::all(0.0), Eight::all(0.0));
        for pair in self.room[..self.pairs].iter().rev() {
            even = even * square + Eight::all(pair[0]);
            odd = odd * square + Eight::all(pair[1]);
        }
        let rate = Eight::all(half * (s / beta)) * (Eight::new(weights) * (even + z * odd));
        self.total.purchases += rate.sum();
        self.total.discounted += (rate * exp_of_minus(Eight::all(self.delta) * time)).sum();
    }
}
