//! The model file `edge-clv-model/1` and the one checker of it.
//!
//! `build.rs` includes this file, so that a model baked in at compile time and one loaded
//! at run time pass the same checks.

use alloc::string::String;
use alloc::vec::Vec;

use core::cmp::Ordering;

use serde::{Serialize, Serializer};

use crate::error::{Rule, Violations};
use crate::horizons;
use crate::input::{Fields, Input, pointer};

/// A model file as written, field for field; it may break any rule until checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelFile {
    /// `edge-clv-model/1`.
    pub format: String,
    /// Names the model in every answer: 1 to 64 letters, digits, `-`, `_` or `.`.
    pub id: String,
    /// 12 hex digits of the SHA-256 of the rest, written by `clv`.
    pub version: String,
    /// The unit of `bg_nbd.alpha`. Everything else is in days.
    pub time_unit: TimeUnit,
    /// ISO 4217 code of the currency of `gamma_gamma.v` and of every value.
    pub currency: String,
    /// Purchases.
    pub bg_nbd: BgNbdParameters,
    /// Spend.
    pub gamma_gamma: GammaGammaParameters,
    /// Days ahead an answer looks unless the request says otherwise.
    pub horizons: Vec<f64>,
    /// Yearly rate at which future profit is discounted, 0.1 for 10 %.
    pub annual_discount_rate: f64,
    /// Factor from the training data's money to profit, 1 if that was profit already.
    pub margin: f64,
    /// Names for ranges of value.
    pub segments: Segments,
    /// Where the parameters come from.
    pub training: Training,
}

/// The unit of time a model was fitted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// Days.
    Day,
    /// Weeks of seven days.
    Week,
}

/// The parameters of BG/NBD; see [`BgNbd`](crate::BgNbd).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BgNbdParameters {
    /// Shape of the purchase rate.
    pub r: f64,
    /// Rate parameter of the purchase rate, in the file's time unit.
    pub alpha: f64,
    /// First parameter of the leaving probability.
    pub a: f64,
    /// Second parameter of the leaving probability.
    pub b: f64,
}

/// The parameters of Gamma-Gamma; see [`GammaGamma`](crate::GammaGamma).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GammaGammaParameters {
    /// Shape of one purchase's profit.
    pub p: f64,
    /// Shape of its rate over customers; > 1.
    pub q: f64,
    /// Rate parameter of that rate, in currency.
    pub v: f64,
}

/// Names for ranges of the value over one horizon.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segments {
    /// The horizon whose value decides, in days.
    pub horizon: f64,
    /// From the most valuable to the least; the first whose `min_value` is reached counts.
    pub bands: Vec<Band>,
}

/// One segment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Band {
    /// What the segment is called in every answer.
    pub name: String,
    /// The smallest value that belongs to it, in currency.
    pub min_value: f64,
}

/// Where the parameters come from; told, not used.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Training {
    /// How the parameters were obtained, in words.
    pub source: String,
    /// Customers in the training data.
    pub customers: u32,
    /// Orders in the training data.
    pub orders: u32,
    /// First day of the training data, ISO 8601.
    pub observed_from: String,
    /// Last day of the training data, ISO 8601.
    pub observed_to: String,
    /// Log-likelihood of BG/NBD at its parameters.
    pub log_likelihood: f64,
    /// Standard errors of the parameters by name.
    #[serde(serialize_with = "as_map")]
    pub standard_errors: Vec<(String, f64)>,
    /// SHA-256 of the training data.
    pub source_sha256: String,
}

impl ModelFile {
    /// The format this version reads and writes.
    pub const FORMAT: &'static str = "edge-clv-model/1";

    /// Reads a model file as it arrived; `training` and its parts may be missing.
    ///
    /// # Errors
    /// With JSON pointers such as `/bg_nbd/alpha`: what is missing, of the wrong kind or
    /// unknown; where nothing is, every rule of [`check`](ModelFile::check) that does not
    /// hold.
    pub fn read(value: Input) -> Result<ModelFile, Violations> {
        let mut errors = Violations::default();
        let file = read(&value, &mut errors);
        errors.or(())?;
        file.check()?;
        Ok(file)
    }

    /// Checks every rule of the model file.
    ///
    /// # Errors
    /// Every rule that does not hold, with JSON pointers such as `/gamma_gamma/q`.
    pub fn check(&self) -> Result<(), Violations> {
        let mut errors = Violations::default();
        let known_format = self.format == Self::FORMAT;
        errors.require(known_format, "/format", Rule::ModelFormat);
        errors.require(Self::is_id(&self.id), "/id", Rule::ModelId);
        errors.require(is_version(&self.version), "/version", Rule::ModelVersion);
        let currency =
            self.currency.len() == 3 && self.currency.bytes().all(|c| c.is_ascii_uppercase());
        errors.require(currency, "/currency", Rule::ModelCurrency);

        // Far outside this range a fit has no maximum or none of its digits are known; and
        // no sum or product in the formulas can overflow within it.
        let BgNbdParameters { r, alpha, a, b } = self.bg_nbd;
        let GammaGammaParameters { p, q, v } = self.gamma_gamma;
        let pointers = &[
            "/bg_nbd/r",
            "/bg_nbd/alpha",
            "/bg_nbd/a",
            "/bg_nbd/b",
            "/gamma_gamma/p",
            "/gamma_gamma/q",
            "/gamma_gamma/v",
        ];
        for (pointer, parameter) in pointers.iter().zip([r, alpha, a, b, p, q, v]) {
            let in_range = (1e-12..=1e12).contains(&parameter);
            errors.require(in_range, *pointer, Rule::ParameterRange);
        }
        errors.require(q > 1.0, "/gamma_gamma/q", Rule::QAboveOne);

        horizons::check(&mut self.horizons.iter().copied().map(Some), &mut errors);
        let rate = self.annual_discount_rate;
        // Below a millionth a year the residual value looks further ahead than any model.
        let discount = rate == 0.0 || (1e-6..=100.0).contains(&rate);
        errors.require(discount, "/annual_discount_rate", Rule::DiscountRate);
        let margin = self.margin > 0.0 && self.margin <= 1000.0;
        errors.require(margin, "/margin", Rule::Margin);
        self.segments.check(&mut errors);
        let Training { log_likelihood, standard_errors, .. } = &self.training;
        let told = core::iter::once(log_likelihood).chain(standard_errors.iter().map(|(_, e)| e));
        let finite = told.into_iter().all(|value| value.is_finite());
        errors.require(finite, "/training", Rule::Finite);
        errors.or(())
    }

    /// Whether a text can be an `id`; a store of models asks it of its keys.
    #[doc(hidden)]
    pub fn is_id(text: &str) -> bool {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || b"-_.".contains(&c);
        (1..=64).contains(&text.len()) && text.bytes().all(allowed)
    }
}

impl Segments {
    /// The most bands: their indices fit a byte, 255 being left for "none".
    const MOST: usize = 255;

    fn read(value: Option<&Input>, errors: &mut Violations) -> Segments {
        let mut fields = Fields::of(value, "/segments", &["horizon", "bands"], errors);
        let horizon = fields.needed_number(0);
        let mut bands = Vec::new();
        match fields.needed(1) {
            Some(Input::List(list)) => {
                for (i, band) in list.iter().enumerate() {
                    let pointer = pointer("/segments/bands", i, "");
                    let keys = &["name", "min_value"];
                    let mut fields = Fields::of(Some(band), &pointer, keys, fields.errors);
                    bands.push(Band {
                        name: fields.needed_text(0),
                        min_value: fields.needed_number(1),
                    });
                    fields.refuse_unknown();
                }
            }
            Some(_) => fields.refuse(1, Rule::IsList),
            None => {}
        }
        fields.refuse_unknown();
        Segments { horizon, bands }
    }

    fn check(&self, errors: &mut Violations) {
        let horizon = self.horizon > 0.0 && self.horizon <= horizons::Horizons::LONGEST;
        errors.require(horizon, "/segments/horizon", Rule::HorizonRange);
        let count = (1..=Self::MOST).contains(&self.bands.len());
        errors.require(count, "/segments/bands", Rule::BandsGiven);

        let mut above = f64::INFINITY;
        for (i, band) in self.bands.iter().enumerate() {
            let fresh = self.bands[..i].iter().all(|other| other.name != band.name);
            let named = !band.name.is_empty() && fresh;
            if !named {
                errors.add(pointer("/segments/bands", i, "/name"), Rule::BandName);
            }
            // What is no number is not below anything.
            if band.min_value.partial_cmp(&above) != Some(Ordering::Less) {
                errors.add(pointer("/segments/bands", i, "/min_value"), Rule::BandsDescending);
            }
            above = band.min_value;
        }
        if let Some((last, before)) = self.bands.split_last()
            && last.min_value != 0.0
        {
            let pointer = pointer("/segments/bands", before.len(), "/min_value");
            errors.add(pointer, Rule::LastBandZero);
        }
    }
}

impl Training {
    /// All of it and every part may be missing, for nothing depends on them.
    fn read(value: Option<&Input>, errors: &mut Violations) -> Training {
        let keys = &[
            "source",
            "customers",
            "orders",
            "observed_from",
            "observed_to",
            "log_likelihood",
            "standard_errors",
            "source_sha256",
        ];
        let mut fields = Fields::of(value, "/training", keys, errors);
        let numbers = |value: &Input| {
            let Input::Object(entries) = value else { return None };
            let number = |(name, value): &(String, Input)| Some((name.clone(), value.number()?));
            entries.iter().map(number).collect()
        };
        let training = Training {
            source: fields.text(0),
            customers: count(&mut fields, 1),
            orders: count(&mut fields, 2),
            observed_from: fields.text(3),
            observed_to: fields.text(4),
            log_likelihood: fields.number(5).unwrap_or_default(),
            standard_errors: fields.read(6, Rule::IsNumber, numbers).unwrap_or_default(),
            source_sha256: fields.text(7),
        };
        fields.refuse_unknown();
        training
    }
}

/// Adds what is missing, of the wrong kind or unknown, and puts nothing in its place.
fn read(value: &Input, errors: &mut Violations) -> ModelFile {
    let keys = &[
        "format",
        "id",
        "version",
        "time_unit",
        "currency",
        "bg_nbd",
        "gamma_gamma",
        "horizons",
        "annual_discount_rate",
        "margin",
        "segments",
        "training",
    ];
    let unit = |value: &Input| match value {
        Input::Text(unit) if unit == "day" => Some(TimeUnit::Day),
        Input::Text(unit) if unit == "week" => Some(TimeUnit::Week),
        _ => None,
    };
    let mut fields = Fields::of(Some(value), "", keys, errors);
    let format = fields.needed_text(0);
    let id = fields.needed_text(1);
    let version = fields.needed_text(2);
    fields.needed(3);
    let time_unit = fields.read(3, Rule::ModelTimeUnit, unit).unwrap_or(TimeUnit::Day);
    let currency = fields.needed_text(4);
    let [r, alpha, a, b] = numbers(&mut fields, 5, "/bg_nbd", &["r", "alpha", "a", "b"]);
    let [p, q, v, _] = numbers(&mut fields, 6, "/gamma_gamma", &["p", "q", "v"]);
    let days = fields.needed(7).and_then(|days| horizons::read(days, fields.errors));
    let annual_discount_rate = fields.needed_number(8);
    let margin = fields.needed_number(9);
    let segments = Segments::read(fields.needed(10), fields.errors);
    let training = Training::read(fields.value(11), fields.errors);
    fields.refuse_unknown();
    ModelFile {
        format,
        id,
        version,
        time_unit,
        currency,
        bg_nbd: BgNbdParameters { r, alpha, a, b },
        gamma_gamma: GammaGammaParameters { p, q, v },
        horizons: days.map(Vec::from).unwrap_or_default(),
        annual_discount_rate,
        margin,
        segments,
        training,
    }
}

#[inline(never)]
fn count(fields: &mut Fields<'_, '_>, i: usize) -> u32 {
    let read = |value: &Input| value.number().filter(|n| *n == f64::from(*n as u32));
    fields.read(i, Rule::IsCount, read).unwrap_or_default() as u32
}

/// The numbers of the object at the i-th key that has these, at most four, and nothing else.
#[inline(never)]
fn numbers(fields: &mut Fields<'_, '_>, i: usize, pointer: &str, keys: &[&str]) -> [f64; 4] {
    let mut numbers = [0.0; 4];
    let mut fields = Fields::of(fields.needed(i), pointer, keys, fields.errors);
    for (i, number) in numbers.iter_mut().enumerate().take(keys.len()) {
        *number = fields.needed_number(i);
    }
    fields.refuse_unknown();
    numbers
}

fn is_version(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

fn as_map<S: Serializer>(entries: &[(String, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().map(|(name, value)| (name, value)))
}
