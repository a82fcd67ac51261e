//! `cargo xtask bench fit`: how long a fit takes, beside lifetimes, all in one run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::report::median;
use super::{customers, lifetimes};
use crate::run::{cargo, printed, root, run, step};

/// Times as fast as lifetimes that a fit has to be.
const BAR: f64 = 10.0;

const FULL: usize = 1_000_000;
const QUICK: usize = 5_000;
const ROUNDS: usize = 3;

/// Where the figures are left.
pub(crate) fn results() -> PathBuf {
    root().join("target/bench-fit.json")
}

/// Measures in earnest.
pub(crate) fn run_full() -> Result<()> {
    let least = bench(FULL, ROUNDS)?;
    ensure!(least >= BAR, "the bar is {BAR} times as fast");
    Ok(())
}

/// Shows that everything runs.
pub(crate) fn run_quick() -> Result<()> {
    bench(QUICK, 1)?;
    println!("\nThese were too few customers for figures that mean anything.");
    Ok(())
}

/// Measures and leaves the figures; gives how many times as fast it is where that is least.
fn bench(customers: usize, rounds: usize) -> Result<f64> {
    let native = || {
        let mut cargo = cargo();
        cargo.args(["bench", "--quiet", "--package", "edge-clv-train", "--bench", "fit"]);
        cargo
    };
    lifetimes()?;
    step("compile the fit", || run(native().arg("--no-run")))?;
    let folder = root().join("target/bench/fit");
    step("write the customers", || write(&folder, customers))?;
    let mut seconds: BTreeMap<(&str, &str), Vec<f64>> = BTreeMap::new();
    let mut rows = BTreeMap::new();
    for round in 1..=rounds {
        let mut fits = Vec::new();
        for who in ["lifetimes", "clv"] {
            let measured = step(&format!("round {round} of {rounds}: {who}"), || {
                let mut command = match who {
                    "clv" => native(),
                    _ => {
                        let mut python = lifetimes()?;
                        python.arg("benches/fit_peer.py");
                        python
                    }
                };
                command.env("CUSTOMERS", &folder).env("REPETITIONS", "1");
                Ok(serde_json::from_str::<Value>(&printed(&mut command)?)?)
            })?;
            for table in ["unfolded", "folded"] {
                let measured = &measured[table];
                let runs = measured["seconds"].as_array().context("nothing was measured")?;
                let runs = runs.iter().filter_map(Value::as_f64);
                seconds.entry((who, table)).or_default().extend(runs);
                rows.insert(table, measured["rows"].clone());
            }
            fits.push(measured);
        }
        agree(&fits[0], &fits[1])?;
    }

    println!(
        "\nSeconds of a fit of both models to {customers} customers, the median of {rounds}:\n"
    );
    let mut written = json!({"customers": customers, "rounds": rounds});
    let mut least = f64::INFINITY;
    for table in ["unfolded", "folded"] {
        let [theirs, ours] =
            ["lifetimes", "clv"].map(|who| median(seconds[&(who, table)].iter().copied()));
        let ratio = theirs / ours;
        println!(
            "{table:10}{:>9} rows  lifetimes {theirs:8.3}  clv {ours:8.3}  {ratio:6.1} times as fast",
            rows[table].to_string(),
        );
        least = least.min(ratio);
        written[table] =
            json!({"rows": rows[table], "lifetimes": theirs, "clv": ours, "ratio": ratio});
    }
    fs::write(results(), format!("{written:#}\n")).context("cannot write the figures")?;
    Ok(least)
}

/// Customers like CDNOW's, each with days of its own (nobody's history is another's), and with
/// whole days, those alike folded into one row.
fn write(folder: &Path, customers: usize) -> Result<()> {
    let own = customers::like_cdnow(customers)?;
    let mut folded: BTreeMap<[u64; 4], ([f64; 4], f64)> = BTreeMap::new();
    for [frequency, recency, age, money] in &own {
        // In cents, and nobody comes back on the day of the first purchase.
        let least = f64::from(u8::from(*frequency > 0.0));
        let (recency, age) = (recency.round().max(least), age.round());
        let row = [*frequency, recency, age.max(recency), (money * 100.0).round() / 100.0];
        folded.entry(row.map(f64::to_bits)).or_insert((row, 0.0)).1 += 1.0;
    }
    fs::create_dir_all(folder)?;
    let own: Vec<_> = own.into_iter().map(|row| (row, 1.0)).collect();
    for (name, rows) in [("unfolded", own), ("folded", folded.into_values().collect())] {
        let columns = (0..4).flat_map(|column| rows.iter().map(move |(row, _)| row[column]));
        let cells = columns.chain(rows.iter().map(|(_, count)| *count));
        let bytes: Vec<u8> = cells.flat_map(f64::to_le_bytes).collect();
        fs::write(folder.join(format!("{name}.f64")), bytes)?;
    }
    Ok(())
}

/// The parameters are the same, as far as lifetimes' ascent goes.
fn agree(theirs: &Value, ours: &Value) -> Result<()> {
    for table in ["unfolded", "folded"] {
        for model in ["purchases", "spend"] {
            let values = |of: &Value| -> Vec<f64> {
                let values = of[table]["fit"][model].as_array().cloned().unwrap_or_default();
                values.iter().filter_map(Value::as_f64).collect()
            };
            let (theirs, ours) = (values(theirs), values(ours));
            ensure!(ours.len() >= 3 && ours.len() == theirs.len(), "{table}: no {model}");
            for (their, our) in theirs.iter().zip(&ours) {
                ensure!((our / their - 1.0).abs() < 1e-3, "{table}: {ours:?}, not {theirs:?}");
            }
        }
    }
    Ok(())
}
