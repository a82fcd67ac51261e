//! Expected purchases by power series, continued from one to the next: the usual case, and
//! the fast one.

use libm::fabs;

use super::alive::{Alive, Expected};
use super::elementary::single::exp_of_minus_both;
use super::lanes::{Lanes, Two};

/// The rate of purchases g as a power series, integrated term by term.
///
/// g(t) = s/beta f, where f = 2F1(a, s+1; C; -t/beta), C = a + survived. About a time k beta,
/// f is a power series in z = (t - k beta) / (beta + t), which converges for |z| < 1, that is
/// as far as t goes: Pfaff's transformation (DLMF 15.8.1), for any centre. From the
/// differential equation of 2F1 (DLMF 15.10.1) the coefficients follow one from another, with
/// M = a + s and K = a (s + 1),
///
/// k (n+1) (n+2) f_{n+2} + ((1-2k) n + C + k M) (n+1) f_{n+1}
///   + ((k-2) n (n-1) + (M-2C-kM) n + (1+k) K) f_n + (n-1) (n-2+C-M) f_{n-1} = 0,
///
/// regular at every a and C. The mean of e^(-delta s) f(s) for s from k beta to t is
/// e^(-delta t) times the power series of
///
/// (n+1) q_n = f_n + (n-1) q_{n-1} + e (q_0 + ... + q_{n-1}),  e = delta (beta + k beta),
///
/// which taking the derivative shows; with delta = 0 it is the mean of f. What is added here
/// is positive but for f_n, so that nothing cancels but what does in f.
///
/// A span ends where its series becomes slow; value and slope there begin the next, about its
/// end. That loses nothing: of the equation's two solutions f is the one that is regular at 0,
/// where the other is t^(1-C), and the one that is largest at infinity, so that what rounding
/// adds of the other falls behind. g is positive, so that adding up loses nothing.
pub(crate) struct Series<'a> {
    alive: &'a Alive,
    delta: f64,
    /// The centre of the span, in days and in units of beta.
    centre: f64,
    k: f64,
}

/// As many terms, two by two, leave 1e-16 at |z| = 0.75.
const PAIRS: usize = 64;
/// How far a span goes in z, where terms fall by half. Longer ones have more terms than two
/// of these.
const REACH: f64 = 0.5;
/// How far it goes if it is the only one.
const FIRST_REACH: f64 = 0.75;
/// The sum of the terms' sizes over the sum, which multiplies their rounding: measured, 1e-15
/// up to here.
const MOST_CANCELLATION: f64 = 8.0;
/// How far f may fall over a span: it leaves a cancellation of e^1.8 = 6.
const STEEP: f64 = 0.9;
/// How far the equation's other solution may fall over a span: its terms, which rounding
/// begins, then grow to 1e6 roundings of roundings before they fall.
const STIFF: f64 = 16.0;
/// How fast the other solution may fall, per z: what rounding adds to the slope grows with it.
/// Measured, up to here nothing is off by more than 1e-14; with 3000 some are by 6e-14.
const MOST_STIFFNESS: f64 = 400.0;
/// As many spans cost a tenth of the mixture, and add up as many roundings.
const MOST_SPANS: f64 = 64.0;
/// How far e^(-delta t) may fall over a span: e^4 = 55 is then what q_n comes to, and no span
/// has more than 100 terms.
const DISCOUNT: f64 = 4.0;
/// e^-40 = 4e-18 of a discounted sum comes later than 40 / delta, since g falls.
const MOST_DISCOUNT: f64 = 40.0;

/// What a span leaves to the next, f being 1 where it began: f and its derivative by z at its
/// end, and what is expected in between.
struct Passed {
    value: f64,
    derivative: f64,
    within: Expected,
}

impl<'a> Series<'a> {
    #[inline]
    pub(crate) fn new(alive: &'a Alive, delta: f64) -> Series<'a> {
        Series { alive, delta, centre: 0.0, k: 0.0 }
    }

    /// Hands over what is expected within each horizon, with its index, up to the first that
    /// the mixture serves better; returns the index of that.
    pub(crate) fn expected(
        &mut self,
        days: &[f64],
        mut each: impl FnMut(usize, Expected),
    ) -> usize {
        let Alive { s, beta, a, survived, .. } = *self.alive;
        let farthest = MOST_DISCOUNT / self.delta;
        let end = |t: f64| if t == f64::INFINITY { farthest } else { t };
        let Some(last) = days.last().map(|&t| end(t)) else { return 0 };
        if !(beta + last < 1e300 && beta > 1e-290) {
            return 0;
        }
        let c = a + survived;
        let mut slope = -a * (s + 1.0) / c;
        // By which the second term may exceed the first, where a and C are small; measured, what
        // neither finds steep leaves a cancellation of 10.
        let bend = 0.5 * (a + 1.0) * (s + 2.0) / (c + 1.0);
        let first_reach = REACH.min(STEEP / bend.max(-slope));
        if last <= first_reach * (beta + last) && self.delta * last <= DISCOUNT {
            // The usual case: every horizon is within the first span.
            for (i, pair) in (0..).step_by(2).zip(days.chunks(2)) {
                let times = Two::new(end(pair[0]), end(pair[pair.len() - 1]));
                let Some(within) = self.near(times) else { return i };
                (i..).zip(within).take(pair.len()).for_each(|(i, within)| each(i, within));
            }
            return days.len();
        }

        let mut value = 1.0;
        let mut total = Expected::default();
        let mut i = 0;
        for _ in 0..MOST_SPANS as u32 {
            // How fast the other solution falls: near 0 it is t^(1-C), far out (beta + t)^-(a+s+1-C).
            let stiffness = if self.k == 0.0 { 0.0 } else { c / self.k + a + s + 2.0 };
            if stiffness > MOST_STIFFNESS {
                return i;
            }
            let reach = if self.k > 0.0 {
                REACH.min(STEEP / -slope).min(STIFF / stiffness)
            } else if c + a + s + 2.0 > MOST_STIFFNESS {
                // The first span is the only one, another would be too stiff.
                FIRST_REACH
            } else {
                first_reach
            };
            // What is later than the farthest day adds nothing to the discounted sum.
            let discounts = self.centre < farthest;
            let delta = if discounts { self.delta } else { 0.0 };
            let goal = if discounts { last.min(farthest) } else { last };
            let whole = beta + self.centre;
            let reach = reach.min(DISCOUNT / (DISCOUNT + delta * whole));
            let to_goal = (goal - self.centre) / (beta + goal);
            let (reach, span_end) = if reach < to_goal {
                (reach, self.centre + whole * (reach / (1.0 - reach)))
            } else {
                (to_goal, goal)
            };
            let passed = loop {
                let t = end(days[i]).min(span_end);
                let Some(passed) = self.pass(slope, delta, t) else { return i };
                let mut now = total;
                now.purchases += value * passed.within.purchases;
                if discounts {
                    now.discounted += value * passed.within.discounted;
                }
                if t == end(days[i]) {
                    each(i, now);
                    i += 1;
                    if i == days.len() {
                        return i;
                    }
                }
                if t == span_end {
                    total = now;
                    break passed;
                }
            };
            self.centre = span_end;
            self.k = span_end / beta;
            value *= passed.value;
            slope = passed.derivative / passed.value * (1.0 - reach);
            // g falls, so no more than this comes after; of a discounted sum no more either.
            if s * value * (last / beta) <= 1e-17 * total.purchases {
                (i..days.len()).for_each(|i| each(i, total));
                return days.len();
            }
        }
        i
    }

    /// What is expected up to each of two times, the later one second, within a first span
    /// that is not steep; nothing has to be known of f itself.
    // By itself: inlined it takes x86-64 a quarter more instructions, for want of registers.
    #[cfg_attr(not(target_arch = "wasm32"), inline(never))]
    fn near(&self, times: Two) -> Option<[Expected; 2]> {
        let Alive { s, a, survived, d, .. } = *self.alive;
        let c = a + survived;
        let product = a * (s + 1.0);
        // C - M - 2, which x has no part in.
        let third = d - 1.0 - a;
        let second = third + c;
        let mut last = 0.0;
        // The equation above at k = 0, where the highest coefficient drops out.
        let following = |n: f64, term: f64| {
            let whole = c + n;
            let scale = 1.0 / (whole * (n + 1.0));
            let next = ((n + n + second) * n - product) * term - (n - 1.0) * (n + third) * last;
            last = term;
            (scale * whole, scale * next)
        };
        self.within(times, self.delta, following, |_, _| 0.0)
    }

    /// What a span up to `t` comes to, where f is 1 and has this slope at its centre; none if
    /// the series does not serve.
    fn pass(&self, slope: f64, delta: f64, t: f64) -> Option<Passed> {
        let Alive { s, beta, a, survived, d } = *self.alive;
        let k = self.k;
        let c = a + survived;
        let product = a * (s + 1.0);
        let third = d - 1.0 - a;
        let first = c + k * (a + s);
        let second = third + 2.0 + first;
        let (mut f1, mut f0) = (0.0, 0.0);
        // The same; elsewhere than at k = 0 with n - 1 for n.
        let following = |n: f64, f2: f64| {
            let next = if n == 0.0 {
                slope
            } else if k == 0.0 {
                let next = ((n + n + third + c) * n - product) * f2 - (n - 1.0) * (n + third) * f1;
                next / ((n + 1.0) * (n + c))
            } else {
                let (one, two) = (n - 1.0, n - 2.0);
                let next = ((1.0 - 2.0 * k) * one + first) * n * f2
                    + ((((k - 2.0) * two - second) * one + (1.0 + k) * product) * f1
                        + two * (one + third) * f0);
                -next / (k * n * (n + 1.0))
            };
            (f1, f0) = (f2, f1);
            (1.0 / (n + 1.0), next)
        };
        let (mut value, mut size, mut derivative) = (0.0, 0.0, 0.0);
        let seen = |n: f64, term: f64| {
            value += term;
            derivative += n * term;
            size += fabs(term);
            fabs(term)
        };
        let [within, _] = self.within(Two::all(t), delta, following, seen)?;
        let derivative = derivative * (beta + t) / (t - self.centre);
        (size <= MOST_CANCELLATION * value).then_some(Passed { value, derivative, within })
    }

    /// What is expected from the centre to each of two times, the later one second, where f is
    /// 1 at the centre; none if that takes too many terms.
    ///
    /// `following` gives 1 / (n+1) and f_{n+1} of n and f_n; `seen` is told n and f_n z^n at
    /// the later time, and says how large what it makes of that is.
    #[inline(always)]
    fn within(
        &self,
        times: Two,
        delta: f64,
        mut following: impl FnMut(f64, f64) -> (f64, f64),
        mut seen: impl FnMut(f64, f64) -> f64,
    ) -> Option<[Expected; 2]> {
        let Alive { s, beta, .. } = *self.alive;
        let passed = times - Two::all(self.centre);
        let [near, far] = (passed / (times + Two::all(beta))).numbers();
        let still = exp_of_minus_both(Two::all(delta) * times);
        // Terms fall off like z^n at last, so that z / (1 - z) of the last are left, and that
        // n-fold in the slope.
        let enough = 5e-17 * (1.0 - far);
        // Of the two lanes the first is that of purchases, the second, which grows by e, that
        // of discounted ones.
        let growth = Two::new(0.0, delta * (beta + self.centre));
        // q_{n-1}, and e (q_0 + ... + q_{n-2}).
        let (mut mean, mut before) = (Two::all(0.0), Two::all(0.0));
        let (mut near_power, mut far_power) = (Two::all(1.0), Two::all(1.0));
        let (mut near_sum, mut far_sum) = (Two::all(0.0), Two::all(0.0));
        let (mut n, mut term, mut before_it) = (0.0, 1.0, 0.0);
        for i in 0..2 * PAIRS {
            let (inverse, next) = following(n, term);
            let added = Two::all(term) + before;
            before = before + growth * mean;
            mean = (mean * (Two::all(n - 1.0) + growth) + added) * Two::all(inverse);
            near_sum = near_sum + mean * near_power;
            let at_far = mean * far_power;
            far_sum = far_sum + at_far;
            let [_, at_far] = at_far.numbers();
            let [power, _] = far_power.numbers();
            let size = fabs(at_far) + seen(n, term * power);
            near_power = near_power * Two::all(near);
            far_power = far_power * Two::all(far);
            (n, term) = (n + 1.0, next);
            // Both, since one may be small by accident.
            if i % 2 == 1 && before_it * far + size <= enough {
                let factor = passed * Two::all(s / beta);
                let ([near, near_discounted], [far, far_discounted]) =
                    (near_sum.numbers(), far_sum.numbers());
                let purchases = factor * Two::new(near, far);
                let discounted = factor * still * Two::new(near_discounted, far_discounted);
                let ([near, far], [near_discounted, far_discounted]) =
                    (purchases.numbers(), discounted.numbers());
                return Some([
                    Expected { purchases: near, discounted: near_discounted },
                    Expected { purchases: far, discounted: far_discounted },
                ]);
            }
            before_it = size;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::edges::edges;
    use crate::tolerance::{DISCOUNTED_PURCHASES, EXPECTED_PURCHASES, error};

    const BETA: f64 = 100.0;
    /// Mild, steep and stiff.
    const SIZES: [f64; 6] = [0.01, 0.7, 1.0, 40.0, 130.0, 1200.0];
    const RATES: [f64; 3] = [0.0, 1e-3, 1.0];

    fn posterior(s: f64, a: f64, survived: f64) -> Alive {
        Alive { s, beta: BETA, a, survived, d: a + survived - 1.0 - s }
    }

    fn posteriors() -> impl Iterator<Item = [f64; 3]> {
        let pairs = SIZES.into_iter().flat_map(|s| SIZES.map(|a| (s, a)));
        pairs.flat_map(|(s, a)| SIZES.map(|survived| [s, a, survived]))
    }

    fn expected(alive: &Alive, t: f64, delta: f64) -> Expected {
        let mut expected = Expected::default();
        alive.expected(&[t], delta, &mut |_, within| expected = within);
        expected
    }

    /// Whether the series answers, and where its last span begins.
    fn way(alive: &Alive, t: f64, delta: f64) -> (bool, f64) {
        let mut series = Series::new(alive, delta);
        let done = series.expected(&[t], |_, _| {});
        (done == 1, series.centre)
    }

    fn assert_same(one: (&Alive, f64, f64), other: (&Alive, f64, f64)) {
        let [first, second] = [one, other].map(|(alive, t, delta)| expected(alive, t, delta));
        let purchases = error(second.purchases, first.purchases);
        let discounted = error(second.discounted, first.discounted);
        let close = purchases <= EXPECTED_PURCHASES && discounted <= DISCOUNTED_PURCHASES;
        assert!(close, "{one:?}: {first:?}, {other:?}: {second:?}");
    }

    /// As the horizon grows the ways follow one another: more spans, and then the mixture, for
    /// each of its reasons.
    #[test]
    fn nothing_jumps_where_a_span_ends() {
        let (mut spans, mut farthest, mut discounts) = (0, 0, 0);
        let (mut stiff, mut many, mut slow) = (0, 0, 0);
        for ([s, a, survived], delta) in posteriors().flat_map(|p| RATES.map(|rate| (p, rate))) {
            let alive = posterior(s, a, survived);
            for [before, after] in edges(1e-2, 1e7, 150, |t| way(&alive, t, delta)) {
                assert_same((&alive, before, delta), (&alive, after, delta));
                let straddles = |t: f64| u32::from((before..=after).contains(&t));
                farthest += straddles(MOST_DISCOUNT / delta);
                discounts += straddles(DISCOUNT / delta);
                let (_, last) = way(&alive, before, delta);
                match way(&alive, after, delta) {
                    (true, _) => spans += 1,
                    (false, centre) if centre == last => slow += 1,
                    (false, centre) if (a + survived) / (centre / BETA) + a + s > 398.0 => {
                        stiff += 1;
                    }
                    (false, _) => many += 1,
                }
            }
        }
        let met = [spans, farthest, discounts, stiff, many, slow];
        assert!(met.iter().all(|&met| met >= 30), "{met:?}");
    }

    /// As a parameter or the rate changes, the series gives way to the mixture, or comes back.
    #[test]
    fn nothing_jumps_where_the_mixture_begins() {
        let mut met = [0; 4];
        let places = posteriors().flat_map(|p| [0.3, 2.0, 40.0].map(|tau| (p, BETA * tau)));
        for ([s, a, survived], t) in places {
            for (which, met) in met.iter_mut().enumerate() {
                let at = |value: f64| match which {
                    0 => (posterior(value, a, survived), t, 1e-3),
                    1 => (posterior(s, value, survived), t, 1e-3),
                    2 => (posterior(s, a, value), t, 1e-3),
                    _ => (posterior(s, a, survived), t, value),
                };
                let serves = |value| {
                    let (alive, t, delta) = at(value);
                    way(&alive, t, delta).0
                };
                for [before, after] in edges(1e-3, 1e4, 20, serves) {
                    let [(one, t, rate), (other, _, other_rate)] = [before, after].map(at);
                    assert_same((&one, t, rate), (&other, t, other_rate));
                    *met += 1;
                }
            }
        }
        assert!(met.iter().all(|&met| met >= 30), "{met:?}");
    }

    /// Where a second span would be too stiff, the first one goes farther.
    #[test]
    fn nothing_jumps_where_the_first_span_is_the_only_one() {
        for (s, a) in SIZES.into_iter().flat_map(|s| SIZES.map(|a| (s, a))) {
            let longer = |survived| a + survived + a + s + 2.0 > MOST_STIFFNESS;
            for [before, after] in edges(1e-3, 1e4, 1, longer) {
                let [one, other] = [before, after].map(|survived| posterior(s, a, survived));
                for z in [0.01, 0.1, REACH, 0.6, FIRST_REACH, 0.8, 0.99] {
                    let t = BETA * z / (1.0 - z);
                    for delta in RATES {
                        assert_same((&one, t, delta), (&other, t, delta));
                    }
                }
            }
        }
    }

    /// At the edge of the doubles the mixture takes over.
    #[test]
    fn nothing_jumps_at_the_edge_of_the_doubles() {
        let alive = posterior(0.7, 40.0, 130.0);
        let of = |beta: f64| Alive { beta, ..alive };
        for [from, to] in [[1e-291, 1e-289], [1e299, 1e301]] {
            let t = 0.1 * from;
            let found = edges(from, to, 1, |beta| way(&of(beta), t, 0.0).0);
            let [[before, after]] = found[..] else { panic!("{found:?}") };
            assert_same((&of(before), t, 0.0), (&of(after), t, 0.0));
        }
    }
}
