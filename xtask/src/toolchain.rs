//! A compiler for wasm32-unknown-unknown.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::run::{cargo, command, output, root, run, step};

/// The target everything that is not native is built for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Where the target's standard library comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The ordinary way: rustup, or a Rust that has the target and the library's source.
    Ordinary,
    /// Debian's own Rust, which has nothing but the source for the target: for machines that
    /// reach Debian's packages and not rustup's downloads.
    Debian,
}

/// Where Debian's packages put what is needed.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LINKER: &str = "/usr/bin/wasm-ld-19";
/// worker-build wants to see this folder before it lets cargo build; cargo, told to build
/// the standard library, needs nothing in it.
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";

/// What is built where the standard library is built from source.
const BUILD_STD: &str = "std,panic_abort";
/// Besides the flags of .cargo/config.toml, which cargo adds.
const FOR_SIZE: &str = "-Cpanic=immediate-abort -Zunstable-options";

impl Toolchain {
    /// The toolchain at hand; installs what is missing.
    pub(crate) fn find() -> Result<Toolchain> {
        if has_target() && has_source() {
            return Ok(Toolchain::Ordinary);
        }
        let parts = [DEBIAN_RUSTC, DEBIAN_CARGO, DEBIAN_LINKER, DEBIAN_LIBRARY];
        if parts.iter().all(|part| Path::new(part).exists()) {
            return Ok(Toolchain::Debian);
        }
        let added = step("add the target wasm32-unknown-unknown with rustup", || {
            // Its own words say why, if it fails; what follows is what to do then.
            let add = |what: [&str; 3]| command("rustup").args(what).status();
            let added = [["target", "add", TARGET], ["component", "add", "rust-src"]].map(add);
            Ok(added.iter().all(|status| status.as_ref().is_ok_and(|status| status.success())))
        })?;
        if added && has_target() && has_source() {
            return Ok(Toolchain::Ordinary);
        }
        step("rustup could not; install Debian's Rust for wasm", || {
            apt_install(&["rustc-web", "cargo-web", "rust-web-src", "lld-19"])?;
            run(as_root("mkdir").args(["-p", DEBIAN_LIBRARY]))
        })
        .with_context(|| {
            format!(
                "no Rust for {TARGET}: install the target and the library's source, e.g. \
                 rustup target add {TARGET} && rustup component add rust-src"
            )
        })?;
        Ok(Toolchain::Debian)
    }

    /// The compiler's name and version.
    pub(crate) fn version(self) -> Option<String> {
        let rustc = match self {
            Toolchain::Ordinary => "rustc",
            Toolchain::Debian => DEBIAN_RUSTC,
        };
        output(command(rustc).arg("--version"))
    }

    /// Cargo of this toolchain.
    pub(crate) fn cargo(self) -> Command {
        self.equip(match self {
            Toolchain::Ordinary => cargo(),
            Toolchain::Debian => command(DEBIAN_CARGO),
        })
    }

    /// Cargo of this toolchain, for size as [`equip_for_size`](Self::equip_for_size) has it.
    pub(crate) fn cargo_for_size(self) -> Command {
        for_size(self.cargo())
    }

    /// Makes a program that calls cargo build for size: with the standard library built so, and
    /// without words for a panic, which nobody would read in a page and which could tell of a
    /// customer in a log: that is a tenth of the wasm. Until it is stable the compiler has to be
    /// told that it is meant.
    pub(crate) fn equip_for_size(self, program: Command) -> Command {
        for_size(self.equip(program))
    }

    /// Makes a program that calls cargo call this toolchain's.
    pub(crate) fn equip(self, mut program: Command) -> Command {
        program.env("CARGO_TARGET_DIR", root().join("target/wasm"));
        if self == Toolchain::Debian {
            let path = std::env::var("PATH").unwrap_or_default();
            program
                .env("PATH", format!("/usr/bin:{path}"))
                .env("RUSTC", DEBIAN_RUSTC)
                .env("CARGO", DEBIAN_CARGO)
                // build-std is unstable; only the standard library makes use of this.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_UNSTABLE_BUILD_STD", BUILD_STD)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER)
                // Cargo hands these to what it runs, and they name another toolchain.
                .env_remove("RUSTUP_TOOLCHAIN")
                .env_remove("RUSTC_WRAPPER");
        }
        program
    }
}

fn for_size(mut program: Command) -> Command {
    program
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_UNSTABLE_BUILD_STD", BUILD_STD)
        .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", FOR_SIZE);
    program
}

/// Installs packages where there is Debian.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    if output(Command::new("apt-get").arg("--version")).is_none() {
        bail!("there is no apt-get here to install {} with", packages.join(", "));
    }
    let mut update = as_root("apt-get");
    run(update.args(["update", "-qq"]).stdout(Stdio::null()))?;
    let mut install = as_root("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    run(install
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(packages)
        .stdout(Stdio::null()))
}

fn as_root(program: &str) -> Command {
    let root = output(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    if root {
        command(program)
    } else {
        let mut sudo = command("sudo");
        sudo.arg(program);
        sudo
    }
}

/// Whether the compiler in use has the target's standard library.
fn has_target() -> bool {
    output(command("rustc").args(["--target", TARGET, "--print", "target-libdir"]))
        .and_then(|folder| std::fs::read_dir(folder).ok())
        .is_some_and(|mut entries| entries.next().is_some())
}

/// Whether it has the standard library's source.
fn has_source() -> bool {
    let root = output(command("rustc").args(["--print", "sysroot"]));
    root.is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library").exists())
}
