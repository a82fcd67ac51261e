//! The tools a build needs, at the versions the lock files name.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::fresh::{Inputs, unless_fresh};
use crate::run::{command, output, root, run, step};

/// A program of the npm packages in package-lock.json.
pub(crate) fn npm_program(name: &str) -> Result<PathBuf> {
    Ok(node_modules()?.join(".bin").join(name))
}

/// The folder of one of them.
pub(crate) fn npm_package(name: &str) -> Result<PathBuf> {
    Ok(node_modules()?.join(name))
}

fn node_modules() -> Result<PathBuf> {
    let modules = root().join("node_modules");
    let lock = Inputs::of(&["package-lock.json"])?;
    unless_fresh(&modules.join(".fresh"), lock, || {
        step("npm ci: the tools that package-lock.json names", || {
            run(command("npm").args(["ci", "--no-audit", "--no-fund"]))
        })
    })
    .context("Node.js 20.19 or later with npm is needed")?;
    Ok(modules)
}

/// wasm-bindgen, of exactly the version of the crate.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    cargo_program("wasm-bindgen", "wasm-bindgen-cli", &locked_version("wasm-bindgen")?)
}

/// worker-build, of exactly the version of the crate `worker`.
pub(crate) fn worker_build() -> Result<PathBuf> {
    cargo_program("worker-build", "worker-build", &locked_version("worker")?)
}

/// cargo-fuzz, at the one version that is not a crate's.
pub(crate) fn cargo_fuzz() -> Result<PathBuf> {
    cargo_program("cargo-fuzz", "cargo-fuzz", "0.13.2")
}

/// A program on the PATH if it has the version, else one installed to target/tools.
fn cargo_program(program: &str, package: &str, version: &str) -> Result<PathBuf> {
    let tools = root().join("target/tools");
    let ours = tools.join("bin").join(program);
    for candidate in [ours.clone(), PathBuf::from(program)] {
        let stated = output(Command::new(&candidate).arg("--version"));
        if stated.is_some_and(|stated| stated.split_whitespace().any(|word| word == version)) {
            return Ok(candidate);
        }
    }
    step(&format!("cargo install {package} {version} (some minutes, once)"), || {
        let install = |locked: &[&str]| {
            run(command("cargo")
                .args(["install", package, "--version", version])
                .args(locked)
                .arg("--root")
                .arg(&tools)
                // Kept, so that the two tools share what they have in common.
                .env("CARGO_TARGET_DIR", root().join("target/tools/target")))
        };
        // A registry mirror may lag behind the very newest dependency that a release has
        // locked; an older one that fits does as well.
        install(&["--locked"]).or_else(|_| install(&[]))
    })?;
    Ok(ours)
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String> {
    let lock = fs::read_to_string(root().join("Cargo.lock"))?;
    let entry = format!("name = \"{package}\"\nversion = \"");
    let (_, rest) =
        lock.split_once(&entry).with_context(|| format!("Cargo.lock has no {package}"))?;
    let (version, _) = rest.split_once('"').context("Cargo.lock is broken off")?;
    Ok(version.to_owned())
}
