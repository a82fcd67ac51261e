//! The rows of a table as the likelihoods walk through them: sorted, and those alike folded
//! into one.
//!
//! Sorting makes a fit forget the rows' order and how they were folded, to the last bit; and
//! it brings together the rows of one frequency, on which the gamma functions depend alone.
//! It pays from the second evaluation on: a million rows are sorted in the time of three.

use libm::log;

use crate::RfmTable;

/// Several customers with one history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FoldedHistory {
    /// x.
    pub(super) frequency: f64,
    /// For purchases T and t_x, for spend m and ln m.
    pub(super) rest: [f64; 2],
    /// Customers.
    pub(super) count: f64,
}

/// Every (frequency, T, recency) once, sorted.
pub(super) fn purchases(table: &RfmTable) -> Vec<FoldedHistory> {
    let rows = 0..table.frequency.len();
    fold(rows.map(|row| FoldedHistory {
        frequency: table.frequency[row],
        rest: [table.T[row], table.recency[row]],
        count: table.count[row] as f64,
    }))
}

/// Every (frequency, monetary value) of those who came back and paid something, once, sorted.
pub(super) fn spend(table: &RfmTable) -> Vec<FoldedHistory> {
    let rows = 0..table.frequency.len();
    // A mean of 0, which no gamma distribution has, is left out; so is NaN, by the comparison.
    let told = rows.filter(|&row| table.frequency[row] > 0.0 && table.monetary_value[row] > 0.0);
    fold(told.map(|row| FoldedHistory {
        frequency: table.frequency[row],
        rest: [table.monetary_value[row], log(table.monetary_value[row])],
        count: table.count[row] as f64,
    }))
}

fn fold(rows: impl Iterator<Item = FoldedHistory>) -> Vec<FoldedHistory> {
    let mut rows: Vec<FoldedHistory> = rows.collect();
    rows.sort_unstable_by(|one, other| {
        let [one, other] = [one, other].map(|row| (row.frequency, row.rest));
        // No NaN has come this far.
        one.partial_cmp(&other).unwrap_or(std::cmp::Ordering::Equal)
    });
    rows.dedup_by(|next, first| {
        let alike = next.frequency == first.frequency && next.rest == first.rest;
        if alike {
            first.count += next.count;
        }
        alike
    });
    rows
}

/// Customers in all.
pub(super) fn customers(histories: &[FoldedHistory]) -> f64 {
    histories.iter().map(|history| history.count).sum()
}

/// The histories in stretches of one frequency, and none so long that a plain sum over it
/// would round off more than a few bits.
pub(super) fn stretches(histories: &[FoldedHistory]) -> impl Iterator<Item = &[FoldedHistory]> {
    const LONGEST: usize = 256;
    histories
        .chunk_by(|one, next| one.frequency == next.frequency)
        .flat_map(|alike| alike.chunks(LONGEST))
}

/// Every `step`-th customer, begun at the `first`: a sample in which every frequency and age
/// has its share, since the histories are sorted.
pub(super) fn every(histories: &[FoldedHistory], step: u64, first: u64) -> Vec<FoldedHistory> {
    share(histories, |seen| (seen + step - 1 - first) / step)
}

/// All but those of [`every`].
pub(super) fn all_but_every(
    histories: &[FoldedHistory],
    step: u64,
    first: u64,
) -> Vec<FoldedHistory> {
    share(histories, |seen| seen - (seen + step - 1 - first) / step)
}

/// Of the first n customers `taken(n)` are taken.
fn share(histories: &[FoldedHistory], taken: impl Fn(u64) -> u64) -> Vec<FoldedHistory> {
    let mut seen = 0;
    let shares = histories.iter().map(|history| {
        let before = taken(seen);
        seen += history.count as u64;
        FoldedHistory { count: (taken(seen) - before) as f64, ..*history }
    });
    shares.filter(|history| history.count > 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(f64, f64, f64, f64, u64)]) -> RfmTable {
        let mut table = RfmTable::default();
        for &(frequency, recency, age, monetary_value, count) in rows {
            table.push_numbers([frequency, recency, age, monetary_value], count);
        }
        table
    }

    #[test]
    fn alike_is_folded_whatever_the_order() {
        let mut rows = vec![
            (1.0, 5.0, 9.0, 2.0, 1),
            (0.0, 0.0, 9.0, f64::NAN, 3),
            (1.0, 5.0, 9.0, 0.0, 2),
            (0.0, 0.0, 8.0, f64::NAN, 1),
        ];
        let history = |frequency, rest, count| FoldedHistory { frequency, rest, count };
        for _ in 0..rows.len() {
            rows.rotate_left(1);
            let table = table(&rows);
            let expected = [
                history(0.0, [8.0, 0.0], 1.0),
                history(0.0, [9.0, 0.0], 3.0),
                history(1.0, [9.0, 5.0], 3.0),
            ];
            assert_eq!(purchases(&table), expected);
            assert_eq!(customers(&expected), 7.0);
            assert_eq!(spend(&table), [history(1.0, [2.0, 2.0_f64.ln()], 1.0)]);
        }
    }

    #[test]
    fn samples_part_the_customers() {
        let histories: Vec<FoldedHistory> = (0..50_u32)
            .map(|i| FoldedHistory {
                frequency: f64::from(i),
                rest: [1.0, 1.0],
                count: f64::from(1 + 7 * i % 5),
            })
            .collect();
        let all = customers(&histories);
        let mut in_samples = 0.0;
        for first in 0..5 {
            let (one, rest) = (every(&histories, 5, first), all_but_every(&histories, 5, first));
            assert!((customers(&one) - all / 5.0).abs() <= 1.0);
            assert_eq!(customers(&one) + customers(&rest), all);
            in_samples += customers(&one);
        }
        assert_eq!(in_samples, all);
    }
}
