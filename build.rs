//! Reads the model file, checks it and writes its numbers as Rust.

extern crate alloc;

use std::path::{Path, PathBuf};
use std::{env, fs, process};

// The library's own modules, so that a file is checked by one set of rules.
#[allow(dead_code, unreachable_pub)]
#[path = "src/error.rs"]
mod error;
#[allow(dead_code, unreachable_pub)]
#[path = "src/horizons.rs"]
mod horizons;
#[allow(dead_code, unreachable_pub)]
#[path = "src/input.rs"]
mod input;
#[allow(dead_code, unreachable_pub)]
#[path = "src/json_input.rs"]
mod json_input;
#[allow(dead_code, unreachable_pub)]
#[path = "src/model_file.rs"]
mod model_file;
#[allow(dead_code, unreachable_pub)]
#[path = "src/model_version.rs"]
mod model_version;
#[allow(dead_code, unreachable_pub)]
#[path = "src/print.rs"]
mod print;

use model_file::{ModelFile, TimeUnit};

fn main() {
    if env::var_os("CARGO_FEATURE_BAKED").is_none() {
        println!("cargo::rerun-if-changed=build.rs");
        return;
    }
    println!("cargo::rerun-if-env-changed=EDGE_CLV_MODEL");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let named = env::var_os("EDGE_CLV_MODEL").filter(|name| !name.is_empty());
    // A relative path means the same file whichever crate of the workspace is built.
    let path = root.join(named.map_or_else(|| PathBuf::from("model/cdnow.json"), PathBuf::from));
    println!("cargo::rerun-if-changed={}", path.display());

    match bake(&path) {
        Ok(code) => {
            let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
            fs::write(out.join("baked.rs"), code).expect("OUT_DIR is writable");
            fs::copy(&path, out.join("baked.json")).expect("OUT_DIR is writable");
        }
        Err(why) => {
            let lines = why.lines().map(|line| format!("  {line}\n")).collect::<String>();
            eprintln!("the model file {} cannot be used:\n{lines}", path.display());
            eprintln!("Mend it, or set EDGE_CLV_MODEL to another file.");
            process::exit(1);
        }
    }
}

fn bake(path: &Path) -> Result<String, String> {
    let text = fs::read(path).map_err(|why| why.to_string())?;
    let input = json_input::read(&text).map_err(|why| format!("not JSON: {why}"))?;
    let file = ModelFile::read(input).map_err(|errors| {
        errors.as_slice().iter().map(|error| format!("{error}\n")).collect::<String>()
    })?;
    let version = model_version::model_version(&file);
    if file.version != version {
        let stated = &file.version;
        return Err(format!(
            "/version: the file says {stated}, but its content has the version {version}\n\
             Run `clv model seal` after every change, so that answers name the model they \
             come from."
        ));
    }
    Ok(rust(&file))
}

/// A function that returns the file. `{:?}` prints a float with the digits that read back
/// as the same bits, and a string as a Rust literal.
fn rust(file: &ModelFile) -> String {
    let ModelFile { bg_nbd, gamma_gamma, segments, training, .. } = file;
    let unit = match file.time_unit {
        TimeUnit::Day => "Day",
        TimeUnit::Week => "Week",
    };
    let bands: String = segments
        .bands
        .iter()
        .map(|band| {
            format!("Band {{ name: {:?}.into(), min_value: {:?} }},", band.name, band.min_value)
        })
        .collect();
    let standard_errors: String = training
        .standard_errors
        .iter()
        .map(|(name, value)| format!("({name:?}.into(), {value:?}),"))
        .collect();
    format!(
        "fn baked_file() -> ModelFile {{
    use crate::model_file::*;
    ModelFile {{
        format: {:?}.into(),
        id: {:?}.into(),
        version: {:?}.into(),
        time_unit: TimeUnit::{unit},
        currency: {:?}.into(),
        bg_nbd: {bg_nbd:?},
        gamma_gamma: {gamma_gamma:?},
        horizons: alloc::vec!{:?},
        annual_discount_rate: {:?},
        margin: {:?},
        segments: Segments {{ horizon: {:?}, bands: alloc::vec![{bands}] }},
        training: Training {{
            source: {:?}.into(),
            customers: {},
            orders: {},
            observed_from: {:?}.into(),
            observed_to: {:?}.into(),
            log_likelihood: {:?},
            standard_errors: [{standard_errors}].into(),
            source_sha256: {:?}.into(),
        }},
    }}
}}
",
        file.format,
        file.id,
        file.version,
        file.currency,
        file.horizons,
        file.annual_discount_rate,
        file.margin,
        segments.horizon,
        training.source,
        training.customers,
        training.orders,
        training.observed_from,
        training.observed_to,
        training.log_likelihood,
        training.source_sha256,
    )
}
