//! `normalisation-conditioning` and `skip-improves-kappa-negative`: what normalization does to a Jacobian.

use proptest::prelude::*;
use saddlepoint_experiments::claim::{AnyClaim, Lab, Profile};
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use serde_json::{Value, json};

fn find(id: &str) -> &'static dyn AnyClaim {
    claims::find(id).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    /// Polar coordinates with `g = ‖v‖` leave the Gram matrix as it is, and longer raw weights scale its tangential part.
    #[test]
    fn weight_normalization_changes_no_gram_matrix(seed in any::<u64>(), depth in 1usize..6) {
        let task = json!({"weight-normalization": {"depth": depth, "seed": seed}});
        let outcome = find("normalisation-conditioning").run(&task, &Lab::bench()).unwrap();
        let at = |name: &str| outcome["weight-normalization"][name].as_f64().unwrap();
        prop_assert!(at("difference") < 1e-11 && at("departure") < 1e-11, "{outcome}");
    }

    /// A Gram matrix is positive definite, and its condition number at least 1.
    #[test]
    fn condition_numbers_are_at_least_one(
        seed in any::<u64>(),
        depth in 1usize..5,
        unit in prop::sample::select(vec!["sigmoid", "tanh", "relu"]),
        variant in prop::sample::select(vec!["plain", "layer", "batch", "weight", "skip"]),
    ) {
        let task = json!({"network": {"unit": unit, "variant": variant, "depth": depth, "seed": seed}});
        let outcome = find("normalisation-conditioning").run(&task, &Lab::bench()).unwrap();
        prop_assert!(outcome["network"]["condition"].as_f64().unwrap() >= 1.0, "{outcome}");
    }
}

/// The verdict on made-up condition numbers.
fn verdict(id: &str, condition: impl Fn(&Value) -> f64) -> Verdict {
    let claim = find(id);
    let evidence: Vec<_> = claim
        .plan(Profile::Smoke, 0)
        .unwrap()
        .into_iter()
        .map(|task| {
            let measured = |task: &Value| {
                let condition = condition(task);
                json!({"condition": condition, "resolved": true, "largest": condition})
            };
            let outcome = if let Some(network) = task.get("network") {
                json!({"network": measured(network)})
            } else if task.get("inputs").is_some() {
                let (raw, centred, scaled) = (2e6, 1e4, 200.0);
                let theory = json!({"offset": 218.8, "edge": 1.494});
                json!({"inputs": {"raw": raw, "centred": centred, "scaled": scaled, "normalized": 1.45,
                    "offset": theory["offset"], "edge": theory["edge"]}})
            } else if task.get("weight-normalization").is_some() {
                json!({"weight-normalization": {"difference": 1e-15, "departure": 1e-15}})
            } else {
                measured(&task)
            };
            (task, outcome)
        })
        .collect();
    claim.conclude(&evidence).unwrap().0.verdict
}

/// Condition numbers like those of the catalogue: what plain networks have, divided or multiplied.
fn catalogue(network: &Value, batch: f64, skip: f64) -> f64 {
    let depth = network["depth"].as_u64().unwrap() as f64;
    let plain = if network["unit"] == "sigmoid" { 300f64.powf(depth * 0.6) * 1e3 } else { 100.0 };
    match network["variant"].as_str().unwrap() {
        "batch" => plain / batch,
        "skip" => plain / skip,
        _ => plain,
    }
}

#[test]
fn teeth_normalization_must_improve_conditioning_by_what_is_claimed() {
    let id = "normalisation-conditioning";
    assert_eq!(verdict(id, |network| catalogue(network, 1e6, 1e4)), Verdict::Reproduced);
    assert_eq!(verdict(id, |network| catalogue(network, 1e3, 1e4)), Verdict::NotReproduced, "a little");
    assert_eq!(verdict(id, |network| catalogue(network, 1e6, 10.0)), Verdict::NotReproduced, "skips a little");
    assert_eq!(verdict(id, |_| 50.0), Verdict::NotReproduced, "nothing");
}

#[test]
fn teeth_of_the_negative_twin_skips_must_worsen_it() {
    let id = "skip-improves-kappa-negative";
    let networks = |skip: f64, batch: f64| {
        move |task: &Value| match task["variant"].as_str().unwrap() {
            "skip" => 100.0 * skip,
            "batch" => 100.0 * batch,
            _ => 100.0,
        }
    };
    assert_eq!(verdict(id, networks(3.0, 3.0)), Verdict::Reproduced);
    assert_eq!(verdict(id, networks(0.5, 3.0)), Verdict::NotReproduced, "then the printed sentence is right");
    assert_eq!(verdict(id, networks(1.0, 3.0)), Verdict::NotReproduced, "ties decide nothing");
    let half = |task: &Value| {
        let lucky = task["seed"].as_u64().unwrap().is_multiple_of(2);
        if task["variant"] == "skip" && lucky { 300.0 } else { 100.0 }
    };
    assert_eq!(verdict(id, half), Verdict::NotReproduced, "half of the draws");
}
