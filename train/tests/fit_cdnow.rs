//! The fits of CDNOW's customers against what has been published.

mod tables;

use edge_clv::{BgNbdParameters, TimeUnit};
use edge_clv_train::{
    Fit, FitOptions, ModelFit, Penalty, RfmTable, fit, log_likelihood_of_purchases,
};

use tables::{cdnow, in_weeks, rounded, table};

const WEEKS: FitOptions = FitOptions { time_unit: TimeUnit::Week, penalty: Penalty::None };

fn fitted(table: &RfmTable, options: &FitOptions) -> Fit {
    fit(table, options).expect("CDNOW has a fit")
}

/// The same to seven digits, and the log-likelihood to six decimals.
fn published<const N: usize>(fit: &ModelFit<N>, values: [f64; N], log_likelihood: f64) {
    for (estimate, value) in fit.estimates.iter().zip(values) {
        assert!((estimate.value / value - 1.0).abs() < 2e-7, "{estimate:?}, not {value}");
    }
    assert!((fit.log_likelihood - log_likelihood).abs() < 1e-6, "{}", fit.log_likelihood);
    assert!(fit.convergence.distance < 1e-8);
    assert_eq!(fit.convergence.starts_agreeing, fit.convergence.starts);
}

#[test]
fn purchases_from_exact_dates() {
    let fit = fitted(&cdnow(), &WEEKS);
    let values = [0.242_594_53, 4.413_602_39, 0.792_922_05, 2.425_906_92];
    published(&fit.purchases, values, -9_582.429_207);
}

/// The widely copied file has times in weeks of two decimals.
#[test]
fn purchases_from_rounded_weeks() {
    let fit = fitted(&rounded(&in_weeks(&cdnow())), &FitOptions::default());
    let values = [0.242_592_92, 4.413_531_9, 0.792_886_15, 2.425_753_55];
    published(&fit.purchases, values, -9_582.425_561);
    let errors = fit.purchases.estimates.map(|estimate| estimate.standard_error);
    for (error, lifetimes) in errors.into_iter().zip([0.012_557, 0.378_221, 0.185_719, 0.705_345]) {
        assert!((error / lifetimes - 1.0).abs() < 5e-5, "{error}, not {lifetimes}");
    }
}

/// The published figures are of the 946 who came back, their means in cents as here.
#[test]
fn spend() {
    let fit = fitted(&cdnow(), &FitOptions::default());
    assert_eq!((fit.spend.customers, fit.spend_left_out), (946, 0));
    for (estimate, value) in fit.spend.estimates.iter().zip([6.25, 3.74, 15.44]) {
        assert!((estimate.value - value).abs() < 0.005, "{estimate:?}, not {value}");
    }
    assert!((fit.spend.log_likelihood + 4055.9177).abs() < 5e-5, "{}", fit.spend.log_likelihood);
    let correlation = fit.correlation.unwrap();
    assert!((correlation.coefficient - 0.1139).abs() < 5e-5 && !correlation.matters());
}

/// "Overcoming the BG/NBD #NUM! error": powers in it are beyond a double.
#[test]
fn a_likelihood_that_overflows_spreadsheets() {
    let parameters = BgNbdParameters { r: 0.25, alpha: 4.0, a: 0.8, b: 2.5 };
    for (x, t_x, expected, digit) in
        [(0.0, 0.0, -0.599_473_82, 1e-8), (200.0, 38.0, 100.7957, 1e-4)]
    {
        let table = table(&[(x, t_x, 40.0, f64::NAN, 1)]);
        let value = log_likelihood_of_purchases(&table, &parameters).unwrap();
        assert!((value - expected).abs() <= 0.5 * digit, "{value}, not {expected}");
    }
}
