//! The likelihood of Gamma-Gamma: Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary
//! Value", equation 1a.

use libm::{exp, log, log1p};

use super::gamma::{log_gamma, rise};
use super::histories::{FoldedHistory, customers, stretches};
use super::newton::Local;

/// Where q stands among the parameters.
pub(super) const Q: usize = 1;

/// Sums over customers of one frequency x; w stands for x m / v.
#[derive(Default)]
struct Sums {
    /// Customers.
    count: f64,
    /// ln m.
    log_mean: f64,
    /// ln(1 + w) and ln(1 + 1/w).
    growth: f64,
    fade: f64,
    /// h = w / (1 + w), 1 - h, and h (1 - h).
    part: f64,
    rest: f64,
    product: f64,
}

/// The log-likelihood of histories with (x, m) at these logarithms of p, q and v, v in the
/// histories' currency, with its derivatives by the logarithms.
///
/// With s = p x a customer adds
/// lnG(q+s) - lnG(q) - lnG(s) - s ln(1 + 1/w) - q ln(1 + w) - ln m, in which nothing cancels,
/// neither when q and v run off together nor when p and 1/v do.
pub(super) fn log_likelihood(histories: &[FoldedHistory], logs: &[f64; 3]) -> Local<3> {
    let [p, q, v] = logs.map(exp);
    let mut total = Local::ZERO;
    for stretch in stretches(histories) {
        let x = stretch[0].frequency;
        let sums = sums(stretch, x / v);
        let (n, s) = (sums.count, p * x);
        // lnG(q+s) - lnG(q) by q, and lnG(q+s) - lnG(s) by s.
        let (by_q, by_s) = (rise(q, s), rise(s, q));
        let both_bend = log_gamma(q + s).bend;
        // The quotient is taken with the larger, for the other is the smaller by far.
        let quotients =
            if q > s { by_q.value - log_gamma(s).value } else { by_s.value - log_gamma(q).value };
        total.value += n * quotients - s * sums.fade - q * sums.growth - sums.log_mean;

        // By s, q and u = ln v; dw/du = -w.
        let slope_s = n * by_s.slope - sums.fade;
        let slope_q = n * by_q.slope - sums.growth;
        let slope_u = q * sums.part - s * sums.rest;
        // By the logarithms: d/d ln p = s d/ds.
        let gradient = [s * slope_s, q * slope_q, slope_u];
        let p_q = s * q * n * both_bend;
        let (p_v, q_v) = (-s * sums.rest, q * sums.part);
        let hessian = [
            [s * (s * n * by_s.bend + slope_s), p_q, p_v],
            [p_q, q * (q * n * by_q.bend + slope_q), q_v],
            [p_v, q_v, -(s + q) * sums.product],
        ];
        total.add(&Local { value: 0.0, gradient, hessian });
    }
    total
}

fn sums(stretch: &[FoldedHistory], x_by_v: f64) -> Sums {
    let log_x_by_v = log(x_by_v);
    let mut sums = Sums::default();
    for &FoldedHistory { rest: [m, log_m], count, .. } in stretch {
        let (w, log_w) = (m * x_by_v, log_m + log_x_by_v);
        // One logarithm for both: that of the smaller, which the other must not round off.
        let (growth, fade) = if w < 1.0 {
            let growth = log1p(w);
            (growth, growth - log_w)
        } else {
            let fade = log1p(1.0 / w);
            (fade + log_w, fade)
        };
        let rest = 1.0 / (1.0 + w);
        let part = w * rest;
        sums.count += count;
        sums.log_mean += count * log_m;
        sums.growth += count * growth;
        sums.fade += count * fade;
        sums.part += count * part;
        sums.rest += count * rest;
        sums.product += count * part * rest;
    }
    sums
}

/// Where ascents start, in logarithms: shapes that spend has had in many trades, with the v
/// that makes the mean theirs, so that the ascent is the same in every currency.
pub(super) fn starts(histories: &[FoldedHistory]) -> [[f64; 3]; 4] {
    let mean = money_scale(histories);
    let shapes = [[1.0, 2.0], [6.0, 4.0], [2.0, 15.0], [50.0, 2.5]];
    shapes.map(|[p, q]| [p, q, mean * (q - 1.0) / p].map(log))
}

/// The unit in which the size of v is told: the mean of the customers' means.
pub(super) fn money_scale(histories: &[FoldedHistory]) -> f64 {
    let means: f64 = histories.iter().map(|history| history.count * history.rest[0]).sum();
    means / customers(histories)
}
