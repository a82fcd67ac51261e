//! A broken rule of a request, whether of a customer or of the form it came in.

use edge_clv::{Violation, Violations};
use serde::Serialize;

/// One broken rule and where: the object of every list `errors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// JSON pointer (RFC 6901) within what it was found in: the body, or one customer.
    pub pointer: String,
    /// The rule as a short formula.
    pub rule: &'static str,
    /// What the rule asks for, in words.
    pub detail: &'static str,
}

/// A rule of the form that customers come in: what the contract of one profile has no rule for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormRule {
    /// A customer is JSON: a line, or what stands in a list.
    IsJson,
    /// A line has a length.
    LineLength,
    /// A CSV row has its header's cells.
    Cells,
    /// The body has not broken off.
    BodyEnds,
    /// How many columns.
    Columns,
    /// Text is UTF-8.
    IsUtf8,
    /// What names a customer or a cohort.
    IsName,
    /// How many cohorts.
    CohortsCount,
    /// How long the name of one.
    CohortLength,
    /// A horizon that value is summed up over.
    HorizonListed,
    /// The ratio of value to cost.
    Ratio,
}

impl FormRule {
    /// Every one.
    pub const ALL: [FormRule; 11] = [
        FormRule::IsJson,
        FormRule::LineLength,
        FormRule::Cells,
        FormRule::BodyEnds,
        FormRule::Columns,
        FormRule::IsUtf8,
        FormRule::IsName,
        FormRule::CohortsCount,
        FormRule::CohortLength,
        FormRule::HorizonListed,
        FormRule::Ratio,
    ];

    /// The formula and the words; the tests below hold each limit in them to its constant.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            FormRule::IsJson => (
                "is JSON",
                "a customer must be one JSON object in UTF-8, with whole characters in its keys",
            ),
            FormRule::LineLength => {
                ("length of a line <= 65536", "a customer takes at most 64 KiB")
            }
            FormRule::Cells => {
                ("cells = columns", "each row must have as many cells as the header has names")
            }
            FormRule::BodyEnds => {
                ("body is read to its end", "the body broke off here; send it again")
            }
            FormRule::Columns => ("number of columns <= 64", "no more columns are known"),
            FormRule::IsUtf8 => ("is UTF-8", "text must be in UTF-8"),
            FormRule::IsName => ("is text or a number", "this must be text or a number"),
            FormRule::CohortsCount => {
                ("number of cohorts <= 10000", "a cohort is a group, not a customer")
            }
            FormRule::CohortLength => {
                ("length of a cohort's name <= 256", "the name of a cohort has at most 256 bytes")
            }
            FormRule::HorizonListed => {
                ("horizon is one of the horizons", "ask for this horizon in horizons too")
            }
            FormRule::Ratio => ("0 < ratio <= 1000000", "give the least value per cost, such as 3"),
        }
    }

    /// Broken at a place.
    pub fn at(self, pointer: impl Into<String>) -> Broken {
        let (rule, detail) = self.texts();
        Broken { pointer: pointer.into(), rule, detail }
    }
}

impl From<Violation> for Broken {
    fn from(violation: Violation) -> Self {
        let Violation { pointer, rule } = violation;
        Broken { pointer, rule: rule.inequality(), detail: rule.detail() }
    }
}

/// Each as it is here.
pub(crate) fn broken(violations: Violations) -> Vec<Broken> {
    violations.into_iter().map(Broken::from).collect()
}

#[cfg(test)]
mod tests {
    use super::FormRule;
    use crate::cohorts::{COHORTS_LIMIT, NAME_LIMIT, SUMMED_LIMIT, TOLD};
    use crate::customers::CUSTOMERS_LIMIT;
    use crate::options::RATIO_LIMIT;
    use crate::response::CUSTOMERS_BODY_LIMIT;
    use crate::row::LINE_LIMIT;
    use crate::row_csv::CELLS;

    /// What a text says of a limit after the last `<=` or `at most`.
    fn said(text: &str) -> &str {
        let at = [" <= ", " at most "].map(|words| text.rfind(words).map(|at| at + words.len()));
        at.into_iter().flatten().max().map_or("", |at| &text[at..])
    }

    #[test]
    fn rules_say_the_limits_that_are_kept() {
        for (rule, formula, words) in [
            (FormRule::LineLength, LINE_LIMIT.to_string(), format!("{} KiB", LINE_LIMIT / 1024)),
            (FormRule::Columns, CELLS.to_string(), String::new()),
            (FormRule::CohortsCount, COHORTS_LIMIT.to_string(), String::new()),
            (FormRule::CohortLength, NAME_LIMIT.to_string(), format!("{NAME_LIMIT} bytes")),
            (FormRule::Ratio, RATIO_LIMIT.to_string(), String::new()),
        ] {
            let told = rule.at("");
            assert_eq!((said(told.rule), said(told.detail)), (&formula[..], &words[..]));
        }
    }

    #[test]
    fn the_description_says_the_limits_that_are_kept() {
        let document = include_str!("../openapi.json");
        for (words, times) in [
            (format!("JSON may have {CUSTOMERS_LIMIT} customers and "), 2),
            (format!("and {} MiB.", CUSTOMERS_BODY_LIMIT >> 20), 2),
            (format!("at most {} KiB each", LINE_LIMIT / 1024), 8),
            (format!("at most {SUMMED_LIMIT} of them and {COHORTS_LIMIT} cohorts"), 2),
            (format!("\"maxItems\": {CUSTOMERS_LIMIT},"), 2),
            (format!("\"maxItems\": {TOLD},"), 1),
            (format!("\"maximum\": {RATIO_LIMIT:?},"), 2),
        ] {
            assert_eq!(document.matches(&words).count(), times, "{words}");
        }
    }
}
