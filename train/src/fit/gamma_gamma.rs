//! The likelihood of Gamma-Gamma: Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary
//! Value", equation 1a.

use libm::{exp, log, log1p};

use super::gamma::{log_gamma, rise};
use super::histories::{History, customers, stretches};
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
    /// ln(1 + w).
    growth: f64,
    /// h = w / (1 + w), and h (1 - h).
    part: f64,
    part_rest: f64,
}

/// The log-likelihood of histories with (x, m) at these logarithms of p, q and v, v in the
/// histories' currency, with its derivatives by the logarithms.
///
/// With s = p x and w = x m / v a customer adds
/// lnG(q+s) - lnG(q) - lnG(s) + s ln w - (s+q) ln(1+w) - ln m, in which nothing cancels when
/// q and v run off together.
pub(super) fn log_likelihood(histories: &[History], logs: &[f64; 3]) -> Local<3> {
    let [p, q, v] = logs.map(exp);
    let mut total = Local::ZERO;
    for stretch in stretches(histories) {
        let x = stretch[0].frequency;
        let mut sums = Sums::default();
        for &History { rest: [m, log_m], count, .. } in stretch {
            let w = x * m / v;
            let part = w / (1.0 + w);
            sums.count += count;
            sums.log_mean += count * log_m;
            sums.growth += count * log1p(w);
            sums.part += count * part;
            sums.part_rest += count * part / (1.0 + w);
        }
        let (n, s) = (sums.count, p * x);
        let log_w = sums.log_mean + n * log(x / v);
        // lnG(q+s) - lnG(q) by q, and lnG(q+s) - lnG(s) by s.
        let (by_q, by_s) = (rise(q, s), rise(s, q));
        let both_bend = log_gamma(q + s).bend;
        total.value += n * (by_q.value - log_gamma(s).value) + s * log_w
            - (s + q) * sums.growth
            - sums.log_mean;

        // By s = p x, q and u = ln v; dw/du = -w.
        let slope_s = n * by_s.slope + log_w - sums.growth;
        let slope_q = n * by_q.slope - sums.growth;
        let slope_u = -n * s + (s + q) * sums.part;
        let gradient = [s * slope_s, q * slope_q, slope_u];
        let hessian = [
            [s * (s * n * by_s.bend + slope_s), s * q * n * both_bend, s * (sums.part - n)],
            [s * q * n * both_bend, q * (q * n * by_q.bend + slope_q), q * sums.part],
            [s * (sums.part - n), q * sums.part, -(s + q) * sums.part_rest],
        ];
        for i in 0..3 {
            total.gradient[i] += gradient[i];
            for j in 0..3 {
                total.hessian[i][j] += hessian[i][j];
            }
        }
    }
    total
}

/// Where ascents start, in logarithms: shapes that spend has had in many trades, with the v
/// that makes the mean theirs, so that the ascent is the same in every currency.
pub(super) fn starts(histories: &[History]) -> [[f64; 3]; 4] {
    let mean = money_scale(histories);
    let shapes = [[1.0, 2.0], [6.0, 4.0], [2.0, 15.0], [50.0, 2.5]];
    shapes.map(|[p, q]| [p, q, mean * (q - 1.0) / p].map(log))
}

/// The unit in which the size of v is told: the mean of the customers' means.
pub(super) fn money_scale(histories: &[History]) -> f64 {
    let means: f64 = histories.iter().map(|history| history.count * history.rest[0]).sum();
    means / customers(histories)
}
