//! `clv score`: the numbers of the contract, in CSV and in Parquet.

mod common;

use std::fs;
use std::path::Path;
use std::process::Output;

use common::{clv_of, root, text};
use edge_clv::{Batch, BatchOptions, Model, Profile, Profiles, Request, json};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;

fn model() -> Model {
    let text = include_str!("../../model/cdnow.json");
    Model::try_from(json::parse_model(text.as_bytes()).unwrap()).unwrap()
}

/// `clv score` of a file with the default model.
fn score(input: &Path, arguments: &[&str]) -> Output {
    clv_of("score", input, &[&["-m", &common::model()], arguments].concat())
}

fn scored(input: &Path, arguments: &[&str]) -> String {
    let run = score(input, arguments);
    assert!(run.status.success(), "{}", text(&run.stderr));
    text(&run.stdout).to_owned()
}

fn cdnow() -> std::path::PathBuf {
    root().join("data/cdnow-rfm.csv")
}

fn rows(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

const HEADER: &str = "customer,frequency,recency,T,monetary_value,probability_alive,\
    expected_average_profit,expected_purchases_30d,probability_of_purchase_30d,\
    customer_lifetime_value_30d,expected_purchases_90d,probability_of_purchase_90d,\
    customer_lifetime_value_90d,segment";

/// An answer of the contract, its numbers in the order of the keys, as texts.
fn answer(row: &[String], residual: bool) -> Vec<String> {
    let number = |at: usize| row[at].parse::<f64>().unwrap();
    let mean = (!row[4].is_empty()).then(|| number(4));
    let profile = Profile::new(number(1), number(2), number(3), mean).unwrap();
    let model = model();
    let answer = model.predict(&Request { profile, horizons: None, residual }).unwrap();
    let printed = json::to_string(&answer);
    let value: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&printed).unwrap();
    // The digits themselves, not what they are read as.
    let digits = |text: &str, key: &str| {
        let (_, rest) = text.split_once(&format!("\"{key}\":")).unwrap();
        rest.split([',', '}']).next().unwrap().to_owned()
    };
    let mut cells =
        vec![digits(&printed, "probability_alive"), digits(&printed, "expected_average_profit")];
    for horizon in printed.split("{\"days\":").skip(1) {
        for key in ["expected_purchases", "probability_of_purchase", "customer_lifetime_value"] {
            cells.push(digits(horizon, key));
        }
    }
    if residual {
        cells.push(digits(&printed, "residual_lifetime_value"));
    }
    cells.push(value["segment"].as_str().unwrap().to_owned());
    cells
}

/// Digit by digit what `JSON.stringify(predict(...))` prints.
#[test]
fn exact_scores_are_the_contracts() {
    let csv = scored(&cdnow(), &["--exact", "--residual"]);
    let rows = rows(&csv);
    assert_eq!(rows.len(), 2358);
    assert_eq!(rows[0].join(","), HEADER.replace("segment", "residual_lifetime_value,segment"));
    for row in &rows[1..] {
        assert_eq!(row[5..], answer(row, true), "{row:?}");
    }
}

/// The bits of `predictBatch`.
#[test]
fn scores_are_those_of_a_batch() {
    let rows = rows(&scored(&cdnow(), &[]));
    assert_eq!(rows[0].join(","), HEADER);
    let rows = &rows[1..];
    let column = |at: usize| -> Vec<f64> {
        rows.iter().map(|row| row[at].parse().unwrap_or(f64::NAN)).collect()
    };
    let mut batch = Batch::new(&model(), BatchOptions::default()).unwrap();
    let answer = batch
        .predict(&Profiles {
            frequency: &column(1),
            recency: &column(2),
            T: &column(3),
            monetary_value: Some(&column(4)),
        })
        .unwrap();
    let same = |at: usize, expected: &Option<Vec<f64>>| {
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&column(at)), bits(expected.as_ref().unwrap()), "column {at}");
    };
    same(5, &answer.probability_alive);
    same(6, &answer.expected_average_profit);
    for (i, horizon) in answer.horizons.iter().enumerate() {
        same(7 + 3 * i, &horizon.expected_purchases);
        same(8 + 3 * i, &horizon.probability_of_purchase);
        same(9 + 3 * i, &horizon.customer_lifetime_value);
    }
    let model = model();
    let bands = &model.file().segments.bands;
    for (row, segment) in rows.iter().zip(answer.segment.unwrap()) {
        assert_eq!(row[13], bands[usize::from(segment)].name);
    }
}

/// Orders, profiles in CSV and profiles in Parquet; to CSV and to Parquet.
#[test]
fn every_way_gives_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    let (profiles, output) =
        (scratch.path().join("rfm.parquet"), scratch.path().join("scored.parquet"));
    let orders = root().join("data/cdnow-orders.csv");
    let until = ["--observe-until", "1997-09-30"];
    let expected = scored(&cdnow(), &[]);
    assert_eq!(scored(&orders, &until), expected);

    let to_profiles = [&until[..], &["-o", profiles.to_str().unwrap()]].concat();
    let summed_up = clv_of("summary", &orders, &to_profiles);
    assert!(summed_up.status.success(), "{}", text(&summed_up.stderr));
    assert_eq!(scored(&profiles, &[]), expected);

    assert_eq!(scored(&profiles, &["-o", output.to_str().unwrap()]), "");
    let file = SerializedFileReader::new(fs::File::open(&output).unwrap()).unwrap();
    let expected = rows(&expected);
    let names: Vec<String> = file
        .metadata()
        .file_metadata()
        .schema_descr()
        .columns()
        .iter()
        .map(|column| column.name().to_owned())
        .collect();
    assert_eq!(names, expected[0]);
    let mut read = 0;
    for (row, expected) in file.get_row_iter(None).unwrap().zip(&expected[1..]) {
        let row = row.unwrap();
        assert_eq!(row.get_string(0).unwrap(), &expected[0]);
        assert_eq!(row.get_long(1).unwrap().to_string(), expected[1]);
        let mean = row.get_double(4).ok();
        assert_eq!(mean, expected[4].parse().ok());
        for at in (2..4).chain(5..13) {
            assert_eq!(row.get_double(at).unwrap(), expected[at].parse::<f64>().unwrap());
        }
        assert_eq!(row.get_string(13).unwrap(), &expected[13]);
        read += 1;
    }
    assert_eq!(read, 2357);
}

#[test]
fn folded_profiles_keep_their_counts() {
    let scratch = tempfile::tempdir().unwrap();
    let profiles = scratch.path().join("rfm.csv");
    fs::write(&profiles, "frequency,recency,T,monetary_value,count\n0,0,10,,7\n2,5,9,10,3\n")
        .unwrap();
    let run = score(&profiles, &["--horizons", "7.5"]);
    let rows = rows(text(&run.stdout));
    assert_eq!(rows[0][..5].join(","), "frequency,recency,T,monetary_value,count");
    assert_eq!(rows[0][7], "expected_purchases_7.5d");
    assert_eq!([&rows[1][4], &rows[2][4]], ["7", "3"]);
    assert!(text(&run.stderr).starts_with("rows scored: 2, customers: 10, "));
    let parquet = scratch.path().join("scored.parquet");
    let run = score(&profiles, &["--horizons", "7.5", "-o", parquet.to_str().unwrap()]);
    assert!(run.status.success(), "{}", text(&run.stderr));
}

/// Nobody is dropped: who came back and paid nothing is scored like one whose mean is unknown.
#[test]
fn a_mean_of_0_is_one_not_given() {
    let scratch = tempfile::tempdir().unwrap();
    let profiles = scratch.path().join("rfm.csv");
    let header = "customer,frequency,recency,T,monetary_value\n";
    fs::write(&profiles, format!("{header}ann,2,5,9,10\nbob,1,3,5,0\ncat,1,3,5,\n")).unwrap();
    let run = score(&profiles, &[]);
    assert!(run.status.success());
    let rows = rows(text(&run.stdout));
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[2][..5].join(","), "bob,1,3,5,0");
    assert_eq!(rows[2][5..], rows[3][5..]);
    assert!(!rows[2][5].is_empty());
    let told = text(&run.stderr);
    assert!(told.contains("rows scored: 3, customers: 3, segments: vip 3, core 0"), "{told}");

    let quiet = score(&profiles, &["--quiet"]);
    assert_eq!(text(&quiet.stderr), "");
    assert_eq!(quiet.stdout, run.stdout);
}

/// What a batch would give no scores is a bad row before, told once and by rule.
#[test]
fn rows_that_break_a_rule_are_left_out() {
    let scratch = tempfile::tempdir().unwrap();
    let profiles = scratch.path().join("rfm.csv");
    let header = "customer,frequency,recency,T,monetary_value\n";
    let lines = "ann,2,5,9,10\nbob,2,9,5,10\ncat,1,3,5,-1\ndan,0,0,5,\n";
    fs::write(&profiles, format!("{header}{lines}")).unwrap();
    let run = score(&profiles, &["--max-bad", "50"]);
    assert!(run.status.success());
    let names: Vec<String> =
        rows(text(&run.stdout)).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(names, ["customer", "ann", "dan"]);
    let told = text(&run.stderr);
    assert!(told.starts_with("rows scored: 2, customers: 2, "), "{told}");
    for expected in [
        "bad rows left out: 2 of 4\n",
        "1 x recency <= T: line 3, column T: \"5\"",
        "1 x monetary_value >= 0: line 4, column monetary_value: \"-1\"",
    ] {
        assert!(told.contains(expected), "{expected} in {told}");
    }
    let answer = scored(&profiles, &["--max-bad", "50", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["rows"], &answer["read"]["bad_rows"]), (&2.into(), &2.into()));
    assert_eq!(answer.get("rows_without_scores"), None);
    for arguments in [&[][..], &["--strict"]] {
        assert_eq!(score(&profiles, arguments).status.code(), Some(2));
    }
}

#[test]
fn ids_of_another_name() {
    let scratch = tempfile::tempdir().unwrap();
    let profiles = scratch.path().join("rfm.csv");
    fs::write(&profiles, "cust,frequency,recency,T\nann,2,5,9\n").unwrap();
    let run = score(&profiles, &["--customer", "cust"]);
    assert!(text(&run.stdout).starts_with("customer,frequency,"), "{}", text(&run.stderr));
    assert!(text(&run.stdout).contains("\nann,2,5,9,,"), "{}", text(&run.stdout));
    let run = score(&profiles, &["--top", "1"]);
    assert!(text(&run.stdout).contains("\nrow 1 "), "{}", text(&run.stdout));
    assert!(text(&run.stderr).contains("no column was found that names"), "{}", text(&run.stderr));
}

#[test]
fn the_best_customers() {
    let expected = rows(&scored(&cdnow(), &[]));
    let mut by_value: Vec<(f64, &str)> =
        expected[1..].iter().map(|row| (row[12].parse().unwrap(), row[0].as_str())).collect();
    by_value.sort_by(|one, other| other.0.total_cmp(&one.0));
    let best: Vec<&str> = by_value[..5].iter().map(|best| best.1).collect();

    let table = scored(&cdnow(), &["--top", "5"]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 6);
    assert!(lines[0].starts_with("customer  frequency  recency"), "{table}");
    let named: Vec<&str> = lines[1..].iter().map(|line| &line[..4]).collect();
    assert_eq!(named, best);

    let answer = scored(&cdnow(), &["--top", "5", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["rows"], 2357);
    assert_eq!(answer["segments"][0]["name"], "vip");
    let top = answer["top"].as_array().unwrap();
    let named: Vec<&str> = top.iter().map(|best| best["customer"].as_str().unwrap()).collect();
    assert_eq!(named, best);
    assert_eq!(top[0]["customer_lifetime_value"].as_f64(), Some(by_value[0].0));
}

/// A name is somebody's input, and may hold what a terminal obeys.
#[test]
fn names_upset_no_table() {
    let scratch = tempfile::tempdir().unwrap();
    let profiles = scratch.path().join("rfm.csv");
    let long = "x".repeat(10_000);
    fs::write(
        &profiles,
        format!("customer,frequency,recency,T,monetary_value\n\"a\u{1b}[2J\nb\",2,5,9,10\n{long},1,5,9,10\n"),
    )
    .unwrap();
    let table = scored(&profiles, &["--top", "2"]);
    assert!(!table.contains('\u{1b}'), "{table:?}");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[1].starts_with(r#""a\u{1b}[2J\nb""#), "{table:?}");
    assert!(lines.iter().all(|line| line.len() < 200), "{table:?}");
    // A machine gets all of it.
    let answer = scored(&profiles, &["--top", "2", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["top"][0]["customer"], "a\u{1b}[2J\nb");
    assert_eq!(answer["top"][1]["customer"], long.as_str());
}

#[test]
fn what_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let endless = scratch.path().join("endless.json");
    let with_rate = include_str!("../../model/cdnow.json");
    let without = with_rate.replace("\"annual_discount_rate\": 0.1", "\"annual_discount_rate\": 0");
    fs::write(&endless, edge_clv_train::seal_model(&without).unwrap()).unwrap();
    let precious = scratch.path().join("scored.csv");
    fs::write(&precious, "precious").unwrap();
    let missing = scratch.path().join("missing/scored.csv");
    let (cdnow, output) = (cdnow(), precious.to_str().unwrap());
    for (arguments, code, expected) in [
        (vec!["--horizons", "90,30"], 2, "--horizons: /horizons/1"),
        (vec!["-m", endless.to_str().unwrap(), "--residual"], 2, "annual_discount_rate > 0"),
        (vec!["-o", cdnow.to_str().unwrap()], 2, "name another file"),
        (vec!["-o", "-", "--json"], 2, "name a file for the output"),
        (vec!["-o", missing.to_str().unwrap()], 1, "cannot write"),
        (vec!["-m", cdnow.to_str().unwrap(), "-o", output], 2, "this is not JSON"),
    ] {
        let run = match arguments.contains(&"-m") {
            true => clv_of("score", &cdnow, &arguments),
            false => score(&cdnow, &arguments),
        };
        assert_eq!(run.status.code(), Some(code), "{arguments:?}: {}", text(&run.stderr));
        assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
        assert_eq!(text(&run.stdout), "");
    }
    // A file that cannot be read to its end leaves the output as it was.
    let bad = scratch.path().join("bad.csv");
    fs::write(&bad, "customer,frequency,recency,T,monetary_value\nann,2,5,9,10\nbob,x,1,1,1\n")
        .unwrap();
    let run = score(&bad, &["-o", output]);
    assert_eq!(run.status.code(), Some(2), "{}", text(&run.stderr));
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 3);
}
