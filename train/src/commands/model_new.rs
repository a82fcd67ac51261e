//! `clv model new`: a model file from published parameters.

use std::path::PathBuf;

use clap::Args;
use edge_clv::{Band, BgNbdParameters, GammaGammaParameters, ModelFile, Training};
use edge_clv_train::{bg_nbd_named, gamma_gamma_named};
use serde::Serialize;

use super::manners::Manners;
use super::terms::{self, Terms};
use crate::failure::Failure;
use crate::files::{self, Form};

/// Make a model file of parameters that are known already
///
/// The names are those of lifetimes, PyMC-Marketing, BTYD and CLVTools: r, alpha, a, b (or
/// phi_dropout and kappa_dropout for a and b); p, q, v (or gamma for v). alpha is in the unit of
/// time that --time-unit says, which is the unit the other package was given: lifetimes fitted
/// to weeks has alpha in weeks.
#[derive(Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The parameters of purchases
    #[arg(long, value_name = "r=..,alpha=..,a=..,b=..", value_parser = bg_nbd_named)]
    bg_nbd: BgNbdParameters,

    /// The parameters of spend
    #[arg(long, value_name = "p=..,q=..,v=..", value_parser = gamma_gamma_named)]
    gamma_gamma: GammaGammaParameters,

    /// Segments by the value over the farthest horizon, from the top, the last from 0
    #[arg(long, value_name = "NAME=VALUE,...", value_delimiter = ',', value_parser = band)]
    #[arg(default_value = "all=0")]
    bands: Vec<Band>,

    #[command(flatten)]
    terms: Terms,

    /// Where to write the model file, or - for standard output
    #[arg(short, long, value_name = "MODEL", default_value = "-")]
    output: PathBuf,

    #[command(flatten)]
    manners: Manners,
}

const EXAMPLE: &str = "\
Example, the published parameters of CDNOW:
  $ clv model new --bg-nbd r=.243,alpha=4.414,a=.793,b=2.426 \\
      --gamma-gamma p=6.25,q=3.74,v=15.44 --time-unit week \\
      --bands vip=40,core=5,low=0 -o cdnow.json";

fn band(text: &str) -> Result<Band, String> {
    let wrong = || format!("{text:?} is not a name with a value; write such as vip=40");
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let min_value = value.trim().parse().map_err(|_| wrong())?;
    Ok(Band { name: name.trim().to_owned(), min_value })
}

/// The answer for machines.
#[derive(Serialize)]
struct Answer<'m> {
    model: &'m ModelFile,
}

/// Does it, and says what was done.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { bg_nbd, gamma_gamma, bands, terms, output, manners } = arguments;
    let output = output.as_path();
    files::check_output(output, Form::Text, manners.json().then_some("--json"))?;
    let training = Training { source: "clv model new".to_owned(), ..Training::default() };
    let mut model =
        terms.model(terms.id(Some(output))?, bg_nbd.clone(), gamma_gamma.clone(), training)?;
    model.segments.bands = bands.clone();
    let model = terms::write(&model, Some(output))?;
    if files::is_standard_stream(output) {
        return Ok(());
    }
    manners.answer(&Answer { model: &model }, "")?;
    terms::tell(&model, output, manners);
    Ok(())
}
