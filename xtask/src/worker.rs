//! The Worker: worker/build.

use anyhow::Result;

use crate::fresh::{Inputs, unless_fresh};
use crate::package::{CORE, WASM_FEATURES};
use crate::run::{command, root, run, step};
use crate::toolchain::Toolchain;
use crate::tools::{npm_program, wasm_bindgen, worker_build};

/// Builds the Worker if anything it is made of has changed.
pub(crate) fn build() -> Result<()> {
    let toolchain = Toolchain::find()?;
    let inputs = Inputs::of(&[&CORE[..], &["worker", "package-lock.json"]].concat())?;
    let inputs = inputs.and_model()?.and(toolchain.version());
    unless_fresh(&root().join("worker/build/.fresh"), inputs, || {
        let (worker_build, wasm_bindgen) = (worker_build()?, wasm_bindgen()?);
        step("compile the Worker", || {
            // It downloads these helpers unless it is told where they are.
            let mut build = toolchain.equip_for_size(command(worker_build));
            build.env("WASM_BINDGEN_BIN", wasm_bindgen).env("ESBUILD_BIN", npm_program("esbuild")?);
            run(build.args(["--profile", "wasm", "worker"]))?;
            // By itself it would keep the names of functions, which are a quarter of the file.
            let wasm = root().join("worker/build/index_bg.wasm");
            run(command(npm_program("wasm-opt")?)
                .args(WASM_FEATURES)
                .args(["--enable-exception-handling", "-O3", "--strip-debug", "--strip-producers"])
                .arg(&wasm)
                .arg("-o")
                .arg(&wasm))
        })
    })
}
