//! `cargo xtask bench score`: how many customers a second `clv score` takes from Parquet to
//! Parquet: reading, scoring with every default column, and writing.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use super::report::median;
use super::{compiled_clv, customers};
use crate::run::{command, root, run, step};

/// Customers a second to reach on two cores.
const BAR: f64 = 2e6;

/// How often what a run wrote is written plainly.
const WRITES: usize = 5;

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
/// missed, all but the plain writing has to be twice as fast; where that takes most of a run, which
/// overlaps it with its own work, nothing can be said of the rest.
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
    let least = min(&seconds);
    let a_second = |seconds: f64| rows as f64 / seconds;
    let (best, median) = (a_second(least), a_second(median(seconds.into_iter())));
    let written = fs::read(&scored).context("nothing was scored")?;
    let writes = (0..WRITES).map(|_| write(&folder.join("plain"), &written));
    let disk = min(&writes.collect::<Result<Vec<_>>>()?);
    println!(
        "\nclv score, Parquet to Parquet, {rows} customers with every default column: {:.2} \
         million a second in the best of {repetitions} runs, {:.2} in the median. A run writes \
         and syncs {} MB, which by itself took {disk:.2} s in the best of {WRITES}, of the best \
         run's {:.2} s",
        best / 1e6,
        median / 1e6,
        written.len() / 1_000_000,
        least,
    );
    if best < bar {
        let bar = bar / 1e6;
        ensure!(
            disk <= least / 2.0,
            "the bar is {bar} million a second, and the disk is too slow to tell what missed it"
        );
        let rest = a_second(least - disk) / 1e6;
        ensure!(
            rest >= 2.0 * bar,
            "the bar is {bar} million a second, or {} without the plain writing, and that is \
             {rest:.2}",
            2.0 * bar
        );
    }
    Ok(())
}

/// How long it takes to write and sync a file, which then goes.
fn write(path: &Path, bytes: &[u8]) -> Result<f64> {
    let began = Instant::now();
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let seconds = began.elapsed().as_secs_f64();
    fs::remove_file(path)?;
    Ok(seconds)
}

fn min(seconds: &[f64]) -> f64 {
    seconds.iter().copied().fold(f64::INFINITY, f64::min)
}
