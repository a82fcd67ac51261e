//! `cargo xtask`: everything there is to do with this repository.

mod bench;
mod browser;
mod consumers;
mod described;
mod engines;
mod fresh;
mod fuzz;
mod integrations;
mod no_std;
mod own_model;
mod package;
mod python;
mod readme;
mod run;
mod serve;
mod site;
mod started;
mod suite;
mod text;
mod toolchain;
mod tools;
mod warehouse;
mod worker;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  start   build what has changed and serve the demo store and POST /predict on
          http://127.0.0.1:8787 in the real Workers runtime; Ctrl-C ends it
  build   leave the npm package in pkg/dist, the Worker in worker/build, and the snippets for
          shops, each complete, in target/integrations
  test    run every test there is
  bench   measure how fast it scores, beside Python's lifetimes and others; prints the
          figures and leaves them in target/bench.json. bench --quick shows in half a
          minute that it runs; its figures mean nothing
  bench fit [--quick]
          measure how long a fit of a million customers takes, beside lifetimes; leaves the
          figures in target/bench-fit.json
  bench orders [--quick]
          measure the summary of 10 million orders beside DuckDB's, in time and memory
  bench score [--quick]
          measure how many customers a second clv score takes, Parquet to Parquet
  bench worker [--quick]
          measure the Worker in the real Workers runtime beside JavaScript that only sums up
          and beside FastAPI, with wrk; leaves the figures in target/bench-worker.json
  bench worker --soak 10m
          mixed load for so long, every answer compared and the memory watched
  fuzz [TARGET] [SECONDS]
          try a target of fuzz/, or each, with input made up to break it; 60 s each

The first run fetches or installs what is missing (the wasm32 target, wasm-bindgen,
worker-build, npm packages; for test and bench also browsers, wrk and Python packages) and
says so; tools go to target/tools.

Environment:
  PORT             where start serves, default 8787
  EDGE_CLV_MODEL   the model file to compile in, default model/cdnow.json
  CHROMIUM         a Chromium or Chrome to test with, default: looked for, or installed
  FIREFOX          the same for a Firefox
  WEBKIT_DRIVER    the same for WebKitGTK: its WebKitWebDriver; needs Xvfb too";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        ["start"] => serve::start(),
        ["build"] => site::build().map(|()| ExitCode::SUCCESS),
        ["test"] => suite::run_all(),
        ["bench"] => bench::run_full().map(|()| ExitCode::SUCCESS),
        ["bench", "--quick"] => bench::run_quick().map(|()| ExitCode::SUCCESS),
        ["bench", "fit"] => bench::fit::run_full().map(|()| ExitCode::SUCCESS),
        ["bench", "fit", "--quick"] => bench::fit::run_quick().map(|()| ExitCode::SUCCESS),
        ["bench", "orders"] => bench::orders::run_full().map(|()| ExitCode::SUCCESS),
        ["bench", "orders", "--quick"] => bench::orders::run_quick().map(|()| ExitCode::SUCCESS),
        ["bench", "worker"] => bench::worker::run_full().map(|()| ExitCode::SUCCESS),
        ["bench", "worker", "--quick"] => bench::worker::run_quick().map(|()| ExitCode::SUCCESS),
        ["bench", "worker", "--soak", time] => {
            bench::worker::seconds(time).and_then(bench::worker::soak).map(|()| ExitCode::SUCCESS)
        }
        ["bench", "score"] => bench::score::run_full().map(|()| ExitCode::SUCCESS),
        ["bench", "score", "--quick"] => bench::score::run_quick().map(|()| ExitCode::SUCCESS),
        ["fuzz", ref which @ ..] => fuzz::by_hand(which).map(|()| ExitCode::SUCCESS),
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            eprintln!("{HELP}");
            Ok(ExitCode::from(2))
        }
    };
    outcome.unwrap_or_else(|why| {
        eprintln!("\nerror: {why:#}");
        ExitCode::FAILURE
    })
}
