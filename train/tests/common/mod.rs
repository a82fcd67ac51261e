//! Runs the binary on an order log.
#![allow(dead_code, reason = "each test uses some")]

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) const CLV: &str = env!("CARGO_BIN_EXE_clv");

/// What `clv summary -` does with these orders.
pub(crate) fn summary(orders: &[u8], arguments: &[&str]) -> Output {
    clv(orders, "summary", arguments)
}

/// What a command does with orders on standard input.
pub(crate) fn clv(orders: &[u8], command: &str, arguments: &[&str]) -> Output {
    let mut clv = Command::new(CLV)
        .args([command, "-"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("clv starts");
    let mut stdin = clv.stdin.take().expect("piped");
    match stdin.write_all(orders) {
        // It may have refused something else before it read.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        written => written.expect("clv reads its input"),
    }
    drop(stdin);
    clv.wait_with_output().expect("clv ends")
}

/// What `clv` does with these arguments.
pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(CLV).args(arguments).output().expect("clv starts")
}

/// What a command does with a file.
pub(crate) fn clv_of(command: &str, input: &Path, arguments: &[&str]) -> Output {
    Command::new(CLV).arg(command).arg(input).args(arguments).output().expect("clv starts")
}

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// CDNOW's orders.
pub(crate) fn cdnow() -> PathBuf {
    root().join("data/cdnow-orders.csv")
}

/// The default model's file.
pub(crate) fn model() -> String {
    root().join("model/cdnow.json").to_str().expect("UTF-8").to_owned()
}

/// An output stream's text.
pub(crate) fn text(stream: &[u8]) -> &str {
    std::str::from_utf8(stream).expect("UTF-8")
}
