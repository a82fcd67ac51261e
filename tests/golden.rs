//! Against the golden tables: 50-digit arithmetic, correctly rounded.

mod tables;
mod tolerance;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use edge_clv::{
    BatchOptions, BgNbdParameters, Columns, GammaGammaParameters, Horizons, Model, Profile,
    Profiles, Request,
};
use serde_json::Value;
use tables::{Row, Table};
use tolerance::{
    CUSTOMER_LIFETIME_VALUE, DAILY_RATE, DISCOUNTED_PURCHASES, EXPECTED_AVERAGE_PROFIT,
    EXPECTED_PURCHASES, POPULATION_MEAN, PROBABILITY_ALIVE, PROBABILITY_OF_COUNT,
    PROBABILITY_OF_PURCHASE, RESIDUAL_LIFETIME_VALUE, TIME_TO_NEXT_PURCHASE,
};

/// What each table is compared with: keys of an answer, and the library's functions.
const CDNOW: &[&str] = &[
    "probability_alive",
    "expected_average_profit",
    "expected_purchases",
    "probability_of_purchase",
    "customer_lifetime_value",
    "residual_lifetime_value",
];
const HARD: &[&str] = &[
    "probability_alive",
    "expected_purchases",
    "probability_of_purchase",
    "discounted_purchases",
    "expected_average_profit",
    "population_mean",
    "daily_rate",
    "customer_lifetime_value",
    "residual_lifetime_value",
];
const COUNTS: &[&str] =
    &["probability_of_count", "probabilities_of_counts", "time_to_next_purchase"];
const PATHS: &[&str] = &["probability_alive_path"];

/// The worst error of each quantity, and where.
#[derive(Default)]
struct Worst(BTreeMap<&'static str, (f64, f64, String)>);

impl Worst {
    fn compare(
        &mut self,
        quantity: &'static str,
        tolerance: f64,
        got: f64,
        expected: f64,
        row: &Row,
    ) {
        assert!(got.is_finite() && got >= 0.0, "{quantity} = {got}: {}", row.describe());
        let error = tolerance::error(got, expected);
        let worst = self.0.entry(quantity).or_insert((-1.0, tolerance, String::new()));
        if error > worst.0 {
            *worst = (error, tolerance, format!("{got} for {expected}: {}", row.describe()));
        }
    }

    /// Asserts that these quantities were met with, and none of them is too far off.
    fn assert(self, quantities: &[&str]) {
        let met: BTreeSet<&str> = self.0.keys().copied().collect();
        assert_eq!(met, quantities.iter().copied().collect());
        for (quantity, (error, tolerance, place)) in self.0 {
            println!("{quantity}: {error:.1e} (at most {tolerance:.0e})");
            assert!(error <= tolerance, "{quantity}: {error:e} at {place}");
        }
    }
}

#[test]
fn every_cdnow_customer() {
    let model = Model::baked();
    let customers = Table::read("data/cdnow-rfm.csv");
    let golden = Table::read("tests/golden/cdnow.csv");
    assert_eq!(customers.rows().len(), 2357);
    assert_eq!(golden.rows().len(), 2357);
    let mut worst = Worst::default();
    for (customer, row) in customers.rows().zip(golden.rows()) {
        assert_eq!(customer.text("customer"), row.text("customer"));
        let mut request = Request::from(customer.profile());
        request.residual = true;
        let answer = model.predict(&request).unwrap();
        let mut compare = |quantity, tolerance, got, column: &str| {
            worst.compare(quantity, tolerance, got, row.number(column), &row);
        };
        let mut whole = |quantity, tolerance, got| compare(quantity, tolerance, got, quantity);
        whole("probability_alive", PROBABILITY_ALIVE, answer.probability_alive);
        whole("expected_average_profit", EXPECTED_AVERAGE_PROFIT, answer.expected_average_profit);
        let residual = answer.residual_lifetime_value.unwrap();
        whole("residual_lifetime_value", RESIDUAL_LIFETIME_VALUE, residual);
        for h in &answer.horizons {
            let mut within = |quantity, tolerance, got| {
                compare(quantity, tolerance, got, &format!("{quantity}_{}d", h.days));
            };
            within("expected_purchases", EXPECTED_PURCHASES, h.expected_purchases);
            within("probability_of_purchase", PROBABILITY_OF_PURCHASE, h.probability_of_purchase);
            within("customer_lifetime_value", CUSTOMER_LIFETIME_VALUE, h.customer_lifetime_value);
        }
    }
    worst.assert(CDNOW);
}

#[test]
fn the_hard_grid() {
    let golden = Table::read("tests/golden/hard.csv");
    let mut worst = Worst::default();
    for row in golden.rows() {
        let model = hard_model(&row);
        let customer = row.profile();
        let t = row.number("t");
        let (bg_nbd, gamma_gamma) = (model.bg_nbd(), model.gamma_gamma());
        let alive = bg_nbd.probability_alive(&customer);
        let purchases = bg_nbd.expected_purchases(&customer, t);
        let purchase = bg_nbd.probability_of_purchase(&customer, t);
        let discounted = |t| bg_nbd.discounted_purchases(&customer, t, model.daily_rate());
        let profit = gamma_gamma.expected_average_profit(&customer);
        assert!(alive <= 1.0 && purchase <= 1.0, "{}", row.describe());
        let mut compare = |quantity, tolerance, got| {
            worst.compare(quantity, tolerance, got, row.number(quantity), &row);
        };
        compare("probability_alive", PROBABILITY_ALIVE, alive);
        compare("expected_purchases", EXPECTED_PURCHASES, purchases);
        compare("probability_of_purchase", PROBABILITY_OF_PURCHASE, purchase);
        compare("discounted_purchases", DISCOUNTED_PURCHASES, discounted(t));
        compare("expected_average_profit", EXPECTED_AVERAGE_PROFIT, profit);
        compare("population_mean", POPULATION_MEAN, gamma_gamma.population_mean());
        compare("daily_rate", DAILY_RATE, model.daily_rate());
        compare("customer_lifetime_value", CUSTOMER_LIFETIME_VALUE, discounted(t) * profit);
        if row.get("residual_lifetime_value").is_some() {
            let residual = discounted(f64::INFINITY) * profit;
            compare("residual_lifetime_value", RESIDUAL_LIFETIME_VALUE, residual);
        }
    }
    worst.assert(HARD);
}

/// Whole answers on the hard grid: several horizons at once, of which the last and the residual
/// value have golden rows and the others are those of calls by themselves; and a margin.
#[test]
fn answers_on_the_hard_grid() {
    let golden = Table::read("tests/golden/hard.csv");
    let margin = 0.3;
    let mut worst = Worst::default();
    let mut rows = 0;
    for row in golden.rows() {
        let t = row.number("t");
        let days = [t / 9.0, t / 3.0, t];
        let Ok(horizons) = Horizons::new(&days) else { continue };
        rows += 1;
        let mut file = hard_model(&row).file().clone();
        file.margin = margin;
        let model = Model::try_from(file).unwrap();
        let profile = row.profile();
        let residual = row.get("residual_lifetime_value");
        let request = Request { profile, horizons: Some(horizons), residual: residual.is_some() };
        let answer = model.predict(&request).unwrap();

        let mut compare = |quantity, tolerance, got, expected| {
            worst.compare(quantity, tolerance, got, expected, &row);
        };
        let bg_nbd = model.bg_nbd();
        let profit = model.gamma_gamma().expected_average_profit(&profile);
        for (horizon, t) in answer.horizons.iter().zip(days) {
            assert_eq!(horizon.days, t);
            let mut whole = |quantity, tolerance, got, one: f64| {
                compare(quantity, tolerance, got, one);
                if t == days[2] {
                    compare(quantity, tolerance, got, row.number(quantity));
                }
            };
            let (got, one) = (horizon.expected_purchases, bg_nbd.expected_purchases(&profile, t));
            whole("expected_purchases", EXPECTED_PURCHASES, got, one);
            let got = horizon.probability_of_purchase;
            let one = bg_nbd.probability_of_purchase(&profile, t);
            whole("probability_of_purchase", PROBABILITY_OF_PURCHASE, got, one);
            let got = horizon.customer_lifetime_value / margin;
            let one = bg_nbd.discounted_purchases(&profile, t, model.daily_rate()) * profit;
            whole("customer_lifetime_value", CUSTOMER_LIFETIME_VALUE, got, one);
        }
        let alive = answer.probability_alive;
        compare("probability_alive", PROBABILITY_ALIVE, alive, row.number("probability_alive"));
        let (profit, tolerance) = (answer.expected_average_profit, EXPECTED_AVERAGE_PROFIT);
        let expected = row.number("expected_average_profit");
        compare("expected_average_profit", tolerance, profit, expected);
        if let (Some(got), Some(expected)) = (answer.residual_lifetime_value, residual) {
            compare("residual_lifetime_value", RESIDUAL_LIFETIME_VALUE, got / margin, expected);
        }
    }
    assert!(rows > 400, "{rows}");
    worst.assert(CDNOW);
}

#[test]
fn counts_and_waiting_times() {
    let golden = Table::read("tests/golden/counts.csv");
    let mut worst = Worst::default();
    for row in golden.rows() {
        let bg_nbd = *hard_model(&row).bg_nbd();
        let customer = row.profile();
        let (n, t) = (row.number("n") as u32, row.number("t"));
        let mut compare = |quantity, got: f64| {
            assert!(got <= 1.0, "{}", row.describe());
            let expected = row.number("probability_of_count");
            worst.compare(quantity, PROBABILITY_OF_COUNT, got, expected, &row);
        };
        compare("probability_of_count", bg_nbd.probability_of_count(&customer, n, t));
        // As the last of a few and as one of many.
        for most in [n, 2 * n + 10] {
            let counts = bg_nbd.probabilities_of_counts(&customer, most, t).unwrap();
            assert_eq!(counts.len(), most as usize + 1);
            compare("probabilities_of_counts", counts[n as usize]);
        }
        let time = bg_nbd.time_to_next_purchase(&customer, row.number("u"));
        match row.get("time_to_next_purchase") {
            Some(expected) => {
                let time = time.unwrap_or_else(|| panic!("{}", row.describe()));
                let tolerance = TIME_TO_NEXT_PURCHASE;
                worst.compare("time_to_next_purchase", tolerance, time, expected, &row);
            }
            None => assert!(time.is_none_or(|time| time > 1e300), "{}", row.describe()),
        }
    }
    worst.assert(COUNTS);
}

#[test]
fn paths() {
    let golden = Table::read("tests/golden/paths.csv");
    let mut worst = Worst::default();
    for row in golden.rows() {
        let purchases = row.text("purchases").split_whitespace();
        let purchases: Vec<f64> = purchases.map(|day| day.parse().unwrap()).collect();
        let bg_nbd = *hard_model(&row).bg_nbd();
        let path = bg_nbd.probability_alive_path(&purchases, &[row.number("date")]).unwrap();
        let expected = row.number("probability_alive_path");
        assert!(path[0] <= 1.0, "{}", row.describe());
        worst.compare("probability_alive_path", PROBABILITY_ALIVE, path[0], expected, &row);
    }
    worst.assert(PATHS);
}

/// Functions that say again what they were given, and work nothing out.
const GIVEN: [&str; 8] =
    ["T", "as_slice", "days", "frequency", "monetary_value", "needed_number", "number", "recency"];

/// Every file of the source.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// No number without golden rows: neither a function that the source declares to return
/// some, nor a key of an answer.
#[test]
fn every_public_number_has_golden_rows() {
    let compared = [HARD, COUNTS, PATHS].concat();
    let mut given = BTreeSet::from(GIVEN);
    let mut functions = 0;
    for source in sources(&tables::path("src")) {
        let source = std::fs::read_to_string(source).unwrap();
        let public = source.split("pub ").skip(1);
        for declaration in
            public.filter_map(|text| text.trim_start_matches("const ").strip_prefix("fn "))
        {
            let (signature, _) = declaration.split_once('{').unwrap();
            let (name, _) = signature.split_once('(').unwrap();
            if signature.rsplit_once("->").is_some_and(|(_, result)| result.contains("f64")) {
                let known = compared.contains(&name) || GIVEN.contains(&name);
                assert!(known, "{name} has no golden rows");
                given.remove(name);
                functions += 1;
            }
        }
    }
    assert!(given.is_empty(), "these are no functions: {given:?}");
    assert!(functions > compared.len(), "the sources are not written as expected");

    let request = Request { residual: true, ..Request::from(Profile::NEW) };
    let answer = serde_json::to_value(Model::baked().predict(&request).unwrap()).unwrap();
    let numbers = |answer: &Value| -> Vec<String> {
        let entries = answer.as_object().unwrap().iter();
        entries.filter(|(_, value)| value.is_number()).map(|(key, _)| key.clone()).collect()
    };
    let keys = [numbers(&answer), numbers(&answer["horizons"][0])].concat();
    for key in keys.iter().filter(|key| *key != "days") {
        assert!(CDNOW.contains(&key.as_str()), "{key} has no golden rows");
    }
    assert_eq!(keys.len(), CDNOW.len() + 1);
}

#[test]
fn columns_agree_with_single_answers() {
    let model = Model::baked();
    let customers = Table::read("data/cdnow-rfm.csv");
    let column = |name| customers.rows().map(|row| row.get(name).unwrap_or(f64::NAN)).collect();
    let [frequency, recency, age, monetary_value]: [Vec<f64>; 4] =
        ["frequency", "recency", "T", "monetary_value"].map(column);
    let profiles = Profiles {
        frequency: &frequency,
        recency: &recency,
        T: &age,
        monetary_value: Some(&monetary_value),
    };
    let horizons = Horizons::new(&[7.0, 365.0]).unwrap();
    let columns = Columns { residual_lifetime_value: true, ..Columns::default() };
    let batch = |exact| {
        let options = BatchOptions { horizons: Some(horizons.clone()), columns, exact };
        model.predict_batch(&profiles, options).unwrap()
    };
    let (answers, exact) = (batch(false), batch(true));
    assert!(exact.errors.is_empty());
    assert!(answers.errors.is_empty());
    for (i, row) in customers.rows().enumerate() {
        let request =
            Request { profile: row.profile(), horizons: Some(horizons.clone()), residual: true };
        let single = model.predict(&request).unwrap();
        for (answers, tolerance) in [(&answers, tolerance::BATCH), (&exact, 0.0)] {
            let agree = |column: &Option<Vec<f64>>, one: f64| {
                let many = column.as_ref().unwrap()[i];
                assert!(tolerance::error(many, one) <= tolerance, "{many} {one} {i}");
            };
            agree(&answers.probability_alive, single.probability_alive);
            agree(&answers.expected_average_profit, single.expected_average_profit);
            agree(&answers.residual_lifetime_value, single.residual_lifetime_value.unwrap());
            for (many, one) in answers.horizons.iter().zip(&single.horizons) {
                agree(&many.expected_purchases, one.expected_purchases);
                agree(&many.probability_of_purchase, one.probability_of_purchase);
                agree(&many.customer_lifetime_value, one.customer_lifetime_value);
            }
            let band = usize::from(answers.segment.as_ref().unwrap()[i]);
            assert_eq!(model.file().segments.bands[band].name, single.segment);
        }
    }
}

/// The tables against the golden numbers themselves.
#[test]
fn tables_on_cdnow() {
    let model = Model::baked();
    let customers = Table::read("data/cdnow-rfm.csv");
    let golden = Table::read("tests/golden/cdnow.csv");
    let column = |name| customers.rows().map(|row| row.get(name).unwrap_or(f64::NAN)).collect();
    let [frequency, recency, age, monetary_value]: [Vec<f64>; 4] =
        ["frequency", "recency", "T", "monetary_value"].map(column);
    let monetary_value = Some(&*monetary_value);
    let profiles = Profiles { frequency: &frequency, recency: &recency, T: &age, monetary_value };
    let columns = Columns { residual_lifetime_value: true, ..Columns::default() };
    let options = BatchOptions { columns, ..BatchOptions::default() };
    let answer = model.predict_batch(&profiles, options).unwrap();
    assert!(answer.errors.is_empty());
    let mut worst = Worst::default();
    for (i, row) in golden.rows().enumerate() {
        let mut compare = |quantity, column: &str, got: &Option<Vec<f64>>| {
            let got = got.as_ref().unwrap()[i];
            worst.compare(quantity, tolerance::TABLES, got, row.number(column), &row);
        };
        let mut whole = |quantity, got| compare(quantity, quantity, got);
        whole("probability_alive", &answer.probability_alive);
        whole("expected_average_profit", &answer.expected_average_profit);
        whole("residual_lifetime_value", &answer.residual_lifetime_value);
        for h in &answer.horizons {
            let mut within =
                |quantity, got| compare(quantity, &format!("{quantity}_{}d", h.days), got);
            within("expected_purchases", &h.expected_purchases);
            within("probability_of_purchase", &h.probability_of_purchase);
            within("customer_lifetime_value", &h.customer_lifetime_value);
        }
    }
    worst.assert(CDNOW);
}

/// The tables, on the domain they are made for: whole blocks and what is left over of them,
/// days with fractions, so that no two rows lie at the same place of a cell.
#[test]
fn tables_agree_with_the_exact_path() {
    let model = Model::baked();
    let customers = Table::read("data/cdnow-rfm.csv");
    let fraction = |row: usize, factor: f64| (row as f64 * factor).fract();
    let mut columns: [Vec<f64>; 4] = Default::default();
    for (i, row) in customers.rows().enumerate() {
        let frequency = row.number("frequency");
        let recency = row.number("recency") + 0.9 * fraction(i, 0.6180339887498949);
        let age = (row.number("T") + fraction(i, 0.7548776662466927)).max(recency);
        columns[0].push(frequency);
        columns[1].push(if frequency > 0.0 { recency } else { 0.0 });
        columns[2].push(age);
        columns[3].push(row.get("monetary_value").unwrap_or(f64::NAN));
    }
    assert_eq!(columns[0].len(), 2357);
    let answer = |rows: usize, residual_lifetime_value: bool, exact: bool| -> Vec<Vec<f64>> {
        let [frequency, recency, age, monetary_value] = columns.each_ref().map(|c| &c[..rows]);
        let monetary_value = Some(monetary_value);
        let profiles = Profiles { frequency, recency, T: age, monetary_value };
        let columns = Columns { residual_lifetime_value, ..Columns::default() };
        let options = BatchOptions { columns, exact, ..BatchOptions::default() };
        let answer = model.predict_batch(&profiles, options).unwrap();
        assert!(answer.errors.is_empty());
        let segment = answer.segment.map(|bands| bands.into_iter().map(f64::from).collect());
        let horizons = answer.horizons.into_iter().flat_map(|h| {
            [h.expected_purchases, h.probability_of_purchase, h.customer_lifetime_value]
        });
        let whole = [answer.probability_alive, answer.expected_average_profit];
        let last = [answer.residual_lifetime_value, segment];
        whole.into_iter().chain(horizons).chain(last).flatten().collect()
    };
    let mut worst = 0.0_f64;
    // Residual values take long on the exact path; `tables_on_cdnow` has them of everybody.
    for (rows, residual) in [(2357, false), (0, true), (1, true), (128, true), (131, true)] {
        let (many, one) = (answer(rows, residual, false), answer(rows, residual, true));
        assert_eq!(many.len(), one.len());
        for (many, one) in many.iter().flatten().zip(one.iter().flatten()) {
            let error = tolerance::error(*many, *one);
            assert!(error.is_finite(), "{many} for {one}");
            worst = worst.max(error);
        }
    }
    println!("tables: {worst:.1e} (at most {:.0e})", tolerance::TABLES);
    assert!(worst <= tolerance::TABLES, "{worst:e}");
}

/// The default model with the parameters of a row, as far as it has them.
fn hard_model(row: &Row) -> Model {
    let mut file = Model::baked().file().clone();
    let [r, alpha, a, b] = ["r", "alpha", "a", "b"].map(|name| row.number(name));
    file.bg_nbd = BgNbdParameters { r, alpha, a, b };
    if row.has("p") {
        let [p, q, v] = ["p", "q", "v"].map(|name| row.number(name));
        file.gamma_gamma = GammaGammaParameters { p, q, v };
        file.annual_discount_rate = row.number("annual_discount_rate");
    }
    Model::try_from(file).unwrap()
}
