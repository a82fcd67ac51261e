//! `clv validate` and `clv cohorts`, and the manners that commands share.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{CLV, text};
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn clv(command: &str, orders: &Path, arguments: &[&str]) -> Output {
    Command::new(CLV).arg(command).arg(orders).args(arguments).output().unwrap()
}

fn cdnow() -> PathBuf {
    root().join("data/cdnow-orders.csv")
}

fn model() -> String {
    root().join("model/cdnow.json").to_str().unwrap().to_owned()
}

/// Fitted to weeks 1 to 39, held against weeks 40 to 78.
#[test]
fn a_fit_validated() {
    let scratch = tempfile::tempdir().unwrap();
    let report = scratch.path().join("report.html");
    let holdout = ["--holdout", "1997-10-01", "--report", report.to_str().unwrap()];
    let run = clv("validate", &cdnow(), &holdout);
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

    let quiet = clv("validate", &cdnow(), &[&holdout[..], &["--json", "--quiet"]].concat());
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
        let run = clv(command, &orders, arguments);
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

/// The first cell.
fn customer(row: &str) -> String {
    row.split(',').next().unwrap_or_default().to_owned()
}

#[test]
fn a_model_of_ones_own_validated() {
    let until = ["--holdout", "1997-10-01", "--observe-until", "1997-12-31"];
    let run = clv("validate", &cdnow(), &[&until[..], &["-m", &model(), "--json"]].concat());
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
        let run = clv("validate", orders, &arguments);
        assert_eq!(run.status.code(), Some(code), "{arguments:?}: {}", text(&run.stderr));
        assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
        assert_eq!(text(&run.stdout), "");
    }
}

/// A penalty is that of a fit, and is of no use to a model that is fitted already.
#[test]
fn a_penalty_validated() {
    let json = |command, arguments: &[&str]| -> Value {
        let run = clv(command, &cdnow(), &[arguments, &["--penalty", "0.01", "--json"]].concat());
        assert!(run.status.success(), "{}", text(&run.stderr));
        serde_json::from_str(text(&run.stdout)).unwrap()
    };
    let validated = json("validate", &["--holdout", "1997-10-01"]);
    let fitted = json("fit", &["--observe-until", "1997-09-30"]);
    assert_eq!(validated["model"]["bg_nbd"], fitted["model"]["bg_nbd"]);
    assert!(fitted["purchases"]["aic"].is_null() && fitted["spend"]["bic"].is_null());
    let model = model();
    let both = ["--holdout", "1997-10-01", "-m", &model, "--penalty", "0.01"];
    assert_eq!(clv("validate", &cdnow(), &both).status.code(), Some(2));
}

/// The library speaks of what is wrong, the command of its options.
#[test]
fn options_out_of_range() {
    let model = model();
    for (arguments, expected) in [
        (["--ratio", "0"], "--ratio: the ratio must be finite and > 0"),
        (["--collapse", "none"], "purchases by day; leave out --collapse none"),
    ] {
        let run = clv("cohorts", &cdnow(), &[&["-m", &model][..], &arguments].concat());
        assert_eq!(run.status.code(), Some(2));
        assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
    }
}

/// A model file counts to 2^32 - 1; that is said before a fit that would be in vain, and which
/// here would be refused for want of repeat buyers.
#[test]
fn more_customers_than_a_model_file_can_tell() {
    let scratch = tempfile::tempdir().unwrap();
    let profiles = scratch.path().join("rfm.csv");
    fs::write(&profiles, "frequency,recency,T,monetary_value,count\n0,0,10,,5000000000\n").unwrap();
    let run = clv("fit", &profiles, &[]);
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("more than a model file can tell"), "{}", text(&run.stderr));
}

/// `clv model new` has the manners of the others.
#[test]
fn a_model_made_for_machines() {
    let scratch = tempfile::tempdir().unwrap();
    let output = scratch.path().join("new.json");
    let parameters =
        ["--bg-nbd", "r=.2,alpha=4,a=.8,b=2.4", "--gamma-gamma", "p=6,q=4,v=15", "--json", "-q"];
    let new = |arguments: &[&str]| {
        Command::new(CLV).args(["model", "new"]).args(parameters).args(arguments).output().unwrap()
    };
    let run = new(&["-o", output.to_str().unwrap()]);
    assert_eq!(text(&run.stderr), "");
    let answer: Value = serde_json::from_str(text(&run.stdout)).unwrap();
    let written: Value = serde_json::from_str(&fs::read_to_string(&output).unwrap()).unwrap();
    assert_eq!(answer["model"]["version"], written["version"]);
    assert_eq!(new(&[]).status.code(), Some(2));
}

#[test]
fn cohorts_by_month() {
    let scratch = tempfile::tempdir().unwrap();
    let output = scratch.path().join("cohorts.csv");
    let model = model();
    let arguments = ["-m", &model, "-o", output.to_str().unwrap()];
    let run = clv("cohorts", &cdnow(), &arguments);
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
        serde_json::from_str(text(&clv("cohorts", &cdnow(), &all).stdout)).unwrap()
    };
    let (strict, lax) = (json(&["--ratio", "6"]), json(&["--ratio", "3"]));
    let cost = |answer: &Value| answer["all"]["highest_acquisition_cost"].as_f64().unwrap();
    assert!((2.0 * cost(&strict) / cost(&lax) - 1.0).abs() < 1e-12);
    assert_eq!(strict["all"]["limited_by"], "ratio");
    let hasty = json(&["--payback", "1"]);
    assert_eq!(hasty["new_customer"]["limited_by"], "payback");
}

#[test]
fn cohorts_by_a_column() {
    let scratch = tempfile::tempdir().unwrap();
    let orders = scratch.path().join("orders.csv");
    let rows = "customer,date,amount,channel\nann,2025-01-05,5,search\nann,2025-01-01,5,mail\n\
        bob,2025-01-02,7,search\ncat,2025-01-03,1,\n";
    fs::write(&orders, rows).unwrap();
    let model = model();
    let by =
        |column: &'static str| clv("cohorts", &orders, &["-m", &model, "--by", column, "--json"]);
    let answer: Value = serde_json::from_str(text(&by("channel").stdout)).unwrap();
    let cohorts = answer["cohorts"].as_array().unwrap();
    let told: Vec<_> = cohorts
        .iter()
        .map(|c| (c["cohort"].as_str().unwrap(), c["revenue_to_date"].as_f64().unwrap()))
        .collect();
    assert_eq!(told, [("(none)", 1.0), ("mail", 10.0), ("search", 7.0)]);
    let run = by("campaign");
    assert_eq!(run.status.code(), Some(2));
    assert!(text(&run.stderr).contains("one column \"campaign\""), "{}", text(&run.stderr));
}

/// Every command says how it is used, and the whole what its exit codes mean.
#[test]
fn help_has_examples() {
    let help = |arguments: &[&str]| {
        let run = Command::new(CLV).args(arguments).arg("--help").output().unwrap();
        text(&run.stdout).to_owned()
    };
    let whole = help(&[]);
    for code in ["0  done", "1  something unforeseen", "2  wrong usage", "3  the data do not"] {
        assert!(whole.contains(code), "{whole}");
    }
    for command in ["cohorts", "fit", "score", "simulate", "summary", "validate"] {
        assert!(whole.contains(&format!("  {command}")), "{whole}");
        let help = help(&[command]);
        assert!(help.contains("Example") && help.contains("$ clv "), "{help}");
    }
}

/// What the README shows is what the commands print.
#[test]
fn the_readme_shows_what_is_printed() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let mut shown = 0;
    for block in readme.split("```console\n$ clv ").skip(1) {
        let block = block.split("```").next().unwrap();
        let (command, printed) = block.split_once('\n').unwrap();
        let report = scratch.path().join("report.html");
        let command = command.replace("report.html", report.to_str().unwrap());
        let run = Command::new(CLV).args(command.split(' ')).current_dir(root()).output().unwrap();
        assert_eq!(text(&run.stdout), printed, "clv {command}");
        shown += 1;
    }
    assert!(shown >= 3);
}
