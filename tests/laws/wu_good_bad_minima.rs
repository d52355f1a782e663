//! `wu-good-bad-minima`: the verdict.

use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use serde_json::json;

/// Minima for `K = 0, 100, 400` with these accuracies and traces, and a random start of this accuracy.
fn verdict(accuracies: [f64; 3], traces: [f64; 3], clean: f64, start: f64) -> Verdict {
    let mut evidence = Vec::new();
    for seed in 1..=2u64 {
        for ((attack, accuracy), trace) in [0, 100, 400].into_iter().zip(accuracies).zip(traces) {
            let wobble = 1.0 + 0.001 * seed as f64;
            let outcome = json!({
                "part": "attacked", "clean_accuracy": clean, "test_accuracy": accuracy * wobble, "clean_loss": 0.01,
                "trace": trace * wobble, "largest": [trace / 2.0, trace / 4.0], "residual": 1e-9
            });
            evidence.push((json!({"part": "attacked", "attack": attack, "seed": seed}), outcome));
        }
        let outcome = json!({"part": "starts", "test_accuracies": [start, 0.9]});
        evidence.push((json!({"part": "starts", "starts": 2, "seed": seed}), outcome));
    }
    claims::find("wu-good-bad-minima").unwrap().conclude(&evidence).unwrap().0.verdict
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let (falling, growing) = ([0.85, 0.63, 0.38], [3.8, 7.7, 24.0]);
    assert_eq!(verdict(falling, growing, 1.0, 0.8), Verdict::Reproduced);
    assert_eq!(verdict(falling, growing, 0.995, 0.8), Verdict::NotReproduced, "not a global minimum");
    assert_eq!(verdict(falling, [3.8, 3.7, 24.0], 1.0, 0.8), Verdict::NotReproduced, "not sharper");
    assert_eq!(verdict([0.85, 0.63, 0.5], growing, 1.0, 0.8), Verdict::NotReproduced, "not bad enough");
    assert_eq!(verdict([0.85, 0.86, 0.38], growing, 1.0, 0.87), Verdict::NotReproduced, "not worse");
    assert_eq!(verdict(falling, growing, 1.0, 0.5), Verdict::NotReproduced, "found from a random start");
}
