//! `cargo xtask bench`: how fast, and compared with whom, all in one run. What is claimed
//! about speed comes from here.

mod agreement;
mod customers;
pub(crate) mod fit;
pub(crate) mod orders;
mod report;
pub(crate) mod score;
pub(crate) mod worker;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use self::report::Figures;
use crate::browser;
use crate::package;
use crate::python::python;
use crate::run::{cargo, command, demand_default_model, output, printed, root, run, step};

/// A program that measures and prints `{"times", "samples"}`: by measure, nanoseconds for
/// one customer of each run, and some rows of the answers.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) measures: &'static [&'static str],
    command: fn() -> Result<Command>,
}

const LIFETIMES: &str = "lifetimes";
const NATIVE: &str = "native";
const NODE: &str = "wasm in Node";
const CHROMIUM: &str = "wasm in Chromium";
const PLAIN: &str = "plain JavaScript in Node";
const COPY: &str = "copying in Node";

/// What is measured of the package on every host. A population by itself is its six outputs,
/// in the ordinary way.
const PACKAGE: &[&str] = &[
    "cdnow",
    "cdnow, every column",
    "cdnow, new columns",
    "cdnow, first call",
    "cdnow, first 1,000",
    "cdnow, exact",
    "repeat-heavy",
    "repeat-heavy, exact",
    "old",
    "old, exact",
    "one customer",
    "first score",
];

/// All of them; the first is the reference of the rest.
pub(crate) const CONTESTANTS: [Contestant; 6] = [
    Contestant {
        name: LIFETIMES,
        measures: &["cdnow", "repeat-heavy", "old", "one customer"],
        command: || {
            let mut python = lifetimes()?;
            python.arg("benches/peer.py");
            Ok(python)
        },
    },
    Contestant {
        name: NATIVE,
        measures: &[
            "cdnow",
            "cdnow, exact",
            "repeat-heavy",
            "repeat-heavy, exact",
            "old",
            "old, exact",
            "cdnow, copy",
        ],
        command: || Ok(native()),
    },
    Contestant { name: NODE, measures: PACKAGE, command: || Ok(node("node.mjs")) },
    Contestant {
        name: CHROMIUM,
        measures: PACKAGE,
        command: || {
            let mut node = node("chromium.mjs");
            node.env("CHROMIUM", browser::CHROMIUM.find()?);
            Ok(node)
        },
    },
    Contestant { name: PLAIN, measures: &["cdnow"], command: || Ok(node("plain.mjs")) },
    Contestant { name: COPY, measures: &["cdnow, copy"], command: || Ok(node("copy.mjs")) },
];

fn lifetimes() -> Result<Command> {
    python("benches/requirements.txt", "bench/python")
}

fn native() -> Command {
    let mut cargo = cargo();
    cargo.args(["bench", "--quiet", "--package", "edge-clv", "--bench", "batch"]);
    cargo
}

fn node(script: &str) -> Command {
    let mut node = command("node");
    node.arg(root().join("benches").join(script));
    node
}

/// How much is measured.
struct Size {
    cdnow: usize,
    others: usize,
    rounds: usize,
    repetitions: usize,
}

const FULL: Size = Size { cdnow: 1_000_000, others: 100_000, rounds: 5, repetitions: 3 };
const QUICK: Size = Size { cdnow: 20_000, others: 2_000, rounds: 1, repetitions: 1 };
/// So many customers' answers are compared.
const SAMPLE: usize = 1_000;

/// Where the figures are left.
pub(crate) fn results() -> PathBuf {
    root().join("target/bench.json")
}

/// Measures in earnest.
pub(crate) fn run_full() -> Result<()> {
    let missed = bench(&FULL)?.missed();
    ensure!(missed.is_empty(), "a bar is missed: {}", missed.join("; "));
    Ok(())
}

/// Shows that everything runs.
pub(crate) fn run_quick() -> Result<()> {
    bench(&QUICK)?;
    println!("\nThese were too few customers and rounds for figures that mean anything.");
    Ok(())
}

/// Builds, measures, prints and writes the figures.
fn bench(size: &Size) -> Result<Figures> {
    demand_default_model()?;
    package::build()?;
    lifetimes()?;
    step("compile the native benchmark", || run(native().arg("--no-run")))?;
    let customers = root().join("target/bench");
    step("write the customers", || customers::write(&customers, size.cdnow, size.others))?;

    let mut figures = Figures::default();
    // In rounds, so that whatever else the machine does meets everybody.
    for round in 1..=size.rounds {
        let mut reference = Value::Null;
        for contestant in &CONTESTANTS {
            step(&format!("round {round} of {}: {}", size.rounds, contestant.name), || {
                let mut command = (contestant.command)()?;
                command
                    .env("ROOT", root())
                    .env("CUSTOMERS", &customers)
                    .env("REPETITIONS", size.repetitions.to_string())
                    .env("SAMPLE", SAMPLE.to_string());
                let measured: Value = serde_json::from_str(&printed(&mut command)?)?;
                figures.add(contestant.name, contestant.measures, &measured["times"])?;
                if contestant.name == LIFETIMES {
                    reference = measured["samples"].clone();
                }
                agreement::check(&measured["samples"], &reference)
            })?;
        }
    }

    let machine = machine()?;
    println!(
        "\nTime for one customer, one thread each, over {} customers like CDNOW's and {} each\n\
         that buy too often (repeat-heavy) or are too old for the tables; median, least and most\n\
         of {} x {} runs, on\n\
         {machine}.\n\
         Six outputs unless it says otherwise: P(alive), purchases and value in 30 and in 90\n\
         days, average profit. Values of lifetimes and of the plain JavaScript are profit times\n\
         purchases, which is cheaper than lifetimes' own function; ours are discounted. The\n\
         first score is the time from the package's bytes to an answer. The first call, of all\n\
         customers or of 1,000, makes a model's tables; the others find them made.\n",
        size.cdnow, size.others, size.rounds, size.repetitions
    );
    figures.print();
    let written = json!({
        "customers": {"cdnow": size.cdnow, "repeat-heavy": size.others, "old": size.others},
        "rounds": size.rounds,
        "repetitions": size.repetitions,
        "machine": machine,
        "nanoseconds": figures.nanoseconds(),
        "ratios": figures.ratios(),
    });
    fs::write(results(), format!("{written:#}\n")).context("cannot write the figures")?;
    Ok(figures)
}

/// What the figures are of: the processor, where Linux tells, and what ran the contestants.
fn machine() -> Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processors.lines().find_map(|line| line.strip_prefix("model name\t: "));
    let mut parts = vec![processor.unwrap_or(std::env::consts::ARCH).to_owned()];
    let programs = [
        ("", command("rustc")),
        ("", lifetimes()?),
        ("Node ", command("node")),
        ("", command(browser::CHROMIUM.find()?)),
    ];
    for (name, mut program) in programs {
        let version = output(program.arg("--version")).context("a program has no version")?;
        parts.push(format!("{name}{version}"));
    }
    Ok(parts.join(", "))
}

/// The command `clv`, compiled as its users have it.
fn compiled_clv() -> Result<PathBuf> {
    step("compile clv", || {
        run(cargo().args(["build", "--quiet", "--release", "--package", "edge-clv-train"]))
    })?;
    Ok(root().join("target/release/clv"))
}
