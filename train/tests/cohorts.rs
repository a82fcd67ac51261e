//! `clv cohorts`.

mod common;

use std::fs;
use std::sync::Arc;

use common::{cdnow, clv_of, model, text};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;

#[test]
fn cohorts_by_month() {
    let scratch = tempfile::tempdir().unwrap();
    let output = scratch.path().join("cohorts.csv");
    let model = model();
    let arguments = ["-m", &model, "-o", output.to_str().unwrap()];
    let run = clv_of("cohorts", &cdnow(), &arguments);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let lines: Vec<&str> = text(&run.stdout).lines().collect();
    let first: Vec<&str> = lines.iter().map(|line| line.split("  ").next().unwrap()).collect();
    assert_eq!(first, ["month", "1997-01", "1997-02", "1997-03", "all", "new customer"]);

    let csv = fs::read_to_string(&output).unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|cell| cell == name).unwrap();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let number = |row: usize, name: &str| rows[row][at(name)].parse::<f64>().unwrap();
    assert_eq!(number(3, "customers"), 2357.0);
    // To the cent all that the 2,357 customers paid.
    assert_eq!(&rows[3][at("revenue_to_date")], "244091.94");
    for name in ["customers", "residual_lifetime_value", "customer_lifetime_value_365d"] {
        let sum: f64 = (0..3).map(|row| number(row, name)).sum();
        assert!((sum / number(3, name) - 1.0).abs() < 1e-12, "{name}");
    }

    // A customer may cost more where more is given up.
    let json = |arguments: &[&str]| -> Value {
        let all = [&["-m", &model, "--json"], arguments].concat();
        serde_json::from_str(text(&clv_of("cohorts", &cdnow(), &all).stdout)).unwrap()
    };
    let (strict, lax) = (json(&["--ratio", "6"]), json(&["--ratio", "3"]));
    let cost = |answer: &Value| answer["all"]["highest_acquisition_cost"].as_f64().unwrap();
    assert!((2.0 * cost(&strict) / cost(&lax) - 1.0).abs() < 1e-12);
    assert_eq!(strict["all"]["limited_by"], "ratio");
    let hasty = json(&["--payback", "1"]);
    assert_eq!(hasty["new_customer"]["limited_by"], "payback");
}

/// Orders with a column beside them; Ann's first order is the second row, for the first of the
/// two on that day decides, Bob's refund, which is of nothing, and Dan's free order are of other channels.
const ORDERS: &str = "customer,date,amount,channel\nann,2025-01-05,5,search\nann,2025-01-01,5,mail\n\
    ann,2025-01-01,2,shop\nbob,2025-01-02,7,search\nbob,2025-01-01,-1,back\ncat,2025-01-03,1,\n\
    dan,2025-01-04,0,\"a, b\"\n";

fn told(answer: &[u8]) -> Vec<(String, f64)> {
    let answer: Value = serde_json::from_slice(answer).unwrap();
    let cohorts = answer["cohorts"].as_array().unwrap().iter();
    let name = |cohort: &Value| cohort["cohort"].as_str().unwrap().to_owned();
    cohorts.map(|c| (name(c), c["revenue_to_date"].as_f64().unwrap())).collect()
}

fn expected() -> Vec<(String, f64)> {
    let cohorts = [("(none)", 1.0), ("a, b", 0.0), ("mail", 12.0), ("search", 7.0)];
    cohorts.map(|(name, revenue)| (name.to_owned(), revenue)).to_vec()
}

#[test]
fn cohorts_by_a_column() {
    let scratch = tempfile::tempdir().unwrap();
    let orders = scratch.path().join("orders.csv");
    fs::write(&orders, ORDERS).unwrap();
    let model = model();
    let by = |column: &'static str| {
        clv_of("cohorts", &orders, &["-m", &model, "--by", column, "--json"])
    };
    let run = by("channel");
    assert_eq!(told(&run.stdout), expected(), "{}", text(&run.stderr));
    let run = by("campaign");
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("one column \"campaign\""), "{}", text(&run.stderr));

    let run = clv_of("cohorts", &orders, &["-m", &model, "--by", "x", "--format", "cdnow"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("none to group by"), "{}", text(&run.stderr));
}

/// Standard input can be read once.
#[test]
fn cohorts_by_a_column_of_a_pipe() {
    let model = model();
    let run =
        common::clv(ORDERS.as_bytes(), "cohorts", &["-m", &model, "--by", "channel", "--json"]);
    assert_eq!(told(&run.stdout), expected(), "{}", text(&run.stderr));
}

/// Of several threads each reads some of the groups of rows.
#[test]
fn cohorts_by_a_column_of_a_parquet_file() {
    let scratch = tempfile::tempdir().unwrap();
    let orders = scratch.path().join("orders.parquet");
    let schema = "message m { required binary customer (UTF8); required binary date (UTF8);
        required binary amount (UTF8); optional binary channel (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let file = fs::File::create(&orders).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut reader = csv::Reader::from_reader(ORDERS.as_bytes());
    for row in reader.records().map(Result::unwrap) {
        let mut group = writer.next_row_group().unwrap();
        for cell in &row {
            let mut column = group.next_column().unwrap().unwrap();
            let values = [ByteArray::from(cell)];
            let there = i16::from(!cell.is_empty());
            column
                .typed::<ByteArrayType>()
                .write_batch(&values[..there as usize], Some(&[there]), None)
                .unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
    let run = clv_of("cohorts", &orders, &["-m", &model(), "--by", "channel", "--json"]);
    assert_eq!(told(&run.stdout), expected(), "{}", text(&run.stderr));
}

/// However orders lie in a file and in memory, the same bytes come out.
#[test]
fn the_order_of_rows_changes_no_digit() {
    let scratch = tempfile::tempdir().unwrap();
    let backward = scratch.path().join("orders.csv");
    let rows = fs::read_to_string(cdnow()).unwrap();
    let (header, rows) = rows.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    fs::write(&backward, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let model = model();
    for (command, arguments) in [
        ("cohorts", &["-m", &model, "--json"][..]),
        ("validate", &["-m", &model, "--holdout", "1997-10-01", "--json"]),
    ] {
        let expected = clv_of(command, &cdnow(), arguments);
        assert!(expected.status.success(), "{}", text(&expected.stderr));
        for further in [&[][..], &["--memory", "0"]] {
            let run = clv_of(command, &backward, &[arguments, further].concat());
            assert_eq!(text(&run.stdout), text(&expected.stdout), "{command} {further:?}");
        }
    }
}
