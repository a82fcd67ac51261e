//! Expected purchases where the horizon is of the order of the time observed: the usual
//! case, and the fast one.

use libm::{ceil, fabs};

use super::alive::{Alive, Expected};
use super::elementary::exp_of_minus;
use super::lanes::{Eight, Lanes};
use super::quadrature::GAUSS_LEGENDRE_8;

/// The rate of purchases g as a power series, integrated by Gauss and Legendre's rule.
///
/// g(t) = s/beta f(z), where with z = t / (beta + t) and C = a + survived
///
/// f(z) = 2F1(a, s+1; C; -t/beta) = (1 - z)^a 2F1(a, d; C; z)
///
/// by Pfaff's transformation (DLMF 15.8.1). From the differential equation of 2F1 (DLMF
/// 15.10.1) the coefficients of f follow one from another,
///
/// (n+1) (n+C) f_{n+1} = (2 n^2 + (C+d-a-1) n - a (s+1)) f_n - (n-1) (n-1+d-a) f_{n-1},
///
/// regular at every a and C. They do not depend on t, so that all nodes of all horizons share
/// them; g is positive, so that adding up loses nothing; and no other function is needed.
pub(crate) struct Series<'a> {
    alive: &'a Alive,
    /// The even ones and the odd ones after them, in pairs.
    coefficients: &'a [[f64; 2]],
    /// How steeply g may fall within a time of beta, to be resolved.
    steepness: f64,
}

/// Room for the coefficients, in pairs. A longer series costs as much as the mixture; z =
/// 0.75, a horizon of three times beta, is reached by most models with this many.
pub(crate) type Room = [[f64; 2]; 64];
/// The sum of the terms' sizes over the sum, which multiplies their rounding: measured, 1e-15
/// up to here.
const MOST_CANCELLATION: f64 = 8.0;
/// As many panels, of 8 nodes each, cost as much as the mixture.
const MOST_PANELS: f64 = 16.0;

impl<'a> Series<'a> {
    /// For horizons up to `last`; nothing if the mixture serves better.
    #[inline]
    pub(crate) fn new(
        alive: &'a Alive,
        last: f64,
        delta: f64,
        room: &'a mut Room,
    ) -> Option<Series<'a>> {
        let Alive { s, beta, a, survived, d } = *alive;
        let c = a + survived;
        // g is a mixture of (1 + p t/beta)^-(s+1) over p ~ Beta(a, survived); what lies above
        // p = (a + 10) / c weighs too little for its digits to matter.
        let steepness = (s + 1.0) * f64::min(1.0, (a + 10.0) / c);
        let mut series = Series { alive, coefficients: &[], steepness };
        if !(series.panels(0.0, last, delta) <= MOST_PANELS && beta + last < 1e300) {
            return None;
        }
        let z = last / (beta + last);
        // Terms fall off at least as fast as z^n, but for a power of n that is spent by then.
        let enough = 5e-17 * (1.0 - z) / z;
        let linear = c + d - a - 1.0;
        let constant = a * (s + 1.0);
        let following = |n: f64, before: f64, last: f64| {
            let scale = 1.0 / ((n + 1.0) * (n + c));
            ((2.0 * n + linear) * n - constant) * scale * last
                - (n - 1.0) * (n - 1.0 + d - a) * scale * before
        };
        let mut pair = [1.0, -constant / c];
        let (mut power, mut sum, mut size) = (1.0, 0.0, 0.0);
        for i in 0..room.len() {
            room[i] = pair;
            let (even, odd) = (pair[0] * power, pair[1] * power * z);
            sum += even + odd;
            size += fabs(even) + fabs(odd);
            // Both, since one may be small by accident.
            if fabs(even) + fabs(odd) <= enough * size {
                series.coefficients = &room[..=i];
                return (size <= MOST_CANCELLATION * sum).then_some(series);
            }
            let n = (2 * i + 1) as f64;
            pair[0] = following(n, pair[0], pair[1]);
            pair[1] = following(n + 1.0, pair[1], pair[0]);
            power *= z * z;
        }
        None
    }

    /// How many panels resolve g and e^(-delta s) between two times to the last bits.
    ///
    /// Eight nodes resolve an exponential that falls by e^2 over a panel, and a power of
    /// beta + t, singular at t = -beta, on a panel a third as long as the way to there:
    /// measured, 4e-15; with e^2.5 it is 5e-14, with half as long 1e-12.
    fn panels(&self, from: f64, to: f64, delta: f64) -> f64 {
        let per_time = f64::max(3.0, self.steepness / 2.0) / (self.alive.beta + from);
        ceil((to - from) * f64::max(per_time, delta / 2.0))
    }

    /// Hands over what is expected within each horizon, with its index.
    pub(crate) fn expected(&self, days: &[f64], delta: f64, mut each: impl FnMut(usize, Expected)) {
        let mut total = Expected::default();
        let mut before = 0.0;
        for (i, &t) in days.iter().enumerate() {
            let panels = self.panels(before, t, delta).max(1.0);
            let half = 0.5 * (t - before) / panels;
            for panel in 0..panels as u32 {
                let middle = before + half * f64::from(2 * panel + 1);
                self.add_panel(middle, half, delta, &mut total);
            }
            before = t;
            each(i, total);
        }
    }

    /// Adds the integral over middle - half..middle + half.
    fn add_panel(&self, middle: f64, half: f64, delta: f64, total: &mut Expected) {
        let Alive { s, beta, .. } = *self.alive;
        let (nodes, weights) = GAUSS_LEGENDRE_8;
        let time = Eight::all(middle) + Eight::all(half) * Eight::new(nodes);
        let z = time / (Eight::all(beta) + time);
        let square = z * z;
        // Even and odd terms apart, so that neither chain of operations waits for the other.
        let (mut even, mut odd) = (Eight::all(0.0), Eight::all(0.0));
        for pair in self.coefficients.iter().rev() {
            even = even * square + Eight::all(pair[0]);
            odd = odd * square + Eight::all(pair[1]);
        }
        let rate = Eight::all(half * (s / beta)) * (Eight::new(weights) * (even + z * odd));
        total.purchases += rate.sum();
        total.discounted += (rate * exp_of_minus(Eight::all(delta) * time)).sum();
    }
}
