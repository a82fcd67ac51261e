//! Tests of building with a model of one's own, and of being refused a wrong one.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::run::{cargo, root, run};

/// What is tried: a change to the text of the default model, whether it is sealed after,
/// and what the build says if it refuses.
const CASES: [(&str, &str, &str, bool, Option<&str>); 5] = [
    ("another shop", "\"margin\": 1,", "\"margin\": 0.25,", true, None),
    ("not sealed", "\"margin\": 1,", "\"margin\": 0.25,", false, Some("clv model seal")),
    ("q below 1", "\"q\": 3.", "\"q\": 0.", false, Some("/gamma_gamma/q: with q <= 1")),
    ("a misspelt key", "\"margin\"", "\"margni\"", false, Some("/margni: no such key")),
    ("not JSON", "{", "{,", false, Some("at line 1 column 2")),
];

/// Builds the core with each.
pub(crate) fn build_each() -> Result<(u32, u32)> {
    let default = fs::read_to_string(root().join("model/cdnow.json"))?;
    let own = root().join("target/own-model.json");
    for (what, from, to, sealed, refusal) in CASES {
        ensure!(default.contains(from), "the default model has no {from}");
        fs::write(&own, default.replacen(from, to, 1))?;
        if sealed {
            run(cargo()
                .args(["run", "--quiet", "--package", "edge-clv-train", "--", "model", "seal"])
                .arg(&own))?;
        }
        let mut build = cargo();
        // One test compares the model that is compiled in with the file.
        build.args(["test", "--package", "edge-clv", "--features", "json", "--test", "baked"]);
        let output = build.env("EDGE_CLV_MODEL", &own).output().context("cannot run cargo")?;
        let said = String::from_utf8_lossy(&output.stderr);
        match refusal {
            None => ensure!(output.status.success(), "{what} was refused: {said}"),
            Some(why) => {
                ensure!(!output.status.success(), "{what} was not refused");
                ensure!(said.contains(why), "{what} was refused with: {said}");
            }
        }
    }
    // A file that is not there.
    let missing = cargo()
        .args(["check", "--package", "edge-clv"])
        .env("EDGE_CLV_MODEL", "no-such-model.json")
        .output()?;
    let said = String::from_utf8_lossy(&missing.stderr);
    ensure!(!missing.status.success() && said.contains("no-such-model.json"), "{said}");
    Ok((CASES.len() as u32 + 1, 0))
}
