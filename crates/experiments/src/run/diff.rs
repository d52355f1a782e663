//! What two runs disagree on.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::manifest::Manifest;
use super::record::{Computer, Record};
use super::store::{Store, StoreError};

/// A task on which two runs disagree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "difference")]
pub enum Difference {
    /// Only the first run has it.
    OnlyFirst {
        /// The claim.
        claim: String,
        /// The task.
        task: Value,
    },
    /// Only the second run has it.
    OnlySecond {
        /// The claim.
        claim: String,
        /// The task.
        task: Value,
    },
    /// Both have it, with other outcomes (another version, backend, or build).
    Outcome {
        /// The claim.
        claim: String,
        /// The task.
        task: Value,
        /// The first fields that differ, as `path: first ≠ second`.
        fields: Vec<String>,
    },
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::OnlyFirst { claim, task } => write!(f, "{claim} {task}: only in the first run"),
            Difference::OnlySecond { claim, task } => write!(f, "{claim} {task}: only in the second run"),
            Difference::Outcome { claim, task, fields } => write!(f, "{claim} {task}: {}", fields.join("; ")),
        }
    }
}

/// How many differing fields of an outcome are named.
const FIELDS: usize = 5;

/// Compares the records of two runs, task by task.
///
/// # Errors
/// [`StoreError`] when a run folder cannot be read.
pub fn diff(first: &Store, second: &Store) -> Result<Vec<Difference>, StoreError> {
    let (first, mut second) = (outcomes(first)?, outcomes(second)?);
    let mut differences = Vec::new();
    for ((claim, text), (task, outcome)) in first {
        match second.remove(&(claim.clone(), text)) {
            None => differences.push(Difference::OnlyFirst { claim, task }),
            Some((_, other)) if other != outcome => {
                let mut fields = Vec::new();
                compare("", &outcome, &other, &mut fields);
                differences.push(Difference::Outcome { claim, task, fields });
            }
            Some(_) => {}
        }
    }
    differences
        .extend(second.into_iter().map(|((claim, _), (task, _))| Difference::OnlySecond { claim, task }));
    Ok(differences)
}

type Outcomes = BTreeMap<(String, String), (Value, Value)>;

/// Task and outcome of every sound record, by claim and task. Where a folder holds records of several versions
/// or backends of a task, the newest version on the backend of the last run counts.
fn outcomes(store: &Store) -> Result<Outcomes, StoreError> {
    let backend = Manifest::read(store)?.backend;
    let ran = |computer| match (computer, backend) {
        (Computer::Native, backend) => backend.is_none(),
        (Computer::Burn(own), backend) => own == backend.unwrap_or_default(),
    };
    let folder = store.path("records");
    let failed = |source| StoreError { action: "read", path: folder.clone(), source };
    let mut records = Vec::new();
    for claim in fs::read_dir(&folder).map_err(failed)? {
        for file in fs::read_dir(claim.map_err(failed)?.path()).map_err(failed)? {
            let bytes = fs::read(file.map_err(failed)?.path()).map_err(failed)?;
            records.extend(serde_json::from_slice::<Record>(&bytes).ok().filter(Record::is_sound));
        }
    }
    records.retain(|record| record.identity.backend.is_none_or(ran));
    // The later replaces the earlier: where no backend was named, native records are those of the last run.
    let order = |record: &Record| {
        (record.identity.version, record.identity.backend == Some(Computer::Native), record.key.clone())
    };
    records.sort_by_cached_key(order);
    Ok(records
        .into_iter()
        .map(|Record { identity, outcome, .. }| {
            ((identity.claim, identity.task.to_string()), (identity.task, outcome))
        })
        .collect())
}

fn compare(path: &str, first: &Value, second: &Value, fields: &mut Vec<String>) {
    if fields.len() >= FIELDS || first == second {
        return;
    }
    match (first, second) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                compare(&format!("{path}.{key}"), value, b.get(key).unwrap_or(&Value::Null), fields);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (x, y)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{index}]"), x, y, fields);
            }
        }
        _ => fields.push(format!("{}: {} ≠ {}", path.trim_start_matches('.'), brief(first), brief(second))),
    }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 60 { text.chars().take(59).chain(['…']).collect() } else { text }
}
