//! What became of the rows and orders of the input, which every command tells alike.

use edge_clv_train::{BadRows, OrderCounts, RowCounts};
use serde::Serialize;

/// Counts of rows, and of the orders in them; the key `read` of every answer.
#[derive(Serialize)]
pub(crate) struct Counts {
    /// All rows, but blank ones.
    pub(crate) rows: u64,
    bad_rows: u64,
    further_lines: u64,
    orders_unpaid: u64,
    rows_dropped: u64,
    /// None if the file held profiles.
    #[serde(flatten)]
    pub(crate) orders: Option<OrderCounts>,
    #[serde(skip)]
    bad: BadRows,
}

impl Counts {
    pub(crate) fn new(rows: RowCounts, orders: Option<OrderCounts>) -> Self {
        Self {
            rows: rows.rows,
            bad_rows: rows.bad.count(),
            further_lines: rows.further_lines,
            orders_unpaid: rows.unpaid,
            rows_dropped: rows.dropped,
            orders,
            bad: rows.bad,
        }
    }

    /// How much was read, to begin a closing line with.
    pub(crate) fn read(&self) -> String {
        match &self.orders {
            Some(orders) => format!(
                "orders read: {}, left out after the end: {}",
                orders.orders_read(),
                orders.orders_left_out
            ),
            None => format!("profiles read: {}", self.rows - self.bad_rows),
        }
    }

    /// Everything else, to end it with.
    pub(crate) fn others(&self) -> String {
        let orders = self.orders.unwrap_or_default();
        let counts = [
            ("refunds taken off", orders.refunds),
            ("refunds left out after the end", orders.refunds_left_out),
            ("customers refunded more than they paid", orders.customers_refunded_beyond),
            ("customers refunded all they paid", orders.customers_without_purchase),
            ("orders equal to another", orders.orders_equal),
            ("duplicates left out", orders.duplicates_dropped),
            ("refunds and orders of zero or less left out", self.rows_dropped),
            ("orders not paid", self.orders_unpaid),
            ("further lines of an order", self.further_lines),
        ];
        let mut told: String = counts
            .iter()
            .filter(|&&(_, count)| count > 0)
            .map(|(what, count)| format!(", {what}: {count}"))
            .collect();
        if self.bad_rows > 0 {
            told +=
                &format!("\nbad rows left out: {} of {}\n{}", self.bad_rows, self.rows, self.bad);
        }
        told
    }
}
