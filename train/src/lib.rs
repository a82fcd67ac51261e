//! From an order log to the customers' profiles.
//!
//! An [`OrderIntake`] takes orders one by one or from files, good rows and bad, and makes an
//! [`OrderLog`] of them. That sums them up to the end of an observation: one row a customer,
//! with the frequency, recency, T and monetary value that the models are fitted to. Time is
//! in days, money in whole cents until the last division.
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

mod calendar;
mod cohorts;
mod fit;
mod history;
mod model;
mod money;
mod orders;
mod read;
mod rfm;
mod score;
mod shown;
mod simulate;
mod sum;
mod validate;

pub use calendar::{Clock, Collapse, Date, DateError, DateFormat, Moment, MomentError, Zone};
pub use cohorts::{AcquisitionLimit, Cohort, CohortError, CohortOptions, Cohorts, CohortsBy};
pub use fit::{
    Convergence, Correlation, Estimate, Fit, FitError, FitOptions, Fitted, ModelFit, Penalty,
    Refusal, fit, fit_watched, log_likelihood_of_purchases, log_likelihood_of_spend,
};
pub use history::{History, PurchaseDay};
pub use model::{
    ModelTextError, NamesError, SegmentError, SegmentShares, Segmentation, bg_nbd_named,
    check_model, days_of, gamma_gamma_named, model_text, rounded, seal_model, segments,
};
pub use money::{Cents, MoneyError};
pub use orders::{
    Customers, Duplicates, End, Label, MakeOverflow, Memory, Order, OrderBatch, OrderCounts,
    OrderIntake, OrderLog, OrderPart, Overflow, Purchase, Refunds, Rules, SummaryError,
};
pub use read::{
    BadRows, CellFault, CsvFile, Fault, Format, Layout, LineKind, NamedColumns, OrderAbove,
    OrderColumns, OrderReader, OrderRow, PROFILES_AT_A_TIME, ProfileBatch, ProfileColumns,
    ProfileReader, ProfileRow, ReadError, RowCounts, read_cdnow, status_column,
};
pub use rfm::{CsvProfiles, PartSummary, RfmTable, Summary, SummaryRow};
pub use score::{CsvScores, ScoreOptions, Scorer, Scores};
pub use shown::plain;
pub use simulate::{SimulatedPurchase, Simulation, SimulationError, simulate, write_simulated_csv};
pub use validate::{
    Comparison, CountBar, ForecastPoint, Group, Holdout, HoldoutError, Measures, Ranking,
    SpendDistribution, TrackPoint, Validation, ValidationError, Verdict,
};
