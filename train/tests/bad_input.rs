//! Files that are broken or strange: what is said of them, and that nothing is lost.

mod common;

use std::io::Write;

use common::{cdnow, clv, clv_of, model, run, summary, text};
use flate2::Compression;
use flate2::write::GzEncoder;

const HEADER: &str = "customer,date,amount\n";
const PROFILES: &str = "customer,frequency,recency,T,monetary_value\n";

/// The rows and the closing lines that orders lead to.
fn rows(orders: impl AsRef<[u8]>, arguments: &[&str]) -> (String, String) {
    let run = summary(orders.as_ref(), arguments);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let rows = text(&run.stdout).strip_prefix(PROFILES).expect("a header");
    (rows.to_owned(), text(&run.stderr).to_owned())
}

/// The message for what is refused.
fn refusal(orders: impl AsRef<[u8]>, arguments: &[&str]) -> String {
    let run = summary(orders.as_ref(), arguments);
    assert_eq!(run.status.code(), Some(2), "{}", text(&run.stderr));
    assert_eq!(text(&run.stdout), "");
    text(&run.stderr).to_owned()
}

/// So many good rows of as many customers.
fn good(rows: usize) -> String {
    let rows = (0..rows).map(|row| format!("c{row:04},2025-01-01,1\n"));
    rows.collect::<String>()
}

fn packed(content: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(content.as_bytes()).unwrap();
    packer.finish().unwrap()
}

#[test]
fn bad_rows_are_counted_by_reason_with_their_lines() {
    let orders = format!(
        "{HEADER}{}ann,x,1\nann,2025-02-30,1\nann,2025-01-01,NaN\nann,2025-01-01\nann,y,1\n,2025-01-01,1\n",
        good(994)
    );
    let (kept, closing) = rows(&orders, &[]);
    assert_eq!(kept.lines().count(), 994);
    let (_, bad) = closing.split_once('\n').unwrap();
    assert_eq!(
        bad.lines().map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>(),
        [
            "bad rows left out: 6 of 1000",
            "  2 x not a date: line 996, column date: \"x\" is not a date",
            "  1 x no such day: line 997, column date: \"2025-02-30\" is no day of the calendar",
            "  1 x not an amount: line 998, column amount: \"NaN\" is not an amount",
            "  1 x number of cells: line 999: the header has 3 columns and this row 2",
            "  1 x no customer: line 1001, column customer: \"\" names no customer",
        ],
        "{bad}"
    );
    assert!(bad.lines().nth(1).unwrap().ends_with(" (also 1000)"), "{bad}");
}

#[test]
fn more_than_so_many_of_a_hundred_bad_rows_are_refused() {
    let orders = format!("{HEADER}{}{}", good(98), "ann,x,1\nann,x,1\n");
    let message = refusal(&orders, &[]);
    assert!(message.contains("2 of 100 rows are bad, more than 1 %"), "{message}");
    assert!(message.contains("2 x not a date: line 100, column date"), "{message}");
    let (kept, closing) = rows(&orders, &["--max-bad", "2"]);
    assert_eq!(kept.lines().count(), 98);
    assert!(closing.contains("bad rows left out: 2 of 100"), "{closing}");
    for percent in ["-1", "101", "NaN"] {
        let message = refusal(&orders, &[&format!("--max-bad={percent}")]);
        assert!(message.contains("write a number from 0 to 100"), "{message}");
    }
    let message = refusal(&orders, &["--max-bad", "2", "--strict"]);
    assert!(
        message.starts_with("error: standard input: line 100, column date: \"x\""),
        "{message}"
    );
}

#[test]
fn mixed_date_formats() {
    for other in ["2025-01-31 10:00:00", "20250131", "2025-01-31T10:00:00Z", "1738317600"] {
        let message = refusal(format!("{HEADER}a,2025-01-01,1\nb,{other},1\n"), &[]);
        let expected = format!("line 3, column date: \"{other}\" is written as ");
        assert!(message.contains(&expected), "{message}");
        assert!(message.contains("the first date of the file as YYYY-MM-DD"), "{message}");
    }
}

#[test]
fn dates_in_the_future() {
    let message = refusal(format!("{HEADER}a,2025-01-01,1\nb,9999-01-01,1\n"), &[]);
    assert!(message.contains("line 3, column date: \"9999-01-01\" is after "), "{message}");
    assert!(message.contains("in the future"), "{message}");
    // An observation that ends there would have seen nobody come back in all that time.
    let orders = format!("{HEADER}a,2025-01-01,1\n");
    let message = refusal(orders, &["--observe-until", "9999-01-01"]);
    assert!(message.contains("'9999-01-01' for '--observe-until <DATE>': is after "), "{message}");
    assert!(message.contains("in the future"), "{message}");
    let arguments = ["-m", &model(), "--observe-until", "9999-01-01"];
    assert_eq!(clv_of("cohorts", &cdnow(), &arguments).status.code(), Some(2));
}

#[test]
fn negative_amounts() {
    let orders = format!(
        "{HEADER}ann,2025-01-01,10\nann,2025-01-05,8\nann,2025-01-09,-3\nbob,2025-01-09,-1\nbob,2025-01-10,0\n"
    );
    let (kept, closing) = rows(&orders, &[]);
    assert_eq!(kept, "ann,1,4,9,5\nbob,0,0,0,\n");
    assert!(closing.contains(", refunds taken off: 2, customers refunded more than they paid: 1"));
    let (kept, closing) = rows(&orders, &["--refunds", "drop"]);
    assert_eq!(kept, "ann,1,4,4,8\n");
    assert!(closing.contains(", refunds and orders of zero or less left out: 3"), "{closing}");
    let message = refusal(&orders, &["--refunds", "error"]);
    assert!(message.contains("line 4: -3.00 is zero or negative"), "{message}");
}

#[test]
fn latin_1_matters_only_where_it_is_read() {
    let orders = b"customer,date,amount,note\nann,2025-01-01,1,caf\xe9\n";
    assert_eq!(rows(orders, &[]).0, "ann,0,0,0,\n");
    let message = refusal(b"customer,date,amount\nZo\xeb,2025-01-01,1\n", &[]);
    assert!(message.contains("line 2 is not UTF-8 text"), "{message}");
}

#[test]
fn a_byte_order_mark_before_quotes() {
    let orders = "\u{feff}\"customer\",\"date\",\"amount\"\r\n\"a,\r\nb\",\"2025-01-01\",\"1\"\r\n";
    assert_eq!(rows(orders, &[]).0, "\"a,\r\nb\",0,0,0,\n");
}

#[test]
fn gzip_is_unpacked_and_a_truncated_one_told() {
    let orders = format!("{HEADER}{}", good(1_000));
    let whole = packed(&orders);
    assert_eq!(rows(&whole, &[]), rows(&orders, &[]));
    for length in [3, 12, whole.len() / 2, whole.len() - 1] {
        let message = refusal(&whole[..length], &[]);
        assert!(message.contains("gzip data is damaged, or was cut off"), "{length}: {message}");
    }
    let mut bent = whole.clone();
    let middle = bent.len() / 2;
    bent[middle] ^= 0xff;
    let message = refusal(&bent, &[]);
    assert!(message.contains("standard input: "), "{message}");
}

#[test]
fn one_customer_no_repeat_customers_and_a_single_day() {
    assert_eq!(rows(format!("{HEADER}ann,2025-01-01,1\n"), &[]).0, "ann,0,0,0,\n");
    let once = format!("{HEADER}ann,2025-01-01,1\nbob,2025-01-05,1\n");
    let (kept, closing) = rows(once, &[]);
    assert_eq!(kept, "ann,0,0,4,\nbob,0,0,0,\n");
    assert!(closing.contains("customers: 2, repeat customers: 0"), "{closing}");
    let same_day = format!("{HEADER}ann,2025-01-01,1\nann,2025-01-01,2\nbob,2025-01-01,1\n");
    assert_eq!(rows(&same_day, &[]).0, "ann,0,0,0,\nbob,0,0,0,\n");
    // They sum up to something, and are no ground for a model.
    for orders in
        [format!("{HEADER}ann,2025-01-01,1\n"), format!("{HEADER}{}", good(500)), same_day]
    {
        let run = clv(orders.as_bytes(), "fit", &[]);
        assert_eq!(run.status.code(), Some(3), "{}", text(&run.stderr));
        let expected = "standard input: too few repeat buyers for BG/NBD (purchases): customers \
                        who bought again: 0, and at least 40 are needed";
        assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
        assert_eq!(text(&run.stdout), "");
    }
}

/// Databases write as many decimals as their column has.
#[test]
fn zeros_after_the_cents() {
    assert_eq!(
        rows(format!("{HEADER}a,2025-01-01,1\na,2025-01-02,5.10000\n"), &[]).0,
        "a,1,1,1,5.1\n"
    );
}

/// Without a format nobody reads what became of an order, nor with one where no column has it.
#[test]
fn a_status_that_is_not_read_is_told() {
    for column in ["Status", "financial_status", "Order Status", "Payment Status"] {
        let orders = format!("customer,date,amount,{column}\nann,2025-01-01,1,cancelled\n");
        let (_, told) = rows(&orders, &[]);
        let expected = format!("standard input: the column \"{column}\" is not read, so that");
        assert!(told.starts_with(&expected) && told.contains("--format"), "{told}");
        assert_eq!(rows(&orders, &["--quiet"]).1, "");
    }
    let (_, told) = rows(format!("{HEADER}ann,2025-01-01,1\n"), &[]);
    assert!(!told.contains("is not read"), "{told}");
    let paid = "order_id,customer,date,total,status\n1,ann,2025-01-01,1,cancelled\n2,bob,2025-01-01,1,completed\n";
    let (kept, told) = rows(paid, &["--format", "woocommerce"]);
    assert_eq!(kept, "bob,0,0,0,\n");
    assert!(!told.contains("is not read") && !told.contains("no column says"), "{told}");
    let payment = "Name,Email,Payment Status,Total,Created at\n\
        1,ann,voided,5,2025-01-01\n2,ann,paid,6,2025-02-01\n";
    let (kept, told) = rows(payment, &["--format", "shopify"]);
    assert_eq!(kept, "ann,0,0,0,\n");
    assert!(told.contains(", orders not paid: 1") && !told.contains("no column says"), "{told}");
    for format in ["shopify", "woocommerce"] {
        let unknown = "Email,Total,Created at\nann,5,2025-01-01\n";
        let (_, told) = rows(unknown, &["--format", format]);
        let expected = "standard input: no column says what became of an order, so that it counts";
        assert!(told.starts_with(expected), "{told}");
        assert_eq!(rows(unknown, &["--format", format, "--quiet"]).1, "");
    }
}

#[test]
fn a_customer_id_of_ten_kilobytes() {
    let id = "x".repeat(10_000);
    let orders = format!("{HEADER}{id},2025-01-01,1\n{id}y,2025-01-01,1\n{id},2025-01-03,2\n");
    assert_eq!(rows(&orders, &[]).0, format!("{id},1,2,2,2\n{id}y,0,0,2,\n"));
    let message = refusal(&orders, &["--duplicates", "error", "--amount", "date"]);
    assert!(message.len() < 2_000, "{message}");
}

#[test]
fn duplicate_orders() {
    let orders =
        format!("{HEADER}ann,2025-01-01,1\nann,2025-01-05,3\nann,2025-01-05,3\nann,2025-01-05,4\n");
    let (kept, closing) = rows(&orders, &[]);
    assert_eq!(kept, "ann,1,4,4,10\n");
    assert!(closing.contains(", orders equal to another: 1"), "{closing}");
    let (kept, closing) = rows(&orders, &["--duplicates", "drop"]);
    assert_eq!(kept, "ann,1,4,4,7\n");
    assert!(closing.contains(", orders equal to another: 1"), "{closing}");
    let message = refusal(&orders, &["--duplicates", "error"]);
    assert!(message.contains("customer \"ann\" has two equal orders on 2025-01-05, of 3.00 each"));
}

/// Days are those of a calendar, and so are the times of equal orders: an hour that the clocks
/// repeat, or that two offsets share, is the same time. Instants are told apart.
#[test]
fn times_of_equal_orders_are_those_of_the_calendar() {
    let repeated = format!("{HEADER}ann,2025-10-26T00:30:00Z,5\nann,2025-10-26T01:30:00Z,5\n");
    let shared =
        format!("{HEADER}ann,2025-10-26T10:00:00+02:00,5\nann,2025-10-26T10:00:00-05:00,5\n");
    for (orders, zone, dropped) in [
        (&repeated, &[][..], 0),
        (&repeated, &["--time-zone", "Europe/Berlin"], 1),
        (&repeated, &["--time-zone", "Europe/Berlin", "--collapse", "none"], 0),
        (&shared, &[], 1),
        (&shared, &["--time-zone", "Europe/Berlin"], 0),
        (&shared, &["--collapse", "none"], 0),
    ] {
        let arguments = [zone, &["--duplicates", "drop"]].concat();
        let closing = rows(orders, &arguments).1;
        assert!(closing.starts_with("orders read: 2, "), "{closing}");
        assert_eq!(closing.contains(", duplicates left out: 1"), dropped == 1, "{arguments:?}");
    }
    let help = run(&["summary", "--help"]);
    let help = text(&help.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("times to the second as the calendar shows them"), "{help}");
}

#[test]
fn orders_past_the_memory_wait_in_a_file() {
    let mut orders = String::from(HEADER);
    for order in 0..200_000_u64 {
        let (customer, day, cents) = (order * 7_919 % 9_973, order * 31 % 28 + 1, order % 997);
        orders += &format!("c{customer},2025-01-{day:02},{}.{:02}\n", cents / 100, cents % 100);
    }
    let roomy = rows(&orders, &[]);
    assert_eq!(rows(&orders, &["--memory", "0"]), roomy);
    let dropped = ["--duplicates", "drop"];
    assert_eq!(
        rows(&orders, &[&dropped[..], &["--memory", "0"]].concat()),
        rows(&orders, &dropped)
    );
}

#[test]
fn orders_are_no_profiles_and_profiles_are_checked() {
    for (row, expected) in [
        ("a,1.5,1,2,3", "column frequency: \"1.5\" breaks the rule frequency is a whole number"),
        ("a,,1,2,3", "column frequency: \"\" breaks the rule"),
        ("a,1,0,2,3", "column recency: \"0\" breaks the rule recency = 0 exactly when"),
        ("a,0,1,2,", "column recency: \"1\" breaks the rule recency = 0 exactly when"),
        ("a,1,3,2,3", "column T: \"2\" breaks the rule recency <= T"),
        ("a,1,1,2,-3", "column monetary_value: \"-3\" breaks the rule monetary_value >= 0"),
        ("a,x,1,2,3", "column frequency: \"x\" breaks the rule is a number"),
        ("a,NaN,1,2,3", "column frequency: \"NaN\" breaks the rule is a number"),
        ("a,1,1,Infinity,3", "column T: \"Infinity\" breaks the rule is finite"),
        ("a,1,1,1e999,3", "column T: \"1e999\" breaks the rule is finite"),
        ("a,1,1,,3", "column T: \"\" breaks the rule T is finite"),
    ] {
        let message = refusal(format!("{PROFILES}{row}\n"), &[]);
        assert!(message.contains(&format!("line 2, {expected}")), "{message}");
    }
    let message = refusal("frequency,recency,T,monetary_value,count\n1,1,2,3,0\n", &[]);
    assert!(message.contains("breaks the rule count is a whole number >= 1"), "{message}");
    assert!(refusal(PROFILES, &[]).contains("there are no profiles"));
    // A monetary value that is not used is left out, as lifetimes writes 0 there.
    let (kept, closing) = rows(format!("{PROFILES}a,0,0,2,0\nb,1,1,2,3.5\n"), &[]);
    assert_eq!(kept, "a,0,0,2,\nb,1,1,2,3.5\n");
    assert_eq!(closing, "profiles read: 2, customers: 2, repeat customers: 1\n");
}
