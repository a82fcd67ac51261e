//! The penalty, and its choice by cross-validation.

use super::histories::{all_but_every, every};
use super::newton::End;
use super::problem::Problem;

/// How strongly the logarithms of the parameters are pulled towards plain values.
///
/// What is maximised is the mean log-likelihood of a customer less the penalty times the sum of
/// the squared logarithms of r, alpha (over the mean T), a and b; or of p, q/2 and v (over the
/// mean monetary value). So it pulls towards 1, and q towards 2, for at 1 the population's mean
/// spend would be infinite. As in the Python package lifetimes the penalty stands beside the
/// mean of the log-likelihood, so it is of the same size whatever the customers' number; unlike
/// there it is of the logarithms, not of the parameters, so it pulls up from 0 as it pulls down
/// from infinity, and depends on no unit of time or money.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Penalty {
    /// None: maximum likelihood.
    #[default]
    None,
    /// This, finite and > 0, on both models.
    Fixed(f64),
    /// For each model that of 0, 1e-5, 1e-4, ..., 1e-1 with which four fifths of the customers
    /// tell most about the last fifth.
    CrossValidated,
}

/// From the strongest, whose maximum is found from anywhere, down to none.
const CHOICES: [f64; 6] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 0.0];

const FOLDS: u64 = 5;

/// The penalty of [`CHOICES`] with which the likelihood of customers left out is highest; the
/// weaker where two are equal. A penalty with which a fold has no maximum is no choice; `None`
/// where none is left.
pub(super) fn cross_validated<const N: usize>(problem: &Problem<'_, N>) -> Option<f64> {
    let mut told = [0.0; CHOICES.len()];
    for fold in 0..FOLDS {
        let known = all_but_every(problem.histories, FOLDS, fold);
        let unknown = every(problem.histories, FOLDS, fold);
        let known = Problem { histories: &known, ..*problem };
        let mut start = problem.starts[0];
        for (told, penalty) in told.iter_mut().zip(CHOICES) {
            let ascent = known.climb(penalty, start);
            if ascent.end == End::Maximum {
                start = ascent.point;
                *told += (problem.likelihood)(&unknown, &ascent.point).value;
            } else {
                *told = f64::NEG_INFINITY;
            }
        }
    }
    let (best, told) =
        CHOICES.into_iter().zip(told).max_by(|one, other| one.1.total_cmp(&other.1))?;
    told.is_finite().then_some(best)
}
