//! Fits of customers drawn from a model whose parameters are known.

mod tables;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use edge_clv::TimeUnit;
use edge_clv_train::{
    Estimate, Fit, FitError, FitOptions, Penalty, RfmTable, Simulation, fit,
    log_likelihood_of_purchases,
};

use tables::{cdnow, drawn, in_weeks, model};

/// CDNOW's parameters, in days.
const PURCHASES: [f64; 4] = [0.2426, 30.895, 0.7929, 2.4259];
const SPEND: [f64; 3] = [6.25, 3.74, 15.44];

/// Customers, days, days of first purchases; r, alpha (days), a, b; p, q, v.
type Population = (u64, u32, u32, [f64; 4], [f64; 3]);

/// Those that are held against lifetimes too, the big ones smaller.
const POPULATIONS: [Population; 20] = [
    // CDNOW, small to large.
    (1_000, 273, 90, PURCHASES, SPEND),
    (2_357, 273, 90, PURCHASES, SPEND),
    (5_000, 273, 90, PURCHASES, SPEND),
    (10_000, 273, 90, PURCHASES, SPEND),
    // Heavy one-time buyers.
    (10_000, 365, 180, [0.03, 40.0, 0.6, 1.8], [2.0, 4.0, 60.0]),
    (20_000, 365, 365, [0.02, 60.0, 1.2, 2.0], [3.0, 2.5, 40.0]),
    (5_000, 365, 60, [0.06, 10.0, 2.0, 1.0], [8.0, 6.0, 20.0]),
    (5_000, 365, 120, [0.3, 200.0, 0.9, 1.1], [1.2, 3.0, 100.0]),
    // a near 1.
    (2_000, 365, 180, [0.8, 50.0, 1.0, 3.0], [4.0, 5.0, 30.0]),
    (2_000, 365, 180, [0.8, 50.0, 1.001, 1.5], [4.0, 5.0, 30.0]),
    (2_000, 730, 365, [0.5, 20.0, 0.99, 4.0], [10.0, 2.2, 9.0]),
    // Frequent buyers.
    (1_000, 365, 120, [3.0, 20.0, 0.5, 8.0], [15.0, 8.0, 25.0]),
    (1_000, 180, 60, [1.5, 8.0, 0.3, 5.0], [5.0, 12.0, 80.0]),
    (1_000, 365, 90, [2.0, 5.0, 0.2, 10.0], [20.0, 5.0, 4.0]),
    // Hardly anybody leaves; almost everybody does.
    (3_000, 365, 180, [0.6, 40.0, 0.1, 3.0], [3.0, 6.0, 50.0]),
    (3_000, 365, 180, [1.0, 30.0, 3.0, 2.0], [3.0, 6.0, 50.0]),
    // Homogeneous customers, and very different ones.
    (5_000, 365, 90, [6.0, 300.0, 4.0, 16.0], [2.0, 20.0, 300.0]),
    (3_000, 730, 365, [0.15, 15.0, 0.15, 0.5], [1.0, 1.8, 20.0]),
    // Seen for a short time, and for long.
    (3_000, 60, 30, [0.4, 12.0, 0.7, 2.0], [6.0, 4.0, 15.0]),
    (1_000, 3_650, 1_825, [0.4, 80.0, 0.6, 3.0], [6.0, 4.0, 15.0]),
];

const REPLICATIONS: u64 = 200;

/// How many of a population's replications are fitted, and how many of the fits have each
/// parameter within its interval.
fn covered(index: usize) -> (u64, Vec<u64>) {
    let (customers, days, acquired_over, purchases, spend) = POPULATIONS[index];
    let model = model(purchases, spend);
    let truth = [purchases.as_slice(), &spend].concat();
    let (mut fitted, mut held) = (0, vec![0; truth.len()]);
    for replication in 0..REPLICATIONS {
        let seed = index as u64 * REPLICATIONS + replication;
        let plan = Simulation { customers, days, acquired_over, seed };
        let fit = match fit(&drawn(&model, plan), &FitOptions::default()) {
            Err(FitError::Refused(_)) => continue,
            fit => fit.unwrap(),
        };
        fitted += 1;
        let estimates = fit.purchases.estimates.iter().chain(&fit.spend.estimates);
        for ((held, truth), Estimate { interval, .. }) in held.iter_mut().zip(&truth).zip(estimates)
        {
            *held += u64::from((interval.0..=interval.1).contains(truth));
        }
    }
    (fitted, held)
}

/// In 90 to 99 % of the replications. Of so few an interval that holds in 95 % is now and then
/// beyond that by chance; the seeds are pinned.
#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= POPULATIONS.len() {
                return done;
            }
            done.push((index, covered(index)));
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let done: Vec<_> = thread::scope(|scope| {
        let sides: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        sides.into_iter().flat_map(|side| side.join().unwrap()).collect()
    });
    assert_eq!(done.len(), POPULATIONS.len());
    for (index, (fitted, held)) in done {
        let population = POPULATIONS[index];
        eprintln!("{population:?}: of {fitted} fits {held:?}");
        // Where few come back, or all pay much alike, some have no end and are refused.
        assert!(fitted >= 150, "{population:?}: {fitted}");
        for held in held {
            let share = held as f64 / fitted as f64;
            assert!((0.9..=0.99).contains(&share), "{population:?}: {held} of {fitted}");
        }
    }
}

/// The rows of `table` that `rows` names, in that order.
fn rows(table: &RfmTable, rows: impl Iterator<Item = usize> + Clone) -> RfmTable {
    let column = |column: &[f64]| rows.clone().map(|row| column[row]).collect();
    RfmTable {
        frequency: column(&table.frequency),
        recency: column(&table.recency),
        T: column(&table.T),
        monetary_value: column(&table.monetary_value),
        count: rows.clone().map(|row| table.count[row]).collect(),
    }
}

#[test]
fn neither_order_nor_folding_changes_a_bit() {
    for penalty in [Penalty::None, Penalty::CrossValidated] {
        let options = FitOptions { penalty, ..FitOptions::default() };
        let table = cdnow();
        let all = table.frequency.len();
        let expected = fit(&table, &options).unwrap();
        let backward = rows(&table, (0..all).rev());
        assert_eq!(fit(&backward, &options).unwrap(), expected);
        // Every customer three times: as three rows, as one row, and as both.
        let tripled = rows(&table, (0..3 * all).map(|row| row / 3));
        let expected = fit(&tripled, &options).unwrap();
        let folded = RfmTable { count: vec![3; all], ..table.clone() };
        assert_eq!(fit(&folded, &options).unwrap(), expected);
        let mut both = rows(&table, (0..2 * all).map(|row| row % all));
        both.count[all..].fill(2);
        assert_eq!(fit(&both, &options).unwrap(), expected);
    }
}

/// The parameters of a fit, alpha in days and v in dollars again.
fn parameters(fit: &Fit, days: f64, dollars: f64) -> Vec<(f64, f64)> {
    let estimates = fit.purchases.estimates.iter().chain(&fit.spend.estimates);
    let unit = |estimate: &Estimate| match estimate.name {
        "alpha" => days,
        "v" => dollars,
        _ => 1.0,
    };
    let found = |e: &Estimate| (e.value * unit(e), e.standard_error * unit(e));
    estimates.map(found).collect()
}

#[test]
fn units_of_time_and_money_change_nothing_but_the_units() {
    for penalty in [Penalty::None, Penalty::Fixed(1e-3), Penalty::CrossValidated] {
        let options = FitOptions { penalty, ..FitOptions::default() };
        let table = cdnow();
        let expected = fit(&table, &options).unwrap();
        let mut other = in_weeks(&table);
        other.monetary_value.iter_mut().for_each(|m| *m *= 1e6);
        let actual = fit(&other, &options).unwrap();
        assert_eq!(actual.purchases.penalty, expected.purchases.penalty);
        let repeats: f64 = table.frequency.iter().sum();
        let shift = actual.purchases.log_likelihood - expected.purchases.log_likelihood;
        assert!((shift - repeats * 7.0_f64.ln()).abs() < 1e-8);
        let pairs = parameters(&actual, 7.0, 1e-6).into_iter().zip(parameters(&expected, 1.0, 1.0));
        for ((value, error), (expected_value, expected_error)) in pairs {
            assert!((value / expected_value - 1.0).abs() < 1e-9, "{value} {expected_value}");
            assert!((error / expected_error - 1.0).abs() < 1e-8, "{error} {expected_error}");
        }
        // The unit asked for is only told.
        let weeks = FitOptions { time_unit: TimeUnit::Week, ..options };
        let told = parameters(&fit(&table, &weeks).unwrap(), 7.0, 1.0);
        for ((value, _), (expected, _)) in told.into_iter().zip(parameters(&expected, 1.0, 1.0)) {
            assert!((value / expected - 1.0).abs() < 1e-14);
        }
    }
}

/// Of few customers most that a free fit makes out is chance.
#[test]
fn a_penalty_chosen_by_cross_validation_helps_the_few() {
    let model = model(PURCHASES, SPEND);
    let draw = |customers, seed| {
        drawn(&model, Simulation { customers, days: 273, acquired_over: 90, seed })
    };
    let unseen = draw(20_000, 1_000);
    let auto = FitOptions { penalty: Penalty::CrossValidated, ..FitOptions::default() };
    let (mut free, mut held, mut compared) = (0.0, 0.0, 0);
    for seed in 0..20 {
        let few = draw(150, seed);
        let held_back = fit(&few, &auto).unwrap();
        // Some run to a bound; the penalty has brought back even those.
        let Ok(one) = fit(&few, &FitOptions::default()) else { continue };
        free += log_likelihood_of_purchases(&unseen, &one.bg_nbd()).unwrap();
        held += log_likelihood_of_purchases(&unseen, &held_back.bg_nbd()).unwrap();
        compared += 1;
    }
    assert!(compared >= 10 && held > free + 100.0, "{compared}: {held} {free}");
    // Many need none.
    assert!(fit(&unseen, &auto).unwrap().purchases.penalty <= 1e-5);
}
