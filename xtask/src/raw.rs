//! The module for data engines: pkg/dist/clv-raw.wasm.

use std::path::Path;

use anyhow::Result;

use crate::package::{WASM_FEATURES, dist};
use crate::run::{command, root, run};
use crate::toolchain::TARGET;

/// Puts it, compiled, into the package.
pub(crate) fn assemble(wasm_opt: &Path) -> Result<()> {
    let compiled = root().join(format!("target/wasm/{TARGET}/wasm/edge_clv_raw.wasm"));
    let mut optimize = command(wasm_opt);
    optimize.args(WASM_FEATURES).args(["-O3", "--strip-producers"]);
    run(optimize.arg(compiled).arg("-o").arg(dist().join("clv-raw.wasm")))
}
