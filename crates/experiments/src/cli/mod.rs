//! The `saddlepoint` program: one file a command.
//!
//! Progress and messages go to stderr, results to stdout. Exit codes: 0 all reproduced, 1 some claim failed,
//! 2 wrong usage, 3 something could not be executed, 130 interrupted.

mod diff;
mod docs;
mod instrument_progress;
mod list;
mod measure;
mod network;
mod plan;
mod progress;
mod remaining;
mod report;
mod run;
mod status;
mod target;
mod worker;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Parser, Subcommand};

use crate::report::ReportError;
use crate::run::engine::{EngineError, TasksError};
use crate::run::{RunError, StoreError};

/// Puts the claims of deep learning theory to the test.
#[derive(Debug, Parser)]
#[command(name = "saddlepoint", version, max_term_width = 110, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    every selected claim was reproduced
  1    some claim was not reproduced, is vacuous or inconclusive
  2    wrong usage: an unknown claim, flag, backend or profile, no such device
       or engine, or a file that cannot be taken
  3    something could not be executed: a failed task, a missing data set, a
       folder that cannot be written
  130  interrupted; what was finished is kept, and the same command goes on

Start with `saddlepoint list`, then `saddlepoint run --profile smoke`.";

#[derive(Debug, Subcommand)]
enum Command {
    /// List the claims: id, kind, title, tags.
    List(list::Arguments),
    /// Show which tasks a run would consist of, which are done, and why the others would run.
    Plan(plan::Arguments),
    /// Run the tasks that are not done yet and judge the claims.
    Run(run::Arguments),
    /// Run some tasks of a file, as an engine's processes do on other machines.
    Worker(worker::Arguments),
    /// Show how far a run has come, while it goes on or afterwards.
    Status(status::Arguments),
    /// Compare the records of two runs, task by task.
    Diff(diff::Arguments),
    /// Write the browsable report of a run.
    Report(report::Arguments),
    /// Measure a trained network: accuracy, norms, margins, bounds, curvature, sharpness, loss surfaces.
    Measure(measure::Arguments),
    /// Show what a network in an ONNX file consists of: layers, shapes, parameters, operations.
    Network(network::Arguments),
    /// Write or check the documentation pages of the claims.
    Docs(docs::Arguments),
}

/// Anything that ends a command early.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    Print(#[from] io::Error),
    #[error("{0}")]
    Measure(crate::claim::Failure),
    #[error("{0}")]
    Stale(String),
    #[error("{0}")]
    Input(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Run(error.into())
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    AllWell = 0,
    SomeFailed = 1,
    Usage = 2,
    Execution = 3,
    Interrupted = 130,
}

impl Failure {
    fn exit(&self) -> Exit {
        match self {
            Failure::Run(
                RunError::UnknownClaim(_)
                | RunError::NothingSelected(_)
                | RunError::Device(_)
                | RunError::Engine(EngineError::Missing { .. } | EngineError::Options { .. })
                | RunError::Tasks(TasksError::Beyond { .. }),
            )
            | Failure::Input(_) => Exit::Usage,
            Failure::Stale(_) => Exit::SomeFailed,
            _ => Exit::Execution,
        }
    }
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::List(arguments) => list::run(&arguments),
        Command::Plan(arguments) => plan::run(&arguments),
        Command::Run(arguments) => run::run(&arguments, &stop_on_signal()),
        Command::Worker(arguments) => worker::run(&arguments, &stop_on_signal()),
        Command::Status(arguments) => status::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Measure(arguments) if arguments.serves() => measure::run(&arguments, &left_to_the_parent()),
        Command::Measure(arguments) => measure::run(&arguments, &stop_on_signal()),
        Command::Network(arguments) => network::run(&arguments),
        Command::Docs(arguments) => docs::run(&arguments),
    };
    let exit = result.unwrap_or_else(|failure| match &failure {
        // Whoever read our output has had enough of it, as in `saddlepoint list | head`.
        Failure::Print(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::AllWell,
        _ => {
            eprintln!("error: {failure}");
            failure.exit()
        }
    });
    ExitCode::from(exit as u8)
}

/// A flag that the first Ctrl-C (or SIGTERM, SIGHUP) raises; the second ends the program at once.
fn stop_on_signal() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&stop);
    let handler = move || {
        if raised.swap(true, Ordering::Relaxed) {
            std::process::exit(Exit::Interrupted as i32);
        }
        eprintln!("interrupted: finishing what cannot wait; once more to stop at once");
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        eprintln!("warning: Ctrl-C will end the program at once ({error})");
    }
    stop
}

/// Signals go to all processes at a terminal; a child that serves another ends with it.
fn left_to_the_parent() -> Arc<AtomicBool> {
    if let Err(error) = ctrlc::set_handler(|| ()) {
        eprintln!("warning: Ctrl-C will end a process that computes for this one ({error})");
    }
    Arc::default()
}

/// Writes a line to stdout; a closed pipe is an error, not a panic.
fn print(line: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
