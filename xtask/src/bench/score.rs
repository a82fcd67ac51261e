//! `cargo xtask bench score`: how many customers a second `clv score` takes from Parquet to
//! Parquet: reading, scoring with every default column, and writing.

use std::fs;
use std::io::Write;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::report::median;
use super::{compiled_clv, customers};
use crate::run::{command, root, run, step};

/// Customers a second to reach on two cores.
const BAR: f64 = 2e6;

/// Measures in earnest.
pub(crate) fn run_full() -> Result<()> {
    measure(4_000_000, 9, BAR)
}

/// Shows that it runs; too few customers for a figure.
pub(crate) fn run_quick() -> Result<()> {
    measure(20_000, 1, 0.0)
}

/// Writes so many customers, scores them so often, prints what it took and holds the best run
/// against the bar: what else the machine does only ever makes a run longer. Where the bar is
/// missed, all but the plain writing has to be twice as fast.
fn measure(rows: usize, repetitions: usize, bar: f64) -> Result<()> {
    let clv = compiled_clv()?;
    let folder = root().join("target/bench/score");
    fs::create_dir_all(&folder)?;
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
    let least = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let a_second = |seconds: f64| rows as f64 / seconds;
    let (best, median) = (a_second(least), a_second(median(seconds.into_iter())));
    let written = fs::read(&scored).context("nothing was scored")?;
    let plain = folder.join("plain");
    let began = Instant::now();
    let mut file = fs::File::create(&plain)?;
    file.write_all(&written)?;
    file.sync_all()?;
    let disk = began.elapsed().as_secs_f64();
    fs::remove_file(&plain)?;
    println!(
        "\nclv score, Parquet to Parquet, {rows} customers with every default column: {:.2} \
         million a second in the best of {repetitions} runs, {:.2} in the median. A run writes \
         and syncs {} MB, which by itself took {disk:.2} of the best run's {:.2} s",
        best / 1e6,
        median / 1e6,
        written.len() / 1_000_000,
        least,
    );
    // A disk that takes most of the time is what bounds it, whatever the rest does.
    let rest = rows as f64 / (least - disk).max(f64::MIN_POSITIVE);
    ensure!(best >= bar || rest >= 2.0 * bar, "the bar is {} million a second", bar / 1e6);
    Ok(())
}
