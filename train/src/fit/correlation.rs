//! Whether those who buy often pay more or less each time, which Gamma-Gamma assumes away.

use super::histories::{FoldedHistory, customers};

/// Pearson's correlation of frequency and monetary value over the customers who came back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correlation {
    /// -1..1.
    pub coefficient: f64,
    /// The customers it was taken over.
    pub customers: u64,
}

impl Correlation {
    /// From here on, one way or the other, frequency tells a tenth of what there is to know
    /// about a customer's mean spend (0.3^2; Cohen's "medium"), and Gamma-Gamma, which does not
    /// look at it, misjudges the value of the frequent, who make up most of the total. Fader
    /// and Hardie found 0.11 on CDNOW and let it pass.
    pub const MATTERS: f64 = 0.3;

    /// It is large enough to matter, and beyond chance: 1.96 standard errors from 0 by
    /// Fisher's transformation.
    pub fn matters(&self) -> bool {
        let errors = libm::atanh(self.coefficient.abs())
            * libm::sqrt((self.customers as f64 - 3.0).max(0.0));
        self.coefficient.abs() >= Self::MATTERS && errors >= 1.96
    }
}

/// Of spend histories; `None` where all have one frequency or one mean.
pub(super) fn correlation(histories: &[FoldedHistory]) -> Option<Correlation> {
    let n = customers(histories);
    let mean = |of: &dyn Fn(&FoldedHistory) -> f64| {
        histories.iter().map(|history| history.count * of(history)).sum::<f64>() / n
    };
    let x = mean(&|history| history.frequency);
    let m = mean(&|history| history.rest[0]);
    let xx = mean(&|history| (history.frequency - x) * (history.frequency - x));
    let mm = mean(&|history| (history.rest[0] - m) * (history.rest[0] - m));
    let xm = mean(&|history| (history.frequency - x) * (history.rest[0] - m));
    // Where all are alike the deviations are rounding, and so would their quotient be.
    let varied = xx > 1e-24 * x * x && mm > 1e-24 * m * m;
    let coefficient = (xm / libm::sqrt(xx) / libm::sqrt(mm)).clamp(-1.0, 1.0);
    varied.then_some(Correlation { coefficient, customers: n as u64 })
}
