//! The command `clv`.

mod commands;
mod failure;
mod files;
mod interrupt;
mod parquet_file;
mod partial;
mod profile_writer;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Customer lifetime value: from an orders export to a model that can be trusted.
#[derive(Parser)]
#[command(name = "clv", version, after_help = failure::EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Cohorts(commands::cohorts::Arguments),
    Fit(commands::fit::Arguments),
    Model(commands::model::Arguments),
    Score(commands::score::Arguments),
    Simulate(commands::simulate::Arguments),
    Summary(commands::summary::Arguments),
    Validate(commands::validate::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Cohorts(arguments) => commands::cohorts::run(&arguments),
        Command::Fit(arguments) => commands::fit::run(&arguments),
        Command::Model(arguments) => commands::model::run(&arguments),
        Command::Score(arguments) => commands::score::run(&arguments),
        Command::Simulate(arguments) => commands::simulate::run(&arguments),
        Command::Summary(arguments) => commands::summary::run(&arguments),
        Command::Validate(arguments) => commands::validate::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&format!("error: {}", failure.message()));
            failure.exit_code()
        }
    }
}

fn tell(line: &str) {
    // Standard error may be closed, and then there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{line}");
}
