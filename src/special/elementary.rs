//! Small functions that lose digits when written the obvious way.

use libm::{expm1, fabs, log1p};

/// (1 - e^-u) / u, continued by its limit 1 at u = 0.
///
/// expm1 keeps every digit for small u, so no series is needed near zero; below 1e-300
/// the quotient would divide two subnormals, and 1 is exact to the last bit long before.
pub(crate) fn phi(u: f64) -> f64 {
    if fabs(u) < 1e-300 { 1.0 } else { -expm1(-u) / u }
}

/// ln p and ln(1 - p) of p = 1 / (1 + e^-w), each to full relative accuracy.
///
/// The logarithm of the larger of the two is -ln(1 + e^-|w|), which log1p gives without
/// cancellation; the other is smaller by exactly |w|.
pub(crate) fn log_logistic(w: f64) -> (f64, f64) {
    let larger = -log1p(libm::exp(-fabs(w)));
    let smaller = larger - fabs(w);
    if w >= 0.0 { (larger, smaller) } else { (smaller, larger) }
}

/// a + b as the rounded sum and what rounding took from it, exactly (Knuth 1969, 4.2.2).
pub(crate) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}
