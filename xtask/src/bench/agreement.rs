//! Whether contestants have worked out the same.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

const RELATIVE: f64 = 1e-6;

/// The six outputs, and what is left of each at most discount: lifetimes does not discount,
/// and ours does, at a tenth a year.
const OUTPUTS: [(&str, f64); 6] = [
    ("probability_alive", 1.0),
    ("expected_average_profit", 1.0),
    ("expected_purchases_30d", 1.0),
    ("expected_purchases_90d", 1.0),
    ("customer_lifetime_value_30d", 0.992),
    ("customer_lifetime_value_90d", 0.976),
];

/// Compares every sample of a contestant with the reference's of the same population, where
/// the reference has a finite number.
pub(crate) fn check(samples: &Value, reference: &Value) -> Result<()> {
    for (measure, sample) in samples.as_object().context("no samples")? {
        let population = measure.split(',').next().unwrap_or_default();
        for (output, discounted) in OUTPUTS {
            let column = |of: &Value| of[output].as_array().cloned().unwrap_or_default();
            let (ours, theirs) = (column(sample), column(&reference[population]));
            ensure!(!theirs.is_empty() && ours.len() == theirs.len(), "{measure}: no {output}");
            for (row, (our, their)) in ours.iter().zip(&theirs).enumerate() {
                let Some(their) = their.as_f64() else { continue };
                let our = our.as_f64().unwrap_or(f64::NAN);
                let within = their * (discounted - RELATIVE)..=their * (1.0 + RELATIVE);
                ensure!(within.contains(&our), "{measure}: {output} {row}: {our}, not {their}");
            }
        }
    }
    Ok(())
}
