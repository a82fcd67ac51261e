//! The Worker held against its own description.

use anyhow::{Context, Result};

use crate::python::python;
use crate::run::{command, root, run};

/// How many requests schemathesis has to make up, at the least.
const CASES: u32 = 5_000;

/// Runs schemathesis over `worker/openapi.json` with every check; it may find nothing.
pub(crate) fn every_case() -> Result<()> {
    let python = python("tests/schemathesis/requirements.txt", "schemathesis/python")?;
    let mut node = command("node");
    for (name, value) in python.get_envs() {
        node.env(name, value.context("the packages of Python are nowhere")?);
    }
    run(node
        .arg(root().join("tests/schemathesis/run.mjs"))
        .env("ROOT", root())
        .env("PYTHON", python.get_program())
        .env("CASES", CASES.to_string()))
}
