//! What a column of the orders says of customers, such as the channel they came through.

use std::collections::HashMap;
use std::num::NonZeroU32;

use super::Customers;
use crate::Moment;

/// The label of an order, and where the order stands among those of one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a> {
    /// Where the order's row is.
    pub place: u64,
    /// What the column says.
    pub text: &'a str,
}

/// The labels of a column, each once, by number from 1 on.
#[derive(Debug, Default)]
pub(super) struct Labels {
    numbers: HashMap<String, NonZeroU32>,
    texts: Customers,
}

impl Labels {
    /// The number of a text; `None` beyond the last number there is.
    pub(super) fn number(&mut self, text: &str) -> Option<NonZeroU32> {
        if let Some(&number) = self.numbers.get(text) {
            return Some(number);
        }
        self.texts.push(text);
        let number = u32::try_from(self.texts.len()).ok().and_then(NonZeroU32::new)?;
        self.numbers.insert(text.to_owned(), number);
        Some(number)
    }

    /// The texts by number, the first at 0.
    pub(super) fn into_texts(self) -> Customers {
        self.texts
    }
}

/// The first order of a customer, so far: of several at one moment the one of the first row.
#[derive(Clone, Copy, Debug)]
pub(super) struct FirstOrder {
    pub(super) at: Moment,
    pub(super) place: u64,
    pub(super) label: NonZeroU32,
}

impl FirstOrder {
    pub(super) fn or(self, other: Option<Self>) -> Self {
        let key = |order: &Self| (order.at, order.place);
        other.filter(|other| key(other) < key(&self)).unwrap_or(self)
    }
}
