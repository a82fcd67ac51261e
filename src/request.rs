//! A request as it arrives, from JSON or from JavaScript, read by one set of rules.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Violations;
use crate::horizons::{self, Horizons};
use crate::input::{Fields, Input};
use crate::profile::{Candidate, Profile};

/// What is asked of a model: a customer, how far ahead, and whether without end.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The customer.
    pub profile: Profile,
    /// The horizons asked for; the model's own if `None`.
    pub horizons: Option<Horizons>,
    /// Whether the residual lifetime value is wanted; it costs a quadrature.
    pub residual: bool,
}

impl From<Profile> for Request {
    /// The model's own horizons, no residual value.
    fn from(profile: Profile) -> Self {
        Request { profile, horizons: None, residual: false }
    }
}

/// The keys of a request, in the order errors are reported.
const KEYS: [&str; 6] = ["frequency", "recency", "T", "monetary_value", "horizons", "residual"];

/// The candidate at the first four of [`KEYS`].
fn candidate(fields: &Fields<'_>, errors: &mut Violations) -> Candidate {
    let needed = |i, errors: &mut Violations| {
        fields.needed(i, errors);
        fields.number(i, errors)
    };
    Candidate {
        frequency: needed(0, errors),
        recency: needed(1, errors),
        T: needed(2, errors),
        monetary_value: fields.number(3, errors),
    }
}

impl Profile {
    /// Reads key and value pairs: a customer, and nothing of what is asked.
    ///
    /// # Errors
    /// As of [`Request::read`].
    ///
    /// # Example
    /// ```
    /// use edge_clv::{Input, Profile};
    ///
    /// let entries = vec![("horizons".into(), Input::Other)];
    /// let errors = Profile::read(&entries).unwrap_err();
    /// let pointers: Vec<_> = errors.as_slice().iter().map(|e| e.pointer.as_str()).collect();
    /// assert_eq!(pointers, ["/frequency", "/recency", "/T", "/horizons"]);
    /// ```
    pub fn read(entries: &[(String, Input)]) -> Result<Profile, Violations> {
        let mut errors = Violations::default();
        let fields = Fields::new(entries, "", &KEYS[..4], &mut errors);
        let profile = candidate(&fields, &mut errors).check(&mut errors);
        fields.refuse_unknown(&mut errors);
        match profile {
            Some(profile) if errors.is_empty() => Ok(profile),
            _ => Err(errors),
        }
    }
}

impl Request {
    /// Reads key and value pairs.
    ///
    /// # Errors
    /// Every broken rule: what is repeated, what is missing or of the wrong kind, then the
    /// inequalities, each in the order of the contract; last the unknown keys, sorted, so
    /// that hosts that order keys differently report alike.
    ///
    /// # Example
    /// ```
    /// use edge_clv::{Input, Request};
    ///
    /// let entries = vec![("frequency".into(), Input::Number(-1.0)), ("R".into(), Input::Other)];
    /// let errors = Request::read(entries).unwrap_err();
    /// let pointers: Vec<_> = errors.as_slice().iter().map(|e| e.pointer.as_str()).collect();
    /// assert_eq!(pointers, ["/recency", "/T", "/frequency", "/R"]);
    /// ```
    pub fn read(entries: Vec<(String, Input)>) -> Result<Request, Violations> {
        let mut errors = Violations::default();
        let fields = Fields::new(&entries, "", &KEYS, &mut errors);
        let profile = candidate(&fields, &mut errors).check(&mut errors);

        let horizons = fields.value(4).and_then(|days| horizons::read(days, &mut errors));
        let residual = fields.boolean(5, &mut errors);
        fields.refuse_unknown(&mut errors);
        match profile {
            Some(profile) if errors.is_empty() => Ok(Request { profile, horizons, residual }),
            _ => Err(errors),
        }
    }
}
