//! Exponential, logarithm and power, in arithmetic alone.
//!
//! A scorer needs them by the dozen per customer, on many values at a time. These have no
//! branch and no table, so that they work on several numbers side by side; nothing but IEEE
//! addition, multiplication and division is used, so they give the same bits everywhere.
//! Over their domains each is within 2.5 units in the last place.

use super::lanes::Lanes;

/// The upper 32 bits of ln 2, so that a multiple by an exponent is exact, and what is left.
const LN_2_HIGH: f64 = 0.6931471803691238;
const LN_2_LOW: f64 = 1.9082149292705877e-10;

/// 1.5 * 2^52: added to a number below 2^51 it rounds it to a whole one, which then stands
/// in the last bits of the sum.
const ROUNDER: f64 = 6755399441055744.0;

/// The exponent of 1, where the bits of a number have theirs.
const ONE: u64 = 1.0_f64.to_bits();

/// A polynomial, its even coefficients and its odd ones, the highest first: by Horner's rule in
/// the square, side by side, since a processor would wait for each step of one long sum. Written
/// out, so that it is no loop even where code is optimized for size.
macro_rules! polynomial {
    ($u:ident, [$($even:literal),+], [$($odd:literal),+]) => {{
        let square = $u * $u;
        polynomial!(square; $($even),+) + polynomial!(square; $($odd),+) * $u
    }};
    ($u:ident; $highest:literal $(, $coefficient:literal)+) => {{
        let value = L::all($highest);
        $(let value = value * $u + L::all($coefficient);)+
        value
    }};
}

/// (e^r - 1 - r) / r^2 for |r| <= ln(2)/2: the polynomial of degree 9 through its values at
/// Chebyshev's nodes; off by 1.1e-16, which r^2 <= 0.121 makes 1.3e-17 of e^r.
#[inline(always)]
fn exp_rest<L: Lanes>(r: L) -> L {
    polynomial!(
        r,
        [
            2.7620088445409746e-7,
            2.4801521295954376e-5,
            1.3888888917213717e-3,
            4.166666666662413e-2,
            0.5
        ],
        [
            2.510038549551032e-8,
            2.7557268459997064e-6,
            1.9841269863053618e-4,
            8.333333333330062e-3,
            1.666666666666667e-1
        ]
    )
}

/// 2 (artanh(q) / q - 1) / q^2 for u = q^2 <= 0.0401: the polynomial of degree 8 through its
/// values at Chebyshev's nodes; off by 2.4e-19.
#[inline(always)]
fn artanh_rest<L: Lanes>(u: L) -> L {
    polynomial!(
        u,
        [
            0.12423114056078084,
            0.13339393783338313,
            0.18181820198587603,
            0.2857142857149035,
            0.6666666666666666
        ],
        [0.11617515331503465, 0.1538447089657833, 0.22222222206441009, 0.3999999999999991]
    )
}

/// (e^r - 1, 2^k) with y + rest = ln(2) k + r, |r| <= ln(2)/2. For -708 <= y <= 709.
#[inline(always)]
fn reduced_exp_m1<L: Lanes>(y: L, rest: L) -> (L, L) {
    let shifted = y * L::all(core::f64::consts::LOG2_E) + L::all(ROUNDER);
    let k = shifted - L::all(ROUNDER);
    let r = ((y - k * L::all(LN_2_HIGH)) - k * L::all(LN_2_LOW)) + rest;
    (r + r * r * exp_rest(r), shifted.bits_up_52().bits_plus(ONE))
}

/// e^-y for y >= 0, but never less than e^-708 = 3.3e-308, the smallest of the normal numbers.
#[inline(always)]
pub(crate) fn exp_of_minus<L: Lanes>(y: L) -> L {
    let (less_one, scale) = reduced_exp_m1(-y.at_most(708.0), L::all(0.0));
    scale + scale * less_one
}

/// 1 - e^-y for y >= 0, with all its digits for small y too.
#[inline(always)]
pub(crate) fn one_less_exp_of_minus<L: Lanes>(y: L) -> L {
    let (less_one, scale) = reduced_exp_m1(-y.at_most(708.0), L::all(0.0));
    (L::all(1.0) - scale) - scale * less_one
}

/// The k that brings `larger` / 2^k within a factor 1.5 of `smaller`, as a number's bits and as
/// a number. Both positive and normal, `larger` >= `smaller`.
#[inline(always)]
fn exponent_between<L: Lanes>(larger: L, smaller: L) -> (L, L) {
    // As integers the bits of a number are a piecewise linear logarithm, off by at most
    // 0.09 * 2^52 each.
    let k = larger.bits_minus(smaller).bits_plus(1 << 51).bits_down_52();
    (k, k.bits_plus(ROUNDER.to_bits()) - L::all(ROUNDER))
}

/// ln(1 + part / whole), with all its digits for a small part too. For `part` >= 0 and
/// `whole` > 0, `whole` and their sum in 1e-300..1e300.
#[inline(always)]
pub(crate) fn ln_1p_of<L: Lanes>(part: L, whole: L) -> L {
    let (k, times) = exponent_between(whole + part, whole);
    let down = L::all(1.0).bits_minus(k.bits_up_52());
    // ln(m) = 2 artanh((m - 1) / (m + 1)); written with the difference m - 1 = down - 1 +
    // down part / whole, which for k = 0 is the part itself.
    let difference = whole * (down - L::all(1.0)) + part * down;
    let q = difference / (L::all(2.0) * whole + difference);
    let u = q * q;
    let rest = q * (u * artanh_rest(u)) + times * L::all(LN_2_LOW);
    times * L::all(LN_2_HIGH) + (L::all(2.0) * q + rest)
}

/// The same of single numbers, each by one function for all that call it: where a few of them
/// are needed a call costs nothing, and inlined they would be a tenth of the wasm.
pub(crate) mod single {
    use super::super::lanes::Two;

    #[inline(never)]
    pub(super) fn reduced_exp_m1(y: f64, rest: f64) -> (f64, f64) {
        super::reduced_exp_m1(y, rest)
    }

    #[inline(never)]
    pub(super) fn artanh_rest(u: f64) -> f64 {
        super::artanh_rest(u)
    }

    /// e^-y for y >= 0, as there.
    pub(crate) fn exp_of_minus(y: f64) -> f64 {
        let (less_one, scale) = reduced_exp_m1(-y.min(708.0), 0.0);
        scale + scale * less_one
    }

    /// Of two numbers at once.
    #[inline(never)]
    pub(crate) fn exp_of_minus_both(y: Two) -> Two {
        super::exp_of_minus(y)
    }

    /// 1 - e^-y for y >= 0, as there.
    pub(crate) fn one_less_exp_of_minus(y: f64) -> f64 {
        let (less_one, scale) = reduced_exp_m1(-y.min(708.0), 0.0);
        (1.0 - scale) - scale * less_one
    }

    /// e^y - 1 for y >= 0, within 4 units in the last place, but never more than e^708.
    #[inline(never)]
    pub(crate) fn exp_m1(y: f64) -> f64 {
        one_less_exp_of_minus(y) / exp_of_minus(y)
    }

    /// ln(1 + part / whole), as there; a part above 1e307 of the whole, which nothing measured
    /// in days is, counts as that.
    #[inline(never)]
    pub(crate) fn ln_1p_of(part: f64, whole: f64) -> f64 {
        super::ln_1p_of(part.min(1e307 * whole), whole)
    }
}

/// A number as an unevaluated sum: its rounded value, and what rounding took from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exact {
    pub(crate) value: f64,
    pub(crate) rest: f64,
}

impl Exact {
    /// a + b (Knuth 1969, 4.2.2).
    #[inline(always)]
    pub(crate) fn sum(a: f64, b: f64) -> Exact {
        let value = a + b;
        let b_part = value - a;
        Exact { value, rest: (a - (value - b_part)) + (b - b_part) }
    }

    /// a b (Dekker 1971), for |a|, |b| < 1e290 and a result that is 0 or above 1e-290.
    #[inline(always)]
    pub(crate) fn product(a: f64, b: f64) -> Exact {
        let split = |x: f64| {
            let upper = x * 134217729.0; // 2^27 + 1
            let high = upper - (upper - x);
            (high, x - high)
        };
        let (a_high, a_low) = split(a);
        let (b_high, b_low) = split(b);
        let value = a * b;
        let rest = ((a_high * b_high - value) + a_high * b_low + a_low * b_high) + a_low * b_low;
        Exact { value, rest }
    }
}

/// (numerator / denominator)^exponent for 0 < numerator <= denominator and exponent > 0,
/// within a few units in the last place; 0 where that is below the normal numbers.
///
/// An exponent of thousands multiplies the rounding of the logarithm, so that is formed
/// with some ten digits more than a double holds, and so is its product with the exponent.
pub(crate) fn power_of_quotient(numerator: Exact, denominator: Exact, exponent: Exact) -> f64 {
    let (k, times) = exponent_between(denominator.value, numerator.value);
    let k = k.to_bits();
    // Both scaled to around 1, so that nothing overflows: the numerator's own exponent goes.
    let own = (numerator.value.to_bits() >> 52).wrapping_sub(1023);
    let scaled = |value: f64, by: u64| f64::from_bits(value.to_bits().wrapping_sub(by << 52));
    let small = scaled(numerator.value, own);
    let large = scaled(denominator.value, own.wrapping_add(k));
    let small_rest = numerator.rest * (small / numerator.value);
    let large_rest = denominator.rest * (large / denominator.value);

    // ln(large / small) = 2 artanh(q), q the quotient of difference and sum; the difference
    // is exact, since the two are within a factor 2.
    let difference = large - small;
    let sum = Exact::sum(large, small);
    let inverse = 1.0 / sum.value;
    let q = difference * inverse;
    let back = Exact::product(q, sum.value);
    let sum_rest = sum.rest + (large_rest + small_rest);
    let q_rest = (((difference - back.value) - back.rest) - q * sum_rest
        + (large_rest - small_rest))
        * inverse;
    let u = q * q;
    let main = Exact::sum(times * LN_2_HIGH, 2.0 * q);
    let small = main.rest + (2.0 * q_rest + (q * (u * single::artanh_rest(u)) + times * LN_2_LOW));
    let logarithm = Exact::sum(main.value, small);

    let power = Exact::product(exponent.value, logarithm.value);
    let rest = power.rest + (exponent.value * logarithm.rest + exponent.rest * logarithm.value);
    // Where a part is subnormal or overflows, its rest means nothing; to any precision that
    // matters the power is 0 or 1 there.
    let rest = if libm::fabs(rest) < 1e-3 { rest } else { 0.0 };
    if power.value > 708.0 {
        return 0.0;
    }
    let (less_one, scale) = single::reduced_exp_m1(-power.value, -rest);
    scale + scale * less_one
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64, units: f64, of: f64) {
        let error = (got - expected).abs();
        assert!(error <= units * f64::EPSILON * expected.abs(), "{of:e}: {got:e} {expected:e}");
    }

    #[test]
    fn exponentials_are_those_of_libm() {
        for i in -6000..700 {
            let y = 1.021_f64.powi(i).min(700.0);
            close(exp_of_minus(y), libm::exp(-y), 1.5, y);
            close(one_less_exp_of_minus(y), -libm::expm1(-y), 1.5, y);
            close(single::exp_m1(y), libm::expm1(y), 4.0, y);
        }
        assert_eq!(exp_of_minus(0.0), 1.0);
        assert_eq!(one_less_exp_of_minus(0.0), 0.0);
        for y in [709.0, 1e300, f64::INFINITY] {
            assert!(exp_of_minus(y) < 4e-308);
            assert_eq!(one_less_exp_of_minus(y), 1.0);
        }
    }

    #[test]
    fn the_logarithm_is_that_of_libm() {
        for i in -6000..6000 {
            let ratio = 1.0213_f64.powi(i);
            for whole in [1.0, 3.7, 1e-12, 1e12] {
                let part = ratio * whole;
                close(ln_1p_of(part, whole), libm::log1p(part / whole), 2.5, ratio);
            }
        }
        assert_eq!(ln_1p_of(0.0, 30.0), 0.0);
        assert_eq!(single::ln_1p_of(1e300, 1e-12), single::ln_1p_of(1e307, 1.0));
    }

    #[test]
    fn powers_are_those_of_libm() {
        let exact = |value| Exact { value, rest: 0.0 };
        for i in 1..2000 {
            let ratio = 1.0 + 1.01_f64.powi(i - 1000);
            // One that a single double holds, and few enough digits in the exponent.
            let denominator = 3.0 * ratio;
            let expected = libm::pow(3.0 / denominator, 1.5);
            let power = power_of_quotient(exact(3.0), exact(denominator), exact(1.5));
            close(power, expected, 4.0, ratio);
        }
        // Quotients that a double holds exactly, to exponents that show what the logarithm
        // has lost.
        for n in 1..2000 {
            let power = power_of_quotient(exact(45.0), exact(64.0), exact(f64::from(n)));
            close(power, libm::pow(45.0 / 64.0, f64::from(n)), 4.0, f64::from(n));
        }
    }

    #[test]
    fn a_power_of_one_half_is_exact() {
        let exact = |value| Exact { value, rest: 0.0 };
        for scale in [1e-300, 1e-12, 1.0, 30.89, 1e307] {
            for n in 1..1000 {
                let power =
                    power_of_quotient(exact(scale), exact(2.0 * scale), exact(f64::from(n)));
                close(power, 0.5_f64.powi(n), 2.0, f64::from(n));
            }
        }
        assert_eq!(power_of_quotient(exact(3.0), exact(3.0), exact(1e308)), 1.0);
        assert_eq!(power_of_quotient(exact(1e-12), exact(1e308), exact(1e308)), 0.0);
    }
}
