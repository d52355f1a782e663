//! `snapshot-ensembles`: the identity for any predictions, and what the verdict needs.

use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_theory::regularization::ambiguity::Ambiguity;
use serde_json::{Value, json};

proptest! {
    #[test]
    fn the_identity_holds_for_any_predictions(members in prop::collection::vec(prop::collection::vec(-3.0f64..3.0, 6), 1..8), targets in prop::collection::vec(-3.0f64..3.0, 6)) {
        let found = Ambiguity::new(&members, &targets).unwrap();
        prop_assert!((found.members - found.ambiguity - found.ensemble).abs() < 1e-12);
        prop_assert!(found.ensemble <= found.members + 1e-12);
    }

    /// Teeth: for absolute errors it is no identity.
    #[test]
    fn absolute_errors_have_no_such_identity(spread in 0.1f64..1.0) {
        // Members on one side of the target: the mean has the mean of their errors, though they differ.
        let (members, target): ([f64; 2], f64) = ([1.0, 1.0 + spread], 0.0);
        let mean = 0.5 * (members[0] + members[1]);
        let errors = 0.5 * members.iter().map(|f| (f - target).abs()).sum::<f64>();
        let ambiguity = 0.5 * members.iter().map(|f| (f - mean).abs()).sum::<f64>();
        prop_assert!((errors - ambiguity - (mean - target).abs()).abs() > 0.04);
    }
}

fn run(ensemble: &dyn Fn(u64) -> f64, independent: f64, violation: f64) -> Vec<(Value, Value)> {
    let score = |brier: f64| json!({"brier": brier, "accuracy": 0.8});
    let digits = (1..=8u64).map(|seed| {
        let outcome = json!({"digits": {
            "snapshots": [score(0.28)], "ensemble": score(ensemble(seed)), "single": score(0.29), "members": [score(0.29)],
            "independent": score(independent), "ambiguities": [0.01, 0.06], "violation": violation, "course": []
        }});
        (json!({"digits": {"cycle": 400, "seed": seed}}), outcome)
    });
    let identity = (json!("identity"), json!({"identity": [1.21160486068, 2.11615474779, 0.904549887108]}));
    std::iter::once(identity).chain(digits).collect()
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let claim = claims::find("snapshot-ensembles").unwrap();
    let verdict = |evidence: &[(Value, Value)]| claim.conclude(evidence).unwrap().0.verdict;
    assert_eq!(verdict(&run(&|_| 0.27, 0.23, 0.0)), Verdict::Reproduced);
    let mixed = |seed: u64| if seed.is_multiple_of(2) { 0.3 } else { 0.27 };
    assert_eq!(verdict(&run(&mixed, 0.23, 0.0)), Verdict::NotReproduced, "half of the seeds lose");
    assert_eq!(verdict(&run(&|_| 0.27, 0.28, 0.0)), Verdict::NotReproduced, "as good as independent networks");
    assert_eq!(verdict(&run(&|_| 0.27, 0.23, 0.1)), Verdict::NotReproduced, "no identity");
    assert_eq!(verdict(&[]), Verdict::NotReproduced);
}
