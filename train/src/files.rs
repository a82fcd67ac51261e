//! Input and output by path, where `-` means the standard streams.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::process;

/// Opens a file for reading.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, String> {
    if is_standard_stream(path) {
        return Ok(Box::new(io::stdin().lock()));
    }
    match File::open(path) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) => Err(format!("cannot open {}: {error}", path.display())),
    }
}

/// What to call an input when there is something to say about it.
pub(crate) fn input_name(path: &Path) -> String {
    if is_standard_stream(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// Both paths lead to the same file.
pub(crate) fn are_same(one: &Path, other: &Path) -> bool {
    if is_standard_stream(one) || is_standard_stream(other) {
        return false;
    }
    matches!(
        (fs::canonicalize(one), fs::canonicalize(other)),
        (Ok(one), Ok(other)) if one == other
    )
}

/// Writes a file whole or not at all: what was there stays until all is written.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), String> {
    let written = if is_standard_stream(path) {
        write(&mut io::stdout().lock())
    } else {
        replace_file(path, write)
    };
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}

pub(crate) fn is_standard_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn replace_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    // A link stays a link: the file it leads to is the one replaced.
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(_) => path.to_owned(),
    };
    // A device or a pipe holds nothing to keep, and must not be renamed over.
    if fs::metadata(&target).is_ok_and(|found| !found.is_file()) {
        return write(&mut File::create(&target)?);
    }
    let mut name = OsString::from(target.as_os_str());
    name.push(format!(".{}.partial", process::id()));
    let partial = Path::new(&name);
    let mut file = BufWriter::new(File::create_new(partial)?);
    let written = write(&mut file)
        .and_then(|()| file.into_inner()?.sync_all())
        .and_then(|()| fs::rename(partial, &target));
    if written.is_err() {
        // The first error is the one to tell, whether or not this succeeds.
        let _ = fs::remove_file(partial);
    }
    written
}
