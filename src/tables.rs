//! What is expected of a living customer, looked up.
//!
//! Under one model and for given horizons, all that an answer needs besides P(alive) and
//! E[M] depends on frequency and T alone. For each frequency and each narrow range of
//! alpha + T, a cell, it is kept as polynomials, made when a customer first falls into the
//! cell, from the exact path and checked against it.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::batch::{Ahead, Output};
use crate::bg_nbd::BgNbd;
use crate::special::lanes::{Lanes, Two};

/// The leading bits of the mantissa of alpha + T that choose the cell: each halves the width.
const CELL_BITS: u32 = 5;
const CELL_SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - CELL_BITS;
/// Cells per frequency: sixteen doublings of alpha + T, from alpha on.
const CELLS: usize = 16 << CELL_BITS;
/// Frequencies from 0 on that have cells; more frequent buyers are too few to repay them.
pub(crate) const FREQUENCIES: usize = 64;

/// A power of 2, so that a remainder is always an index.
const SLOTS: usize = FREQUENCIES * CELLS;

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
pub(crate) type Pair = [Two; TERMS];

/// The cells made so far.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    /// What is tabulated, each a function of frequency and T.
    lanes: Vec<Output>,
    /// By frequency and cell: [`UNMADE`], [`EXACT`], or where the pairs of the cell begin.
    index: Box<[u32; SLOTS]>,
    /// The first are zero, so that [`UNMADE`] and [`EXACT`] may be looked up like the others.
    pairs: Vec<Pair>,
    /// The index of alpha's own cell among all.
    first_cell: u64,
}

const UNMADE: u32 = 0;
/// Stands for a cell that is not good enough, and is the largest number that stands for none.
pub(crate) const EXACT: u32 = 1;
/// 2^52: a number below it that is added to it stands, rounded, in its last bits.
pub(crate) const WHOLE: f64 = 4503599627370496.0;

impl Tables {
    /// Tables for outputs, and for the segment's value if that is none of them.
    pub(crate) fn new(bg_nbd: &BgNbd, outputs: &[Output], segment: bool) -> Tables {
        let mut lanes = Vec::new();
        for &output in outputs {
            if output.is_tabulated() {
                lanes.push(output);
            }
        }
        if segment {
            lanes.push(Output::SegmentValue);
        }
        Tables {
            pairs: vec![[Two::all(0.0); TERMS]; lanes.len().div_ceil(2) + EXACT as usize + 1],
            lanes,
            index: Box::new([UNMADE; SLOTS]),
            first_cell: bg_nbd.alpha.to_bits() >> CELL_SHIFT,
        }
    }

    /// From here on alpha + T has no cell.
    pub(crate) fn end(&self) -> f64 {
        f64::from_bits((self.first_cell + CELLS as u64) << CELL_SHIFT)
    }

    /// What [`slot`](Tables::slot) needs to know: added to the bits there, it makes them an
    /// index.
    pub(crate) fn origin(&self) -> u64 {
        (WHOLE.to_bits() << CELLS.ilog2()).wrapping_add(self.first_cell).wrapping_neg()
    }

    /// Where in the index frequencies below [`FREQUENCIES`], added to [`WHOLE`], and `whole` =
    /// alpha + T from alpha to [`end`](Tables::end) are.
    #[inline(always)]
    pub(crate) fn slot(origin: u64, frequency: Two, whole: Two) -> Two {
        let cell = whole.bits_down(CELL_SHIFT).bits_plus(origin);
        frequency.bits_up(CELLS.ilog2()).bits_sum(cell)
    }

    /// Where the pairs of the slot's cell begin, or [`UNMADE`] or [`EXACT`]. The last slot,
    /// where all bits are set, is of no cell.
    #[inline(always)]
    pub(crate) fn find(&self, slot: u32) -> u32 {
        self.index[slot as usize % SLOTS]
    }

    /// Makes the cell of a slot if it is not there yet.
    pub(crate) fn make(&mut self, bg_nbd: &BgNbd, ahead: &Ahead, slot: u32) -> u32 {
        let slot = slot as usize % SLOTS;
        if self.index[slot] == UNMADE && slot != SLOTS - 1 {
            self.index[slot] = self.made(bg_nbd, ahead, slot / CELLS, slot % CELLS);
        }
        self.index[slot]
    }

    /// The pairs, column by column: of each cell found before its pair has the cell's index;
    /// and which of the two lanes is money.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&[Pair], [bool; 2])> {
        self.lanes.chunks(2).enumerate().map(|(i, lanes)| {
            let is_money = |lane| lanes.get::<usize>(lane).is_some_and(|lane| lane.is_money());
            (self.pairs.get(i..).unwrap_or_default(), [is_money(0), is_money(1)])
        })
    }

    /// v, where in its cell alpha + T lies: what the bits that do not choose the cell say.
    #[inline(always)]
    pub(crate) fn place(whole: Two) -> Two {
        const WITHIN: u64 = (1 << CELL_SHIFT) - 1;
        let one = Two::all(1.0);
        let fraction = (whole & Two::of_bits(WITHIN)) | one;
        (fraction - one) * Two::all((2 << CELL_BITS) as f64) - one
    }

    /// Makes a cell and checks it.
    #[cold]
    fn made(&mut self, bg_nbd: &BgNbd, ahead: &Ahead, frequency: usize, cell: usize) -> u32 {
        let low = f64::from_bits((self.first_cell + cell as u64) << CELL_SHIFT);
        let high = f64::from_bits((self.first_cell + cell as u64 + 1) << CELL_SHIFT);
        let at = |v: f64| low + (high - low) * (0.5 * (v + 1.0));
        // Every lane of a living customer of this frequency and alpha + T, place by place.
        let pairs = self.lanes.len().div_ceil(2).max(1);
        let mut exact = vec![0.0; (TERMS + CHECKS.len()) * 2 * pairs];
        for (&v, lanes) in NODES.iter().chain(&CHECKS).zip(exact.chunks_mut(2 * pairs)) {
            let alive = bg_nbd.posterior(frequency as f64, at(v));
            ahead.of_the_living(&alive, &self.lanes, lanes);
        }
        let (nodes, checks) = exact.split_at(TERMS * 2 * pairs);

        let begin = self.pairs.len();
        for pair in 0..pairs {
            self.pairs.push(polynomial(core::array::from_fn(|node| {
                let value = 2 * (node * pairs + pair);
                Two::new(nodes[value], nodes[value + 1])
            })));
        }
        let good = CHECKS.iter().zip(checks.chunks(2 * pairs)).all(|(&v, exact)| {
            let pairs = self.pairs[begin..].iter();
            let tabulated = pairs.flat_map(|pair| evaluate(pair, v).numbers());
            exact.iter().zip(tabulated).take(self.lanes.len()).all(|(exact, tabulated)| {
                libm::fabs(tabulated - exact) <= MOST_ERROR * exact && *exact > 1e-250
            })
        });
        if !good {
            self.pairs.truncate(begin);
            return EXACT;
        }
        begin as u32
    }
}

/// Both polynomials of a pair at v; even and odd powers by themselves, since no sum has to
/// wait for the other then.
#[inline(always)]
pub(crate) fn evaluate(pair: &Pair, v: f64) -> Two {
    let [c0, c1, c2, c3, c4, c5, c6] = *pair;
    let v = Two::all(v);
    let u = v * v;
    (((c6 * u + c4) * u + c2) * u + c0) + ((c5 * u + c3) * u + c1) * v
}

/// The coefficients, lowest first, of the polynomials through these values at [`NODES`]:
/// Newton's divided differences, multiplied out.
fn polynomial(mut differences: Pair) -> Pair {
    let node = |i: usize| Two::all(NODES[i]);
    for order in 1..TERMS {
        for i in (order..TERMS).rev() {
            differences[i] = (differences[i] - differences[i - 1]) / (node(i) - node(i - order));
        }
    }
    let mut coefficients = [Two::all(0.0); TERMS];
    for i in (0..TERMS).rev() {
        // (what there is) (v - node) + difference
        for k in (1..TERMS).rev() {
            coefficients[k] = coefficients[k - 1] - node(i) * coefficients[k];
        }
        coefficients[0] = differences[i] - node(i) * coefficients[0];
    }
    coefficients
}
