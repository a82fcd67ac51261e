//! Every rule of the model file broken in turn, and the files that keep them.

mod tables;

use edge_clv::json::{ParseError, model_version, parse_model, to_string};
use edge_clv::{Model, Rule};
use serde_json::{Value, json};

fn cdnow() -> Value {
    serde_json::from_str(&tables::text("model/cdnow.json")).unwrap()
}

/// What is wrong with a file, by pointers and rules.
fn errors_of(file: &Value) -> Vec<(String, Rule)> {
    let errors = match parse_model(file.to_string().as_bytes()) {
        Ok(_) => None,
        Err(ParseError::Rules(errors)) => Some(errors),
        Err(ParseError::Syntax(why)) => panic!("{why}"),
    };
    errors.into_iter().flatten().map(|error| (error.pointer, error.rule)).collect()
}

/// The rules a file breaks when one value in it is changed, and where.
fn broken(pointer: &str, value: Value) -> Vec<(String, Rule)> {
    let mut file = cdnow();
    *file.pointer_mut(pointer).unwrap() = value;
    errors_of(&file)
}

#[test]
fn every_rule_broken_in_turn() {
    let band = |name: &str, min_value: f64| json!({"name": name, "min_value": min_value});
    let many: Vec<Value> = (0..256).map(|i| band(&i.to_string(), f64::from(255 - i))).collect();
    for (pointer, value, at, rule) in [
        ("/format", json!("edge-clv-model/2"), "/format", Rule::ModelFormat),
        ("/id", json!(""), "/id", Rule::ModelId),
        ("/id", json!("a b"), "/id", Rule::ModelId),
        ("/id", json!("x".repeat(65)), "/id", Rule::ModelId),
        ("/version", json!("3F0C9A1B2D4E"), "/version", Rule::ModelVersion),
        ("/version", json!("3f0c"), "/version", Rule::ModelVersion),
        ("/currency", json!("usd"), "/currency", Rule::ModelCurrency),
        ("/bg_nbd/r", json!(0.0), "/bg_nbd/r", Rule::ParameterRange),
        ("/bg_nbd/alpha", json!(-1.0), "/bg_nbd/alpha", Rule::ParameterRange),
        ("/bg_nbd/a", json!(1e13), "/bg_nbd/a", Rule::ParameterRange),
        ("/bg_nbd/b", json!(1e-13), "/bg_nbd/b", Rule::ParameterRange),
        ("/gamma_gamma/p", json!(0.0), "/gamma_gamma/p", Rule::ParameterRange),
        ("/gamma_gamma/q", json!(1.0), "/gamma_gamma/q", Rule::QAboveOne),
        ("/gamma_gamma/v", json!(0.0), "/gamma_gamma/v", Rule::ParameterRange),
        ("/horizons", json!([]), "/horizons", Rule::HorizonsCount),
        ("/horizons", json!([90.0, 30.0]), "/horizons/1", Rule::HorizonsIncreasing),
        ("/horizons", json!([30.0, 4000.0]), "/horizons/1", Rule::HorizonRange),
        ("/annual_discount_rate", json!(-0.1), "/annual_discount_rate", Rule::DiscountRate),
        ("/margin", json!(0.0), "/margin", Rule::Margin),
        ("/segments/horizon", json!(0.0), "/segments/horizon", Rule::HorizonRange),
        ("/segments/bands", json!([]), "/segments/bands", Rule::BandsGiven),
        ("/segments/bands", json!(many), "/segments/bands", Rule::BandsGiven),
        (
            "/segments/bands",
            json!([band("a", 5.0), band("a", 0.0)]),
            "/segments/bands/1/name",
            Rule::BandName,
        ),
        (
            "/segments/bands",
            json!([band("a", 5.0), band("b", 6.0), band("c", 0.0)]),
            "/segments/bands/1/min_value",
            Rule::BandsDescending,
        ),
        (
            "/segments/bands",
            json!([band("a", 5.0), band("b", 1.0)]),
            "/segments/bands/1/min_value",
            Rule::LastBandZero,
        ),
    ] {
        assert_eq!(broken(pointer, value.clone()), [(at.to_owned(), rule)], "{pointer} = {value}");
    }
}

#[test]
fn every_broken_rule_is_reported() {
    let mut file = Model::baked().file().clone();
    file.id.clear();
    file.bg_nbd.r = f64::NAN;
    file.gamma_gamma.q = f64::INFINITY;
    file.margin = f64::NAN;
    let errors = file.check().unwrap_err();
    let pointers: Vec<_> = errors.as_slice().iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/id", "/bg_nbd/r", "/gamma_gamma/q", "/margin"]);
}

#[test]
fn an_unknown_key_is_refused_wherever_it_is() {
    for pointer in ["", "/bg_nbd", "/gamma_gamma", "/segments", "/segments/bands/0", "/training"] {
        let mut file = cdnow();
        file.pointer_mut(pointer).unwrap()["alhpa"] = json!(1);
        assert_eq!(errors_of(&file), [(format!("{pointer}/alhpa"), Rule::Known)]);
    }
}

#[test]
fn what_is_missing_or_of_the_wrong_kind_is_named() {
    for (pointer, value, rule) in [
        ("/format", json!(1), Rule::IsText),
        ("/time_unit", json!("month"), Rule::ModelTimeUnit),
        ("/time_unit", json!(7), Rule::ModelTimeUnit),
        ("/bg_nbd", json!([1, 2, 3, 4]), Rule::IsObject),
        ("/bg_nbd/alpha", json!("30.9"), Rule::IsNumber),
        ("/horizons", json!(30), Rule::IsList),
        ("/horizons/1", json!(null), Rule::IsNumber),
        ("/margin", json!(null), Rule::IsNumber),
        ("/segments/bands", json!({}), Rule::IsList),
        ("/segments/bands/1", json!("core"), Rule::IsObject),
        ("/segments/bands/1/name", json!(1), Rule::IsText),
        ("/training/customers", json!(-1), Rule::IsCount),
        ("/training/orders", json!(0.5), Rule::IsCount),
        ("/training/standard_errors", json!({"r": "0.01"}), Rule::IsNumber),
    ] {
        let errors = broken(pointer, value);
        assert!(errors.contains(&(pointer.to_owned(), rule)), "{pointer}: {errors:?}");
    }
    let whole = cdnow();
    for key in whole.as_object().unwrap().keys() {
        let mut file = whole.clone();
        file.as_object_mut().unwrap().remove(key);
        let missing = [(format!("/{key}"), Rule::Given)];
        let expected: &[_] = if key == "training" { &[] } else { &missing };
        assert_eq!(errors_of(&file), expected, "{key}");
    }
    assert_eq!(errors_of(&json!([])), [(String::new(), Rule::IsObject)]);
}

#[test]
fn the_baked_model_prints_as_the_file() {
    let file = parse_model(tables::text("model/cdnow.json").as_bytes()).unwrap();
    // Printed and read again it is the same, to the bit.
    assert_eq!(parse_model(to_string(&Model::baked()).as_bytes()).unwrap(), file);
}

#[test]
fn the_version_is_that_of_the_content_whatever_the_layout() {
    let file = Model::baked().file().clone();
    assert_eq!(model_version(&file), file.version);
    let mut other = file.clone();
    other.version = "000000000000".into();
    assert_eq!(model_version(&other), file.version);
    other.margin = 0.5;
    assert_ne!(model_version(&other), file.version);
    // SHA-256 of the canonical text, worked out by other means from the file as it stands.
    assert_eq!(file.version, "55bdf623a943");
}
