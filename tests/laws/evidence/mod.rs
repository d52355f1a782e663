//! What a claim says of its own smoke run, and of the same with something changed in it.

use std::sync::Arc;

use saddlepoint_experiments::claim::{Lab, Profile};
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::device::Backend;
use serde_json::Value;

/// A lab whose networks are trained by burn: in the tests' build native loops are not optimized, and ten times as slow.
pub(crate) fn burn_lab() -> Lab {
    Lab::new(Backend::default(), None, Arc::default())
}

/// All tasks of a claim at the smoke profile, each with what came of it.
pub(crate) fn smoke(id: &str) -> Vec<(Value, Value)> {
    let claim = claims::find(id).unwrap();
    let with_outcome = |task| {
        let outcome = claim.run(&task, &Lab::bench()).unwrap();
        (task, outcome)
    };
    claim.plan(Profile::Smoke, 0).unwrap().into_iter().map(with_outcome).collect()
}

/// What the claim concludes.
pub(crate) fn verdict(id: &str, evidence: &[(Value, Value)]) -> Verdict {
    claims::find(id).unwrap().conclude(evidence).unwrap().0.verdict
}

/// The verdict if a number had been another: the first outcome that has a number at this JSON pointer has a changed one.
pub(crate) fn verdict_if(
    id: &str,
    evidence: &[(Value, Value)],
    pointer: &str,
    change: impl Fn(f64) -> f64,
) -> Verdict {
    let mut changed = evidence.to_vec();
    let number =
        changed.iter_mut().find_map(|(_, outcome)| outcome.pointer_mut(pointer).filter(|at| at.is_number()));
    let number = number.unwrap_or_else(|| panic!("no outcome of {id} has a number at {pointer}"));
    let other = change(number.as_f64().unwrap());
    *number = if number.is_u64() { (other as u64).into() } else { other.into() };
    verdict(id, &changed)
}

/// The claim holds on the evidence, and does not when the first outcome that has a number at this JSON pointer has another.
pub(crate) fn one_number_decides(id: &str, evidence: &[(Value, Value)], pointer: &str, number: f64) {
    assert_eq!(verdict(id, evidence), Verdict::Reproduced, "{id}");
    let changed = verdict_if(id, evidence, pointer, |_| number);
    assert_eq!(changed, Verdict::NotReproduced, "{id}: {pointer} = {number}");
}
