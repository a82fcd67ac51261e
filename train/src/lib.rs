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

mod bad_rows;
mod cohort_column;
mod cohorts;
mod columns;
mod customers;
mod date;
mod fit;
mod history;
mod metrics;
mod model_layout;
mod model_text;
mod moment;
mod money;
mod order_counts;
mod orders;
mod parameters;
mod profiles;
mod read;
mod read_csv;
mod report;
mod rfm;
mod rules;
mod score;
mod score_csv;
mod segments;
mod shown;
mod simulate;
mod simulate_csv;
mod summary;
mod summary_csv;
mod validation;

pub use bad_rows::{BadRows, CellFault, Fault};
pub use cohort_column::CohortColumn;
pub use cohorts::{AcquisitionLimit, Cohort, CohortError, CohortOptions, Cohorts};
pub use columns::{Format, NamedColumns, OrderColumns};
pub use customers::Customers;
pub use date::{Date, DateError};
pub use fit::{
    Convergence, Correlation, Estimate, Fit, FitError, FitOptions, Fitted, ModelFit, Penalty,
    Refusal, fit, fit_watched, log_likelihood_of_purchases, log_likelihood_of_spend,
};
pub use history::{History, HistoryError, Holdout, HoldoutError, PurchaseDay};
pub use metrics::{Group, Measures, Ranking};
pub use model_layout::model_text;
pub use model_text::{ModelTextError, check_model, seal_model};
pub use moment::{Clock, Collapse, DateFormat, Moment, MomentError, Zone};
pub use money::{Cents, MoneyError};
pub use order_counts::OrderCounts;
pub use orders::{
    End, MakeOverflow, Memory, Order, OrderBatch, OrderIntake, OrderLog, OrderPart, Overflow,
    SummaryError,
};
pub use parameters::{NamesError, bg_nbd_named, days_of, gamma_gamma_named};
pub use profiles::{
    Layout, PROFILES_AT_A_TIME, ProfileColumns, ProfileReader, ProfileRow, Profiles,
};
pub use read::{OrderReader, OrderRow, ReadError, RowCounts};
pub use read_csv::{CsvFile, read_cdnow};
pub use report::Verdict;
pub use rfm::RfmTable;
pub use rules::{Duplicates, Purchase, Refunds, Rules};
pub use score::{ScoreOptions, Scorer, Scores};
pub use score_csv::CsvScores;
pub use segments::{SegmentError, SegmentShares, Segmentation, rounded, segments};
pub use simulate::{SimulatedPurchase, Simulation, SimulationError, simulate};
pub use simulate_csv::write_simulated_csv;
pub use summary::{PartSummary, Summary, SummaryRow};
pub use summary_csv::CsvProfiles;
pub use validation::{
    Comparison, CountBar, ForecastPoint, SpendDistribution, TrackPoint, Validation, ValidationError,
};
