//! All that is served: the Worker, and beside it the demo store with the package.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::run::root;
use crate::{package, worker};

/// Builds the package, the Worker and the site.
pub(crate) fn build() -> Result<()> {
    package::build()?;
    worker::build()?;
    let site = root().join("worker/build/site");
    let _ = fs::remove_dir_all(&site);
    copy(&root().join("www"), &site)?;
    copy(&package::dist(), &site.join("edge-clv"))?;
    fs::copy(root().join("data/cdnow-rfm.csv"), site.join("cdnow-rfm.csv"))?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("no folder {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
