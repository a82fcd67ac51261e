//! Columns of any numbers: a wrong row is NaN throughout and named, a right one is answered
//! as by itself.
#![no_main]

use edge_clv::{
    BatchAnswer, BatchOptions, Columns, Horizons, Model, NO_SEGMENT, Profile, Profiles, Request,
};
use edge_clv_fuzz::tolerance::BATCH;
use edge_clv_fuzz::{Numbers, assert_answer};
use libfuzzer_sys::fuzz_target;

/// Rows past this many are no news.
const MOST_ROWS: usize = 4;

fuzz_target!(|data: &[u8]| {
    let mut numbers = Numbers::new(data);
    let model = numbers.model().unwrap_or_else(Model::baked);
    numbers.unbend();
    let days = numbers.within(5e-324, Horizons::LONGEST);
    let horizons = Horizons::new(&[days]).ok();
    let mut columns: [Vec<f64>; 4] = Default::default();
    while !numbers.is_empty() && columns[0].len() < MOST_ROWS {
        for (column, number) in columns.iter_mut().zip(numbers.profile()) {
            column.push(number);
        }
    }
    let [frequency, recency, age, monetary_value] = &columns;
    let profiles = Profiles { frequency, recency, T: age, monetary_value: Some(monetary_value) };
    let residual = numbers.thorough && model.daily_rate() > 0.0;
    let answers = answers(&model, &profiles, &horizons, residual);

    for row in 0..frequency.len() {
        let m = monetary_value[row];
        let known = (!m.is_nan()).then_some(m);
        let profile = Profile::new(frequency[row], recency[row], age[row], known);
        let named = answers.errors.iter().any(|error| error.row == row);
        assert_eq!(named, profile.is_err(), "row {row}");
        let segment = answers.segment.as_ref().expect("it was asked for")[row];
        let Ok(profile) = profile else {
            assert!(numbers_of(&answers, row).iter().all(|number| number.is_nan()), "row {row}");
            assert_eq!(segment, NO_SEGMENT);
            continue;
        };
        let request = Request { profile, horizons: horizons.clone(), residual };
        let single = model.predict(&request).expect("a rate is had where one is needed");
        assert_answer(&single);
        let mut expected = vec![single.probability_alive, single.expected_average_profit];
        expected.extend(single.residual_lifetime_value);
        for horizon in &single.horizons {
            expected.push(horizon.expected_purchases);
            expected.push(horizon.probability_of_purchase);
            expected.push(horizon.customer_lifetime_value);
        }
        let got = numbers_of(&answers, row);
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.into_iter().zip(expected) {
            let close = (got - expected).abs() <= (BATCH * expected).max(f64::MIN_POSITIVE);
            assert!(close, "row {row}: {got} {expected} {single:?}");
        }
        let segments = &model.file().segments;
        if segments.bands[usize::from(segment)].name != single.segment {
            // Only where the last digits of the value decide.
            let horizons = Horizons::new(&[segments.horizon]).ok();
            let request = Request { profile, horizons, residual: false };
            let answer = model.predict(&request).expect("no residual is asked for");
            let value = answer.horizons[0].customer_lifetime_value;
            let at_edge = |min: f64| (value - min).abs() <= BATCH * value;
            assert!(segments.bands.iter().any(|band| at_edge(band.min_value)), "row {row}");
        }
    }
});

/// The one call of what is tried here.
fn answers(
    model: &Model,
    profiles: &Profiles<'_>,
    horizons: &Option<Horizons>,
    residual: bool,
) -> BatchAnswer {
    let columns = Columns { residual_lifetime_value: residual, ..Columns::default() };
    let options = BatchOptions { horizons: horizons.clone(), columns, exact: false };
    model.predict_batch(profiles, options).expect("the columns are right")
}

/// Every number of a row, in the order of a single answer's.
fn numbers_of(answers: &BatchAnswer, row: usize) -> Vec<f64> {
    let whole = [
        &answers.probability_alive,
        &answers.expected_average_profit,
        &answers.residual_lifetime_value,
    ];
    let within = answers.horizons.iter().flat_map(|horizon| {
        [
            &horizon.expected_purchases,
            &horizon.probability_of_purchase,
            &horizon.customer_lifetime_value,
        ]
    });
    whole.into_iter().chain(within).flatten().map(|column| column[row]).collect()
}
