//! `cargo xtask bench worker`: the Worker in the real Workers runtime, beside the least that a
//! Worker can do and beside Python's way of serving the same, under one load.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::report::median;
use crate::browser::CHROMIUM;
use crate::python::python;
use crate::run::{command, demand_default_model, output, printed, root, run, step};
use crate::toolchain::apt_install;
use crate::worker;

/// Of the floor's requests a second.
const OF_FLOOR: f64 = 0.85;
/// Of FastAPI's.
const OF_PEER: f64 = 4.5;
/// Customers a second in batches of a thousand, on one core.
const BATCH: f64 = 200_000.0;
/// Of FastAPI's time from the start of the process to the first answer.
const COLD: f64 = 1.0 / 3.0;
/// Bytes of the bundle, as they are and compressed.
const RAW: usize = 400_000;
const GZIPPED: usize = 150_000;
/// Milliseconds from the module's bytes to an instance.
const INSTANTIATION: f64 = 5.0;

/// Who is measured, and what they are called.
const CONTESTANTS: [(&str, &str); 4] = [
    ("worker", "this Worker"),
    ("floor", "JavaScript that sums up"),
    ("fastapi", "FastAPI"),
    ("tuned", "FastAPI, uvloop and httptools"),
];

/// How much is measured.
struct Size {
    rounds: u32,
    seconds: u32,
    starts: u32,
}

const FULL: Size = Size { rounds: 7, seconds: 5, starts: 7 };
const QUICK: Size = Size { rounds: 1, seconds: 1, starts: 1 };

/// Where the figures are left.
pub(crate) fn results() -> PathBuf {
    root().join("target/bench-worker.json")
}

/// Measures in earnest, and fails where a bar is missed.
pub(crate) fn run_full() -> Result<()> {
    let missed = measure(&FULL)?;
    ensure!(missed.is_empty(), "missed: {}", missed.join("; "));
    Ok(())
}

/// Shows that it runs; what does not depend on time has to be right all the same.
pub(crate) fn run_quick() -> Result<()> {
    measure(&QUICK)?;
    let written: Value = serde_json::from_str(&fs::read_to_string(results())?)?;
    for (what, at_most) in [("raw", RAW), ("gzipped", GZIPPED)] {
        let bytes = written["bundle"][what].as_f64().unwrap_or(f64::INFINITY);
        ensure!(bytes <= at_most as f64, "the bundle is {bytes} bytes {what}, not {at_most}");
    }
    println!("\nThese were too few rounds for figures that mean anything.");
    Ok(())
}

/// Mixed load for so long, every answer compared and the runtime's memory watched.
pub(crate) fn soak(seconds: u32) -> Result<()> {
    demand_default_model()?;
    worker::build()?;
    crate::package::build()?;
    step(&format!("{seconds} s of mixed load"), || {
        run(node("soak.mjs").env("SECONDS", seconds.to_string()))
    })
}

/// As one writes it on the command line: `90`, `90s` or `10m`.
pub(crate) fn seconds(text: &str) -> Result<u32> {
    let (digits, unit) = match text.strip_suffix('m') {
        Some(digits) => (digits, 60),
        None => (text.strip_suffix('s').unwrap_or(text), 1),
    };
    let number: u32 = digits.parse().with_context(|| format!("{text} is no time like 10m"))?;
    Ok(number * unit)
}

fn node(script: &str) -> Command {
    let mut node = command("node");
    node.arg(root().join("benches/worker").join(script)).env("ROOT", root());
    node
}

fn served_by_python() -> Result<Command> {
    python("benches/worker/requirements.txt", "bench/worker/python")
}

/// `wrk`, which makes the load.
fn load_maker() -> Result<()> {
    if output(command("wrk").arg("-v")).is_some() || installed("wrk") {
        return Ok(());
    }
    step("install Debian's wrk", || apt_install(&["wrk"]))?;
    ensure!(installed("wrk"), "wrk was installed and is not on the PATH");
    Ok(())
}

/// Asked for its version, it ends as if it had failed.
fn installed(program: &str) -> bool {
    command(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Measures, prints and writes the figures; gives the bars that were missed.
fn measure(size: &Size) -> Result<Vec<String>> {
    demand_default_model()?;
    worker::build()?;
    load_maker()?;
    let folder = root().join("target/bench/worker");
    fs::create_dir_all(&folder)?;
    run(served_by_python()?
        .args(["benches/worker/api.py", "model/cdnow.json"])
        .arg(&folder)
        .current_dir(root()))?;
    let python = served_by_python()?;
    let mut measure = node("measure.mjs");
    for (name, value) in python.get_envs() {
        measure.env(name, value.context("the packages of Python are nowhere")?);
    }
    measure
        .env("PYTHON", python.get_program())
        .env("PICKLED", &folder)
        .env("FOLDER", &folder)
        .env("ROUNDS", size.rounds.to_string())
        .env("SECONDS", size.seconds.to_string())
        .env("STARTS", size.starts.to_string());
    let measured: Value = step(
        &format!("{} rounds of {} s, {} cold starts", size.rounds, size.seconds, size.starts),
        || Ok(serde_json::from_str(&printed(&mut measure)?)?),
    )?;
    let expected = fs::read_to_string(root().join("tests/golden/seed-answer.json"))?;
    let answer = measured["answer"].as_str();
    ensure!(answer == Some(expected.trim_end()), "the Worker answers {answer:?}");
    let mut instantiate = node("instantiate.mjs");
    instantiate.env("CHROMIUM", CHROMIUM.find()?).env("STARTS", (3 * size.starts).to_string());
    let instantiation: Vec<f64> = serde_json::from_str(&printed(&mut instantiate)?)?;
    report(size, &measured, median(instantiation.into_iter()), bundle()?)
}

/// The median over the rounds of one of their figures.
fn figure(rounds: &Value, name: &str) -> Result<f64> {
    let rounds = rounds.as_array().with_context(|| format!("{name} was not measured"))?;
    let figures: Option<Vec<f64>> = rounds.iter().map(|round| round[name].as_f64()).collect();
    let figures = figures.filter(|figures| figures.iter().all(|figure| *figure > 0.0));
    Ok(median(figures.with_context(|| format!("no {name} in {rounds:?}"))?.into_iter()))
}

fn report(
    size: &Size,
    measured: &Value,
    instantiation: f64,
    (raw, gzipped): (usize, usize),
) -> Result<Vec<String>> {
    let load = |who: &str, what: &str, name| figure(&measured["loads"][who][what], name);
    let start = |who: &str, name| figure(&measured["starts"][who], name);
    println!(
        "\nMedians of {} rounds of {} s that take turns, wrk with 8 connections, workerd served \
         directly\nand uvicorn, one process each. Processor time is of all threads.\n",
        size.rounds, size.seconds
    );
    let mut written = json!({"rounds": size.rounds, "seconds": size.seconds});
    println!("{:36}{:>14}{:>22}", "POST /predict", "requests/s", "processor a request");
    for (who, what) in CONTESTANTS {
        let [a_second, each] =
            [load(who, "predict", "perSecond")?, load(who, "predict", "microseconds")?];
        println!("{what:36}{a_second:>14.0}{each:>19.1} µs");
        written["predict"][who] = json!({"per_second": a_second, "processor_us": each});
    }
    let [batch, batch_each] =
        [load("worker", "batch", "perSecond")?, load("worker", "batch", "microseconds")?];
    println!("\n{:36}{:>14}{:>22}", "start to first answer", "", "processor");
    for (who, what) in CONTESTANTS {
        let [time, processor] = [start(who, "milliseconds")?, start(who, "processor")?];
        println!("{what:36}{time:>11.0} ms{processor:>19.0} ms");
        written["start"][who] = json!({"ms": time, "processor_ms": processor});
    }
    println!();

    let mut missed = Vec::new();
    let mut held = |what: &str, value: f64, bar: f64, at_least: bool, unit: &str| {
        let meets = if at_least { value >= bar } else { value <= bar };
        let digits = if bar < 100.0 { 2 } else { 0 };
        let words = if at_least { "at least" } else { "at most" };
        let verdict = if meets { "pass" } else { "FAIL" };
        println!("{what:52}{value:>12.digits$}{unit:3}  {words} {bar:.digits$}: {verdict}");
        if !meets {
            missed.push(format!("{what} {value:.digits$}{unit}, {words} {bar:.digits$}"));
        }
        written["bars"][what] = json!({"value": value, "bar": bar, "pass": meets});
    };
    let ratio = |to: &str| {
        Ok::<_, anyhow::Error>(
            load("worker", "predict", "perSecond")? / load(to, "predict", "perSecond")?,
        )
    };
    held("/predict, of the floor's requests a second", ratio("floor")?, OF_FLOOR, true, "");
    held("/predict, times FastAPI's", ratio("fastapi")?, OF_PEER, true, "");
    println!("{:52}{:>12.2}", "the same, with uvloop and httptools", ratio("tuned")?);
    // One thread serves, others only collect garbage: what all of them together take is one
    // core's work, whatever else the machine does meanwhile.
    held("customers a second and core in batches of 1000", 1e6 / batch_each, BATCH, true, "");
    let cold = start("worker", "milliseconds")? / start("fastapi", "milliseconds")?;
    held("start to first answer, of FastAPI's", cold, COLD, false, "");
    held("from bytes to an instance, in Chromium", instantiation, INSTANTIATION, false, " ms");
    held("bundle, raw bytes", raw as f64, RAW as f64, false, "");
    held("bundle, gzipped bytes", gzipped as f64, GZIPPED as f64, false, "");
    println!("{:52}{batch:>12.0}     with what else the machine did", "customers a second");
    written["batch"] = json!({"per_second": batch, "processor_us": batch_each});
    written["instantiation_ms"] = instantiation.into();
    written["bundle"] = json!({"raw": raw, "gzipped": gzipped});
    fs::write(results(), format!("{written:#}\n")).context("cannot write the figures")?;
    Ok(missed)
}

/// What is uploaded: the bytes of the modules, and after gzip.
fn bundle() -> Result<(usize, usize)> {
    let mut bytes = Vec::new();
    for name in ["entry.js", "build/index.js", "build/index_bg.wasm"] {
        bytes.extend(fs::read(root().join("worker").join(name))?);
    }
    let mut gzip =
        command("gzip").args(["-9", "-c"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = gzip.stdin.take().context("gzip has no input")?;
    let raw = bytes.len();
    // It writes while it reads.
    let writing = std::thread::spawn(move || input.write_all(&bytes));
    let output = gzip.wait_with_output()?;
    if writing.join().is_err() || !output.status.success() {
        bail!("gzip failed");
    }
    Ok((raw, output.stdout.len()))
}
