//! The manners that commands share: options, help, progress, and what the README shows of them.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;

use common::{CLV, cdnow, clv_of, model, root, run, text};
use serde_json::Value;

/// The library speaks of what is wrong, the command of its options.
#[test]
fn options_out_of_range() {
    let model = model();
    // Before any order is read.
    for (arguments, expected) in [
        (["--ratio", "0"], "--ratio: the ratio must be finite and > 0"),
        (["--ratio", "-1"], "--ratio: the ratio must be finite and > 0"),
        (["--payback", "inf"], "--payback: the payback must be finite and > 0"),
    ] {
        let none = Path::new("no-such-file.csv");
        let run = clv_of("cohorts", none, &[&["-m", &model][..], &arguments].concat());
        assert_eq!(run.status.code(), Some(2));
        assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
    }
    for (arguments, expected) in [
        (["--payback", "0"], "--payback: the payback must be finite and > 0"),
        (["--collapse", "none"], "purchases by day; leave out --collapse none"),
    ] {
        let run = clv_of("cohorts", &cdnow(), &[&["-m", &model][..], &arguments].concat());
        assert_eq!(run.status.code(), Some(2));
        assert!(text(&run.stderr).contains(expected), "{}", text(&run.stderr));
    }
}

/// The library, which a page will use too, speaks of no option of the command.
#[test]
fn the_library_names_no_option() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![source.clone()];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&source).unwrap().to_string_lossy().into_owned();
            if ["commands", "parquet_file", "failure.rs", "files.rs"].contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for (at, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
                let names_one = line.split("--").skip(1).any(|rest| {
                    rest.starts_with(|c: char| c.is_ascii_lowercase()) && name.ends_with(".rs")
                });
                let is_comment = line.trim_start().starts_with("//");
                assert!(is_comment || !names_one, "{name}:{}: {line}", at + 1);
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 40, "{looked_at}");
}

/// A model file counts to 2^32 - 1; that is said before a fit that would be in vain, and which
/// here would be refused for want of repeat buyers.
#[test]
fn more_customers_than_a_model_file_can_tell() {
    let scratch = tempfile::tempdir().unwrap();
    let profiles = scratch.path().join("rfm.csv");
    fs::write(&profiles, "frequency,recency,T,monetary_value,count\n0,0,10,,5000000000\n").unwrap();
    let run = clv_of("fit", &profiles, &[]);
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
    let new = |arguments: &[&str]| run(&[&["model", "new"], &parameters[..], arguments].concat());
    let made = new(&["-o", output.to_str().unwrap()]);
    assert_eq!(text(&made.stderr), "");
    let answer: Value = serde_json::from_str(text(&made.stdout)).unwrap();
    let written: Value = serde_json::from_str(&fs::read_to_string(&output).unwrap()).unwrap();
    assert_eq!(answer["model"]["version"], written["version"]);
    assert_eq!(new(&[]).status.code(), Some(2));
}

/// Every command says how it is used, and the whole what its exit codes mean.
#[test]
fn help_has_examples() {
    let help =
        |arguments: &[&str]| text(&run(&[arguments, &["--help"]].concat()).stdout).to_owned();
    let version = run(&["--version"]);
    assert_eq!(text(&version.stdout), concat!("clv ", env!("CARGO_PKG_VERSION"), "\n"));
    let whole = help(&[]);
    for code in [
        "0  done",
        "1  something unforeseen",
        "2  wrong usage",
        "3  the data do not",
        "130  interrupted",
    ] {
        assert!(whole.contains(code), "{whole}");
    }
    for command in ["cohorts", "fit", "score", "simulate", "summary", "validate"] {
        assert!(whole.contains(&format!("  {command}")), "{whole}");
        let help = help(&[command]);
        assert!(help.contains("Example") && help.contains("$ clv "), "{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}

/// Every example of every help runs, on an order log such as it speaks of; what one prints in
/// full is what it says.
#[test]
fn the_examples_of_the_help_run() {
    let scratch = tempfile::tempdir().unwrap();
    let home = scratch.path().join("home");
    let sh = |folder: &Path, script: &str| {
        let path = format!(
            "{}:{}",
            Path::new(CLV).parent().unwrap().display(),
            std::env::var("PATH").unwrap()
        );
        let script = format!("edit() {{ sed -i s/USD/EUR/ \"$1\"; }}\n{script}");
        let mut shell = Command::new("sh");
        let run = shell.args(["-ec", &script]).current_dir(folder).env("PATH", path).output();
        let run = run.unwrap();
        assert!(run.status.success(), "{script}: {}", text(&run.stderr));
        text(&run.stdout).to_owned()
    };
    let cdnow = model();
    fs::create_dir_all(home.join("model")).unwrap();
    fs::copy(&cdnow, home.join("model/cdnow.json")).unwrap();
    sh(
        &home,
        "clv simulate -m model/cdnow.json --customers 3000 --days 365 --start 2025-01-01 --seed 7 \
         -o drawn.csv
         awk -F, 'NR == 1 { print $0 \",channel\" } NR > 1 { print $0 (NR % 3 ? \",mail\" : \",search\") }' \
         drawn.csv > orders.csv
         clv fit orders.csv -o model.json && cp model.json my-shop.json
         clv summary orders.csv -o rfm.csv && clv summary orders.csv -o rfm.parquet
         gzip --keep rfm.csv",
    );
    let mut ran = 0;
    for command in [
        "cohorts",
        "fit",
        "score",
        "simulate",
        "summary",
        "validate",
        "model new",
        "model show",
        "model check",
        "model seal",
    ] {
        let help = Command::new(CLV).args(command.split(' ')).arg("--help").output().unwrap();
        let help = text(&help.stdout).replace("\\\n", " ");
        let lines: Vec<&str> = help.lines().collect();
        // Some write files that others read.
        let folder = scratch.path().join(command);
        sh(scratch.path(), &format!("cp -r home '{command}'"));
        let mut of_command = 0;
        for (at, line) in lines.iter().enumerate() {
            let Some(example) = line.trim_start().strip_prefix("$ ") else { continue };
            let printed = lines[at + 1..].iter().map_while(|line| line.strip_prefix("  "));
            let printed = printed.take_while(|line| !line.starts_with(['$', ' ']));
            let printed: String = printed.map(|line| format!("{line}\n")).collect();
            if example == "cat orders.csv" {
                fs::write(folder.join("orders.csv"), printed).unwrap();
                continue;
            }
            // Another test builds with a model.
            if example.ends_with(" cargo xtask build") {
                continue;
            }
            let (script, pointer) = match example.split_once(" | jq ") {
                Some((script, pointer)) => (script, Some(pointer.replace('.', "/"))),
                None => (example, None),
            };
            let out = sh(&folder, script);
            if let Some(pointer) = pointer {
                let answer: Value = serde_json::from_str(&out).unwrap();
                assert!(
                    answer.pointer(&pointer).is_some_and(|found| !found.is_null()),
                    "{example}"
                );
            }
            if !printed.is_empty() {
                assert_eq!(out, printed, "{example}");
            }
            of_command += 1;
        }
        assert!(of_command > 0, "{command} has no example");
        ran += of_command;
    }
    assert!(ran >= 20, "{ran}");
}

/// Every command, given orders, profiles or the default model, and whether it needs a file for
/// what it makes. What `{}` stands for is a scratch folder.
const COMMANDS: [(&str, bool); 10] = [
    ("summary data/cdnow-orders.csv", true),
    ("fit data/cdnow-rfm.csv", false),
    ("score data/cdnow-rfm.csv -m model/cdnow.json", false),
    ("validate data/cdnow-orders.csv --holdout 1997-10-01 -m model/cdnow.json", false),
    ("cohorts data/cdnow-orders.csv -m model/cdnow.json", false),
    ("simulate -m model/cdnow.json --customers 10 --days 90 --seed 1", true),
    ("model new --bg-nbd r=.2,alpha=4,a=.8,b=2.4 --gamma-gamma p=6,q=4,v=15", true),
    ("model show model/cdnow.json", false),
    ("model check model/cdnow.json", false),
    ("model seal {}/model.json", false),
];

/// With --json one object and nothing else on standard output, with --quiet nothing on standard
/// error, and each without the other.
#[test]
fn answers_for_machines_and_silence() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().to_str().unwrap();
    fs::copy(model(), scratch.path().join("model.json")).unwrap();
    for (command, needs_file) in COMMANDS {
        let command = command.replace("{}", folder);
        let output = format!("{folder}/output");
        let run = |options: &[&str]| {
            let output = needs_file.then_some(["-o", &output]);
            let mut clv = Command::new(CLV);
            clv.args(command.split(' ')).args(output.into_iter().flatten()).args(options);
            let run = clv.current_dir(root()).output().unwrap();
            assert!(run.status.success(), "{command}: {}", text(&run.stderr));
            (text(&run.stdout).to_owned(), text(&run.stderr).to_owned())
        };
        let (plain, told) = run(&[]);
        assert!(!(plain + &told).is_empty(), "{command} says nothing");
        let (printed, silence) = run(&["--quiet"]);
        assert_eq!(silence, "", "{command}");
        for options in [&["--json"][..], &["--json", "-q"]] {
            let (answer, told_beside) = run(options);
            let parsed: Value = serde_json::from_str(&answer).unwrap();
            assert!(parsed.as_object().is_some_and(|keys| !keys.is_empty()), "{command}: {answer}");
            assert_eq!(answer.lines().count(), 1, "{command}: {answer}");
            assert_eq!(told_beside, if options.len() == 1 { &told[..] } else { "" }, "{command}");
        }
        // Silence is of what is told, not of what was asked for.
        assert_eq!(printed, run(&[]).0, "{command}");
    }
}

/// What a shell prints on a terminal.
fn on_a_terminal(script: &str) -> String {
    let run = Command::new("script")
        .args(["--quiet", "--return", "--command", script, "/dev/null"])
        .env("TERM", "xterm")
        .current_dir(root())
        .output()
        .expect("script makes a terminal");
    assert!(run.status.success(), "{script}: {}", text(&run.stdout));
    text(&run.stdout).to_owned()
}

/// The same, of an input that takes longer than a bar waits for.
fn slowly(input: &str, arguments: &str) -> String {
    on_a_terminal(&format!(
        "(head -n 1 {input}; sleep 2.5; tail -n +2 {input}) | {CLV} {arguments}"
    ))
}

/// A bar with its rate after two seconds, whatever works so long; none with --quiet, and none where
/// standard error is no terminal.
#[test]
fn what_takes_long_shows_a_bar() {
    let shows_a_bar = |printed: &str| printed.contains(" read, ") && printed.contains("/s");
    let (orders, profiles) = ("data/cdnow-orders.csv", "data/cdnow-rfm.csv");
    let model = "-m model/cdnow.json";
    let commands = [
        (orders, "summary - -o /dev/null".to_owned()),
        (profiles, "fit -".to_owned()),
        (profiles, format!("score - {model} --top 3")),
        (orders, format!("cohorts - {model}")),
        (orders, format!("validate - {model} --holdout 1997-10-01")),
    ];
    // They wait most of the time.
    thread::scope(|scope| {
        for (input, command) in &commands {
            scope.spawn(move || {
                let printed = slowly(input, command);
                assert!(shows_a_bar(&printed), "{command}: {printed:?}");
                for silent in ["--quiet", "2>&1 | cat"] {
                    let printed = slowly(input, &format!("{command} {silent}"));
                    assert!(!shows_a_bar(&printed), "{command} {silent}: {printed:?}");
                }
            });
        }
        scope.spawn(|| {
            // So many customers that it cannot end by itself.
            let simulate = format!(
                "timeout 4 {CLV} simulate {model} --customers 100000000000 --days 365 --seed 1 \
                 -o /dev/null; test $? = 124"
            );
            let printed = on_a_terminal(&simulate);
            let bar = printed.contains(" of 100,000,000,000 customers, ") && printed.contains("/s");
            assert!(bar, "{printed:?}");
        });
    });
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
