//! `capacity-measures-as-predictors`: the coefficients on grids of known order, and the verdict.

use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::correlation::kendall;
use saddlepoint_experiments::granulated::Grid;
use saddlepoint_experiments::measures::{Family, MEASURES};
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::random::Stream;
use serde_json::{Value, json};

/// Two levels of four settings, three replicates.
fn networks() -> Vec<(Vec<usize>, u64)> {
    (0..48usize).map(|i| ((0..4).map(|k| i >> k & 1).collect(), i as u64 / 16)).collect()
}

proptest! {
    /// A strictly increasing map of either number changes no order, a decreasing one reverses it.
    #[test]
    fn only_the_order_counts(seed in 0u64..10_000) {
        let (grid, mut stream) = (Grid::new(&networks()), Stream::new(seed));
        let (measure, gap) = (stream.normals(48), stream.normals(48));
        let found = grid.agreement(&measure, &gap);
        let grown: Vec<f64> = measure.iter().map(|x| x.exp()).collect();
        prop_assert_eq!(&grid.agreement(&grown, &gap), &found);
        let reversed: Vec<f64> = measure.iter().map(|x| -x).collect();
        let reversed = grid.agreement(&reversed, &gap);
        prop_assert!((reversed.tau + found.tau).abs() < 1e-15);
        prop_assert!((reversed.granulated + found.granulated).abs() < 1e-15);
        prop_assert!(found.tau.abs() <= 1.0 && found.settings.iter().all(|psi| psi.abs() <= 1.0));
    }

    /// Independent numbers and ties: between -1 and 1, symmetric, and 1 against itself.
    #[test]
    fn kendalls_correlation_is_one(pairs in prop::collection::vec((0i32..5, 0i32..5), 2..30)) {
        let pairs: Vec<(f64, f64)> = pairs.into_iter().map(|(x, y)| (f64::from(x), f64::from(y))).collect();
        let swapped: Vec<(f64, f64)> = pairs.iter().map(|&(x, y)| (y, x)).collect();
        let (found, other) = (kendall(&pairs), kendall(&swapped));
        prop_assert!(found.is_nan() && other.is_nan() || found == other && found.abs() <= 1.0);
        let itself: Vec<(f64, f64)> = pairs.iter().map(|&(x, _)| (x, x)).collect();
        prop_assert!(kendall(&itself).is_nan() || kendall(&itself) == 1.0);
    }
}

/// Intervals of 90 % of numbers without relation miss 0 in about a tenth of all draws: by a binomial limit, in no more than
/// a fifth of 200.
#[test]
fn intervals_cover_what_they_should() {
    let (grid, mut stream) = (Grid::new(&networks()), Stream::new(5));
    let missed = (0..200).filter(|_| {
        let (measure, gap) = (stream.normals(48), stream.normals(48));
        let found = grid.estimated(&measure, &gap, 0.9, 200, &mut stream);
        found.tau.0 > 0.0 || found.tau.1 < 0.0
    });
    let missed = missed.count();
    assert!((5..=40).contains(&missed), "{missed} of 200");
}

#[test]
fn teeth_a_measure_of_the_width_alone_has_a_large_tau_and_a_small_granulated_one() {
    let networks = networks();
    let mut stream = Stream::new(1);
    let gap: Vec<f64> = networks.iter().map(|(at, _)| 10.0 * at[0] as f64 + stream.normal()).collect();
    let width: Vec<f64> = networks.iter().map(|(at, _)| at[0] as f64).collect();
    let found = Grid::new(&networks).agreement(&width, &gap);
    assert!(found.tau > 0.7, "{}", found.tau);
    assert_eq!(found.settings, [1.0, 0.0, 0.0, 0.0]);
}

/// Networks whose measures are: the gap for one family, the width for the number of parameters, noise for the others.
fn evidence(seeing: Family, parameters_follow_the_gap: bool, train_error: f64) -> Vec<(Value, Value)> {
    let mut stream = Stream::new(9);
    // Two replicates: what is not optimized takes its time over the bootstrap.
    networks()[..32]
        .iter()
        .map(|(at, replicate)| {
            let gap = 0.02 * at[1] as f64 + 0.01 * at[2] as f64 + 0.005 * at[3] as f64 - 0.03 * at[0] as f64
                + 0.05
                + 1e-4 * stream.normal();
            let measures: Vec<f64> = MEASURES
                .iter()
                .enumerate()
                .map(|(i, (_, family))| match (i, parameters_follow_the_gap) {
                    (0, true) => gap,
                    (0, false) => 1.0 + at[0] as f64,
                    _ if *family == seeing => gap,
                    _ => stream.normal(),
                })
                .collect();
            let task = json!({
                "examples": 100, "width": 8 + 8 * at[0], "hidden": 1 + at[1], "batch": 10 + at[2],
                "rate": 0.01 + 0.01 * at[3] as f64, "seed": replicate
            });
            let outcome = json!({
                "reached": true, "loss": 0.01, "train_error": train_error, "test_error": gap + train_error,
                "measures": measures
            });
            (task, outcome)
        })
        .collect()
}

fn verdict(evidence: &[(Value, Value)]) -> Verdict {
    claims::find("capacity-measures-as-predictors").unwrap().conclude(evidence).unwrap().0.verdict
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    assert_eq!(verdict(&evidence(Family::Sharpness, false, 0.0)), Verdict::Reproduced);
    assert_eq!(verdict(&evidence(Family::Margin, false, 0.0)), Verdict::Reproduced);
    assert_eq!(verdict(&evidence(Family::Norm, false, 0.0)), Verdict::NotReproduced, "only norms predict");
    assert_eq!(verdict(&evidence(Family::Sharpness, true, 0.0)), Verdict::NotReproduced, "parameters predict");
    assert_eq!(verdict(&evidence(Family::Sharpness, false, 0.1)), Verdict::NotReproduced, "not fitted");
    let mut unfinished = evidence(Family::Sharpness, false, 0.0);
    unfinished[3].1["reached"] = json!(false);
    assert_eq!(verdict(&unfinished), Verdict::NotReproduced, "a network did not reach the loss");
    let mut broken = evidence(Family::Sharpness, false, 0.0);
    broken[3].1["measures"][20] = json!("NaN");
    assert_eq!(verdict(&broken), Verdict::NotReproduced, "a measure is no number");
    assert_eq!(verdict(&[]), Verdict::NotReproduced, "nothing was measured");
}
