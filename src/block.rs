//! A block of rows worked off from the tables, step by step over all of them.
//!
//! Each step is a loop over arrays with no call and hardly a branch, which becomes vector
//! instructions where the machine has them.

use alloc::vec;
use alloc::vec::Vec;

use crate::batch::{Output, Profiles};
use crate::model::Model;
use crate::special::elementary::{exp_of_minus, ln_1p_of};
use crate::special::lanes::{Lanes, Two};
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

/// The constants of a model, and what the steps hand on.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    alpha: f64,
    margin: f64,
    population_mean: f64,
    /// Where each segment but the last begins.
    bands: Vec<f64>,
    frequencies: [Frequency; FREQUENCIES],
    /// The rows that the tables do not serve, in order.
    left: Vec<u16>,
    /// Of each row the frequency, the cell, the place in it, P(alive) and E[M].
    frequency: [u8; BLOCK],
    cell: [u32; BLOCK],
    place: Numbers,
    alive: Numbers,
    profit: Numbers,
    /// What is looked up, a column each.
    lanes: Vec<Numbers>,
}

impl Block {
    pub(crate) fn new(model: &Model, lanes: usize) -> Block {
        let (bg_nbd, gamma_gamma) = (model.bg_nbd(), model.gamma_gamma());
        let population_mean = gamma_gamma.population_mean();
        let frequencies = core::array::from_fn(|x| {
            let x = x as f64;
            // As in GammaGamma::expected_average_profit.
            let k = (gamma_gamma.q - 1.0) / gamma_gamma.p / x;
            let odds = bg_nbd.a / (bg_nbd.b + (x - 1.0));
            Frequency {
                s: bg_nbd.r + x,
                odds: if x > 0.0 { odds } else { 0.0 },
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
            frequencies,
            left: Vec::new(),
            frequency: [0; BLOCK],
            cell: [NO_CELL; BLOCK],
            place: [0.0; BLOCK],
            alive: [0.0; BLOCK],
            profit: [0.0; BLOCK],
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
    pub(crate) fn fill(
        &mut self,
        tables: &mut Tables,
        profiles: &Profiles<'_>,
        outputs: &[Output],
        columns: &mut [&mut [f64]],
        segment: Option<&mut [u8]>,
    ) {
        let rows = profiles.frequency.len();
        self.choose(tables, profiles);
        self.work_out_alive(profiles);
        self.work_out_profit(profiles);
        self.look_up(tables);
        let mut lanes = self.lanes.iter();
        for (output, column) in outputs.iter().zip(columns) {
            let values = match output {
                Output::ProbabilityAlive => &self.alive,
                Output::ExpectedAverageProfit => &self.profit,
                _ => lanes.next().unwrap_or(&self.alive),
            };
            column.copy_from_slice(&values[..rows]);
        }
        if let (Some(segment), Some(values)) = (segment, self.lanes.get(tables.segment_lane())) {
            for (to, &value) in segment.iter_mut().zip(values) {
                // The bands descend, so this counts those that the value does not reach.
                *to = self.bands.iter().map(|&band| u8::from(value < band)).sum();
            }
        }
    }

    /// Finds the cell of each row, and its place there.
    ///
    /// The rules of a profile, and what the tables ask besides, are put to the bits of the
    /// numbers: as unsigned integers those of positive numbers are in order, and those of
    /// negative ones, of infinity and of NaN come after. What is not plain goes the long
    /// way, which knows what to say of it.
    fn choose(&mut self, tables: &mut Tables, profiles: &Profiles<'_>) {
        /// 2^52: a number below it that is added to it stands, rounded, in its last bits.
        const WHOLE: f64 = 4503599627370496.0;
        const INFINITE: u64 = f64::INFINITY.to_bits();
        const MANY: u64 = (FREQUENCIES as f64).to_bits();
        const UNKNOWN: u64 = f64::NAN.to_bits();
        const MUCH: u64 = MOST_AMOUNT.to_bits();
        self.left.clear();
        self.cell = [NO_CELL; BLOCK];
        let amounts = profiles.monetary_value.unwrap_or(&[f64::NAN; BLOCK]);
        let columns = profiles.recency.iter().zip(profiles.T).zip(amounts);
        let rows = profiles.frequency.iter().zip(columns).take(BLOCK).enumerate();
        for (row, (&x, ((&t_x, &age), amount))) in rows {
            let shifted = x + WHOLE;
            let (once, amount) = (x.to_bits() == 0, amount.to_bits());
            let plain = (x.to_bits() < MANY)
                & (shifted - WHOLE == x)
                & (t_x.to_bits() < INFINITE)
                & ((age - t_x).to_bits() < INFINITE)
                & ((t_x.to_bits() == 0) == once)
                & ((amount.wrapping_sub(1) < MUCH) | (amount == UNKNOWN) | ((amount == 0) & once));
            let frequency = shifted.to_bits() as usize % FREQUENCIES;
            let whole = self.alpha + age;
            let cell = if plain { tables.find(frequency, whole) } else { None };
            if let Some(cell) = cell {
                self.cell[row] = cell;
                self.frequency[row] = frequency as u8;
                self.place[row] = Tables::place(whole);
            } else {
                self.frequency[row] = 0;
                self.left.push(row as u16);
            }
        }
    }

    /// P(alive) of the rows that have a cell; see [`BgNbd::probability_alive`].
    ///
    /// [`BgNbd::probability_alive`]: crate::BgNbd::probability_alive
    fn work_out_alive(&mut self, profiles: &Profiles<'_>) {
        // One-time buyers, the most of all, have nothing to be worked out: the others are
        // gathered and put back.
        let mut rows = [0_u8; BLOCK];
        let mut count = 0;
        for row in 0..profiles.frequency.len() {
            self.alive[row] = 1.0;
            rows[count % BLOCK] = row as u8;
            count += usize::from(self.frequency[row] > 0);
        }
        let mut far = false;
        for i in (0..count).step_by(2) {
            // At the end of an odd number the last row is worked out twice.
            let (one, other) = (rows[i], rows[usize::min(i + 1, count - 1)]);
            let (one, other) = (usize::from(one) % BLOCK, usize::from(other) % BLOCK);
            let frequency = |row| self.frequencies[usize::from(self.frequency[row]) % FREQUENCIES];
            let (first, second) = (frequency(one), frequency(other));
            let both = |column: &[f64]| Two::new(column[one], column[other]);
            let t_x = both(profiles.recency);
            let silence = both(profiles.T) - t_x;
            let exponent =
                Two::new(first.s, second.s) * ln_1p_of(silence, Two::all(self.alpha) + t_x);
            let power = exp_of_minus(exponent);
            let [p, q] = (power / (power + Two::new(first.odds, second.odds))).numbers();
            self.alive[one] = p;
            self.alive[other] = q;
            let [e, f] = exponent.numbers();
            far |= (e > MOST_EXPONENT) | (f > MOST_EXPONENT);
        }
        if far {
            self.leave_far(profiles);
        }
    }

    /// Leaves the rows whose P(alive) is so small that its rounding would show.
    #[cold]
    fn leave_far(&mut self, profiles: &Profiles<'_>) {
        self.left.clear();
        for row in 0..profiles.frequency.len() {
            let t_x = profiles.recency[row];
            let s = self.frequencies[usize::from(self.frequency[row]) % FREQUENCIES].s;
            if self.frequency[row] > 0
                && s * ln_1p_of(profiles.T[row] - t_x, self.alpha + t_x) > MOST_EXPONENT
            {
                self.cell[row] = NO_CELL;
            }
            if self.cell[row] == NO_CELL {
                self.left.push(row as u16);
            }
        }
    }

    /// E[M]; see [`GammaGamma::expected_average_profit`].
    ///
    /// [`GammaGamma::expected_average_profit`]: crate::GammaGamma::expected_average_profit
    fn work_out_profit(&mut self, profiles: &Profiles<'_>) {
        let Some(amounts) = profiles.monetary_value else {
            self.profit = [self.population_mean; BLOCK];
            return;
        };
        let rows = amounts.iter().zip(&self.frequency).zip(&mut self.profit);
        for ((&amount, &frequency), to) in rows {
            let frequency = &self.frequencies[usize::from(frequency) % FREQUENCIES];
            let profit = frequency.own * amount + frequency.population;
            // The amount was not given.
            *to = if profit.is_nan() { self.population_mean } else { profit };
        }
    }

    /// Looks up what the cells hold, and puts it together with P(alive) and E[M].
    fn look_up(&mut self, tables: &Tables) {
        let (lanes, _) = self.lanes.as_chunks_mut::<2>();
        for row in 0..BLOCK {
            if self.cell[row] == NO_CELL {
                continue;
            }
            // What purchases and money are multiplied by. Nothing overflows: the parameters
            // and the amounts are too small for that.
            let alive = self.alive[row];
            let money = alive * (self.profit[row] * self.margin);
            for ((pair, factors), [one, other]) in tables.pairs(self.cell[row]).zip(&mut *lanes) {
                let values = evaluate(pair, self.place[row]) * factors.of(alive, money);
                [one[row], other[row]] = values.numbers();
            }
        }
    }
}
