//! A file in the making, which neither an error nor a signal may leave behind.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::interrupt;

/// The exit code that shells give to what was interrupted.
const INTERRUPTED: i32 = 130;

/// The one there is, for the thread that a signal wakes.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

fn unfinished() -> MutexGuard<'static, Option<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the command without it.
fn end() {
    let unfinished = unfinished();
    if let Some(path) = &*unfinished {
        let _ = fs::remove_file(path);
    }
    // Nobody begins or ends a file any more, for this is still locked.
    process::exit(INTERRUPTED)
}

/// A file beside the one whose place it is to take; it goes unless it does.
pub(crate) struct Partial<'t> {
    target: &'t Path,
    path: PathBuf,
}

impl<'t> Partial<'t> {
    /// Makes it, for those alone to read who may read what is there.
    pub(crate) fn beside(target: &'t Path) -> io::Result<(Self, File)> {
        interrupt::watch(end)?;
        let mut name = OsString::from(target.as_os_str());
        name.push(format!(".{}.partial", process::id()));
        let path = PathBuf::from(name);
        let mut unfinished = unfinished();
        let file = File::create_new(&path)?;
        *unfinished = Some(path.clone());
        drop(unfinished);
        let partial = Self { target, path };
        if let Ok(found) = fs::metadata(target)
            && found.permissions() != file.metadata()?.permissions()
        {
            file.set_permissions(found.permissions())?;
        }
        Ok((partial, file))
    }

    /// Puts it in the place of the other.
    pub(crate) fn take_its_place(self) -> io::Result<()> {
        let mut unfinished = unfinished();
        fs::rename(&self.path, self.target)?;
        *unfinished = None;
        Ok(())
    }
}

impl Drop for Partial<'_> {
    fn drop(&mut self) {
        if let Some(path) = unfinished().take() {
            // An error that came before is the one to tell, whether or not this succeeds.
            let _ = fs::remove_file(path);
        }
    }
}
