//! What is written, or cannot be: a good file is never lost, and nothing is left beside it.
#![cfg(unix)]

mod common;

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{CLV, cdnow, model, root, text};

/// Every command that writes a file, but for the file's name, with that name's end.
fn writers() -> Vec<(Vec<String>, &'static str)> {
    let (orders, model) = (cdnow().to_str().unwrap().to_owned(), model());
    let profiles = root().join("data/cdnow-rfm.csv").to_str().unwrap().to_owned();
    let command = |line: &str| -> Vec<String> {
        let word = |word: &str| match word {
            "ORDERS" => orders.clone(),
            "PROFILES" => profiles.clone(),
            "MODEL" => model.clone(),
            word => word.to_owned(),
        };
        line.split(' ').map(word).collect()
    };
    vec![
        (command("summary ORDERS -o"), "csv"),
        (command("summary ORDERS -o"), "parquet"),
        (command("fit PROFILES -o"), "json"),
        (command("score PROFILES -m MODEL -o"), "csv"),
        (command("score PROFILES -m MODEL -o"), "parquet"),
        (command("validate ORDERS -m MODEL --holdout 1997-10-01 --report"), "html"),
        (command("cohorts ORDERS -m MODEL -o"), "csv"),
        (command("simulate -m MODEL --customers 1000 --days 365 --seed 1 -o"), "csv"),
        (
            command("model new --bg-nbd r=.2,alpha=4,a=.8,b=2.4 --gamma-gamma p=6,q=4,v=15 -o"),
            "json",
        ),
    ]
}

/// Runs a command that may write files of 512 bytes and no larger ones; the signal that says so is
/// turned off, and what is left is an error of writing.
fn on_a_full_disk(arguments: &[String], output: &Path) -> Output {
    Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\"", CLV])
        .args(arguments)
        .arg(output)
        .output()
        .unwrap()
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    for (arguments, end) in writers() {
        let scratch = tempfile::tempdir().unwrap();
        let output = scratch.path().join("precious").with_extension(end);
        fs::write(&output, "precious").unwrap();
        let run = on_a_full_disk(&arguments, &output);
        let message = text(&run.stderr);
        assert_eq!(run.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(message.contains(&format!("cannot write {}", output.display())), "{message}");
        assert_eq!(fs::read_to_string(&output).unwrap(), "precious", "{arguments:?}");
        assert_eq!(fs::read_dir(&scratch).unwrap().count(), 1, "{arguments:?}");
    }
}

/// What a name promises is what is written there, and on standard output nothing stands beside
/// an answer.
#[test]
fn an_output_whose_name_promises_something_else() {
    let scratch = tempfile::tempdir().unwrap();
    let refused = |arguments: &[String], further: &[&str], output: &Path, expected: &str| {
        let run = Command::new(CLV).args(arguments).arg(output).args(further).output().unwrap();
        let message = text(&run.stderr);
        assert_eq!(run.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(expected), "{arguments:?}: {message}");
        assert_eq!(text(&run.stdout), "", "{arguments:?}");
    };
    for (arguments, _) in writers() {
        let named = |end: &str| scratch.path().join("out").with_extension(end);
        refused(&arguments, &[], &named("csv.gz"), "out.csv.gz: outputs are not compressed; ");
        refused(&arguments, &[], &named("GZ"), "outputs are not compressed; ");
        refused(&arguments, &["--json"], Path::new("-"), "standard output holds ");
        if matches!(arguments[0].as_str(), "validate" | "cohorts") {
            refused(&arguments, &[], Path::new("-"), "standard output holds the ");
        }
        if !matches!(arguments[0].as_str(), "summary" | "score") {
            let expected = "out.parquet: what is written here is text, not Parquet; ";
            refused(&arguments, &[], &named("parquet"), expected);
        }
    }
    let seal = ["model", "seal"].map(str::to_owned);
    refused(&seal, &["--json"], Path::new("-"), "standard output holds --json");
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0);
}

/// There is no such folder, or no such room on a device.
#[test]
fn an_output_that_cannot_be_written() {
    let scratch = tempfile::tempdir().unwrap();
    for (arguments, end) in writers() {
        let missing = scratch.path().join("missing/output").with_extension(end);
        let mut outputs = vec![missing];
        if Path::new("/dev/full").exists() {
            outputs.push(PathBuf::from("/dev/full"));
        }
        for output in outputs {
            let run = Command::new(CLV).args(&arguments).arg(&output).output().unwrap();
            let message = text(&run.stderr);
            assert_eq!(run.status.code(), Some(1), "{arguments:?}: {message}");
            assert!(message.contains(&format!("cannot write {}", output.display())), "{message}");
        }
    }
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0);
    if Path::new("/dev/full").exists() {
        let mut clv = Command::new(CLV);
        clv.arg("score").arg(root().join("data/cdnow-rfm.csv")).args(["-m", &model()]);
        let run = clv.stdout(File::create("/dev/full").unwrap()).output().unwrap();
        assert_eq!(run.status.code(), Some(1));
        assert!(text(&run.stderr).contains("cannot write standard output: "));
    }
}

/// Orders that memory has no room for wait in a file, and there may be no room for that either.
#[test]
fn a_full_disk_beneath_orders_that_wait() {
    let scratch = tempfile::tempdir().unwrap();
    let (orders, output) = (scratch.path().join("orders.csv"), scratch.path().join("rfm.csv"));
    let rows = (0..200_000).map(|i| format!("c{},2025-01-01,1\n", i % 1_000));
    fs::write(&orders, "customer,date,amount\n".to_owned() + &rows.collect::<String>()).unwrap();
    fs::write(&output, "precious").unwrap();
    let arguments = ["summary", orders.to_str().unwrap(), "--memory", "0", "-o"];
    let run = on_a_full_disk(&arguments.map(str::to_owned), &output);
    let message = text(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{message}");
    assert!(message.contains("orders cannot be set aside in a temporary file"), "{message}");
    assert_eq!(fs::read_to_string(&output).unwrap(), "precious");
}

/// Who could not read the customers' data before cannot now.
#[test]
fn a_file_that_is_replaced_keeps_its_permissions() {
    let scratch = tempfile::tempdir().unwrap();
    for mode in [0o600, 0o664] {
        let output = scratch.path().join("rfm.csv");
        fs::write(&output, "").unwrap();
        fs::set_permissions(&output, Permissions::from_mode(mode)).unwrap();
        let run = Command::new(CLV).arg("summary").arg(cdnow()).arg("-o").arg(&output).output();
        assert!(run.unwrap().status.success());
        let found = fs::metadata(&output).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, mode);
        assert!(found.len() > 1_000);
    }
}

#[test]
fn an_interrupt_leaves_the_old_file() {
    for signal in ["INT", "TERM", "HUP"] {
        let scratch = tempfile::tempdir().unwrap();
        let output = scratch.path().join("rfm.csv");
        fs::write(&output, "precious").unwrap();
        let files = || fs::read_dir(&scratch).unwrap().count();
        // Whoever runs the tests may ignore signals, which would be inherited.
        let (mut clv, orders) = begun(&["--default-signal"], &output);
        kill(signal, &clv);
        assert_eq!(clv.wait().unwrap().code(), Some(130), "{signal}");
        assert_eq!((fs::read_to_string(&output).unwrap().as_str(), files()), ("precious", 1));
        drop(orders);
    }
}

/// As nohup has HUP ignored, and a script INT of what it starts in the background: another signal
/// ends it as ever, and an ignored one does not.
#[test]
fn a_signal_that_is_ignored_stays_so_and_others_are_heeded() {
    let ignored = ["INT", "TERM", "HUP"];
    for (place, signal) in ignored.iter().enumerate() {
        let scratch = tempfile::tempdir().unwrap();
        let output = scratch.path().join("rfm.csv");
        let files = || fs::read_dir(&scratch).unwrap().count();
        let ignore = ["--default-signal".to_owned(), format!("--ignore-signal={signal}")];
        let ignore = ignore.each_ref().map(String::as_str);

        let (mut clv, orders) = begun(&ignore, &output);
        kill(ignored[(place + 1) % 3], &clv);
        assert_eq!(clv.wait().unwrap().code(), Some(130), "{signal}");
        assert_eq!(files(), 0, "{signal}");
        drop(orders);

        let (mut clv, mut orders) = begun(&ignore, &output);
        kill(signal, &clv);
        // It reads on.
        orders.write_all(b"customer,date,amount\nann,2025-01-01,1\n").unwrap();
        drop(orders);
        assert_eq!(clv.wait().unwrap().code(), Some(0), "{signal}");
        assert!(fs::read_to_string(&output).unwrap().ends_with("\nann,0,0,0,\n"), "{signal}");
        assert_eq!(files(), 1, "{signal}");
    }
}

/// A command under `env` with these options that has begun its file; the orders do not come, and
/// their end would be its own.
fn begun(options: &[&str], output: &Path) -> (Child, ChildStdin) {
    let folder = output.parent().unwrap();
    let files = || fs::read_dir(folder).unwrap().count();
    let before = files();
    let mut clv = Command::new("env")
        .args(options)
        .args([CLV, "summary", "-", "-q", "-o"])
        .arg(output)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let orders = clv.stdin.take().unwrap();
    let began = Instant::now();
    while files() == before {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing was begun");
        thread::sleep(Duration::from_millis(5));
    }
    (clv, orders)
}

fn kill(signal: &str, clv: &Child) {
    let killed = Command::new("kill").args(["-s", signal, &clv.id().to_string()]).status();
    assert!(killed.unwrap().success());
}

/// As `head` does.
#[test]
fn who_stops_reading_has_had_enough() {
    let scratch = tempfile::tempdir().unwrap();
    // What a pipe holds, 64 KiB, may be written before anybody stops reading.
    let many = scratch.path().join("many.csv");
    let row = |i| format!("customer-{i},2025-01-01,10\n");
    let rows: String = (0..20_000).map(row).collect();
    fs::write(&many, format!("customer,date,amount\n{rows}")).unwrap();
    let orders = cdnow();
    let model = model();
    for arguments in [
        &["summary", many.to_str().unwrap()][..],
        &["score", orders.to_str().unwrap(), "-m", &model],
        &["score", orders.to_str().unwrap(), "-m", &model, "--top", "2000"],
        &["simulate", "-m", &model, "--customers", "100000", "--days", "365", "--seed", "1"],
    ] {
        let mut clv = Command::new(CLV)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(clv.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("customer"), "{line}");
        let run = clv.wait_with_output().unwrap();
        assert!(run.status.success(), "{arguments:?}: {:?}", run.status);
        assert_eq!(text(&run.stderr), "", "{arguments:?}");
    }
}
