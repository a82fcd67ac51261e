//! What every command that works for a while has in common: progress, answers for machines,
//! and silence.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use clap::Args;
use edge_clv::json;
use edge_clv_train::BadRows;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct Manners {
    /// Print one JSON object on standard output, for machines
    #[arg(long)]
    json: bool,

    /// Print no progress and no closing line on standard error
    #[arg(short, long)]
    quiet: bool,
}

impl Manners {
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    /// A line about what was done, unless nobody wants it.
    pub(crate) fn tell(&self, line: &str) {
        if !self.quiet {
            // Standard error may be closed, and then there is nobody left to tell.
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    /// The bad rows that were left out, if any.
    pub(crate) fn tell_bad_rows(&self, bad: &BadRows) {
        if bad.count() > 0 {
            self.tell(&format!("bad rows left out: {}\n{bad}", bad.count()));
        }
    }

    /// The answer on standard output: as JSON if asked for, else as text.
    pub(crate) fn answer(&self, answer: &impl Serialize, text: &str) -> Result<(), Failure> {
        let printed = if self.json { json::to_string(answer) + "\n" } else { text.to_owned() };
        io::stdout()
            .write_all(printed.as_bytes())
            .map_err(|error| Failure::Unforeseen(format!("cannot write standard output: {error}")))
    }

    /// A bar for work that is counted in `unit`; `total` is how much there is, if known.
    pub(crate) fn progress(&self, unit: &'static str, total: Option<u64>) -> Progress {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let template = match total {
            Some(_) => format!(
                "{{bar:30}} {{human_pos}} of {{human_len}} {unit}, {{per_sec}}, {{eta}} to go"
            ),
            None => format!("{{spinner}} {{human_pos}} {unit}, {{per_sec}}"),
        };
        let style = ProgressStyle::with_template(&template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { bar, began: Instant::now(), waits: !self.quiet }
    }
}

/// A bar on standard error, once the work has lasted long enough to need one; none where
/// standard error is no terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    /// Not drawn yet, but to be.
    waits: bool,
}

impl Progress {
    /// What takes less time needs no bar.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// So much more is done.
    pub(crate) fn add(&mut self, done: u64) {
        self.bar.inc(done);
        if self.waits && self.began.elapsed() > Self::PATIENCE {
            self.waits = false;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
