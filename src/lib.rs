//! Predictive customer lifetime value, computed where the customer is.
//!
//! Two small models fitted to an order history, BG/NBD (how many purchases, is the
//! customer still alive) and Gamma-Gamma (how much per purchase), answer from four numbers
//! about a customer what that customer is worth over the next 30 and 90 days.
//!
//! ```
//! use edge_clv::{Model, Profile};
//!
//! // Five repeat purchases, the last of them 200 days after the first, seen for 300 days,
//! // 45.50 a purchase.
//! let profile = Profile::new(5.0, 200.0, 300.0, Some(45.5))?;
//! let model = Model::baked();
//! let answer = model.predict(&profile.into())?;
//! for horizon in &answer.horizons {
//!     println!("{} days: {:.2}", horizon.days, horizon.customer_lifetime_value);
//! }
//! # Ok::<(), edge_clv::Violations>(())
//! ```
//!
//! # Words
//!
//! | name | symbol | unit |
//! |---|---|---|
//! | frequency | x | repeat purchases: distinct purchase days minus one |
//! | recency | t_x | days from first to last purchase |
//! | T | T | days from first purchase to the end of observation |
//! | monetary_value | m_x | mean profit per repeat purchase, currency |
//! | probability_alive | P(alive) | 0..1; 1 by construction at frequency 0 |
//! | expected_purchases | E\[Y(t)\] | purchases within the horizon |
//! | probability_of_purchase | P(Y(t) > 0) | 0..1 |
//! | expected_average_profit | E\[M\] | currency per purchase |
//! | customer_lifetime_value | | currency, discounted, over the horizon |
//! | residual_lifetime_value | DERT x E\[M\] | currency, discounted, no horizon |
//!
//! # Bits
//!
//! All mathematics is `libm`'s or this crate's own, so native code, browsers, Node and
//! the edge print the same digits.
//!
//! # Features
//!
//! `baked` (default) compiles a model in: the file that `EDGE_CLV_MODEL` names during the
//! build, or the CDNOW model. `json` reads requests from JSON text and prints answers as
//! ECMAScript would; it is the one part that needs `std`.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "json")]
extern crate std;

mod batch;
mod batch_options;
mod bg_nbd;
mod block;
mod clv;
mod error;
mod gamma_gamma;
mod horizons;
mod input;
#[cfg(feature = "json")]
pub mod json;
#[cfg(feature = "json")]
mod json_input;
mod model;
mod model_file;
#[cfg(feature = "json")]
mod model_version;
#[cfg(feature = "json")]
mod print;
mod profile;
mod request;
mod special;
mod tables;
#[cfg(test)]
#[path = "../tests/tolerance/mod.rs"]
mod tolerance;

pub use batch::{Batch, BatchAnswer, HorizonColumns, NO_SEGMENT, Profiles, RowViolation};
pub use batch_options::{BatchOptions, Columns};
pub use bg_nbd::BgNbd;
pub use clv::{Answer, HorizonAnswer, ModelName};
pub use error::{Rule, Violation, Violations};
pub use gamma_gamma::GammaGamma;
pub use horizons::Horizons;
pub use input::{Fields, Input};
pub use model::Model;
pub use model_file::{
    Band, BgNbdParameters, GammaGammaParameters, ModelFile, Segments, TimeUnit, Training,
};
pub use profile::Profile;
pub use request::Request;
