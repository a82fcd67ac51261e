//! What was found, and how well it is known.

use super::linear::Cholesky;
use super::newton::Ascent;

/// A parameter found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The parameter's name in the model file.
    pub name: &'static str,
    /// Its value, > 0.
    pub value: f64,
    /// Its standard error: that of its logarithm by the observed information, times the value
    /// (delta method).
    pub standard_error: f64,
    /// The ends of the 95 % interval: the value times e^(+-1.96 standard errors of the
    /// logarithm). The logarithm of a parameter > 0 is nearer to normal than the parameter,
    /// and the interval never reaches below 0: of 2,000 populations drawn like CDNOW's these
    /// hold the truth in 95.1 to 96.1 %, by parameter; value +- 1.96 standard errors in 93.2
    /// to 95.6 %.
    pub interval: (f64, f64),
}

/// How sure it is that the maximum was found. Only what has converged is handed out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convergence {
    /// The length of the gradient measured by the Hessian: how far the maximum still is, in
    /// standard errors. The Hessian being negative definite is part of it.
    pub distance: f64,
    /// Of the starts, how many led to this maximum.
    pub starts_agreeing: usize,
    /// The starts.
    pub starts: usize,
    /// One in so many customers was climbed from every start; 1 for all. Starts that met on such
    /// a sample went on together on all customers.
    pub one_in: u64,
}

/// One model's parameters, with what tells how good they are.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFit<const N: usize> {
    /// The parameters.
    pub estimates: [Estimate; N],
    /// The log-likelihood, without the penalty.
    pub log_likelihood: f64,
    /// The customers it was fitted to.
    pub customers: u64,
    /// The penalty, 0 for none.
    pub penalty: f64,
    /// How it converged.
    pub convergence: Convergence,
}

impl<const N: usize> ModelFit<N> {
    /// Akaike's criterion: 2 N - 2 ln L, less being better. Only at the maximum of the
    /// likelihood, so not under a penalty, can it be compared.
    pub fn aic(&self) -> f64 {
        2.0 * (N as f64 - self.log_likelihood)
    }

    /// The Bayesian criterion: N ln(customers) - 2 ln L, less being better; likewise.
    pub fn bic(&self) -> f64 {
        N as f64 * libm::log(self.customers as f64) - 2.0 * self.log_likelihood
    }

    /// The values alone.
    pub fn values(&self) -> [f64; N] {
        self.estimates.map(|estimate| estimate.value)
    }
}

/// The estimates of a maximum of logarithms; `None` where it is none.
pub(super) fn estimates<const N: usize>(
    ascent: &Ascent<N>,
    names: [&'static str; N],
) -> Option<[Estimate; N]> {
    /// The 97.5 % quantile of the normal distribution.
    const QUANTILE: f64 = 1.959_963_984_540_054;
    let variances = Cholesky::of(&ascent.local.information(), 0.0)?.inverse_diagonal();
    Some(std::array::from_fn(|i| {
        let (value, error) = (libm::exp(ascent.point[i]), libm::sqrt(variances[i]));
        let factor = libm::exp(QUANTILE * error);
        Estimate {
            name: names[i],
            value,
            standard_error: value * error,
            interval: (value / factor, value * factor),
        }
    }))
}
