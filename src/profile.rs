//! What is known of one customer, and the one checker of it.

use crate::error::{Rule, Violations};

/// The purchase history of one customer, checked.
///
/// Time is in days and money in the model's currency. A `Profile` exists only if
///
/// - every number is finite;
/// - `frequency >= 0` and whole: repeat purchases, that is distinct purchase days minus one;
/// - `0 <= recency <= T`: days from the first to the last purchase;
/// - `T >= 0`: days from the first purchase to the end of observation;
/// - `recency = 0` exactly when `frequency = 0`;
/// - `monetary_value > 0` when `frequency > 0`, `>= 0` otherwise: mean profit per repeat
///   purchase. It may be unknown; the population's mean then stands in.
///
/// # Example
/// ```
/// use edge_clv::Profile;
///
/// let profile = Profile::new(5.0, 200.0, 300.0, Some(45.5))?;
/// assert_eq!(profile.T(), 300.0);
///
/// let errors = Profile::new(5.0, 301.0, 300.0, None).unwrap_err();
/// assert_eq!(errors.as_slice()[0].pointer, "/recency");
/// assert_eq!(errors.as_slice()[0].rule.inequality(), "recency <= T");
/// # Ok::<(), edge_clv::Violations>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Profile {
    frequency: f64,
    recency: f64,
    age: f64,
    monetary_value: Option<f64>,
}

#[allow(non_snake_case)] // T is the field's name for it in every paper and every interface.
impl Profile {
    /// Checks the four numbers.
    ///
    /// # Errors
    /// Every rule above that does not hold, with JSON pointers such as `/recency`.
    pub fn new(
        frequency: f64,
        recency: f64,
        T: f64,
        monetary_value: Option<f64>,
    ) -> Result<Profile, Violations> {
        let candidate = Candidate {
            frequency: Some(frequency),
            recency: Some(recency),
            T: Some(T),
            monetary_value,
        };
        let mut errors = Violations::default();
        candidate.check(&mut errors).ok_or(errors)
    }

    /// A new customer, on the day of the first purchase: x = t_x = T = 0, and nothing known of
    /// what a repeat purchase is worth.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let model = Model::baked();
    /// let in_a_year = model.bg_nbd().expected_purchases(&Profile::NEW, 365.0);
    /// assert!(in_a_year > 0.0);
    /// assert_eq!(Profile::new(0.0, 0.0, 0.0, None)?, Profile::NEW);
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub const NEW: Profile =
        Profile { frequency: 0.0, recency: 0.0, age: 0.0, monetary_value: None };

    /// The same customer seen until day `T` since the first purchase, earlier or later than
    /// now, no purchase having followed the last.
    ///
    /// # Errors
    /// Every rule above that does not hold, such as `recency <= T` for a day on which the
    /// last purchase was still to come.
    ///
    /// # Example
    /// ```
    /// # use edge_clv::{Model, Profile};
    /// let bg_nbd = *Model::baked().bg_nbd();
    /// let today = Profile::new(5.0, 200.0, 300.0, Some(45.5))?;
    /// let a_silent_month_later = today.observed_until(330.0)?;
    /// assert_eq!(a_silent_month_later.recency(), 200.0);
    /// let alive = |profile| bg_nbd.probability_alive(profile);
    /// assert!(alive(&a_silent_month_later) < alive(&today));
    ///
    /// let errors = today.observed_until(199.0).unwrap_err();
    /// assert_eq!(errors.as_slice()[0].rule.inequality(), "recency <= T");
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn observed_until(&self, T: f64) -> Result<Profile, Violations> {
        Profile::new(self.frequency, self.recency, T, self.monetary_value)
    }

    /// Repeat purchases; x in the papers.
    pub fn frequency(&self) -> f64 {
        self.frequency
    }

    /// Days from the first to the last purchase; t_x in the papers.
    pub fn recency(&self) -> f64 {
        self.recency
    }

    /// Days from the first purchase to the end of observation.
    pub fn T(&self) -> f64 {
        self.age
    }

    /// Mean profit per repeat purchase in currency, if known; m_x in the papers.
    pub fn monetary_value(&self) -> Option<f64> {
        self.monetary_value
    }
}

/// The numbers of a profile before the check; `None` where no number was given, so that
/// the rules about the others can still be checked.
#[allow(non_snake_case)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Candidate {
    pub(crate) frequency: Option<f64>,
    pub(crate) recency: Option<f64>,
    pub(crate) T: Option<f64>,
    pub(crate) monetary_value: Option<f64>,
}

impl Candidate {
    /// Adds every broken rule, in the order of the contract; the profile if there is none
    /// and nothing is missing.
    pub(crate) fn check(&self, errors: &mut Violations) -> Option<Profile> {
        let errors_before = errors.as_slice().len();
        let mut finite = |value: Option<f64>, pointer: &str| {
            let value = value?;
            errors.require(value.is_finite(), pointer, Rule::Finite);
            value.is_finite().then_some(value)
        };
        let frequency = finite(self.frequency, "/frequency");
        let recency = finite(self.recency, "/recency");
        let age = finite(self.T, "/T");
        let monetary_value = finite(self.monetary_value, "/monetary_value");

        if let Some(x) = frequency {
            errors.require(x >= 0.0, "/frequency", Rule::FrequencyNotNegative);
            errors.require(x == libm::trunc(x), "/frequency", Rule::FrequencyWhole);
        }
        if let Some(t_x) = recency {
            errors.require(t_x >= 0.0, "/recency", Rule::RecencyNotNegative);
            if let Some(age) = age {
                errors.require(t_x <= age, "/recency", Rule::RecencyWithinAge);
            }
            if let Some(x) = frequency {
                let both = (t_x == 0.0) == (x == 0.0);
                errors.require(both, "/recency", Rule::RecencyZeroWithFrequency);
            }
        }
        if let Some(age) = age {
            errors.require(age >= 0.0, "/T", Rule::AgeNotNegative);
        }
        if let Some(m) = monetary_value {
            if frequency.is_some_and(|x| x > 0.0) {
                errors.require(m > 0.0, "/monetary_value", Rule::MonetaryValuePositive);
            } else {
                errors.require(m >= 0.0, "/monetary_value", Rule::MonetaryValueNotNegative);
            }
        }

        (errors.as_slice().len() == errors_before).then_some(())?;
        Some(Profile { frequency: frequency?, recency: recency?, age: age?, monetary_value })
    }
}
