//! How many customers a second `clv score` takes from Parquet to Parquet: reading, scoring with
//! every default column, and writing, on as many cores as it takes.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::customers;
use crate::run::{cargo, command, root, run, step};

/// What it is to reach on two cores.
const BAR: f64 = 2e6;

/// Builds `clv`, writes so many customers, scores them so often, and prints what it took.
/// `optimised` is for figures that mean something.
pub(crate) fn measure(
    folder: &Path,
    rows: usize,
    repetitions: usize,
    optimised: bool,
) -> Result<Value> {
    let (profile, arguments) =
        if optimised { ("release", &["--release"][..]) } else { ("debug", &[][..]) };
    step("compile clv", || {
        run(cargo().args(["build", "--quiet", "--package", "edge-clv-train"]).args(arguments))
    })?;
    let clv = root().join("target").join(profile).join("clv");
    let (text, profiles) = (folder.join("profiles.csv"), folder.join("profiles.parquet"));
    let scored = folder.join("scored.parquet");
    step(&format!("write {rows} customers as Parquet"), || {
        customers::write_profiles(&text, &customers::like_cdnow(rows)?)?;
        run(command(&clv).arg("summary").arg(&text).arg("-o").arg(&profiles))
    })?;
    fs::remove_file(&text).context("cannot remove the profiles in CSV")?;

    let mut seconds = Vec::new();
    step(&format!("score them {repetitions} times"), || {
        for _ in 0..repetitions {
            let began = Instant::now();
            run(command(&clv)
                .args(["score", "--quiet", "--model"])
                .arg(root().join("model/cdnow.json"))
                .arg(&profiles)
                .arg("--output")
                .arg(&scored))?;
            seconds.push(began.elapsed().as_secs_f64());
        }
        Ok(())
    })?;
    seconds.sort_by(f64::total_cmp);
    let a_second = |seconds: f64| rows as f64 / seconds;
    let (best, median) = (a_second(seconds[0]), a_second(seconds[seconds.len() / 2]));
    let bytes = fs::metadata(&scored).context("nothing was scored")?.len();
    let held = if best >= BAR { "reached" } else { "MISSED" };
    println!(
        "\nclv score, Parquet to Parquet, with every default column: {:.2} million customers a \
         second at best, {:.2} in the median of {repetitions}; {} MB written and synced each \
         time. The bar of {} million is {held}.",
        best / 1e6,
        median / 1e6,
        bytes / 1_000_000,
        BAR / 1e6,
    );
    Ok(json!({
        "rows": rows,
        "bytes_written": bytes,
        "customers_a_second": {"best": best, "median": median},
    }))
}
