//! `saddlepoint worker`: some tasks of `tasks.jsonl`, on whatever machine an engine starts it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;
use saddlepoint_models::device::Device;

use super::progress::Progress;
use super::{Exit, Failure};
use crate::claim::Lab;
use crate::run::engine::{Chunk, read_tasks};
use crate::run::{self, Machine, RunError};

/// Run some tasks of a file, as an engine's processes do on other machines.
///
/// Tasks `I*M` to `(I+1)*M - 1` of the file are run, those that have a record already excepted. Records are written
/// beside the file, exactly as `saddlepoint run` would write them, so any number of workers may share the folder, and
/// running one again does no harm. A task that fails does not keep the others from running.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The file of tasks, in the folder of its run
    #[arg(long, value_name = "FILE")]
    tasks: PathBuf,
    /// Which chunk of the file, counted from 0
    #[arg(long, value_name = "I")]
    index: usize,
    /// Tasks a chunk
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u32).range(1..))]
    chunk: u32,
    /// Tasks at a time; all processors if not given
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Folder with data sets that are not embedded
    #[arg(long, value_name = "DIR", env = "SADDLEPOINT_DATA")]
    data_dir: Option<PathBuf>,
    /// Print no progress
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments, stop: &Arc<AtomicBool>) -> Result<Exit, Failure> {
    let Chunk { plan, backend, store } =
        read_tasks(&arguments.tasks, arguments.index, arguments.chunk as usize).map_err(RunError::from)?;
    store.open()?;
    if plan.needs_device() {
        Device::open(backend.unwrap_or_default()).map_err(RunError::from)?;
    }
    let tasks: Vec<_> = plan.due().collect();
    let (all, due) = (plan.tasks.len(), tasks.len());
    let progress = Progress::new(&plan, &vec![1.0; due], arguments.quiet);
    progress.say(&format!("{all} tasks, {} done, {due} to run", all - due));
    let lab = Lab::new(backend, arguments.data_dir.clone(), Arc::clone(stop));
    let jobs = arguments.jobs.map_or_else(|| Machine::this().threads, usize::from);
    let execution = run::execute(&tasks, &store, &lab, run::Settings { jobs, keep_going: true }, &progress);
    progress.clear();
    let execution = execution?;
    Ok(if execution.interrupted {
        Exit::Interrupted
    } else if execution.failed > 0 {
        Exit::Execution
    } else {
        Exit::AllWell
    })
}
