//! The model file that a command is given.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use edge_clv::Model;
use edge_clv_train::check_model;

use crate::failure::Failure;
use crate::files;

/// A model that a command needs.
#[derive(Args)]
pub(crate) struct ModelArgument {
    /// The model file
    #[arg(short, long, value_name = "MODEL")]
    model: PathBuf,
}

impl ModelArgument {
    pub(crate) fn path(&self) -> &Path {
        &self.model
    }

    /// Reads and checks it.
    pub(crate) fn read(&self) -> Result<Model, Failure> {
        read(&self.model)
    }
}

/// Reads and checks a model file, its version included.
pub(crate) fn read(path: &Path) -> Result<Model, Failure> {
    let name = files::input_name(path);
    let mut text = String::new();
    files::open(path)?
        .read_to_string(&mut text)
        .map_err(|error| Failure::Input(format!("cannot read {name}: {error}")))?;
    let file = check_model(&text).map_err(|error| Failure::Input(format!("{name}: {error}")))?;
    Model::try_from(file).map_err(|errors| Failure::Input(format!("{name}: {errors}")))
}
