//! Every customer's orders: taken in from several sides, then looked through by customer.

mod counts;
mod customers;
mod error;
mod intake;
mod labels;
mod log;
mod overflow;
mod part;
mod record;
mod records;
mod rules;

pub use counts::OrderCounts;
pub use customers::Customers;
pub use error::SummaryError;
pub use intake::{OrderBatch, OrderIntake};
pub use labels::Label;
pub use log::{End, OrderLog};
pub use overflow::{MakeOverflow, Memory, Overflow};
pub use part::OrderPart;
pub use record::Order;
pub use rules::{Duplicates, Purchase, Refunds, Rules};
