//! What the commands read: an order log, or the customers' profiles, whichever a file holds.

mod arguments;
mod hints;
mod open;
mod orders;
mod profiles;

pub(crate) use arguments::InputArguments;
pub(crate) use orders::Orders;
pub(crate) use profiles::Source;
