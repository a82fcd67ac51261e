//! `clv validate`.

mod common;

use std::fs;

use common::{cdnow, clv_of, model, root, text};
use serde_json::Value;

/// Fitted to weeks 1 to 39, held against weeks 40 to 78.
#[test]
fn a_fit_validated() {
    let scratch = tempfile::tempdir().unwrap();
    let report = scratch.path().join("report.html");
    let holdout = ["--holdout", "1997-10-01", "--report", report.to_str().unwrap()];
    let run = clv_of("validate", &cdnow(), &holdout);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let table = text(&run.stdout);
    let line = |name: &str| -> Vec<&str> {
        let line = table.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().collect()
    };
    assert_eq!(line("predicted")[1..3], ["1653.4", "2930.1"]);
    assert_eq!(line("actual")[1..], ["1882", "1882", "70976.39", "70976.39"]);
    assert_eq!(line("bias")[1], "-0.1215");
    assert!(table.ends_with("You can use this model, with care.\n"), "{table}");
    let page = fs::read_to_string(&report).unwrap();
    assert!(page.contains("before-1997-10-01") && page.ends_with("</html>"));

    let quiet = clv_of("validate", &cdnow(), &[&holdout[..], &["--json", "--quiet"]].concat());
    assert_eq!(text(&quiet.stderr), "");
    let answer: Value = serde_json::from_str(text(&quiet.stdout)).unwrap();
    assert_eq!(answer["verdict"], "fair");
    assert_eq!(answer["holdout_days"], 273);
    assert_eq!(answer["purchases"]["model"]["actual"], 1882);
    let r = answer["model"]["bg_nbd"]["r"].as_f64().unwrap();
    assert!((r / 0.24259453 - 1.0).abs() < 1e-6, "{r}");
}

/// What is refunded in the holdout was not known before it.
#[test]
fn a_validation_fits_as_on_the_eve_of_the_holdout() {
    let scratch = tempfile::tempdir().unwrap();
    let orders = scratch.path().join("orders.csv");
    let mut rows = fs::read_to_string(cdnow()).unwrap();
    let customers: Vec<String> = rows.lines().skip(1).map(customer).collect();
    for (i, customer) in customers.iter().enumerate().step_by(11) {
        let month = if i % 2 == 0 { "1997-08" } else { "1998-02" };
        rows += &format!("{customer},{month}-15,-20.00\n");
    }
    fs::write(&orders, rows).unwrap();
    let json = |command, arguments: &[&str]| -> Value {
        let run = clv_of(command, &orders, arguments);
        assert!(run.status.success(), "{}", text(&run.stderr));
        serde_json::from_str(text(&run.stdout)).unwrap()
    };
    let validated = json("validate", &["--holdout", "1997-10-01", "--json"]);
    let fitted = json("fit", &["--observe-until", "1997-09-30", "--json"]);
    for part in ["bg_nbd", "gamma_gamma"] {
        assert_eq!(validated["model"][part], fitted["model"][part]);
    }
    assert_eq!(validated["customers"], fitted["customers"]);
    // Had the refunds been of no account, the model would be that of the committed file.
    let committed: Value = serde_json::from_str(&fs::read_to_string(model()).unwrap()).unwrap();
    assert_ne!(validated["model"]["bg_nbd"], committed["bg_nbd"]);
}

/// A column of refunds does not say when they were given, and the model of a day before may know
/// of them; which is told, for rows with a date are not so.
#[test]
fn refunds_without_a_date_are_told() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("orders.csv");
    let cdnow = fs::read_to_string(cdnow()).unwrap();
    let mut columns = "Email,Created at,Total,Financial Status,Refunded Amount\n".to_owned();
    let mut rows = "Email,Created at,Total,Financial Status,Refunded Amount\n".to_owned();
    for (i, row) in cdnow.lines().skip(1).enumerate() {
        let refunded = if i % 100 == 0 { "1.00" } else { "0.00" };
        columns += &format!("{row},paid,{refunded}\n");
        rows += &format!("{row},paid,\n");
        if i % 100 == 0 {
            rows += &format!("{},1998-06-30,-1.00,paid,\n", customer(row));
        }
    }
    let told = |orders: &str, arguments: &[&str]| {
        fs::write(&path, orders).unwrap();
        let holdout = ["--holdout", "1997-10-01", "--format", "shopify"];
        let run = clv_of("validate", &path, &[&holdout, arguments].concat());
        assert!(run.status.success(), "{}", text(&run.stderr));
        text(&run.stderr).to_owned()
    };
    let expected = "orders.csv: 70 refunds stand beside their orders without a date";
    let line = told(&columns, &[]);
    assert!(line.contains(expected) && line.contains("refunds given in the holdout"), "{line}");
    assert_eq!(told(&columns, &["--quiet"]), "");
    for arguments in [&[][..], &["--refunds", "drop"]] {
        let line = told(&rows, arguments);
        assert!(!line.contains("without a date"), "{line}");
    }
    assert!(!told(&columns, &["--refunds", "drop"]).contains("without a date"));
}

/// The first cell.
fn customer(row: &str) -> String {
    row.split(',').next().unwrap_or_default().to_owned()
}

#[test]
fn a_model_of_ones_own_validated() {
    let until = ["--holdout", "1997-10-01", "--observe-until", "1997-12-31"];
    let run = clv_of("validate", &cdnow(), &[&until[..], &["-m", &model(), "--json"]].concat());
    let answer: Value = serde_json::from_str(text(&run.stdout)).unwrap();
    assert_eq!(answer["holdout_days"], 92);
    assert_eq!(answer["holdout_until"], "1997-12-31");
    assert_eq!(answer["model"]["version"], "55bdf623a943");
    assert!(answer["purchases"]["model"]["actual"].as_f64().unwrap() < 1882.0);
}

#[test]
fn what_cannot_be_validated() {
    let scratch = tempfile::tempdir().unwrap();
    let few = scratch.path().join("few.csv");
    fs::write(&few, "customer,date,amount\nann,2025-01-01,5\nann,2025-01-09,5\nbob,2025-01-02,5\n")
        .unwrap();
    for (orders, arguments, code, expected) in [
        (&cdnow(), vec!["--holdout", "1997-01-01"], 2, "something to learn from"),
        (&cdnow(), vec!["--holdout", "1998-07-01"], 2, "something to compare with"),
        (&few, vec!["--holdout", "2025-01-05"], 3, "customers who bought again"),
        (&cdnow(), vec!["--holdout", "1997-10-01", "--collapse", "none"], 2, "by day"),
        (
            &root().join("data/cdnow-rfm.csv"),
            vec!["--holdout", "1997-10-01"],
            2,
            "the orders themselves are needed",
        ),
    ] {
        let run = clv_of("validate", orders, &arguments);
        assert_eq!(run.status.code(), Some(code), "{arguments:?}: {}", text(&run.stderr));
        assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
        assert_eq!(text(&run.stdout), "");
    }
}

/// A penalty is that of a fit, and is of no use to a model that is fitted already.
#[test]
fn a_penalty_validated() {
    let json = |command, arguments: &[&str]| -> Value {
        let run =
            clv_of(command, &cdnow(), &[arguments, &["--penalty", "0.01", "--json"]].concat());
        assert!(run.status.success(), "{}", text(&run.stderr));
        serde_json::from_str(text(&run.stdout)).unwrap()
    };
    let validated = json("validate", &["--holdout", "1997-10-01"]);
    let fitted = json("fit", &["--observe-until", "1997-09-30"]);
    assert_eq!(validated["model"]["bg_nbd"], fitted["model"]["bg_nbd"]);
    assert!(fitted["purchases"]["aic"].is_null() && fitted["spend"]["bic"].is_null());
    let model = model();
    let both = ["--holdout", "1997-10-01", "-m", &model, "--penalty", "0.01"];
    assert_eq!(clv_of("validate", &cdnow(), &both).status.code(), Some(2));
}
