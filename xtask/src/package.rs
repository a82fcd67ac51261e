//! The npm package: pkg/dist.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::fresh::{Inputs, unless_fresh};
use crate::run::{command, root, run, step};
use crate::text;
use crate::toolchain::{TARGET, Toolchain};
use crate::tools::{npm_program, wasm_bindgen};

/// What the compiled wasm depends on, whichever crate it is; the recipe is part of it.
pub(crate) const CORE: [&str; 5] = ["src", "build.rs", "Cargo.toml", "Cargo.lock", "xtask/src"];

/// Features that rustc uses for the target by default and every current engine has.
pub(crate) const WASM_FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// Where the package is left.
pub(crate) fn dist() -> PathBuf {
    root().join("pkg/dist")
}

/// Builds the package if anything it is made of has changed.
pub(crate) fn build() -> Result<()> {
    let toolchain = Toolchain::find()?;
    let esbuild = npm_program("esbuild")?;
    let wasm_opt = npm_program("wasm-opt")?;
    let own = ["pkg", "www/clv-score.js", "package-lock.json", "LICENSE-MIT", "LICENSE-APACHE"];
    let inputs = Inputs::of(&[&CORE[..], &own].concat())?.and_model()?.and(toolchain.version());
    unless_fresh(&dist().join(".fresh"), inputs, || {
        let wasm_bindgen = wasm_bindgen()?;
        step("compile the npm package's wasm", || {
            let mut cargo = toolchain.cargo_for_size();
            run(cargo.args(["build", "--package", "edge-clv-pkg"]).args([
                "--profile",
                "wasm",
                "--target",
                TARGET,
            ]))
        })?;
        step("assemble the npm package in pkg/dist", || {
            let parts = root().join("target/pkg");
            fs::create_dir_all(&parts)?;
            let compiled = format!("target/wasm/{TARGET}/wasm/edge_clv_pkg.wasm");
            run(command(wasm_bindgen)
                .args(["--target", "web", "--no-typescript", "--omit-default-module-path"])
                .args(["--out-name", "bindings", "--out-dir"])
                .arg(&parts)
                .arg(compiled))?;
            let wasm = parts.join("bindings_bg.wasm");
            run(command(wasm_opt)
                .args(WASM_FEATURES)
                .arg("-O3")
                .arg("--strip-producers")
                .arg(&wasm)
                .arg("-o")
                .arg(&wasm))?;
            fs::write(parts.join("bindings_bg.text"), text::encode(&fs::read(&wasm)?))?;

            // Everything in it is made anew, so that nothing that was removed lingers.
            let _ = fs::remove_dir_all(dist());
            fs::create_dir_all(dist())?;
            for entry in ["index.js", "model.js"] {
                fs::copy(root().join("pkg").join(entry), parts.join(entry))?;
            }
            run(command(esbuild)
                .arg(parts.join("index.js"))
                .args(["--bundle", "--minify", "--format=esm", "--target=es2022"])
                .args(["--loader:.text=text", "--log-level=warning"])
                .arg(format!("--outfile={}", dist().join("index.js").display())))?;
            for (from, to) in [
                ("pkg/index.d.ts", "index.d.ts"),
                ("pkg/package.json", "package.json"),
                ("pkg/README.md", "README.md"),
                ("pkg/widget.d.ts", "widget.d.ts"),
                ("www/clv-score.js", "widget.js"),
                ("LICENSE-MIT", "LICENSE-MIT"),
                ("LICENSE-APACHE", "LICENSE-APACHE"),
            ] {
                fs::copy(root().join(from), dist().join(to)).with_context(|| from.to_owned())?;
            }
            check_version()
        })
    })
}

/// The package has the version of the crate it is made from.
fn check_version() -> Result<()> {
    let package = fs::read_to_string(dist().join("package.json"))?;
    let package: serde_json::Value = serde_json::from_str(&package)?;
    let version = env!("CARGO_PKG_VERSION");
    if package["version"] != version {
        bail!("pkg/package.json has version {}, Cargo.toml {version}", package["version"]);
    }
    Ok(())
}
