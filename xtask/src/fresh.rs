//! Doing a thing again only if something it depends on has changed.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::run::{model_file, root};

/// What a result was made from, as one number.
pub(crate) struct Inputs(DefaultHasher);

impl Inputs {
    /// The content of files and folders, named from the root; build output within is
    /// passed over.
    pub(crate) fn of(paths: &[&str]) -> Result<Inputs> {
        let mut inputs = Inputs(DefaultHasher::new());
        for path in paths {
            inputs.add(&root().join(path))?;
        }
        Ok(inputs)
    }

    /// The model that is compiled in.
    pub(crate) fn and_model(mut self) -> Result<Inputs> {
        self.add(&model_file())?;
        Ok(self)
    }

    /// Something besides files.
    pub(crate) fn and(mut self, other: impl Hash) -> Inputs {
        other.hash(&mut self.0);
        self
    }

    fn add(&mut self, path: &Path) -> Result<()> {
        path.hash(&mut self.0);
        if !path.is_dir() {
            let content =
                fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            content.hash(&mut self.0);
            return Ok(());
        }
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        entries.sort();
        let outputs = [root().join("pkg/dist"), root().join("worker/build")];
        for entry in entries.iter().filter(|entry| !outputs.contains(entry)) {
            self.add(entry)?;
        }
        Ok(())
    }
}

/// Does it unless it was done from the same inputs before; `stamp` is where that is noted,
/// beside what was made, so that the two are deleted together.
pub(crate) fn unless_fresh(
    stamp: &Path,
    inputs: Inputs,
    action: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let inputs = inputs.0.finish().to_string();
    if fs::read_to_string(stamp).is_ok_and(|noted| noted == inputs) {
        return Ok(());
    }
    // Without this, a run that fails half-way would leave a stamp that vouches for it.
    let _ = fs::remove_file(stamp);
    action()?;
    fs::write(stamp, inputs).with_context(|| format!("cannot write {}", stamp.display()))
}
