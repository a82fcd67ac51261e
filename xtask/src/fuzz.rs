//! The fuzz targets of `fuzz/`: built once, then two at a time.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::process::Stdio;
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, ensure};

use crate::run::{command, root, run, step};
use crate::tools::cargo_fuzz;

/// Every target, those that are slow to find something new first.
const TARGETS: [&str; 4] = ["evaluators", "batch", "profile", "model_file"];

/// How long a target is tried in the tests.
const SECONDS: u32 = 60;

/// `cargo xtask fuzz [TARGET] [SECONDS]`.
pub(crate) fn by_hand(arguments: &[&str]) -> Result<()> {
    let (targets, seconds) = match arguments {
        [] => (TARGETS.to_vec(), SECONDS.to_string()),
        [target, rest @ ..] => {
            let known = TARGETS.into_iter().find(|known| known == target);
            let target =
                known.with_context(|| format!("the targets are {}", TARGETS.join(", ")))?;
            (vec![target], rest.first().map_or_else(|| SECONDS.to_string(), ToString::to_string))
        }
    };
    let seconds = seconds.parse().with_context(|| format!("{seconds} is no number of seconds"))?;
    let failed = fuzz(&targets, seconds)?;
    ensure!(failed == 0, "{failed} of {} targets failed", targets.len());
    Ok(())
}

/// Tries every target; how many were, as passed and failed tests.
pub(crate) fn every_target() -> Result<(u32, u32)> {
    let failed = fuzz(&TARGETS, SECONDS)?;
    Ok((TARGETS.len() as u32 - failed, failed))
}

/// Tries these targets for so long each; how many failed, each having said why.
fn fuzz(targets: &[&str], seconds: u32) -> Result<u32> {
    let cargo_fuzz = cargo_fuzz()?;
    let build = root().join("target/fuzz");
    let cargo_fuzz = |subcommand: &str| {
        let mut fuzz = command(&cargo_fuzz);
        // The core is safe Rust throughout, in which the address sanitizer would find
        // nothing; and without one the stable compiler will do. To follow each comparison
        // of numbers takes a hundred times as long.
        fuzz.args(["fuzz", subcommand, "--sanitizer", "none", "--no-trace-compares"]);
        fuzz.arg("--target-dir").arg(&build);
        fuzz
    };
    step("build the fuzz targets", || run(&mut cargo_fuzz("build")))?;

    let queue = Mutex::new(VecDeque::from_iter(targets));
    let next = || queue.lock().ok()?.pop_front();
    let try_one = |target: &str| -> Result<()> {
        // What is found goes here; the committed seeds, read too, stay as they are.
        let found = build.join("corpus").join(target);
        fs::create_dir_all(&found)?;
        let log = build.join(format!("{target}.log"));
        let output = File::create(&log)?;
        let mut fuzz = cargo_fuzz("run");
        fuzz.arg(target).arg(found).arg(root().join("fuzz/corpus").join(target));
        fuzz.args(["--", "-timeout=10", "-print_final_stats=1"]);
        fuzz.arg(format!("-max_total_time={seconds}"));
        fuzz.stdout(output.try_clone()?).stderr(output).stdin(Stdio::null());
        let finished = run(&mut fuzz);
        let log = fs::read(&log)?;
        let log = String::from_utf8_lossy(&log);
        if finished.is_err() {
            println!("{log}");
        }
        finished?;
        let runs =
            log.lines().find_map(|line| line.strip_prefix("Done ")).context("it is not done")?;
        println!("    {target}: {runs}");
        Ok(())
    };
    let work = || {
        let mut failed = 0;
        while let Some(target) = next() {
            if let Err(why) = try_one(target) {
                println!("    {target}: {why:#}");
                failed += 1;
            }
        }
        failed
    };
    let what = format!("fuzz {} for {seconds} s each", targets.join(", "));
    step(&what, || {
        thread::scope(|scope| {
            let other = scope.spawn(work);
            let failed = work() + other.join().unwrap_or(1);
            Ok(failed)
        })
    })
}
