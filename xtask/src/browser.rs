//! Browsers to test with.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::run::step;
use crate::toolchain::apt_install;

/// A browser, or the program that drives it, and how it comes here.
pub(crate) struct Browser {
    what: &'static str,
    /// The environment variable that may name one.
    pub(crate) variable: &'static str,
    names: &'static [&'static str],
    /// What the tests run besides.
    helpers: &'static [&'static str],
    /// Debian's packages of all that.
    packages: &'static [&'static str],
}

pub(crate) const CHROMIUM: Browser = Browser {
    what: "Chromium",
    variable: "CHROMIUM",
    names: &[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
    helpers: &[],
    packages: &["chromium"],
};

pub(crate) const FIREFOX: Browser = Browser {
    what: "Firefox",
    variable: "FIREFOX",
    names: &["firefox", "firefox-esr", "/Applications/Firefox.app/Contents/MacOS/firefox"],
    helpers: &[],
    packages: &["firefox-esr"],
};

/// WebKitGTK: its driver starts a browser of its own, which needs a screen.
pub(crate) const WEBKIT: Browser = Browser {
    what: "WebKit",
    variable: "WEBKIT_DRIVER",
    names: &["WebKitWebDriver"],
    helpers: &["Xvfb"],
    packages: &["webkit2gtk-driver", "xvfb"],
};

impl Browser {
    /// The one that the variable names, one that is installed, or Debian's.
    pub(crate) fn find(&self) -> Result<PathBuf> {
        let Browser { what, variable, packages, .. } = self;
        if let Some(named) = std::env::var_os(variable).filter(|named| !named.is_empty()) {
            return Ok(named.into());
        }
        if let Some(found) = self.installed() {
            return Ok(found);
        }
        step(&format!("install Debian's {what}"), || apt_install(packages))
            .with_context(|| format!("no {what} here: install one, or name one in {variable}"))?;
        self.installed().with_context(|| format!("{what} was installed and is not on the PATH"))
    }

    fn installed(&self) -> Option<PathBuf> {
        let helped = self.helpers.iter().all(|name| on_path(name).is_some());
        self.names.iter().find_map(|name| on_path(name)).filter(|_| helped)
    }
}

/// What drives the browser wants a path, not a name.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}
