//! How many purchases exactly: a negative binomial count, cut short when the customer
//! leaves.

use libm::{ceil, fabs, log1p};

use super::alive::Alive;
use super::elementary::{Exact, power_of_quotient};

impl Alive {
    /// P(Y(t) = n) of a living customer.
    ///
    /// N, the purchases if nobody ever left, is negative binomial with shape s and
    /// z = tau/(1 + tau). Either there are n and the customer outlived each, or there are n
    /// or more and the n-th was the last: P(N=n) (B)_n/(C)_n + P(N>=n) (B)_{n-1}/(C)_{n-1}
    /// a/(C+n-1), with B = survived, C = a + survived. Both terms are positive.
    pub(crate) fn count(&self, n: u32, t: f64) -> f64 {
        let exactly = self.probability_unless_left(n, t);
        if n == 0 {
            return exactly;
        }
        let c = self.a + self.survived;
        let mut outlived = 1.0;
        for j in 0..n - 1 {
            outlived *= (self.survived + f64::from(j)) / (c + f64::from(j));
        }
        let last = c + f64::from(n - 1);
        let outlived_all = outlived * ((self.survived + f64::from(n - 1)) / last);
        let left_at_last = outlived * (self.a / last);
        exactly * outlived_all + self.tail(n, t, exactly) * left_at_last
    }

    /// P(N = n) = (s)_n / n! z^n (1-z)^s.
    fn probability_unless_left(&self, n: u32, t: f64) -> f64 {
        let count = f64::from(n);
        let whole = Exact::sum(self.beta, t);
        // Both powers may underflow, and the coefficient overflow, where their product is
        // an ordinary number. So the powers' root of a degree that keeps it above e^-500 is
        // multiplied in step by step, whenever the coefficient has grown.
        let none = self.s * log1p(t / self.beta);
        let exponent = if n == 0 { none } else { none + count * log1p(self.beta / t) };
        let degree = ceil(exponent / 500.0).clamp(1.0, 1e6);
        let exact = |value| Exact { value, rest: 0.0 };
        let power =
            |part, exponent: f64| power_of_quotient(exact(part), whole, exact(exponent / degree));
        let root = power(self.beta, self.s) * if n == 0 { 1.0 } else { power(t, count) };

        let mut product = 1.0;
        let mut left = degree as u32;
        for j in 0..n {
            product *= (self.s + f64::from(j)) / f64::from(j + 1);
            while product > 1e150 && left > 0 {
                product *= root;
                left -= 1;
            }
        }
        while left > 0 && product > 0.0 {
            product *= root;
            left -= 1;
        }
        product.min(1.0)
    }

    /// P(N >= n) = I_z(n, s), the regularized incomplete beta function, from P(N = n), n > 0.
    fn tail(&self, n: u32, t: f64, exactly: f64) -> f64 {
        let n = f64::from(n);
        let whole = self.beta + t;
        let z = t / whole;
        // The fraction converges fast below the mean of the beta distribution; above, the
        // other tail is the smaller one, so that 1 minus it loses nothing.
        if z < (n + 1.0) / (n + self.s + 2.0) {
            exactly * incomplete_beta_fraction(n, self.s, z)
        } else {
            1.0 - exactly * (n / self.s) * incomplete_beta_fraction(self.s, n, self.beta / whole)
        }
        .clamp(0.0, 1.0)
    }
}

/// The continued fraction of DLMF 8.17.22, by the modified method of Lentz: with it
/// I_x(a, b) = x^a (1-x)^b / (a B(a, b)) times the fraction, for x < (a+1)/(a+b+2).
fn incomplete_beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    // Stands in for a zero denominator; far below any real one.
    const TINY: f64 = 1e-300;
    let nonzero = |value: f64| if fabs(value) < TINY { TINY } else { value };

    let mut fraction = TINY;
    let mut numerators = TINY;
    let mut denominators = 0.0;
    // It takes of the order of the root of the larger parameter; this is for frequencies to
    // 10^9.
    for i in 0..100_000_u32 {
        let m = f64::from(i / 2);
        let term = if i == 0 {
            1.0
        } else if i % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        denominators = 1.0 / nonzero(1.0 + term * denominators);
        numerators = nonzero(1.0 + term / numerators);
        let factor = numerators * denominators;
        fraction *= factor;
        if fabs(factor - 1.0) < 1e-16 {
            break;
        }
    }
    fraction
}
