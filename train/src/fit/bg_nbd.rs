//! The likelihood of BG/NBD: Fader, Hardie and Lee (2005), "Counting Your Customers the Easy
//! Way", Marketing Science 24(2), 275-284, equation 6.

use libm::{exp, log, log1p};

use super::gamma::{Curve, rise};
use super::histories::{FoldedHistory, customers, stretches};
use super::newton::Local;

/// Where alpha and a stand among the parameters.
pub(super) const ALPHA: usize = 1;
const A: usize = 2;

/// Sums over customers of one frequency x; y stands for alpha + T and z for alpha + t_x.
///
/// The likelihood of a history is that of "alive", times 1 + e^E for the chance of having left
/// at t_x: E = ln(a / (b+x-1)) + (r+x) rho, rho = ln(y/z), and e^E = 0 for x = 0. With
/// sigma = e^E / (1 + e^E), its second derivatives go by kappa = sigma (1 - sigma).
#[derive(Default)]
struct Sums {
    /// Customers.
    count: f64,
    /// ln(1 + T/alpha).
    growth: f64,
    /// 1/y and 1/y^2, and the same times T.
    inverse: [f64; 2],
    aged: [f64; 2],
    /// ln(1 + e^E).
    left: f64,
    sigma: f64,
    kappa: f64,
    /// rho and its derivatives by alpha, weighted with sigma and kappa.
    sigma_rho: [f64; 3],
    kappa_rho: [f64; 2],
    kappa_rho_squared: [f64; 3],
}

/// The log-likelihood of histories at these logarithms of r, alpha, a and b, alpha in the
/// histories' unit of time, with its derivatives by the logarithms.
///
/// Every difference that cancels far out (r and alpha large, a and b large) is taken as one.
pub(super) fn log_likelihood(histories: &[FoldedHistory], logs: &[f64; 4]) -> Local<4> {
    let [r, alpha, a, b] = logs.map(exp);
    let mut total = Local::ZERO;
    let mut x = 0.0;
    // ln (r)_x, ln (b)_x and ln (a+b)_x.
    let mut rises = [Curve::default(); 3];
    for stretch in stretches(histories) {
        let frequency = stretch[0].frequency;
        for (rise_so_far, parameter) in rises.iter_mut().zip([r, b, a + b]) {
            let more = rise(parameter + x, frequency - x);
            rise_so_far.value += more.value;
            rise_so_far.slope += more.slope;
            rise_so_far.bend += more.bend;
        }
        x = frequency;
        let shape = r + x;
        let odds = if x > 0.0 { log(a / (b + x - 1.0)) } else { f64::NEG_INFINITY };
        let sums = sums(stretch, alpha, shape, odds);
        add(&mut total, [r, alpha, a, b], x, rises, &sums);
    }
    total
}

#[expect(non_snake_case, reason = "T is the papers' name")]
fn sums(stretch: &[FoldedHistory], alpha: f64, shape: f64, odds: f64) -> Sums {
    let mut sums = Sums::default();
    let mut age = f64::NAN;
    let (mut growth, mut inverse_y) = (0.0, 0.0);
    for &FoldedHistory { rest: [T, t_x], count, .. } in stretch {
        if T != age {
            (age, growth, inverse_y) = (T, log1p(T / alpha), 1.0 / (alpha + T));
        }
        sums.count += count;
        sums.growth += count * growth;
        let (once, twice) = (count * inverse_y, count * inverse_y * inverse_y);
        sums.inverse = [sums.inverse[0] + once, sums.inverse[1] + twice];
        sums.aged = [sums.aged[0] + once * T, sums.aged[1] + twice * T];
        if odds == f64::NEG_INFINITY {
            continue;
        }
        let inverse_z = 1.0 / (alpha + t_x);
        let rho = log1p((T - t_x) * inverse_z);
        // 1/y - 1/z, and its derivative 1/z^2 - 1/y^2.
        let slope = -(T - t_x) * inverse_y * inverse_z;
        let bend = -slope * (inverse_y + inverse_z);
        let e = odds + shape * rho;
        let small = exp(-e.abs());
        let inverse = 1.0 / (1.0 + small);
        let sigma = count * if e > 0.0 { inverse } else { small * inverse };
        let kappa = count * small * inverse * inverse;
        sums.left += count * (e.max(0.0) + log1p(small));
        sums.sigma += sigma;
        sums.kappa += kappa;
        sums.sigma_rho[0] += sigma * rho;
        sums.sigma_rho[1] += sigma * slope;
        sums.sigma_rho[2] += sigma * bend;
        sums.kappa_rho[0] += kappa * rho;
        sums.kappa_rho[1] += kappa * slope;
        sums.kappa_rho_squared[0] += kappa * rho * rho;
        sums.kappa_rho_squared[1] += kappa * rho * slope;
        sums.kappa_rho_squared[2] += kappa * slope * slope;
    }
    sums
}

/// Adds customers of one frequency, by way of the derivatives by r, alpha, ln a and b.
fn add(total: &mut Local<4>, [r, alpha, a, b]: [f64; 4], x: f64, rises: [Curve; 3], sums: &Sums) {
    let [rise_r, rise_b, rise_ab] = rises;
    let (n, shape) = (sums.count, r + x);
    // The derivative of E by b.
    let e_b = if x > 0.0 { -1.0 / (b + x - 1.0) } else { 0.0 };
    let [rho, rho_1, rho_2] = sums.sigma_rho;

    total.value += n * (rise_r.value + rise_b.value - rise_ab.value - x * log(alpha))
        - shape * sums.growth
        + sums.left;
    let by_r = n * rise_r.slope - sums.growth + rho;
    // r/alpha - (r+x)/y, with 1/alpha - 1/y = T / (alpha y) taken as one.
    let by_alpha = r * sums.aged[0] / alpha - x * sums.inverse[0] + shape * rho_1;
    let by_a = -a * n * rise_ab.slope + sums.sigma;
    let by_b = n * (rise_b.slope - rise_ab.slope) + e_b * sums.sigma;

    let [k_rho, k_rho_1] = sums.kappa_rho;
    let [k_rho_rho, k_rho_rho_1, k_rho_1_squared] = sums.kappa_rho_squared;
    let r_r = n * rise_r.bend + k_rho_rho;
    let r_alpha = sums.aged[0] / alpha + shape * k_rho_rho_1 + rho_1;
    let r_a = k_rho;
    let r_b = e_b * k_rho;
    let alpha_alpha = -r / alpha * (sums.aged[0] / alpha + sums.aged[1])
        + x * sums.inverse[1]
        + shape * shape * k_rho_1_squared
        + shape * rho_2;
    let alpha_a = shape * k_rho_1;
    let alpha_b = shape * e_b * k_rho_1;
    let a_a = -a * n * (rise_ab.slope + a * rise_ab.bend) + sums.kappa;
    let a_b = -a * n * rise_ab.bend + e_b * sums.kappa;
    let b_b = n * (rise_b.bend - rise_ab.bend) + e_b * e_b * (sums.kappa + sums.sigma);

    // By the logarithms: d/d ln p = p d/dp. For a that is done.
    let p = [r, alpha, 1.0, b];
    let gradient = std::array::from_fn(|i| p[i] * [by_r, by_alpha, by_a, by_b][i]);
    let hessian = [
        [r_r, r_alpha, r_a, r_b],
        [r_alpha, alpha_alpha, alpha_a, alpha_b],
        [r_a, alpha_a, a_a, a_b],
        [r_b, alpha_b, a_b, b_b],
    ];
    let hessian = std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let twice = p[i] * p[j] * hessian[i][j];
            if i == j && i != A { twice + gradient[i] } else { twice }
        })
    });
    total.add(&Local { value: 0.0, gradient, hessian });
}

/// Where ascents start, in logarithms: shapes that customers of many trades have had, with the
/// alpha that makes the mean rate theirs. Only ratios of times go in, so that the ascent is the
/// same in every unit of time.
pub(super) fn starts(histories: &[FoldedHistory]) -> [[f64; 4]; 4] {
    let sum = |of: fn(&FoldedHistory) -> f64| -> f64 {
        histories.iter().map(|history| history.count * of(history)).sum()
    };
    let days_per_purchase = sum(|history| history.rest[0]) / sum(|history| history.frequency);
    // r, a and b: a few of everything; many one-time buyers, whose rates differ widely; few who
    // leave; many who leave at once.
    let shapes = [[1.0, 1.0, 1.0], [0.2, 0.8, 2.5], [1.0, 0.2, 4.0], [3.0, 2.0, 1.0]];
    shapes.map(|[r, a, b]| [r, r * days_per_purchase, a, b].map(log))
}

/// The unit in which the size of alpha is told: the mean time under observation.
pub(super) fn time_scale(histories: &[FoldedHistory]) -> f64 {
    let ages: f64 = histories.iter().map(|history| history.count * history.rest[0]).sum();
    ages / customers(histories)
}
