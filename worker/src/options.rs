//! What is asked for all the customers of a body: beside them in JSON, in the query otherwise.

use edge_clv::{Fields, Horizons, Input, Model, Profile, Request, Rule, Violations};

use crate::broken::{Broken, FormRule, broken};
use crate::route::Endpoint;

/// What is asked of a model for many customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// How far ahead, and whether without end; the profile in it is nobody's.
    pub request: Request,
    /// Whether there are cohorts, and what of them.
    pub cohorts: Option<CohortOptions>,
}

/// What is asked about cohorts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CohortOptions {
    /// The least value per acquisition cost.
    pub ratio: f64,
    /// The horizon of that value, and of the quantiles, in days: one of those asked for.
    pub horizon: f64,
}

/// The most value per acquisition cost that can be asked for.
pub(crate) const RATIO_LIMIT: f64 = 1e6;

/// What is asked of customers, in the order errors are reported; only the first two but for
/// cohorts.
const KEYS: [&str; 5] = ["customers", "horizons", "residual", "ratio", "horizon"];

impl Options {
    /// From the entries of a JSON body, which has `customers` too, and a query.
    ///
    /// # Errors
    /// Every broken rule.
    pub(crate) fn read(
        mut entries: Vec<(String, Input)>,
        query: &str,
        endpoint: Endpoint,
        model: &Model,
    ) -> Result<Options, Vec<Broken>> {
        entries.extend(asked(query));
        Self::of(&entries, true, endpoint, model)
    }

    /// From a query such as `horizons=30,90&residual=true`.
    ///
    /// # Errors
    /// Every broken rule, `/horizons/1` being the second horizon of the query.
    pub fn of_query(
        query: &str,
        endpoint: Endpoint,
        model: &Model,
    ) -> Result<Options, Vec<Broken>> {
        Self::of(&asked(query), false, endpoint, model)
    }

    fn keys(endpoint: Endpoint) -> &'static [&'static str] {
        match endpoint {
            Endpoint::Cohorts => &KEYS,
            _ => &KEYS[..3],
        }
    }

    /// `listed` says whether the customers are to be among the entries, rather than a body of
    /// their own.
    fn of(
        entries: &[(String, Input)],
        listed: bool,
        endpoint: Endpoint,
        model: &Model,
    ) -> Result<Options, Vec<Broken>> {
        let mut errors = Violations::default();
        let mut fields = Fields::new(entries, "", Self::keys(endpoint), &mut errors);
        if listed {
            if !matches!(fields.needed(0), None | Some(Input::List(_))) {
                fields.errors.add("/customers", Rule::IsList);
            }
        } else if fields.value(0).is_some() {
            fields.errors.add("/customers", Rule::Known);
        }
        let horizons = fields.value(1).and_then(|days| match Horizons::read(days) {
            Ok(horizons) => Some(horizons),
            Err(broken) => {
                fields.errors.extend(broken);
                None
            }
        });
        let residual = fields.boolean(2);
        let ratio = fields.number(3).unwrap_or(3.0);
        let horizon = fields.number(4);
        fields.refuse_unknown();
        let request = Request { profile: Profile::NEW, horizons, residual };
        if errors.is_empty() {
            // Whether the model has a residual value.
            errors.extend(model.predict(&request).err().into_iter().flatten());
        }
        let mut errors = broken(errors);

        let days = days(&request, model);
        let horizon = horizon.or(days.last().copied()).unwrap_or_default();
        if endpoint == Endpoint::Cohorts {
            if !(ratio > 0.0 && ratio <= RATIO_LIMIT) {
                errors.push(FormRule::Ratio.at("/ratio"));
            }
            if !days.contains(&horizon) && errors.is_empty() {
                errors.push(FormRule::HorizonListed.at("/horizon"));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let cohorts = (endpoint == Endpoint::Cohorts).then_some(CohortOptions { ratio, horizon });
        Ok(Options { request, cohorts })
    }
}

/// The entries of a query.
fn asked(query: &str) -> Vec<(String, Input)> {
    let entry = |(key, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        let value = match &key[..] {
            "horizons" => Input::List(value.split(',').map(number).collect()),
            "ratio" | "horizon" => number(&value),
            _ => match &value[..] {
                "true" => Input::Boolean(true),
                "false" => Input::Boolean(false),
                _ => Input::Text(value.into_owned()),
            },
        };
        (key.into_owned(), value)
    };
    form_urlencoded::parse(query.as_bytes()).map(entry).collect()
}

/// The horizons of the answers, in days.
pub(crate) fn days<'r>(request: &'r Request, model: &'r Model) -> &'r [f64] {
    match &request.horizons {
        Some(horizons) => horizons.as_slice(),
        None => &model.file().horizons,
    }
}

/// A number of a query or a cell, white space around it aside; what is none stays text.
pub(crate) fn number(text: &str) -> Input {
    match text.trim().parse() {
        Ok(number) => Input::Number(number),
        Err(_) => Input::Text(text.to_owned()),
    }
}
