//! Running other programs, saying how long it took, and what stands where.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Says what is being done, does it, and says how long it took.
pub(crate) fn step<T>(what: &str, action: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {what}");
    let start = Instant::now();
    let outcome = action().with_context(|| what.to_owned())?;
    println!("    {what}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(outcome)
}

/// A command that starts in the root of the repository.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Copies the files of a folder and of those within it.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (from, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if from.is_dir() {
            copy_folder(&from, &to)?;
        } else {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The command `clv`, compiled for tests.
pub(crate) fn clv() -> Result<PathBuf> {
    run(cargo().args(["build", "--quiet", "--package", "edge-clv-train"]))?;
    Ok(root().join("target/debug/clv"))
}

/// The model file that is compiled in: the one `EDGE_CLV_MODEL` names, or the default.
pub(crate) fn model_file() -> PathBuf {
    let named = std::env::var_os("EDGE_CLV_MODEL").filter(|named| !named.is_empty());
    root().join(named.unwrap_or_else(|| "model/cdnow.json".into()))
}

/// Tests and figures are of the default model.
pub(crate) fn demand_default_model() -> Result<()> {
    if std::env::var_os("EDGE_CLV_MODEL").is_some_and(|named| !named.is_empty()) {
        bail!("this is about the default model only: unset EDGE_CLV_MODEL");
    }
    Ok(())
}

/// Runs to the end, its output shown.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot run {}", name(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", name(command));
    }
    Ok(())
}

/// Runs to the end, its output returned and its errors shown.
pub(crate) fn printed(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("cannot run {}", name(command)))?;
    if !output.status.success() {
        bail!("{} failed ({})", name(command), output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Runs to the end, its output returned; `None` if it fails or is not there.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    let short = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy();
    std::iter::once(short).chain(arguments).take(6).collect::<Vec<_>>().join(" ")
}
