//! From an order log to the customers' profiles.
//!
//! An [`OrderLog`] takes orders one by one, or a whole CSV at once, and sums them up to
//! the end of an observation: one [`CustomerProfile`] a customer, with the frequency,
//! recency, T and monetary value that the models are fitted to. Time is in days, money
//! in whole cents until the last division.
//!
//! [`fit`](fn@fit) finds the parameters of both models for an [`RfmTable`] of such profiles,
//! or says why the data do not support a model.
//!
//! The other way round, [`simulate`](fn@simulate) draws customers from a model.
//!
//! The text of a model file is checked by [`check_model`] and given its version by
//! [`seal_model`].
//!
//! Nothing here opens a file, reads a clock or starts a thread; the command `clv` does.

mod date;
mod fit;
mod history;
mod metrics;
mod model_layout;
mod model_text;
mod money;
mod orders;
mod orders_csv;
mod parameters;
mod report;
mod rfm;
mod segments;
mod simulate;
mod summary_csv;
mod validation;

pub use date::{Date, DateError};
pub use fit::{
    Convergence, Correlation, Estimate, Fit, FitError, FitOptions, Fitted, ModelFit, Penalty,
    Refusal, fit, log_likelihood_of_purchases, log_likelihood_of_spend,
};
pub use history::{History, Holdout, HoldoutError, Purchase};
pub use metrics::{Group, Measures, Ranking};
pub use model_layout::model_text;
pub use model_text::{ModelTextError, check_model, seal_model};
pub use money::{Cents, MoneyError};
pub use orders::{CustomerProfile, Order, OrderError, OrderLog, Summary, SummaryError};
pub use orders_csv::{CellError, ReadError};
pub use parameters::{NamesError, bg_nbd_named, gamma_gamma_named};
pub use report::Verdict;
pub use rfm::RfmTable;
pub use segments::{SegmentError, SegmentShares, rounded, segments};
pub use simulate::{SimulatedPurchase, Simulation, SimulationError, simulate};
pub use validation::{
    Comparison, CountBar, ForecastPoint, SpendDistribution, TrackPoint, Validation, ValidationError,
};
