//! A browser to test with.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::run::step;
use crate::toolchain::apt_install;

/// Chromium or Chrome: the one that `CHROMIUM` names, one that is installed, or Debian's.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM").filter(|named| !named.is_empty()) {
        return Ok(named.into());
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    step("install Debian's Chromium", || apt_install(&["chromium"]))
        .context("no Chromium here: install one, or name one in CHROMIUM")?;
    find().context("Chromium was installed and is not on the PATH")
}

fn find() -> Option<PathBuf> {
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ];
    // What drives the browser wants a path, not a name.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file())
}
