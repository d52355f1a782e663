//! The records of a run in two files that other tools read: `records.jsonl` and `summary.csv`.

use std::io;

use super::assess::Assessment;
use super::plan::Plan;
use super::store::{Store, StoreError, write_atomically};

/// Writes `records.jsonl` (one record a line, in plan order), `summary.csv` (one check a line) and
/// `verdicts.json` (one judgement a claim) into the run folder.
///
/// # Errors
/// [`StoreError`] when one of them cannot be written.
pub fn write_results(plan: &Plan, assessments: &[Assessment], store: &Store) -> Result<(), StoreError> {
    let mut lines = String::new();
    for task in &plan.tasks {
        if let Some(record) = task.record(store)? {
            lines.push_str(&serde_json::to_string(&record).unwrap_or_default());
            lines.push('\n');
        }
    }
    write_atomically(&store.path("records.jsonl"), lines.as_bytes())?;

    let path = store.path("summary.csv");
    let table = summary(assessments).map_err(|error| StoreError {
        action: "write",
        path: path.clone(),
        source: io::Error::other(error),
    })?;
    write_atomically(&path, &table)?;

    let verdicts: serde_json::Map<_, _> = assessments
        .iter()
        .filter_map(|a| Some((a.card.id.to_owned(), serde_json::to_value(&a.judgement).ok()?)))
        .collect();
    let text = serde_json::to_string_pretty(&verdicts).unwrap_or_default();
    write_atomically(&store.path("verdicts.json"), text.as_bytes())
}

fn summary(assessments: &[Assessment]) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["claim", "verdict", "what", "measured", "expected", "passed"])?;
    for Assessment { card, judgement, .. } in assessments {
        let verdict = judgement.verdict.to_string();
        if judgement.checks.is_empty() {
            table.write_record([card.id, &verdict, &judgement.sentence, "", "", ""])?;
        }
        for check in &judgement.checks {
            let passed = if check.passed { "true" } else { "false" };
            table.write_record([card.id, &verdict, &check.what, &check.measured, &check.expected, passed])?;
        }
    }
    table.into_inner().map_err(|error| csv::Error::from(io::Error::other(error.to_string())))
}
