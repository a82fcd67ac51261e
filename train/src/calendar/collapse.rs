//! What counts as one purchase.

use super::moment::DAY;

/// What counts as one purchase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Collapse {
    /// All orders of a customer on one day; days are whole.
    #[default]
    Day,
    /// Each order at its own second; days have fractions.
    None,
}

impl Collapse {
    /// The span within which orders are one purchase, in seconds.
    pub(crate) fn grain(self) -> u64 {
        match self {
            Self::Day => DAY,
            Self::None => 1,
        }
    }
}
