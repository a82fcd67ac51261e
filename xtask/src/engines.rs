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
    run(&mut score("spark_udf.py", "spark")?)?;
    readme_example()
}

/// Python with the engines.
pub(crate) fn python() -> Result<Command> {
    python::python("examples/engines/requirements.txt", "engines/python")
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
    let mut python = python()?;
    let packages: PathBuf = root().join("target/engines/python");
    let path = std::env::join_paths([packages, root().join("examples/engines")])?;
    let output = printed(python.env("PYTHONPATH", path).args(["-c", &example]))?;
    // DuckDB shows before how far it is, if that takes seconds.
    let ends = output.trim_end().ends_with(expected.trim_end());
    ensure!(ends, "README.md's example prints\n{output}");
    Ok(())
}
