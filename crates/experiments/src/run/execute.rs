//! Runs the tasks that are due, in parallel, and keeps each record the moment it is there.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::plan::PlannedTask;
use super::record::Record;
use super::store::{Store, StoreError};
use crate::claim::{Interrupted, Lab};

/// How to execute a plan.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Tasks at a time.
    pub jobs: usize,
    /// Go on after a task fails.
    pub keep_going: bool,
}

/// Someone who is told how a run goes on; called from the threads that run the tasks.
pub trait Watch: Sync {
    /// A task of this claim begins.
    fn started(&self, claim: &'static str);
    /// A task of this claim failed.
    fn failed(&self, claim: &'static str, message: &str);
    /// A task of this claim ended, however it ended; `took` is how long it took, where that is known.
    fn finished(&self, claim: &'static str, took: Option<Duration>);
    /// Something happened that a person should know.
    fn says(&self, line: &str);
    /// What is waited for, which changes all the time.
    fn waits(&self, words: &str);
}

/// What came of executing a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Execution {
    /// Tasks that were run and recorded.
    pub finished: usize,
    /// Tasks that failed.
    pub failed: usize,
    /// The run was interrupted.
    pub interrupted: bool,
}

/// How long a task took: a line of `timings.jsonl`, which is no part of the records.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Timing {
    pub(super) key: String,
    pub(super) seconds: f64,
}

enum Outcome {
    Recorded,
    Failed(String),
    Interrupted,
}

/// Runs tasks, in this order. After a failure no new task starts, unless the settings say to keep going; after an
/// interruption none starts in any case.
///
/// # Errors
/// [`StoreError`] when a record cannot be written: the run ends at once, what was written stays.
pub fn execute(
    due: &[&PlannedTask],
    store: &Store,
    lab: &Lab,
    settings: Settings,
    watch: &dyn Watch,
) -> Result<Execution, StoreError> {
    let (next, halt) = (AtomicUsize::new(0), AtomicBool::new(false));
    let state = Mutex::new((Execution::default(), None));
    let work = || {
        while !halt.load(Ordering::Relaxed) && lab.go_on().is_ok() {
            let Some(task) = due.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            watch.started(task.claim.card().id);
            let start = Instant::now();
            let result = run(task, store, lab);
            let mut state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match result {
                Ok(Outcome::Recorded) => state.0.finished += 1,
                Ok(Outcome::Interrupted) => state.0.interrupted = true,
                Ok(Outcome::Failed(message)) => {
                    state.0.failed += 1;
                    watch.failed(task.claim.card().id, &message);
                    if !settings.keep_going {
                        halt.store(true, Ordering::Relaxed);
                    }
                }
                Err(error) => {
                    state.1.get_or_insert(error);
                    halt.store(true, Ordering::Relaxed);
                }
            }
            watch.finished(task.claim.card().id, Some(start.elapsed()));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..settings.jobs.clamp(1, due.len().max(1)) {
            scope.spawn(work);
        }
    });
    let (mut execution, error) = state.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    execution.interrupted |= lab.go_on().is_err();
    match error {
        Some(error) => Err(error),
        None => Ok(execution),
    }
}

fn run(task: &PlannedTask, store: &Store, lab: &Lab) -> Result<Outcome, StoreError> {
    let id = task.claim.card().id;
    let start = Instant::now();
    let message = match catch_unwind(AssertUnwindSafe(|| task.claim.run(&task.identity.task, lab))) {
        Ok(Ok(outcome)) => {
            store.keep(&Record::new(task.identity.clone(), outcome))?;
            let timing = Timing { key: task.key.clone(), seconds: start.elapsed().as_secs_f64() };
            store.append("timings.jsonl", &serde_json::to_string(&timing).unwrap_or_default())?;
            return Ok(Outcome::Recorded);
        }
        Ok(Err(error)) if error.is::<Interrupted>() => return Ok(Outcome::Interrupted),
        Ok(Err(error)) => error.to_string(),
        Err(panic) => {
            let text = panic
                .downcast_ref::<&str>()
                .map(ToString::to_string)
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".into());
            format!("the task panicked, which is a bug: {text}")
        }
    };
    store.keep_failure(id, &task.key, &message)?;
    Ok(Outcome::Failed(message))
}
