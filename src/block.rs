//! A block of rows worked off from the tables, step by step over all of them.
//!
//! Each step is a loop over arrays with no call and hardly a branch, which becomes vector
//! instructions where the machine has them.

use alloc::vec;
use alloc::vec::Vec;

use crate::batch::{Output, Profiles};
use crate::clv::discounted_value;
use crate::model::Model;
use crate::special::elementary::{exp_of_minus, ln_1p_of};
use crate::tables::{FREQUENCIES, Tables, evaluate};

/// Rows worked off together: few enough that what the steps hand on stays in the nearest
/// cache.
pub(crate) const BLOCK: usize = 128;
/// Above this exponent of P(alive) its rounding, some 3e-16 of it, would show.
const MOST_EXPONENT: f64 = 128.0;
/// Above this amount a product of profit and purchases might overflow.
const MOST_AMOUNT: f64 = 1e150;
/// Stands for the cell of a row that has none.
const NO_CELL: u32 = u32::MAX;

type Numbers = [f64; BLOCK];

/// What depends on the frequency alone.
#[derive(Clone, Copy, Debug)]
struct Frequency {
    /// r + x.
    s: f64,
    /// a / (b + x - 1); 0 for x = 0.
    odds: f64,
    /// E[M] is this times the customer's own mean ...
    own: f64,
    /// ... and this.
    population: f64,
}

/// The constants of a model, and room for the steps.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    alpha: f64,
    margin: f64,
    population_mean: f64,
    /// Where each segment but the last begins.
    bands: Vec<f64>,
    frequencies: Vec<Frequency>,
    /// The rows that the tables do not serve, in order.
    left: Vec<u16>,
    lanes: Vec<Numbers>,
}

impl Block {
    pub(crate) fn new(model: &Model, lanes: usize) -> Block {
        let (bg_nbd, gamma_gamma) = (model.bg_nbd(), model.gamma_gamma());
        let population_mean = gamma_gamma.population_mean();
        let frequencies = (0..FREQUENCIES).map(|x| {
            let x = x as f64;
            let one = |x: f64| if x > 0.0 { 1.0 } else { 0.0 };
            // As in GammaGamma::expected_average_profit.
            let k = (gamma_gamma.q - 1.0) / gamma_gamma.p / x;
            Frequency {
                s: bg_nbd.r + x,
                odds: one(x) * bg_nbd.a / (bg_nbd.b + (x - 1.0)),
                own: 1.0 / (1.0 + k),
                population: population_mean / (1.0 + 1.0 / k),
            }
        });
        let bands = &model.file().segments.bands;
        Block {
            alpha: bg_nbd.alpha,
            margin: model.file().margin,
            population_mean,
            bands: bands[..bands.len() - 1].iter().map(|band| band.min_value).collect(),
            frequencies: frequencies.collect(),
            left: Vec::new(),
            lanes: vec![[0.0; BLOCK]; lanes.next_multiple_of(2)],
        }
    }

    /// Leaves all rows to be worked out one by one.
    pub(crate) fn leave_all(&mut self, rows: usize) {
        self.left.clear();
        self.left.extend(0..rows as u16);
    }

    /// The rows that are to be worked out one by one.
    pub(crate) fn left(&self) -> &[u16] {
        &self.left
    }

    /// Fills the columns, but for the rows that are [`left`](Block::left).
    #[inline(never)]
    pub(crate) fn fill(
        &mut self,
        tables: &mut Tables,
        profiles: &Profiles<'_>,
        outputs: &[Output],
        columns: &mut [&mut [f64]],
        segment: Option<&mut [u8]>,
    ) {
        let rows = profiles.frequency.len();
        let mut amounts = [f64::NAN; BLOCK];
        if let Some(given) = profiles.monetary_value {
            amounts[..rows].copy_from_slice(given);
        }
        let mut frequencies = [0_u8; BLOCK];
        let mut cells = [NO_CELL; BLOCK];
        let mut places = [0.0; BLOCK];
        self.choose(tables, profiles, &amounts, &mut frequencies, &mut cells, &mut places);

        let mut alive = [1.0; BLOCK];
        self.alive(profiles, &frequencies, &mut alive);
        let mut profit = [0.0; BLOCK];
        for row in 0..rows {
            let frequency = self.frequencies[usize::from(frequencies[row])];
            let own = frequency.own * amounts[row] + frequency.population;
            profit[row] = if own.is_nan() { self.population_mean } else { own };
        }
        for row in 0..rows {
            if cells[row] == NO_CELL {
                continue;
            }
            let pairs = tables.pairs(cells[row]);
            for (lanes, pair) in self.lanes.as_chunks_mut::<2>().0.iter_mut().zip(pairs) {
                let [one, other] = evaluate(pair, places[row]);
                lanes[0][row] = one;
                lanes[1][row] = other;
            }
        }

        let mut lanes = self.lanes.iter();
        let mut next = || lanes.next().map_or(&[][..], |lane| &lane[..rows]);
        for (output, column) in outputs.iter().zip(columns) {
            match output {
                Output::ProbabilityAlive => column.copy_from_slice(&alive[..rows]),
                Output::ExpectedAverageProfit => column.copy_from_slice(&profit[..rows]),
                Output::ExpectedPurchases(_) | Output::ProbabilityOfPurchase(_) => {
                    for (to, (p, lane)) in column.iter_mut().zip(alive.iter().zip(next())) {
                        *to = p * lane;
                    }
                }
                Output::CustomerLifetimeValue(_) | Output::ResidualLifetimeValue => {
                    let parts = alive.iter().zip(next()).zip(&profit);
                    for (to, ((p, lane), profit)) in column.iter_mut().zip(parts) {
                        *to = discounted_value(*p, *lane, profit * self.margin);
                    }
                }
            }
        }
        if let (Some(segment), Some(lane)) = (segment, tables.segment_lane()) {
            for (row, to) in segment.iter_mut().enumerate() {
                let value =
                    discounted_value(alive[row], self.lanes[lane][row], profit[row] * self.margin);
                // The bands descend, so this counts those that the value does not reach.
                *to = self.bands.iter().map(|&band| u8::from(value < band)).sum();
            }
        }
    }

    /// Finds the cell of each row, and its place there.
    fn choose(
        &mut self,
        tables: &mut Tables,
        profiles: &Profiles<'_>,
        amounts: &Numbers,
        frequencies: &mut [u8; BLOCK],
        cells: &mut [u32; BLOCK],
        places: &mut Numbers,
    ) {
        self.left.clear();
        for (row, &x) in profiles.frequency.iter().enumerate() {
            let (t_x, age, amount) = (profiles.recency[row], profiles.T[row], amounts[row]);
            // The rules of a profile, and what the tables ask besides; whatever is not plain
            // goes the long way, which knows what to say of it.
            let whole_number = x as i32;
            let frequency = whole_number as u32 as usize;
            let plain = (f64::from(whole_number) == x)
                & (frequency < FREQUENCIES)
                & (t_x >= 0.0)
                & (t_x <= age)
                & ((t_x == 0.0) == (frequency == 0))
                & (amount.is_nan()
                    | ((amount < MOST_AMOUNT)
                        & ((amount > 0.0) | ((amount == 0.0) & (frequency == 0)))));
            let whole = self.alpha + age;
            let cell = if plain { tables.find(frequency, whole) } else { None };
            if let Some(cell) = cell {
                frequencies[row] = frequency as u8;
                cells[row] = cell;
                places[row] = Tables::place(whole);
            } else {
                self.left.push(row as u16);
            }
        }
    }

    /// P(alive) of the rows that have a cell; see [`BgNbd::probability_alive`].
    ///
    /// [`BgNbd::probability_alive`]: crate::BgNbd::probability_alive
    fn alive(&mut self, profiles: &Profiles<'_>, frequencies: &[u8; BLOCK], alive: &mut Numbers) {
        // One-time buyers, the most of all, have nothing to be worked out: the others are
        // gathered and put back.
        let mut rows = [0_u16; BLOCK];
        let mut count = 0;
        for (row, &x) in frequencies.iter().enumerate() {
            rows[count] = row as u16;
            count += usize::from(x > 0);
        }
        let (mut silence, mut whole) = ([0.0; BLOCK], [1.0; BLOCK]);
        let (mut s, mut odds) = ([0.0; BLOCK], [0.0; BLOCK]);
        for (i, &row) in rows[..count].iter().enumerate() {
            let row = usize::from(row);
            let t_x = profiles.recency[row];
            let frequency = &self.frequencies[usize::from(frequencies[row])];
            silence[i] = profiles.T[row] - t_x;
            whole[i] = self.alpha + t_x;
            s[i] = frequency.s;
            odds[i] = frequency.odds;
        }
        let mut exponent = [0.0; BLOCK];
        let mut probability = [0.0; BLOCK];
        for i in 0..count {
            exponent[i] = s[i] * ln_1p_of(silence[i], whole[i]);
            let power = exp_of_minus(exponent[i]);
            probability[i] = power / (power + odds[i]);
        }
        for (i, &row) in rows[..count].iter().enumerate() {
            alive[usize::from(row)] = probability[i];
        }
        if exponent[..count].iter().any(|&exponent| exponent > MOST_EXPONENT) {
            let far = rows[..count].iter().zip(&exponent);
            self.left.extend(far.filter(|(_, e)| **e > MOST_EXPONENT).map(|(row, _)| row));
            self.left.sort_unstable();
        }
    }
}
