//! Parquet: what engines write, and what is said of a broken file.

mod common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::{clv_of, summary, text};
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType,
    FloatType, Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

const EXPECTED: &str = "customer,frequency,recency,T,monetary_value\nann,1,2,3,4.5\nbob,0,0,0,\n";

type Group<'a> = SerializedRowGroupWriter<'a, File>;

fn column<T: DataType>(group: &mut Group<'_>, values: &[T::T], levels: Option<&[i16]>) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, levels, None).unwrap();
    column.close().unwrap();
}

fn texts(values: &[&str]) -> Vec<ByteArray> {
    values.iter().map(|&value| ByteArray::from(value)).collect()
}

/// A file of groups of rows, each written by `fill`.
fn file(
    folder: &Path,
    schema: &str,
    groups: usize,
    mut fill: impl FnMut(usize, &mut Group<'_>),
) -> PathBuf {
    let path = folder.join("orders.parquet");
    let schema = Arc::new(parse_message_type(&format!("message m {{ {schema} }}")).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let output = File::create(&path).unwrap();
    let mut writer = SerializedFileWriter::new(output, schema, properties).unwrap();
    for number in 0..groups {
        let mut group = writer.next_row_group().unwrap();
        fill(number, &mut group);
        group.close().unwrap();
    }
    writer.close().unwrap();
    path
}

/// Days since 1970 of 2025-01-01, 03 and 04.
const DAYS: [i32; 3] = [20_089, 20_091, 20_092];
const NAMES: [&str; 3] = ["ann", "ann", "bob"];

fn assert_expected(path: &Path) {
    let run = clv_of("summary", path, &[]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    assert_eq!(text(&run.stdout), EXPECTED);
}

#[test]
fn dates_and_money_of_every_type() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    let seconds = DAYS.map(|day| i64::from(day) * 86_400 + 3_600);

    let schema = "required binary customer (UTF8); required int32 date (DATE);
        required int64 amount (DECIMAL(12, 2));";
    assert_expected(&file(folder, schema, 1, |_, group| {
        column::<ByteArrayType>(group, &texts(&NAMES), None);
        column::<Int32Type>(group, &DAYS, None);
        column::<Int64Type>(group, &[100, 450, 100], None);
    }));

    for (unit, factor) in [("MILLIS", 1_000), ("MICROS", 1_000_000), ("NANOS", 1_000_000_000)] {
        for utc in ["true", "false"] {
            let schema = format!(
                "required binary email (UTF8); required int64 created_at (TIMESTAMP({unit}, {utc}));
                 required double total;"
            );
            assert_expected(&file(folder, &schema, 1, |_, group| {
                column::<ByteArrayType>(group, &texts(&NAMES), None);
                column::<Int64Type>(group, &seconds.map(|second| second * factor), None);
                column::<DoubleType>(group, &[1.0, 4.5, 1.0], None);
            }));
        }
    }

    // As older engines write times: a day since long ago, and nanoseconds within it.
    let schema = "required binary customer; required int96 date; required binary amount (UTF8);";
    assert_expected(&file(folder, schema, 1, |_, group| {
        column::<ByteArrayType>(group, &texts(&NAMES), None);
        let times = DAYS.map(|day| {
            let mut time = Int96::new();
            time.set_data(0, 0, (day + 2_440_588) as u32);
            time
        });
        column::<Int96Type>(group, &times, None);
        column::<ByteArrayType>(group, &texts(&["1", "4.50", "1.0"]), None);
    }));

    let schema = "required binary customer (UTF8); required binary date (UTF8);
        required int32 amount_cents;";
    assert_expected(&file(folder, schema, 1, |_, group| {
        column::<ByteArrayType>(group, &texts(&NAMES), None);
        let dates = ["2025-01-01", "2025-01-03", "2025-01-04"];
        column::<ByteArrayType>(group, &texts(&dates), None);
        column::<Int32Type>(group, &[100, 450, 100], None);
    }));
}

/// Ids that come out otherwise than they went in join to nothing.
#[test]
fn ids_are_written_as_their_engine_shows_them() {
    let scratch = tempfile::tempdir().unwrap();
    let fixed = |values: &[&[u8]]| -> Vec<FixedLenByteArray> {
        values.iter().map(|value| ByteArray::from(value.to_vec()).into()).collect()
    };
    let one: Vec<u8> = (0..16).map(|byte| byte * 17).collect();
    let uuids = fixed(&[&one, &[0; 16]]);
    let numbers = fixed(&[&12_345_i128.to_be_bytes(), &(-5_i128).to_be_bytes()]);
    let ints = [12_345, -5];
    type Ids<'a> = &'a dyn Fn(&mut Group<'_>);
    let kinds: [(&str, Ids<'_>, [&str; 2]); 5] = [
        (
            "fixed_len_byte_array(16) NAME (UUID)",
            &|group| column::<FixedLenByteArrayType>(group, &uuids, None),
            ["00000000-0000-0000-0000-000000000000", "00112233-4455-6677-8899-aabbccddeeff"],
        ),
        (
            "fixed_len_byte_array(16) NAME",
            &|group| column::<FixedLenByteArrayType>(group, &uuids, None),
            ["00000000000000000000000000000000", "00112233445566778899aabbccddeeff"],
        ),
        (
            "fixed_len_byte_array(16) NAME (DECIMAL(38, 0))",
            &|group| column::<FixedLenByteArrayType>(group, &numbers, None),
            ["-5", "12345"],
        ),
        (
            "int64 NAME (DECIMAL(18, 0))",
            &|group| column::<Int64Type>(group, &ints, None),
            ["-5", "12345"],
        ),
        (
            "int64 NAME (DECIMAL(18, 4))",
            &|group| column::<Int64Type>(group, &ints, None),
            ["-0.0005", "1.2345"],
        ),
    ];
    for (kind, ids, expected) in kinds {
        let told = |path: &Path, arguments: &[&str]| {
            let run = clv_of("summary", path, arguments);
            assert!(run.status.success(), "{kind}: {}", text(&run.stderr));
            let mut ids: Vec<String> = text(&run.stdout)
                .lines()
                .skip(1)
                .map(|line| line.split(',').next().unwrap().to_owned())
                .collect();
            ids.sort();
            ids
        };
        let orders = kind.replace("NAME", "customer");
        let schema =
            format!("required {orders}; required int32 date (DATE); required int32 cents;");
        let path = file(scratch.path(), &schema, 1, |_, group| {
            ids(group);
            column::<Int32Type>(group, &DAYS[..2], None);
            column::<Int32Type>(group, &[100, 200], None);
        });
        assert_eq!(told(&path, &[]), expected, "{kind}");
        let profiles = kind.replace("NAME", "whose");
        let schema = format!(
            "required {profiles}; required int32 frequency; required double recency;
             required double T;"
        );
        let path = file(scratch.path(), &schema, 1, |_, group| {
            ids(group);
            column::<Int32Type>(group, &[0, 1], None);
            column::<DoubleType>(group, &[0.0, 3.0], None);
            column::<DoubleType>(group, &[5.0, 5.0], None);
        });
        assert_eq!(told(&path, &["--customer", "whose"]), expected, "{kind}");
    }
    let schema = "required binary customer (UTF8); required int32 date (DATE);
        required int64 amount (DECIMAL(18, 4));";
    let path = file(scratch.path(), schema, 1, |_, group| {
        column::<ByteArrayType>(group, &texts(&NAMES[..1]), None);
        column::<Int32Type>(group, &DAYS[..1], None);
        column::<Int64Type>(group, &[100_050], None);
    });
    let run = clv_of("summary", &path, &["--strict"]);
    let expected = "row 1, column amount: \"10.0050\" has more than two decimals";
    assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
}

#[test]
fn single_precision_is_the_decimal_that_was_meant() {
    let scratch = tempfile::tempdir().unwrap();
    let schema = "required binary customer (UTF8); required int32 date (DATE);
        required float amount;";
    let path = file(scratch.path(), schema, 1, |_, group| {
        column::<ByteArrayType>(group, &texts(&NAMES), None);
        column::<Int32Type>(group, &DAYS, None);
        column::<FloatType>(group, &[1.0, 12345.67, 0.1], None);
    });
    let run = clv_of("summary", &path, &["--strict"]);
    assert!(text(&run.stdout).contains("ann,1,2,3,12345.67\n"), "{}", text(&run.stderr));

    let schema = "required binary customer (UTF8); required int32 date (DATE);
        required double amount_cents;";
    let path = file(scratch.path(), schema, 1, |_, group| {
        column::<ByteArrayType>(group, &texts(&NAMES), None);
        column::<Int32Type>(group, &DAYS, None);
        column::<DoubleType>(group, &[100.0, 29.5, 1.0], None);
    });
    let run = clv_of("summary", &path, &["--strict"]);
    let expected = "row 2, column amount_cents: \"29.5\" is not a number of cents";
    assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
}

#[test]
fn nulls_and_what_is_no_number_are_bad_rows() {
    let scratch = tempfile::tempdir().unwrap();
    let schema = "optional binary customer (UTF8); optional int32 date (DATE);
        optional double amount;";
    let path = file(scratch.path(), schema, 1, |_, group| {
        column::<ByteArrayType>(
            group,
            &texts(&["ann", "bob", "cat", "dan"]),
            Some(&[1, 0, 1, 1, 1]),
        );
        column::<Int32Type>(group, &[DAYS[0]; 4], Some(&[1, 1, 0, 1, 1]));
        column::<DoubleType>(group, &[1.0, 2.0, 3.0, f64::NAN], Some(&[1, 1, 1, 0, 1]));
    });
    let run = clv_of("summary", &path, &["--max-bad", "100"]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    assert_eq!(text(&run.stdout).lines().nth(1), Some("ann,0,0,0,"));
    let closing = text(&run.stderr);
    for expected in [
        "bad rows left out: 4 of 5",
        "1 x no customer: row 2, column customer: \"\"",
        "1 x not a date: row 3, column date: \"\"",
        "2 x not an amount: row 4, column amount: \"\"",
        "(also 5)",
    ] {
        assert!(closing.contains(expected), "{expected} in {closing}");
    }
    assert_eq!(clv_of("summary", &path, &[]).status.code(), Some(2));
}

#[test]
fn bad_rows_of_many_groups_are_told_in_order() {
    let scratch = tempfile::tempdir().unwrap();
    let schema = "required binary customer (UTF8); required binary date (UTF8);
        required double amount;";
    let path = file(scratch.path(), schema, 20, |group, output| {
        let names: Vec<String> = (0..100).map(|row| format!("c{group}-{row}")).collect();
        let names: Vec<ByteArray> = names.iter().map(|name| name.as_str().into()).collect();
        column::<ByteArrayType>(output, &names, None);
        let dates: Vec<&str> =
            (0..100).map(|row| if row == 50 { "20250101" } else { "2025-01-01" }).collect();
        column::<ByteArrayType>(output, &texts(&dates), None);
        column::<DoubleType>(output, &[1.0; 100], None);
    });
    let run = clv_of("summary", &path, &[]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    assert!(
        text(&run.stderr).contains("20 x mixed date formats: row 51, "),
        "{}",
        text(&run.stderr)
    );
    assert!(text(&run.stderr).ends_with("(also 151, 251, 351, 451, ...)\n"));
    let run = clv_of("summary", &path, &["--strict"]);
    assert!(
        text(&run.stderr).contains("row 51, column date: \"20250101\""),
        "{}",
        text(&run.stderr)
    );
}

#[test]
fn a_broken_file_is_told_and_nothing_panics() {
    let scratch = tempfile::tempdir().unwrap();
    let schema = "required binary customer (UTF8); required int32 date (DATE);
        required double amount;";
    let path = file(scratch.path(), schema, 2, |_, group| {
        column::<ByteArrayType>(group, &texts(&NAMES), None);
        column::<Int32Type>(group, &DAYS, None);
        column::<DoubleType>(group, &[1.0, 4.5, 1.0], None);
    });
    let whole = fs::read(&path).unwrap();
    let output = scratch.path().join("out.csv");
    for length in [4, 8, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        fs::write(&output, "precious").unwrap();
        let run = clv_of("summary", &path, &["-o", output.to_str().unwrap()]);
        assert_eq!(run.status.code(), Some(2), "{length}: {}", text(&run.stderr));
        let message = text(&run.stderr);
        assert!(message.contains("it is damaged, or was cut off"), "{length}: {message}");
        assert_eq!(fs::read_to_string(&output).unwrap(), "precious");
    }
    for place in (4..whole.len()).step_by(5) {
        let mut bent = whole.clone();
        bent[place] ^= 0xff;
        fs::write(&path, &bent).unwrap();
        let run = clv_of("summary", &path, &[]);
        let message = String::from_utf8_lossy(&run.stderr);
        assert!(matches!(run.status.code(), Some(0 | 2)), "{place}: {message}");
        assert!(!message.contains("panicked"), "{place}: {message}");
    }
}

#[test]
fn what_is_no_table_of_orders() {
    let scratch = tempfile::tempdir().unwrap();
    let path = file(scratch.path(), "required double a; required double b;", 0, |_, _| {});
    let message = clv_of("summary", &path, &[]);
    let message = text(&message.stderr);
    assert!(message.contains("one column customer, but its columns are \"a\", \"b\""), "{message}");
    let schema = "required binary customer (UTF8); required int32 date (DATE);
        required double amount;";
    let path = file(scratch.path(), schema, 0, |_, _| {});
    let message = clv_of("summary", &path, &[]);
    assert!(text(&message.stderr).contains("there are no orders"));
    let run = summary(&fs::read(&path).unwrap(), &[]);
    assert!(text(&run.stderr).contains("standard input is Parquet"));
}

#[test]
fn profiles_come_back_through_parquet() {
    let scratch = tempfile::tempdir().unwrap();
    let orders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/cdnow-orders.csv");
    for options in [&[][..], &["--fold"]] {
        let [table, one, other] =
            ["rfm.parquet", "one.csv", "other.csv"].map(|name| scratch.path().join(name));
        for (input, output) in [(&orders, &table), (&orders, &one), (&table, &other)] {
            let output = ["-o", output.to_str().unwrap()];
            let run = clv_of("summary", input, &[options, &output].concat());
            assert!(run.status.success(), "{}", text(&run.stderr));
        }
        assert!(fs::read(&table).unwrap().starts_with(b"PAR1"));
        assert_eq!(fs::read_to_string(&other).unwrap(), fs::read_to_string(&one).unwrap());
    }
}

/// The layouts of shops are known in Parquet too, also where an order's lines lie in two groups
/// of rows.
#[test]
fn exports_of_known_layout() {
    let scratch = tempfile::tempdir().unwrap();
    let orders = [
        ["#4", "ann", "paid", "25.00", "2025-03-01 08:59:00 -0500", "0.00"],
        ["#4", "ann", "", "", "2025-03-01 08:59:00 -0500", ""],
        ["#3", "bob", "refunded", "9.00", "2025-02-03 23:30:00 -0500", "9.00"],
        ["#2", "ann", "partially_refunded", "40.00", "2025-02-01 10:00:00 -0500", "15.00"],
        ["#1", "ann", "paid", "40.00", "2025-01-01 10:00:00 -0500", "0.00"],
        ["#0", "eve", "voided", "40.00", "2025-01-01 10:00:00 -0500", "0.00"],
    ];
    let names = ["Name", "Email", "Financial_Status", "Total", "Created_at", "Refunded_Amount"];
    let schema = names.map(|name| format!("optional binary {name} (UTF8);")).concat();
    let path = file(scratch.path(), &schema, orders.len(), |row, group| {
        for cell in orders[row] {
            let there = i16::from(!cell.is_empty());
            column::<ByteArrayType>(group, &texts(&[cell])[..there as usize], Some(&[there]));
        }
    });
    let as_text = orders.map(|row| row.join(",")).join("\n");
    let expected =
        summary(format!("{}\n{as_text}\n", names.join(",")).as_bytes(), &["--format", "shopify"]);
    let run = clv_of("summary", &path, &["--format", "shopify"]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    assert_eq!(text(&run.stdout).lines().nth(1), Some("ann,2,59,59,25"));
    assert_eq!(text(&run.stdout), text(&expected.stdout));
    assert_eq!(text(&run.stderr), text(&expected.stderr));
    let run = clv_of("summary", &path, &["--format", "cdnow"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("--format cdnow is of text"), "{}", text(&run.stderr));
}

/// A further line, a refund under the number of its order, and a guest, each in a group of rows.
#[test]
fn numbers_of_orders_and_customers_that_are_numbers() {
    let scratch = tempfile::tempdir().unwrap();
    let schema = "required int64 order_number; required int64 customer_id; \
        required int32 date (DATE); required double net_revenue;";
    let orders = [
        (1, 7, 20_000, 50.0),
        (2, 7, 20_009, 100.0),
        (2, 7, 20_009, 100.0),
        (2, 7, 20_011, -100.0),
        (3, 7, 20_020, 30.0),
        (4, 0, 20_021, 9.0),
    ];
    let path = file(scratch.path(), schema, orders.len(), |row, group| {
        let (number, customer, day, amount) = orders[row];
        column::<Int64Type>(group, &[number], None);
        column::<Int64Type>(group, &[customer], None);
        column::<Int32Type>(group, &[day], None);
        column::<DoubleType>(group, &[amount], None);
    });
    let run = clv_of("summary", &path, &["--format", "woocommerce", "--max-bad", "20"]);
    let told = text(&run.stderr);
    assert_eq!(text(&run.stdout).lines().nth(1), Some("7,1,20,20,30"), "{told}");
    assert!(told.contains("row 6, column customer_id: \"0\" names no customer"), "{told}");
    assert!(told.contains(", further lines of an order: 1\n"), "{told}");
}
