//! The bits that every host shares: SHA-256 over each number of 200,000 answers, by model
//! and by path.
//!
//! `tests/js/bits.mjs` is this file in JavaScript, which Node, the browsers and workerd run
//! against the digests of `tests/golden/bits.sha256`. After a change that is meant to change
//! bits, this writes them anew:
//!
//! ```sh
//! UPDATE=1 cargo test --all-features --test bits
//! ```

mod customers;
mod tables;

use customers::{Customers, Row};
use edge_clv::{
    BatchAnswer, BatchOptions, Columns, Horizons, Model, Profile, Profiles, Request, json,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tables::{path, text};

/// Answers by `predict`, and as many by `predict_batch`, of each model.
const ROWS: usize = 25_000;
/// Horizons that are no model's own.
const HORIZONS: [f64; 3] = [1.0, 45.5, 3650.0];

type Answers = fn(&Model, Customers) -> Vec<f64>;
const PATHS: [(&str, Answers); 2] = [("predict", predict), ("predictBatch", predict_batch)];

#[test]
fn the_same_bits_as_every_other_host() {
    let digests = digests();
    let file = "tests/golden/bits.sha256";
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(path(file), &digests).unwrap();
    }
    let expected = text(file);
    for (got, expected) in digests.lines().zip(expected.lines()) {
        assert_eq!(got, expected);
    }
    assert_eq!(digests, expected);
}

/// A line a model and path, and one for them all.
fn digests() -> String {
    let mut lines = String::new();
    let mut seed = 0;
    for model in models() {
        for (path, answers) in PATHS {
            // Each part has customers of its own.
            seed += 1;
            let numbers = answers(&model, Customers::new(seed));
            lines += &line(&bytes(&numbers), &format!("{} {path}", model.file().id));
        }
    }
    let all = line(lines.as_bytes(), "all");
    lines + &all
}

fn line(bytes: &[u8], name: &str) -> String {
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}  {name}\n")
}

/// The numbers' bits, little-endian; the bits of a NaN are nobody's promise.
fn bytes(numbers: &[f64]) -> Vec<u8> {
    let bits = |&number: &f64| if number.is_nan() { f64::NAN } else { number }.to_le_bytes();
    numbers.iter().flat_map(bits).collect()
}

/// The model that is compiled in, and three that are not.
fn models() -> Vec<Model> {
    let files: Vec<Value> = serde_json::from_str(&text("tests/golden/bits-models.json")).unwrap();
    let read = |file: &Value| {
        let file = json::parse_model(file.to_string().as_bytes()).unwrap();
        assert_eq!(file.version, json::model_version(&file), "{} is not sealed", file.id);
        Model::try_from(file).unwrap()
    };
    std::iter::once(Model::baked()).chain(files.iter().map(read)).collect()
}

/// Every number that single requests are answered with; NaN for a refused one.
fn predict(model: &Model, customers: Customers) -> Vec<f64> {
    let mut numbers = vec![];
    let bands = &model.file().segments.bands;
    for (i, [frequency, recency, age, monetary_value]) in customers.take(ROWS).enumerate() {
        let given = (!monetary_value.is_nan()).then_some(monetary_value);
        let Ok(profile) = Profile::new(frequency, recency, age, given) else {
            numbers.push(f64::NAN);
            continue;
        };
        let answer = model.predict(&Request {
            profile,
            horizons: (i % 5 == 0).then(|| Horizons::new(&HORIZONS).unwrap()),
            residual: i % 250 == 0 && model.daily_rate() > 0.0,
        });
        let answer = answer.unwrap();
        numbers.extend([answer.probability_alive, answer.expected_average_profit]);
        for horizon in &answer.horizons {
            numbers.extend([
                horizon.days,
                horizon.expected_purchases,
                horizon.probability_of_purchase,
                horizon.customer_lifetime_value,
            ]);
        }
        numbers.extend(answer.residual_lifetime_value);
        let band = bands.iter().position(|band| band.name == answer.segment);
        numbers.push(band.unwrap() as f64);
    }
    numbers
}

/// Every number of four batches: the model's own horizons, others, the residual value, of
/// fewer rows because it costs a quadrature, and without tables.
fn predict_batch(model: &Model, mut customers: Customers) -> Vec<f64> {
    let horizons = Horizons::new(&HORIZONS).unwrap();
    let residual_lifetime_value = model.daily_rate() > 0.0;
    let all = Columns { residual_lifetime_value, ..Columns::default() };
    let few = 200;
    let many = ROWS / 5 * 4;
    let mut numbers = vec![];
    let tables = BatchOptions::default();
    for (rows, options) in [
        (many, tables.clone()),
        (ROWS - many - 2 * few, BatchOptions { horizons: Some(horizons), ..tables.clone() }),
        (few, BatchOptions { columns: all, ..tables.clone() }),
        (few, BatchOptions { exact: true, ..tables }),
    ] {
        let rows: Vec<Row> = customers.by_ref().take(rows).collect();
        let [frequency, recency, age, monetary_value] =
            [0, 1, 2, 3].map(|i| rows.iter().map(|row| row[i]).collect::<Vec<_>>());
        let profiles = Profiles {
            frequency: &frequency,
            recency: &recency,
            T: &age,
            monetary_value: Some(&monetary_value),
        };
        let answer = model.predict_batch(&profiles, options).unwrap();
        append(&mut numbers, &answer);
    }
    numbers
}

/// Column after column, then which rows are wrong.
fn append(numbers: &mut Vec<f64>, answer: &BatchAnswer) {
    let mut column = |column: &Option<Vec<f64>>| numbers.extend(column.iter().flatten());
    column(&answer.probability_alive);
    column(&answer.expected_average_profit);
    for horizon in &answer.horizons {
        column(&Some(vec![horizon.days]));
        column(&horizon.expected_purchases);
        column(&horizon.probability_of_purchase);
        column(&horizon.customer_lifetime_value);
    }
    column(&answer.residual_lifetime_value);
    numbers.extend(answer.segment.iter().flatten().map(|&band| f64::from(band)));
    numbers.extend(answer.errors.iter().map(|error| error.row as f64));
}
