//! The core without the standard library, and the training library without a system.

use anyhow::Result;

use crate::run::run;
use crate::toolchain::{TARGET, Toolchain};

/// Links the core, with the default model and without, into a module that brings its own panic
/// handler: std would bring a second one, and that is an error. So this holds even where the
/// target's std is at hand.
pub(crate) fn link_core() -> Result<()> {
    let toolchain = Toolchain::find()?;
    for features in [&[][..], &["--no-default-features"]] {
        let mut build = toolchain.cargo();
        build.args(["build", "--quiet", "--locked", "--manifest-path", "tests/no_std/Cargo.toml"]);
        run(build.args(["--target", TARGET]).args(features))?;
    }
    Ok(())
}

/// Compiles the training library for a page, which has no files, clocks or threads.
pub(crate) fn check_train() -> Result<()> {
    let mut check = Toolchain::find()?.cargo();
    check.args(["check", "--quiet", "--locked", "--package", "edge-clv-train", "--lib"]);
    run(check.args(["--no-default-features", "--target", TARGET]))
}
