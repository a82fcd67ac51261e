//! Heeds the signals that ask a command to end.

use std::io;
use std::sync::OnceLock;

/// Has `end` called in a thread of its own when a signal asks to end; once is enough for all of
/// the command. A signal that is ignored, as HUP is under nohup and INT in the background of a
/// script, stays so.
pub(crate) fn watch(end: fn()) -> io::Result<()> {
    static WATCHED: OnceLock<()> = OnceLock::new();
    if WATCHED.get().is_none() {
        heed(end)?;
        let _ = WATCHED.set(());
    }
    Ok(())
}

#[cfg(unix)]
fn heed(end: fn()) -> io::Result<()> {
    use std::thread;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let heeded = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|&signal| !is_ignored(signal));
    let mut signals = Signals::new(heeded)?;
    let wait = move || {
        if signals.forever().next().is_some() {
            end();
        }
    };
    thread::Builder::new().spawn(wait).map(drop)
}

/// Whoever started the command wants it to ignore this.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    use std::mem::MaybeUninit;
    use std::ptr;

    let mut action = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: with no action to set, this only writes the present one to where there is room for
    // it, and did so if it returns 0.
    unsafe {
        libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

#[cfg(not(unix))]
fn heed(end: fn()) -> io::Result<()> {
    ctrlc::set_handler(end).map_err(io::Error::other)
}
