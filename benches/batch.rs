//! How fast the core scores natively; `cargo xtask bench` runs it and says what on.

use std::collections::BTreeMap;
use std::env::var;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use std::{fs, iter};

use edge_clv::{BatchAnswer, BatchOptions, Columns, Model, Profiles};
use serde_json::json;

/// Four names and six outputs: two of them are per horizon, and the model has two.
const SIX_OUTPUTS: [&str; 4] = [
    "probability_alive",
    "expected_purchases",
    "expected_average_profit",
    "customer_lifetime_value",
];

/// The call that is timed: through tables, or on the exact path.
fn score(model: &Model, profiles: &Profiles<'_>, exact: bool) -> BatchAnswer {
    let columns = Columns::named(&SIX_OUTPUTS).expect("columns there are");
    let options = BatchOptions { horizons: None, columns, exact };
    model.predict_batch(profiles, options).expect("columns of equal length")
}

fn main() {
    let model = Model::baked();
    let (mut times, mut samples) = (BTreeMap::new(), BTreeMap::new());
    for population in ["cdnow", "repeat-heavy", "old"] {
        let customers = Customers::read(population);
        let profiles = customers.profiles();
        for (mode, exact) in [("", false), (", exact", true)] {
            let measure = format!("{population}{mode}");
            let run = || score(&model, &profiles, exact);
            times.insert(measure.clone(), nanoseconds(customers.rows, run));
            samples.insert(measure, sample(&run(), customers.rows));
        }
    }
    times.insert("cdnow, copy".to_owned(), copy(&Customers::read("cdnow")));
    println!("{}", json!({"times": times, "samples": samples}));
}

/// Frequency, recency, T and monetary value, one column after the other.
struct Customers {
    data: Vec<f64>,
    rows: usize,
}

impl Customers {
    fn read(population: &str) -> Customers {
        let folder = var("CUSTOMERS").expect("cargo xtask bench says where the customers are");
        let bytes = fs::read(Path::new(&folder).join(format!("{population}.f64")))
            .expect("a file of customers");
        let (numbers, _) = bytes.as_chunks();
        let data: Vec<f64> = numbers.iter().copied().map(f64::from_le_bytes).collect();
        Customers { rows: data.len() / 4, data }
    }

    fn column(&self, index: usize) -> &[f64] {
        &self.data[index * self.rows..][..self.rows]
    }

    fn profiles(&self) -> Profiles<'_> {
        Profiles {
            frequency: self.column(0),
            recency: self.column(1),
            T: self.column(2),
            monetary_value: Some(self.column(3)),
        }
    }
}

/// For one of `count` customers, of each of some runs after one that warms up.
fn nanoseconds<T>(count: usize, mut run: impl FnMut() -> T) -> Vec<f64> {
    black_box(run());
    let mut time = || {
        let start = Instant::now();
        black_box(run());
        start.elapsed().as_secs_f64() * 1e9 / count as f64
    };
    iter::repeat_with(&mut time).take(number("REPETITIONS")).collect()
}

/// The floor: as many columns copied as are read and written.
fn copy(customers: &Customers) -> Vec<f64> {
    let mut inside = vec![0.0; customers.data.len()];
    let mut answers = vec![vec![0.0; customers.rows]; 6];
    nanoseconds(customers.rows, || {
        inside.copy_from_slice(black_box(&customers.data));
        for (i, answer) in answers.iter_mut().enumerate() {
            answer.copy_from_slice(black_box(customers.column(i % 4)));
        }
        black_box((&mut inside, &mut answers));
    })
}

/// Some rows of every answer.
fn sample(answer: &BatchAnswer, rows: usize) -> BTreeMap<String, Vec<f64>> {
    let every = rows / rows.min(number("SAMPLE"));
    let some = |column: &Option<Vec<f64>>| {
        column.iter().flatten().step_by(every).copied().collect::<Vec<f64>>()
    };
    let mut sample = BTreeMap::from([
        ("probability_alive".to_owned(), some(&answer.probability_alive)),
        ("expected_average_profit".to_owned(), some(&answer.expected_average_profit)),
    ]);
    for horizon in &answer.horizons {
        let days = horizon.days;
        sample.insert(format!("expected_purchases_{days}d"), some(&horizon.expected_purchases));
        sample.insert(
            format!("customer_lifetime_value_{days}d"),
            some(&horizon.customer_lifetime_value),
        );
    }
    sample
}

fn number(variable: &str) -> usize {
    let value = var(variable).expect("cargo xtask bench sets what is needed");
    value.parse().expect("a number")
}
