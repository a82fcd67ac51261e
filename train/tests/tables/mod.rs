//! Tables of histories to fit.
#![allow(dead_code, reason = "each test uses some")]

use std::fs;
use std::path::Path;

use edge_clv::{BgNbdParameters, GammaGammaParameters, ModelFile, TimeUnit};
use edge_clv_train::{
    Clock, Collapse, CsvFile, NamedColumns, OrderIntake, OrderLog, OrderReader, RfmTable, Rules,
    Simulation, check_model, simulate,
};

/// The orders of CDNOW.
pub(crate) fn cdnow_orders() -> OrderLog {
    let orders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cdnow-orders.csv");
    let intake = OrderIntake::new(Rules::default(), None);
    let mut reader = OrderReader::new(&intake, Clock::new(Collapse::Day, None, None), "line", true);
    let file = CsvFile::open(fs::File::open(orders).unwrap()).unwrap();
    file.read_orders(None, &NamedColumns::default(), &mut reader).unwrap();
    reader.finish().unwrap();
    intake.finish()
}

/// The customers of CDNOW up to 1997-09-30, in days.
pub(crate) fn cdnow() -> RfmTable {
    let end = "1997-09-30".parse().unwrap();
    cdnow_orders().summary(Some(end)).unwrap().table()
}

/// Rows of frequency, recency, T, monetary value and count.
pub(crate) fn table(rows: &[(f64, f64, f64, f64, u64)]) -> RfmTable {
    let mut table = RfmTable::default();
    for &(frequency, recency, age, monetary_value, count) in rows {
        table.push_numbers([frequency, recency, age, monetary_value], count);
    }
    table
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

/// A model with these parameters; time in days.
pub(crate) fn model([r, alpha, a, b]: [f64; 4], [p, q, v]: [f64; 3]) -> ModelFile {
    let mut model = check_model(include_str!("../../../model/cdnow.json")).unwrap();
    model.time_unit = TimeUnit::Day;
    model.bg_nbd = BgNbdParameters { r, alpha, a, b };
    model.gamma_gamma = GammaGammaParameters { p, q, v };
    model
}

/// The histories of customers drawn from a model, at the exact times of their purchases.
pub(crate) fn drawn(model: &ModelFile, plan: Simulation) -> RfmTable {
    let mut table = RfmTable::default();
    for purchases in simulate(model, plan).unwrap() {
        let repeats = &purchases[1..];
        let spent: f64 = repeats.iter().map(|purchase| purchase.amount).sum();
        let first = purchases[0].at;
        let frequency = repeats.len() as f64;
        let recency = repeats.last().map_or(0.0, |last| last.at - first);
        let age = f64::from(plan.days) - first;
        table.push_numbers([frequency, recency, age, spent / frequency], 1);
    }
    table
}
