//! Tables of histories to fit.
#![allow(dead_code, reason = "each test uses some")]

use std::fs;
use std::path::Path;

use edge_clv_train::{OrderLog, RfmTable};

/// The customers of CDNOW up to 1997-09-30, in days.
pub(crate) fn cdnow() -> RfmTable {
    let orders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cdnow-orders.csv");
    let orders = OrderLog::read_csv(fs::File::open(orders).unwrap()).unwrap();
    let end = "1997-09-30".parse().unwrap();
    RfmTable::from(&orders.summary(Some(end)).unwrap())
}

/// Rows of frequency, recency, T, monetary value and count.
pub(crate) fn table(rows: &[(f64, f64, f64, f64, u64)]) -> RfmTable {
    RfmTable {
        frequency: rows.iter().map(|row| row.0).collect(),
        recency: rows.iter().map(|row| row.1).collect(),
        T: rows.iter().map(|row| row.2).collect(),
        monetary_value: rows.iter().map(|row| row.3).collect(),
        count: rows.iter().map(|row| row.4).collect(),
    }
}

/// The same histories, times told in weeks.
pub(crate) fn in_weeks(table: &RfmTable) -> RfmTable {
    with_times(table, |days| days / 7.0)
}

/// The same histories, times rounded to two decimals.
pub(crate) fn rounded(table: &RfmTable) -> RfmTable {
    with_times(table, |time| (time * 100.0).round() / 100.0)
}

fn with_times(table: &RfmTable, change: fn(f64) -> f64) -> RfmTable {
    let changed = |times: &[f64]| times.iter().map(|&time| change(time)).collect();
    RfmTable { recency: changed(&table.recency), T: changed(&table.T), ..table.clone() }
}
