//! The examples of README.md.

use std::fs;

use anyhow::{Context, Result};

use crate::run::root;

/// The fenced blocks in a language under a heading of README.md.
pub(crate) fn blocks(heading: &str, language: &str) -> Result<Vec<String>> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let (_, section) = readme
        .split_once(&format!("\n## {heading}\n"))
        .with_context(|| format!("README.md has no section {heading}"))?;
    let section = section.split("\n## ").next().unwrap_or_default();
    let fence = format!("```{language}\n");
    let begun = section.split(&fence).skip(1);
    Ok(begun.filter_map(|rest| Some(rest.split_once("```")?.0.to_owned())).collect())
}
