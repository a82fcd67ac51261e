//! Why there is no fit.

use std::error::Error;
use std::fmt;

use edge_clv::Violations;

/// Why a table has no fit.
#[derive(Clone, Debug, PartialEq)]
pub enum FitError {
    /// The columns differ in length, or are empty.
    Columns,
    /// A row is no history.
    Row {
        /// Counted from 0.
        row: usize,
        /// What does not hold in it.
        errors: Violations,
    },
    /// A row stands for no customer.
    Count {
        /// Counted from 0.
        row: usize,
    },
    /// A penalty that is not finite or not above 0.
    Penalty(f64),
    /// The data do not support a model.
    Refused(Refusal),
}

impl fmt::Display for FitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Columns => f.write_str(
                "there must be a customer, and every column must be as long as the others",
            ),
            Self::Row { row, errors } => {
                write!(f, "customer {} breaks these rules:", row + 1)?;
                errors.as_slice().iter().try_for_each(|error| write!(f, "\n  {error}"))
            }
            Self::Count { row } => {
                write!(f, "row {} stands for 0 customers; its count must be >= 1", row + 1)
            }
            Self::Penalty(penalty) => {
                write!(f, "the penalty must be finite and > 0, but is {penalty}")
            }
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl Error for FitError {}

/// Why the data do not support a model.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// Of those who came back, who alone tell about the parameters, there are too few.
    TooFewRepeatBuyers {
        /// Who would have been fitted to.
        what: Fitted,
        /// Customers there are.
        found: u64,
        /// Customers there must be.
        needed: u64,
    },
    /// The likelihood rises until a parameter leaves all bounds.
    OnBound {
        /// The model.
        what: Fitted,
        /// The parameter's name.
        parameter: &'static str,
        /// It runs to 0 rather than to infinity.
        to_zero: bool,
    },
    /// The ascents did not end in one and the same maximum.
    NotConverged {
        /// The model.
        what: Fitted,
        /// Of the starts, how many led to the highest point in a maximum.
        agreeing: usize,
        /// The starts.
        starts: usize,
    },
    /// The spend of the population would have no mean.
    NoMeanSpend {
        /// The q found, <= 1.
        q: f64,
    },
    /// With every penalty tried a part of the customers has no maximum.
    NoPenalty {
        /// The model.
        what: Fitted,
    },
}

/// One of the two models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fitted {
    /// BG/NBD.
    Purchases,
    /// Gamma-Gamma.
    Spend,
}

impl fmt::Display for Fitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Purchases => "BG/NBD (purchases)",
            Self::Spend => "Gamma-Gamma (spend)",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewRepeatBuyers { what, found, needed } => {
                let whom = match what {
                    Fitted::Purchases => "customers who bought again",
                    Fitted::Spend => "customers who bought again with a monetary_value > 0",
                };
                write!(
                    f,
                    "too few repeat buyers for {what}: {whom}: {found}, and at least {needed} are \
                     needed, ten for each parameter; observe for longer or take in more customers"
                )
            }
            Self::OnBound { what, parameter, to_zero } => {
                let whither = if *to_zero { "0" } else { "infinity" };
                write!(
                    f,
                    "{what} has no best {parameter} for these data: it runs to {whither}. {}; \
                     observe for longer, take in more customers, check that the orders are not \
                     of one kind only, or hold it back with a penalty",
                    on_bound(parameter, *to_zero)
                )
            }
            Self::NotConverged { what, agreeing, starts } => write!(
                f,
                "{what} has not converged: of {starts} starts {agreeing} led to the highest \
                 likelihood found, and at least 2 must; try more customers, a \
                 longer observation, or a penalty"
            ),
            Self::NoMeanSpend { q } => write!(
                f,
                "Gamma-Gamma (spend) has q = {q:.4}, but q must be > 1: with so many very large \
                 means the population's mean spend would be infinite; look for wrong amounts or \
                 bulk buyers among the orders, fit those apart, or hold q back with a penalty"
            ),
            Self::NoPenalty { what } => write!(
                f,
                "{what} has no maximum on a part of these customers, whatever the penalty; take \
                 in more customers, or check that they are not all alike"
            ),
        }
    }
}

/// What it means that a parameter has no end, in words.
fn on_bound(parameter: &str, to_zero: bool) -> &'static str {
    match (parameter, to_zero) {
        ("r", true) => "Hardly anybody but a few seems to buy again at all",
        ("r" | "alpha", false) => "All customers seem to buy at the same rate",
        ("alpha", true) => "A few seem to buy again at once, and all others never",
        ("a", true) | ("b", false) => "Nobody seems ever to leave, or all at the same rate",
        ("a", false) | ("b", true) => "Almost everybody seems to leave at once",
        ("p", true) => "One customer's purchases seem to have nothing in common",
        ("p", false) | ("v", true) => "Each customer seems to pay the same every time",
        ("q", true) => "A few customers seem to spend beyond all measure",
        _ => "All customers seem to spend alike",
    }
}
