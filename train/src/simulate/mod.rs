//! Orders drawn from a model.

mod csv;

pub use self::csv::write_simulated_csv;

use std::error::Error;
use std::fmt;

use edge_clv::{BgNbdParameters, GammaGammaParameters, ModelFile};
use rand_distr::{Beta, Distribution, Exp1, Gamma, Uniform};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;

use crate::days_of;

/// Whom to draw, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// Customers, who all buy at least once.
    pub customers: u64,
    /// Days that are observed, >= 1.
    pub days: u32,
    /// First purchases are spread evenly over so many of the first days, 1..=`days`.
    pub acquired_over: u32,
    /// One seed gives one log: the generator is PCG XSL RR 128/64 (O'Neill 2014), and it and
    /// the distributions are of versions that are pinned.
    pub seed: u64,
}

/// One purchase drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimulatedPurchase {
    /// When, in days from the beginning of the observation, 0 <= `at` < days.
    pub at: f64,
    /// What it was worth, > 0, in currency.
    pub amount: f64,
}

/// Draws the customers one by one, each with all purchases by time, the first included.
///
/// A customer's first purchase is at a random time of the first `acquired_over` days. From
/// then on the customer buys at a constant rate drawn from Gamma(r, alpha), after each
/// repeat purchase leaves with a probability drawn from Beta(a, b), and pays amounts drawn
/// from Gamma(p, nu) with nu drawn from Gamma(q, v): the assumptions of BG/NBD (Fader,
/// Hardie and Lee 2005) and of Gamma-Gamma (Fader and Hardie 2013). The model must be a
/// checked one; of a file that breaks its rules the outcome is an error or nonsense.
///
/// # Errors
/// Where no time is left to buy in, or customers of the model would buy too often to be
/// written down.
///
/// # Example
/// ```
/// use edge_clv_train::{Simulation, check_model, simulate};
///
/// let model = check_model(include_str!("../../../model/cdnow.json"))?;
/// let plan = Simulation { customers: 100, days: 273, acquired_over: 90, seed: 1 };
/// let customers: Vec<_> = simulate(&model, plan)?.collect();
/// assert_eq!(customers.len(), 100);
/// assert!(customers.iter().flatten().all(|purchase| purchase.at < 273.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn simulate(
    model: &ModelFile,
    plan: Simulation,
) -> Result<impl Iterator<Item = Vec<SimulatedPurchase>> + use<>, SimulationError> {
    /// Purchases that the average customer would make without leaving.
    const MOST_PURCHASES: f64 = 1e5;
    let Simulation { customers, days, acquired_over, seed } = plan;
    if !(1..=days).contains(&acquired_over) {
        return Err(SimulationError::AcquiredOver { acquired_over, days });
    }
    let BgNbdParameters { r, alpha, a, b } = model.bg_nbd;
    let alpha = days_of(model.time_unit) * alpha;
    let GammaGammaParameters { p, q, v } = model.gamma_gamma;
    let days = f64::from(days);
    // For r < 1 nobody's rate is far above 1/alpha, though the mean is far below.
    let purchases = r.max(1.0) / alpha * days;
    if purchases > MOST_PURCHASES {
        return Err(SimulationError::TooManyPurchases(purchases));
    }
    let parameter = |_| SimulationError::Parameters;
    let rates = Gamma::new(r, 1.0 / alpha).map_err(parameter)?;
    let leaving = Beta::new(a, b).map_err(|_| SimulationError::Parameters)?;
    let spend_rates = Gamma::new(q, 1.0 / v).map_err(parameter)?;
    let amounts = Gamma::new(p, 1.0).map_err(parameter)?;
    let begin = Uniform::new(0.0, f64::from(acquired_over))
        .map_err(|_| SimulationError::AcquiredOver { acquired_over, days: plan.days })?;

    let mut random = Pcg64::seed_from_u64(seed);
    Ok((0..customers).map(move |_| {
        let mut at: f64 = begin.sample(&mut random);
        let rate = rates.sample(&mut random);
        let leaves = leaving.sample(&mut random);
        let spend_rate = spend_rates.sample(&mut random);
        let mut purchases = Vec::new();
        loop {
            let amount = amounts.sample(&mut random) / spend_rate;
            purchases.push(SimulatedPurchase { at, amount });
            // From the second on, each may be the last.
            let stays = purchases.len() == 1 || unit(&mut random) >= leaves;
            let wait: f64 = Exp1.sample(&mut random);
            at += wait / rate;
            // A rate of 0 has no next purchase: the wait is infinite, or NaN.
            if !(stays && at < days) {
                return purchases;
            }
        }
    }))
}

/// Evenly from 0 up to, not including, 1.
fn unit(random: &mut Pcg64) -> f64 {
    rand_distr::StandardUniform.sample(random)
}

/// Why nothing was drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SimulationError {
    /// The days of first purchases are none, or more than are observed.
    AcquiredOver {
        /// The days of first purchases.
        acquired_over: u32,
        /// The days observed.
        days: u32,
    },
    /// So many purchases the average customer would make, if staying.
    TooManyPurchases(f64),
    /// A parameter is not finite or not above 0.
    Parameters,
}

impl fmt::Display for SimulationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AcquiredOver { acquired_over, days } => write!(
                f,
                "first purchases are to be spread over {acquired_over} days of {days} observed; \
                 1 <= acquired-over <= days"
            ),
            Self::TooManyPurchases(purchases) => write!(
                f,
                "the model's customers would make up to {purchases:.0} purchases each, and at \
                 most 100000 are drawn; check alpha and the model's time unit, or draw fewer days"
            ),
            Self::Parameters => f.write_str("the model's parameters must be finite and > 0"),
        }
    }
}

impl Error for SimulationError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check_model;

    fn model() -> ModelFile {
        check_model(include_str!("../../../model/cdnow.json")).unwrap()
    }

    const PLAN: Simulation = Simulation { customers: 200, days: 365, acquired_over: 100, seed: 1 };

    /// At the ends of what a model file may say, drawing ends too.
    #[test]
    fn extreme_parameters() {
        for r in [1e-12, 1.0, 100.0] {
            for (a, b) in [(1e-12, 1e-12), (1e-12, 1e12), (1e12, 1e-12), (1e12, 1e12)] {
                for (p, q) in [(1e-12, 1e12), (1e12, 1.0 + 1e-9)] {
                    let mut model = model();
                    model.bg_nbd = BgNbdParameters { r, alpha: 1000.0, a, b };
                    model.gamma_gamma = GammaGammaParameters { p, q, v: 1.0 };
                    let customers: Vec<_> = simulate(&model, PLAN).unwrap().collect();
                    assert_eq!(customers.len(), 200);
                    assert!(customers.iter().flatten().all(|purchase| purchase.at < 365.0));
                }
            }
        }
    }

    #[test]
    fn what_is_not_drawn() {
        let refused = |model: &ModelFile, plan| simulate(model, plan).map(drop).unwrap_err();
        for acquired_over in [0, 366] {
            let error = SimulationError::AcquiredOver { acquired_over, days: 365 };
            assert_eq!(refused(&model(), Simulation { acquired_over, ..PLAN }), error);
        }
        let mut model = model();
        model.bg_nbd.alpha = 1e-3;
        assert_eq!(refused(&model, PLAN), SimulationError::TooManyPurchases(365_000.0));
        model.bg_nbd.alpha = f64::NAN;
        assert_eq!(refused(&model, PLAN), SimulationError::Parameters);
    }

    /// Frequencies and means of many customers are those of the model.
    #[test]
    fn moments() {
        let plan = Simulation { customers: 100_000, days: 300, acquired_over: 1, seed: 5 };
        let customers: Vec<_> = simulate(&model(), plan).unwrap().collect();
        let n = customers.len() as f64;
        let model = edge_clv::Model::try_from(model()).unwrap();
        // The first purchase is half a day late on average.
        let expected = model.bg_nbd().expected_purchases(&edge_clv::Profile::NEW, 299.5);
        let mean = customers.iter().map(|purchases| purchases.len() - 1).sum::<usize>() as f64 / n;
        // Their standard deviation is about 2.
        assert!((mean - expected).abs() < 4.0 * 2.0 / n.sqrt(), "{mean}, not {expected}");
        let spent: f64 = customers.iter().map(|purchases| purchases[0].amount).sum();
        let expected = model.gamma_gamma().population_mean();
        // And that of what a customer pays about 35.
        assert!((spent / n - expected).abs() < 4.0 * 35.0 / n.sqrt(), "{}", spent / n);
    }
}
