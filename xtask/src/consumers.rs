//! What the packed package is tried with: bundlers, frameworks, other runtimes, and the judges
//! of packages.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::fresh::{Inputs, unless_fresh};
use crate::run::{command, root, run, step};

const PROJECT: &str = "tests/consumers";
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// The folder they are installed in, at the versions that the lock file names.
pub(crate) fn folder() -> Result<PathBuf> {
    let folder = root().join("target/consumers");
    let files = FILES.map(|file| format!("{PROJECT}/{file}"));
    let inputs = Inputs::of(&[&files[0], &files[1]])?;
    unless_fresh(&folder.join(".fresh"), inputs, || {
        step("npm ci: bundlers, frameworks and runtimes to test with (a minute, once)", || {
            fs::create_dir_all(&folder)?;
            for file in FILES {
                fs::copy(root().join(PROJECT).join(file), folder.join(file))?;
            }
            let npm = |arguments: &[&str]| {
                run(command("npm")
                    .args(arguments)
                    .args(["--no-audit", "--no-fund"])
                    .current_dir(&folder))
            };
            npm(&["ci", "--ignore-scripts"])?;
            // Theirs put in place the binary that came as a package.
            npm(&["rebuild", "bun", "deno"])
        })
    })?;
    Ok(folder)
}
