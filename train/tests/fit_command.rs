//! `clv fit`, `clv simulate` and `clv model` as they are called.

mod common;

use std::fs;
use std::path::PathBuf;

use edge_clv_train::check_model;
use sha2::{Digest, Sha256};

use common::{root, run as clv, text};

fn data(name: &str) -> String {
    root().join("data").join(name).to_str().unwrap().to_owned()
}

/// A file in a folder that is removed in the end.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn named(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}

#[test]
fn orders_and_their_summary_have_one_fit() {
    let scratch = Scratch::new();
    let (one, other) = (scratch.named("one.json"), scratch.named("other.json"));
    let orders = data("cdnow-orders.csv");
    let end = ["--observe-until", "1997-09-30", "--id", "shop"];
    let of_orders = clv(&[&["fit", orders.as_str(), "-o", one.as_str()][..], &end].concat());
    assert!(of_orders.status.success(), "{}", text(&of_orders.stderr));
    let printed = text(&of_orders.stdout);
    for line in [
        "customers: 2357, repeat customers: 946, orders: 4960, observed: 1997-01-01..1997-09-30\n",
        "\nr                  0.2425945  0.01255738  0.2191898  0.2684983\n",
        "\nlog-likelihood -14363.530443, AIC 28735.061, BIC 28758.121\n",
        "\nconverged: 4 of 4 starts lead to this maximum",
        "\nv                   15.44352    4.159423   9.109429  26.18192\n",
        "\ncorrelation of frequency and monetary_value: 0.1139, little enough for Gamma-Gamma",
    ] {
        assert!(printed.contains(line), "{line:?} in\n{printed}");
    }
    let of_summary = clv(&["fit", &data("cdnow-rfm.csv"), "-o", &other, "--id", "shop", "-q"]);
    assert!(of_summary.status.success());
    assert_eq!(text(&of_summary.stderr), "");
    let [one, other] = [one, other].map(|path| check_model(&fs::read_to_string(path).unwrap()));
    let (one, mut other) = (one.unwrap(), other.unwrap());
    // Only what the summary does not know differs.
    assert_eq!((other.training.orders, other.training.observed_from.as_str()), (4814, ""));
    other.training = one.training.clone();
    other.version = one.version.clone();
    assert_eq!(one, other);
}

#[test]
fn terms_go_into_the_file() {
    let scratch = Scratch::new();
    let output = scratch.named("my-shop.json");
    let run = clv(&[
        "fit",
        &data("cdnow-rfm.csv"),
        "-o",
        &output,
        "--time-unit",
        "week",
        "--currency",
        "EUR",
        "--horizons",
        "7,30,180",
        "--annual-discount-rate",
        "0.2",
        "--margin",
        "0.4",
        "--segments",
        "gold=1%,silver=9%,others",
        "--penalty",
        "0.001",
        "--json",
    ]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let model = check_model(&fs::read_to_string(&output).unwrap()).unwrap();
    assert_eq!((model.id.as_str(), model.currency.as_str()), ("my-shop", "EUR"));
    assert_eq!(model.horizons, [7.0, 30.0, 180.0]);
    assert_eq!((model.annual_discount_rate, model.margin), (0.2, 0.4));
    assert_eq!(model.segments.horizon, 180.0);
    let names: Vec<_> = model.segments.bands.iter().map(|band| band.name.as_str()).collect();
    assert_eq!(names, ["gold", "silver", "others"]);
    assert!(model.training.source.contains("penalty 0.001"));
    // alpha in weeks, pulled towards the mean age; the answer is one JSON object about it.
    assert!((4.0..5.0).contains(&model.bg_nbd.alpha));
    let answer: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(answer["purchases"]["penalty"], 0.001);
    assert_eq!(answer["purchases"]["estimates"][1]["name"], "alpha");
    assert_eq!(answer["model"]["version"], model.version);
    assert_eq!(answer["repeat_customers"], 946);

    // Each band holds the share it was asked for, but for the rounding of its boundary.
    let model = edge_clv::Model::try_from(model.clone()).unwrap();
    let mut counts = [0; 3];
    for row in fs::read_to_string(data("cdnow-rfm.csv")).unwrap().lines().skip(1) {
        let cells: Vec<Option<f64>> = row.split(',').map(|cell| cell.parse().ok()).collect();
        let [x, t_x, age] = [cells[1], cells[2], cells[3]].map(Option::unwrap);
        let profile = edge_clv::Profile::new(x, t_x, age, cells[4]).unwrap();
        let answer = model.predict(&profile.into()).unwrap();
        let band = names.iter().position(|name| *name == answer.segment).unwrap();
        counts[band] += 1;
    }
    assert!((20..=28).contains(&counts[0]), "{counts:?}");
    assert!((200..=225).contains(&counts[1]), "{counts:?}");
}

/// Where the frequent pay more, the model is told to misjudge them.
#[test]
fn a_correlation_that_matters_is_a_warning() {
    let scratch = Scratch::new();
    let path = scratch.named("rfm.csv");
    let rows = fs::read_to_string(data("cdnow-rfm.csv")).unwrap();
    let (header, rows) = rows.split_once('\n').unwrap();
    let dearer = |row: &str| {
        let mut cells: Vec<String> = row.split(',').map(str::to_owned).collect();
        let frequency: f64 = cells[1].parse().unwrap();
        if let Ok(mean) = cells[4].parse::<f64>() {
            cells[4] = (mean * (1.0 + 0.3 * frequency)).to_string();
        }
        cells.join(",") + "\n"
    };
    fs::write(&path, format!("{header}\n{}", rows.lines().map(dearer).collect::<String>()))
        .unwrap();
    let warning = "frequency and monetary_value are correlated, 0.";
    let run = clv(&["fit", &path]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let printed = text(&run.stdout);
    assert!(printed.contains(&format!("\nwarning: {warning}")), "{printed}");
    assert!(printed.contains(": frequent customers pay more each time"), "{printed}");
    assert!(printed.contains(", too much for Gamma-Gamma, which assumes none"), "{printed}");
    let run = clv(&["fit", &path, "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let [told] = &answer["warnings"].as_array().unwrap()[..] else { panic!("{answer}") };
    assert!(told.as_str().unwrap().starts_with(warning), "{told}");
    assert!(answer["correlation"].as_f64().unwrap() > 0.3, "{answer}");
    // Of the table as it is there is no such word.
    let run = clv(&["fit", &data("cdnow-rfm.csv"), "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(answer["warnings"].as_array().unwrap().len(), 0);
}

#[test]
fn refusals_are_exit_code_3_and_leave_the_old_model() {
    let scratch = Scratch::new();
    let (few, output) = (scratch.named("few.csv"), scratch.named("model.json"));
    fs::write(&output, "as it was").unwrap();
    let rows: String = fs::read_to_string(data("cdnow-rfm.csv"))
        .unwrap()
        .lines()
        .take(60)
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&few, rows).unwrap();
    let run = clv(&["fit", &few, "-o", &output]);
    assert_eq!(run.status.code(), Some(3));
    let told = text(&run.stderr);
    assert!(told.contains("few.csv: too few repeat buyers for BG/NBD (purchases)"), "{told}");
    assert_eq!(text(&run.stdout), "");
    assert_eq!(fs::read_to_string(&output).unwrap(), "as it was");
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let scratch = Scratch::new();
    let table = data("cdnow-rfm.csv");
    let copy = scratch.named("copy.csv");
    fs::copy(&table, &copy).unwrap();
    for (arguments, told) in [
        (&["fit", &table, "--penalty", "0"][..], "write a finite number > 0"),
        (&["fit", &table, "--segments", "vip=5"], "is not a name with a share"),
        (&["fit", &table, "--segments", "a=1%,b=0.01%"], "--segments: nobody is left for b"),
        (&["fit", &table, "--horizons", "90,30"], "--horizons"),
        (&["fit", &table, "--horizons", "0"], "--horizons"),
        // Before the table is opened.
        (&["fit", "-", "--currency", "euro"], "'euro' for '--currency <CODE>': "),
        (&["fit", "-", "--margin", "-1"], "'-1' for '--margin <MARGIN>': "),
        (&["fit", "-", "--margin", "0"], "'0' for '--margin <MARGIN>': "),
        (&["fit", "-", "--annual-discount-rate", "-0.1"], "'-0.1' for '--annual-discount-rate"),
        (&["fit", "-", "--id", "my shop"], "'my shop' for '--id <ID>': "),
        (&["fit", "-", "-o", "my shop.json"], "give it one with --id"),
        (&["fit", "-", "--penalty", "-1"], "write a finite number > 0"),
        (&["validate", "-", "--holdout", "2025-01-01", "--currency", "euro"], "--currency <CODE>"),
        (
            &["fit", &table, "--json", "-o", "-"],
            "standard output holds --json; name a file for the output",
        ),
        (&["fit", &copy, "-o", &copy], "name another file"),
        (&["fit", "no-such-file.csv"], "cannot open no-such-file.csv"),
        (&["simulate", "-m", &table, "--customers", "1", "--days", "9", "--seed", "1"], "JSON"),
        (&["model", "new", "--bg-nbd", "r=1", "--gamma-gamma", "p=1,q=2,v=1"], "alpha is missing"),
        (&["model", "show", &table], "JSON"),
        (&["model", "check", &table], "JSON"),
    ] {
        let run = clv(arguments);
        let message = text(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(told), "{arguments:?}: {message}");
        assert_eq!(text(&run.stdout), "");
    }
    assert_eq!(fs::read(&copy).unwrap(), fs::read(&table).unwrap());
}

#[test]
fn a_published_model_is_made_shown_and_checked() {
    let scratch = Scratch::new();
    let path = scratch.named("published.json");
    let run = clv(&[
        "model",
        "new",
        "--bg-nbd",
        "r=.243,alpha=4.414,a=.793,b=2.426",
        "--gamma-gamma",
        "p=6.25,q=3.74,gamma=15.44",
        "--time-unit",
        "week",
        "--bands",
        "vip=40,core=5,low=0",
        "-o",
        &path,
    ]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let model = check_model(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!((model.id.as_str(), model.bg_nbd.alpha), ("published", 4.414));
    assert_eq!(model.gamma_gamma.v, 15.44);

    let shown = clv(&["model", "show", &path]);
    let shown = text(&shown.stdout);
    for line in [
        "model published, version ",
        "\nalpha  4.414  rate of the purchase rates, in weeks\n",
        // 30 r / alpha / 7; a / (a + b); p v / (q - 1).
        "\nWhile staying, customers buy 0.236 times in 30 days on average, once in 127.2 days.\n",
        "\nAfter a repeat purchase 24.6 % leave for good.\n",
        "\nA purchase is worth 35.22 USD on average, at a margin of 1.\n",
        "\nsegments by value over 90 days, in USD: vip from 40, core from 5, low from 0\n",
        "\nsource: clv model new\n",
    ] {
        assert!(shown.contains(line), "{line:?} in\n{shown}");
    }
    let json = clv(&["model", "show", &path, "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    // Fader, Hardie and Lee: 1.0437 purchases in 32 weeks, 1.8576 in 78; in between a year's.
    let year = json["new_customer"][2]["expected_purchases"].as_f64().unwrap();
    assert!((1.0437..1.8576).contains(&year), "{year}");

    let checked = clv(&["model", "check", &path]);
    assert!(text(&checked.stderr).ends_with("keeps every rule\n"));
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("4.414", "4.415")).unwrap();
    assert_eq!(clv(&["model", "check", &path]).status.code(), Some(2));
}

/// The digest of this log must never change, whatever becomes of the code.
#[test]
fn a_seed_gives_one_log() {
    let scratch = Scratch::new();
    let (model, orders) = (scratch.named("model.json"), scratch.named("orders.csv"));
    let made = clv(&[
        "model",
        "new",
        "--bg-nbd",
        "r=0.25,alpha=30,a=0.8,b=2.5",
        "--gamma-gamma",
        "p=6,q=4,v=15",
        "-o",
        &model,
    ]);
    assert!(made.status.success());
    let draw = |seed: &str, customers: &str| {
        let run = clv(&[
            "simulate",
            "-m",
            &model,
            "--customers",
            customers,
            "--days",
            "365",
            "--seed",
            seed,
            "-o",
            &orders,
        ]);
        assert!(run.status.success(), "{}", text(&run.stderr));
        (fs::read_to_string(&orders).unwrap(), text(&run.stderr).to_owned())
    };
    let (log, told) = draw("7", "300");
    let digest: String =
        Sha256::digest(&log).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "7417a9d9ff02");
    assert_eq!(told, "customers: 300, orders: 662, observed: 2001-01-01..2001-12-31\n");
    // More customers begin with the same; another seed has others.
    let (more, _) = draw("7", "400");
    assert!(more.starts_with(&log) && more.len() > log.len());
    assert_ne!(draw("8", "300").0, log);
    // Days and first days are as asked for; every customer is there.
    let mut customers = std::collections::BTreeMap::new();
    for line in more.lines().skip(1) {
        let [customer, date, amount]: [&str; 3] =
            line.split(',').collect::<Vec<_>>().try_into().unwrap();
        assert!(("2001-01-01"..="2001-12-31").contains(&date), "{line}");
        assert!(amount.parse::<f64>().unwrap() >= 0.01, "{line}");
        customers.entry(customer.to_owned()).or_insert(date.to_owned());
    }
    assert_eq!(customers.len(), 400);
    // A third of 365 days is 122, the last of them the second of May.
    assert!(customers.values().all(|first| first.as_str() <= "2001-05-02"));
    assert!(customers.values().any(|first| first.as_str() >= "2001-04-20"));
}

/// The default model is what the command makes of the orders in `data/`.
#[test]
fn the_committed_model_is_remade_byte_for_byte() {
    let scratch = Scratch::new();
    let output = scratch.named("cdnow.json");
    let orders = data("cdnow-orders.csv");
    let run = clv(&["fit", &orders, "--observe-until", "1997-09-30", "-o", &output]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let remade = fs::read_to_string(&output).unwrap();
    assert_eq!(remade, include_str!("../../model/cdnow.json"));
}
