//! What is not fitted, and what is said about it.

mod common;
mod tables;

use std::fs;

use edge_clv_train::{
    CsvProfiles, FitError, FitOptions, Fitted, Penalty, ProfileBatch, Refusal, RfmTable,
    Simulation, fit,
};

use common::{clv_of, text};
use tables::{cdnow, drawn, model, table};

fn refused(table: &RfmTable) -> Refusal {
    match fit(table, &FitOptions::default()) {
        Err(FitError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

/// What the command says of a table that it does not fit, leaving the model that was there.
fn told(table: &RfmTable) -> String {
    let scratch = tempfile::tempdir().unwrap();
    let (profiles, model) = (scratch.path().join("rfm.csv"), scratch.path().join("model.json"));
    let mut writer = CsvProfiles::new(fs::File::create(&profiles).unwrap(), false, true).unwrap();
    let rows = ProfileBatch { table: table.clone(), customers: None, counted: true };
    writer.write(&rows).unwrap();
    writer.finish().unwrap();
    fs::write(&model, "as it was").unwrap();
    let run = clv_of("fit", &profiles, &["-o", model.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(3), "{}", text(&run.stderr));
    assert_eq!(text(&run.stdout), "");
    assert_eq!(fs::read_to_string(&model).unwrap(), "as it was");
    text(&run.stderr).to_owned()
}

/// Repeat buyers with as many days of age and of recency as there are rows.
fn buyers(customers: u64, monetary_value: f64) -> RfmTable {
    let row = |i: u64| {
        let day = i as f64;
        (1.0 + (i * i % 7) as f64, 1.0 + day % 50.0, 60.0 + 3.0 * day, monetary_value, 1)
    };
    table(&(0..customers).map(row).collect::<Vec<_>>())
}

#[test]
fn too_few_repeat_buyers() {
    let needed = |what, found, needed| Refusal::TooFewRepeatBuyers { what, found, needed };
    assert_eq!(refused(&buyers(39, 5.0)), needed(Fitted::Purchases, 39, 40));
    let mut one_time = buyers(1, 5.0);
    (one_time.frequency[0], one_time.recency[0], one_time.count[0]) = (0.0, 0.0, 10_000);
    let refusal = refused(&one_time);
    assert_eq!(refusal, needed(Fitted::Purchases, 0, 40));
    assert!(refusal.to_string().starts_with(
        "too few repeat buyers for BG/NBD (purchases): customers who bought again: 0, and at \
         least 40 are needed"
    ));
    // Purchases can be fitted, spend cannot: no means, and means of nothing.
    for value in [f64::NAN, 0.0] {
        let mut table = cdnow();
        table.monetary_value.fill(value);
        assert_eq!(refused(&table), needed(Fitted::Spend, 0, 30));
    }
}

/// What a spend of 0 tells is not taken for spend, but told.
#[test]
fn free_orders_are_left_out_of_spend_and_counted() {
    let mut table = cdnow();
    let first = table.frequency.iter().position(|&x| x > 0.0).unwrap();
    table.monetary_value[first] = 0.0;
    let fit = fit(&table, &FitOptions::default()).unwrap();
    assert_eq!((fit.spend_left_out, fit.spend.customers), (1, 945));
}

fn on_bound(table: &RfmTable) -> (Fitted, &'static str, bool) {
    match refused(table) {
        Refusal::OnBound { what, parameter, to_zero } => (what, parameter, to_zero),
        other => panic!("{other:?}"),
    }
}

#[test]
fn parameters_that_run_to_a_bound() {
    let plan = Simulation { customers: 3000, days: 365, acquired_over: 90, seed: 1 };
    // All buy every week, and are still there.
    let clockwork: Vec<_> = (0..100)
        .map(|i| {
            let weeks = f64::from(20 + i % 30);
            (weeks, 7.0 * weeks, 7.0 * weeks + 3.0, 10.0 + f64::from(i), 1)
        })
        .collect();
    let clockwork = table(&clockwork);
    let (what, parameter, _) = on_bound(&clockwork);
    assert_eq!(what, Fitted::Purchases, "{parameter}");
    let message = told(&clockwork);
    let expected =
        format!("rfm.csv: BG/NBD (purchases) has no best {parameter} for these data: it runs to");
    assert!(message.contains(&expected), "{message}");
    assert!(
        message.contains("hold it back with a penalty; --penalty auto chooses one"),
        "{message}"
    );
    // Nobody leaves.
    let staying = drawn(&model([1.0, 30.0, 1e-5, 1.0], [6.0, 4.0, 15.0]), plan);
    let (what, parameter, to_zero) = on_bound(&staying);
    assert_eq!(what, Fitted::Purchases);
    assert!(matches!((parameter, to_zero), ("a", true) | ("b", false)), "{parameter} {to_zero}");
    // Each customer pays the same every time: those who came back twice show it.
    let mut same = drawn(&model([1.0, 30.0, 1.0, 2.0], [6.0, 4.0, 15.0]), plan);
    same.monetary_value =
        same.frequency.iter().map(|x| if *x > 0.0 { 9.99 } else { 0.0 }).collect();
    let (what, parameter, to_zero) = on_bound(&same);
    assert_eq!(what, Fitted::Spend, "{parameter} {to_zero}");
}

#[test]
fn spend_without_a_mean() {
    let plan = Simulation { customers: 5000, days: 365, acquired_over: 90, seed: 1 };
    let table = drawn(&model([1.0, 30.0, 1.0, 2.0], [6.0, 0.7, 15.0]), plan);
    let Refusal::NoMeanSpend { q } = refused(&table) else { panic!("fitted") };
    assert!((0.6..0.8).contains(&q), "{q}");
    let message = told(&table);
    let expected = format!("rfm.csv: Gamma-Gamma (spend) has q = {q:.4}, but q must be > 1: ");
    assert!(message.contains(&expected), "{message}");
    assert!(
        message.contains("hold q back with a penalty; --penalty auto chooses one"),
        "{message}"
    );
    // Held back hard enough, q comes to where the mean is finite.
    let held = FitOptions { penalty: Penalty::Fixed(1.0), ..FitOptions::default() };
    assert!(fit(&table, &held).unwrap().gamma_gamma().q > 1.0);
}

/// What is wrong, in plain words, and what to try.
#[test]
fn refusals_say_what_to_try() {
    use Fitted::{Purchases, Spend};
    let on_bound = |what, parameter, to_zero| Refusal::OnBound { what, parameter, to_zero };
    let cases = [
        (
            on_bound(Purchases, "r", true),
            "r for these data: it runs to 0. Hardly anybody but a few",
        ),
        (
            on_bound(Purchases, "r", false),
            "it runs to infinity. All customers seem to buy at the same",
        ),
        (
            on_bound(Purchases, "alpha", true),
            "alpha for these data: it runs to 0. A few seem to buy",
        ),
        (
            on_bound(Purchases, "a", true),
            "a for these data: it runs to 0. Nobody seems ever to leave",
        ),
        (on_bound(Purchases, "b", true), "it runs to 0. Almost everybody seems to leave at once"),
        (on_bound(Spend, "p", false), "it runs to infinity. Each customer seems to pay the same"),
        (on_bound(Spend, "p", true), "it runs to 0. One customer's purchases seem to have nothing"),
        (
            on_bound(Spend, "q", true),
            "A few customers seem to spend beyond all measure; observe for",
        ),
        (
            on_bound(Spend, "v", false),
            "All customers seem to spend alike; observe for longer, take in",
        ),
        (
            Refusal::NotConverged { what: Purchases, agreeing: 1, starts: 4 },
            "BG/NBD (purchases) has not converged: of 4 starts 1 led to the highest likelihood found, \
             and at least 2 must; try more customers, a longer observation, or a penalty",
        ),
        (
            Refusal::NoMeanSpend { q: 0.75 },
            "q = 0.7500, but q must be > 1: with so many very large means the population's mean \
             spend would be infinite; look for wrong amounts or bulk buyers",
        ),
        (
            Refusal::NoPenalty { what: Spend },
            "Gamma-Gamma (spend) has no maximum on a part of these customers, whatever the penalty; \
             take in more customers",
        ),
    ];
    for (refusal, expected) in cases {
        let message = refusal.to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn what_is_no_table() {
    let error = |change: &dyn Fn(&mut RfmTable), options: &FitOptions| {
        let mut table = cdnow();
        change(&mut table);
        fit(&table, options).unwrap_err()
    };
    let plain = FitOptions::default();
    assert_eq!(error(&|table| *table = RfmTable::default(), &plain), FitError::Columns);
    assert_eq!(error(&|table| table.count.truncate(7), &plain), FitError::Columns);
    assert_eq!(error(&|table| table.count[7] = 0, &plain), FitError::Count { row: 7 });
    for change in [
        |table: &mut RfmTable| table.frequency[7] = 1.5,
        |table: &mut RfmTable| table.frequency[7] = f64::NAN,
        |table: &mut RfmTable| table.recency[7] = 1e9,
        |table: &mut RfmTable| table.T[7] = f64::INFINITY,
        |table: &mut RfmTable| {
            (table.frequency[7], table.recency[7], table.monetary_value[7]) = (1.0, 1.0, -3.0);
        },
    ] {
        let error = error(&change, &plain);
        assert!(matches!(error, FitError::Row { row: 7, .. }), "{error}");
        assert!(error.to_string().starts_with("customer 8 breaks these rules:\n  /"), "{error}");
    }
    for penalty in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let options = FitOptions { penalty: Penalty::Fixed(penalty), ..plain };
        let error = error(&|_| {}, &options);
        assert!(matches!(error, FitError::Penalty(_)), "{error}");
    }
}
