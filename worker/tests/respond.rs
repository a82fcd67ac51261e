//! The answers without the runtime: what only a model of one's own brings about, and that
//! no bytes make it panic. The rest is tested over HTTP in the real runtime.

use edge_clv::Model;
use edge_clv_worker::{BODY_LIMIT, Body, Request, Response, respond};

fn post(model: &Model, body: &[u8]) -> Response {
    let request = Request {
        method: "POST",
        path: "/predict",
        content_type: Some("application/json"),
        body: Body::Whole(body),
    };
    respond(model, &request).unwrap()
}

#[test]
fn a_residual_value_without_discounting_breaks_a_rule() {
    let mut file = Model::baked().file().clone();
    file.annual_discount_rate = 0.0;
    let model = Model::try_from(file).unwrap();
    let answer = post(&model, br#"{"frequency": 0, "recency": 0, "T": 9, "residual": true}"#);
    assert_eq!(answer.status, 422);
    let error = r#""errors":[{"pointer":"/residual","rule":"annual_discount_rate > 0","detail":"#;
    assert!(answer.body.contains(error), "{}", answer.body);
}

#[test]
fn a_path_that_is_not_of_the_contract_is_left_to_the_site() {
    for path in ["/", "/predict/", "/Predict", "", "predict"] {
        let request = Request { method: "GET", path, content_type: None, body: Body::Whole(b"") };
        assert_eq!(respond(&Model::baked(), &request), None);
    }
}

#[test]
fn bodies_that_were_not_read_to_their_end() {
    for (body, status) in [(Body::TooLarge, 413), (Body::BrokenOff, 400)] {
        let content_type = Some("application/json");
        let request = Request { method: "POST", path: "/predict", content_type, body };
        assert_eq!(respond(&Model::baked(), &request).unwrap().status, status);
    }
}

/// Bodies that resemble a request: a valid one with some of its bytes replaced by pieces
/// that mean something to JSON or to the rules.
#[test]
fn no_body_makes_it_panic() {
    let valid = br#"{"frequency": 5.0, "recency": 200.0, "T": 300.0, "monetary_value": 45.50, "horizons": [30, 90.5, 3650], "residual": false}"#;
    let pieces: [&[u8]; 20] = [
        b"",
        b"\"",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"-",
        b"1e400",
        b"1e-400",
        b"-0.0",
        b"9007199254740993",
        b"null",
        b"true",
        b"\\ud800",
        b"\xff",
        b"\\u0000",
        b"1E308",
        b"5e-324",
    ];
    let model = Model::baked();
    // A linear congruential generator (Knuth's MMIX): the same bodies on every run.
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut answered = 0;
    for _ in 0..50_000 {
        let mut body = valid.to_vec();
        for _ in 0..=random(3) {
            let start = random(body.len() + 1);
            let end = (start + random(6)).min(body.len());
            body.splice(start..end, pieces[random(pieces.len())].iter().copied());
        }
        let answer = post(&model, &body);
        assert!([200, 400, 422].contains(&answer.status), "{}", answer.body);
        assert!(answer.body.starts_with('{') && answer.body.len() < BODY_LIMIT);
        answered += usize::from(answer.status == 200);
    }
    assert!(answered > 400, "too few of the bodies are requests: {answered}");
}
