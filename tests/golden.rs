//! Against the golden tables: 50-digit arithmetic, correctly rounded.

mod tables;
mod tolerance;

use std::collections::BTreeMap;

use edge_clv::{
    BatchOptions, BgNbdParameters, Columns, GammaGammaParameters, Horizons, Model, Profiles,
    Request,
};
use tables::{Row, Table};
use tolerance::{
    CUSTOMER_LIFETIME_VALUE, EXPECTED_AVERAGE_PROFIT, EXPECTED_PURCHASES, PROBABILITY_ALIVE,
    PROBABILITY_OF_COUNT, PROBABILITY_OF_PURCHASE, RESIDUAL_LIFETIME_VALUE, TIME_TO_NEXT_PURCHASE,
};

/// The worst error of each quantity, and where; every quantity must be met with.
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

    fn assert(self, quantities: usize) {
        assert_eq!(self.0.len(), quantities, "a quantity has no golden rows");
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
        let residual = answer.residual_lifetime_value.unwrap();
        compare("alive", PROBABILITY_ALIVE, answer.probability_alive, "probability_alive");
        let profit = answer.expected_average_profit;
        compare("profit", EXPECTED_AVERAGE_PROFIT, profit, "expected_average_profit");
        compare("residual", RESIDUAL_LIFETIME_VALUE, residual, "residual_lifetime_value");
        for h in &answer.horizons {
            let column = |name: &str| format!("{name}_{}d", h.days);
            let (purchases, purchase) = (h.expected_purchases, h.probability_of_purchase);
            let value = h.customer_lifetime_value;
            compare("purchases", EXPECTED_PURCHASES, purchases, &column("expected_purchases"));
            let probability = column("probability_of_purchase");
            compare("purchase", PROBABILITY_OF_PURCHASE, purchase, &probability);
            compare("value", CUSTOMER_LIFETIME_VALUE, value, &column("customer_lifetime_value"));
        }
    }
    worst.assert(6);
}

#[test]
fn the_hard_grid() {
    let golden = Table::read("tests/golden/hard.csv");
    let mut worst = Worst::default();
    for row in golden.rows() {
        let model = hard_model(&row);
        let customer = row.profile();
        let t = row.number("t");
        let bg_nbd = model.bg_nbd();
        let alive = bg_nbd.probability_alive(&customer);
        let purchases = bg_nbd.expected_purchases(&customer, t);
        let purchase = bg_nbd.probability_of_purchase(&customer, t);
        let profit = model.gamma_gamma().expected_average_profit(&customer);
        assert!(alive <= 1.0 && purchase <= 1.0, "{}", row.describe());
        let value = |t| bg_nbd.discounted_purchases(&customer, t, model.daily_rate()) * profit;
        let mut compare = |quantity, tolerance, got, column| {
            worst.compare(quantity, tolerance, got, row.number(column), &row);
        };
        compare("alive", PROBABILITY_ALIVE, alive, "probability_alive");
        compare("purchases", EXPECTED_PURCHASES, purchases, "expected_purchases");
        compare("purchase", PROBABILITY_OF_PURCHASE, purchase, "probability_of_purchase");
        compare("profit", EXPECTED_AVERAGE_PROFIT, profit, "expected_average_profit");
        compare("value", CUSTOMER_LIFETIME_VALUE, value(t), "customer_lifetime_value");
        if row.get("residual_lifetime_value").is_some() {
            let residual = value(f64::INFINITY);
            let tolerance = RESIDUAL_LIFETIME_VALUE;
            compare("residual", tolerance, residual, "residual_lifetime_value");
        }
    }
    worst.assert(6);
}

#[test]
fn counts_and_waiting_times() {
    let golden = Table::read("tests/golden/counts.csv");
    let mut worst = Worst::default();
    for row in golden.rows() {
        let model = hard_model(&row);
        let customer = row.profile();
        let count =
            model.bg_nbd().probability_of_count(&customer, row.number("n") as u32, row.number("t"));
        assert!(count <= 1.0, "{}", row.describe());
        worst.compare(
            "count",
            PROBABILITY_OF_COUNT,
            count,
            row.number("probability_of_count"),
            &row,
        );
        let time = model.bg_nbd().time_to_next_purchase(&customer, row.number("u"));
        match row.get("time_to_next_purchase") {
            Some(expected) => {
                let time = time.unwrap_or_else(|| panic!("{}", row.describe()));
                worst.compare("time", TIME_TO_NEXT_PURCHASE, time, expected, &row);
            }
            None => assert!(time.is_none_or(|time| time > 1e300), "{}", row.describe()),
        }
    }
    worst.assert(2);
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
    let answers = model
        .predict_batch(
            &profiles,
            BatchOptions { horizons: Some(horizons.clone()), columns, exact: false },
        )
        .unwrap();
    assert!(answers.errors.is_empty());
    for (i, row) in customers.rows().enumerate() {
        let request =
            Request { profile: row.profile(), horizons: Some(horizons.clone()), residual: true };
        let single = model.predict(&request).unwrap();
        let agree = |column: &Option<Vec<f64>>, one: f64| {
            let many = column.as_ref().unwrap()[i];
            assert!(tolerance::error(many, one) <= tolerance::BATCH, "{many} {one} {i}");
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
