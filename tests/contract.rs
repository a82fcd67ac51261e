//! The contract: what each request is answered with, the errors of every broken rule, and
//! the bytes of one answer. The same requests are put to the npm package and the Worker.

mod tables;

use edge_clv::json::{self, ParseError};
use edge_clv::{Model, Request, Rule, Violations};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tables::text;

fn requests() -> Vec<Value> {
    serde_json::from_str(&text("tests/contract/requests.json")).unwrap()
}

fn errors_of(request: &str) -> Option<Violations> {
    match json::parse(request.as_bytes()) {
        Ok(request) => Model::baked().predict(&request).err(),
        Err(ParseError::Rules(errors)) => Some(errors),
        Err(ParseError::Syntax(why)) => panic!("{request}: {why}"),
    }
}

#[test]
fn each_request_breaks_just_the_rules_it_should() {
    for case in requests() {
        let request = case["request"].as_str().unwrap();
        let got: Vec<Value> = errors_of(request)
            .into_iter()
            .flatten()
            .map(|error| {
                serde_json::json!({"pointer": error.pointer, "rule": error.rule.inequality()})
            })
            .collect();
        assert_eq!(Value::from(got), case["errors"], "{}", case["name"]);
    }
}

#[test]
fn every_rule_of_a_request_is_broken_by_some_request() {
    let elsewhere = [
        // Repeated keys exist in JSON's text only; columns, paths, counts and models are tested beside.
        Rule::Once,
        Rule::PurchaseAfterFirst,
        Rule::PurchasesIncreasing,
        Rule::DateNotNegative,
        Rule::CountsRange,
        Rule::ResidualNeedsDiscount,
        Rule::IsColumn,
        Rule::ColumnsEqualLength,
        Rule::ColumnKnown,
        Rule::IsText,
        Rule::IsCount,
        Rule::ModelTimeUnit,
        Rule::ModelFormat,
        Rule::ModelId,
        Rule::ModelVersion,
        Rule::ModelCurrency,
        Rule::ParameterRange,
        Rule::QAboveOne,
        Rule::DiscountRate,
        Rule::Margin,
        Rule::BandsGiven,
        Rule::BandName,
        Rule::BandsDescending,
        Rule::LastBandZero,
    ];
    let broken: Vec<Rule> = requests()
        .iter()
        .filter_map(|case| errors_of(case["request"].as_str().unwrap()))
        .flatten()
        .map(|error| error.rule)
        .collect();
    for rule in Rule::ALL {
        assert!(broken.contains(rule) != elsewhere.contains(rule), "{rule:?}");
    }
}

#[test]
fn a_repeated_key_is_refused() {
    let errors =
        errors_of(r#"{"frequency": 0, "recency": 0, "T": 1, "T": 2, "T": 3, "x": 1, "x": 2}"#)
            .unwrap();
    let got: Vec<_> =
        errors.as_slice().iter().map(|error| (error.pointer.as_str(), error.rule)).collect();
    assert_eq!(got, [("/T", Rule::Once), ("/x", Rule::Known)]);
}

#[test]
fn residual_value_needs_a_discount_rate() {
    let mut file = Model::baked().file().clone();
    file.annual_discount_rate = 0.0;
    let model = Model::try_from(file).unwrap();
    let request = json::parse(br#"{"frequency": 0, "recency": 0, "T": 1, "residual": true}"#);
    let errors = model.predict(&request.unwrap()).unwrap_err();
    assert_eq!(errors.as_slice()[0].rule, Rule::ResidualNeedsDiscount);
}

#[test]
fn text_that_is_not_json() {
    for text in ["", "{", "{}x", "{'a': 1}", "{\"T\": NaN}", "{\"T\": 01}", "\u{feff}{}"] {
        let error = json::parse(text.as_bytes()).unwrap_err();
        assert!(matches!(error, ParseError::Syntax(_)), "{text}: {error}");
    }
    assert!(matches!(json::parse(b"{\"\xff\": 1}"), Err(ParseError::Syntax(_))));
    // As deep as a body can be: it must neither overflow the stack nor be read as a number.
    let deep = format!("{{\"T\": {}{}}}", "[".repeat(32_000), "]".repeat(32_000));
    assert!(json::parse(deep.as_bytes()).is_err());
}

#[test]
fn the_seed_payload_byte_for_byte() {
    let request = json::parse(text("tests/golden/seed-request.json").as_bytes()).unwrap();
    let model = Model::baked();
    let answer = json::to_string(&model.predict(&request).unwrap());
    assert_eq!(answer, text("tests/golden/seed-answer.json").trim_end());
}

#[test]
fn every_cdnow_customer_byte_for_byte() {
    let model = Model::baked();
    let mut answers = String::new();
    for row in tables::Table::read("data/cdnow-rfm.csv").rows() {
        let request = Request { residual: true, ..Request::from(row.profile()) };
        answers += &json::to_string(&model.predict(&request).unwrap());
        answers.push('\n');
    }
    let digest = Sha256::digest(&answers);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    // What Node, Chromium and the Worker answer has the same digest.
    assert_eq!(digest, text("tests/golden/cdnow-answers.sha256").trim_end());
}

#[test]
fn numbers_are_printed_as_ecmascript_prints_them() {
    for (number, printed) in [
        (0.0, "0"),
        (-0.0, "0"),
        (30.0, "30"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (5e-324, "5e-324"),
        (0.1 + 0.2, "0.30000000000000004"),
    ] {
        assert_eq!(json::to_string(&number), printed);
    }
}
