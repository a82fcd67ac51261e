//! What holds of every model and customer, tried over grids of both.

use edge_clv::{BgNbdParameters, Model, Profile, Request, json};

/// Models from the plausible to the limits of what a model file may hold.
fn models() -> Vec<Model> {
    let mut models = vec![Model::baked()];
    let extremes = [1e-12, 1.0, 1e12];
    for r in extremes {
        for alpha in extremes {
            for a in [1e-12, 0.5, 1.0 - 1e-9, 1.0, 1e12] {
                for b in [1e-12, 0.5, 1e12] {
                    let mut file = Model::baked().file().clone();
                    file.bg_nbd = BgNbdParameters { r, alpha, a, b };
                    file.annual_discount_rate = [1e-6, 0.1, 100.0][models.len() % 3];
                    models.push(Model::try_from(file).unwrap());
                }
            }
        }
    }
    models
}

fn customers() -> Vec<Profile> {
    let mut customers = vec![];
    for (x, t_x, age) in [
        (0.0, 0.0, 0.0),
        (0.0, 0.0, f64::MIN_POSITIVE),
        (0.0, 0.0, 300.0),
        (0.0, 0.0, f64::MAX),
        (1.0, 5e-324, 5e-324),
        (1.0, 1.0, 400.0),
        (5.0, 200.0, 300.0),
        (5000.0, 10.0, 3000.0),
        (9_007_199_254_740_991.0, 1.0, 1.0),
        (f64::MAX, 1e-300, f64::MAX),
        (f64::MAX, f64::MAX, f64::MAX),
    ] {
        // Each amount with some of the histories is enough: the two meet in one product.
        let amounts = [None, Some(5e-324), Some(45.5), Some(f64::MAX)];
        let amount = amounts[customers.len() % amounts.len()];
        customers.push(Profile::new(x, t_x, age, amount).unwrap());
    }
    customers
}

#[test]
fn every_answer_is_finite_and_in_range() {
    for model in models() {
        for customer in customers() {
            let mut request = Request::from(customer);
            request.horizons = Some(edge_clv::Horizons::new(&[1e-300, 30.0, 3650.0]).unwrap());
            request.residual = true;
            let answer = model.predict(&request).unwrap();
            let text = || format!("{} {customer:?} {:?}", json::to_string(&answer), model.bg_nbd());
            let probability = |p: f64| assert!((0.0..=1.0).contains(&p), "{}", text());
            let amount = |v: f64| assert!((0.0..=f64::MAX).contains(&v), "{}", text());
            probability(answer.probability_alive);
            amount(answer.expected_average_profit);
            amount(answer.residual_lifetime_value.unwrap());
            for horizon in &answer.horizons {
                probability(horizon.probability_of_purchase);
                amount(horizon.expected_purchases);
                amount(horizon.customer_lifetime_value);
            }
        }
    }
}

#[test]
fn more_time_is_never_worth_less() {
    let model = Model::baked();
    for x in [0.0, 1.0, 4.0, 30.0, 300.0] {
        let customer = Profile::new(x, if x > 0.0 { 150.0 } else { 0.0 }, 200.0, None).unwrap();
        let (mut purchases, mut purchase, mut value) = (0.0, 0.0, 0.0);
        for i in 1..400 {
            let t = 0.01 * 1.035_f64.powi(i);
            let bg_nbd = model.bg_nbd();
            let more = bg_nbd.expected_purchases(&customer, t);
            assert!(more >= purchases, "x {x} t {t}: {more} < {purchases}");
            purchases = more;
            let more = bg_nbd.probability_of_purchase(&customer, t);
            assert!(more >= purchase, "x {x} t {t}: {more} < {purchase}");
            purchase = more;
            let more = bg_nbd.discounted_purchases(&customer, t, model.daily_rate());
            assert!(more >= value, "x {x} t {t}: {more} < {value}");
            assert!(more <= purchases);
            value = more;
        }
        let residual =
            model.bg_nbd().discounted_purchases(&customer, f64::INFINITY, model.daily_rate());
        assert!(residual > value, "x {x}: {residual} < {value}");
    }
}

#[test]
fn a_fresher_customer_is_more_likely_alive() {
    let bg_nbd = *Model::baked().bg_nbd();
    for x in [1.0, 2.0, 10.0, 100.0] {
        let mut before = 0.0;
        for t_x in 1..=300 {
            let customer = Profile::new(x, f64::from(t_x), 300.0, None).unwrap();
            let alive = bg_nbd.probability_alive(&customer);
            assert!(alive > before, "x {x} t_x {t_x}");
            before = alive;
        }
    }
}

#[test]
fn residual_is_the_limit_of_long_horizons() {
    let model = Model::baked();
    for (x, t_x) in [(0.0, 0.0), (3.0, 100.0), (40.0, 290.0)] {
        let customer = Profile::new(x, t_x, 300.0, None).unwrap();
        let value = |t| model.bg_nbd().discounted_purchases(&customer, t, model.daily_rate());
        let (residual, long) = (value(f64::INFINITY), value(200.0 * 365.0));
        // At 10 % a year, what comes after 200 years is worth 1e-8 of its face.
        assert!(residual > long && residual - long < 1e-6 * residual, "{residual} {long}");
    }
}
