//! The rules that make profiles of orders, on cases worked by hand.

mod common;

use common::{summary, text};

const HEADER: &str = "customer,frequency,recency,T,monetary_value\n";

/// The rows and the closing line that the orders lead to.
fn rows(orders: &str, arguments: &[&str]) -> (String, String) {
    let run = summary(orders.as_bytes(), arguments);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let rows = text(&run.stdout).strip_prefix(HEADER).expect("a header");
    (rows.to_owned(), text(&run.stderr).to_owned())
}

#[test]
fn one_day_is_one_purchase_and_the_first_does_not_count() {
    let (rows, closing) = rows(
        "customer,date,amount\n\
         ann,2025-01-01,29.33\n\
         ann,2025-01-18,20.00\n\
         ann,2025-01-18,9.73\n\
         ann,2025-08-02,14.96\n\
         bob,2025-01-01,63.34\n\
         bob,2025-01-01,11.77\n",
        &["--observe-until", "2025-09-30"],
    );
    assert_eq!(rows, "ann,2,213,272,22.345\nbob,0,0,272,\n");
    assert_eq!(
        closing,
        "orders read: 6, left out after the end: 0, customers: 2, repeat customers: 1, \
         observed: 2025-01-01..2025-09-30\n"
    );
}

#[test]
fn the_last_order_ends_the_observation_unless_told_otherwise() {
    let orders = "customer,date,amount\nann,2024-02-28,1\nbob,2024-03-01,1\n";
    assert_eq!(rows(orders, &[]).0, "ann,0,0,2,\nbob,0,0,0,\n");
}

#[test]
fn orders_after_the_end_and_customers_without_others_are_left_out() {
    let (rows, closing) = rows(
        "customer,date,amount\n\
         ann,2025-01-01,10\n\
         ann,2025-01-11,30\n\
         ann,2025-01-12,99\n\
         zoe,2025-01-12,50\n",
        &["--observe-until", "2025-01-11"],
    );
    assert_eq!(rows, "ann,1,10,10,30\n");
    assert_eq!(
        closing,
        "orders read: 4, left out after the end: 2, customers: 1, repeat customers: 1, \
         observed: 2025-01-01..2025-01-11\n"
    );
}

#[test]
fn the_order_of_rows_and_columns_does_not_matter() {
    let sorted = "customer,date,amount\n\
         ann,2025-01-01,10\nann,2025-01-05,0.10\nann,2025-01-05,0.20\nann,2025-02-01,7\n\
         bob,2025-01-02,20\nbob,2025-01-03,5\n";
    let shuffled = "Amount,note,CUSTOMER,Date\n\
         5,,bob,2025-01-03\n7,\"a, b\",ann,2025-02-01\n0.20,,ann,2025-01-05\n\
         10,,ann,2025-01-01\n20,\"two\nlines\",bob,2025-01-02\n0.10,,ann,2025-01-05\n";
    let expected = "ann,2,31,31,3.65\nbob,1,1,30,5\n";
    assert_eq!(rows(sorted, &[]).0, expected);
    assert_eq!(rows(shuffled, &[]), rows(sorted, &[]));
}

#[test]
fn an_order_given_away_is_a_purchase_and_a_mean_of_zero_is_told() {
    let (rows, closing) = rows(
        "customer,date,amount\n\
         ann,2025-01-01,10\nann,2025-01-02,0\n\
         bob,2025-01-01,0.00\nbob,2025-01-02,3\n",
        &[],
    );
    assert_eq!(rows, "ann,1,1,1,0\nbob,1,1,1,3\n");
    assert!(closing.ends_with(", repeat customers with a monetary_value of 0: 1\n"));
}

#[test]
fn files_from_spreadsheets_are_read() {
    let plain = "customer,date,amount\nann,2025-01-01,10\nann,2025-01-03,4.50\n";
    let expected = rows(plain, &[]);
    let windows = plain.replace('\n', "\r\n");
    for orders in [
        windows.clone(),
        format!("\u{feff}{windows}"),
        format!("\u{feff}{plain}"),
        windows.trim_end().to_owned(),
        format!("{windows}\r\n\r\n"),
        format!("{plain}\n\n"),
        format!("{plain},,\n"),
        plain.replace(',', " , "),
        "\"customer\",\"date\",\"amount\"\r\n\
         \"ann\",\"2025-01-01\",\"10\"\r\n\"ann\",\"2025-01-03\",\"4.50\"\r\n"
            .to_owned(),
    ] {
        assert_eq!(rows(&orders, &[]), expected, "{orders:?}");
    }
}

#[test]
fn a_customer_may_have_any_name() {
    let (rows, _) = rows(
        "customer,date,amount\n\"O'Neil, Zoë\",2025-01-01,10\n\"\"\"x\"\"\",2025-01-01,10\n",
        &[],
    );
    assert_eq!(rows, "\"\"\"x\"\"\",0,0,0,\n\"O'Neil, Zoë\",0,0,0,\n");
}
