//! What the command refuses, and that it then leaves everything as it was.

mod common;

use std::fs;
use std::process::Command;

use common::{CLV, summary, text};

/// The message for orders that are refused.
fn refusal(orders: impl AsRef<[u8]>, arguments: &[&str]) -> String {
    let run = summary(orders.as_ref(), arguments);
    let message = text(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{message}");
    assert_eq!(text(&run.stdout), "");
    message.to_owned()
}

fn assert_refused(orders: impl AsRef<[u8]>, expected: &str) {
    let message = refusal(orders, &[]);
    assert!(message.starts_with("error: standard input: "), "{message}");
    assert!(message.contains(expected), "{message}");
}

#[test]
fn bad_dates() {
    for (date, expected) in [
        ("31/01/2025", "\"31/01/2025\" is not a date; write YYYY-MM-DD"),
        ("2025-02-29", "\"2025-02-29\" is no day of the calendar"),
        ("", "\"\" is not a date"),
    ] {
        assert_refused(
            format!("customer,date,amount\nann,2025-01-01,1\nann,{date},1\n"),
            &format!("line 3, column date: {expected}"),
        );
    }
}

#[test]
fn bad_amounts() {
    for (amount, expected) in [
        ("$5", "\"$5\" is not an amount; write digits"),
        ("NaN", "\"NaN\" is not an amount"),
        ("1e3", "\"1e3\" is not an amount"),
        ("1.005", "\"1.005\" has more than two decimals"),
        ("99999999999999999999", "is too large"),
    ] {
        assert_refused(
            format!("customer,date,amount\nann,2025-01-01,{amount}\n"),
            "line 2, column amount: ",
        );
        assert_refused(format!("customer,date,amount\nann,2025-01-01,{amount}\n"), expected);
    }
}

#[test]
fn refunds_that_are_to_be_errors() {
    for amount in ["-5.00", "0.00"] {
        let orders = format!("customer,date,amount\nann,2025-01-01,5\nann,2025-01-01,{amount}\n");
        let message = refusal(orders, &["--refunds", "error"]);
        let expected = format!("line 3: {amount} is zero or negative; with --refunds net");
        assert!(message.contains(&expected), "{message}");
    }
}

#[test]
fn refunds_of_everything() {
    assert_refused(
        "customer,date,amount\nann,2025-01-01,5\nann,2025-01-02,-5\nbob,2025-01-02,-5\n",
        "refunds take back every purchase",
    );
}

#[test]
fn a_row_without_a_customer() {
    assert_refused(
        "customer,date,amount\n ,2025-01-01,1\n",
        "line 2, column customer: \"\" names no customer",
    );
}

#[test]
fn long_and_unprintable_cells_are_shown_short_and_safe() {
    let cell = "é".repeat(50);
    assert_refused(
        format!("customer,date,amount\nann,{cell},1\n"),
        &format!("\"{}\"... is not a date", "é".repeat(40)),
    );
    assert_refused("customer,date,amount\nann,\u{1b}[2J,1\n", "\"\\u{1b}[2J\" is not a date");
}

#[test]
fn line_numbers_are_those_of_an_editor() {
    for (orders, line) in [
        ("customer,date,amount\r\nann,2025-01-01,1\r\nann,x,1\r\n", 3),
        ("customer,date,amount\r\nann,2025-01-01,1\r\nann,x,1", 3),
        ("customer,date,amount\n\n\nann,x,1\n", 4),
        ("customer,date,amount\r\n\r\n\r\nann,x,1\r\n", 4),
        ("customer,date,amount\n\"a\nb\",2025-01-01,1\nann,x,1\n", 4),
        ("customer,date,amount\nann,2025-01-01,1\n\"a\nb\",x,1\n", 3),
    ] {
        assert_refused(orders, &format!("line {line}, column date: \"x\""));
    }
}

#[test]
fn bad_headers() {
    assert_refused(
        "customer|date|amount\nann|2025-01-01|1\n",
        "the header must have one column customer, but its columns are \
         \"customer|date|amount\"; expected customer, date, amount",
    );
    assert_refused(
        "customer,day,amount\n",
        "one column date, but its columns are \"customer\", \"day\", \"amount\"",
    );
    assert_refused("customer,date,amount,Date\n", "one column date, but");
}

/// As spreadsheets write where a comma is in the numbers; no name of a column would help.
#[test]
fn files_without_commas() {
    for (header, separator, shown) in [
        ("customer;date;amount", "semicolons", "customer;date;amount"),
        ("customer\tdate\tamount", "tabs", "customer\\tdate\\tamount"),
        ("frequency;recency;T", "semicolons", "frequency;recency;T"),
    ] {
        let message = refusal(format!("{header}\nann;2025-01-01;1\n"), &[]);
        let expected = format!(
            "error: standard input: seems to be separated by {separator}, for its header is one \
             column, \"{shown}\"; write it with commas between columns\n"
        );
        assert_eq!(message, expected);
    }
}

#[test]
fn rows_that_do_not_fit_the_header() {
    assert_refused(
        "customer,date,amount\nann,2025-01-01,1,000.00\n",
        "line 2: the header has 3 columns and this row 4",
    );
    assert_refused(
        "customer,date,amount\nann,2025-01-01\n",
        "line 2: the header has 3 columns and this row 2",
    );
}

#[test]
fn nothing_to_read() {
    for empty in ["", "\n", "\r\n\r\n", "\u{feff}", ",,\n"] {
        assert_refused(empty, "has no header; expected the columns customer, date, amount");
    }
    for header_only in ["customer,date,amount", "customer,date,amount\r\n\r\n"] {
        assert_refused(header_only, "there are no orders");
    }
}

#[test]
fn text_that_is_not_utf_8() {
    assert_refused(
        b"customer,date,amount\r\nann,2025-01-01,1\r\nZo\xeb,2025-01-01,1\r\n",
        "line 3 is not UTF-8 text",
    );
    let utf_16: Vec<u8> =
        "\u{feff}customer,date,amount\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_refused(utf_16, "line 1 is not UTF-8 text");
}

#[test]
fn amounts_that_add_up_to_too_much() {
    assert_refused(
        "customer,date,amount\nann,2025-01-01,1\n\
         ann,2025-01-02,90071992547409.91\nann,2025-01-03,0.01\n",
        "the orders of customer \"ann\" add up to more than 90071992547409.91",
    );
}

#[test]
fn an_end_before_the_first_order() {
    let orders = "customer,date,amount\nann,2025-01-02,1\n";
    let message = refusal(orders, &["--observe-until", "2025-01-01"]);
    assert!(
        message.contains("would end on 2025-01-01, before the first order on 2025-01-02"),
        "{message}"
    );
    let message = refusal("", &["--observe-until", "yesterday"]);
    assert!(message.contains("is not a date"), "{message}");
}

#[test]
fn files_stay_as_they_were() {
    let scratch = tempfile::tempdir().unwrap();
    let orders = scratch.path().join("orders.csv");
    let output = scratch.path().join("rfm.csv");
    let bad = "customer,date,amount\nann,x,1\n";
    fs::write(&orders, bad).unwrap();
    fs::write(&output, "precious").unwrap();

    for target in [&output, &orders] {
        let run = Command::new(CLV)
            .args(["summary".as_ref(), orders.as_os_str()])
            .args(["-o".as_ref(), target.as_os_str()])
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(2));
    }
    assert_eq!(fs::read_to_string(&output).unwrap(), "precious");
    assert_eq!(fs::read_to_string(&orders).unwrap(), bad);
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 2);
}

#[test]
fn files_that_cannot_be_opened_or_written() {
    let scratch = tempfile::tempdir().unwrap();
    let missing = scratch.path().join("missing/orders.csv");
    let run = Command::new(CLV).args(["summary".as_ref(), missing.as_os_str()]).output().unwrap();
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("cannot open"));

    let directory = scratch.path().to_str().unwrap();
    for target in [directory, missing.to_str().unwrap()] {
        let run = summary(b"customer,date,amount\nann,2025-01-01,1\n", &["-o", target]);
        let message = text(&run.stderr);
        assert_eq!(run.status.code(), Some(1), "{message}");
        assert!(message.contains("cannot write"), "{message}");
    }
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0);
}
