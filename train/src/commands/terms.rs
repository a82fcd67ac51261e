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
    #[arg(long)]
    id: Option<String>,

    /// The ISO 4217 code of the amounts' currency
    #[arg(long, value_name = "CODE", default_value = "USD")]
    currency: String,

    /// The unit of alpha
    #[arg(long, value_enum, default_value = "day")]
    time_unit: UnitName,

    /// Days ahead that an answer looks, increasing
    #[arg(long, value_name = "DAYS", value_delimiter = ',', default_value = "30,90")]
    horizons: Vec<f64>,

    /// The yearly rate at which future profit is discounted, 0.1 for 10 %
    #[arg(long, value_name = "RATE", default_value = "0.1")]
    annual_discount_rate: f64,

    /// The part of an amount that is profit, 1 if the amounts are profit already
    #[arg(long, default_value = "1")]
    margin: f64,
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

    /// A model with these parameters and one segment, to be written to `output`.
    pub(crate) fn model(
        &self,
        output: Option<&Path>,
        bg_nbd: BgNbdParameters,
        gamma_gamma: GammaGammaParameters,
        training: Training,
    ) -> Result<ModelFile, Failure> {
        let named_after_file = || {
            let stem = output?.file_stem()?.to_str()?;
            (stem != "-").then(|| stem.to_owned())
        };
        let id = self.id.clone().or_else(named_after_file).unwrap_or_else(|| "model".to_owned());
        let model = ModelFile {
            format: ModelFile::FORMAT.to_owned(),
            id,
            version: "0".repeat(12),
            time_unit: self.time_unit(),
            currency: self.currency.clone(),
            bg_nbd,
            gamma_gamma,
            horizons: self.horizons.clone(),
            annual_discount_rate: self.annual_discount_rate,
            margin: self.margin,
            segments: Segments {
                horizon: self.segment_horizon()?,
                bands: vec![Band { name: "all".to_owned(), min_value: 0.0 }],
            },
            training,
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
