//! `clv model`: model files, made, shown, checked and sealed.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use edge_clv::ModelFile;
use edge_clv_train::{ModelTextError, check_model, seal_model};
use serde::Serialize;

use super::manners::Manners;
use super::{model_new, model_show};
use crate::failure::Failure;
use crate::files::{self, Form};

/// Make, show or check a model file, or give it the version its content has
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    New(model_new::Arguments),
    Show(model_show::Arguments),
    /// Check every rule of a model file, its version included
    #[command(after_help = "Example:\n  $ clv model check model/cdnow.json")]
    Check {
        /// The model file, or - for standard input
        file: PathBuf,

        #[command(flatten)]
        manners: Manners,
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

        #[command(flatten)]
        manners: Manners,
    },
}

/// Does it, and says what was done.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.command {
        Command::New(arguments) => model_new::run(arguments),
        Command::Show(arguments) => model_show::run(arguments),
        Command::Check { file, manners } => check(file, &text(file)?, manners),
        Command::Seal { file, manners } => {
            files::check_output(file, Form::Text, manners.json().then_some("--json"))?;
            let sealed = seal_model(&text(file)?).map_err(|error| told(file, &error))?;
            files::replace(file, |output| output.write_all(sealed.as_bytes()))?;
            check(file, &sealed, manners)
        }
    }
}

/// The answer for machines.
#[derive(Serialize)]
struct Answer<'m> {
    id: &'m str,
    version: &'m str,
}

fn check(path: &Path, text: &str, manners: &Manners) -> Result<(), Failure> {
    let ModelFile { id, version, .. } = &check_model(text).map_err(|error| told(path, &error))?;
    manners.answer(&Answer { id, version }, "")?;
    let name = files::input_name(path);
    manners.tell(&format!("{name}: model {id}, version {version}, keeps every rule"));
    Ok(())
}

fn text(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    files::open(path)?
        .read_to_string(&mut text)
        .map_err(|error| format!("cannot read {}: {error}", files::input_name(path)))?;
    Ok(text)
}

fn told(path: &Path, error: &ModelTextError) -> Failure {
    Failure::Input(format!("{}: {error}", files::input_name(path)))
}
