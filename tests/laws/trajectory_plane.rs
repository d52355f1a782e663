//! `trajectory-plane` and its negative: what two principal directions of a path explain, and how little that says.

use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_landscape::surface::trajectory::{PrincipalPlane, random_walk_share, share_in_plane};
use saddlepoint_models::random::Stream;
use serde_json::json;

/// A walk whose every step is `persistence` times the one before, plus noise.
fn walk(steps: usize, dimension: usize, persistence: f64, seed: u64) -> Vec<Vec<f64>> {
    let mut stream = Stream::new(seed);
    let (mut points, mut step) = (vec![vec![0.0; dimension]], vec![0.0; dimension]);
    for t in 0..steps {
        step = step.iter().map(|x| persistence * x + stream.normal()).collect();
        let next = points[t].iter().zip(&step).map(|(p, s)| p + s).collect();
        points.push(next);
    }
    points
}

fn explained(points: &[Vec<f64>]) -> f64 {
    PrincipalPlane::of(points).unwrap().explained.iter().sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No plane explains more than the principal one, whatever the path.
    #[test]
    fn no_plane_explains_more(seed: u64, steps in 3usize..12, dimension in 3usize..9, persistence in 0.0..1.0f64) {
        let points = walk(steps, dimension, persistence, seed);
        let mut stream = Stream::new(seed ^ 1);
        let directions = [stream.normals(dimension), stream.normals(dimension)];
        let share = share_in_plane(&points, &directions).unwrap();
        prop_assert!(share <= explained(&points) + 1e-12);
    }

    /// Where the path lies and how long it is does not matter.
    #[test]
    fn shares_do_not_see_place_and_scale(seed: u64, scale in -200i32..200) {
        let points = walk(9, 5, 0.5, seed);
        let moved: Vec<Vec<f64>> = points.iter().map(|p| p.iter().map(|x| x * 2f64.powi(scale)).collect()).collect();
        prop_assert!((explained(&points) - explained(&moved)).abs() < 1e-12);
        let shifted: Vec<Vec<f64>> = points.iter().map(|p| p.iter().map(|x| x + 3.0).collect()).collect();
        prop_assert!((explained(&points) - explained(&shifted)).abs() < 1e-12);
    }
}

/// Random walks of any length have the shares of the limit, the nearer the more dimensions there are.
#[test]
fn random_walks_follow_the_limit() {
    for (steps, dimension, tolerance) in [(10, 4000, 0.05), (40, 4000, 0.05), (10, 40_000, 0.02)] {
        for seed in 0..3 {
            let plane = PrincipalPlane::of(&walk(steps, dimension, 0.0, seed)).unwrap();
            for (k, share) in (1..).zip(plane.explained) {
                let limit = random_walk_share(steps, k).unwrap();
                assert!((share - limit).abs() < tolerance, "{steps} {dimension} {k}: {share} {limit}");
            }
        }
    }
}

/// All shares together are the whole.
#[test]
fn the_shares_of_a_walk_sum_to_one() {
    for steps in [1, 2, 17, 300] {
        let sum: f64 = (1..=steps).map(|k| random_walk_share(steps, k).unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }
}

/// Teeth: steps that persist are no random walk and are told from one; and about the mean of the path, as Antognini and
/// Sohl-Dickstein have it, the shares are others.
#[test]
fn teeth_other_paths_have_other_shares() {
    let first = |points: &[Vec<f64>]| PrincipalPlane::of(points).unwrap().explained[0];
    let limit = random_walk_share(40, 1).unwrap();
    assert!(first(&walk(40, 4000, 0.95, 1)) > limit + 0.08);
    let points = walk(40, 4000, 0.0, 1);
    let mean: Vec<f64> = (0..4000).map(|i| points.iter().map(|p| p[i]).sum::<f64>() / 41.0).collect();
    let mut centred = points;
    centred.push(mean);
    assert!((first(&centred) - 6.0 / std::f64::consts::PI.powi(2)).abs() < 0.06);
    assert!(first(&centred) < limit - 0.1);
}

/// Teeth: paths below the criterion, and walks off the limit, are not reproduced.
#[test]
fn teeth_the_judges_reject_what_contradicts() {
    let judge = |id: &str, task: serde_json::Value, outcome: serde_json::Value| {
        claims::find(id).unwrap().conclude(&[(task, outcome)]).unwrap().0.verdict
    };
    let path = [[1.0, 0.0], [0.0, 0.0]];
    let training = |first: f64, random: f64| {
        judge(
            "trajectory-plane",
            json!({"epochs": 40, "picture": 0, "seed": 1}),
            json!({"explained": [first, 0.1], "random": random, "path": path, "surface": null}),
        )
    };
    assert_eq!(training(0.31, 0.002), Verdict::Reproduced);
    assert_eq!(training(0.29, 0.002), Verdict::NotReproduced);
    assert_eq!(training(0.31, 0.02), Verdict::NotReproduced);
    let random = |first: f64| {
        judge(
            "trajectory-plane-negative",
            json!({"steps": 40, "dimension": 1210, "seed": 1}),
            json!({"explained": [first, 0.09], "path": path}),
        )
    };
    assert_eq!(random(0.82), Verdict::Reproduced);
    assert_eq!(random(0.70), Verdict::NotReproduced);
}
