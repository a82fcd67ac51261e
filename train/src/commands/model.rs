//! `clv model`: model files, checked and sealed.

use std::error::Error;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use edge_clv_train::{check_model, seal_model};

use crate::files;

/// Check a model file, or give it the version its content has
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check every rule of a model file, its version included
    #[command(after_help = "Example:\n  $ clv model check model/cdnow.json")]
    Check {
        /// The model file, or - for standard input
        file: PathBuf,
    },
    /// Write the version that a model file's content has into the file
    ///
    /// The version is the first 12 hex digits of the SHA-256 of all the rest, so that two
    /// models with one version are one model. A build refuses a file that was changed
    /// after it was sealed.
    #[command(after_help = "Example:\n  $ cp model/cdnow.json my-shop.json\n  \
        $ edit my-shop.json\n  $ clv model seal my-shop.json\n  \
        $ EDGE_CLV_MODEL=my-shop.json cargo xtask build")]
    Seal {
        /// The model file; it is changed in place
        file: PathBuf,
    },
}

/// Does it, and says what was done.
pub(crate) fn run(arguments: &Arguments) -> Result<String, Box<dyn Error>> {
    let (Command::Check { file: path } | Command::Seal { file: path }) = &arguments.command;
    let name = files::input_name(path);
    let text = read(path)?;
    let told = |error| format!("{name}: {error}");
    let text = match arguments.command {
        Command::Check { .. } => text,
        Command::Seal { .. } => {
            let sealed = seal_model(&text).map_err(told)?;
            files::replace(path, |output| output.write_all(sealed.as_bytes()))?;
            sealed
        }
    };
    let model = check_model(&text).map_err(told)?;
    Ok(format!("{name}: model {}, version {}, keeps every rule", model.id, model.version))
}

fn read(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    match files::open(path)?.read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(format!("cannot read {}: {error}", files::input_name(path))),
    }
}
