//! `regularizers-compared`: intervals with the right coverage, and what the verdict needs.

use saddlepoint_experiments::claims;
use saddlepoint_experiments::sample::{half_width, mean};
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::random::Stream;
use serde_json::{Value, json};

/// One-sided 95 % limits of five normal numbers lie below their mean in 95 % of 4,000 samples, within four standard deviations.
#[test]
fn the_limit_has_its_coverage() {
    let mut stream = Stream::new(11);
    let samples = 4000;
    let below = |width: fn(&[f64]) -> f64, stream: &mut Stream| {
        let covers = |_: &i32| {
            let values = stream.normals(5);
            mean(&values) - width(&values) < 0.0
        };
        (0..samples).filter(covers).count() as f64 / f64::from(samples)
    };
    let found = below(|values| half_width(values, 0.95), &mut stream);
    let tolerance = 4.0 * (0.95 * 0.05 / f64::from(samples)).sqrt();
    assert!((found - 0.95).abs() < tolerance, "{found}");
    // Teeth: the normal quantile in place of Student's is too bold with five values.
    let bold = below(|values| 1.6449 * saddlepoint_experiments::sample::standard_error(values), &mut stream);
    assert!(bold < 0.95 - tolerance, "{bold}");
}

fn run(gain: &dyn Fn(&str, u64) -> f64) -> Vec<(Value, Value)> {
    let methods = ["nothing", "decoupled-decay", "dropout", "early-stopping", "snapshots", "independent"];
    (1..=8u64)
        .map(|seed| {
            let score = |method: &&str| {
                let gain = if *method == "nothing" { 0.0 } else { gain(method, seed) };
                let jitter = 0.001 * (seed % 3) as f64;
                json!({"method": method, "chosen": 1.0, "accuracy": 0.77 + gain + jitter, "brier": 0.3})
            };
            let scores: Vec<Value> = methods.iter().map(score).collect();
            (json!({"methods": methods, "steps": 600, "seed": seed}), json!(scores))
        })
        .collect()
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let claim = claims::find("regularizers-compared").unwrap();
    let verdict = |evidence: &[(Value, Value)]| claim.conclude(evidence).unwrap().0.verdict;
    assert_eq!(verdict(&run(&|_, seed| 0.05 + 0.001 * seed as f64)), Verdict::Reproduced);
    for method in ["decoupled-decay", "dropout", "early-stopping"] {
        let mixed = |this: &str, seed: u64| if this == method && seed.is_multiple_of(2) { -0.05 } else { 0.05 };
        assert_eq!(verdict(&run(&mixed)), Verdict::NotReproduced, "{method} helps half of the seeds");
    }
    assert_eq!(verdict(&[]), Verdict::NotReproduced);
}
