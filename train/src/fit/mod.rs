//! Maximum likelihood for both models.
//!
//! BG/NBD is fitted to every customer, Gamma-Gamma to those who came back and paid something.
//! The parameters are sought by their logarithms, so that none can leave its domain, with the
//! likelihood's exact gradient and Hessian ([`newton`]), from several starts.

mod bg_nbd;
mod correlation;
#[cfg(test)]
mod derivatives;
mod error;
mod estimate;
mod gamma;
mod gamma_gamma;
mod histories;
mod linear;
mod newton;
mod penalty;
mod problem;

use edge_clv::{BgNbdParameters, GammaGammaParameters, Profile, TimeUnit};
use libm::log;

pub use correlation::Correlation;
pub use error::{FitError, Fitted, Refusal};
pub use estimate::{Convergence, Estimate, ModelFit};
pub use penalty::Penalty;

use self::histories::FoldedHistory;
use self::newton::End;
use self::problem::{Problem, STARTS};
use crate::rfm::given;
use crate::{RfmTable, days_of, rounded};

/// How to fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitOptions {
    /// The unit of alpha, and of the time in the log-likelihood of BG/NBD.
    pub time_unit: TimeUnit,
    /// The penalty.
    pub penalty: Penalty,
}

impl Default for FitOptions {
    /// Days, without a penalty.
    fn default() -> Self {
        Self { time_unit: TimeUnit::Day, penalty: Penalty::None }
    }
}

/// Both models, fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// BG/NBD: r, alpha, a and b. Its log-likelihood is the sum over customers of the logarithm
    /// of equation 6 of Fader, Hardie and Lee (2005), a density in time: in weeks it is higher
    /// than in days by ln 7 for every repeat purchase.
    pub purchases: ModelFit<4>,
    /// Gamma-Gamma: p, q and v. Its log-likelihood is the sum over customers of the logarithm
    /// of equation 1a of Fader and Hardie (2013), a density in money.
    pub spend: ModelFit<3>,
    /// Customers who came back but tell nothing about spend, their monetary value being 0 or
    /// not given.
    pub spend_left_out: u64,
    /// Of frequency and monetary value; `None` where all customers have the same of either.
    pub correlation: Option<Correlation>,
}

impl Fit {
    /// The parameters of BG/NBD as the model file has them, to ten significant digits:
    /// far more than their standard errors leave, and short of what is rounding in the fit.
    pub fn bg_nbd(&self) -> BgNbdParameters {
        let [r, alpha, a, b] = self.purchases.values().map(|value| rounded(value, 10));
        BgNbdParameters { r, alpha, a, b }
    }

    /// The parameters of Gamma-Gamma as the model file has them, to ten significant digits.
    pub fn gamma_gamma(&self) -> GammaGammaParameters {
        let [p, q, v] = self.spend.values().map(|value| rounded(value, 10));
        GammaGammaParameters { p, q, v }
    }
}

/// Fits both models to a table.
///
/// The answer is the same to the last bit in whatever order the rows come and however alike
/// ones are folded; in other units of time and money it is the same but for those.
///
/// # Errors
/// Where the table is not what [`RfmTable`] says, where a penalty is out of its range, and as
/// [`Refusal`] where the data do not support a model.
///
/// # Example
/// ```
/// use edge_clv_train::{FitOptions, RfmTable, fit};
///
/// let mut table = RfmTable::default();
/// for row in include_str!("../../../data/cdnow-rfm.csv").lines().skip(1) {
///     let mut cells = row.split(',').skip(1);
///     let frequency = cells.next().ok_or("no frequency")?.parse()?;
///     let recency = cells.next().ok_or("no recency")?.parse()?;
///     let age = cells.next().ok_or("no T")?.parse()?;
///     // Who never came back has none.
///     let monetary_value = cells.next().and_then(|m| m.parse().ok()).unwrap_or(f64::NAN);
///     table.push_numbers([frequency, recency, age, monetary_value], 1);
/// }
/// let fit = fit(&table, &FitOptions::default())?;
/// let [r, alpha, a, b] = fit.purchases.values();
/// assert!((r - 0.24259).abs() < 1e-5);
/// assert!((alpha / 7.0 - 4.41360).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fit(table: &RfmTable, options: &FitOptions) -> Result<Fit, FitError> {
    fit_watched(table, options, &|_| {})
}

/// The same, telling `watch` each time how many histories the likelihood is about to be summed
/// over: how many sums there will be is not known, but that it goes on is.
///
/// # Errors
/// As of [`fit`](fn@fit).
pub fn fit_watched(
    table: &RfmTable,
    options: &FitOptions,
    watch: &dyn Fn(u64),
) -> Result<Fit, FitError> {
    check(table)?;
    if let Penalty::Fixed(penalty) = options.penalty
        && !(penalty > 0.0 && penalty.is_finite())
    {
        return Err(FitError::Penalty(penalty));
    }
    let histories = histories::purchases(table);
    let buyers = |histories: &[FoldedHistory]| -> f64 {
        histories.iter().filter(|h| h.frequency > 0.0).map(|h| h.count).sum()
    };
    let repeat_buyers = buyers(&histories);
    enough(Fitted::Purchases, repeat_buyers)?;
    let centre = [0.0, log(bg_nbd::time_scale(&histories)), 0.0, 0.0];
    let problem = Problem {
        histories: &histories,
        likelihood: bg_nbd::log_likelihood,
        centre,
        starts: bg_nbd::starts(&histories),
        watch,
    };
    let mut purchases =
        model_fit(&problem, options.penalty, Fitted::Purchases, ["r", "alpha", "a", "b"])?;
    in_unit(&mut purchases, options.time_unit, &histories);

    let histories = histories::spend(table);
    enough(Fitted::Spend, buyers(&histories))?;
    let problem = Problem {
        histories: &histories,
        likelihood: gamma_gamma::log_likelihood,
        centre: [0.0, log(2.0), log(gamma_gamma::money_scale(&histories))],
        starts: gamma_gamma::starts(&histories),
        watch,
    };
    let spend = model_fit(&problem, options.penalty, Fitted::Spend, ["p", "q", "v"])?;
    let q = spend.estimates[gamma_gamma::Q].value;
    if q <= 1.0 {
        return Err(FitError::Refused(Refusal::NoMeanSpend { q }));
    }
    Ok(Fit {
        spend_left_out: (repeat_buyers - histories::customers(&histories)) as u64,
        purchases,
        spend,
        correlation: correlation::correlation(&histories),
    })
}

/// The log-likelihood of BG/NBD, `alpha` in days, on a table: the sum over customers of the
/// logarithm of equation 6 of Fader, Hardie and Lee (2005).
///
/// # Errors
/// Where the table is not what [`RfmTable`] says.
pub fn log_likelihood_of_purchases(
    table: &RfmTable,
    parameters: &BgNbdParameters,
) -> Result<f64, FitError> {
    check(table)?;
    let BgNbdParameters { r, alpha, a, b } = *parameters;
    Ok(bg_nbd::log_likelihood(&histories::purchases(table), &[r, alpha, a, b].map(log)).value)
}

/// The log-likelihood of Gamma-Gamma on a table: the sum over the customers with a frequency
/// and a monetary value > 0 of the logarithm of equation 1a of Fader and Hardie (2013).
///
/// # Errors
/// Where the table is not what [`RfmTable`] says.
pub fn log_likelihood_of_spend(
    table: &RfmTable,
    parameters: &GammaGammaParameters,
) -> Result<f64, FitError> {
    check(table)?;
    let GammaGammaParameters { p, q, v } = *parameters;
    Ok(gamma_gamma::log_likelihood(&histories::spend(table), &[p, q, v].map(log)).value)
}

/// The logarithm of the density at `z` > 0 of the mean of `x` > 0 purchases of a customer drawn
/// from the population: Fader and Hardie (2013), equation 1a.
pub(crate) fn log_density_of_mean(parameters: &GammaGammaParameters, x: f64, z: f64) -> f64 {
    let GammaGammaParameters { p, q, v } = *parameters;
    let history = FoldedHistory { frequency: x, rest: [z, log(z)], count: 1.0 };
    gamma_gamma::log_likelihood(&[history], &[p, q, v].map(log)).value
}

/// Every row has to be a history.
fn check(table: &RfmTable) -> Result<(), FitError> {
    let rows = table.frequency.len();
    let columns = [&table.recency, &table.T, &table.monetary_value];
    let alike = columns.iter().all(|column| column.len() == rows) && table.count.len() == rows;
    if !alike || rows == 0 {
        return Err(FitError::Columns);
    }
    for row in 0..rows {
        let monetary_value = Some(given(table.monetary_value[row])).filter(|m| !m.is_nan());
        Profile::new(table.frequency[row], table.recency[row], table.T[row], monetary_value)
            .map_err(|errors| FitError::Row { row, errors })?;
        if table.count[row] == 0 {
            return Err(FitError::Count { row });
        }
    }
    Ok(())
}

/// Ten for each parameter: the usual least number of cases, below which estimates are biased
/// and intervals too short. One-time buyers tell of a parameter only beside those who came back.
fn enough(what: Fitted, repeat_buyers: f64) -> Result<(), FitError> {
    let needed = match what {
        Fitted::Purchases => 40,
        Fitted::Spend => 30,
    };
    let found = repeat_buyers as u64;
    if found < needed {
        return Err(FitError::Refused(Refusal::TooFewRepeatBuyers { what, found, needed }));
    }
    Ok(())
}

/// Fits one model, or says why that is no fit.
fn model_fit<const N: usize>(
    problem: &Problem<'_, N>,
    penalty: Penalty,
    what: Fitted,
    names: [&'static str; N],
) -> Result<ModelFit<N>, FitError> {
    let penalty = match penalty {
        Penalty::None => 0.0,
        Penalty::Fixed(penalty) => penalty,
        Penalty::CrossValidated => penalty::cross_validated(problem)
            .ok_or(FitError::Refused(Refusal::NoPenalty { what }))?,
    };
    let best = problem.best(penalty);
    let ascent = &best.ascent;
    if let End::Bound(i) = ascent.end {
        let to_zero = ascent.point[i] < problem.centre[i];
        let parameter = names[i];
        return Err(FitError::Refused(Refusal::OnBound { what, parameter, to_zero }));
    }
    // One start may have been lucky; that a second ends on the same height is what tells.
    let estimates = estimate::estimates(ascent, names).filter(|_| best.agreeing >= 2);
    let (Some(estimates), Some(distance)) = (estimates, ascent.local.distance()) else {
        return Err(FitError::Refused(Refusal::NotConverged {
            what,
            agreeing: best.agreeing,
            starts: STARTS,
        }));
    };
    Ok(ModelFit {
        estimates,
        log_likelihood: (problem.likelihood)(problem.histories, &ascent.point).value,
        customers: histories::customers(problem.histories) as u64,
        penalty,
        convergence: Convergence {
            distance,
            starts_agreeing: best.agreeing,
            starts: STARTS,
            one_in: best.one_in,
        },
    })
}

/// Tells alpha and the log-likelihood, found in days, in the unit asked for.
fn in_unit(purchases: &mut ModelFit<4>, unit: TimeUnit, histories: &[FoldedHistory]) {
    let days = days_of(unit);
    let alpha = &mut purchases.estimates[bg_nbd::ALPHA];
    alpha.value /= days;
    alpha.standard_error /= days;
    alpha.interval = (alpha.interval.0 / days, alpha.interval.1 / days);
    let repeats: f64 = histories.iter().map(|history| history.count * history.frequency).sum();
    purchases.log_likelihood += repeats * log(days);
}

#[cfg(test)]
mod tests {
    use super::newton::Local;
    use super::*;

    /// -cos x + x/10: every start is under a hilltop of its own, each higher than the last.
    #[test]
    fn a_hilltop_that_one_start_alone_has_found_is_no_fit() {
        let hills = |_: &[FoldedHistory], &[x]: &[f64; 1]| Local {
            value: -x.cos() + 0.1 * x,
            gradient: [x.sin() + 0.1],
            hessian: [[x.cos()]],
        };
        let histories = [FoldedHistory { frequency: 1.0, rest: [2.0, 1.0], count: 50.0 }];
        let mut problem = Problem {
            histories: &histories,
            likelihood: hills,
            centre: [0.0],
            starts: [[-9.0], [-3.0], [3.0], [9.0]],
            watch: &|_| {},
        };
        let what = Fitted::Purchases;
        let outcome = model_fit(&problem, Penalty::None, what, ["x"]);
        let refusal = Refusal::NotConverged { what, agreeing: 1, starts: 4 };
        assert_eq!(outcome, Err(FitError::Refused(refusal)));
        problem.starts[0] = [9.5];
        let found = model_fit(&problem, Penalty::None, what, ["x"]).unwrap();
        assert_eq!(found.convergence.starts_agreeing, 2);
        assert_eq!(found.convergence.one_in, 1);
        // Of more histories a sample is told to be one.
        let many = [histories[0]; 3];
        let many: Vec<FoldedHistory> = many.into_iter().cycle().take(100_001).collect();
        let found = model_fit(&Problem { histories: &many, ..problem }, Penalty::None, what, ["x"]);
        assert_eq!(found.unwrap().convergence.one_in, 3);
    }
}
