//! What is expected of a living customer, looked up.
//!
//! Under one model and for given horizons, all that an answer needs besides P(alive) and
//! E[M] depends on frequency and T alone. For each frequency and each narrow range of
//! alpha + T, a cell, it is kept as polynomials, made when a customer first falls into the
//! cell, from the exact path and checked against it.

use alloc::vec;
use alloc::vec::Vec;

use crate::batch::Output;
use crate::bg_nbd::BgNbd;
use crate::model::Model;

/// The leading bits of the mantissa of alpha + T that choose the cell: each halves the width.
const CELL_BITS: u32 = 5;
const CELL_SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - CELL_BITS;
/// Cells per frequency: sixteen doublings of alpha + T, from alpha on.
const CELLS: usize = 16 << CELL_BITS;
/// Frequencies from 0 on that have cells; more frequent buyers are too few to repay them.
pub(crate) const FREQUENCIES: usize = 64;

/// Coefficients of a polynomial: of degree 6, in v = -1..1 across a cell. Everything tabulated
/// is analytic in alpha + T but for singularities at or below 0, 64 half-widths away at
/// least, so that the coefficients fall off like 128^-k.
const TERMS: usize = 7;
/// Chebyshev's nodes, cos(pi (2 k + 1) / 14).
const NODES: [f64; TERMS] = [
    0.9749279121818236,
    0.7818314824680298,
    0.4338837391175581,
    0.0,
    -0.4338837391175581,
    -0.7818314824680298,
    -0.9749279121818236,
];
/// Where a cell is checked: between the nodes, where interpolation is worst.
const CHECKS: [f64; 3] = [-1.0, 0.2225209339563144, 1.0];
/// How far a cell may be from the exact path there, relative. The path's own rounding is
/// about 1e-15.
const MOST_ERROR: f64 = 5e-15;

/// Two polynomials side by side, as vector instructions take them.
pub(crate) type Pair = [[f64; 2]; TERMS];

/// What is tabulated, each a function of frequency and T.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    /// G(t) of the horizon of this index.
    Purchases(usize),
    /// P(Y(t) > 0) of a living customer.
    AnyPurchase(usize),
    /// Integral_0^t e^(-delta s) dG(s).
    Discounted(usize),
    /// The same to infinity.
    Residual,
    /// The same to the horizon of the segments.
    Segment,
}

/// The cells made so far.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    bg_nbd: BgNbd,
    delta: f64,
    days: Vec<f64>,
    segment_horizon: f64,
    segment_lane: Option<usize>,
    lanes: Vec<Lane>,
    /// By frequency and cell: [`UNMADE`], [`EXACT`], or one more than that and the index of a cell.
    index: Vec<u32>,
    pairs: Vec<Pair>,
    /// The index of alpha's own cell among all.
    first_cell: u64,
}

const UNMADE: u32 = 0;
const EXACT: u32 = 1;

impl Tables {
    pub(crate) fn new(model: &Model, days: &[f64], outputs: &[Output], segment: bool) -> Tables {
        let segment_horizon = model.file().segments.horizon;
        let lane = |output: &Output| match *output {
            Output::ProbabilityAlive | Output::ExpectedAverageProfit => None,
            Output::ExpectedPurchases(i) => Some(Lane::Purchases(i)),
            Output::ProbabilityOfPurchase(i) => Some(Lane::AnyPurchase(i)),
            Output::CustomerLifetimeValue(i) => Some(Lane::Discounted(i)),
            Output::ResidualLifetimeValue => Some(Lane::Residual),
        };
        let mut lanes: Vec<Lane> = outputs.iter().filter_map(lane).collect();
        let segment_lane = segment.then(|| {
            let at_hand = days.iter().position(|&days| days == segment_horizon);
            let lane = at_hand.map_or(Lane::Segment, Lane::Discounted);
            lanes.iter().position(|&other| other == lane).unwrap_or_else(|| {
                lanes.push(lane);
                lanes.len() - 1
            })
        });
        let bg_nbd = *model.bg_nbd();
        Tables {
            bg_nbd,
            delta: model.daily_rate(),
            days: days.to_vec(),
            segment_horizon,
            segment_lane,
            lanes,
            index: vec![UNMADE; FREQUENCIES * CELLS],
            pairs: Vec::new(),
            first_cell: bg_nbd.alpha.to_bits() >> CELL_SHIFT,
        }
    }

    /// How many quantities there are: first those of the outputs, in their order.
    pub(crate) fn lanes(&self) -> usize {
        self.lanes.len()
    }

    /// Which of them decides the segment, if that is wanted.
    pub(crate) fn segment_lane(&self) -> Option<usize> {
        self.segment_lane
    }

    /// Where the pairs of the cell begin for a frequency below [`FREQUENCIES`] and
    /// `whole` = alpha + T; none where there is no cell or it is not good enough.
    #[inline]
    pub(crate) fn find(&mut self, frequency: usize, whole: f64) -> Option<u32> {
        let cell = ((whole.to_bits() >> CELL_SHIFT) - self.first_cell) as usize;
        if cell >= CELLS {
            return None;
        }
        let slot = frequency * CELLS + cell;
        if self.index[slot] == UNMADE {
            self.index[slot] = self.make(frequency, cell);
        }
        self.index[slot].checked_sub(EXACT + 1)
    }

    /// The pairs of a cell found before.
    #[inline]
    pub(crate) fn pairs(&self, begin: u32) -> &[Pair] {
        let begin = begin as usize;
        &self.pairs[begin..begin + self.lanes.len().div_ceil(2)]
    }

    /// v, where in its cell alpha + T lies: what the bits that do not choose the cell say.
    #[inline]
    pub(crate) fn place(whole: f64) -> f64 {
        const WITHIN: u64 = (1 << CELL_SHIFT) - 1;
        let fraction = f64::from_bits(1.0_f64.to_bits() | (whole.to_bits() & WITHIN));
        (fraction - 1.0) * (2 << CELL_BITS) as f64 - 1.0
    }

    #[cold]
    fn make(&mut self, frequency: usize, cell: usize) -> u32 {
        let low = f64::from_bits((self.first_cell + cell as u64) << CELL_SHIFT);
        let high = f64::from_bits((self.first_cell + cell as u64 + 1) << CELL_SHIFT);
        let at = |v: f64| low + (high - low) * (0.5 * (v + 1.0));
        let values = NODES.map(|v| self.exact(frequency, at(v)));
        let begin = self.pairs.len();
        for lane in (0..self.lanes.len()).step_by(2) {
            let value = |node: usize, lane: usize| values[node].get(lane).copied().unwrap_or(0.0);
            let one = polynomial(core::array::from_fn(|node| value(node, lane)));
            let other = polynomial(core::array::from_fn(|node| value(node, lane + 1)));
            self.pairs.push(core::array::from_fn(|k| [one[k], other[k]]));
        }
        let good = CHECKS.iter().all(|&v| {
            let exact = self.exact(frequency, at(v));
            let pairs = self.pairs[begin..].iter();
            let tabulated = pairs.flat_map(|pair| evaluate(pair, v));
            exact.iter().zip(tabulated).all(|(exact, tabulated)| {
                libm::fabs(tabulated - exact) <= MOST_ERROR * exact && *exact > 1e-250
            })
        });
        if !good {
            self.pairs.truncate(begin);
            return EXACT;
        }
        begin as u32 + EXACT + 1
    }

    /// Every lane of a living customer of this frequency and alpha + T.
    fn exact(&self, frequency: usize, whole: f64) -> Vec<f64> {
        let alive = self.bg_nbd.posterior(frequency as f64, whole);
        let mut lanes = vec![0.0; self.lanes.len()];
        alive.expected(&self.days, self.delta, |at, within| {
            for (lane, value) in self.lanes.iter().zip(&mut lanes) {
                match *lane {
                    Lane::Purchases(i) if i == at => *value = within.purchases,
                    Lane::Discounted(i) if i == at => *value = within.discounted,
                    _ => {}
                }
            }
        });
        for (lane, value) in self.lanes.iter().zip(&mut lanes) {
            match *lane {
                Lane::AnyPurchase(i) => *value = alive.any_purchase(self.days[i]),
                Lane::Residual => *value = alive.discounted_purchases(f64::INFINITY, self.delta),
                Lane::Segment => {
                    *value = alive.discounted_purchases(self.segment_horizon, self.delta);
                }
                Lane::Purchases(_) | Lane::Discounted(_) => {}
            }
        }
        lanes
    }
}

/// Both polynomials of a pair at v.
#[inline(always)]
pub(crate) fn evaluate(pair: &Pair, v: f64) -> [f64; 2] {
    let mut value = pair[TERMS - 1];
    for k in (0..TERMS - 1).rev() {
        value = [value[0] * v + pair[k][0], value[1] * v + pair[k][1]];
    }
    value
}

/// The coefficients, lowest first, of the polynomial through these values at [`NODES`]:
/// Newton's divided differences, multiplied out.
fn polynomial(mut differences: [f64; TERMS]) -> [f64; TERMS] {
    for order in 1..TERMS {
        for i in (order..TERMS).rev() {
            differences[i] = (differences[i] - differences[i - 1]) / (NODES[i] - NODES[i - order]);
        }
    }
    let mut coefficients = [0.0; TERMS];
    for i in (0..TERMS).rev() {
        // (what there is) (v - node) + difference
        for k in (1..TERMS).rev() {
            coefficients[k] = coefficients[k - 1] - NODES[i] * coefficients[k];
        }
        coefficients[0] = differences[i] - NODES[i] * coefficients[0];
    }
    coefficients
}
