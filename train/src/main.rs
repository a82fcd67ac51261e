//! The command `clv`.

mod commands;
mod files;
mod parquet_file;
mod profile_writer;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Customer lifetime value: order logs summed up, model files checked.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Summary(commands::summary::Arguments),
    Model(commands::model::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Summary(arguments) => commands::summary::run(&arguments),
        Command::Model(arguments) => commands::model::run(&arguments),
    };
    let (message, code) = match outcome {
        Ok(closing_line) => (closing_line, ExitCode::SUCCESS),
        Err(error) => (format!("error: {error}"), ExitCode::from(2)),
    };
    // Standard error may be closed, and then there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{message}");
    code
}
