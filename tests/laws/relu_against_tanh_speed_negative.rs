//! `relu-against-tanh-speed-negative`: each activation at its best rate, seed against seed.

use proptest::prelude::*;
use saddlepoint_experiments::claim::{Lab, Profile};
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use serde_json::{Value, json};

/// The verdict if an activation needs these many looks at a rate with a seed.
fn verdict(looks: impl Fn(&str, f64, u64) -> usize) -> Verdict {
    let claim = claims::find("relu-against-tanh-speed-negative").unwrap();
    let evidence: Vec<(Value, Value)> = claim
        .plan(Profile::Smoke, 0)
        .unwrap()
        .into_iter()
        .map(|task| {
            let at = |name: &str| task[name].clone();
            let looks = looks(
                at("activation").as_str().unwrap(),
                at("rate").as_f64().unwrap(),
                at("seed").as_u64().unwrap(),
            );
            let errors: Vec<f64> =
                (0..=looks.min(40)).map(|look| if look == looks { 0.2 } else { 0.9 }).collect();
            (task, json!({"errors": errors}))
        })
        .collect();
    claim.conclude(&evidence).unwrap().0.verdict
}

#[test]
fn teeth_tangents_must_win_at_the_best_rates_and_significantly() {
    let relu_best_at = |best: f64| {
        move |relu: usize, tanh: usize| {
            verdict(move |activation, rate, _| match activation {
                "relu" if rate == best => relu,
                "tanh" if rate == 1.0 => tanh,
                _ => 35,
            })
        }
    };
    assert_eq!(relu_best_at(0.3)(20, 10), Verdict::Reproduced);
    assert_eq!(relu_best_at(0.3)(10, 20), Verdict::NotReproduced, "then the printed sentence is right");
    assert_eq!(relu_best_at(0.3)(10, 10), Verdict::NotReproduced, "ties count against it");
    let four_of_five = |activation: &str, _: f64, seed: u64| {
        if activation == "relu" {
            20
        } else if seed == 103 {
            30
        } else {
            10
        }
    };
    assert_eq!(verdict(four_of_five), Verdict::NotReproduced, "p = 6/32");
    assert_eq!(
        verdict(|activation, _, _| if activation == "relu" { 999 } else { 10 }),
        Verdict::NotReproduced,
        "an activation that never gets there was not given its best"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1))]

    /// A training is the same when it is repeated, and ends at the first look at which the goal is reached.
    #[test]
    fn a_training_is_repeatable_and_ends_at_its_goal(seed in 0u64..100) {
        let claim = claims::find("relu-against-tanh-speed-negative").unwrap();
        let run = || claim.run(&json!({"activation": "relu", "rate": 0.3, "seed": seed}), &Lab::bench()).unwrap();
        let (once, again) = (run(), run());
        prop_assert_eq!(&once, &again);
        let errors: Vec<f64> = once["errors"].as_array().unwrap().iter().map(|error| error.as_f64().unwrap()).collect();
        let (last, before) = errors.split_last().unwrap();
        prop_assert!(*last <= 0.25 || errors.len() > 40);
        prop_assert!(before.iter().all(|&error| error > 0.25));
    }
}
