//! Verdicts from records.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::RunError;
use super::plan::Plan;
use super::store::Store;
use crate::claim::Card;
use crate::figure::Figure;
use crate::verdict::Judgement;

/// What the records of a run say of one claim.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// The claim's card.
    pub card: &'static Card,
    /// The verdict, with its sentence and numbers.
    pub judgement: Judgement,
    /// The plots.
    pub figures: Vec<Figure>,
    /// The parameters of every planned task.
    pub parameters: Vec<Value>,
    /// Keys of the planned tasks.
    pub keys: Vec<String>,
    /// How many of them are done.
    pub done: usize,
    /// Why tasks failed, if any did.
    pub failures: Vec<String>,
}

impl Assessment {
    /// Seconds that its tasks took when they were last run, if any is known to have run.
    pub(crate) fn seconds(&self, timings: &HashMap<String, f64>) -> Option<f64> {
        let known: Vec<f64> = self.keys.iter().filter_map(|key| timings.get(key).copied()).collect();
        (!known.is_empty()).then(|| known.iter().sum())
    }

    /// What `run --json` and `status --json` print of it.
    pub(crate) fn summary(&self) -> Value {
        json!({"id": self.card.id, "judgement": self.judgement, "done": self.done, "planned": self.planned()})
    }

    /// How many tasks were planned.
    pub fn planned(&self) -> usize {
        self.parameters.len()
    }
}

/// Judges every claim of a plan by the records that are there: all done, the claim's own judgement; a failure,
/// an error; tasks missing, inconclusive.
///
/// # Errors
/// [`RunError`] when a record cannot be read or does not fit its claim.
pub fn assess(plan: &Plan, store: &Store) -> Result<Vec<Assessment>, RunError> {
    plan.claims
        .iter()
        .map(|claim| {
            let card = claim.card();
            let (mut evidence, mut failures) = (Vec::new(), Vec::new());
            let (mut parameters, mut keys) = (Vec::new(), Vec::new());
            for task in plan.tasks_of(card.id) {
                parameters.push(task.identity.task.clone());
                keys.push(task.key.clone());
                match task.record(store)? {
                    Some(record) => evidence.push((record.identity.task, record.outcome)),
                    None => failures.extend(store.failure(card.id, &task.key)),
                }
            }
            let (done, planned) = (evidence.len(), parameters.len());
            let (judgement, figures) = if done == planned {
                claim.conclude(&evidence)?
            } else if let Some(first) = failures.first() {
                let sentence = format!("{} of {planned} tasks failed; the first: {first}", failures.len());
                (Judgement::error(sentence), Vec::new())
            } else {
                let sentence = format!("{done} of {planned} tasks are done; run it again to finish.");
                (Judgement::inconclusive(sentence, Vec::new()), Vec::new())
            };
            Ok(Assessment { card, judgement, figures, parameters, keys, done, failures })
        })
        .collect()
}
