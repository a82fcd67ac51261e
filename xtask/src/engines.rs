//! The examples in `examples/engines/`, run as they are.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::run::{printed, root, run};
use crate::{package, python, readme};

/// Rows that break a rule, and one without a monetary value.
const ODD_ROWS: &str = "\
negative,-1,0,10,5
part,1.5,3,10,5
late,2,11,10,5
missing,,3,10,5
unpaid,2,3,10,
free,2,3,10,0
unending,2,3,inf,5
first-day,0,0,0,
";

/// Has the engines score known customers, hard rows and broken ones, and leaves what comes of it
/// in `target/engines`, for `engines.test.mjs` to compare.
pub(crate) fn score_all() -> Result<()> {
    let folder = root().join("target/engines/scores");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let profiles = folder.join("profiles.csv");
    fs::write(&profiles, profiles_of_all()?)?;
    let model = folder.join("model.json");
    let models = fs::read_to_string(root().join("tests/golden/bits-models.json"))?;
    let models: Value = serde_json::from_str(&models)?;
    fs::write(&model, models[0].to_string())?;

    let module = package::dist().join("clv-raw.wasm");
    let score = |example: &str, output: &str| -> Result<Command> {
        let mut python = python()?;
        python.arg(root().join("examples/engines").join(example));
        python.arg(&module).arg(&profiles).arg(folder.join(output));
        Ok(python)
    };
    run(&mut score("clv_raw.py", "wasmtime.csv")?)?;
    run(score("clv_raw.py", "loaded.csv")?.arg(&model))?;
    run(&mut score("duckdb_udf.py", "duckdb.csv")?)?;
    // The cluster is the example's own, whatever this shell works with otherwise.
    let said = printed(score("spark_udf.py", "spark")?.env_remove("SPARK_MASTER"))?;
    ensure!(said.trim_end().ends_with("scored on 2 executors"), "spark_udf.py prints\n{said}");
    let mut one_by_one = beside_examples()?;
    one_by_one.args(["-c", ONE_BY_ONE]).arg(&module).arg(&profiles).arg(folder.join("scalar.csv"));
    run(&mut one_by_one)?;
    readme_example()
}

/// Every quantity by the call for one of one customer.
const ONE_BY_ONE: &str = r#"
import csv, sys
from math import isnan, nan
from clv_raw import AHEAD, PROFILE, QUANTITIES, Clv

module, profiles, scored = sys.argv[1:]
clv = Clv(module)
bands = [band["name"] for band in clv.model["segments"]["bands"]]
asked = {name: (name, 0.0) for name in QUANTITIES[:2]}
asked |= {f"{name}_{days}d": (name, days) for days in clv.model["horizons"] for name in AHEAD}
with open(profiles) as given, open(scored, "w", newline="") as answers:
    writer = csv.writer(answers, lineterminator="\n")
    writer.writerow(["customer", *asked, "segment"])
    for row in csv.DictReader(given):
        profile = [float(row[name] or nan) for name in PROFILE]
        numbers = [clv.quantity(name, *profile, days) for name, days in asked.values()]
        band = clv.quantity("segment", *profile)
        writer.writerow([row["customer"], *numbers, "" if isnan(band) else bands[int(band)]])
"#;

/// Python with the engines.
pub(crate) fn python() -> Result<Command> {
    python::python("examples/engines/requirements.txt", "engines/python")
}

/// The same for a program that imports the examples.
fn beside_examples() -> Result<Command> {
    let mut python = python()?;
    let packages: PathBuf = root().join("target/engines/python");
    let path = std::env::join_paths([packages, root().join("examples/engines")])?;
    python.env("PYTHONPATH", path);
    Ok(python)
}

/// A table of profiles as `clv summary` writes it.
fn profiles_of_all() -> Result<String> {
    let mut profiles = fs::read_to_string(root().join("data/cdnow-rfm.csv"))?;
    let hard = fs::read_to_string(root().join("tests/golden/hard.csv"))?;
    let mut rows = hard.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().context("hard.csv is empty")?;
    let column = |name| header.iter().position(|known| *known == name);
    let names = ["frequency", "recency", "T", "monetary_value"];
    let columns: Option<Vec<_>> = names.into_iter().map(column).collect();
    let columns = columns.context("hard.csv has no profiles")?;
    for (i, row) in rows.enumerate() {
        let cells: Vec<_> = columns.iter().map(|&column| row[column]).collect();
        profiles += &format!("hard-{i},{}\n", cells.join(","));
    }
    Ok(profiles + ODD_ROWS)
}

/// The example of README.md prints what it says there.
fn readme_example() -> Result<()> {
    let block = |language| readme::blocks("In a warehouse", language).map(Vec::into_iter);
    let example = block("python")?.next().context("the section has no example")?;
    let expected = block("text")?.next().context("the example prints nothing")?;
    let output = printed(beside_examples()?.args(["-c", &example]))?;
    // DuckDB shows before how far it is, if that takes seconds.
    let ends = output.trim_end().ends_with(expected.trim_end());
    ensure!(ends, "README.md's example prints\n{output}");
    Ok(())
}
