//! What became of the orders of a log.

use std::iter::Sum;

use serde::Serialize;

/// What became of the orders of a log when they were looked through; an order is an amount of
/// zero or more, a refund one below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OrderCounts {
    /// Orders up to the end of the observation that count.
    pub orders: u64,
    /// Orders after it, which nothing counts.
    pub orders_left_out: u64,
    /// Refunds up to the end, taken off purchases.
    pub refunds: u64,
    /// Refunds after it, which nothing counts.
    pub refunds_left_out: u64,
    /// Orders and refunds up to the end that equal another in customer, time and amount.
    pub orders_equal: u64,
    /// The orders among these that were left out for it.
    pub duplicates_dropped: u64,
    /// Customers who got back more than they paid.
    pub customers_refunded_beyond: u64,
    /// Customers of whose purchases nothing remains.
    pub customers_without_purchase: u64,
}

impl OrderCounts {
    /// All orders that were looked at.
    pub fn orders_read(&self) -> u64 {
        self.orders + self.orders_left_out + self.duplicates_dropped
    }
}

impl Sum for OrderCounts {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            orders: sum.orders + part.orders,
            orders_left_out: sum.orders_left_out + part.orders_left_out,
            refunds: sum.refunds + part.refunds,
            refunds_left_out: sum.refunds_left_out + part.refunds_left_out,
            orders_equal: sum.orders_equal + part.orders_equal,
            duplicates_dropped: sum.duplicates_dropped + part.duplicates_dropped,
            customers_refunded_beyond: sum.customers_refunded_beyond
                + part.customers_refunded_beyond,
            customers_without_purchase: sum.customers_without_purchase
                + part.customers_without_purchase,
        })
    }
}
