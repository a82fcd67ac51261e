//! A block of rows worked off from the tables, step by step over all of them.
//!
//! Each step is a loop over arrays with no call and hardly a branch, which becomes vector
//! instructions where the machine has them.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use crate::batch::{Ahead, Output, Profiles};
use crate::bg_nbd::BgNbd;
use crate::model::Model;
use crate::model_file::Band;
use crate::special::elementary::{exp_of_minus, ln_1p_of};
use crate::special::lanes::{Lanes, Two};
use crate::tables::{EXACT, FREQUENCIES, Pair, Tables, WHOLE, evaluate};

/// Rows worked off together: few enough that what the steps hand on stays in the nearest
/// cache. A power of 2, so that a remainder is always an index.
pub(crate) const BLOCK: usize = 128;
/// Above this exponent of P(alive) its rounding, some 3e-16 of it, would show.
pub(crate) const MOST_EXPONENT: f64 = 128.0;
/// Above this amount a product of profit and purchases might overflow.
pub(crate) const MOST_AMOUNT: f64 = 1e150;

type Numbers = [f64; BLOCK];
static UNKNOWN: Numbers = [f64::NAN; BLOCK];

/// A column of a block as an array, whose length the steps need not ask for; one that is too
/// short is put into `room` and filled up with rows that break a rule.
fn whole<'a>(column: &'a [f64], room: &'a mut Vec<f64>) -> &'a Numbers {
    if let Ok(whole) = column.try_into() {
        return whole;
    }
    room.extend_from_slice(column);
    room.resize(BLOCK, f64::NAN);
    room[..].try_into().unwrap_or(&UNKNOWN)
}

/// Both rows of this pair of rows.
#[inline(always)]
fn both(column: &Numbers, pair: usize) -> Two {
    let row = pair * 2 % BLOCK;
    Two::new(column[row], column[row + 1])
}

#[inline(always)]
fn set_both(column: &mut Numbers, pair: usize, values: Two) {
    let row = pair * 2 % BLOCK;
    [column[row], column[row + 1]] = values.numbers();
}

/// The numbers of a row that the rules are about.
#[derive(Clone, Copy)]
struct Rows<'a> {
    frequency: &'a Numbers,
    recency: &'a Numbers,
    age: &'a Numbers,
    amount: &'a Numbers,
}

/// What the steps hand on.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The rows that the tables do not serve, in order.
    left: Vec<u8>,
    /// Of each row the slot and the cell, the place in the cell, P(alive), E[M], and what money
    /// is multiplied by.
    slot: [u32; BLOCK],
    cell: [u32; BLOCK],
    place: Numbers,
    alive: Numbers,
    profit: Numbers,
    money: Numbers,
    /// The rows whose P(alive) is to be worked out, as many as the number says.
    buyers: [u8; BLOCK],
    buyers_count: usize,
    /// For what is looked up and has no column.
    spare: [Numbers; 2],
}

impl Block {
    pub(crate) const NEW: Block = Block {
        left: Vec::new(),
        slot: [0; BLOCK],
        cell: [0; BLOCK],
        place: [0.0; BLOCK],
        alive: [0.0; BLOCK],
        profit: [0.0; BLOCK],
        money: [0.0; BLOCK],
        buyers: [0; BLOCK],
        buyers_count: 0,
        spare: [[0.0; BLOCK]; 2],
    };

    /// Leaves all rows to be worked out one by one.
    pub(crate) fn leave_all(&mut self, rows: usize) {
        self.cell = [EXACT; BLOCK];
        self.leave(rows);
    }

    /// Leaves the rows without a cell to be worked out one by one.
    fn leave(&mut self, rows: usize) {
        self.left.clear();
        self.left.extend((0..rows as u8).filter(|&row| self.cell[usize::from(row)] <= EXACT));
    }

    /// The rows that are to be worked out one by one, in order.
    pub(crate) fn left(&self) -> &[u8] {
        &self.left
    }

    /// Works the rows out, but for those that are [`left`](Block::left).
    pub(crate) fn fill(
        &mut self,
        model: &Model,
        ahead: &Ahead,
        tables: &mut Tables,
        profiles: &Profiles<'_>,
    ) {
        let count = profiles.frequency.len();
        // Only the last block needs it: clearing arrays for each would be told by a stopwatch.
        let mut room = [const { Vec::new() }; 4];
        let [frequency, recency, age, amount] = &mut room;
        let rows = Rows {
            frequency: whole(profiles.frequency, frequency),
            recency: whole(profiles.recency, recency),
            age: whole(profiles.T, age),
            amount: profiles.monetary_value.map_or(&UNKNOWN, |amounts| whole(amounts, amount)),
        };
        let bg_nbd = model.bg_nbd();
        let mut all_there = self.choose(model, tables, rows);
        if !all_there {
            self.make(bg_nbd, ahead, tables);
        }
        if self.work_out_alive(bg_nbd, rows) > MOST_EXPONENT {
            self.leave_far(bg_nbd, rows);
            all_there = false;
        }
        self.left.clear();
        if !all_there {
            self.leave(count);
        }
        self.work_out_money(model.file().margin);
    }

    /// Puts what is worked out and what is looked up into some rows of the columns, as many as
    /// were worked out.
    pub(crate) fn put(
        &mut self,
        tables: &Tables,
        outputs: &[Output],
        columns: &mut [&mut [f64]],
        rows: Range<usize>,
    ) {
        if rows.len() == BLOCK {
            return self.put_whole(tables, outputs, columns, rows.start);
        }
        let mut room = vec![0.0; BLOCK * columns.len()];
        let mut whole: Vec<&mut [f64]> = room.chunks_mut(BLOCK).collect();
        self.put_whole(tables, outputs, &mut whole, 0);
        for (column, values) in columns.iter_mut().zip(whole) {
            column[rows.clone()].copy_from_slice(&values[..rows.len()]);
        }
    }

    /// Fills the segments by their values: this column's, or if it has none what was looked up
    /// for them.
    pub(crate) fn fill_segment(&self, bands: &[Band], values: Option<&[f64]>, segment: &mut [u8]) {
        // Every value reaches the last.
        let Some((_, bands)) = bands.split_last() else { return };
        for (to, &value) in segment.iter_mut().zip(values.unwrap_or(&self.spare[0])) {
            // The bands descend, so this counts those that the value does not reach.
            *to = bands.iter().map(|band| u8::from(value < band.min_value)).sum();
        }
    }

    /// The same of a whole block, from a row of the columns on.
    fn put_whole(
        &mut self,
        tables: &Tables,
        outputs: &[Output],
        columns: &mut [&mut [f64]],
        start: usize,
    ) {
        let Block { cell, place, alive, profit, money, spare, .. } = self;
        let [spare, other_spare] = spare;
        for (output, column) in outputs.iter().zip(columns.iter_mut()) {
            let worked_out = match output {
                Output::ProbabilityAlive => &*alive,
                Output::ExpectedAverageProfit => &*profit,
                _ => continue,
            };
            column[start..start + BLOCK].copy_from_slice(worked_out);
        }
        let lanes = outputs.iter().zip(columns).filter(|(output, _)| output.is_tabulated());
        let lanes = lanes.filter_map(|(_, column)| column[start..].first_chunk_mut());
        // The lane of the segment has no column if nobody asked for it; nor has the second one
        // of the last pair if they are odd.
        let mut lanes = lanes.chain([spare, other_spare]);
        for (pairs, is_money) in tables.pairs() {
            let (Some(one), Some(other)) = (lanes.next(), lanes.next()) else { return };
            let factors = is_money.map(|is_money| if is_money { &*money } else { &*alive });
            look_up(pairs, cell, place, factors, [one, other]);
        }
    }

    /// Finds the cell of each row and its place there, its E[M], and the repeat buyers. Returns
    /// whether every row has a cell.
    ///
    /// A row is plain if it keeps the rules of a profile, and what the tables ask besides; what
    /// is not plain goes the long way, which knows what to say of it.
    ///
    /// For E[M] see [`GammaGamma::expected_average_profit`].
    ///
    /// [`GammaGamma::expected_average_profit`]: crate::GammaGamma::expected_average_profit
    fn choose(&mut self, model: &Model, tables: &Tables, rows: Rows<'_>) -> bool {
        let zero = Two::all(0.0);
        let (origin, end) = (tables.origin(), Two::all(tables.end()));
        let spend = model.gamma_gamma();
        // How many purchases the population's mean is worth.
        let worth = Two::all((spend.q - 1.0) / spend.p);
        let population = Two::all(spend.population_mean());
        let alpha = Two::all(model.bg_nbd().alpha);
        let (mut count, mut least) = (0, u32::MAX);
        // No more than this is done row by row.
        let mut for_row = |row: usize, slot: u32, repeat: u64| {
            let (row, cell) = (row % BLOCK, tables.find(slot));
            self.slot[row] = slot;
            self.cell[row] = cell;
            least = least.min(cell);
            self.buyers[count % BLOCK] = row as u8;
            count += repeat as usize & 1;
        };
        for pair in 0..BLOCK / 2 {
            let (x, t_x) = (both(rows.frequency, pair), both(rows.recency, pair));
            let (age, amount) = (both(rows.age, pair), both(rows.amount, pair));
            let shifted = x + Two::all(WHOLE);
            let whole = alpha + age;
            let once = x.is(zero);
            let plain = x.is_from(zero)
                & Two::all(FREQUENCIES as f64).is_above(x)
                & (shifted - Two::all(WHOLE)).is(x)
                & t_x.is_from(zero)
                & age.is_from(t_x)
                & end.is_above(whole);
            // NaN, an amount that was not given, is none of these.
            let broken = (t_x.is(zero) ^ once)
                | zero.is_above(amount)
                | amount.is_above(Two::all(MOST_AMOUNT))
                | amount.is(zero).except(once);
            let plain = plain.except(broken);
            set_both(&mut self.place, pair, Tables::place(whole));
            let own = x * amount;
            let mean = (own + worth * population) / (x + worth);
            set_both(&mut self.profit, pair, own.is_above(zero).choose(mean, population));
            let slots = Tables::slot(origin, shifted, whole) | Two::of_bits(u64::MAX).except(plain);
            let [first, second] = slots.bits();
            let [one, other] = plain.except(once).bits();
            for_row(pair * 2, first as u32, one);
            for_row(pair * 2 + 1, second as u32, other);
        }
        self.buyers_count = count;
        least > EXACT
    }

    /// Makes the cells that are not there yet.
    #[cold]
    fn make(&mut self, bg_nbd: &BgNbd, ahead: &Ahead, tables: &mut Tables) {
        for (cell, &slot) in self.cell.iter_mut().zip(&self.slot) {
            if *cell <= EXACT {
                *cell = tables.make(bg_nbd, ahead, slot);
            }
        }
    }

    /// P(alive) of the rows that have a cell; see [`BgNbd::probability_alive`]. Returns the
    /// largest exponent met.
    ///
    /// [`BgNbd::probability_alive`]: crate::BgNbd::probability_alive
    fn work_out_alive(&mut self, bg_nbd: &BgNbd, rows: Rows<'_>) -> f64 {
        // One-time buyers, the most of all, have nothing to be worked out.
        self.alive = [1.0; BLOCK];
        let (r, alpha) = (Two::all(bg_nbd.r), Two::all(bg_nbd.alpha));
        let (a, b) = (Two::all(bg_nbd.a), Two::all(bg_nbd.b));
        let mut largest = Two::all(0.0);
        for i in (0..self.buyers_count).step_by(2) {
            // At the end the last row is worked out twice if they are odd.
            let row =
                |i: usize| usize::from(self.buyers[i.min(self.buyers_count - 1) % BLOCK]) % BLOCK;
            let (i, j) = (row(i), row(i + 1));
            let of = |column: &Numbers| Two::new(column[i], column[j]);
            let (x, t_x) = (of(rows.frequency), of(rows.recency));
            let exponent = (r + x) * ln_1p_of(of(rows.age) - t_x, alpha + t_x);
            // 1 / (1 + a / (b + x - 1) / power)
            let power = exp_of_minus(exponent) * (b + (x - Two::all(1.0)));
            [self.alive[i], self.alive[j]] = (power / (power + a)).numbers();
            largest = largest.or_larger(exponent);
        }
        let [one, other] = largest.numbers();
        f64::max(one, other)
    }

    /// Takes their cells from rows whose P(alive) is so small that its rounding would show.
    #[cold]
    fn leave_far(&mut self, bg_nbd: &BgNbd, rows: Rows<'_>) {
        for &row in self.buyers[..self.buyers_count].iter() {
            let row = usize::from(row) % BLOCK;
            let (x, t_x) = (rows.frequency[row], rows.recency[row]);
            let exponent = (bg_nbd.r + x) * ln_1p_of(rows.age[row] - t_x, bg_nbd.alpha + t_x);
            if exponent > MOST_EXPONENT {
                self.cell[row] = EXACT;
            }
        }
    }

    /// What money is multiplied by. Nothing overflows: the parameters and the amounts are too
    /// small for that.
    fn work_out_money(&mut self, margin: f64) {
        let margin = Two::all(margin);
        for pair in 0..BLOCK / 2 {
            let money = both(&self.alive, pair) * (both(&self.profit, pair) * margin);
            set_both(&mut self.money, pair, money);
        }
    }
}

/// Looks up what the cells hold in two columns, and multiplies it by its factors.
fn look_up(
    pairs: &[Pair],
    cell: &[u32; BLOCK],
    place: &Numbers,
    [first, second]: [&Numbers; 2],
    [one, other]: [&mut Numbers; 2],
) {
    for row in 0..BLOCK {
        let Some(pair) = pairs.get(cell[row] as usize) else { continue };
        let values = evaluate(pair, place[row]) * Two::new(first[row], second[row]);
        [one[row], other[row]] = values.numbers();
    }
}
