//! Any bytes as a model file: what is accepted answers, prints and reads back the same.
#![no_main]

use edge_clv::{Model, Profile, Request, Violations, json};
use edge_clv_fuzz::assert_answer;
use libfuzzer_sys::fuzz_target;

/// Frequency, recency and T: new, silent, regular, busy, absurd.
const PROFILES: [(f64, f64, f64); 5] = [
    (0.0, 0.0, 0.0),
    (1.0, 1.0, 400.0),
    (5.0, 200.0, 300.0),
    (5000.0, 2999.0, 3000.0),
    (f64::MAX, 5e-324, f64::MAX),
];

fuzz_target!(|data: &[u8]| {
    let file = match json::parse_model(data) {
        Ok(file) => file,
        Err(json::ParseError::Rules(errors)) => return assert_ne!(errors, Violations::default()),
        Err(json::ParseError::Syntax(why)) => return assert!(!why.is_empty()),
    };
    let text = json::to_string(&file);
    assert_eq!(json::parse_model(text.as_bytes()).as_ref(), Ok(&file));
    assert_eq!(json::model_version(&file).len(), 12);
    let model = Model::try_from(file).expect("what was read has been checked");
    for (x, t_x, age) in PROFILES {
        let profile = Profile::new(x, t_x, age, Some(45.5)).expect("it keeps the rules");
        let residual = model.daily_rate() > 0.0;
        let request = Request { residual, ..Request::from(profile) };
        assert_answer(&model.predict(&request).expect("a rate is had"));
    }
});
