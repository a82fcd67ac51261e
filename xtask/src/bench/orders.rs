//! `cargo xtask bench orders`: the summary of a big order log, beside DuckDB's.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::compiled_clv;
use crate::python::python;
use crate::run::{printed, root};

/// `clv` may take so many times what DuckDB takes.
const MOST: f64 = 1.5;

/// What an order takes in memory, where there is room.
const ORDER_BYTES: f64 = 16.0;

/// 10 million orders of a million customers.
pub(crate) fn run_full() -> Result<()> {
    let figures = measure(10_000_000, 1_000_000, 5)?;
    println!(
        "\nSummary of 10 million orders of a million customers, Parquet to Parquet; least of 5 runs:"
    );
    for (measure, unit) in [("seconds", "s"), ("mebibytes", "MiB at most")] {
        let [ours, theirs] = ["clv", "duckdb"].map(|who| least(&figures[who][measure]));
        let (ours, theirs) = (ours?, theirs?);
        println!("  clv {ours:.2} {unit}, DuckDB {theirs:.2} {unit}: {:.2} times", ours / theirs);
        ensure!(ours <= MOST * theirs, "the bar is {MOST} times");
    }
    Ok(())
}

/// Shows that it runs, that both make the same and that memory is bounded; too few orders for
/// other figures.
pub(crate) fn run_quick() -> Result<()> {
    measure(3_000_000, 20_000, 1).map(|_| ())
}

/// Both in turns; that every row agrees is checked there. With `--memory 0` most of what the
/// orders take is saved.
fn measure(orders: u64, customers: u64, rounds: u32) -> Result<Value> {
    let clv = compiled_clv()?;
    let folder = root().join("target/bench").join(format!("orders-{orders}"));
    fs::create_dir_all(&folder)?;
    let mut bench = python("benches/orders-requirements.txt", "bench/duckdb")?;
    bench.arg("benches/orders.py").arg(clv).arg(folder);
    let figures = printed(bench.args([orders, customers, rounds.into()].map(|n| n.to_string())))?;
    let figures: Value = serde_json::from_str(&figures)?;
    let roomy = least(&figures["clv"]["mebibytes"])?;
    let bounded = figures["bounded"].as_f64().context("nothing was measured without memory")?;
    let all = ORDER_BYTES * orders as f64 / f64::from(1 << 20);
    println!(
        "{orders} orders are {all:.0} MiB; clv took {roomy:.0} MiB, with --memory 0 {bounded:.0} MiB"
    );
    ensure!(bounded <= roomy - 0.75 * all, "--memory does not bound the memory");
    Ok(figures)
}

fn least(figures: &Value) -> Result<f64> {
    let figures = figures.as_array().context("there are no figures")?;
    figures.iter().filter_map(Value::as_f64).reduce(f64::min).context("there is no figure")
}
