//! The summary in SQL, on the engines it is written for.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::run::{cargo, clv, command, root, run};
use crate::{engines, readme};

/// Runs `train/sql/rfm_summary.sql` on DuckDB and on Spark over the CDNOW orders and over made-up
/// ones meant to break it, and demands of each exactly the folded summary that `clv` makes.
pub(crate) fn same_summary() -> Result<()> {
    let folder = root().join("target/sql/orders");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    fs::copy(root().join("data/cdnow-orders.csv"), folder.join("cdnow.csv"))?;
    fs::write(folder.join("cdnow.end"), "1997-09-30")?;
    run(engines::python()?.arg("train/tests/sql/engines.py").arg(&folder))?;
    for name in ["cdnow", "hostile"] {
        let end = fs::read_to_string(folder.join(name).with_extension("end"))?;
        let ours = folded(&folder.join(format!("{name}.csv")), &["--observe-until", &end])?;
        ensure!(ours.lines().count() > 100, "{name}: there is too little to compare");
        for engine in ["duckdb.csv", "spark.parquet"] {
            let theirs = folded(&folder.join(format!("{name}.{engine}")), &[])?;
            ensure!(ours == theirs, "{name}.{engine} in {} differs", folder.display());
        }
    }
    readme_path()
}

/// The way from orders to a model that README.md shows, through each engine, with CDNOW's orders:
/// it ends with the parameters of the default model.
fn readme_path() -> Result<()> {
    let folder = root().join("target/sql/readme");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("train/sql"))?;
    let query = "train/sql/rfm_summary.sql";
    fs::copy(root().join(query), folder.join(query))?;
    let orders = root().join("data/cdnow-orders.csv");
    let make = format!(
        "import duckdb; duckdb.sql(\"COPY (FROM '{}') TO 'orders.parquet'\")",
        orders.display()
    );
    run(engines::python()?.args(["-c", &make]).current_dir(&folder))?;
    let clv = clv()?;
    let (programs, fits) = (readme::blocks(SECTION, "python")?, readme::blocks(SECTION, "sh")?);
    let fits: Vec<&str> = fits
        .iter()
        .flat_map(|block| block.lines())
        .filter(|line| line.starts_with("clv fit"))
        .collect();
    ensure!(programs.len() == 2 && fits.len() == 2, "{SECTION} has {programs:?} and {fits:?}");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = clv.parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&path));
    let path = std::env::join_paths(path)?;
    for (program, fit) in programs.iter().zip(fits) {
        // CDNOW's orders are older than those of the example.
        let program = program.replace("2025-09-30", "1997-09-30");
        run(engines::python()?.args(["-c", &program]).current_dir(&folder))?;
        run(command("sh").args(["-c", fit]).env("PATH", &path).current_dir(&folder))?;
        let model = |path: &Path| -> Result<Value> {
            Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
        };
        let written = folder.join("model.json");
        let (ours, expected) = (model(&written)?, model(&root().join("model/cdnow.json"))?);
        for part in ["bg_nbd", "gamma_gamma"] {
            ensure!(ours[part] == expected[part], "{fit}: {}, not {}", ours[part], expected[part]);
        }
        fs::remove_file(written)?;
    }
    Ok(())
}

/// Where README.md shows it.
const SECTION: &str = "Many orders";

/// The folded summary that `clv` makes of orders, or of a summary.
fn folded(input: &Path, arguments: &[&str]) -> Result<String> {
    let output = input.with_extension("folded.csv");
    let mut clv = cargo();
    clv.args(["run", "--quiet", "--package", "edge-clv-train", "--", "summary", "--fold"]);
    run(clv.arg(input).arg("--output").arg(&output).args(arguments))?;
    Ok(fs::read_to_string(output)?)
}
