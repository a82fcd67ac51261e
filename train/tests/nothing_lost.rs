//! Nothing is lost on the way in: what is left out is told, by every command alike, and what
//! would be lost unseen is refused.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use common::{CLV, clv_of, root, run, summary, text};
use serde_json::{Value, json};

const HEADER: &str = "customer,date,amount\n";
const PROFILES: &str = "customer,frequency,recency,T,monetary_value\n";
const DATES: &str = "customer,first_date,last_date,observed_to,frequency,repeat_cents\n";

fn model() -> PathBuf {
    root().join("model/cdnow.json")
}

fn refusal(input: impl AsRef<[u8]>, arguments: &[&str]) -> String {
    let run = summary(input.as_ref(), arguments);
    assert_eq!(run.status.code(), Some(2), "{}", text(&run.stderr));
    assert_eq!(text(&run.stdout), "");
    text(&run.stderr).to_owned()
}

fn closing(input: &str, arguments: &[&str]) -> String {
    let run = summary(input.as_bytes(), arguments);
    assert!(run.status.success(), "{}", text(&run.stderr));
    text(&run.stderr).to_owned()
}

#[test]
fn a_quote_that_nothing_closes() {
    let good = format!("{HEADER}ann,2025-01-01,1\n");
    for (rest, line) in [
        ("\"bob,2025-01-01,1\ncat,2025-01-01,1\n", 3),
        ("bob,2025-01-01,\"1\ncat,2025-01-01,1", 3),
        ("bob,2025-01-01,1\ncat,2025-01-01,\"", 4),
        ("bob,2025-01-01,1\n\"", 4),
        ("\n\r\n\n\"bob,2025-01-01,1\r\ncat,2025-01-01,1\r\n", 6),
        ("\"end\"\n\"\n", 4),
        ("\"bob\"\",2025-01-01,1\n", 3),
    ] {
        let message = refusal(good.clone() + rest, &["--max-bad", "100"]);
        let expected = format!("the row that begins on line {line} opens with a double quote");
        assert!(message.contains(&expected), "{rest:?}: {message}");
    }
    let message = refusal("customer,\"date,amount\nann,2025-01-01,1\n", &[]);
    assert!(message.contains("begins on line 1 opens with a double quote"), "{message}");
    let profiles = "frequency,recency,T,monetary_value\n0,0,1,\n\"1,1,1,1\n";
    assert!(refusal(profiles, &[]).contains("begins on line 3 opens with a double quote"));

    // Quotes that are closed at the very end are, and a row of this one word is like others.
    for (rest, rows) in [("\"bob\",2025-01-01,\"1\"", 3), ("\"b\"\"ob\"\"\",2025-01-01,1\n", 3)] {
        let run = summary((good.clone() + rest).as_bytes(), &[]);
        assert_eq!(text(&run.stdout).lines().count(), rows, "{rest:?}: {}", text(&run.stderr));
    }
    let told = closing(&(good + "end\n"), &["--max-bad", "100"]);
    assert!(told.contains("line 3: the header has 3 columns and this row 1"), "{told}");
    assert!(refusal("", &[]).contains("has no header"));
}

/// A quote left open is closed by the next one, far below, and what lies between was read as one
/// cell: as many bad rows as there were lines, told with the first and the last.
#[test]
fn a_quote_that_another_cell_closes() {
    let rows = "cat,2025-01-01,1\n".repeat(50);
    let (before, after) = ("ann,2025-01-01,1\n", "\"eve\",2025-01-02,1\ndan,2025-01-03,1\n");
    // The cells are as many as they should be, the customer one of 52 lines.
    let orders = format!("{HEADER}{before}\"bob,2025-01-01,1\n{rows}{after}");
    let message = refusal(&orders, &[]);
    assert!(message.contains("52 of 54 rows are bad, more than 1 %"), "{message}");
    assert!(message.contains("52 x open quote: lines 3 to 54 are one row"), "{message}");
    let told = closing(&orders, &["--max-bad", "100"]);
    assert!(told.contains("bad rows left out: 52 of 54"), "{told}");
    assert!(told.contains("customers: 2, "), "{told}");
    let message = refusal(&orders, &["--strict"]);
    assert!(message.contains("lines 3 to 54 are one row"), "{message}");
    // Here they are not.
    let orders = format!("{HEADER}{before}bob,\"2025-01-01,1\n{rows}eve,2025-01-02,\"\n{before}");
    let message = refusal(&orders, &[]);
    assert!(message.contains("52 of 54 rows are bad"), "{message}");
    assert!(
        message.contains("lines 3 to 54: the header has 3 columns and this row 2"),
        "{message}"
    );
    let profiles = format!("{PROFILES}\"a,0,0,1,\nb,0,0,1,\n\"c\",0,0,1,\n");
    let message = refusal(profiles, &[]);
    assert!(message.contains("3 x open quote: lines 2 to 4 are one row"), "{message}");
    // On one line nothing is lost, and a cell may well go over several.
    let slips = format!("{HEADER}\"ann\" b,2025-01-01,1\n\"a\n,b\",2025-01-01,\"1\" \n");
    assert!(closing(&slips, &[]).contains("customers: 2, "));
}

#[test]
fn a_row_longer_than_any_should_be() {
    let rest = "bob,2025-01-01,1\n".repeat(100_000);
    let message = refusal(format!("{HEADER}ann,2025-01-01,1\n\"{rest}"), &[]);
    assert!(message.contains("line 3 is longer than 1048576 bytes"), "{message}");
    let message = refusal("x".repeat(1 << 21), &["--format", "cdnow"]);
    assert!(message.contains("line 1 is longer than 1048576 bytes"), "{message}");
    let id = "x".repeat(1_000_000);
    let run = summary(format!("{HEADER}{id},2025-01-01,1\n").as_bytes(), &[]);
    assert!(text(&run.stdout).contains(&id), "{}", text(&run.stderr));
}

#[test]
fn options_that_profiles_would_ignore() {
    let profiles = "customer,frequency,recency,T,monetary_value\nann,0,0,1,\n";
    for (option, value) in [
        ("--observe-until", "2025-01-01"),
        ("--format", "shopify"),
        ("--date", "when"),
        ("--amount", "sum"),
        ("--time-zone", "Europe/Berlin"),
        ("--collapse", "day"),
        ("--refunds", "net"),
        ("--duplicates", "keep"),
    ] {
        let message = refusal(profiles, &[option, value]);
        assert!(message.contains(&format!("which {option} cannot change")), "{message}");
    }
    let message = refusal(profiles, &["--refunds", "drop", "--date", "x"]);
    assert!(message.contains("leave out --date, --refunds, or name the order log"), "{message}");
}

#[test]
fn profiles_whose_customers_have_a_column_of_another_name() {
    for name in ["cust", ""] {
        let rows = "frequency,recency,T,monetary_value\nann,0,0,1,\nbob,1,3,5,10\n";
        let profiles = format!("{name},{rows}");
        let run = summary(profiles.as_bytes(), &["--customer", name]);
        assert_eq!(text(&run.stdout), format!("customer,{rows}"));
        assert!(!text(&run.stderr).contains("--customer"), "{}", text(&run.stderr));
        // Without it they come without names, and that is told.
        let run = summary(profiles.as_bytes(), &[]);
        assert!(text(&run.stdout).starts_with("frequency,"), "{}", text(&run.stdout));
        let expected = "standard input: no column was found that names the customers, so the \
            output has none either; name it with --customer (--customer \"\" if its name is empty)\n";
        assert!(text(&run.stderr).starts_with(expected), "{}", text(&run.stderr));
        // Whose rows are many customers' each, or of whom no names are wanted, is told nothing.
        let folded = "frequency,recency,T,monetary_value,count\n0,0,1,,7\n";
        assert!(!closing(folded, &[]).contains("--customer"));
        assert!(!closing(&profiles, &["--fold"]).contains("--customer"));
    }
    for header in ["who,customer", "cust,cust", "Cust,customer"] {
        let profiles = format!("{header},frequency,recency,T\nann,bob,0,0,1\n");
        let message = refusal(profiles, &["--customer", "cust"]);
        let expected = format!(
            "error: standard input: the header must have one column \"cust\" of customers, but its \
             columns are \"{}\", ",
            header.replace(',', "\", \"")
        );
        assert!(message.starts_with(&expected), "{message}");
    }
}

#[test]
fn dates_that_contradict_each_other() {
    for (row, column) in [
        ("ann,2025-01-05,2025-01-01,2025-01-09,0,0", "last_date: \"2025-01-01\""),
        ("ann,2025-01-05,2025-01-05,2025-01-01,0,0", "observed_to: \"2025-01-01\""),
        ("ann,2025-01-01,2025-01-09,2025-01-05,1,100", "observed_to: \"2025-01-05\""),
    ] {
        let message = refusal(format!("{DATES}{row}\n"), &[]);
        let rule = "breaks the rule first_date <= last_date <= observed_to";
        assert!(message.contains(&format!("line 2, column {column} {rule}")), "{message}");
    }
}

#[test]
fn cents_that_are_none() {
    let message = refusal("customer,date,amount_cents\nann,2025-01-01,29.33\n", &[]);
    assert!(message.contains("\"29.33\" is not a number of cents"), "{message}");
    let row = "ann,2025-01-01,2025-01-02,2025-01-09,1";
    for (cents, expected) in [
        ("1.5", "\"1.5\" is not a number of cents"),
        ("9007199254740992", "is too large"),
        ("99999999999999999999", "is too large"),
    ] {
        let message = refusal(format!("{DATES}{row},{cents}\n"), &[]);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn more_purchases_than_can_be_added_up() {
    let header = "frequency,recency,T,monetary_value,count\n";
    for rows in [
        "0,0,1,,9007199254740992\n0,0,1,,1\n",
        "1,1,1,1,9007199254740992\n",
        "4294967295,1,1,1,9007199254740992\n",
    ] {
        let message = refusal(format!("{header}{rows}"), &["--fold"]);
        assert!(message.contains("add up to more than 9007199254740992"), "{message}");
    }
    let told = closing(&format!("{header}0,0,1,,9007199254740992\n"), &["--fold"]);
    assert!(told.contains("customers: 9007199254740992,"), "{told}");
}

#[test]
fn equal_orders_after_the_end_are_nobodys_concern() {
    let orders = format!(
        "{HEADER}ann,2025-01-01,1\nann,2025-01-01,1\nann,2025-01-09,3\nann,2025-01-09,3\n\
         bob,2025-01-02,5\nbob,2025-01-03,-5\nbob,2025-01-09,-5\n"
    );
    let until = ["--observe-until", "2025-01-05"];
    let told = closing(&orders, &until);
    assert!(told.starts_with("orders read: 5, left out after the end: 2, "), "{told}");
    assert!(told.ends_with(
        ", refunds taken off: 1, refunds left out after the end: 1, customers refunded all they \
         paid: 1, orders equal to another: 1\n"
    ));
    let told = closing(&orders, &["--observe-until", "2025-01-05", "--duplicates", "drop"]);
    assert!(told.starts_with("orders read: 5, left out after the end: 2, "), "{told}");
    assert!(told.contains(", orders equal to another: 1, duplicates left out: 1"), "{told}");
    let late = orders.replacen("ann,2025-01-01,1\n", "", 1);
    closing(&late, &["--observe-until", "2025-01-05", "--duplicates", "error"]);
}

const SHOPIFY: &str = "Name,Email,Financial Status,Total,Created at,Refunded Amount,Source\n\
    #1,ann,paid,20.00,2025-01-01,0.00,web\n#1,ann,,,2025-01-01,,web\n\
    #2,ann,partially_refunded,20.00,2025-01-05,5.00,web\n#3,bob,voided,9.00,2025-01-06,0.00,app\n\
    #4,bob,paid,9.00,2025-01-07,0.00,shop\n#5,cat,refunded,9.00,2025-01-07,9.00,web\n\
    #6,bob,paid,0.00,2025-01-07,0.00,shop\n#7,bob,paid,7.00,2025-02-01,0.00,shop\n";

#[test]
fn a_row_is_counted_once() {
    let shopify = ["--format", "shopify"];
    let told = closing(SHOPIFY, &shopify);
    assert!(told.starts_with("orders read: 6, "), "{told}");
    assert!(told.contains(", refunds taken off: 2"), "{told}");
    // #5 keeps its order and loses its refund; #6 is of zero.
    let told = closing(SHOPIFY, &[&shopify[..], &["--refunds", "drop"]].concat());
    assert!(told.contains(", refunds and orders of zero or less left out: 3"), "{told}");
    let zero = SHOPIFY.replace("#6,bob,paid,0.00,2025-01-07,0.00", "#6,bob,paid,0.00,2025-01-07,2");
    let told = closing(&zero, &[&shopify[..], &["--refunds", "drop"]].concat());
    assert!(told.contains(", refunds and orders of zero or less left out: 3"), "{told}");
}

#[test]
fn every_command_tells_the_same_counts() {
    let scratch = tempfile::tempdir().unwrap();
    let orders = scratch.path().join("orders.csv");
    fs::write(&orders, SHOPIFY.to_owned() + "#8,dan,paid,x,2025-01-07,0.00,web\n").unwrap();
    let rfm = scratch.path().join("rfm.csv");
    let (model, rfm) = (model(), rfm.to_str().unwrap());
    let model = model.to_str().unwrap();
    let options = ["--format", "shopify", "--observe-until", "2025-01-31", "--max-bad", "50"];
    let expected = json!({
        "rows": 9, "bad_rows": 1, "further_lines": 1, "orders_unpaid": 1, "rows_dropped": 0,
        "orders": 5, "orders_left_out": 1, "refunds": 2, "refunds_left_out": 0,
        "orders_equal": 0, "duplicates_dropped": 0, "customers_refunded_beyond": 0,
        "customers_without_purchase": 1,
    });
    for (command, further) in [
        ("summary", &["-o", rfm][..]),
        ("score", &["-m", model]),
        ("cohorts", &["-m", model, "--by", "Source"]),
        ("validate", &["-m", model, "--holdout", "2025-01-05"]),
    ] {
        let run = clv_of(command, &orders, &[&options[..], further, &["--json"]].concat());
        let told = text(&run.stderr);
        assert!(run.status.success(), "{command}: {told}");
        let answer: Value = serde_json::from_str(text(&run.stdout)).unwrap();
        assert_eq!(answer["read"], expected, "{command}");
        for told_of in [
            "orders read: 6, left out after the end: 1, ",
            ", refunds taken off: 2, customers refunded all they paid: 1, orders not paid: 1, \
             further lines of an order: 1\nbad rows left out: 1 of 9\n",
        ] {
            assert!(told.contains(told_of), "{command}: {told}");
        }
    }
}

#[test]
fn what_is_read_from_its_end_takes_no_pipe() {
    let scratch = tempfile::tempdir().unwrap();
    let parquet = scratch.path().join("rfm.parquet");
    let made =
        clv_of("summary", &root().join("data/cdnow-rfm.csv"), &["-o", parquet.to_str().unwrap()]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let run = Command::new("sh")
        .args(["-c", "cat \"$1\" | \"$0\" summary /dev/stdin", CLV])
        .arg(&parquet)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(2), "{}", text(&run.stderr));
    let expected = "is Parquet, which is read from its end";
    assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
}

#[test]
fn a_pipe_has_no_digest() {
    let scratch = tempfile::tempdir().unwrap();
    let fitted = scratch.path().join("model.json");
    let run = Command::new("sh")
        .args(["-c", "cat \"$1\" | \"$0\" fit /dev/stdin --json -o \"$2\"", CLV])
        .args([&root().join("data/cdnow-rfm.csv"), &fitted])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", text(&run.stderr));
    let answer: Value = serde_json::from_str(text(&run.stdout)).unwrap();
    assert_eq!(answer["read"]["rows"], 2357);
    let model: Value = serde_json::from_str(&fs::read_to_string(&fitted).unwrap()).unwrap();
    assert_eq!(model["training"]["source_sha256"].as_str().unwrap_or(""), "");
}

#[test]
fn a_model_is_not_overwritten_with_what_it_makes() {
    let scratch = tempfile::tempdir().unwrap();
    let mine = scratch.path().join("mine.json");
    fs::copy(model(), &mine).unwrap();
    let mine = mine.to_str().unwrap();
    let orders = root().join("data/cdnow-orders.csv");
    let orders = orders.to_str().unwrap();
    for arguments in [
        &["score", orders, "-m", mine, "-o", mine][..],
        &["cohorts", orders, "-m", mine, "-o", mine],
        &["validate", orders, "-m", mine, "--holdout", "1997-10-01", "--report", mine],
        &["simulate", "-m", mine, "--customers", "1", "--days", "9", "--seed", "1", "-o", mine],
    ] {
        let run = run(arguments);
        assert_eq!(run.status.code(), Some(2), "{arguments:?}: {}", text(&run.stderr));
        assert!(text(&run.stderr).contains("holds the model"), "{}", text(&run.stderr));
    }
    assert_eq!(fs::read(mine).unwrap(), fs::read(model()).unwrap());
}

#[test]
fn a_zone_may_be_an_offset_west_of_utc() {
    let orders = format!("{HEADER}ann,2025-01-02T03:30:00Z,1\nann,2025-01-04T23:30:00Z,1\n");
    for zone in [&["--time-zone", "-05:00"][..], &["--time-zone=-05:00"]] {
        let told = closing(&orders, zone);
        assert!(told.contains("observed: 2025-01-01..2025-01-04"), "{told}");
    }
    let message = refusal(&orders, &["--time-zone", "--quiet"]);
    assert!(message.contains("'--quiet' for '--time-zone"), "{message}");
}

#[test]
fn days_told_are_days_of_the_zone() {
    let orders = format!("{HEADER}ann,2025-01-01T23:30:00Z,1\nann,2025-01-03T23:30:00Z,1\n");
    let told = closing(&orders, &["--collapse", "none", "--time-zone", "Europe/Berlin"]);
    assert!(told.contains("observed: 2025-01-02..2025-01-04"), "{told}");
    let told = closing(&orders, &["--collapse", "none"]);
    assert!(told.contains("observed: 2025-01-01..2025-01-03"), "{told}");
}
