//! The Worker: worker/build.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::fresh::{Inputs, unless_fresh};
use crate::package::{CORE, WASM_FEATURES};
use crate::run::{command, root, run, step};
use crate::toolchain::Toolchain;
use crate::tools::{npm_program, wasm_bindgen, worker_build};

/// Builds the Worker if anything it is made of has changed.
pub(crate) fn build() -> Result<()> {
    build_in(&root().join("worker/build"), "compile the Worker", &[])
}

/// Builds one that panics when it is told to, with its entry, in a folder of `target`.
pub(crate) fn build_panicking() -> Result<PathBuf> {
    let folder = root().join("target/panicking");
    let features = ["--features", "provoke-panic"];
    build_in(&folder.join("build"), "compile a Worker that panics", &features)?;
    fs::copy(root().join("worker/entry.js"), folder.join("entry.js"))?;
    Ok(folder)
}

fn build_in(folder: &Path, what: &str, features: &[&str]) -> Result<()> {
    let toolchain = Toolchain::find()?;
    let inputs = Inputs::of(&[&CORE[..], &["worker", "package-lock.json"]].concat())?;
    let inputs = inputs.and_model()?.and(toolchain.version());
    unless_fresh(&folder.join(".fresh"), inputs, || {
        let (worker_build, wasm_bindgen) = (worker_build()?, wasm_bindgen()?);
        step(what, || {
            // It downloads these helpers unless it is told where they are.
            let mut build = toolchain.equip_for_size(command(worker_build));
            build.env("WASM_BINDGEN_BIN", wasm_bindgen).env("ESBUILD_BIN", npm_program("esbuild")?);
            // It takes the folder from that of the crate on, which an absolute path replaces.
            build.arg("--out-dir").arg(folder);
            run(build.args(["--profile", "wasm", "worker"]).args(features))?;
            // By itself it would keep the names of functions, which are a quarter of the file.
            let wasm = folder.join("index_bg.wasm");
            run(command(npm_program("wasm-opt")?)
                .args(WASM_FEATURES)
                .args(["--enable-exception-handling", "-Oz", "--strip-debug", "--strip-producers"])
                .arg(&wasm)
                .arg("-o")
                .arg(&wasm))
        })
    })
}
