//! A sweep: tasks are handed to an engine, and then the run folder is watched until they are done or given up.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use saddlepoint_models::device::Backend;
use serde::{Deserialize, Serialize};

use super::super::execute::{Execution, Watch};
use super::super::plan::{Plan, PlannedTask};
use super::super::store::{Store, StoreError, write_atomically};
use super::chunks::{Deal, SECONDS};
use super::parallel::Parallel;
use super::slurm::Slurm;
use super::wait::Waiting;
use super::{Engine, EngineError, Options, TASKS, quoted, tasks};
use crate::claim::Profile;

/// The folder, in that of the run, that holds what the engine is given and what workers print.
const FOLDER: &str = "sweep";

/// What is handed to an engine, besides the plan.
#[derive(Debug, Clone)]
pub struct Order {
    /// Who executes.
    pub engine: Engine,
    /// What it is asked for.
    pub options: Options,
    /// The profile of the run.
    pub profile: Profile,
    /// The backend that was named.
    pub backend: Option<Backend>,
    /// Where data sets are read that are not embedded.
    pub data: Option<PathBuf>,
    /// Workers at a time, where the engine does not decide itself.
    pub jobs: usize,
    /// The seconds that each due task is expected to take, in their order in the plan; 0 where there are too few.
    pub expected: Vec<f64>,
}

/// A submission, as it is noted in `sweep/sweep.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// Who executes.
    pub engine: Engine,
    /// By what name the engine knows the jobs.
    pub name: String,
    /// The engine's numbers of them; an array each.
    pub jobs: Vec<String>,
    /// Tasks that were handed out.
    pub tasks: usize,
    /// Tasks a worker takes.
    pub chunk: usize,
    /// The most chunks that an array takes.
    pub array: usize,
    /// When, RFC 3339.
    pub submitted: String,
}

/// What an engine says of its jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Activity {
    /// Some wait or run; in words.
    Busy(String),
    /// None does.
    Over,
    /// It does not answer; why.
    Silent(String),
}

/// An engine with jobs.
pub(super) trait Queue {
    /// Whether jobs are left.
    fn activity(&mut self) -> Activity;

    /// Why a chunk ended without all of its records, as far as the engine knows.
    fn cause(&mut self, chunk: usize) -> Option<String>;

    /// What a chunk's worker printed, as a file of the folder of logs.
    fn log(&self, chunk: usize) -> Option<String>;

    /// The watcher goes away. Returns what becomes of the jobs, in words.
    fn leave(&mut self) -> String;
}

impl Sweep {
    /// The last submission of a run folder, if there was one.
    pub fn read(store: &Store) -> Option<Self> {
        serde_json::from_slice(&fs::read(Self::path(store, "sweep.json")).ok()?).ok()
    }

    /// What is going on, in words: for people, asked anew.
    pub fn activity(&self) -> String {
        let state = match self.engine {
            Engine::Slurm => Slurm::of(self).activity(),
            Engine::Local | Engine::Parallel => return "see the records below".into(),
        };
        match state {
            Activity::Busy(words) => words,
            Activity::Over => "none of them is in the queue any more".into(),
            Activity::Silent(words) => format!("the queue does not answer: {words}"),
        }
    }

    /// How many chunks it has.
    pub(super) fn chunks(&self) -> usize {
        self.tasks.div_ceil(self.chunk.max(1))
    }

    pub(super) fn path(store: &Store, name: &str) -> PathBuf {
        store.path(FOLDER).join(name)
    }

    pub(super) fn note(&self, store: &Store) -> Result<(), StoreError> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        write_atomically(&Self::path(store, "sweep.json"), text.as_bytes())
    }
}

/// Hands the due tasks of a plan to an engine and waits until each has its record or has been given up; tasks that ended
/// without a record get a failure that says why, as far as the engine knows. If an earlier submission of this folder is
/// still in the queue, it is waited for first, and only what is missing then is submitted.
///
/// # Errors
/// [`EngineError`] when nothing could be submitted, or the run folder cannot be read or written.
pub fn sweep(
    plan: &Plan,
    order: &Order,
    store: &Store,
    watch: &dyn Watch,
    stop: &AtomicBool,
) -> Result<Execution, EngineError> {
    let due: Vec<&PlannedTask> = plan.due().collect();
    let store = &Store::new(std::path::absolute(store.folder()).map_err(|source| StoreError {
        action: "find",
        path: store.folder().to_owned(),
        source,
    })?);
    let mut waiting = Waiting::for_records_of(&due, store, watch, stop);
    if let Some(earlier) =
        Sweep::read(store).filter(|earlier| earlier.engine == Engine::Slurm && !due.is_empty())
    {
        let mut queue = Slurm::of(&earlier);
        if let Activity::Busy(words) = queue.activity() {
            let jobs = earlier.jobs.join(", ");
            watch.says(&format!(
                "jobs {jobs} of this run are still in the queue ({words}): waiting for them first"
            ));
            waiting.until_over(&mut queue);
        }
    }
    let open = waiting.open();
    if open.is_empty() || waiting.is_told_to_stop() {
        return Ok(waiting.execution());
    }
    let seconds: Vec<f64> = open.iter().map(|&i| order.expected.get(i).copied().unwrap_or_default()).collect();
    let deal = match order.options.chunk {
        Some(chunk) => Deal::of_size(&seconds, chunk.get()),
        None => Deal::of_seconds(&seconds, SECONDS),
    };
    let handed_out: Vec<usize> = deal.order.iter().map(|&position| open[position]).collect();
    for task in handed_out.iter().map(|&i| due[i]) {
        // What is there from now on is from this sweep.
        store.set_damaged_aside(&task.identity.claim, &task.key)?;
        store.forget_failure(&task.identity.claim, &task.key)?;
    }
    tasks::write(handed_out.iter().map(|&i| due[i]), order.backend, store)?;
    let sweep = Sweep {
        engine: order.engine,
        name: format!("saddlepoint-{}-{}", order.profile, &due[handed_out[0]].key[..8]),
        jobs: Vec::new(),
        tasks: handed_out.len(),
        chunk: deal.chunk,
        array: 0,
        submitted: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
    };
    prepare(&sweep, order, store)?;
    let mut queue: Box<dyn Queue> = match order.engine {
        Engine::Slurm => Box::new(Slurm::submit(sweep, order, store)?),
        Engine::Local | Engine::Parallel => Box::new(Parallel::start(&sweep, order, store)?),
    };
    if let Activity::Busy(words) = queue.activity() {
        watch.says(&format!("{} tasks in chunks of {}: {words}", handed_out.len(), deal.chunk));
    }
    if waiting.until_over(queue.as_mut()) {
        let chunk_of =
            |task: usize| handed_out.iter().position(|&other| other == task).unwrap_or(0) / deal.chunk;
        waiting.give_up(|task| reason(chunk_of(task), store, queue.as_mut()))?;
    }
    Ok(waiting.execution())
}

/// Why a chunk is not complete: what the engine says of it, and the last line that its worker printed.
fn reason(chunk: usize, store: &Store, queue: &mut dyn Queue) -> String {
    let cause = queue.cause(chunk).unwrap_or_else(|| "the engine does not know why".into());
    let Some(log) = queue.log(chunk) else { return cause };
    let text = fs::read(Sweep::path(store, "logs").join(&log)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    match text.lines().rfind(|line| !line.trim().is_empty()) {
        Some(line) => format!("{cause}; its last words, in {FOLDER}/logs/{log}: {}", line.trim()),
        None => cause,
    }
}

/// Writes what runs one chunk, and copies this program beside it: nodes need the run folder and nothing else, and a build
/// that replaces the program changes no sweep that goes on.
fn prepare(sweep: &Sweep, order: &Order, store: &Store) -> Result<(), StoreError> {
    let folder = store.path(FOLDER);
    let failed = |action| {
        let path = folder.clone();
        move |source| StoreError { action, path, source }
    };
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("empty")(error)),
        _ => {}
    }
    fs::create_dir_all(folder.join("logs")).map_err(failed("make"))?;
    let program = folder.join("saddlepoint");
    std::env::current_exe().and_then(|this| fs::copy(this, &program)).map_err(failed("copy the program to"))?;
    sweep.note(store)?;
    let text = script(sweep, order, &program, &store.path(TASKS));
    write_atomically(&folder.join("chunk.sh"), text.as_bytes())
}

/// `chunk.sh`: the whole contract between this program and whatever starts processes.
fn script(sweep: &Sweep, order: &Order, program: &Path, tasks: &Path) -> String {
    let threads = match order.engine {
        Engine::Slurm => order.options.slurm.cpus.map_or(1, |cpus| usize::from(cpus.get())),
        Engine::Local | Engine::Parallel => 1,
    };
    let word = |path: &Path| quoted(&path.display().to_string());
    let data = order.data.as_deref().and_then(|data| std::path::absolute(data).ok());
    let data = data.map(|data| format!(" --data-dir {}", word(&data))).unwrap_or_default();
    let setup = order.options.setup.join("\n");
    format!(
        "#!/bin/sh\n# sh chunk.sh INDEX runs tasks INDEX*{chunk} and on of {TASKS}, on whatever machine this folder is seen.\n\
         export RAYON_NUM_THREADS={threads}\n{setup}\nexec {} worker --tasks {} --index \"$1\" --chunk {chunk} --jobs {threads} \
         --quiet{data}\n",
        word(program),
        word(tasks),
        chunk = sweep.chunk,
    )
}
