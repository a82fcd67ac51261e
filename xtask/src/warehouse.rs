//! The summary in SQL, on the engines it is written for.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::engines;
use crate::run::{cargo, root, run};

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
    Ok(())
}

/// The folded summary that `clv` makes of orders, or of a summary.
fn folded(input: &Path, arguments: &[&str]) -> Result<String> {
    let output = input.with_extension("folded.csv");
    let mut clv = cargo();
    clv.args(["run", "--quiet", "--package", "edge-clv-train", "--", "summary", "--fold"]);
    run(clv.arg(input).arg("--output").arg(&output).args(arguments))?;
    Ok(fs::read_to_string(output)?)
}
