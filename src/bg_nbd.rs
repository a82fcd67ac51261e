//! BG/NBD: how many purchases, and is the customer still alive.
//!
//! What is this model's own, and what a second one (MBG/NBD, where a one-time buyer may have
//! left too) would have to bring: P(alive), here and, for rows at a time, in
//! `Block::work_out_alive`; the posterior of a living customer, here; and in `special::alive`
//! what follows from that: expected purchases within horizons, the chance of any and of each
//! number of them. Profit, values, segments, tables and batches know nothing else of it.

use alloc::vec::Vec;

use crate::error::{Rule, Violations};
use crate::input::pointer;
use crate::profile::Profile;
use crate::special::alive::Alive;
use crate::special::elementary::single::{exp_m1, ln_1p_of};
use crate::special::elementary::{Exact, power_of_quotient};

/// The BG/NBD model of Fader, Hardie and Lee (2005), "Counting Your Customers the Easy
/// Way", Marketing Science 24(2), 275-284.
///
/// While alive, a customer buys at a rate that varies over customers as
/// Gamma(`r`, `alpha`); after each repeat purchase the customer leaves for good with a
/// probability that varies as Beta(`a`, `b`).
///
/// All four are finite and > 0; `alpha` is in days. A value is had from a checked
/// [`Model`](crate::Model).
///
/// Accuracy: against 50-digit arithmetic on rows sampled from r .01..20, alpha .1..1e4,
/// a .01..20 (1 and 1 +- 1e-9 among them), b .01..100, x to 5000, T to 1e4 days, t 1e-3..1e4
/// days, the relative error of P(alive), P(purchase) and the expectations stays below 2e-14, of
/// a count below 1e-12, of a waiting time below 3e-13; the tests hold it there. By so much two
/// calls may differ where the exact answers hardly do: a longer horizon may come to less than a
/// shorter one. In one answer of [`Model::predict`](crate::Model::predict) it never does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BgNbd {
    /// Shape of the purchase rate over customers.
    pub(crate) r: f64,
    /// Rate parameter of the purchase rate over customers, in days.
    pub(crate) alpha: f64,
    /// First parameter of the leaving probability over customers.
    pub(crate) a: f64,
    /// Second parameter of the leaving probability over customers.
    pub(crate) b: f64,
}

impl BgNbd {
    /// P(alive), 0..1: the probability that the customer has not left by `T`.
    ///
    /// 1 / (1 + \[x>0\] a/(b+x-1) ((alpha+T)/(alpha+t_x))^(r+x)): Fader, Hardie and Lee
    /// (2008), "Computing P(alive) Using the BG/NBD Model".
    ///
    /// A customer without a repeat purchase (x = 0) has had no occasion to leave under
    /// this model, so the answer is 1 by construction, however long ago the purchase was.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let once = Profile::new(0.0, 0.0, 300.0, None)?;
    /// assert_eq!(bg_nbd.probability_alive(&once), 1.0);
    /// let regular = Profile::new(5.0, 200.0, 300.0, None)?;
    /// let p = bg_nbd.probability_alive(&regular);
    /// assert!(p > 0.0 && p < 1.0);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn probability_alive(&self, profile: &Profile) -> f64 {
        self.alive_and_gone(profile).0
    }

    /// P(alive) as a path, each 0..1: what it was, is, or will be on each of some days, by the
    /// history known by then.
    ///
    /// All days are counted from the first purchase, which is day 0 and is not listed.
    /// `purchases` are the days of the repeat purchases, each > 0 and increasing; `dates` are
    /// the days asked about, each >= 0, in any order. On date d the formula of
    /// [`probability_alive`](BgNbd::probability_alive) (Fader, Hardie and Lee 2008) is taken at
    /// x = the number of purchases <= d, t_x = the last of them, T = d, to the same accuracy.
    /// After the last purchase it is the path of a customer who stays silent. Before the first
    /// repeat purchase the answer is 1 by construction, however long that takes.
    ///
    /// # Errors
    /// Every number that is not finite, every purchase that is not > 0 or not later than the
    /// one before, every date below 0, with JSON pointers such as `/purchases/2` and `/dates/0`.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::Model;
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let path = bg_nbd.probability_alive_path(&[40.0, 90.0], &[30.0, 89.0, 90.0, 365.0])?;
    /// assert_eq!(path[0], 1.0);
    /// assert!(path[1] < path[2] && path[2] > path[3]);
    ///
    /// let errors = bg_nbd.probability_alive_path(&[40.0, 40.0], &[-1.0]).unwrap_err();
    /// let pointers: Vec<_> = errors.as_slice().iter().map(|e| e.pointer.as_str()).collect();
    /// assert_eq!(pointers, ["/purchases/1", "/dates/0"]);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn probability_alive_path(
        &self,
        purchases: &[f64],
        dates: &[f64],
    ) -> Result<Vec<f64>, Violations> {
        check_path(purchases, dates)?;
        let alive = |&date: &f64| {
            let known = purchases.partition_point(|&day| day <= date);
            let recency = purchases[..known].last().copied().unwrap_or(0.0);
            self.alive_by(known as f64, recency, date).0
        };
        Ok(dates.iter().map(alive).collect())
    }

    /// P(alive) and 1 - P(alive), each with all its digits.
    fn alive_and_gone(&self, profile: &Profile) -> (f64, f64) {
        self.alive_by(profile.frequency(), profile.recency(), profile.T())
    }

    /// The same of the numbers of a profile.
    #[allow(non_snake_case)]
    fn alive_by(&self, x: f64, t_x: f64, T: f64) -> (f64, f64) {
        if x == 0.0 {
            return (1.0, 0.0);
        }
        let odds = self.a / (self.b + (x - 1.0));
        let s = Exact::sum(self.r, x);
        // The square root of ((alpha+t_x)/(alpha+T))^(r+x).
        let root = power_of_quotient(
            Exact::sum(self.alpha, t_x),
            Exact::sum(self.alpha, T),
            Exact { value: 0.5 * s.value, rest: 0.5 * s.rest },
        );
        let silence = root * root;
        let gone = odds / (silence + odds);
        // The power is at most 1, so nothing overflows. It may lose digits to underflow
        // where the quotient does not; its root never does.
        if silence > 1e-290 {
            (silence / (silence + odds), gone)
        } else {
            ((root / (silence + odds) * root).min(1.0), gone)
        }
    }

    /// E\[Y(t)\]: expected purchases in the next `t` days.
    ///
    /// Fader, Hardie and Lee (2005), equation 10, in forms that stay regular at a = 1 and
    /// neither cancel nor overflow. Of a one-time buyer (x = 0) it takes P(alive) to be 1, by
    /// construction. Of a new customer, [`Profile::NEW`], it is E\[X(t)\], equation 9. Domain:
    /// 0 <= `t` < infinity; NaN outside.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let profile = Profile::new(5.0, 200.0, 300.0, None)?;
    /// assert!(bg_nbd.expected_purchases(&profile, 30.0) < bg_nbd.expected_purchases(&profile, 90.0));
    /// // CDNOW's new customers make one repeat purchase in 31 weeks.
    /// assert!((bg_nbd.expected_purchases(&Profile::NEW, 217.0) - 1.0).abs() < 0.05);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn expected_purchases(&self, profile: &Profile, t: f64) -> f64 {
        self.probability_alive(profile) * self.alive(profile).purchases(t)
    }

    /// P(Y(t) > 0), 0..1: the probability of at least one purchase in the next `t` days.
    ///
    /// P(alive) (1 - (1 + t/(alpha+T))^-(r+x)): a living customer leaves only after a
    /// purchase, so the leaving probability plays no part. Of a one-time buyer (x = 0) it takes
    /// P(alive) to be 1, by construction. Of a new customer, [`Profile::NEW`], it is
    /// P(X(t) > 0) = 1 - (alpha/(alpha+t))^r: Fader, Hardie and Lee (2005), equation 8 at x = 0.
    /// Domain: 0 <= `t` < infinity; NaN outside.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let profile = Profile::new(5.0, 200.0, 300.0, None)?;
    /// let p = bg_nbd.probability_of_purchase(&profile, 90.0);
    /// assert!(p > 0.0 && p <= bg_nbd.probability_alive(&profile));
    /// let fresh = bg_nbd.probability_of_purchase(&Profile::NEW, 90.0);
    /// assert!((fresh + bg_nbd.probability_of_count(&Profile::NEW, 0, 90.0) - 1.0).abs() < 1e-15);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn probability_of_purchase(&self, profile: &Profile, t: f64) -> f64 {
        if !is_horizon(t) {
            return f64::NAN;
        }
        self.probability_alive(profile) * self.alive(profile).any_purchase(t)
    }

    /// Expected purchases in the next `t` days, each discounted from the day it is made:
    /// P(alive) Integral_0^t e^(-delta s) dG(s), G(s) being the expected purchases of a living
    /// customer; of a one-time buyer (x = 0) P(alive) is 1 by construction.
    ///
    /// `delta >= 0` is the continuous daily rate. Domain: `t >= 0`; `t` may be infinite
    /// where `delta > 0`, which gives the discounted expected residual transactions (DERT).
    /// NaN outside.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let profile = Profile::new(5.0, 200.0, 300.0, None)?;
    /// let plain = bg_nbd.expected_purchases(&profile, 90.0);
    /// assert_eq!(bg_nbd.discounted_purchases(&profile, 90.0, 0.0), plain);
    /// assert!(bg_nbd.discounted_purchases(&profile, 90.0, 0.0003) < plain);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn discounted_purchases(&self, profile: &Profile, t: f64, delta: f64) -> f64 {
        self.probability_alive(profile) * self.alive(profile).discounted_purchases(t, delta)
    }

    /// P(Y(t) = n), 0..1: the probability of exactly `n` purchases in the next `t` days.
    ///
    /// P(alive) (P(N=n) (b+x)_n/(a+b+x)_n + P(N>=n) (b+x)_{n-1} a/(a+b+x)_n), N being negative
    /// binomial with shape r + x and probability t/(alpha+T+t): all n purchases survived, or the
    /// n-th the last. For n = 0 it is 1 - P(Y(t) > 0), with P(alive) 1 by construction at x = 0.
    /// Of a new customer, [`Profile::NEW`], it is P(X(t) = n): Fader, Hardie and Lee (2005),
    /// equation 8. Domain: 0 <= `t` < infinity; NaN outside. Takes time in proportion to `n`.
    ///
    /// Accuracy: relative error below 1e-12 over the region above for n to 5000, where the
    /// result is 1e-300 or more.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let profile = Profile::new(5.0, 200.0, 300.0, None)?;
    /// let none = bg_nbd.probability_of_count(&profile, 0, 90.0);
    /// let some = bg_nbd.probability_of_purchase(&profile, 90.0);
    /// assert!((none + some - 1.0).abs() < 1e-15);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn probability_of_count(&self, profile: &Profile, n: u32, t: f64) -> f64 {
        if !is_horizon(t) {
            return f64::NAN;
        }
        let (alive, gone) = self.alive_and_gone(profile);
        let count = alive * self.alive(profile).count(n, t);
        // Two roundings may leave the two parts of a certainty a bit above it.
        if n == 0 { (gone + count).min(1.0) } else { count }
    }

    /// P(Y(t) = n), each 0..1, for n = 0, 1, ..., `most`: the distribution of the number of
    /// purchases in the next `t` days.
    ///
    /// Each is [`probability_of_count`](BgNbd::probability_of_count) (Fader, Hardie and Lee
    /// 2005, equation 8, for a new customer), to the same accuracy in the same domain; all of
    /// them take the time of a few, in proportion to `most`. What is missing to a sum of 1 is
    /// the probability of more than `most`.
    ///
    /// # Errors
    /// `most <= 1000000`, at `/most`; a table of more would be for nobody to read.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let profile = Profile::new(5.0, 200.0, 300.0, None)?;
    /// let counts = bg_nbd.probabilities_of_counts(&profile, 100, 90.0)?;
    /// assert!((counts.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    /// let mean: f64 = (0..).zip(&counts).map(|(n, p)| f64::from(n) * p).sum();
    /// assert!((mean / bg_nbd.expected_purchases(&profile, 90.0) - 1.0).abs() < 1e-12);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn probabilities_of_counts(
        &self,
        profile: &Profile,
        most: u32,
        t: f64,
    ) -> Result<Vec<f64>, Violations> {
        let mut errors = Violations::default();
        errors.require(most <= MOST_COUNTS, "/most", Rule::CountsRange);
        errors.or(())?;
        if !is_horizon(t) {
            return Ok(alloc::vec![f64::NAN; most as usize + 1]);
        }
        let (alive, gone) = self.alive_and_gone(profile);
        let mut counts = self.alive(profile).counts(most, t);
        for count in &mut counts {
            *count *= alive;
        }
        counts[0] = (gone + counts[0]).min(1.0);
        Ok(counts)
    }

    /// The u-quantile of the time from `T` to the next purchase, in days: the purchase comes
    /// within it with probability `u`. The median is that of u = 0.5.
    ///
    /// The t with P(Y(t) > 0) = u: (alpha+T) ((1 - u/P(alive))^(-1/(r+x)) - 1). `None` where no
    /// purchase comes with that probability, u >= P(alive), or not within 5e299 (alpha+T) days
    /// or the largest double; of a one-time buyer (x = 0) P(alive) is 1 by construction. Domain:
    /// 0 <= `u` <= 1; `None` outside.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let profile = Profile::new(20.0, 290.0, 300.0, None)?;
    /// let median = bg_nbd.time_to_next_purchase(&profile, 0.5).unwrap();
    /// let bought = bg_nbd.probability_of_purchase(&profile, median);
    /// assert!((bought - 0.5).abs() < 1e-12);
    /// let gone = 1.0 - bg_nbd.probability_alive(&profile);
    /// assert_eq!(bg_nbd.time_to_next_purchase(&profile, 1.0 - 0.5 * gone), None);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn time_to_next_purchase(&self, profile: &Profile, u: f64) -> Option<f64> {
        let (alive, gone) = self.alive_and_gone(profile);
        if !(0.0..alive).contains(&u) {
            return None;
        }
        let posterior = self.alive(profile);
        // P - u. Near u = P it is made of what P has rounded away, of which 1 - P < 1/2 has more;
        // and 1 - u is exact for u >= 1/2. Below, P itself has at least as much.
        let is_high = u >= 0.5;
        let left = if is_high { (1.0 - u) - gone } else { alive - u };
        let used = if is_high { alive - left } else { u };
        let power = ln_1p_of(used, left) / posterior.s;
        let t = posterior.beta * exp_m1(power);
        // e^690 = 5e299; nor is there a logarithm where rounding leaves nothing.
        (left > 0.0 && power < 690.0 && t.is_finite()).then_some(t)
    }

    /// The posterior of this customer, given that the customer is alive.
    pub(crate) fn alive(&self, profile: &Profile) -> Alive {
        self.posterior(profile.frequency(), self.alpha + profile.T())
    }

    /// The same from x and alpha + T, which is all that it depends on.
    pub(crate) fn posterior(&self, x: f64, beta: f64) -> Alive {
        Alive {
            s: self.r + x,
            beta,
            a: self.a,
            survived: self.b + x,
            d: self.a + self.b - self.r - 1.0,
        }
    }
}

/// The most purchases whose probabilities are told in one go.
const MOST_COUNTS: u32 = 1_000_000;

/// Whether a number of days ahead is one: 0 <= t < infinity.
fn is_horizon(t: f64) -> bool {
    (0.0..f64::INFINITY).contains(&t)
}

/// Checks the days of a path: one rule at most for each, as for horizons.
fn check_path(purchases: &[f64], dates: &[f64]) -> Result<(), Violations> {
    let mut errors = Violations::default();
    let mut latest = 0.0;
    for (i, &day) in purchases.iter().enumerate() {
        let rule = match day {
            _ if !day.is_finite() => Rule::Finite,
            _ if day <= 0.0 => Rule::PurchaseAfterFirst,
            _ if day <= latest => Rule::PurchasesIncreasing,
            _ => {
                latest = day;
                continue;
            }
        };
        errors.add(pointer("/purchases", i, ""), rule);
    }
    for (i, &date) in dates.iter().enumerate() {
        if !date.is_finite() {
            errors.add(pointer("/dates", i, ""), Rule::Finite);
        } else if date < 0.0 {
            errors.add(pointer("/dates", i, ""), Rule::DateNotNegative);
        }
    }
    errors.or(())
}
