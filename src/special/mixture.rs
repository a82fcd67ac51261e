//! Expected purchases in general: for any parameters, and any horizon.

use alloc::vec::Vec;

use libm::{ceil, log, sqrt};

use super::alive::{Alive, Expected};
use super::elementary::single::{self, exp_m1, exp_of_minus};
use super::elementary::{ln_1p_of, one_less_exp_of_minus};
use super::lanes::{Lanes, Two};
use super::quadrature::gauss_legendre_12;

/// G as a mixture over the probability p of leaving after a purchase,
///
/// G(t) = Integral_0^1 (1 - (1 + p t/beta)^-s) / p dBeta(p; a, survived),
///
/// by the trapezoid rule in w = ln(p / (1 - p)), where the integrand is analytic and decays
/// at both ends. The weights' own sum divides them, so no beta function is needed and what
/// error they share cancels. They do not depend on t.
pub(crate) struct Mixture<'a> {
    alive: &'a Alive,
    delta: f64,
    /// p and weights, four neighbours together.
    nodes: Vec<[[f64; 4]; 2]>,
}

/// One p and its weight.
#[derive(Clone, Copy)]
struct Node {
    p: f64,
    weight: f64,
}

/// Four by four; what is missing to the last four has no weight.
fn fours(nodes: &[Node]) -> impl Iterator<Item = [[f64; 4]; 2]> {
    nodes.chunks(4).map(|some| {
        let mut four = [[some[0].p; 4], [0.0; 4]];
        for (i, node) in some.iter().enumerate() {
            four[0][i] = node.p;
            four[1][i] = node.weight;
        }
        four
    })
}

/// e^y for y <= 0.
fn exp(y: f64) -> f64 {
    exp_of_minus(-y)
}

/// ln p and ln(1 - p) of p = 1 / (1 + e^-w), each to full relative accuracy.
///
/// The logarithm of the larger of the two is -ln(1 + e^-|w|), which comes without
/// cancellation; the other is smaller by exactly |w|.
fn log_logistic(w: f64) -> (f64, f64) {
    let larger = -single::ln_1p_of(exp(-w.abs()), 1.0);
    let smaller = larger - w.abs();
    if w >= 0.0 { (larger, smaller) } else { (smaller, larger) }
}

impl<'a> Mixture<'a> {
    /// For horizons up to `last`.
    pub(crate) fn new(alive: &'a Alive, last: f64, delta: f64) -> Mixture<'a> {
        let (a, survived) = (alive.a, alive.survived);
        let last = end_of_discounted(last, delta).min(f64::MAX);
        // The curve ln(weight) has second derivative -(a + survived) p (1 - p), at its
        // mode -a survived / (a + survived): the trapezoid rule resolves a bell of that
        // width to 1e-17 with steps of 0.7 widths; 0.6 leaves room for a bell that is not
        // quite normal. The integrand's singularities lie at Im w = pi and for large s it
        // grows from pi / 2 on; measured, steps of 0.22 leave 4e-13 there, 0.18 3e-15.
        let width = sqrt((a + survived) / a / survived);
        let step = f64::min(0.18, 0.6 * width);
        let mode = log(a) - log(survived);
        let (log_p0, log_q0) = log_logistic(mode);
        let node = |w: f64| {
            let (log_p, log_q) = log_logistic(w);
            let log_weight = a * (log_p - log_p0) + survived * (log_q - log_q0);
            // Nothing, not the least that an exponential is: the walk below ends where nothing
            // is left.
            let weight = if log_weight < -708.0 { 0.0 } else { exp(log_weight) };
            Node { p: exp(log_p), weight }
        };

        // A customer who never leaves buys s last/beta times: as often, at most, as this
        // times one who is sure to leave.
        // Clamped, so that the ends below are finite and the nodes have an end.
        let forever = (alive.s * (last / alive.beta)).min(1e300);
        let most = f64::max(1.0, forever / alive.any_purchase(last)).min(1e300);
        let mut nodes = Vec::new();
        let mut side = alloc::vec![node(mode)];
        let mut mass = side[0].weight;
        // Far out the terms fall off geometrically: with ratio e^(-a step) on the left,
        // once p is too small to matter to the rest of the integrand, and with
        // e^(-survived step) on the right. The rest of such a tail is a closed form.
        // 745: further out p, or 1 - p, is no double.
        let left_end = f64::max(-745.0, -40.0 - log(1.0 + survived.max(forever)));
        let right_end = f64::min(745.0, 40.0 + log(1.0 + a + alive.s));
        for (direction, end, decay, worth) in
            [(-1.0, left_end, a, most), (1.0, right_end, survived, 1.0)]
        {
            let rest = 1.0 / exp_m1(decay * step);
            for j in 1.. {
                let w = mode + direction * f64::from(j) * step;
                let mut node = node(w);
                let at_end = direction * (w - end) > 0.0;
                if at_end {
                    node.weight *= 1.0 + rest;
                }
                let weight = node.weight;
                mass += weight;
                side.push(node);
                if at_end || weight * (1.0 + rest) * worth < 1e-18 * mass {
                    break;
                }
            }
            nodes.extend(fours(&side));
            side.clear();
        }
        nodes.iter_mut().for_each(|[_, weights]| weights.iter_mut().for_each(|w| *w /= mass));
        Mixture { alive, delta, nodes }
    }

    /// G(t).
    fn purchases(&self, t: f64) -> f64 {
        let Alive { s, beta, .. } = *self.alive;
        // A quarter of both, so that their sum does not overflow, nor their quotient.
        let (t, beta) = (0.25 * t.min(1e290 * beta), 0.25 * beta);
        let forever = (s * (t / beta)).min(f64::MAX);
        let purchases = |&[p, weights]: &[[f64; 4]; 2]| {
            // Here the quotients below are this, and might be 0 / 0; four neighbours are within
            // a factor of e^(4 0.18) = 2.
            if p[0].max(p[3]) * forever < 1e-18 {
                let [first, second, third, fourth] = weights;
                return forever * ((first + third) + (second + fourth));
            }
            let two = |i: usize| {
                let (p, weights) = (Two::new(p[i], p[i + 1]), Two::new(weights[i], weights[i + 1]));
                let log = ln_1p_of(p * Two::all(t), Two::all(beta));
                weights * (one_less_exp_of_minus(Two::all(s) * log) / p)
            };
            // In a loop, so that it is there once.
            let [one, other] =
                [0, 2].into_iter().fold(Two::all(0.0), |sum, i| sum + two(i)).numbers();
            one + other
        };
        self.nodes.iter().map(purchases).sum()
    }

    /// Hands over what is expected within each horizon, the last of which may be infinite,
    /// with its index.
    ///
    /// By parts, Integral_0^t e^(-delta s) g(s) ds = e^(-delta t) G(t) + delta Integral_0^t
    /// e^(-delta s) G(s) ds, all of it positive. G rises over the scale beta / s and then
    /// grows like a power or a logarithm, so the integral is taken in u = ln(1 + s' / scale),
    /// where it is smooth: G is analytic for |Im u| < pi, and e^(-delta s') falls from 1 to
    /// nothing within four units of u, which twelve nodes on panels of length 1 resolve to
    /// the last bits.
    pub(crate) fn expected(&self, days: &[f64], mut each: impl FnMut(usize, Expected)) {
        let Alive { s, beta, .. } = *self.alive;
        let delta = self.delta;
        // Not above beta, or the singularity of G at s' = -beta would come close to u = 0.
        let scale = f64::min(beta / s.max(1.0), 1.0 / delta);
        // Nothing overflows where that is far below any day.
        let scale = scale.max(1e-300);
        let mut before = 0.0;
        let mut integral = 0.0;
        for (i, &t) in days.iter().enumerate() {
            if delta == 0.0 {
                let purchases = self.purchases(t);
                each(i, Expected { purchases, discounted: purchases });
                continue;
            }
            let end = end_of_discounted(t, delta).min(f64::MAX);
            // A quarter of both, so that their sum does not overflow.
            let width = single::ln_1p_of(0.25 * end, 0.25 * scale);
            // Panels more than 40 below the top hold less than e^-40 of the integral.
            let from = f64::max(before, width - 40.0);
            let panels = ceil(width - from).max(1.0) as u32;
            integral += gauss_legendre_12(from, width, panels, |u| {
                let moment = scale * exp_m1(u);
                exp_of_minus(delta * moment) * self.purchases(moment) * (scale + moment)
            });
            before = width;
            let purchases = self.purchases(end);
            let discounted = exp_of_minus(delta * end) * purchases + delta * integral;
            let purchases = if end == t { purchases } else { self.purchases(t.min(f64::MAX)) };
            each(i, Expected { purchases, discounted });
        }
    }
}

/// Where to end a discounted sum: G is concave, so what comes after 45 / delta is less than
/// 46 e^-45 = 1e-18 of all.
fn end_of_discounted(t: f64, delta: f64) -> f64 {
    if delta > 0.0 { t.min(45.0 / delta) } else { t }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::edges::edges;
    use crate::tolerance::{DISCOUNTED_PURCHASES, EXPECTED_PURCHASES, error};

    /// As the horizon grows so do the nodes and the panels, a node's closed form gives way to
    /// its quotients, and the discounted sum ends.
    #[test]
    fn nothing_jumps() {
        let sizes = [0.01, 1.0, 30.0, 1200.0];
        let mut met = [0; 3];
        for (s, a) in sizes.into_iter().flat_map(|s| sizes.map(|a| (s, a))) {
            for (survived, delta) in
                sizes.into_iter().flat_map(|b| [0.0, 1e-3, 1.0].map(|d| (b, d)))
            {
                let alive = Alive { s, beta: 100.0, a, survived, d: a + survived - 1.0 - s };
                let way = |t: f64| {
                    let mixture = Mixture::new(&alive, t, delta);
                    let forever = s * (t / alive.beta);
                    let small = |[p, _]: &&[[f64; 4]; 2]| p[0].max(p[3]) * forever < 1e-18;
                    let scale = f64::min(alive.beta / s.max(1.0), 1.0 / delta);
                    let end = end_of_discounted(t, delta);
                    [
                        mixture.nodes.len() as f64,
                        mixture.nodes.iter().filter(small).count() as f64,
                        ceil(single::ln_1p_of(0.25 * end, 0.25 * scale)),
                    ]
                };
                let expected = |t: f64| {
                    let mut expected = Expected::default();
                    let mixture = Mixture::new(&alive, t, delta);
                    mixture.expected(&[t], |_, within| expected = within);
                    expected
                };
                let mut found = Vec::new();
                for (which, met) in met.iter_mut().enumerate() {
                    let these = edges(1e-3, 1e6, 12, |t| way(t)[which]);
                    *met += these.len();
                    found.extend(these);
                }
                if delta > 0.0 {
                    found.extend(edges(40.0 / delta, 50.0 / delta, 1, |t| t > 45.0 / delta));
                }
                for [before, after] in found {
                    let [one, other] = [before, after].map(expected);
                    let purchases = error(other.purchases, one.purchases);
                    let discounted = error(other.discounted, one.discounted);
                    let close =
                        purchases <= EXPECTED_PURCHASES && discounted <= DISCOUNTED_PURCHASES;
                    assert!(close, "{alive:?} {delta} {before:e}: {one:?} {other:?}");
                }
            }
        }
        assert!(met.iter().all(|&met| met >= 30), "{met:?}");
    }
}
