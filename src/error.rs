//! What can be wrong with a request or a model file: one variant per broken rule.
//!
//! A check never stops at the first broken rule. It gathers a [`Violations`], each entry
//! naming the place by a JSON pointer (RFC 6901) and the inequality that does not hold.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

/// Declares [`Rule`] together with what each variant prints.
macro_rules! rules {
    ($($variant:ident: $inequality:literal, $detail:literal;)+) => {
        /// A rule of the contract or of the model file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Rule {
            $(#[doc = concat!("`", $inequality, "`: ", $detail, ".")] $variant,)+
        }

        impl Rule {
            /// Every rule there is, so that a test can break each in turn.
            pub const ALL: &'static [Rule] = &[$(Rule::$variant,)+];

            /// The rule as a short formula, such as `0 <= recency <= T`.
            pub const fn inequality(self) -> &'static str {
                TEXTS[self as usize].0
            }

            /// What the rule asks for, in words.
            pub const fn detail(self) -> &'static str {
                TEXTS[self as usize].1
            }
        }

        /// In the order of the rules: what looks up is smaller than what matches.
        const TEXTS: &[(&str, &str)] = &[$(($inequality, $detail),)+];
    };
}

rules! {
    // Shape: the value is not of the right kind at all.
    IsObject: "is an object", "this must be an object with named values";
    IsNumber: "is a number", "this must be a number, not text, null or a list";
    IsBoolean: "is true or false", "this must be true or false";
    IsText: "is text", "this must be text";
    IsCount: "is a whole number", "this must be a whole number from 0 to 4294967295";
    IsList: "is a list", "this must be a list";
    Given: "is given", "this value is required";
    Known: "is a known key", "no such key; check the spelling (T is a capital letter)";
    Once: "is given once", "the same key is given more than once";

    // The profile.
    Finite: "is finite", "this must be a finite number";
    FrequencyNotNegative: "frequency >= 0", "a count of repeat purchases is 0 or more";
    FrequencyWhole: "frequency is whole", "a count of repeat purchases is a whole number";
    RecencyNotNegative: "recency >= 0", "days from first to last purchase cannot be negative";
    AgeNotNegative: "T >= 0", "days since the first purchase cannot be negative";
    RecencyWithinAge: "recency <= T", "the last purchase cannot be later than the end of observation";
    RecencyZeroWithFrequency: "recency = 0 exactly when frequency = 0",
        "without a repeat purchase the first is the last and recency is 0; with one it is above 0";
    MonetaryValuePositive: "monetary_value > 0 when frequency > 0",
        "the mean profit of repeat purchases must be above 0; leave it out if it is not known";
    MonetaryValueNotNegative: "monetary_value >= 0", "a mean profit cannot be negative";

    // A path of days.
    PurchaseAfterFirst: "purchase day > 0",
        "days count from the first purchase, which is day 0 and is not listed";
    PurchasesIncreasing: "purchase days increase", "each purchase day must be later than the one before";
    DateNotNegative: "date >= 0", "before the first purchase, day 0, there is no customer";

    // What is asked for.
    CountsRange: "most is whole, 0 <= most <= 1000000",
        "ask for counts up to a million";
    HorizonsCount: "1 <= number of horizons <= 12", "ask for 1 to 12 horizons";
    HorizonRange: "0 < horizon <= 3650", "a horizon is above 0 and at most 3650 days";
    HorizonsIncreasing: "horizons increase", "each horizon must be longer than the one before";
    ResidualNeedsDiscount: "annual_discount_rate > 0",
        "without discounting the residual value has no end; use a model with a discount rate";

    // Columns.
    IsColumn: "is a Float64Array", "each column must be a Float64Array";
    ColumnsEqualLength: "columns are of equal length", "every column must have one value per customer";
    ColumnKnown: "is a known output column", "no such output column";

    // The model file.
    ModelFormat: "format = edge-clv-model/1", "this version reads edge-clv-model/1 only";
    ModelId: "id is 1 to 64 letters, digits, '-', '_' or '.'",
        "the id names the model in every answer";
    ModelVersion: "version is 12 lower-case hex digits", "`clv model seal` writes the version";
    ModelTimeUnit: "time_unit is day or week", "other units are not read";
    ModelCurrency: "currency is three capital letters", "use an ISO 4217 code such as USD";
    ParameterRange: "1e-12 <= parameter <= 1e12",
        "a model parameter must be above 0 and of a size that a real fit has";
    QAboveOne: "q > 1", "with q <= 1 the mean profit of the population is infinite";
    DiscountRate: "annual_discount_rate = 0 or 1e-6 <= annual_discount_rate <= 100",
        "give a yearly rate such as 0.1, or 0 for none";
    Margin: "0 < margin <= 1000", "give the share of each purchase that is kept, such as 1.0";
    BandsGiven: "1 <= number of bands <= 255", "give at least one segment band";
    BandName: "band names are not empty and differ", "each segment needs a name of its own";
    BandsDescending: "bands descend", "each min_value must be finite and below the one before";
    LastBandZero: "min_value of the last band = 0", "so that every customer has a segment";
}

impl Rule {
    /// Whether the rule is about the kind of value rather than its size: the difference
    /// between JavaScript's `TypeError` and `RangeError`.
    pub const fn is_about_type(self) -> bool {
        matches!(
            self,
            Rule::IsObject
                | Rule::IsNumber
                | Rule::IsBoolean
                | Rule::IsText
                | Rule::IsCount
                | Rule::IsList
                | Rule::IsColumn
                | Rule::Given
                | Rule::Known
                | Rule::Once
                | Rule::ColumnKnown
        )
    }
}

/// One broken rule and where.
///
/// Serialized as `{"pointer", "rule", "detail"}`, the same over HTTP and in JavaScript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer (RFC 6901) to the offending value; `""` is the whole document.
    pub pointer: String,
    /// The rule that does not hold there.
    pub rule: Rule,
}

impl Violation {
    /// A rule broken at a key of the top level, where a pointer (RFC 6901) writes `~` as
    /// `~0` and `/` as `~1`.
    pub fn at_key(key: &str, rule: Rule) -> Violation {
        let mut pointer = String::from("/");
        for character in key.chars() {
            match character {
                '~' => pointer.push_str("~0"),
                '/' => pointer.push_str("~1"),
                _ => pointer.push(character),
            }
        }
        Violation { pointer, rule }
    }
}

impl Serialize for Violation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Violation", 3)?;
        object.serialize_field("pointer", &self.pointer)?;
        object.serialize_field("rule", self.rule.inequality())?;
        object.serialize_field("detail", self.rule.detail())?;
        object.end()
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(f, "{}: ", self.pointer)?;
        }
        write!(f, "{} ({})", self.rule.detail(), self.rule.inequality())
    }
}

/// Every broken rule of one input, in the order of the contract; never empty in an `Err`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Adds a rule broken at a place.
    pub fn add(&mut self, pointer: impl Into<String>, rule: Rule) {
        self.push(pointer.into(), rule);
    }

    /// One function for all the places that call it, since it is hardly ever called.
    #[cold]
    #[inline(never)]
    fn push(&mut self, pointer: String, rule: Rule) {
        self.0.push(Violation { pointer, rule });
    }

    /// Adds the rule at the place unless it holds.
    pub(crate) fn require(&mut self, holds: bool, pointer: impl Into<String>, rule: Rule) {
        if !holds {
            self.add(pointer, rule);
        }
    }

    /// `Ok` of the value if no rule was broken.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Violations> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// The broken rules as a slice.
    pub fn as_slice(&self) -> &[Violation] {
        &self.0
    }

    /// Whether no rule is broken.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Violations(alloc::vec![violation])
    }
}

impl Extend<Violation> for Violations {
    fn extend<I: IntoIterator<Item = Violation>>(&mut self, violations: I) {
        self.0.extend(violations);
    }
}

impl IntoIterator for Violations {
    type Item = Violation;
    type IntoIter = alloc::vec::IntoIter<Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for Violations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, violation) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}

impl core::error::Error for Violations {}
