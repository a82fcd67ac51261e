//! Python, with packages of its own.

use std::process::Command;

use anyhow::{Context, Result};

use crate::fresh::{Inputs, unless_fresh};
use crate::run::{command, output, root, run, step};

/// Python with the packages that a requirements file names, kept in a folder of `target`.
pub(crate) fn python(requirements: &str, folder: &str) -> Result<Command> {
    // The older packages that are compared with have no builds for a later Python.
    let names = ["python3.11", "python3"];
    let version = |name| Some((name, output(command(name).arg("--version"))?));
    let (name, version) =
        names.into_iter().find_map(version).context("Python 3.11 with pip is needed")?;
    let packages = root().join("target").join(folder);
    let inputs = Inputs::of(&[requirements])?.and(&version);
    unless_fresh(&packages.join(".fresh"), inputs, || {
        step(&format!("install what {requirements} names"), || {
            run(command(name)
                .args(["-m", "pip", "install", "--quiet", "--upgrade", "--target"])
                .arg(&packages)
                .args(["--requirement", requirements]))
            .with_context(|| format!("Python 3.11 with pip is needed; this is {version}"))
        })
    })?;
    let mut python = command(name);
    python.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    Ok(python)
}
