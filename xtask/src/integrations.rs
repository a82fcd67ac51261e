//! The snippets of `www/integrations/` under test.

use std::process::Command;

use anyhow::{Context, Result};

use crate::browser::CHROMIUM;
use crate::run::{clv, output, step};
use crate::toolchain::apt_install;

/// What their tests need, installed where it is missing, as variables of the environment: the
/// command `clv`, whose rules they follow, a browser, and PHP on the PATH.
pub(crate) fn environment() -> Result<[(&'static str, String); 2]> {
    if output(Command::new("php").arg("--version")).is_none() {
        step("install Debian's PHP", || apt_install(&["php-cli"]))
            .context("no php here: install PHP's command line")?;
    }
    let clv = clv()?.to_string_lossy().into_owned();
    let chromium = CHROMIUM.find()?.to_string_lossy().into_owned();
    Ok([("CLV", clv), ("CHROMIUM", chromium)])
}
