//! What is asked for when columns of customers are scored.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Rule, Violations};
use crate::horizons::{self, Horizons};
use crate::input::{Fields, Input, pointer};

/// Which columns to work out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    /// P(alive).
    pub probability_alive: bool,
    /// E\[M\].
    pub expected_average_profit: bool,
    /// E\[Y(t)\] per horizon.
    pub expected_purchases: bool,
    /// P(Y(t) > 0) per horizon.
    pub probability_of_purchase: bool,
    /// Discounted value per horizon.
    pub customer_lifetime_value: bool,
    /// Discounted value without a horizon; costs a quadrature a row.
    pub residual_lifetime_value: bool,
    /// Segment.
    pub segment: bool,
}

impl Default for Columns {
    /// All but the residual value.
    fn default() -> Self {
        let all = true;
        Columns {
            probability_alive: all,
            expected_average_profit: all,
            expected_purchases: all,
            probability_of_purchase: all,
            customer_lifetime_value: all,
            residual_lifetime_value: false,
            segment: all,
        }
    }
}

impl Columns {
    /// The columns of these names, which are the answer's keys.
    ///
    /// # Errors
    /// For every unknown name, with JSON pointers such as `/columns/1`.
    pub fn named<N: AsRef<str>>(names: &[N]) -> Result<Columns, Violations> {
        let mut errors = Violations::default();
        let columns = choose(&mut names.iter().map(AsRef::as_ref), &mut errors);
        errors.or(columns)
    }
}

/// The columns of these names; adds every unknown one.
fn choose(names: &mut dyn Iterator<Item = &str>, errors: &mut Violations) -> Columns {
    const NAMES: [&str; 7] = [
        "probability_alive",
        "expected_average_profit",
        "expected_purchases",
        "probability_of_purchase",
        "customer_lifetime_value",
        "residual_lifetime_value",
        "segment",
    ];
    let mut wanted = [false; NAMES.len()];
    for (i, name) in names.enumerate() {
        match NAMES.iter().position(|known| *known == name) {
            Some(column) => wanted[column] = true,
            None => errors.add(pointer("/columns", i, ""), Rule::ColumnKnown),
        }
    }
    Columns {
        probability_alive: wanted[0],
        expected_average_profit: wanted[1],
        expected_purchases: wanted[2],
        probability_of_purchase: wanted[3],
        customer_lifetime_value: wanted[4],
        residual_lifetime_value: wanted[5],
        segment: wanted[6],
    }
}

/// How to answer for columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchOptions {
    /// The horizons asked for; the model's own if `None`.
    pub horizons: Option<Horizons>,
    /// Which columns to work out.
    pub columns: Columns,
    /// Whether each row is worked out by itself, to the very bits of
    /// [`Model::predict`](crate::Model::predict), rather than from tables, which are many times
    /// faster and agree to 1e-13 relative.
    pub exact: bool,
}

impl BatchOptions {
    /// Reads key and value pairs: `horizons`, `columns`, `exact`.
    ///
    /// # Errors
    /// Every broken rule: what is repeated, what is of the wrong kind or size, last the
    /// unknown keys, sorted.
    ///
    /// # Example
    /// ```
    /// use edge_clv::{BatchOptions, Input};
    ///
    /// let exact = BatchOptions::read(vec![("exact".into(), Input::Boolean(true))])?;
    /// assert!(exact.exact && exact.horizons.is_none());
    /// # Ok::<(), edge_clv::Violations>(())
    /// ```
    pub fn read(entries: Vec<(String, Input)>) -> Result<BatchOptions, Violations> {
        let mut errors = Violations::default();
        let options = read(&entries, &mut errors);
        errors.or(options)
    }

    /// The same together with the columns that it is asked for, an object of the lengths of
    /// `frequency`, `recency`, `T` and, if it is given, `monetary_value`; what is no column
    /// stands there as something else than a number.
    ///
    /// # Errors
    /// What is wrong with the columns as such, and every broken rule as of
    /// [`read`](BatchOptions::read).
    ///
    /// # Example
    /// ```
    /// use edge_clv::{BatchOptions, Input};
    ///
    /// let lengths = [("frequency", 2.0), ("recency", 2.0), ("T", 3.0)];
    /// let columns = lengths.map(|(name, length)| (name.into(), Input::Number(length)));
    /// let columns = Input::Object(columns.into());
    /// let errors = BatchOptions::read_for(&columns, Vec::new()).unwrap_err();
    /// assert_eq!(errors.to_string(), "/T: every column must have one value per customer \
    ///                                 (columns are of equal length)");
    /// ```
    pub fn read_for(
        columns: &Input,
        entries: Vec<(String, Input)>,
    ) -> Result<BatchOptions, Violations> {
        let mut errors = Violations::default();
        check_columns(columns, &mut errors);
        let options = read(&entries, &mut errors);
        errors.or(options)
    }
}

/// Adds every broken rule of columns that are given as their lengths.
fn check_columns(columns: &Input, errors: &mut Violations) {
    let names = &["frequency", "recency", "T", "monetary_value"];
    let mut fields = Fields::of(Some(columns), "", names, errors);
    let mut first = None;
    for i in 0..names.len() {
        if i < 3 {
            fields.needed(i);
        }
        let length = fields.read(i, Rule::IsColumn, Input::number);
        first = first.or(length);
        if length.is_some() && length != first {
            fields.refuse(i, Rule::ColumnsEqualLength);
        }
    }
    fields.refuse_unknown();
}

fn read(entries: &[(String, Input)], errors: &mut Violations) -> BatchOptions {
    let mut fields = Fields::new(entries, "", &["horizons", "columns", "exact"], errors);
    let horizons = fields.value(0).and_then(|days| horizons::read(days, fields.errors));
    let columns = match fields.value(1) {
        None => Columns::default(),
        Some(Input::List(names)) => {
            let names = names.iter().map(|name| match name {
                Input::Text(name) => name.as_str(),
                _ => "",
            });
            choose(&mut { names }, fields.errors)
        }
        Some(_) => {
            fields.refuse(1, Rule::IsList);
            Columns::default()
        }
    };
    let exact = fields.boolean(2);
    fields.refuse_unknown();
    BatchOptions { horizons, columns, exact }
}
