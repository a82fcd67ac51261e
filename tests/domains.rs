//! What is answered outside a domain: no number, or the rule that is broken and where.

mod tolerance;

use edge_clv::{Batch, BatchOptions, Columns, Model, Profile, Profiles, Rule};

/// What is no number of days ahead.
const NOT_A_HORIZON: [f64; 5] = [f64::NAN, -1.0, -5e-324, f64::INFINITY, f64::NEG_INFINITY];

fn customers() -> [Profile; 2] {
    [Profile::NEW, Profile::new(5.0, 200.0, 300.0, None).unwrap()]
}

#[test]
fn counts_end_at_a_million() {
    let bg_nbd = *Model::baked().bg_nbd();
    let counts = bg_nbd.probabilities_of_counts(&Profile::NEW, 1_000_000, 90.0).unwrap();
    assert_eq!(counts.len(), 1_000_001);
    for most in [1_000_001, u32::MAX] {
        let errors = bg_nbd.probabilities_of_counts(&Profile::NEW, most, 90.0).unwrap_err();
        let [error] = errors.as_slice() else { panic!("{errors}") };
        assert_eq!((error.pointer.as_str(), error.rule), ("/most", Rule::CountsRange));
    }
}

#[test]
fn a_horizon_is_finite_and_not_negative() {
    let bg_nbd = *Model::baked().bg_nbd();
    for customer in customers() {
        for t in NOT_A_HORIZON {
            assert!(bg_nbd.expected_purchases(&customer, t).is_nan(), "{t}");
            assert!(bg_nbd.probability_of_purchase(&customer, t).is_nan(), "{t}");
            assert!(bg_nbd.discounted_purchases(&customer, t, 0.0).is_nan(), "{t}");
            assert!(bg_nbd.probability_of_count(&customer, 0, t).is_nan(), "{t}");
            assert!(bg_nbd.probability_of_count(&customer, 7, t).is_nan(), "{t}");
            let counts = bg_nbd.probabilities_of_counts(&customer, 2, t).unwrap();
            assert!(counts.len() == 3 && counts.iter().all(|p| p.is_nan()), "{t}: {counts:?}");
        }
        let at_once = bg_nbd.probabilities_of_counts(&customer, 2, 0.0).unwrap();
        let first = (at_once[0] - 1.0).abs() < tolerance::COMPLEMENT;
        assert!(first && at_once[1..] == [0.0, 0.0], "{at_once:?}");
    }
}

#[test]
fn a_quantile_has_a_probability() {
    let bg_nbd = *Model::baked().bg_nbd();
    for customer in customers() {
        let alive = bg_nbd.probability_alive(&customer);
        let never = [f64::NAN, f64::NEG_INFINITY, -0.1, -5e-324, alive, 1.0, 1.1, f64::INFINITY];
        for u in never {
            assert_eq!(bg_nbd.time_to_next_purchase(&customer, u), None, "{u}");
        }
        assert_eq!(bg_nbd.time_to_next_purchase(&customer, 0.0), Some(0.0));
    }
    // Later than there are days.
    let ancient = Profile::new(0.0, 0.0, 1.7e308, None).unwrap();
    assert_eq!(bg_nbd.time_to_next_purchase(&ancient, 0.5), None);
}

#[test]
fn every_wrong_day_of_a_path_is_named() {
    let bg_nbd = *Model::baked().bg_nbd();
    let purchases = [0.0, 10.0, 10.0, f64::NAN, 9.0, 11.0, -1.0];
    let dates = [-1.0, 0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
    let errors = bg_nbd.probability_alive_path(&purchases, &dates).unwrap_err();
    let got: Vec<_> =
        errors.as_slice().iter().map(|error| (error.pointer.as_str(), error.rule)).collect();
    let expected = [
        ("/purchases/0", Rule::PurchaseAfterFirst),
        ("/purchases/2", Rule::PurchasesIncreasing),
        ("/purchases/3", Rule::Finite),
        ("/purchases/4", Rule::PurchasesIncreasing),
        ("/purchases/6", Rule::PurchaseAfterFirst),
        ("/dates/0", Rule::DateNotNegative),
        ("/dates/2", Rule::Finite),
        ("/dates/3", Rule::Finite),
        ("/dates/4", Rule::Finite),
    ];
    assert_eq!(got, expected);
    assert_eq!(bg_nbd.probability_alive_path(&[], &[0.0, 9.0]).unwrap(), [1.0, 1.0]);
    assert!(bg_nbd.probability_alive_path(&[1.0], &[]).unwrap().is_empty());
}

#[test]
fn a_profile_is_seen_until_a_day_after_its_last_purchase() {
    let customer = Profile::new(5.0, 200.0, 300.0, Some(45.5)).unwrap();
    assert_eq!(customer.observed_until(300.0).unwrap(), customer);
    assert_eq!(customer.observed_until(200.0).unwrap().T(), 200.0);
    for (day, rule) in [(199.0, Rule::RecencyWithinAge), (f64::NAN, Rule::Finite)] {
        let errors = customer.observed_until(day).unwrap_err();
        assert_eq!(errors.as_slice()[0].rule, rule);
    }
}

#[test]
fn columns_to_be_filled_are_as_many_and_as_long_as_the_answer() {
    let columns = Columns::named(&["probability_alive", "segment"]).unwrap();
    let options = BatchOptions { columns, ..BatchOptions::default() };
    let mut batch = Batch::new(&Model::baked(), options).unwrap();
    let profiles =
        Profiles { frequency: &[5.0], recency: &[200.0], T: &[300.0], monetary_value: None };
    let (mut one, mut two, mut segment) = ([0.0], [0.0; 2], [0]);
    assert!(batch.predict_into(&profiles, &mut [], Some(&mut segment)).is_err());
    assert!(batch.predict_into(&profiles, &mut [&mut two], Some(&mut segment)).is_err());
    assert!(batch.predict_into(&profiles, &mut [&mut one], Some(&mut [0; 3])).is_err());
    let errors = batch.predict_into(&profiles, &mut [&mut one], Some(&mut segment)).unwrap();
    assert!(errors.is_empty() && one[0] > 0.5);
}
