//! `cargo xtask`: what people and CI do with this repository, one file a command.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod ci;
mod docs;
mod lint;
mod process;
mod reproduce;
mod test;

use process::{Halt, Workspace};

/// Builds, tests and reproduction runs of Saddlepoint.
///
/// Start with `cargo xtask reproduce`: it builds the `saddlepoint` program, puts every claim to the test and
/// writes a report that opens in a browser.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Reproduce(reproduce::Reproduce),
    Test(test::Test),
    Lint(lint::Lint),
    Bench(bench::Bench),
    Ci(ci::Ci),
    Docs(docs::Docs),
}

fn main() -> ExitCode {
    let ended = Workspace::find().and_then(|workspace| match Arguments::parse().command {
        Command::Reproduce(reproduce) => reproduce.run(&workspace),
        Command::Test(test) => test.run(&workspace),
        Command::Lint(lint::Lint {}) => lint::Lint::run(&workspace),
        Command::Bench(bench) => bench.run(&workspace),
        Command::Ci(ci::Ci {}) => ci::Ci::run(&workspace),
        Command::Docs(docs) => docs.run(&workspace),
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Halt { sentence, code }) => {
            if let Some(sentence) = sentence {
                eprintln!("error: {sentence}");
            }
            ExitCode::from(code)
        }
    }
}
