//! How many purchases exactly: a negative binomial count, cut short when the customer
//! leaves.

use alloc::vec;
use alloc::vec::Vec;

use libm::{ceil, fabs};

use super::alive::Alive;
use super::elementary::single::ln_1p_of;
use super::elementary::{Exact, power_of_quotient};

impl Alive {
    /// P(Y(t) = n) of a living customer, for a finite t >= 0.
    ///
    /// N, the purchases if nobody ever left, is negative binomial with shape s and
    /// z = tau/(1 + tau). Either there are n and the customer outlived each, or there are n
    /// or more and the n-th was the last: P(N=n) (B)_n/(C)_n + P(N>=n) (B)_{n-1}/(C)_{n-1}
    /// a/(C+n-1), with B = survived, C = a + survived. Both terms are positive.
    pub(crate) fn count(&self, n: u32, t: f64) -> f64 {
        let (alive, t) = self.slower(t);
        let exactly = alive.unless_left(n, t);
        if n == 0 {
            return exactly;
        }
        let outlived = (1..n).fold(1.0, |outlived, n| outlived * alive.outlives(n));
        alive.meets(n, exactly, alive.tail(n, t, exactly), outlived)
    }

    /// P(Y(t) = n) of a living customer for n = 0..=most, all of them in the time of a few.
    pub(crate) fn counts(&self, most: u32, t: f64) -> Vec<f64> {
        let (alive, t) = self.slower(t);
        let exactly = alive.all_unless_left(most, t);
        // P(N >= n), summed from the far end: nothing is ever subtracted.
        let mut counts = vec![0.0; exactly.len()];
        let mut at_least = match most {
            0 => 0.0,
            _ => alive.tail(most, t, exactly[most as usize]),
        };
        for n in (1..=most as usize).rev() {
            counts[n] = f64::min(at_least, 1.0);
            at_least += exactly[n - 1];
        }
        counts[0] = exactly[0];
        let mut outlived = 1.0;
        for n in 1..=most {
            let i = n as usize;
            counts[i] = alive.meets(n, exactly[i], counts[i], outlived);
            outlived *= alive.outlives(n);
        }
        counts
    }

    /// The same with time in units of four days, in which beta + t does not overflow.
    fn slower(&self, t: f64) -> (Alive, f64) {
        (Alive { beta: 0.25 * self.beta, ..*self }, 0.25 * t)
    }

    /// The chance to outlive the n-th purchase of those who outlived the ones before, n > 0.
    fn outlives(&self, n: u32) -> f64 {
        let before = f64::from(n - 1);
        (self.survived + before) / (self.a + self.survived + before)
    }

    /// P(Y(t) = n), n > 0, from P(N = n), P(N >= n) and the chance to outlive n - 1 purchases.
    fn meets(&self, n: u32, exactly: f64, at_least: f64, outlived: f64) -> f64 {
        let leaves = self.a / (self.a + self.survived + f64::from(n - 1));
        exactly * (outlived * self.outlives(n)) + at_least * (outlived * leaves)
    }

    /// P(N = n) = (s)_n / n! z^n (1-z)^s.
    fn unless_left(&self, n: u32, t: f64) -> f64 {
        // (1-z)^s may underflow, and the rest overflow, where their product is an ordinary
        // number. So a root of it that is above e^-500 is multiplied in step by step,
        // whenever the rest has grown.
        // A quarter of both, so that their sum does not overflow.
        let none = self.s * ln_1p_of(0.25 * t, 0.25 * self.beta);
        if none > 1e12 {
            // Four thousand million, the most that n can be, is too far below the mean.
            return 0.0;
        }
        let whole = Exact::sum(self.beta, t);
        let degree = ceil(none / 500.0).max(1.0);
        let exact = |value| Exact { value, rest: 0.0 };
        let root = power_of_quotient(exact(self.beta), whole, exact(self.s / degree));
        let (z, missing) = quotient(t, whole);

        let mut product = 1.0;
        let mut left = degree as u32;
        for j in 0..n {
            product *= (self.s + f64::from(j)) / f64::from(j + 1) * z;
            while product > 1e150 && left > 0 {
                product *= root;
                left -= 1;
            }
        }
        product *= 1.0 + f64::from(n) * missing;
        while left > 0 && product > 0.0 {
            product *= root;
            left -= 1;
        }
        product.min(1.0)
    }

    /// P(N = n) for n = 0..=most, from the likeliest of these upwards and downwards, so that
    /// each step is to a smaller number.
    fn all_unless_left(&self, most: u32, t: f64) -> Vec<f64> {
        let (z, missing) = quotient(t, Exact::sum(self.beta, t));
        let likeliest = f64::min((self.s - 1.0) * (t / self.beta), f64::from(most)) as u32;
        let mut exactly = vec![0.0; most as usize + 1];
        let top = self.unless_left(likeliest, t);
        exactly[likeliest as usize] = top;
        let mut now = top;
        for n in likeliest..most {
            now *= (self.s + f64::from(n)) / f64::from(n + 1) * z;
            exactly[n as usize + 1] = now * (1.0 + f64::from(n + 1 - likeliest) * missing);
        }
        let mut now = top;
        for n in (0..likeliest).rev() {
            now *= f64::from(n + 1) / ((self.s + f64::from(n)) * z);
            exactly[n as usize] = now * (1.0 - f64::from(likeliest - n) * missing);
        }
        exactly
    }

    /// P(N >= n) = I_z(n, s), the regularized incomplete beta function, from P(N = n), n > 0.
    fn tail(&self, n: u32, t: f64, exactly: f64) -> f64 {
        let times = f64::from(n);
        let (z, missing) = quotient(t, Exact::sum(self.beta, t));
        // The fraction converges fast below the mean of the beta distribution, and there 1 - z
        // still has its digits. Above, what is missing to P(N > 0) is the smaller part of it,
        // or little larger than the rest.
        if z < (times + 1.0) / (times + self.s + 2.0) {
            exactly * incomplete_beta_fraction(times, self.s, z)
        } else {
            self.any_purchase(t) - self.fewer(n, z, missing, exactly)
        }
        .clamp(0.0, 1.0)
    }

    /// P(0 < N < n), from P(N = n) downwards, so that nothing overflows; `missing` is what
    /// rounding took from z, relative to it.
    fn fewer(&self, n: u32, z: f64, missing: f64, exactly: f64) -> f64 {
        let (mut term, mut sum, mut derivative) = (exactly, 0.0, 0.0);
        for j in (1..n).rev() {
            term *= f64::from(j + 1) / ((self.s + f64::from(j)) * z);
            sum += term;
            derivative += f64::from(n - j) * term;
            if term <= 1e-17 * sum {
                break;
            }
        }
        sum - missing * derivative
    }
}

/// The rounded quotient, and what is missing to it, relative to itself and to first order.
fn quotient(numerator: f64, denominator: Exact) -> (f64, f64) {
    let ratio = numerator / denominator.value;
    let back = Exact::product(ratio, denominator.value);
    let remainder = ((numerator - back.value) - back.rest) - ratio * denominator.rest;
    let missing = remainder / numerator;
    // Where a part is subnormal or infinite nothing is known of it.
    (ratio, if fabs(missing) < 1e-15 { missing } else { 0.0 })
}

/// The continued fraction of DLMF 8.17.22: with it I_x(a, b) = x^a (1-x)^b / (a B(a, b)) times
/// the fraction, best for x < (a+1)/(a+b+2).
///
/// It is worked out from its far end, where the rounding of a step shrinks with every step
/// that follows; forwards it adds up, to 1e-12 where the fraction is slow.
fn incomplete_beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    // The order of the factors keeps any product from overflowing.
    let part = |i: u32| {
        let m = f64::from(i / 2);
        if i.is_multiple_of(2) {
            m / (a + 2.0 * m - 1.0) * ((b - m) * x / (a + 2.0 * m))
        } else {
            -(a + m) / (a + 2.0 * m) * ((a + b + m) * x / (a + 2.0 * m + 1.0))
        }
    };
    let to_depth = |depth| (0..depth).rev().fold(1.0, |rest, i| 1.0 + part(i + 1) / rest);
    // Twice the depth squares the error, so the deeper of two that agree to ten digits has all
    // of them. It takes of the order of the root of the larger parameter; this is for
    // frequencies to 10^9.
    let mut depth = 16;
    let mut before = to_depth(8);
    loop {
        let now = to_depth(depth);
        if fabs(now - before) < 1e-10 * now || depth > 100_000 {
            return 1.0 / now;
        }
        before = now;
        depth *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::edges::edges;
    use crate::tolerance::{ANYWHERE, PROBABILITY_OF_COUNT, error};

    const BETA: f64 = 30.0;

    fn posterior(s: f64) -> Alive {
        Alive { s, beta: BETA, a: 0.8, survived: 2.4, d: 2.2 - s }
    }

    /// Compares what is worked out at neighbouring horizons, from where the way changes to where
    /// it has changed; returns how often it did.
    fn assert_no_jump<T: PartialEq>(
        alive: Alive,
        way: impl Fn(f64) -> T,
        value: impl Fn(f64) -> Vec<f64>,
    ) -> usize {
        let found = edges(1e-6, 1e13, 400, way);
        for &[before, after] in &found {
            for (one, other) in value(before).into_iter().zip(value(after)) {
                let close = error(other, one) <= PROBABILITY_OF_COUNT;
                assert!(close, "{alive:?} {before:e}: {one:e} {other:e}");
            }
        }
        found.len()
    }

    /// P(N >= n): where the fraction gives way to the sum.
    #[test]
    fn the_tail_does_not_jump() {
        let mut met = 0;
        for n in [1, 2, 7, 300, 5000] {
            let of = f64::from(n);
            for s in [1e-12, 0.01, 0.2, 0.99, 1.0, 7.0, 300.0, 5e3] {
                let mean = |t: f64| t / (BETA + t) < (of + 1.0) / (of + s + 2.0);
                let alive = posterior(s);
                let tail = |t| alloc::vec![alive.tail(n, t, alive.unless_left(n, t))];
                met += assert_no_jump(alive, mean, tail);
            }
        }
        assert_eq!(met, 40);
    }

    /// Beyond what a day's clock could tell apart, where 1 - z has no digits: P(N >= 1) is what
    /// is missing to (1-z)^s.
    #[test]
    fn the_tail_far_out() {
        for s in [1e-12, 0.01, 0.7] {
            for tau in [1e3, 1e7, 1e12, 1e30] {
                let alive = posterior(s);
                let t = BETA * tau;
                let tail = alive.tail(1, t, alive.unless_left(1, t));
                let expected = -libm::expm1(-s * libm::log1p(tau));
                assert!(error(tail, expected) <= PROBABILITY_OF_COUNT, "{s} {tau}: {tail}");
            }
        }
    }

    /// P(N = n): where a further root is taken, and where another count is the likeliest.
    #[test]
    fn what_the_tail_begins_with_does_not_jump() {
        let mut met = [0; 2];
        for s in [0.01, 1.0, 7.0, 300.0, 5e3] {
            let alive = posterior(s);
            for n in [0, 1, 300, 5000] {
                let roots = |t: f64| ceil(s * ln_1p_of(t, BETA) / 500.0);
                met[0] += assert_no_jump(alive, roots, |t| alloc::vec![alive.unless_left(n, t)]);
            }
            let likeliest = |t: f64| f64::min((s - 1.0) * (t / BETA), 400.0) as u32;
            met[1] += assert_no_jump(alive, likeliest, |t| alive.all_unless_left(400, t));
        }
        assert!(met.iter().all(|&met| met >= 20), "{met:?}");
    }

    /// All counts at once agree with each by itself, whichever of them is the likeliest and
    /// where most are too small for a double.
    #[test]
    fn all_counts_agree_with_each() {
        let mut compared = 0;
        for (s, tau) in [(0.01, 1e4), (0.2, 3.0), (1.0, 0.0), (7.0, 1e-9), (300.0, 1.0), (5e3, 0.4)]
        {
            for (a, survived) in [(0.01, 0.01), (0.8, 2.4), (20.0, 300.0)] {
                let alive = Alive { s, beta: 30.0, a, survived, d: a + survived - s - 1.0 };
                for most in [0, 1, 40, 3000] {
                    let counts = alive.counts(most, 30.0 * tau);
                    assert_eq!(counts.len(), most as usize + 1);
                    for n in (0..=most).step_by(1 + most as usize / 50) {
                        let one = alive.count(n, 30.0 * tau);
                        let of_all = counts[n as usize];
                        let close = fabs(of_all - one) <= PROBABILITY_OF_COUNT * one.max(1e-300);
                        assert!(close, "{alive:?} {tau} {n} of {most}: {of_all} {one}");
                        compared += u32::from(one > 1e-300);
                    }
                }
            }
        }
        assert!(compared > 1000, "{compared}");
    }

    #[test]
    fn days_at_the_edge_of_the_doubles() {
        let alive = Alive { s: 2.0, beta: f64::MAX, a: 1.0, survived: 1.0, d: -1.0 };
        assert_eq!(alive.count(0, f64::MAX), 0.25);
        assert_eq!(alive.counts(0, f64::MAX), [0.25]);
    }

    /// An ordinary mean of a frequency at the edge of the doubles: a Poisson count.
    #[test]
    fn a_frequency_of_any_size() {
        for s in [1e100, 1e200, f64::MAX] {
            let alive = Alive { s, beta: 1.0, a: 1.0, survived: 1e12, d: 1e12 };
            let counts = alive.counts(30, 2.0 / s);
            let mut poisson = (-2.0_f64).exp();
            for (n, count) in (0..=30).zip(counts) {
                assert!(error(count, poisson) < ANYWHERE, "{s} {n}: {count} {poisson}");
                assert!(error(alive.count(n, 2.0 / s), poisson) < ANYWHERE, "{s} {n}");
                poisson *= 2.0 / f64::from(n + 1);
            }
        }
    }
}
