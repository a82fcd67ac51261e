//! Any bytes as a request: what is accepted keeps the rules and has an answer.
#![no_main]

use edge_clv::{Model, Violations, json};
use edge_clv_fuzz::{assert_answer, assert_profile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match json::parse(data) {
        Ok(request) => {
            assert_profile(&request.profile);
            if let Some(horizons) = &request.horizons {
                let days = horizons.as_slice();
                assert!((1..=12).contains(&days.len()) && days.is_sorted_by(|a, b| a < b));
                assert!(days[0] > 0.0 && days[days.len() - 1] <= 3650.0, "{days:?}");
            }
            let model = Model::baked();
            let answer = model.predict(&request).expect("the default model discounts");
            assert_answer(&answer);
            assert!(!json::to_string(&answer).contains("null"));
        }
        Err(json::ParseError::Rules(errors)) => assert_ne!(errors, Violations::default()),
        Err(json::ParseError::Syntax(why)) => assert!(!why.is_empty()),
    }
});
