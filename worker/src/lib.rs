//! The Cloudflare Worker: one profile or many, cohorts, and the models behind the answers.
//!
//! Everything but the glue to the runtime works on any host: [`Head`] is what of a request
//! decides, [`open`] says what to do with it, and [`predict`], [`Table`] and [`Models`] do it.
//! `openapi.json` beside this crate is what they promise.

mod answer;
mod broken;
mod cohorts;
mod customers;
mod head;
mod keys;
mod media;
mod models;
mod open;
mod options;
mod origins;
mod predict;
mod problem;
mod response;
mod route;
mod row;
mod row_csv;
mod row_json;
mod scores;
mod settings;
mod table;

#[cfg(target_arch = "wasm32")]
mod event;

pub use answer::answer;
pub use broken::{Broken, FormRule};
pub use customers::{CUSTOMERS_LIMIT, customers};
#[cfg(target_arch = "wasm32")]
pub use event::fetch;
pub use head::{Credentials, Head};
pub use keys::Keys;
pub use media::Media;
pub use models::{Fault, Fetched, Models, Refresh};
pub use open::{Step, Task, TaskKind, counted, open};
pub use options::{CohortOptions, Options};
pub use origins::{Cors, Origins};
pub use predict::predict;
pub use problem::Problem;
pub use response::{BODY_LIMIT, Body, CUSTOMERS_BODY_LIMIT, Response};
pub use route::{Endpoint, Route};
pub use row::LINE_LIMIT;
pub use settings::Settings;
pub use table::Table;
