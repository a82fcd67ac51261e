//! Differences of the logarithm of the gamma function, and their derivatives.
//!
//! A likelihood has the gamma function in quotients only, and far out the two of a quotient
//! agree in all their digits: lnG(z + n) - lnG(z) is worked out as one, so that a parameter
//! may run to its bound without the likelihood turning into noise on the way.

use libm::{lgamma, log, log1p};

/// A function of one number, with its first and its second derivative.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Curve {
    pub(super) value: f64,
    pub(super) slope: f64,
    pub(super) bend: f64,
}

/// From here on Stirling's series is taken, whose seven terms then leave less than 1e-17: the
/// eighth is 3617/122400 z^-15.
const STIRLING_FROM: f64 = 14.0;

/// lnG(z + n) - lnG(z) with the derivatives by `z`, for `z` > 0 and `n` >= 0.
///
/// By the recurrence up to [`STIRLING_FROM`], one logarithm for all of it, then by Stirling's
/// series (Abramowitz and Stegun 6.1.40), the leading terms of both taken together.
pub(super) fn rise(z: f64, n: f64) -> Curve {
    if n == 0.0 {
        return Curve::default();
    }
    let (mut z, mut quotient) = (z, 1.0);
    let (mut slope, mut bend) = (0.0, 0.0);
    while z < STIRLING_FROM {
        // One step: lnG(z + n) - lnG(z) = lnG(z+1 + n) - lnG(z+1) + ln(z / (z + n)).
        // At most 14 quotients, the first alone being less than 1e-16 or so: no underflow.
        let (low, high) = (1.0 / z, 1.0 / (z + n));
        quotient *= z * high;
        // 1/z - 1/(z+n) without cancellation where n is small.
        slope += n * low * high;
        bend -= n * low * high * (low + high);
        z += 1.0;
    }
    let high = z + n;
    let growth = log1p(n / z);
    let (below, above) = (stirling(z), stirling(high));
    Curve {
        value: log(quotient) + n * (log(high) - 1.0) + (z - 0.5) * growth + above.value
            - below.value,
        slope: slope + growth + 0.5 * n / z / high + above.slope - below.slope,
        bend: bend - n / z / high - 0.5 * n / z / high * (1.0 / z + 1.0 / high) + above.bend
            - below.bend,
    }
}

/// lnG(z) with its derivatives, digamma and trigamma, for `z` > 0.
pub(super) fn log_gamma(z: f64) -> Curve {
    let (value, mut z) = (lgamma(z), z);
    let (mut slope, mut bend) = (0.0, 0.0);
    while z < STIRLING_FROM {
        slope -= 1.0 / z;
        bend += 1.0 / (z * z);
        z += 1.0;
    }
    let rest = stirling(z);
    Curve {
        value,
        slope: slope + log(z) - 0.5 / z + rest.slope,
        bend: bend + 1.0 / z + 0.5 / (z * z) + rest.bend,
    }
}

/// What Stirling's series adds to (z - 1/2) ln z - z + ln(2 pi)/2.
fn stirling(z: f64) -> Curve {
    /// B_2k / (2k (2k-1)), k = 1, 2, ...
    const TERMS: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    let w = 1.0 / z;
    let square = w * w;
    let (mut value, mut slope, mut bend) = (0.0, 0.0, 0.0);
    let mut power = 13.0;
    for term in TERMS.iter().rev() {
        value = value * square + term;
        slope = slope * square - power * term;
        bend = bend * square + power * (power + 1.0) * term;
        power -= 2.0;
    }
    Curve { value: value * w, slope: slope * square, bend: bend * square * w }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(actual: f64, expected: f64, tolerance: f64) {
        let error = (actual - expected).abs() / expected.abs().max(1e-300);
        assert!(error <= tolerance, "{actual} for {expected}: {error:e}");
    }

    /// The recurrence alone, which is exact but for rounding.
    #[test]
    fn whole_steps_are_sums() {
        for z in [1e-6, 0.1, 0.2426, 1.0, 3.7, 13.9, 14.0, 50.0, 1e3, 1e6, 1e9] {
            for n in [1_u32, 2, 3, 10, 100, 1000] {
                let steps = || (0..n).map(|i| z + f64::from(i));
                let rise = rise(z, f64::from(n));
                let value: f64 = steps().map(f64::ln).sum();
                // The sum may be zero; its terms tell how much of it is rounding.
                let terms: f64 = steps().map(|z| z.ln().abs()).sum();
                assert!((rise.value - value).abs() <= 1e-14 * (1.0 + terms), "{z} {n}");
                near(rise.slope, steps().map(|z| 1.0 / z).sum(), 1e-13);
                near(rise.bend, -steps().map(|z| 1.0 / (z * z)).sum::<f64>(), 1e-13);
            }
        }
    }

    /// By 50-digit arithmetic (mpmath's loggamma and polygamma).
    #[test]
    fn between_whole_steps() {
        for (z, n, value, slope, bend) in RISES {
            let rise = rise(z, n);
            near(rise.value, value, 1e-13);
            near(rise.slope, slope, 1e-12);
            near(rise.bend, bend, 1e-12);
        }
        for (z, value, slope, bend) in LOG_GAMMAS {
            let curve = log_gamma(z);
            near(curve.value, value, 1e-14);
            near(curve.slope, slope, 1e-14);
            near(curve.bend, bend, 1e-14);
        }
    }

    #[rustfmt::skip]
    const RISES: [(f64, f64, f64, f64, f64); 9] = [
        (3.74, 6.25, 11.304309727202618, 1.0712210193683087, -0.20099115954132163),
        (0.05, 0.3, -2.034297973905498, 17.526774121473924, -392.29189829990923),
        (1e-05, 2.5, -11.228229790831982, 100001.28036075989, -10000000001.154552),
        (200.0, 1e-07, 5.295815283470537e-07, 5.012520831972902e-10, -2.5125312484801836e-12),
        (100000.0, 3.3, 37.99269198404755, 3.299962050708385e-05, -3.2999241021251423e-10),
        (14.5, 1000000.0, 12815681.031382736, 11.17625483251733, -0.07139725616564677),
        (2.5, 1000000000000.0, 26631021115984.445, 26.927864475285304, -0.4903577560992349),
        (100000000.0, 0.001, 0.018420680738957366, 1.000000004995e-11, -1.0000000099900001e-19),
        (0.5, 0.25, -0.3690839914934047, 0.8776491462349513, -2.3929225528730727),
    ];

    #[rustfmt::skip]
    const LOG_GAMMAS: [(f64, f64, f64, f64); 7] = [
        (1e-06, 13.815509980749432, -1000000.5772140201, 1000000000001.645),
        (0.1, 2.252712651734206, -10.423754940411076, 101.43329915079275),
        (0.7, 0.26086724653166654, -1.2200235536979347, 2.834049156694611),
        (3.74, 1.475005487147576, 1.1794793534628925, 0.3062681096895634),
        (14.0, 22.552163853123425, 2.6029180902322224, 0.07404026866401034),
        (312.5, 1480.7357995828347, 5.743003615843997, 0.0032051254613221485),
        (1000000000.0, 19723265827.503716, 20.723265836446412, 1.0000000005e-09),
    ];
}
