//! `openapi.json` says what is so: every path, method, status, problem, rule and example.

mod host;

use std::collections::BTreeSet;

use edge_clv::{Rule, json};
use edge_clv_worker::{Broken, Cors, Endpoint, FormRule, Problem, Route};
use host::{Ask, KEY, text};
use serde_json::{Value, json};

fn document() -> Value {
    serde_json::from_str(include_str!("../openapi.json")).unwrap()
}

/// The member of the document that a value refers to, or the value.
fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    match value["$ref"].as_str() {
        Some(pointer) => document.pointer(pointer.trim_start_matches('#')).expect(pointer),
        None => value,
    }
}

/// A schema of the document as one that stands for itself.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn valid(document: &Value, schema: &Value, value: &Value) {
    if let Err(error) = validator(document, schema).validate(value) {
        panic!("{value} is not as the document says: {error} at {}", error.instance_path());
    }
}

/// Path, method and operation.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations.push((path.clone(), method.to_uppercase(), operation));
        }
    }
    assert_eq!(operations.len(), 10);
    operations
}

/// One of each, with something of its own in it.
fn problems() -> Vec<Problem> {
    let id = || "spring".to_owned();
    vec![
        Problem::NotJson("line 1".into()),
        Problem::BodyNotRead,
        Problem::NoKey { sent: false },
        Problem::NoKey { sent: true },
        Problem::NoKeysSet,
        Problem::OriginRefused,
        Problem::NotFound,
        Problem::NoSuchModel(id()),
        Problem::MethodNotAllowed("GET"),
        Problem::NotAcceptable,
        Problem::TooLarge(1),
        Problem::TooManyCustomers,
        Problem::TooManyToSum,
        Problem::WrongType(Endpoint::Predict),
        Problem::WrongType(Endpoint::Batch),
        Problem::BrokenRules(vec![FormRule::Ratio.at("/ratio")]),
        Problem::TooManyRequests { policy: "\"requests\";q=5;w=10".into(), window: 10 },
        Problem::Failed,
        Problem::ModelOutOfReach(id()),
    ]
}

#[test]
fn every_example_is_answered_as_it_says() {
    let document = document();
    for (path, method, operation) in operations(&document) {
        let path = path.replace("{id}", "cdnow");
        let answers = &operation["responses"]["200"]["content"];
        let bodies = operation["requestBody"]["content"].as_object();
        let none = serde_json::Map::new();
        let mut asked = 0;
        for (content_type, body) in bodies.unwrap_or(&none) {
            for (name, example) in body["examples"].as_object().unwrap() {
                let value = &example["value"];
                valid(&document, &body["schema"], value);
                let bytes = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let ask = Ask {
                    method: &method,
                    path: &path,
                    content_type,
                    key: KEY,
                    body: bytes.as_bytes(),
                    ..Ask::default()
                };
                answered_as(&document, &ask, answers, name);
                asked += 1;
            }
        }
        if bodies.is_none() {
            let ask = Ask { method: &method, path: &path, ..Ask::default() };
            answered_as(&document, &ask, answers, "json");
            asked += 1;
        }
        assert!(asked > 0, "{method} {path} has no example");
    }
}

/// Asserts that the answer is the example of this name, in whatever form that is told, and
/// that it is as its schema says.
fn answered_as(document: &Value, ask: &Ask<'_>, answers: &Value, name: &str) {
    let response = ask.answered();
    let body = text(&response);
    assert_eq!(response.status, 200, "{ask:?}: {body}");
    let content_type = response.header("content-type").unwrap().split(';').next().unwrap();
    let answer = &answers[content_type];
    let body = match content_type {
        "application/json" => serde_json::from_str(body).unwrap(),
        _ => Value::from(body),
    };
    valid(document, &answer["schema"], &body);
    // Of cohorts the three forms of a body have one of the answer.
    if let Some(example) = answer["examples"].get(name) {
        assert_eq!(body, example["value"], "{ask:?}");
    }
    if content_type == "application/x-ndjson" {
        let lines = json!({"oneOf": [
            {"$ref": "#/components/schemas/Scored"},
            {"$ref": "#/components/schemas/Refused"},
        ]});
        for line in body.as_str().unwrap().lines() {
            valid(document, &lines, &serde_json::from_str(line).unwrap());
        }
    }
}

#[test]
fn paths_are_those_that_lead_somewhere_and_take_the_methods_told() {
    let document = document();
    let mut endpoints = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let path = path.replace("{id}", "cdnow");
        let route = Route::of(&path).unwrap_or_else(|| panic!("{path} leads nowhere"));
        endpoints.insert(format!("{:?}", route.endpoint));
        assert_eq!(method == "POST", route.endpoint.takes_body(), "{method} {path}");
        let guarded = !operation["security"].as_array().unwrap().is_empty();
        assert_eq!(guarded, route.endpoint.is_guarded(), "{path}");
        let body = if method == "POST" { &b"{}"[..] } else { b"" };
        let content_type = "application/json";
        let stranger = Ask { method: &method, path: &path, content_type, body, ..Ask::default() };
        assert_eq!(guarded, stranger.answered().status == 401, "{method} {path}");
        for other in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY", ""] {
            let response = Ask { method: other, path: &path, ..Ask::default() }.answered();
            let taken = route.endpoint.methods().split(", ").any(|taken| taken == other);
            assert_eq!(response.status != 405, taken, "{other} {path}");
            let allow = (!taken).then_some(route.endpoint.methods());
            assert_eq!(response.header("allow"), allow);
        }
    }
    assert_eq!(endpoints.len(), 6, "{endpoints:?}");
}

#[test]
fn every_problem_is_told_and_none_besides() {
    let document = document();
    let mut told = BTreeSet::new();
    for response in document["components"]["responses"].as_object().unwrap().values() {
        let properties = &response["content"]["application/problem+json"]["schema"]["properties"];
        let status = properties["status"]["const"].as_u64().unwrap();
        for r#type in properties["type"]["enum"].as_array().unwrap() {
            told.insert((status as u16, r#type.as_str().unwrap().to_owned()));
        }
    }
    let mut known = BTreeSet::new();
    for problem in problems() {
        let response = problem.response();
        let body: Value = serde_json::from_str(text(&response)).unwrap();
        let (status, name, title) = problem.kind();
        assert_eq!(response.header("content-type"), Some("application/problem+json"));
        assert_eq!((response.status, &body["status"]), (status, &json!(status)));
        assert_eq!(body["title"], title);
        let component = &document["components"]["responses"][format!("Problem{status}")];
        valid(&document, &component["content"]["application/problem+json"]["schema"], &body);
        // The model that was asked is named where the problem is found.
        let response = response.by_model(&edge_clv::Model::baked());
        let told = component["headers"].as_object().into_iter().flatten();
        for (name, _) in told.filter(|(_, header)| header["required"] == true) {
            assert!(response.header(&name.to_lowercase()).is_some(), "{name}");
        }
        known.insert((status, format!("urn:edge-clv:problem:{name}")));
    }
    assert_eq!(told, known);
    // Every operation says all that can become of it.
    for (path, _, operation) in operations(&document) {
        let endpoint = Route::of(&path.replace("{id}", "cdnow")).unwrap().endpoint;
        let statuses: BTreeSet<&str> =
            operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = BTreeSet::from(["200", "404", "429", "500", "503"]);
        if endpoint.takes_body() {
            expected.extend(["400", "403", "413", "415", "422"]);
        }
        if endpoint.is_guarded() {
            expected.extend(["401", "406"]);
        }
        assert_eq!(statuses, expected, "{path}");
    }
}

/// Where the Worker's memory is lost, `entry.js` answers in its place.
#[test]
fn the_entry_tells_of_a_failure_as_the_worker_does() {
    let entry = include_str!("../entry.js");
    let answer = Problem::Failed.response().sealed(&Cors::Own);
    let document: Value = serde_json::from_str(text(&answer)).unwrap();
    for (name, value) in document.as_object().unwrap() {
        assert!(entry.contains(&format!("    {name}: {value},\n")), "{name}");
    }
    for (name, value) in &answer.headers {
        let [quoted, plain] = [format!("\"{name}\""), (*name).to_owned()];
        let told = [quoted, plain].map(|name| format!("    {name}: {value:?},\n"));
        assert!(told.iter().any(|line| entry.contains(line)), "{name}");
    }
}

/// The rules that requests of the contract break, each found in `tests/contract`, and those of
/// the forms.
#[test]
fn every_rule_of_the_contract_is_told() {
    let document = document();
    let told = &document["components"]["schemas"]["Broken"]["properties"]["rule"]["enum"];
    let told: BTreeSet<&str> = told.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let contract: Value =
        serde_json::from_str(include_str!("../../tests/contract/requests.json")).unwrap();
    let mut known = BTreeSet::new();
    for case in contract.as_array().unwrap() {
        let body = case["request"].as_str().unwrap().as_bytes();
        let content_type = "application/json";
        let ask = Ask { method: "POST", path: "/predict", content_type, body, ..Ask::default() };
        let response = ask.answered();
        let got: Value = serde_json::from_str(text(&response)).unwrap();
        let errors = case["errors"].as_array().unwrap();
        assert_eq!(response.status, if errors.is_empty() { 200 } else { 422 }, "{case}");
        let status = if errors.is_empty() { "200" } else { "422" };
        let operation = &document["paths"]["/predict"]["post"]["responses"][status];
        let content = resolved(&document, operation)["content"].as_object().unwrap();
        valid(&document, &content.values().next().unwrap()["schema"], &got);
        for error in errors {
            known.insert(error["rule"].as_str().unwrap().to_owned());
        }
    }
    known.extend([Rule::Once, Rule::ResidualNeedsDiscount].map(|r| r.inequality().to_owned()));
    for rule in FormRule::ALL {
        let Broken { rule, detail, .. } = rule.at("");
        assert!(!detail.is_empty());
        known.insert(rule.to_owned());
    }
    assert_eq!(told, known.iter().map(String::as_str).collect());
    assert_eq!(json::to_string(&FormRule::IsJson.at("/x")).find("\"pointer\":\"/x\""), Some(1));
}
