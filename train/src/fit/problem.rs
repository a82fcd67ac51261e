//! What is maximised: the likelihood of one model on one set of histories, and the penalty.

use super::histories::{FoldedHistory, customers, every};
use super::newton::{Ascent, End, Local, ascend};

/// One of the two models with the histories it is fitted to.
pub(super) struct Problem<'h, const N: usize> {
    pub(super) histories: &'h [FoldedHistory],
    pub(super) likelihood: fn(&[FoldedHistory], &[f64; N]) -> Local<N>,
    /// The logarithms towards which a penalty pulls, and about which the bounds lie.
    pub(super) centre: [f64; N],
    /// Logarithms of the parameters from which ascents start.
    pub(super) starts: [[f64; N]; STARTS],
    /// Told how many histories each evaluation goes through.
    pub(super) watch: &'h dyn Fn(u64),
}

pub(super) const STARTS: usize = 4;

/// Parameters in their units of size (time under observation, spend) lie between 1e-5 and 1e5,
/// or the data do not say where: from a hundredth of the way on the likelihood has none of
/// their digits any more.
const BOUND: f64 = 11.512_925_464_970_229;

/// What the ascents from all starts came to.
pub(super) struct Best<const N: usize> {
    /// The highest.
    pub(super) ascent: Ascent<N>,
    /// How many of the starts led there.
    pub(super) agreeing: usize,
    /// One in so many histories' customers was climbed from every start.
    pub(super) one_in: u64,
}

impl<const N: usize> Problem<'_, N> {
    /// The log-likelihood less `penalty` times the customers times the squared distance of the
    /// logarithms from the centre.
    pub(super) fn objective(&self, penalty: f64) -> impl Fn(&[f64; N]) -> Local<N> {
        let weight = penalty * customers(self.histories);
        move |logs| {
            (self.watch)(self.histories.len() as u64);
            let mut local = (self.likelihood)(self.histories, logs);
            for (i, (log, centre)) in logs.iter().zip(&self.centre).enumerate() {
                let off = log - centre;
                local.value -= weight * off * off;
                local.gradient[i] -= 2.0 * weight * off;
                local.hessian[i][i] -= 2.0 * weight;
            }
            local
        }
    }

    /// Climbs from one start.
    pub(super) fn climb(&self, penalty: f64, start: [f64; N]) -> Ascent<N> {
        let bounds = self.centre.map(|centre| (centre - BOUND, centre + BOUND));
        ascend(self.objective(penalty), start, &bounds)
    }

    /// Climbs from every start, and tells how many ended on the same height.
    ///
    /// Of many histories only a sample is climbed from every start; where starts meet there,
    /// one ascent on all histories goes on for all of them.
    pub(super) fn best(&self, penalty: f64) -> Best<N> {
        /// Histories enough to tell one maximum from another.
        const SAMPLE: usize = 50_000;
        /// Logarithms that differ by less are the same maximum.
        const SAME: f64 = 1e-3;
        let step = self.histories.len().div_ceil(SAMPLE) as u64;
        let sample = every(self.histories, step, 0);
        let on_sample = Problem { histories: &sample, ..*self };
        let mut met: Vec<([f64; N], Ascent<N>)> = Vec::new();
        let ascents = self.starts.map(|start| {
            let found = on_sample.climb(penalty, start);
            if step == 1 {
                return found;
            }
            if found.end != End::Maximum {
                // The sample may have too few who came back; all of them need not.
                return self.climb(penalty, start);
            }
            let near = |point: &[f64; N]| (0..N).all(|i| (point[i] - found.point[i]).abs() < SAME);
            if let Some((_, ascent)) = met.iter().find(|(point, _)| near(point)) {
                return *ascent;
            }
            let ascent = self.climb(penalty, found.point);
            met.push((found.point, ascent));
            ascent
        });
        // On one height, a maximum stands before a start that got stuck on the way to it.
        let height = |ascent: &Ascent<N>| ascent.local.value;
        let highest = ascents.iter().map(height).fold(f64::NEG_INFINITY, f64::max);
        let rounding = 1e-6 + 1e-11 * highest.abs();
        let top = |ascent: &&Ascent<N>| height(ascent) >= highest - rounding;
        let best = ascents
            .iter()
            .filter(top)
            .min_by_key(|ascent| ascent.end != End::Maximum)
            .unwrap_or(&ascents[0]);
        let agreeing = ascents.iter().filter(top).filter(|a| a.end == End::Maximum).count();
        Best { ascent: *best, agreeing, one_in: step }
    }
}
