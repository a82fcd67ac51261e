//! Small functions that lose digits when written the obvious way.

use libm::{exp, expm1, fabs, fma, log, log1p, pow};

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
    let larger = -log1p(exp(-fabs(w)));
    let smaller = larger - fabs(w);
    if w >= 0.0 { (larger, smaller) } else { (smaller, larger) }
}

/// a + b as the rounded sum and what rounding took from it, exactly (Knuth 1969, 4.2.2).
pub(crate) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// The rounded quotient, and what is missing to it relative to itself, for a numerator and a
/// denominator each given as a value and what rounding took from it.
///
/// The division's own loss is recovered exactly, by its remainder; the others to first
/// order. Where a part is subnormal or infinite nothing is known, and nothing is missing.
pub(crate) fn quotient(
    (numerator, numerator_rest): (f64, f64),
    (denominator, denominator_rest): (f64, f64),
) -> (f64, f64) {
    let ratio = numerator / denominator;
    let remainder = fma(-ratio, denominator, numerator);
    let missing = (remainder + (numerator_rest - ratio * denominator_rest)) / numerator;
    (ratio, if fabs(missing) < 1e-15 { missing } else { 0.0 })
}

/// (numerator / denominator)^exponent, each given as a value and what rounding took from
/// it, for a numerator at most the denominator; within a few units in the last place.
///
/// An exponent of thousands multiplies the rounding of what it is applied to, so all losses
/// are put back to first order.
pub(crate) fn quotient_power(
    numerator: (f64, f64),
    denominator: (f64, f64),
    (exponent, exponent_rest): (f64, f64),
) -> f64 {
    let (ratio, missing) = quotient(numerator, denominator);
    let correction = exponent * missing + exponent_rest * log(ratio);
    let power = pow(ratio, exponent);
    // What underflowed stays 0: the logarithm is not finite then, or the correction means
    // nothing. The true quotient is at most 1.
    let known = power > 0.0 && correction.is_finite();
    if known { (power * exp(correction)).min(1.0) } else { power }
}
