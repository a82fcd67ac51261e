//! Why there is no summary.

use std::error::Error;
use std::fmt;
use std::io;

use crate::shown::shown;
use crate::{Cents, Date};

/// Why an [`OrderLog`](crate::OrderLog) has no [`Summary`](crate::Summary).
#[derive(Debug)]
pub enum SummaryError {
    /// The log is empty.
    NoOrders,
    /// Refunds take back all there is.
    NoPurchases,
    /// The observation would end before it begins.
    EndsBeforeFirstOrder {
        /// The end that was asked for.
        end: Date,
        /// The day of the first order.
        first: Date,
    },
    /// This customer's orders add up to more than [`Cents::MAX`].
    SpendTooLarge(String),
    /// An order equals another, and that is to be an error.
    Equal {
        /// Whose it is.
        customer: String,
        /// The day of both.
        date: Date,
        /// The amount of each.
        amount: Cents,
    },
    /// Orders of one day are told apart, and histories count purchases by day.
    NotByDay,
    /// Orders that overflowed memory cannot be read back.
    Io(io::Error),
}

impl From<io::Error> for SummaryError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for SummaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoOrders => f.write_str("there are no orders"),
            Self::NoPurchases => f.write_str(
                "refunds take back every purchase up to the end of the observation; look for \
                 amounts with the wrong sign",
            ),
            Self::EndsBeforeFirstOrder { end, first } => write!(
                f,
                "the observation would end on {end}, before the first order on {first}; \
                 name that day or a later one"
            ),
            Self::SpendTooLarge(customer) => write!(
                f,
                "the orders of customer {} add up to more than 90071992547409.91; \
                 look for a wrong amount among them",
                shown(customer)
            ),
            Self::Equal { customer, date, amount } => write!(
                f,
                "customer {} has two equal orders on {date}, of {amount} each; leave one out",
                shown(customer)
            ),
            Self::NotByDay => f.write_str(
                "the orders of a day are told apart, but a history counts purchases by day",
            ),
            Self::Io(error) => write!(f, "orders set aside in a temporary file: {error}"),
        }
    }
}

impl Error for SummaryError {}
