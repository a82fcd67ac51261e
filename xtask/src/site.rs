//! All that is served: the Worker, and beside it the demo store with the package.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::run::{model_file, root};
use crate::tools::npm_package;
use crate::{integrations, package, worker};

/// Builds the package, the Worker and the site, and completes the snippets for other sites.
pub(crate) fn build() -> Result<()> {
    package::build()?;
    integrations::lay_out()?;
    worker::build()?;
    println!("    model: {} (EDGE_CLV_MODEL names another)", model_file().display());
    let site = root().join("worker/build/site");
    let mut files = BTreeMap::new();
    collect(&root().join("www"), &site, &mut files)?;
    collect(&package::dist(), &site.join("edge-clv"), &mut files)?;
    files.insert(site.join("cdnow-rfm.csv"), fs::read(root().join("data/cdnow-rfm.csv"))?);
    files.insert(site.join("openapi.json"), fs::read(root().join("worker/openapi.json"))?);
    collect(&root().join("worker/docs"), &site.join("docs"), &mut files)?;
    // What draws the page of the interface, and its licence.
    let swagger = npm_package("swagger-ui-dist")?;
    for name in ["swagger-ui.css", "swagger-ui-bundle.js", "LICENSE", "NOTICE"] {
        files.insert(site.join("docs").join(name), fs::read(swagger.join(name))?);
    }

    // It may be being served: only what differs is touched.
    for (path, content) in &files {
        if fs::read(path).ok().as_ref() != Some(content) {
            fs::create_dir_all(path.parent().unwrap_or(&site))?;
            fs::write(path, content)?;
        }
    }
    let mut old = BTreeMap::new();
    collect(&site, &site, &mut old)?;
    for path in old.keys().filter(|path| !files.contains_key(*path)) {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// The content of every file of a folder, by where it goes; notes of the build stay behind, and so
/// do the snippets for other sites and the sources of the widget, which the package has built.
fn collect(from: &Path, to: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("no folder {}", from.display()))? {
        let (from, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if ["www/integrations", "www/widget", "www/clv-score.js"]
            .map(|of| root().join(of))
            .contains(&from)
        {
            continue;
        }
        if from.is_dir() {
            collect(&from, &to, files)?;
        } else if !from.ends_with(".fresh") {
            files.insert(to, fs::read(&from)?);
        }
    }
    Ok(())
}
