//! Every public evaluator on any model, customer and argument: in range, or what its
//! documentation says of an argument outside the domain.
#![no_main]

use edge_clv::Profile;
use edge_clv_fuzz::tolerance::ANYWHERE;
use edge_clv_fuzz::{Numbers, assert_profile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut numbers = Numbers::new(data);
    let model = numbers.model();
    let [x, t_x, age, m] = numbers.profile();
    let profile = Profile::new(x, t_x, age, (!m.is_nan()).then_some(m));
    let (Some(model), Ok(profile)) = (model, profile) else { return };
    assert_profile(&profile);

    numbers.unbend();
    let t = numbers.within(0.0, 3650.0);
    let delta = numbers.within(0.0, 1.0);
    let u = numbers.within(0.0, 1.0);
    let n = numbers.any().to_bits() as u32 % 500;
    let (first, second) = (numbers.within(5e-324, 3650.0), numbers.within(5e-324, 3650.0));
    let date = numbers.within(0.0, 7300.0);

    let bg_nbd = model.bg_nbd();
    let text = || format!("{bg_nbd:?} {profile:?} t {t} delta {delta} u {u} n {n}");
    let number = |value: f64, in_domain: bool, most: f64| {
        let right = if in_domain { (0.0..=most).contains(&value) } else { value.is_nan() };
        assert!(right, "{value}: {}", text());
    };
    let finite = (0.0..=f64::MAX).contains(&t);

    number(bg_nbd.probability_alive(&profile), true, 1.0);
    number(bg_nbd.expected_purchases(&profile, t), finite, f64::MAX);
    number(bg_nbd.probability_of_purchase(&profile, t), finite, 1.0);
    if numbers.thorough {
        let discounts = delta > 0.0 && t >= 0.0 || delta == 0.0 && finite;
        number(bg_nbd.discounted_purchases(&profile, t, delta), discounts, f64::MAX);
        let residual = bg_nbd.discounted_purchases(&profile, f64::INFINITY, delta);
        number(residual, delta > 0.0, f64::MAX);
    }

    number(bg_nbd.probability_of_count(&profile, n, t), finite, 1.0);
    let counts = bg_nbd.probabilities_of_counts(&profile, n, t).expect("few enough");
    assert_eq!(counts.len(), n as usize + 1);
    counts.iter().for_each(|&count| number(count, finite, 1.0));
    if finite {
        let sum: f64 = counts.iter().sum();
        assert!(sum < 1.0 + ANYWHERE, "{sum}: {}", text());
        let any = bg_nbd.probability_of_purchase(&profile, t);
        assert!((counts[0] + any - 1.0).abs() < ANYWHERE, "{} {any}: {}", counts[0], text());
    }

    match bg_nbd.time_to_next_purchase(&profile, u) {
        Some(wait) => {
            assert!((0.0..1.0).contains(&u), "{}", text());
            number(wait, true, f64::MAX);
        }
        None => assert!(u != 0.0 || bg_nbd.probability_alive(&profile) == 0.0, "{}", text()),
    }
    if let Ok(path) = bg_nbd.probability_alive_path(&[first, second], &[0.0, date, second]) {
        assert!(0.0 < first && first < second && date >= 0.0);
        assert_eq!(path[0], 1.0);
        path.iter().for_each(|&alive| number(alive, true, 1.0));
    }
    match profile.observed_until(date) {
        Ok(then) => assert_profile(&then),
        Err(_) => assert!(!(profile.recency()..=f64::MAX).contains(&date), "{}", text()),
    }

    number(model.gamma_gamma().population_mean(), true, f64::MAX);
    number(model.gamma_gamma().expected_average_profit(&profile), true, f64::MAX);
});
