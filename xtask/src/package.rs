//! The npm package: pkg/dist.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::fresh::{Inputs, unless_fresh};
use crate::run::{command, root, run, step};
use crate::text;
use crate::toolchain::{TARGET, Toolchain};
use crate::tools::{npm_program, wasm_bindgen};

/// What the compiled wasm depends on, whichever crate it is; the recipe is part of it.
pub(crate) const CORE: [&str; 5] = ["src", "build.rs", "Cargo.toml", "Cargo.lock", "xtask/src"];

/// That of every crate here, Cargo.toml's.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

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
    let (wasm_as, wasm_opt) = (npm_program("wasm-as")?, npm_program("wasm-opt")?);
    let own = [
        "pkg",
        "www/clv-score.js",
        "www/widget",
        "package-lock.json",
        "LICENSE-MIT",
        "LICENSE-APACHE",
    ];
    let inputs = Inputs::of(&[&CORE[..], &own].concat())?.and_model()?.and(toolchain.version());
    unless_fresh(&dist().join(".fresh"), inputs, || {
        let wasm_bindgen = wasm_bindgen()?;
        step("compile the npm package's wasm", || {
            let mut cargo = toolchain.cargo_for_size();
            // Together, so that what they share is compiled once.
            cargo.args(["build", "--package", "edge-clv-pkg", "--package", "edge-clv-raw"]);
            run(cargo.args(["--profile", "wasm", "--target", TARGET]))
        })?;
        step("assemble the npm package in pkg/dist", || {
            let parts = root().join("target/pkg");
            fs::create_dir_all(&parts)?;
            let compiled = format!("target/wasm/{TARGET}/wasm/edge_clv_pkg.wasm");
            run(command(wasm_bindgen)
                .args(["--target", "bundler", "--no-typescript", "--out-name", "bindings"])
                .arg("--out-dir")
                .arg(&parts)
                .arg(compiled))?;
            let wasm = parts.join("bindings_bg.wasm");
            optimize(&wasm_opt, &wasm, &wasm)?;
            let wasm = fs::read(wasm)?;
            fs::write(parts.join("clv.text"), text::encode(&wasm))?;
            let decoder = parts.join("decoder.bin");
            run(command(wasm_as).args(["pkg/decoder.wat", "-o"]).arg(&decoder))?;
            run(command(&wasm_opt).arg("-Oz").arg(&decoder).arg("-o").arg(&decoder))?;

            // Everything in it is made anew, so that nothing that was removed lingers.
            let _ = fs::remove_dir_all(dist());
            fs::create_dir_all(dist())?;
            let section = format!("edge-clv {VERSION}");
            fs::write(dist().join("clv.wasm"), marked(wasm, &section))?;
            for source in ["index.js", "model.js", "slim.js", "iife.js"] {
                fs::copy(root().join("pkg").join(source), parts.join(source))?;
            }
            let edge = fs::read_to_string(root().join("pkg/edge.js"))?;
            fs::write(parts.join("workerd.js"), edge.replace("CLV_WASM", "./clv.wasm"))?;
            fs::write(parts.join("edge-light.js"), edge.replace("CLV_WASM", "./clv.wasm?module"))?;
            let bundle = |entry: &str, options: &[&str]| {
                run(command(&esbuild)
                    .arg(parts.join(entry))
                    .args(["--bundle", "--minify", "--target=es2022", "--log-level=warning"])
                    .args(["--loader:.text=text", "--loader:.bin=base64"])
                    .arg(format!("--define:SECTION={section:?}"))
                    .args(options)
                    .arg(format!("--outfile={}", dist().join(entry).display())))
            };
            // Each is one file: a page would find out late that it needs another, and wait for it.
            for entry in ["index.js", "slim.js", "workerd.js", "edge-light.js"] {
                bundle(entry, &["--format=esm", "--external:./clv.wasm*"])?;
            }
            bundle("iife.js", &["--format=iife"])?;
            // One file, which finds the library beside it.
            run(command(&esbuild)
                .arg("www/clv-score.js")
                .args(["--bundle", "--minify", "--format=esm", "--target=es2022"])
                .args(["--external:./index.js", "--log-level=warning"])
                .arg(format!("--outfile={}", dist().join("widget.js").display())))?;
            for (from, to) in [
                ("pkg/custom-elements.json", "custom-elements.json"),
                ("pkg/index.d.ts", "index.d.ts"),
                ("pkg/slim.d.ts", "slim.d.ts"),
                ("pkg/clv.wasm.d.ts", "clv.wasm.d.ts"),
                ("pkg/iife.d.ts", "iife.d.ts"),
                ("pkg/README.md", "README.md"),
                ("pkg/widget.d.ts", "widget.d.ts"),
                ("LICENSE-MIT", "LICENSE-MIT"),
                ("LICENSE-APACHE", "LICENSE-APACHE"),
            ] {
                fs::copy(root().join(from), dist().join(to)).with_context(|| from.to_owned())?;
            }
            let package = fs::read_to_string(root().join("pkg/package.json"))?;
            fs::write(dist().join("package.json"), with_version(&package)?)?;
            let raw = root().join(format!("target/wasm/{TARGET}/wasm/edge_clv_raw.wasm"));
            optimize(&wasm_opt, &raw, &dist().join("clv-raw.wasm"))
        })
    })
}

/// The module with an empty section of this name, which runs nothing and which `slim.js` asks
/// for: a file that a cache has kept of another version would not fit the bindings.
fn marked(mut wasm: Vec<u8>, section: &str) -> Vec<u8> {
    let length = u8::try_from(section.len()).unwrap_or(u8::MAX);
    // Number 0 is a section of one's own; its content is the length of its name and the name.
    wasm.extend([0, length + 1, length]);
    wasm.extend(section.as_bytes());
    wasm
}

/// What the compiler has left to do.
fn optimize(wasm_opt: &Path, from: &Path, to: &Path) -> Result<()> {
    let mut optimize = command(wasm_opt);
    // Nobody needs to be told of the tools, and of the features that are used anyway.
    optimize.args(WASM_FEATURES).args(["-O3", "--strip-producers", "--strip-target-features"]);
    run(optimize.arg(from).arg("-o").arg(to))
}

/// The package's manifest with the version of the crate that it is made from.
fn with_version(package: &str) -> Result<String> {
    let stated = serde_json::from_str::<serde_json::Value>(package)?;
    ensure!(
        stated.get("version").is_none(),
        "pkg/package.json has version {}: leave it out, for the build writes Cargo.toml's, {VERSION}",
        stated["version"]
    );
    let name = "\"name\": \"edge-clv\",\n";
    ensure!(package.contains(name), "pkg/package.json has no line {name}");
    Ok(package.replacen(name, &format!("{name}  \"version\": \"{VERSION}\",\n"), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_crates_and_no_other() -> Result<()> {
        let package = with_version(&fs::read_to_string(root().join("pkg/package.json"))?)?;
        let read: serde_json::Value = serde_json::from_str(&package)?;
        assert_eq!(read["version"], VERSION);
        // One that is stated by hand would be wrong one day.
        let refusal = with_version(&package).unwrap_err().to_string();
        assert!(refusal.contains(VERSION), "{refusal}");
        assert!(with_version("{}").is_err());
        Ok(())
    }
}
