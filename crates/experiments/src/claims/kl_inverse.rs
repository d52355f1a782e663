//! placeholder until the law lands

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile};
use crate::verdict::Judgement;

/// placeholder
pub struct KlInverse;

impl Claim for KlInverse {
    const CARD: Card = Card {
        id: "kl-inverse", version: 1, title: "t", statement: "s", sources: &[], hypotheses: &[], kind: Kind::Exact,
        tags: &[], data: &[], network: None,
    };
    type Task = ();
    type Outcome = ();
    fn plan(_: Profile, _: u64) -> Vec<()> { vec![()] }
    fn run((): &(), _: &Lab) -> Result<(), Failure> { Ok(()) }
    fn judge(_: &[Evidence<(), ()>]) -> Judgement { Judgement::from_checks("", vec![]) }
}
