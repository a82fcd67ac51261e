//! `cargo xtask test`: every test there is, and one line at the end.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::browser::{CHROMIUM, FIREFOX, WEBKIT};
use crate::python::python;
use crate::run::{cargo, clv, command, copy_folder, demand_default_model, output, root, run, step};
use crate::started::Started;
use crate::{
    bench, consumers, described, engines, fuzz, integrations, no_std, own_model, package, site,
    warehouse, worker,
};

/// What the closing line counts. A check that is one program counts as one test.
#[derive(Default)]
struct Tally {
    passed: u32,
    failed: u32,
    failures: Vec<String>,
}

impl Tally {
    fn add(&mut self, what: &str, outcome: Result<(u32, u32)>) {
        match outcome {
            // A runner that found no test has tested nothing.
            Ok((0, 0)) => self.fail(what, "no test ran"),
            Ok((passed, failed)) => {
                self.passed += passed;
                self.failed += failed;
                if failed > 0 {
                    self.failures.push(format!("{what}: {failed} failed"));
                }
            }
            Err(why) => self.fail(what, &format!("{why:#}")),
        }
    }

    fn fail(&mut self, what: &str, why: &str) {
        self.failed += 1;
        self.failures.push(format!("{what}: {why}"));
    }

    /// Runs a group of tests; `what` is told before and counted after.
    fn group(&mut self, what: &str, tests: impl FnOnce() -> Result<(u32, u32)>) {
        let outcome = step(what, tests);
        self.add(what, outcome);
    }

    /// Runs a check that passes or fails as a whole.
    fn check(&mut self, what: &str, check: impl FnOnce() -> Result<()>) {
        self.group(what, || check().map(|()| (1, 0)));
    }
}

/// Runs everything, failures or not, and prints what came of it.
pub(crate) fn run_all() -> Result<ExitCode> {
    demand_default_model()?;
    let mut tally = Tally::default();
    tally.check("formatting", || run(cargo().args(["fmt", "--all", "--check"])));
    tally.check("lints", || {
        run(cargo()
            .args(["clippy", "--quiet", "--workspace", "--all-targets", "--all-features"])
            .args(["--", "--deny", "warnings"]))
    });
    tally.check("lints of the core by itself", || {
        for features in [&["--no-default-features"][..], &[]] {
            let mut clippy = cargo();
            clippy.args(["clippy", "--quiet", "--package", "edge-clv"]).args(features);
            run(clippy.args(["--", "--deny", "warnings"]))?;
        }
        Ok(())
    });
    tally.check("documentation", || {
        run(cargo()
            .args(["doc", "--quiet", "--workspace", "--all-features", "--no-deps"])
            .env("RUSTDOCFLAGS", "--deny warnings"))
    });
    tally.group("native tests", || {
        cargo_tests(
            cargo()
                .args(["test", "--workspace", "--all-features", "--no-fail-fast"])
                // They are compared host by host, below.
                .args(["--", "--skip", "the_same_bits"]),
        )
    });
    tally.group("models of one's own compiled in", own_model::build_each);
    tally.check("the core without the standard library", no_std::link_core);
    tally.check("golden tables made again", golden_tables);
    tally.check("the training library for the web", no_std::check_train);
    tally.check("a big summary is DuckDB's", bench::orders::run_quick);
    tally.check("the benchmark of scoring runs", bench::score::run_quick);
    tally.check("the summary in SQL on DuckDB and on Spark", warehouse::same_summary);
    tally.check("fits beside those of lifetimes", || {
        run(python("benches/requirements.txt", "bench/python")?
            .arg("train/tests/lifetimes/beside.py")
            .arg(clv()?))
    });
    tally.check("the benchmark of a fit runs", || {
        bench::fit::run_quick()?;
        let written: Value = serde_json::from_str(&fs::read_to_string(bench::fit::results())?)?;
        let ratio = |table: &str| written[table]["ratio"].as_f64().unwrap_or(0.0);
        ensure!(ratio("unfolded") > 0.0 && ratio("folded") > 0.0, "{written}");
        Ok(())
    });
    tally.group("fuzz targets", fuzz::every_target);

    let built = step("build the package, the Worker and the site", site::build);
    let ready = built.is_ok();
    tally.add("build", built.map(|()| (1, 0)));
    if ready {
        tally.group("the packed package in Node", || {
            let consumer = consumer()?;
            node_tests(&consumer, "node", &[])
        });
        tally.group("the command's scores beside those of the package", || {
            let clv = clv()?;
            node_tests(&consumer_folder(), "score", &[("CLV", &clv.to_string_lossy())])
        });
        packed_package(&mut tally);
        tally.group("the widget's file", || node_tests(&consumer_folder(), "widget-file", &[]));
        raw_module(&mut tally);
        snippets(&mut tally);
        same_bits(&mut tally);
        tally.check("the benchmark runs", benchmark);
        tally.check("the benchmark of the Worker runs", bench::worker::run_quick);
        tally.check("20 s of mixed load on the Worker", || bench::worker::soak(20));
        tally.group("hostile requests to the Worker in workerd", || {
            node_tests(&consumer_folder(), "hostile", &[])
        });
        tally.group("a Worker that panicked answers on", || {
            let folder = worker::build_panicking()?;
            let folder = folder.to_string_lossy();
            node_tests(&consumer_folder(), "panic", &[("FOLDER", &folder)])
        });
        tally.check("schemathesis finds nothing", described::every_case);
        tally.group("the Worker under settings of its own", || {
            node_tests(&consumer_folder(), "settings", &[])
        });
        served_tests(&mut tally);
    }

    for failure in &tally.failures {
        println!("FAILED {failure}");
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The entries of the packed package, in projects of every kind and in pages.
fn packed_package(tally: &mut Tally) {
    for (what, name) in [
        ("types of the package", "types"),
        ("the entries of the packed package", "package"),
        ("the packed package in bundlers, frameworks and runtimes", "consumers"),
    ] {
        tally.group(what, || {
            let (consumers, chromium) = (consumers::folder()?, CHROMIUM.find()?);
            node_tests(
                &consumer_folder(),
                name,
                &[
                    ("CONSUMERS", &consumers.to_string_lossy()),
                    (CHROMIUM.variable, &chromium.to_string_lossy()),
                ],
            )
        });
    }
    for (name, browser) in [("chromium", &CHROMIUM), ("firefox", &FIREFOX), ("webkit", &WEBKIT)] {
        tally.group(&format!("the packed package in pages of {name}"), || {
            let program = browser.find()?;
            let environment = [("BROWSER", name), (browser.variable, &program.to_string_lossy())];
            node_tests(&consumer_folder(), "pages", &environment)
        });
    }
}

/// The module for data engines, in Node and in the engines.
fn raw_module(tally: &mut Tally) {
    tally.group("the raw module in Node", || node_tests(&consumer_folder(), "raw", &[]));
    tally.group("the raw module in wasmtime, on Spark and in DuckDB", || {
        engines::score_all()?;
        node_tests(&consumer_folder(), "engines", &[])
    });
}

/// What stands in `www/integrations/`.
fn snippets(tally: &mut Tally) {
    for name in ["shopify", "woocommerce", "tag-manager", "snippets"] {
        tally.group(&format!("www/integrations: {name}"), || {
            let environment = integrations::environment()?;
            let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
            node_tests(&consumer_folder(), name, &environment)
        });
    }
}

/// One digest over 200,000 predictions in six hosts.
fn same_bits(tally: &mut Tally) {
    tally.group("the same bits in native code", || {
        cargo_tests(cargo().args(["test", "--all-features", "--test", "bits"]))
    });
    for (host, browser) in [
        ("Node", None),
        ("Chromium", Some(&CHROMIUM)),
        ("Firefox", Some(&FIREFOX)),
        ("WebKit", Some(&WEBKIT)),
        ("workerd", None),
    ] {
        tally.check(&format!("the same bits in {host}"), || {
            let mut node = command("node");
            if let Some(browser) = browser {
                node.env(browser.variable, browser.find()?);
            }
            node.current_dir(consumer_folder()).args(["same-bits.mjs", host]).env("ROOT", root());
            run(&mut node)
        });
    }
}

/// What needs `cargo xtask start` to be serving; started and ended as a user would.
fn served_tests(tally: &mut Tally) {
    let started = step("cargo xtask start on a free port", Started::start);
    let mut started = match started {
        Ok(started) => started,
        Err(why) => return tally.fail("cargo xtask start", &format!("{why:#}")),
    };
    // What was built just now counts as the first start; this is the second.
    let serving_after = started.serving_after;
    tally.check("a second start serves within 15 s", || {
        ensure!(serving_after <= Duration::from_secs(15), "it took {serving_after:?}");
        Ok(())
    });
    tally.check("the call that start prints", || {
        let printed = &started.printed;
        let (_, call) = printed.split_once("try ").context("start prints no call")?;
        let (call, _) = call.split_once("\n\n").context("the call has no end")?;
        let answer = output(command("sh").args(["-c", call.trim()])).unwrap_or_default();
        let expected = fs::read_to_string(root().join("tests/golden/seed-answer.json"))?;
        ensure!(answer == expected.trim_end(), "{call} answers {answer}");
        let store = format!("http://127.0.0.1:{}/", started.port);
        ensure!(printed.lines().any(|line| line.ends_with(&store)), "no address of the store");
        Ok(())
    });
    let base = format!("http://127.0.0.1:{}", started.port);
    tally.group("the Worker in workerd", || {
        node_tests(&consumer_folder(), "worker", &[("BASE", &base)])
    });
    for (engine, browser) in [("Chromium", &CHROMIUM), ("Firefox", &FIREFOX), ("WebKit", &WEBKIT)] {
        for (what, name) in [("the package and the widget", "widget"), ("the demo store", "demo")] {
            tally.group(&format!("{what} in {engine}"), || {
                let found = browser.find()?;
                let named = (browser.variable, &*found.to_string_lossy());
                node_tests(&consumer_folder(), name, &[("BASE", &base), ("ENGINE", engine), named])
            });
        }
    }
    for (what, name) in [
        ("the page of the Worker's interface in Chromium", "docs"),
        ("the examples of README.md", "readme"),
    ] {
        tally.group(what, || {
            let chromium = CHROMIUM.find()?;
            let chromium = chromium.to_string_lossy();
            node_tests(&consumer_folder(), name, &[("BASE", &base), ("CHROMIUM", &chromium)])
        });
    }
    tally.check("a runtime that ends by itself is started again", || started.lose_runtime());
    tally.check("an interrupt ends everything that start started", || started.interrupt());
}

/// Runs `cargo test`, its output shown, and adds up its closing lines.
fn cargo_tests(cargo: &mut Command) -> Result<(u32, u32)> {
    let mut child = cargo.stdout(Stdio::piped()).spawn()?;
    let output = child.stdout.take().context("cargo has no output")?;
    let (mut passed, mut failed) = (0, 0);
    for line in BufReader::new(output).lines() {
        let line = line?;
        if let Some(result) = line.strip_prefix("test result: ") {
            let mut words = result.split([' ', ';', '.']).filter(|word| !word.is_empty());
            let mut before = words.next();
            for word in words {
                let count = before.and_then(|count| count.parse().ok()).unwrap_or(0);
                match word {
                    "passed" => passed += count,
                    "failed" => failed += count,
                    _ => {}
                }
                before = Some(word);
            }
        } else if !line.is_empty() && !line.starts_with("running ") && !line.ends_with("... ok") {
            println!("{line}");
        }
    }
    let status = child.wait()?;
    if !status.success() && failed == 0 {
        bail!("cargo test did not finish ({status})");
    }
    Ok((passed, failed))
}

/// Regenerates the golden tables at high precision and compares.
fn golden_tables() -> Result<()> {
    run(python("tests/oracle/requirements.txt", "python")?
        .args(["tests/oracle/golden.py", "--check"]))
}

/// A short run of the benchmark leaves a figure of everything that is measured.
fn benchmark() -> Result<()> {
    bench::run_quick()?;
    let written: Value = serde_json::from_str(&fs::read_to_string(bench::results())?)?;
    for contestant in &bench::CONTESTANTS {
        for measure in contestant.measures {
            let figures = &written["nanoseconds"][contestant.name][measure];
            for statistic in ["median", "least", "most"] {
                // JSON has no number that is not finite.
                let figure = figures[statistic].as_f64().unwrap_or(0.0);
                ensure!(figure > 0.0, "{}: {measure}: {figures}", contestant.name);
            }
        }
    }
    Ok(())
}

fn consumer_folder() -> PathBuf {
    root().join("target/consumer")
}

/// A project that has installed the package as it would be published.
fn consumer() -> Result<PathBuf> {
    let consumer = consumer_folder();
    let _ = fs::remove_dir_all(&consumer);
    fs::create_dir_all(&consumer)?;
    fs::write(consumer.join("package.json"), r#"{"private": true, "type": "module"}"#)?;
    run(command("npm")
        .args(["pack", "--silent", "--pack-destination"])
        .arg(&consumer)
        .arg(package::dist())
        .stdout(Stdio::null()))?;
    let tarball = format!("edge-clv-{}.tgz", env!("CARGO_PKG_VERSION"));
    run(command("npm")
        .args(["install", "--silent", "--offline", "--no-audit", "--no-fund"])
        .arg(format!("./{tarball}"))
        .current_dir(&consumer))?;
    // From inside the project `import "edge-clv"` finds what was installed.
    copy_folder(&root().join("tests/js"), &consumer)?;
    Ok(consumer)
}

/// Runs one file of tests, its output shown, and reads the counts from its TAP.
fn node_tests(consumer: &Path, name: &str, environment: &[(&str, &str)]) -> Result<(u32, u32)> {
    let tap = consumer.join(format!("{name}.tap"));
    let mut node = command("node");
    node.current_dir(consumer)
        .args(["--test", "--test-reporter=spec", "--test-reporter-destination=stdout"])
        .arg("--test-reporter=tap")
        .arg(format!("--test-reporter-destination={}", tap.display()))
        .arg(format!("{name}.test.mjs"))
        .env("ROOT", root())
        .envs(environment.iter().copied());
    let finished = run(&mut node);
    let tap = fs::read_to_string(&tap).unwrap_or_default();
    let count = |what: &str| {
        let line = tap.lines().find_map(|line| line.strip_prefix(&format!("# {what} ")));
        line.and_then(|count| count.parse().ok()).unwrap_or(0)
    };
    // A test that was cancelled or skipped has not passed.
    let failed = count("fail") + count("cancelled") + count("skipped") + count("todo");
    if failed == 0 {
        finished?;
    }
    Ok((count("pass"), failed))
}
