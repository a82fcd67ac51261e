//! Exports of known layout, columns by other names, dates in other forms, counts.

mod common;

use std::path::Path;

use common::{summary, text};

const PROFILES: &str = "customer,frequency,recency,T,monetary_value\n";

fn rows(orders: &str, arguments: &[&str]) -> (String, String) {
    let run = summary(orders.as_bytes(), arguments);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let rows = text(&run.stdout).strip_prefix(PROFILES).expect("a header");
    (rows.to_owned(), text(&run.stderr).to_owned())
}

#[test]
fn shopify() {
    let orders = "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Lineitem name,Created at,Refunded Amount\n\
        #1004,ann@example.com,paid,2025-03-01 09:00:00 -0500,USD,20.00,25.00,Mug,2025-03-01 08:59:00 -0500,0.00\n\
        #1004,ann@example.com,,,,,,Plate,2025-03-01 08:59:00 -0500,\n\
        #1003,bob@example.com,refunded,2025-02-03 09:00:00 -0500,USD,9.00,9.00,Mug,2025-02-03 23:30:00 -0500,9.00\n\
        #1002,ann@example.com,partially_refunded,,USD,40.00,40.00,Bowl,2025-02-01 10:00:00 -0500,15.00\n\
        #1001,ann@example.com,paid,,USD,40.00,40.00,Bowl,2025-01-01 10:00:00 -0500,0.00\n\
        #1000,eve@example.com,voided,,USD,40.00,40.00,Bowl,2025-01-01 10:00:00 -0500,0.00\n";
    let (kept, closing) = rows(orders, &["--format", "shopify"]);
    assert_eq!(kept, "ann@example.com,2,59,59,25\n");
    assert!(closing.contains(", refunds taken off: 2"), "{closing}");
    assert!(closing.contains(", customers refunded all they paid: 1"), "{closing}");
    assert!(closing.contains(", orders not paid: 1, further lines of an order: 1"), "{closing}");
}

#[test]
fn woocommerce() {
    let orders = "order_id,order_number,order_date,status,billing_email,customer_id,order_total,refunded_total\n\
        12,12,2025-01-01 10:00:00,completed,ann@example.com,0,20.00,0\n\
        12,12,2025-01-01 10:00:00,completed,ann@example.com,0,20.00,0\n\
        13,13,2025-01-05 10:00:00,wc-processing,ann@example.com,0,30.00,-10.00\n\
        14,14,2025-01-06 10:00:00,cancelled,ann@example.com,0,30.00,0\n\
        15,15,2025-01-07 10:00:00,on-hold,bob@example.com,0,30.00,0\n";
    let (kept, closing) = rows(orders, &["--format", "woocommerce"]);
    assert_eq!(kept, "ann@example.com,1,4,4,20\n");
    assert!(closing.contains(", orders not paid: 2, further lines of an order: 1"), "{closing}");
}

/// WooCommerce's own reports have a row for each refund, under the number of its order and
/// with the status that the order then has; whichever end they begin at, none of the two is lost.
#[test]
fn a_refund_beside_its_order() {
    let header = "Date,Order #,Status,Customer,N. Revenue\n";
    for statuses in [["completed"; 2], ["completed", "refunded"], ["refunded"; 2]] {
        let lines = [
            "2025-01-01 10:00:00,11,completed,Ann,50".to_owned(),
            format!("2025-02-01 10:00:00,12,{},Ann,100", statuses[0]),
            format!("2025-02-03 10:00:00,12,{},Ann,-100", statuses[1]),
            "2025-03-01 10:00:00,13,completed,Ann,30".to_owned(),
        ];
        let mut newest_first = lines.clone();
        newest_first.reverse();
        for lines in [lines, newest_first] {
            let orders = format!("{header}{}\n", lines.join("\n"));
            let (kept, closing) = rows(&orders, &["--format", "woocommerce"]);
            assert_eq!(kept, "Ann,1,59,59,30\n", "{orders}");
            assert!(closing.starts_with("orders read: 3, "), "{closing}");
            assert!(closing.ends_with(", refunds taken off: 1\n"), "{closing}");
        }
    }
    // An order's further lines leave its total out or repeat it; what differs is none.
    let header = "order_number,order_date,status,billing_email,order_total\n";
    let line = |number, total| format!("{number},2025-01-0{number},completed,ann,{total}\n");
    let totals = [(1, "5"), (2, "20"), (2, ""), (2, "20"), (2, "7"), (2, "-3"), (2, "-3")];
    let orders = totals.map(|(number, total)| line(number, total)).concat();
    let (kept, closing) = rows(&format!("{header}{orders}"), &["--format", "woocommerce"]);
    assert_eq!(kept, "ann,1,1,1,24\n");
    assert!(closing.contains("orders read: 3, "), "{closing}");
    assert!(closing.contains(", further lines of an order: 3"), "{closing}");
}

/// Nothing else says then what was given back.
#[test]
fn refunded_orders_without_a_column_of_refunds() {
    for (format, header, status) in [
        (
            "woocommerce",
            "Order ID,Order Date,Customer Email,Order Total,Order Status",
            "wc-refunded",
        ),
        ("shopify", "Name,Created at,Email,Total,Financial Status", "refunded"),
    ] {
        let orders = "1,2025-01-01,ann,10,completed\n2,2025-02-01,ann,500,STATUS\n\
            3,2025-03-01,ann,12,completed\n";
        let orders = orders.replace("STATUS", status);
        let (kept, closing) = rows(&format!("{header}\n{orders}"), &["--format", format]);
        assert_eq!(kept, "ann,1,59,59,12\n");
        assert!(closing.ends_with(", orders not paid: 1\n"), "{closing}");
    }
    let orders = "order_id,order_date,billing_email,order_total,status,refund_amount\n\
        1,2025-01-01,ann,10,completed,0\n2,2025-02-01,ann,500,refunded,490\n";
    let (kept, closing) = rows(orders, &["--format", "woocommerce"]);
    assert_eq!(kept, "ann,1,31,31,10\n");
    assert!(closing.ends_with(", refunds taken off: 1\n"), "{closing}");
}

#[test]
fn guests_share_a_number() {
    let orders = "order_id,order_date,status,customer_id,order_total\n\
        1,2025-01-01,completed,0,10\n2,2025-01-03,completed,0.0,20\n\
        3,2025-01-09,completed,17,30\n";
    let (kept, closing) = rows(orders, &["--format", "woocommerce", "--max-bad", "70"]);
    assert_eq!(kept, "17,0,0,0,\n");
    let told =
        "2 x no customer: line 2, column customer_id: \"0\" names no customer; give every guest";
    assert!(closing.contains(told), "{closing}");
    // Elsewhere 0 is a number like others.
    let orders = orders.replace("customer_id,order_total", "email,total");
    let orders = orders.replace("order_id,order_date,status", "Name,Created at,Financial Status");
    assert!(rows(&orders, &["--format", "shopify"]).0.starts_with("0,0,0,8,\n"));
}

/// Prices of one beside quantities are not what was paid; other columns of prices are no one's
/// concern.
#[test]
fn a_price_beside_a_quantity() {
    let header = "Customer ID,InvoiceDate,Invoice,Quantity,Price";
    let lines = "17850,2010-12-01 08:26:00,536365,6,2.55\n";
    let run = summary(format!("{header}\n{lines}").as_bytes(), &[]);
    assert_eq!(run.status.code(), Some(2));
    let told = text(&run.stderr);
    assert!(told.contains("the column \"Price\" beside \"Quantity\" seems to be"), "{told}");
    assert!(told.contains("multiply the two into a column amount, or name"), "{told}");
    assert!(told.ends_with(" with --amount\n"), "{told}");
    let orders = format!("{header}\n{lines}");
    assert_eq!(rows(&orders, &["--amount", "Price"]).0, "17850,0,0,0,\n");
    for header in [
        "customer,date,sku,total_quantity,price",
        "customer,date,price,quantity,total",
        "Email,Created at,Lineitem price,Lineitem quantity,Total",
    ] {
        let orders = format!("{header}\nann,2025-01-01,1,1,2\nann,2025-01-02,1,1,2\n");
        assert_eq!(rows(&orders, &[]).0, "ann,1,1,1,2\n", "{header}");
    }
}

#[test]
fn cdnow() {
    let sample = "00004 0001 19970101  2   29.33\r\n00004 0001 19970118  2   29.73\r\n\
        00018 0002 19970104  1   14.96\r\n";
    assert_eq!(rows(sample, &["--format", "cdnow"]).0, "0001,1,17,17,29.73\n0002,0,0,14,\n");
    let master = " 00001 19970101  1   11.77\n 00001 19970103  1   12.00\n";
    assert_eq!(rows(master, &["--format", "cdnow"]).0, "00001,1,2,2,12\n");
    let run = summary(b"00001 19970101\n", &["--format", "cdnow"]);
    assert!(text(&run.stderr).contains("line 1: "), "{}", text(&run.stderr));
}

#[test]
fn columns_are_found_by_usual_names_or_named() {
    let expected = rows("customer,date,amount\nann,2025-01-01,1\nann,2025-01-03,4.50\n", &[]);
    for (header, arguments) in [
        ("Customer ID,Order Date,Total", &[][..]),
        ("email,created_at,total_price", &[]),
        ("user_id,timestamp,revenue", &[]),
        ("who,day,paid", &["--customer", "who", "--date", "day", "--amount", "paid"]),
    ] {
        let orders = format!("{header}\nann,2025-01-01,1\nann,2025-01-03,4.50\n");
        assert_eq!(rows(&orders, arguments), expected, "{header}");
    }
    let cents = "customer,date,amount_cents\nann,2025-01-01,100\nann,2025-01-03,450\n";
    assert_eq!(rows(cents, &[]), expected);
}

#[test]
fn dates_in_other_forms() {
    let expected = "ann,1,2,2,4\n";
    for (first, second) in [
        ("20250101", "20250103"),
        ("2025-01-01 23:59:59", "2025-01-03 00:00:00"),
        ("2025-01-01T23:59:59Z", "2025-01-03T00:00:00Z"),
        ("2025-01-01T23:59:59-05:00", "2025-01-03T00:00:00+13:00"),
        ("1735775999", "1735862400"),
        ("1735775999999", "1735862400000"),
    ] {
        let orders = format!("customer,date,amount\nann,{first},1\nann,{second},4\n");
        assert_eq!(rows(&orders, &[]).0, expected, "{first}");
    }
    // Ten at night in London is the next day in Berlin, in summer even at ten.
    let orders = "customer,date,amount\nann,2025-07-01T21:59:59Z,1\nann,2025-07-01T22:00:00Z,4\n";
    assert_eq!(rows(orders, &["--time-zone", "Europe/London"]).0, "ann,0,0,0,\n");
    assert_eq!(rows(orders, &["--time-zone", "Europe/Berlin"]).0, "ann,1,1,1,4\n");
    let run = summary(orders.as_bytes(), &["--time-zone", "Mars/Olympus"]);
    assert!(text(&run.stderr).contains("\"Mars/Olympus\" is no time zone"));
}

#[test]
fn each_order_by_itself() {
    let orders = "customer,date,amount\nann,2025-01-01T00:00:00Z,1\nann,2025-01-01T12:00:00Z,4\n\
        ann,2025-01-01T12:00:00Z,2\nbob,2025-01-02T06:00:00Z,4\n";
    let (kept, _) = rows(orders, &["--collapse", "none"]);
    assert_eq!(kept, "ann,1,0.5,1.25,6\nbob,0,0,0,\n");
    let (kept, _) = rows(orders, &["--collapse", "none", "--observe-until", "2025-01-02"]);
    assert!(kept.starts_with("ann,1,0.5,1.99998"), "{kept}");
}

#[test]
fn folded_profiles_count_the_customers_alike() {
    let orders = "customer,date,amount\nann,2025-01-01,1\nbob,2025-01-01,2\n\
        cat,2025-01-01,3\ncat,2025-01-04,3\ndan,2025-01-01,9\ndan,2025-01-04,3\n\
        eve,2025-01-01,9\neve,2025-01-04,3.01\n";
    let folded = "frequency,recency,T,monetary_value,count\n0,0,3,,2\n1,3,3,3,2\n1,3,3,3.01,1\n";
    let run = summary(orders.as_bytes(), &["--fold"]);
    assert_eq!(text(&run.stdout), folded);
    // A folded summary, and one a warehouse made of dates and cents, come to the same.
    let again = summary(folded.as_bytes(), &["--fold"]);
    assert_eq!(text(&again.stdout), folded);
    assert_eq!(text(&again.stderr), "profiles read: 3, customers: 5, repeat customers: 3\n");
    let dates = "first_date,last_date,observed_to,frequency,repeat_cents,count\n\
        2025-01-01,2025-01-01,2025-01-04,0,0,2\n2025-01-01,2025-01-04,2025-01-04,1,300,2\n\
        2025-01-01,2025-01-04,2025-01-04,1,301,1\n";
    assert_eq!(text(&summary(dates.as_bytes(), &["--fold"]).stdout), folded);
}

#[test]
fn the_committed_summary_comes_back() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cdnow-rfm.csv");
    let committed = std::fs::read_to_string(path).unwrap();
    let run = summary(committed.as_bytes(), &[]);
    assert!(text(&run.stdout) == committed);
}
