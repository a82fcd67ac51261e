//! What a model file says besides the fit: its name, and the terms of its answers.

use std::path::Path;

use clap::{Args, ValueEnum};
use edge_clv::{
    Band, BgNbdParameters, GammaGammaParameters, Horizons, ModelFile, Segments, TimeUnit, Training,
};
use edge_clv_train::{ModelTextError, check_model, model_text, seal_model};

use super::manners::Manners;
use crate::failure::Failure;
use crate::files;

const TERMS: &str = "The model file";

/// The terms that `clv fit` and `clv model new` write into a model file.
#[derive(Args)]
#[command(next_help_heading = TERMS)]
pub(crate) struct Terms {
    /// The model's name in every answer [default: that of the file]
    #[arg(long, value_parser = id)]
    id: Option<String>,

    /// The ISO 4217 code of the amounts' currency
    #[arg(long, value_name = "CODE", default_value = "USD", value_parser = currency)]
    currency: String,

    /// The unit of alpha
    #[arg(long, value_enum, default_value = "day")]
    time_unit: UnitName,

    /// Days ahead that an answer looks, increasing
    #[arg(long, value_name = "DAYS", value_delimiter = ',', default_value = "30,90")]
    #[arg(allow_negative_numbers = true)]
    horizons: Vec<f64>,

    /// The yearly rate at which future profit is discounted, 0.1 for 10 %
    #[arg(long, value_name = "RATE", default_value = "0.1")]
    #[arg(allow_negative_numbers = true, value_parser = annual_discount_rate)]
    annual_discount_rate: f64,

    /// The part of an amount that is profit, 1 if the amounts are profit already
    #[arg(long, default_value = "1", allow_negative_numbers = true, value_parser = margin)]
    margin: f64,
}

/// A model with one segment, which keeps every rule if the parameters and `days`, the one
/// horizon, do.
pub(crate) fn plain(
    bg_nbd: BgNbdParameters,
    gamma_gamma: GammaGammaParameters,
    days: f64,
) -> ModelFile {
    ModelFile {
        format: ModelFile::FORMAT.to_owned(),
        id: "model".to_owned(),
        version: "0".repeat(12),
        time_unit: TimeUnit::Day,
        currency: "USD".to_owned(),
        bg_nbd,
        gamma_gamma,
        horizons: vec![days],
        annual_discount_rate: 0.0,
        margin: 1.0,
        segments: Segments {
            horizon: days,
            bands: vec![Band { name: "all".to_owned(), min_value: 0.0 }],
        },
        training: Training::default(),
    }
}

/// What is wrong with a term, before the work: with it the best of models breaks a rule.
fn tried(set: impl FnOnce(&mut ModelFile)) -> Result<(), String> {
    let bg_nbd = BgNbdParameters { r: 1.0, alpha: 1.0, a: 1.0, b: 1.0 };
    let mut model = plain(bg_nbd, GammaGammaParameters { p: 1.0, q: 2.0, v: 1.0 }, 1.0);
    set(&mut model);
    model.check().map_err(|errors| {
        let broken = errors.as_slice().iter().map(|error| error.rule);
        let told = broken.map(|rule| format!("{} ({})", rule.detail(), rule.inequality()));
        told.collect::<Vec<_>>().join("; ")
    })
}

fn id(text: &str) -> Result<String, String> {
    tried(|model| text.clone_into(&mut model.id))?;
    Ok(text.to_owned())
}

pub(super) fn currency(text: &str) -> Result<String, String> {
    tried(|model| text.clone_into(&mut model.currency))?;
    Ok(text.to_owned())
}

fn annual_discount_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().unwrap_or(f64::NAN);
    tried(|model| model.annual_discount_rate = rate)?;
    Ok(rate)
}

fn margin(text: &str) -> Result<f64, String> {
    let margin = text.parse().unwrap_or(f64::NAN);
    tried(|model| model.margin = margin)?;
    Ok(margin)
}

#[derive(Clone, Copy, ValueEnum)]
enum UnitName {
    Day,
    Week,
}

impl Terms {
    pub(crate) fn time_unit(&self) -> TimeUnit {
        match self.time_unit {
            UnitName::Day => TimeUnit::Day,
            UnitName::Week => TimeUnit::Week,
        }
    }

    /// The horizon whose value decides on the segment: the farthest.
    pub(crate) fn segment_horizon(&self) -> Result<f64, Failure> {
        let horizons = Horizons::new(&self.horizons)
            .map_err(|errors| Failure::Input(format!("--horizons: {errors}")))?;
        Ok(horizons.as_slice().iter().copied().fold(0.0, f64::max))
    }

    /// The model's name: the one given, or that of the file.
    pub(crate) fn id(&self, output: Option<&Path>) -> Result<String, Failure> {
        if let Some(id) = &self.id {
            return Ok(id.clone());
        }
        let named_after_file = || {
            let stem = output?.file_stem()?.to_str()?;
            (stem != "-").then(|| stem.to_owned())
        };
        let name = named_after_file().unwrap_or_else(|| "model".to_owned());
        id(&name).map_err(|error| {
            format!("{name:?}, the name of the file, is none for a model: {error}; give it one with --id")
        })?;
        Ok(name)
    }

    /// A model with these parameters and one segment.
    pub(crate) fn model(
        &self,
        id: String,
        bg_nbd: BgNbdParameters,
        gamma_gamma: GammaGammaParameters,
        training: Training,
    ) -> Result<ModelFile, Failure> {
        let model = ModelFile {
            id,
            time_unit: self.time_unit(),
            currency: self.currency.clone(),
            horizons: self.horizons.clone(),
            annual_discount_rate: self.annual_discount_rate,
            margin: self.margin,
            training,
            ..plain(bg_nbd, gamma_gamma, self.segment_horizon()?)
        };
        model.check().map_err(|errors| ModelTextError::Rules(errors).to_string())?;
        Ok(model)
    }
}

/// A unit of time, in words.
pub(crate) fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Day => "days",
        TimeUnit::Week => "weeks",
    }
}

/// The bands of a model in a line, with the share of the customers in each where it is known.
pub(crate) fn bands_line(model: &ModelFile, reached: Option<&[f64]>) -> String {
    let bands = model.segments.bands.iter().enumerate().map(|(i, band)| {
        let share = reached.and_then(|reached| reached.get(i));
        let share = share.map_or_else(String::new, |share| format!(" ({:.1} %)", 100.0 * share));
        format!("{} from {}{share}", band.name, band.min_value)
    });
    format!(
        "segments by value over {} days, in {}: {}\n",
        model.segments.horizon,
        model.currency,
        bands.collect::<Vec<_>>().join(", ")
    )
}

/// The closing line of what has written a model.
pub(crate) fn tell(model: &ModelFile, path: &Path, manners: &Manners) {
    manners.tell(&format!("model {}, version {}: {}", model.id, model.version, path.display()));
}

/// Seals a model, writes it to the file if there is one, and hands back what was sealed.
pub(crate) fn write(model: &ModelFile, output: Option<&Path>) -> Result<ModelFile, Failure> {
    let broken = |error: ModelTextError| Failure::Input(error.to_string());
    let text = seal_model(&model_text(model)).map_err(broken)?;
    let sealed = check_model(&text).map_err(broken)?;
    if let Some(path) = output {
        files::replace(path, |output| output.write_all(text.as_bytes()))?;
    }
    Ok(sealed)
}
