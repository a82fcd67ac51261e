//! A `cargo xtask start` under test.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::run::{command, output};
use crate::serve::is_healthy;

/// The program as a user starts it, serving.
pub(crate) struct Started {
    child: Child,
    pub(crate) port: u16,
    /// What it printed until it served.
    pub(crate) printed: String,
    pub(crate) serving_after: Duration,
}

impl Started {
    /// Starts it on a free port and waits until it says that it serves.
    pub(crate) fn start() -> Result<Started> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let begun = Instant::now();
        let mut child = Command::new(std::env::current_exe()?)
            .arg("start")
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("start has no output")?;
        let mut printed = String::new();
        let mut lines = BufReader::new(output).lines();
        // It gives up by itself if it cannot serve, and then its output ends.
        while !printed.contains("Ctrl-C ends it.") {
            let line = lines.next().context("start ended before it served")??;
            println!("    | {line}");
            printed.push_str(&line);
            printed.push('\n');
        }
        // Somebody has to read on, or it would wait for its output to be taken.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Started { child, port, printed, serving_after: begun.elapsed() })
    }

    /// Ends the runtime that it started, which it has to notice and to start another.
    pub(crate) fn lose_runtime(&self) -> Result<()> {
        let runtime = || Ok::<_, Error>(descendants(self.child.id())?.first().copied());
        let first = runtime()?.context("start has started nothing")?;
        kill_process(pid(first)?, Signal::KILL)?;
        let begun = Instant::now();
        while runtime()?.is_none_or(|one| one == first) || !is_healthy(self.port) {
            ensure!(begun.elapsed() < Duration::from_secs(60), "it is not started again");
            sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Interrupts it, and it alone; nothing that it started may be left.
    pub(crate) fn interrupt(&mut self) -> Result<()> {
        let id = self.child.id();
        let started = descendants(id)?;
        ensure!(!started.is_empty(), "start has started nothing");
        kill_process(pid(id)?, Signal::INT)?;
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            ensure!(begun.elapsed() < Duration::from_secs(20), "start does not end");
            sleep(Duration::from_millis(100));
        };
        ensure!(status.success(), "start ended with {status}");
        let alive: Vec<u32> = processes()?.into_iter().map(|(id, _)| id).collect();
        let left: Vec<_> = started.iter().filter(|id| alive.contains(id)).collect();
        ensure!(left.is_empty(), "processes are left over: {left:?}");
        TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).context("the port is still held")?;
        Ok(())
    }
}

fn pid(id: u32) -> Result<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw).context("no such process")
}

/// The processes that a process started, and those that they started.
fn descendants(of: u32) -> Result<Vec<u32>> {
    let processes = processes()?;
    let mut found = vec![of];
    let mut seen = 0;
    while seen < found.len() {
        let parent = found[seen];
        found.extend(processes.iter().filter(|(_, its)| *its == parent).map(|(id, _)| *id));
        seen += 1;
    }
    Ok(found.split_off(1))
}

/// Every process and its parent.
fn processes() -> Result<Vec<(u32, u32)>> {
    let table = output(command("ps").args(["-A", "-o", "pid=,ppid="]));
    let table = table.context("ps is needed to see which processes there are")?;
    let row = |line: &str| {
        let mut ids = line.split_whitespace().map(str::parse);
        Some((ids.next()?.ok()?, ids.next()?.ok()?))
    };
    Ok(table.lines().filter_map(row).collect())
}
