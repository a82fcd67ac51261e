//! The snippets of `www/integrations/`: complete, and under test.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::browser::CHROMIUM;
use crate::package;
use crate::run::{clv, copy_folder, output, root, step};
use crate::toolchain::apt_install;

/// Leaves them in `target/integrations`, each with the files of the package that it needs, where it
/// needs them.
pub(crate) fn lay_out() -> Result<()> {
    let folder = root().join("target/integrations");
    let _ = fs::remove_dir_all(&folder);
    copy_folder(&root().join("www/integrations"), &folder)?;
    for (place, name) in [
        ("shopify/extensions/edge-clv/assets", "clv-raw.wasm"),
        ("woocommerce/edge-clv/edge-clv", "index.js"),
        ("woocommerce/edge-clv/edge-clv", "widget.js"),
        ("plain-html/edge-clv", "index.js"),
        ("plain-html/edge-clv", "widget.js"),
        ("google-tag-manager", "iife.js"),
    ] {
        let place = folder.join(place);
        fs::create_dir_all(&place)?;
        fs::copy(package::dist().join(name), place.join(name))?;
    }
    Ok(())
}

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
