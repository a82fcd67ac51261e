//! The cases that the storefront widget is held against are what the command makes of them.

mod common;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use common::{summary, text};
use serde_json::{Value, json};

#[test]
fn the_command_makes_the_shared_cases() {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/contract/orders.json");
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(shared).unwrap()).unwrap();
    // One run for all that write their dates alike: a file does so.
    let mut logs: BTreeMap<_, (String, Vec<&Value>)> = BTreeMap::new();
    for case in &cases {
        let date = case["orders"][0][0].as_str().unwrap();
        let zoned = date.ends_with('Z') || date.len() > 20;
        let form = (date.contains('-'), date.len().min(14), zoned, case["until"].as_str().unwrap());
        let (log, of) = logs.entry(form).or_default();
        for order in case["orders"].as_array().unwrap() {
            let (date, amount) = (order[0].as_str().unwrap(), order[1].as_str().unwrap());
            writeln!(log, "{},{date},{amount}", case["case"].as_str().unwrap()).unwrap();
        }
        of.push(case);
    }
    assert!(cases.len() > 100 && logs.len() > 3, "{} logs", logs.len());
    for ((.., until), (log, cases)) in logs {
        let orders = format!("customer,date,amount\n{log}");
        let run = summary(orders.as_bytes(), &["--observe-until", until]);
        assert!(run.status.success(), "{}", text(&run.stderr));
        let rows: BTreeMap<&str, Vec<&str>> = text(&run.stdout)
            .lines()
            .map(|line| line.split_once(',').expect("a row"))
            .map(|(customer, rest)| (customer, rest.split(',').collect()))
            .collect();
        for case in cases {
            let row =
                rows.get(case["case"].as_str().unwrap()).map_or(Value::Null, |row| json!(row));
            assert_eq!(row, case["summary"], "{}", case["case"]);
        }
    }
}
