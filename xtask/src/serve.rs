//! `cargo xtask start`: the Worker and the demo store in the real Workers runtime.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use crate::run::{command, step};
use crate::site;
use crate::tools::npm_program;

/// Builds, serves until Ctrl-C, and ends everything it started.
pub(crate) fn start() -> Result<ExitCode> {
    let port = std::env::var("PORT").ok().filter(|port| !port.is_empty());
    let port: u16 = match &port {
        Some(port) => port.parse().with_context(|| format!("PORT={port} is no port number"))?,
        None => 8787,
    };
    // Before a build of minutes, not after.
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("cannot serve on port {port}; set PORT to another"))?;
    site::build()?;

    let (interrupted, interruption) = mpsc::channel();
    ctrlc::set_handler(move || {
        // Nobody listens any more once the server is being ended.
        let _ = interrupted.send(());
    })?;
    let mut server = step("start the Workers runtime", || Server::start(port, &interruption))?;
    println!(
        "
Serving on http://127.0.0.1:{port}

  demo store   http://127.0.0.1:{port}/
  try          curl http://127.0.0.1:{port}/predict -H 'content-type: application/json' \\
                 -d '{{\"frequency\": 5.0, \"recency\": 200.0, \"T\": 300.0, \"monetary_value\": 45.50}}'

Ctrl-C ends it."
    );
    while interruption.recv_timeout(Duration::from_millis(300)).is_err() {
        if let Some(status) = server.child.try_wait()? {
            // wrangler does so, and tells nothing, where a connection of its own is lost.
            eprintln!("the Workers runtime ended by itself ({status})");
            // What it leaves would hold the port.
            drop(server);
            server =
                step("start the Workers runtime again", || Server::start(port, &interruption))?;
        }
    }
    println!("\nending");
    Ok(ExitCode::SUCCESS)
}

/// A running Workers runtime; it ends when this is dropped.
struct Server {
    child: Child,
}

impl Server {
    /// Starts it and waits until it answers.
    fn start(port: u16, interruption: &mpsc::Receiver<()>) -> Result<Server> {
        let child = command(npm_program("wrangler")?)
            .args(["dev", "--env", "dev", "--ip", "127.0.0.1", "--port", &port.to_string()])
            // 0 is any free port: the default one may be taken by another.
            .args(["--inspector-port", "0", "--show-interactive-dev-session=false"])
            .args(["--log-level", "warn"])
            .env("WRANGLER_SEND_METRICS", "false")
            // It would ask the network where on earth this machine is.
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            .stdin(Stdio::null())
            // A group of its own, so that all it starts can be ended with it.
            .process_group(0)
            .spawn()
            .context("cannot run wrangler")?;
        let mut server = Server { child };
        let start = Instant::now();
        while !is_healthy(port) {
            if let Some(status) = server.child.try_wait()? {
                bail!("the Workers runtime ended while starting ({status})");
            }
            if start.elapsed() > Duration::from_secs(120) {
                bail!("the Workers runtime did not answer within two minutes");
            }
            if interruption.recv_timeout(Duration::from_millis(100)).is_ok() {
                bail!("interrupted");
            }
        }
        Ok(server)
    }

    /// Its process group.
    fn group(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(group) = self.group() else { return };
        // An error of any of these says that the group is gone, which is what is wanted.
        let _ = kill_process_group(group, Signal::TERM);
        for _ in 0..50 {
            // Reaping the first process is what lets an empty group vanish.
            let _ = self.child.try_wait();
            if test_kill_process_group(group).is_err() {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }
}

/// Whether `GET /healthz` answers 200.
pub(crate) fn is_healthy(port: u16) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut start = [0; 12];
        stream.read_exact(&mut start)?;
        Ok(String::from_utf8_lossy(&start).into_owned())
    };
    ask().is_ok_and(|answer| answer == "HTTP/1.1 200")
}
