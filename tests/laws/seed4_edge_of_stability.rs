//! `seed4-edge-of-stability`: near a minimum the step decides whether it attracts or repels.

use proptest::prelude::*;
use saddlepoint_landscape::analytic::{Reading, TwoParameterMlp};
use saddlepoint_landscape::descent::{End, GradientDescent, StopRule};
use saddlepoint_models::random::Stream;

fn loss() -> TwoParameterMlp {
    TwoParameterMlp::seed42(Reading::Intended)
}

/// Where descent settles, if it does so in the valley: the step times the sharpness there.
fn settles(step: f64, start: &[f64], steps: usize) -> Option<f64> {
    let stop = StopRule { steps, gradient_norm: 1e-9 };
    let found = GradientDescent::new(step, stop).unwrap().run(&loss(), start).unwrap();
    (found.end == End::Critical && found.point[0] > 0.0).then(|| step * loss().sharpness(found.point[0]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No descent settles beyond the edge.
    #[test]
    fn nothing_settles_beyond_the_edge(step in 0.01f64..0.2, start in prop::array::uniform2(0.2f64..3.0)) {
        if let Some(product) = settles(step, &start, 20_000) {
            prop_assert!(product <= 2.0 + 1e-9, "{product}");
        }
    }

    /// One step next to a minimum multiplies the distance from the valley by `1 − ηS`: it attracts exactly if `|1 − ηS| < 1`.
    #[test]
    fn a_step_multiplies_the_distance_by_the_factor(w1 in 0.5f64..3.0, product in 0.1f64..3.0) {
        let w2 = loss().product_at_minimum() / w1;
        let step = product / loss().sharpness(w1);
        let stop = StopRule { steps: 1, gradient_norm: 0.0 };
        let off = 1e-5;
        let norm = w1.hypot(w2);
        let start = [w1 + off * w2 / norm, w2 + off * w1 / norm];
        let end = GradientDescent::new(step, stop).unwrap().run(&loss(), &start).unwrap().point;
        let across = ((end[0] - w1) * w2 + (end[1] - w2) * w1) / norm;
        prop_assert!((across / off - (1.0 - product)).abs() < 1e-3);
    }
}

/// The threshold of the flattest minimum, two over its sharpness.
#[test]
fn the_catalogues_threshold() {
    let flattest = loss().sharpness(loss().product_at_minimum().sqrt());
    assert!((flattest - 11.240787704929954).abs() < 1e-12);
    assert!((2.0 / flattest - 0.177923).abs() < 5e-7);
}

/// The shares that settle, with 20,000 steps: the catalogue's 83.6, 76.1 and 63.5 per cent, within four standard errors of
/// 500 draws and of as many of its own.
#[test]
fn the_catalogues_shares() {
    let mut stream = Stream::new(0);
    for (step, expected) in [(0.1, 0.836), (0.12, 0.761), (0.15, 0.635)] {
        let n = 500;
        let hits = (0..n).filter(|_| {
            let start = [stream.between(0.2, 3.0), stream.between(0.2, 3.0)];
            settles(step, &start, 20_000).is_some()
        });
        let share = hits.count() as f64 / f64::from(n);
        let standard_error = (2.0 * expected * (1.0 - expected) / f64::from(n)).sqrt();
        assert!((share - expected).abs() < 4.0 * standard_error, "{step}: {share}");
    }
}

/// A sharp minimum attracts a short step and repels a long one: the edge is where it should be.
#[test]
fn teeth_a_sharp_minimum_repels_a_long_step() {
    let w1 = 0.8;
    let w2 = loss().product_at_minimum() / w1;
    let sharpness = loss().sharpness(w1);
    let near = [w1 + 1e-6, w2];
    let at = |product: f64| settles(product / sharpness, &near, 20_000);
    assert!((at(1.95).unwrap() - 1.95).abs() < 1e-3);
    assert!(at(2.05).is_none_or(|product| product < 2.0), "it leaves for a flatter minimum, or for good");
}

/// Beyond the threshold nothing settles, from anywhere.
#[test]
fn teeth_beyond_the_threshold_nothing_settles() {
    let mut stream = Stream::new(4);
    for _ in 0..200 {
        let start = [stream.between(0.2, 3.0), stream.between(0.2, 3.0)];
        assert_eq!(settles(0.2, &start, 5000), None);
    }
}
