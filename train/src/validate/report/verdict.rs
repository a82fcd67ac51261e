//! What the measures come to, in plain words.

use serde::Serialize;

use super::text::{money, per_cent, whole};
use crate::{Comparison, Validation};

/// How far a model can be relied on, judged by its purchases in the holdout.
///
/// Three questions are asked, and the worst answer counts:
///
/// | question | good | fair | else |
/// |---|---|---|---|
/// | is the total right? | within 10 % | within 25 % | poor |
/// | are the best customers found? | Gini >= 0.5 | Gini >= 0.25 | poor |
/// | is it closer than the past continued? | smaller root mean squared error | | poor |
///
/// With fewer than [`FEWEST_PURCHASES`](Verdict::FEWEST_PURCHASES) purchases in the holdout,
/// chance decides, and there is no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every answer is good.
    Good,
    /// No answer is poor, and not all are good.
    Fair,
    /// An answer is poor.
    Poor,
    /// Too few purchases to tell.
    TooFew,
}

impl Verdict {
    /// So many purchases in a holdout vary by a fifth either way by chance alone (twice
    /// their square root, were they independent), which is the width of the first question.
    pub const FEWEST_PURCHASES: f64 = 100.0;

    /// Judges a model by a holdout.
    pub fn new(validation: &Validation) -> Verdict {
        if validation.purchases.model.actual < Self::FEWEST_PURCHASES {
            return Verdict::TooFew;
        }
        let [total, ranking, closeness] = answers(&validation.purchases);
        total.max(ranking).max(closeness)
    }

    /// A headline.
    pub fn headline(self) -> &'static str {
        match self {
            Verdict::Good => "You can rely on this model.",
            Verdict::Fair => "You can use this model, with care.",
            Verdict::Poor => "Do not rely on this model yet.",
            Verdict::TooFew => "Too little happened to judge this model.",
        }
    }
}

/// To the questions of [`Verdict`], in that order.
fn answers(purchases: &Comparison) -> [Verdict; 3] {
    let graded = |good: bool, fair: bool| match (good, fair) {
        (true, _) => Verdict::Good,
        (_, true) => Verdict::Fair,
        _ => Verdict::Poor,
    };
    let (model, naive) = (&purchases.model, &purchases.naive);
    let off = model.bias.map_or(f64::INFINITY, f64::abs);
    let gini = model.gini.unwrap_or(0.0);
    let closer = model.root_mean_squared_error < naive.root_mean_squared_error;
    [graded(off <= 0.1, off <= 0.25), graded(gini >= 0.5, gini >= 0.25), graded(closer, false)]
}

/// The verdict's reasons, a sentence or two each.
pub(crate) fn reasons(validation: &Validation, currency: &str) -> Vec<String> {
    let purchases = &validation.purchases;
    if Verdict::new(validation) == Verdict::TooFew {
        return vec![format!(
            "The {} customers made {} purchases in the {} days held out. Below {} chance alone \
             moves the total by a fifth; hold out a longer time, or wait for more orders.",
            whole(validation.customers as f64),
            whole(purchases.model.actual),
            validation.holdout_days,
            Verdict::FEWEST_PURCHASES,
        )];
    }
    let [_, ranking, _] = answers(purchases);
    let mut reasons = vec![total_reason(validation, currency)];
    if let (Some(captured), Some(best), Some(naive)) = (
        purchases.model.top_decile_capture,
        purchases.best_top_decile_capture,
        purchases.naive.top_decile_capture,
    ) {
        let found = match ranking {
            Verdict::Good => "It knows who your best customers are",
            Verdict::Fair => "It has some idea who your best customers are",
            _ => "It hardly knows who your best customers are",
        };
        reasons.push(format!(
            "{found}: the tenth it rates highest made {} of the purchases, where {} was the \
             most anybody could have named, and counting past purchases names {}.",
            per_cent(captured),
            per_cent(best),
            per_cent(naive),
        ));
    }
    let (model, naive) = (&purchases.model, &purchases.naive);
    let change = model.root_mean_squared_error / naive.root_mean_squared_error - 1.0;
    reasons.push(if change < 0.0 {
        format!(
            "It is closer than expecting everybody to go on as before: its typical error per \
             customer is {} smaller, and that rule would have promised {} purchases instead \
             of the {} there were.",
            per_cent(-change),
            whole(naive.predicted),
            whole(model.actual),
        )
    } else {
        "It is no closer than expecting everybody to go on as before, so it earns nothing \
         yet. Look for a change of the business near the beginning of the holdout."
            .to_owned()
    });
    reasons
}

fn total_reason(validation: &Validation, currency: &str) -> String {
    let side = |bias: Option<f64>| match bias {
        Some(bias) if per_cent(bias.abs()) == per_cent(0.0) => "as many as there were".to_owned(),
        Some(bias) if bias < 0.0 => format!("{} too few", per_cent(-bias)),
        Some(bias) => format!("{} too many", per_cent(bias)),
        None => "where there were none".to_owned(),
    };
    let (purchases, value) = (&validation.purchases.model, &validation.value.model);
    let advice = match purchases.bias {
        Some(bias) if bias < -0.1 => {
            " Plans built on it err on the side of caution; the totals, not the ranking, \
             are low."
        }
        Some(bias) if bias > 0.1 => {
            " Take that off before you spend against it; the totals, not the ranking, are high."
        }
        _ => "",
    };
    format!(
        "It predicted {} purchases in {} days and there were {}: {}. In money it predicted {} \
         of {}.{advice}",
        whole(purchases.predicted),
        validation.holdout_days,
        whole(purchases.actual),
        side(purchases.bias),
        money(value.predicted, currency),
        money(value.actual, currency),
    )
}
