//! Which tasks a run consists of, and which of them are already done.

use saddlepoint_models::device::Backend;

use super::RunError;
use super::record::{Computer, Identity, Record};
use super::store::{Found, Store, StoreError};
use crate::claim::{AnyClaim, Profile};
use crate::claims;

/// Which claims are meant.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these ids; all if empty.
    pub only: Vec<String>,
    /// Not these.
    pub skip: Vec<String>,
    /// Only claims with one of these tags; all if empty.
    pub tags: Vec<String>,
}

impl Selection {
    /// The selected claims, in the order of the registry.
    ///
    /// # Errors
    /// [`RunError::UnknownClaim`] for an id that does not exist, [`RunError::NothingSelected`] when nothing is left.
    pub fn claims(&self) -> Result<Vec<&'static dyn AnyClaim>, RunError> {
        for id in self.only.iter().chain(&self.skip) {
            claims::find(id)?;
        }
        let listed = |list: &[String], id: &str| list.iter().any(|entry| entry == id);
        let selected: Vec<_> = claims::all()
            .iter()
            .copied()
            .filter(|claim| {
                let card = claim.card();
                (self.only.is_empty() || listed(&self.only, card.id))
                    && !listed(&self.skip, card.id)
                    && (self.tags.is_empty() || card.tags.iter().any(|tag| listed(&self.tags, tag)))
            })
            .collect();
        if selected.is_empty() {
            let mut tags: Vec<_> = claims::all().iter().flat_map(|claim| claim.card().tags).copied().collect();
            tags.sort_unstable();
            tags.dedup();
            return Err(RunError::NothingSelected(format!("the tags are {}", tags.join(", "))));
        }
        Ok(selected)
    }
}

/// Whether a task must run.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Its record is there.
    Done(Box<Record>),
    /// It must run, for this reason.
    Due(String),
}

/// A task of a run.
#[derive(Clone)]
pub struct PlannedTask {
    /// The claim that it belongs to.
    pub claim: &'static dyn AnyClaim,
    /// Everything that its outcome may depend on.
    pub identity: Identity,
    /// The hash of that.
    pub key: String,
    /// Done or due.
    pub state: State,
}

impl PlannedTask {
    /// Its record: the one found when it was planned, or one written since.
    ///
    /// # Errors
    /// [`StoreError`] when a file is there but cannot be read.
    pub fn record(&self, store: &Store) -> Result<Option<Record>, StoreError> {
        if let State::Done(record) = &self.state {
            return Ok(Some((**record).clone()));
        }
        match store.find(&self.identity.claim, &self.key)? {
            Found::Record(record) => Ok(Some(*record)),
            Found::Nothing | Found::Damaged(_) => Ok(None),
        }
    }
}

/// The tasks of a run, claim by claim.
#[derive(Clone)]
pub struct Plan {
    /// The selected claims.
    pub claims: Vec<&'static dyn AnyClaim>,
    /// Their tasks, in the same order.
    pub tasks: Vec<PlannedTask>,
}

impl Plan {
    /// Plans claims for the backend that was named, if one was, and looks up which tasks are done; with `force`, none
    /// counts as done.
    ///
    /// # Errors
    /// [`RunError`] when a task cannot be written as JSON or the run folder cannot be read.
    pub fn new(
        claims: Vec<&'static dyn AnyClaim>,
        profile: Profile,
        seed: u64,
        backend: Option<Backend>,
        store: &Store,
        force: bool,
    ) -> Result<Self, RunError> {
        let mut tasks = Vec::new();
        for &claim in &claims {
            let card = claim.card();
            let computer = Computer::of(claim, backend);
            let data: Vec<String> = card.data.iter().map(|set| set.checksum()).collect();
            let mut older = None;
            for task in claim.plan(profile, seed)? {
                let identity = Identity {
                    claim: card.id.into(),
                    version: card.version,
                    task,
                    precision: card.network.map(|wanted| computer.precision(wanted)),
                    backend: card.network.map(|_| computer),
                    data: data.clone(),
                };
                let key = identity.key();
                let state = match store.find(card.id, &key)? {
                    Found::Record(_) if force => State::Due("forced".into()),
                    Found::Record(record) => State::Done(record),
                    Found::Damaged(name) => State::Due(format!("damaged record, set aside as {name}")),
                    Found::Nothing => {
                        if older.is_none() {
                            older = Some(store.identities(card.id)?);
                        }
                        State::Due(reason(&identity, older.as_deref().unwrap_or_default()))
                    }
                };
                tasks.push(PlannedTask { claim, identity, key, state });
            }
        }
        Ok(Self { claims, tasks })
    }

    /// The tasks of one claim.
    pub fn tasks_of(&self, id: &str) -> impl Iterator<Item = &PlannedTask> {
        self.tasks.iter().filter(move |task| task.claim.card().id == id)
    }

    /// The tasks that must run.
    pub fn due(&self) -> impl Iterator<Item = &PlannedTask> {
        self.tasks.iter().filter(|task| matches!(task.state, State::Due(_)))
    }

    /// The tasks that must run, longest first by the seconds that they are expected to take, so that none of the long ones
    /// is still going on when all others are done. Equally long ones stay in their order.
    ///
    /// # Shapes
    /// `seconds`: one for each of [`due`](Self::due), in its order; 0 where there are too few.
    pub fn longest_first(&self, seconds: &[f64]) -> Vec<&PlannedTask> {
        let due: Vec<_> = self.due().collect();
        let seconds: Vec<f64> =
            (0..due.len()).map(|task| seconds.get(task).copied().unwrap_or_default()).collect();
        longest_first(&seconds).into_iter().map(|task| due[task]).collect()
    }

    /// Whether one of the claims trains or evaluates a network of burn's.
    pub fn needs_device(&self) -> bool {
        self.due().any(|task| matches!(task.identity.backend, Some(Computer::Burn(_))))
    }

    /// Why tasks must run: claim, reason, number of tasks.
    pub fn reasons(&self) -> Vec<(&'static str, String, usize)> {
        let mut reasons: Vec<(&'static str, String, usize)> = Vec::new();
        for task in &self.tasks {
            if let State::Due(reason) = &task.state {
                let id = task.claim.card().id;
                match reasons.iter_mut().find(|(claim, why, _)| *claim == id && why == reason) {
                    Some((_, _, count)) => *count += 1,
                    None => reasons.push((id, reason.clone(), 1)),
                }
            }
        }
        reasons
    }
}

fn reason(identity: &Identity, older: &[Identity]) -> String {
    older
        .iter()
        .filter(|older| older.task == identity.task)
        .map(|older| identity.changes_since(older))
        .min_by_key(String::len)
        .unwrap_or_else(|| "new".into())
}

/// The numbers of tasks that take so many seconds, from the longest to the shortest; equally long ones in their order.
pub(super) fn longest_first(seconds: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..seconds.len()).collect();
    order.sort_by(|&a, &b| seconds[b].total_cmp(&seconds[a]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_tasks_come_first_and_equal_ones_stay_in_order() {
        // Nothing is there to be found.
        let store = Store::new("no/such/folder");
        let claims = ["kl-inverse", "vc-halfspace"].map(|id| claims::find(id).unwrap()).to_vec();
        let plan = Plan::new(claims, Profile::Smoke, 0, None, &store, false).unwrap();
        let due: Vec<&str> = plan.due().map(|task| task.key.as_str()).collect();
        let seconds: Vec<f64> = (0..due.len()).map(|task| (task % 2) as f64).collect();
        let ordered: Vec<&str> = plan.longest_first(&seconds).iter().map(|task| task.key.as_str()).collect();
        let long_then_short: Vec<&str> =
            due.iter().skip(1).step_by(2).chain(due.iter().step_by(2)).copied().collect();
        assert!(due.len() > 2);
        assert_eq!(ordered, long_then_short);
    }
}
