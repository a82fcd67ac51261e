//! Made-up customers by a rule in integers, so that other languages draw the very same:
//! `tests/js/customers.mjs` is this file in JavaScript.

/// An endless row of customers.
pub(crate) struct Customers {
    state: u32,
}

/// Frequency, recency, T and monetary value; NaN stands for not given.
pub(crate) type Row = [f64; 4];

impl Customers {
    pub(crate) fn new(seed: u32) -> Self {
        Customers { state: seed }
    }

    /// A whole number below `bound`, by mulberry32.
    fn draw(&mut self, bound: u32) -> u32 {
        self.state = self.state.wrapping_add(0x6d2b_79f5);
        let mut t = self.state;
        t = (t ^ (t >> 15)).wrapping_mul(t | 1);
        t ^= t.wrapping_add((t ^ (t >> 7)).wrapping_mul(t | 61));
        (t ^ (t >> 14)) % bound
    }
}

impl Iterator for Customers {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        // One-time buyers, a few who buy all the time, and the many between.
        let x = match self.draw(8) {
            0 | 1 => 0,
            2 => self.draw(301),
            _ => self.draw(41),
        };
        // Time in 64ths of a day: four years at most, or fourteen to forty for some.
        let age = 1 + match self.draw(16) {
            0 => 320_000 + self.draw(640_000),
            _ => self.draw(96_000),
        };
        // Half have bought lately. The last purchase is never the first one, nor after T.
        let lately = self.draw(2) == 0;
        let silence = self.draw(if lately { age / 16 + 1 } else { age });
        let recency = if x == 0 { 0 } else { age - silence };
        let cents = match self.draw(8) {
            0 => None,
            _ => Some(1 + self.draw(30_000)),
        };
        // A few are wrong: their T is before the last purchase.
        let wrong = self.draw(512) == 0;
        let age = if wrong { f64::from(recency) - 1.0 } else { f64::from(age) };
        Some([
            f64::from(x),
            f64::from(recency) / 64.0,
            age / 64.0,
            cents.map_or(f64::NAN, |cents| f64::from(cents) / 100.0),
        ])
    }
}
