//! A fitted model, ready to score.

use alloc::sync::Arc;

use serde::{Serialize, Serializer};

use crate::bg_nbd::BgNbd;
use crate::error::Violations;
use crate::gamma_gamma::GammaGamma;
use crate::input::Input;
use crate::model_file::{ModelFile, TimeUnit};
use crate::special::elementary::single::ln_1p_of;

#[cfg(feature = "baked")]
include!(concat!(env!("OUT_DIR"), "/baked.rs"));

/// Days in the year of `annual_discount_rate`.
const DAYS_PER_YEAR: f64 = 365.0;

/// A checked model: the two fitted models, and what an answer needs besides.
///
/// # Example
/// ```
/// use edge_clv::{Model, Profile};
///
/// let model = Model::baked();
/// let profile = Profile::new(5.0, 200.0, 300.0, Some(45.5))?;
/// let answer = model.predict(&profile.into())?;
/// assert!(answer.probability_alive > 0.0);
/// assert_eq!(answer.model.id, model.file().id);
/// # Ok::<(), edge_clv::Violations>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Shared by the model's copies.
    file: Arc<ModelFile>,
    bg_nbd: BgNbd,
    gamma_gamma: GammaGamma,
    daily_rate: f64,
}

impl Model {
    /// The model compiled into this library: the file that `EDGE_CLV_MODEL` named during
    /// the build, or the CDNOW model.
    #[cfg(feature = "baked")]
    pub fn baked() -> Model {
        Model::from_checked(baked_file())
    }

    /// The text of the file that [`Model::baked`] is made from.
    #[cfg(feature = "baked")]
    pub const BAKED_TEXT: &'static str = include_str!(concat!(env!("OUT_DIR"), "/baked.json"));

    /// From a model file as it arrived.
    ///
    /// # Errors
    /// As of [`ModelFile::read`].
    pub fn read(file: Input) -> Result<Model, Violations> {
        ModelFile::read(file).map(Model::from_checked)
    }

    /// Every quantity in days, from a file known to keep the rules.
    fn from_checked(file: ModelFile) -> Model {
        let days = match file.time_unit {
            TimeUnit::Day => 1.0,
            TimeUnit::Week => 7.0,
        };
        let (bg_nbd, gamma_gamma) = (&file.bg_nbd, &file.gamma_gamma);
        Model {
            bg_nbd: BgNbd { r: bg_nbd.r, alpha: bg_nbd.alpha * days, a: bg_nbd.a, b: bg_nbd.b },
            gamma_gamma: GammaGamma { p: gamma_gamma.p, q: gamma_gamma.q, v: gamma_gamma.v },
            daily_rate: ln_1p_of(file.annual_discount_rate, 1.0) / DAYS_PER_YEAR,
            file: Arc::new(file),
        }
    }

    /// The file the model was made from.
    pub fn file(&self) -> &ModelFile {
        &self.file
    }

    /// The purchase model, in days.
    pub fn bg_nbd(&self) -> &BgNbd {
        &self.bg_nbd
    }

    /// The spend model.
    pub fn gamma_gamma(&self) -> &GammaGamma {
        &self.gamma_gamma
    }

    /// The continuous daily rate of discount: ln(1 + `annual_discount_rate`) / 365. Relative
    /// error below 1e-15.
    pub fn daily_rate(&self) -> f64 {
        self.daily_rate
    }

    /// The index of the band a value belongs to, in the order of the file.
    pub(crate) fn band(&self, value: f64) -> usize {
        let bands = &self.file.segments.bands;
        let reached = bands.iter().position(|band| value >= band.min_value);
        // The last band begins at 0 and no value is below; so this is never the fallback
        // for a value, only for the compiler.
        reached.unwrap_or(bands.len() - 1)
    }
}

impl TryFrom<ModelFile> for Model {
    type Error = Violations;

    /// # Errors
    /// Every rule of the model file that does not hold; see [`ModelFile::check`].
    fn try_from(file: ModelFile) -> Result<Model, Violations> {
        file.check()?;
        Ok(Model::from_checked(file))
    }
}

impl Serialize for Model {
    /// As the file it was made from.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.file.serialize(serializer)
    }
}
