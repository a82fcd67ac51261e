//! The one table of tolerances: how far from 50-digit arithmetic each quantity may be,
//! relative, over the hard grid of `tests/golden/hard.csv`. Each is a few times what is
//! measured there (which `cargo test --test golden -- --nocapture` prints), so that a lost
//! digit fails.

#![allow(dead_code, unreachable_pub)] // each test uses some of it

pub const PROBABILITY_ALIVE: f64 = 2e-14;
pub const EXPECTED_PURCHASES: f64 = 2e-14;
pub const PROBABILITY_OF_PURCHASE: f64 = 2e-14;
pub const DISCOUNTED_PURCHASES: f64 = 2e-14;
pub const EXPECTED_AVERAGE_PROFIT: f64 = 1e-15;
pub const POPULATION_MEAN: f64 = 1e-15;
pub const DAILY_RATE: f64 = 1e-15;
pub const CUSTOMER_LIFETIME_VALUE: f64 = 2e-14;
pub const RESIDUAL_LIFETIME_VALUE: f64 = 2e-14;
/// Over `tests/golden/counts.csv`.
pub const PROBABILITY_OF_COUNT: f64 = 1e-12;
pub const TIME_TO_NEXT_PURCHASE: f64 = 3e-13;
/// `predict` against `predict_batch`.
pub const BATCH: f64 = 1e-13;
/// The same where customers are like CDNOW's.
pub const TABLES: f64 = 2e-14;

/// Expectations by power series against those by quadrature.
pub const SERIES_AND_MIXTURE: f64 = 1e-14;
/// All counts together against 1, their mean against the expected purchases.
pub const COUNTS_TOGETHER: f64 = 1e-12;
/// Probabilities of which one is left where the other is not, together against 1.
pub const COMPLEMENT: f64 = 3e-16;
/// One horizon against a nearer one and what is between the two.
pub const HORIZONS_TOGETHER: f64 = 1e-12;
/// By how much a longer horizon, asked for by itself, may come to less than a shorter one: where
/// a customer has bought all that there will be, both are the same sum, rounded differently.
pub const STANDING_STILL: f64 = 2e-14;
/// Counts with every parameter anywhere among the doubles, far outside the hard grid.
pub const ANYWHERE: f64 = 1e-9;

/// Below this a double has not all its digits, and no relative error is asked of it.
const SMALLEST_NORMAL: f64 = f64::MIN_POSITIVE;

/// The relative error of a result; 0 where both are too small to tell.
pub fn error(got: f64, expected: f64) -> f64 {
    if got == expected || (got.abs() < SMALLEST_NORMAL && expected.abs() < SMALLEST_NORMAL) {
        0.0
    } else {
        ((got - expected) / expected).abs()
    }
}
