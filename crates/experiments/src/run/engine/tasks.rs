//! `tasks.jsonl`: the tasks that are handed out, one a line, and the chunk of them that a worker takes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use saddlepoint_models::device::Backend;
use serde::{Deserialize, Serialize};

use super::super::plan::{Plan, PlannedTask, State};
use super::super::record::{Computer, Identity};
use super::super::store::{Found, Store, StoreError, write_atomically};
use super::TASKS;
use crate::claims;

/// One line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// The task's key, by which a line that was changed is noticed.
    key: String,
    /// The backend that the run named, if it named one.
    named: Option<Backend>,
    /// The task.
    task: Identity,
}

/// Tasks that one worker runs.
#[derive(Clone)]
pub struct Chunk {
    /// The tasks, those that are done already among them.
    pub plan: Plan,
    /// The backend that the run named, if it named one.
    pub backend: Option<Backend>,
    /// Where their records belong: the folder of the file.
    pub store: Store,
}

/// Why a worker cannot take a chunk.
#[derive(Debug, thiserror::Error)]
pub enum TasksError {
    /// The file cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A line is none of ours, or was damaged.
    #[error("{}, line {line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// The chunk lies beyond the end.
    #[error("{} holds {tasks} tasks, which is less than chunk {index} of {chunk} begins with", path.display())]
    Beyond {
        /// The file.
        path: PathBuf,
        /// Tasks in the file.
        tasks: usize,
        /// Number of the chunk, from 0.
        index: usize,
        /// Tasks a chunk.
        chunk: usize,
    },
}

/// Writes tasks into the run folder, in this order.
///
/// # Errors
/// [`StoreError`] when the file cannot be written.
pub fn write<'a>(
    tasks: impl IntoIterator<Item = &'a PlannedTask>,
    named: Option<Backend>,
    store: &Store,
) -> Result<(), StoreError> {
    let path = store.path(TASKS);
    let mut text = String::new();
    for task in tasks {
        let line = Line { key: task.key.clone(), named, task: task.identity.clone() };
        let line = serde_json::to_string(&line).map_err(|source| StoreError {
            action: "write",
            path: path.clone(),
            source: io::Error::from(source),
        })?;
        text.push_str(&line);
        text.push('\n');
    }
    write_atomically(&path, text.as_bytes())
}

/// Reads the tasks `index · chunk ..` of a file, `chunk` of them or as many as there are, and looks up which are done.
///
/// A line is believed only if this program would have planned it: the key is the hash of the task, and the claim has
/// this version, precision and data here.
///
/// # Errors
/// [`TasksError`].
pub fn read(path: &Path, index: usize, chunk: usize) -> Result<Chunk, TasksError> {
    let failed = |source| StoreError { action: "read", path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(failed)?;
    let folder = std::path::absolute(path).map_err(failed)?;
    let store = Store::new(folder.parent().unwrap_or(Path::new("/")));
    let lines = text.lines().enumerate().skip(index.saturating_mul(chunk)).take(chunk);
    let (mut tasks, mut named) = (Vec::new(), None);
    for (number, line) in lines {
        let wrong = |message| TasksError::Line { path: path.to_owned(), line: number + 1, message };
        let line: Line = serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
        let task = line.planned(&store).map_err(wrong)??;
        if !tasks.is_empty() && named != line.named {
            return Err(wrong("it names another backend than the lines before it".into()));
        }
        named = line.named;
        tasks.push(task);
    }
    if tasks.is_empty() {
        let tasks = text.lines().count();
        return Err(TasksError::Beyond { path: path.to_owned(), tasks, index, chunk });
    }
    let mut claims: Vec<&'static dyn crate::claim::AnyClaim> = Vec::new();
    for task in &tasks {
        let id = task.claim.card().id;
        if claims.iter().all(|claim| claim.card().id != id) {
            claims.push(task.claim);
        }
    }
    Ok(Chunk { plan: Plan { claims, tasks }, backend: named, store })
}

/// The ids of the claims in a run folder's file of tasks, as far as it can be read.
pub(crate) fn claims_in(store: &Store) -> Vec<String> {
    let text = fs::read_to_string(store.path(TASKS)).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    let mut ids: Vec<String> = lines.map(|line| line.task.claim).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

impl Line {
    /// The task, if this program would have planned it.
    fn planned(&self, store: &Store) -> Result<Result<PlannedTask, StoreError>, String> {
        let Line { key, named, task } = self;
        let claim = claims::find(&task.claim).map_err(|error| error.to_string())?;
        let card = claim.card();
        if *key != task.key() {
            return Err("its key is not that of its task: the line was changed".into());
        }
        let here = Identity {
            claim: card.id.into(),
            version: card.version,
            task: task.task.clone(),
            precision: card.network,
            backend: card.network.map(|_| Computer::of(claim, *named)),
            data: card.data.iter().map(|set| set.checksum()).collect(),
        };
        if here != *task {
            let changes = here.changes_since(task);
            return Err(format!(
                "another build of this program wrote it ({changes}): plan anew with the program that is to run it"
            ));
        }
        let state = match store.find(card.id, key) {
            Ok(Found::Record(record)) => State::Done(record),
            Ok(Found::Damaged(name)) => State::Due(format!("damaged record, set aside as {name}")),
            Ok(Found::Nothing) => State::Due("new".into()),
            Err(error) => return Ok(Err(error)),
        };
        Ok(Ok(PlannedTask { claim, identity: here, key: key.clone(), state }))
    }
}
