//! What every command that works for a while has in common: progress, answers for machines,
//! and silence.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use edge_clv::json;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::counts::Counts;
use crate::failure::Failure;
use crate::files;

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

    /// What became of the rows and orders that were read.
    pub(crate) fn tell_counts(&self, counts: &Counts) {
        self.tell(&(counts.read() + &counts.others()));
    }

    /// The answer on standard output: as JSON if asked for, else as text.
    pub(crate) fn answer(&self, answer: &impl Serialize, text: &str) -> Result<(), Failure> {
        let printed = if self.json { json::to_string(answer) + "\n" } else { text.to_owned() };
        let standard_output = Path::new("-");
        files::replace(standard_output, |output| output.write_all(printed.as_bytes()))
    }

    /// A bar for work that is counted in `unit`; `total` is how much there is, if known.
    pub(crate) fn progress(&self, unit: &'static str, total: Option<u64>) -> Progress {
        let template = match total {
            Some(_) => format!(
                "{{bar:30}} {{human_pos}} of {{human_len}} {unit}, {{per_sec}}, {{eta}} to go"
            ),
            None => format!("{{spinner}} {{human_pos}} {unit}, {{per_sec}}"),
        };
        self.bar(&template, total)
    }

    /// A bar for a file that is read; `size` is how long it is, if known.
    pub(crate) fn reading(&self, size: Option<u64>) -> Progress {
        let template = match size {
            Some(_) => "{bar:30} {bytes} of {total_bytes} read, {bytes_per_sec}, {eta} to go",
            None => "{spinner} {bytes} read, {bytes_per_sec}",
        };
        self.bar(template, size)
    }

    fn bar(&self, template: &str, total: Option<u64>) -> Progress {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { bar, began: Instant::now(), waits: AtomicBool::new(!self.quiet) }
    }
}

/// A bar on standard error, once the work has lasted long enough to need one; none where
/// standard error is no terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    /// Not drawn yet, but to be.
    waits: AtomicBool,
}

impl Progress {
    /// What takes less time needs no bar.
    const PATIENCE: Duration = Duration::from_secs(2);

    /// So much more is done.
    pub(crate) fn add(&self, done: u64) {
        self.bar.inc(done);
        if self.began.elapsed() > Self::PATIENCE && self.waits.swap(false, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.bar.tick();
        }
    }

    /// All is done: the bar goes.
    pub(crate) fn finish(&self) {
        self.waits.store(false, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

/// A file whose reading is watched.
pub(crate) struct Watched<R> {
    pub(crate) file: R,
    pub(crate) progress: Arc<Progress>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(room)?;
        if read == 0 && !room.is_empty() {
            self.progress.finish();
        } else {
            self.progress.add(read as u64);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watched_file_is_the_file() {
        let manners = Manners { json: false, quiet: false };
        let progress = Arc::new(manners.reading(Some(6)));
        let mut text = String::new();
        let mut file = Watched { file: &b"orders"[..], progress: progress.clone() };
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "orders");
        assert_eq!(progress.bar.position(), 6);
        assert!(progress.bar.is_finished());
    }
}
