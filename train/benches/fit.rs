//! `cargo xtask bench fit`, our side: the time of a fit of both models.
//!
//! Reads the customers that `xtask` has written, prints `{"unfolded", "folded"}`: for each the
//! seconds of every repetition and the fit.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use edge_clv_train::{FitOptions, RfmTable, fit};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::var("CUSTOMERS")?;
    let repetitions: usize = env::var("REPETITIONS")?.parse()?;
    let mut answer = BTreeMap::new();
    for name in ["unfolded", "folded"] {
        let table = read(&Path::new(&folder).join(format!("{name}.f64")))?;
        let mut seconds = Vec::new();
        let mut fitted = Value::Null;
        for _ in 0..repetitions {
            let start = Instant::now();
            let fit = fit(&table, &FitOptions::default())?;
            seconds.push(start.elapsed().as_secs_f64());
            fitted = json!({
                "purchases": fit.purchases.values(),
                "spend": fit.spend.values(),
                "log_likelihoods": [fit.purchases.log_likelihood, fit.spend.log_likelihood],
            });
        }
        let rows = table.frequency.len();
        answer.insert(name, json!({"rows": rows, "seconds": seconds, "fit": fitted}));
    }
    println!("{}", json!(answer));
    Ok(())
}

/// Five columns of little-endian doubles: frequency, recency, T, monetary value, count.
fn read(path: &Path) -> Result<RfmTable, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let (numbers, rest) = bytes.as_chunks();
    if !rest.is_empty() || numbers.len() % 5 != 0 {
        return Err(format!("{} is broken off", path.display()).into());
    }
    let numbers: Vec<f64> = numbers.iter().copied().map(f64::from_le_bytes).collect();
    let mut columns = numbers.chunks(numbers.len().max(5) / 5).map(<[f64]>::to_vec);
    let mut next = || columns.next().ok_or("a column is missing");
    Ok(RfmTable {
        frequency: next()?,
        recency: next()?,
        T: next()?,
        monetary_value: next()?,
        count: next()?.into_iter().map(|count| count as u64).collect(),
    })
}
