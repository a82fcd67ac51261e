//! Input and output by path, where `-` means the standard streams.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::process;

use crate::failure::Failure;
use crate::partial::Partial;

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

/// An error where the output would overwrite an input; each comes with what it holds.
pub(crate) fn keep(output: &Path, inputs: &[(&Path, &str)]) -> Result<(), String> {
    match inputs.iter().find(|(input, _)| are_same(input, output)) {
        Some((input, what)) => Err(format!(
            "{} holds {what} and would be overwritten; name another file for the output",
            input.display()
        )),
        None => Ok(()),
    }
}

/// What an output may hold besides text.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    /// Nothing.
    Text,
    /// Parquet, if the name ends so.
    Table,
}

/// An error where the output's name promises what is not written, or where it is standard output,
/// which holds `answer` already.
pub(crate) fn check_output(output: &Path, form: Form, answer: Option<&str>) -> Result<(), String> {
    let name = output.display();
    if is_standard_stream(output)
        && let Some(answer) = answer
    {
        return Err(format!("standard output holds {answer}; name a file for the output"));
    }
    if ends_with(output, "gz") {
        return Err(format!(
            "{name}: outputs are not compressed; write it without .gz and gzip it"
        ));
    }
    if form == Form::Text && is_parquet(output) {
        return Err(format!(
            "{name}: what is written here is text, not Parquet; name a file that does not end in \
             .parquet"
        ));
    }
    Ok(())
}

/// The name ends as that of a Parquet file.
pub(crate) fn is_parquet(path: &Path) -> bool {
    ends_with(path, "parquet")
}

fn ends_with(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// Both paths lead to the same file.
fn are_same(one: &Path, other: &Path) -> bool {
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
) -> Result<(), Failure> {
    replace_with(path, |output| write(output).map_err(|error| unwritable(path, error)))
}

/// The same, where other things than writing may fail; `write` tells by [`unwritable`] what
/// has to do with the file.
pub(crate) fn replace_with<T, E: From<Failure>>(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<T, E>,
) -> Result<T, E> {
    if is_standard_stream(path) {
        let mut output = BufWriter::new(StandardOutput);
        let written = write(&mut output)?;
        output.flush().map_err(|error| unwritable(path, error))?;
        return Ok(written);
    }
    replace_file(path, write)
}

/// What to say of a file that cannot be written.
pub(crate) fn unwritable(path: &Path, error: impl Display) -> Failure {
    let name = match is_standard_stream(path) {
        true => "standard output".to_owned(),
        false => path.display().to_string(),
    };
    Failure::Unforeseen(format!("cannot write {name}: {error}"))
}

/// It can be read again from the start: standard input cannot, nor a pipe by a name of its own,
/// of which a second reading would find nothing or wait for ever.
pub(crate) fn can_be_read_again(path: &Path) -> bool {
    // A file that is not there is told when it is opened.
    !is_standard_stream(path) && fs::metadata(path).map_or(true, |found| found.is_file())
}

pub(crate) fn is_standard_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn replace_file<T, E: From<Failure>>(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<T, E>,
) -> Result<T, E> {
    let failed = |error: io::Error| unwritable(path, error);
    // A link stays a link: the file it leads to is the one replaced.
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(_) => path.to_owned(),
    };
    // A device or a pipe holds nothing to keep, and must not be renamed over.
    if fs::metadata(&target).is_ok_and(|found| !found.is_file()) {
        let mut output = BufWriter::new(File::create(&target).map_err(failed)?);
        let written = write(&mut output)?;
        output.flush().map_err(failed)?;
        return Ok(written);
    }
    let (partial, file) = Partial::beside(&target).map_err(failed)?;
    let mut file = BufWriter::new(file);
    let written = write(&mut file)?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    partial.take_its_place().map_err(failed)?;
    Ok(written)
}

/// Standard output. Who reads it may stop, as `head` does; then nothing is left to do, and
/// nothing is wrong.
pub(crate) struct StandardOutput;

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        while_read(io::stdout().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        while_read(io::stdout().flush())
    }
}

fn while_read<T>(done: io::Result<T>) -> io::Result<T> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => process::exit(0),
        done => done,
    }
}
