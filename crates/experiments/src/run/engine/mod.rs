//! Where the tasks of a run are executed: here, as Slurm job arrays, or by GNU parallel.
//!
//! ```text
//! plan ──▶ tasks.jsonl ──▶ saddlepoint worker --index I --chunk M, anywhere ──▶ records ──▶ the same assessment
//! ```
//!
//! An engine is handed a file of tasks and starts workers; a worker writes records as a run on this machine does. What an
//! engine says of its jobs is told to people and decides nothing: a task is done when its record is there. So nodes need
//! nothing but the run folder, an answer that never comes costs time only, and what is missing is submitted again.

mod chunks;
mod options;
mod parallel;
mod slurm;
mod sweep;
mod tasks;
mod wait;

use std::fmt::{self, Display};
use std::path::PathBuf;
use std::process::{Command, Output};

use serde::{Deserialize, Serialize};

pub(crate) use chunks::expected;
pub use options::Options;
pub use sweep::{Order, Sweep, sweep};
pub(crate) use tasks::claims_in;
pub use tasks::{Chunk, TasksError, read as read_tasks, write as write_tasks};

use super::store::StoreError;

/// The file of a run folder that holds the tasks which workers take.
pub const TASKS: &str = "tasks.jsonl";

/// What executes the tasks of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// This process, on all processors of this machine.
    #[default]
    Local,
    /// Slurm: job arrays in the queue of a cluster that shares the run folder.
    Slurm,
    /// GNU parallel: processes on this machine, or on those that its options name.
    Parallel,
}

impl Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Engine::Local => "local",
            Engine::Slurm => "slurm",
            Engine::Parallel => "parallel",
        })
    }
}

/// Why an engine cannot take tasks.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A program of the engine is not installed.
    #[error("there is no `{program}` here, which engine {engine} needs (Debian: apt install {package})")]
    Missing {
        /// The engine.
        engine: Engine,
        /// Its program.
        program: &'static str,
        /// The Debian package that holds it.
        package: &'static str,
    },
    /// The file of options is not one.
    #[error("{}: {message}; docs/engines.md lists the options", path.display())]
    Options {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        message: String,
    },
    /// The engine took nothing.
    #[error("`{program}` refused the tasks: {message}")]
    Refused {
        /// What was asked.
        program: &'static str,
        /// What it said.
        message: String,
    },
    /// The run folder cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Runs a program of an engine to its end.
fn ask(engine: Engine, program: &'static str, arguments: &[&str]) -> Result<Output, EngineError> {
    Command::new(program).args(arguments).output().map_err(|error| unstartable(engine, program, &error))
}

/// Why a program of an engine did not start.
fn unstartable(engine: Engine, program: &'static str, error: &std::io::Error) -> EngineError {
    let package = if engine == Engine::Slurm { "slurm-client" } else { "parallel" };
    match error.kind() {
        std::io::ErrorKind::NotFound => EngineError::Missing { engine, program, package },
        _ => EngineError::Refused { program, message: error.to_string() },
    }
}

/// A text as one word of the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_word_is_one_word() {
        for text in ["plain", "a b", "it's", "$(rm -rf x)", "\"", "`x`", "a\nb", ""] {
            let echoed = Command::new("sh").args(["-c", &format!("printf %s {}", quoted(text))]).output();
            assert_eq!(String::from_utf8(echoed.unwrap().stdout).unwrap(), text);
        }
    }

    #[test]
    fn a_program_that_is_missing_is_named_with_its_package() {
        let error = ask(Engine::Slurm, "no-such-program-of-slurm", &[]).unwrap_err();
        assert!(error.to_string().contains("slurm-client"), "{error}");
    }
}
