//! The Worker: worker/build.

use anyhow::Result;

use crate::fresh::{Inputs, unless_fresh};
use crate::package::CORE;
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
            let mut build = toolchain.equip(command(worker_build));
            build
                .env("WASM_BINDGEN_BIN", wasm_bindgen)
                .env("WASM_OPT_BIN", npm_program("wasm-opt")?)
                .env("ESBUILD_BIN", npm_program("esbuild")?);
            run(build.args(["--profile", "wasm", "worker"]))
        })
    })
}
