//! `deep-activation-maximisation`: ascent of deep units gains, ends where the conditions hold, and is right where it is known.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::activation_maximization::{
    DeepUnit, GaussianPrior, frank_wolfe_gap, maximize,
};
use serde_json::{Value, json};

fn layers(widths: &[usize], stream: &mut Stream) -> Vec<(DMatrix<f64>, DVector<f64>)> {
    let mut layer = |pair: &[usize]| {
        let scale = (1.0 / pair[0] as f64).sqrt();
        let weights = DMatrix::from_vec(pair[1], pair[0], stream.normals(pair[0] * pair[1])) * scale;
        (weights, DVector::from_vec(stream.normals(pair[1])) * 0.1)
    };
    widths.windows(2).map(&mut layer).collect()
}

/// A prior of images whose pixels vary by very different amounts.
fn prior(pixels: usize, stream: &mut Stream) -> GaussianPrior {
    let images: Vec<f64> = (0..40 * pixels).map(|i| stream.normal() / (1 + i % pixels) as f64).collect();
    GaussianPrior::of(&images.chunks(pixels).collect::<Vec<_>>(), 0.01).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Of an affine unit the maximum is known, whatever the prior.
    #[test]
    fn no_image_of_the_ball_beats_the_maximum_of_an_affine_unit(seed in any::<u64>(), radius in 0.1f64..5.0) {
        let mut stream = Stream::new(seed);
        let unit = DeepUnit::new(&layers(&[6, 3], &mut stream), 1).unwrap();
        let prior = prior(6, &mut stream);
        let found = maximize(&unit, &prior, radius, 50).unwrap();
        let best = *found.activations.last().unwrap();
        prop_assert!(found.gap < 1e-9 * (1.0 + best.abs()) && prior.distance(&found.image).unwrap() < radius * (1.0 + 1e-9));
        for _ in 0..40 {
            let rival = DVector::from_vec(stream.normals(6));
            let rival = prior.at_distance(&rival, radius).unwrap();
            let missed = best - unit.activation(&rival).unwrap();
            prop_assert!(missed >= -1e-9 * (1.0 + best.abs()));
            // Of an affine unit the gap is what an image misses.
            let gap = frank_wolfe_gap(&unit, &prior, radius, &rival).unwrap();
            prop_assert!((gap - missed).abs() < 1e-9 * (1.0 + best.abs()));
        }
    }

    /// However deep the unit: no step loses, the ball is not left, and more steps do not make the end worse.
    #[test]
    fn ascent_of_a_deep_unit_gains(seed in any::<u64>(), radius in 0.1f64..5.0, depth in 1..4usize) {
        let mut stream = Stream::new(seed);
        let widths: Vec<usize> = [6].into_iter().chain(std::iter::repeat_n(5, depth)).chain([2]).collect();
        let unit = DeepUnit::new(&layers(&widths, &mut stream), 0).unwrap();
        let prior = prior(6, &mut stream);
        let mut before = unit.activation(prior.mean()).unwrap();
        for steps in [1, 5, 50] {
            let found = maximize(&unit, &prior, radius, steps).unwrap();
            prop_assert!(found.activations.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(prior.distance(&found.image).unwrap() <= radius * (1.0 + 1e-9));
            let end = *found.activations.last().unwrap();
            prop_assert!(end >= before && (unit.activation(&found.image).unwrap() - end).abs() < 1e-12 * (1.0 + end.abs()));
            let gap = frank_wolfe_gap(&unit, &prior, radius, &found.image).unwrap();
            prop_assert!((found.gap - gap).abs() < 1e-9 * (1.0 + gap));
            before = end;
        }
    }
}

/// Twenty fixed deep units: all end where the conditions hold, and no near image of the ball is better.
#[test]
fn the_end_is_a_local_maximum() {
    for seed in 0..20 {
        let mut stream = Stream::new(seed);
        let unit = DeepUnit::new(&layers(&[6, 8, 8, 1], &mut stream), 0).unwrap();
        let (prior, radius) = (prior(6, &mut stream), 2.0);
        let found = maximize(&unit, &prior, radius, 3000).unwrap();
        assert!(found.gap < 1e-6, "seed {seed}: {:e}", found.gap);
        let best = *found.activations.last().unwrap();
        for _ in 0..100 {
            let near = &found.image + DVector::from_vec(stream.normals(6)) * 0.01;
            let distance = prior.distance(&near).unwrap().min(radius);
            let rival = unit.activation(&prior.at_distance(&near, distance).unwrap()).unwrap();
            assert!(rival <= best + 1e-9, "seed {seed}: {rival} beats {best}");
        }
    }
}

/// There is something to gain at the mean, and at the maximum of another ball.
#[test]
fn teeth_the_gap_sees_what_is_no_maximum() {
    let mut stream = Stream::new(1);
    let unit = DeepUnit::new(&layers(&[6, 8, 1], &mut stream), 0).unwrap();
    let prior = prior(6, &mut stream);
    let plain = prior.without_shape();
    let other = maximize(&unit, &plain, 1.0, 3000).unwrap().image;
    let moved = prior.at_distance(&other, 1.0).unwrap();
    for image in [prior.mean(), &moved] {
        assert!(frank_wolfe_gap(&unit, &prior, 1.0, image).unwrap() > 1e-2);
    }
}

fn found(peak: f64, gap: f64, unlikeness: f64, recognized: bool, surprise: f64) -> Value {
    json!({
        "image": vec![0.0; 64], "activations": [0.0, peak], "gap": gap, "best_training": 1.0,
        "unlikeness": unlikeness, "surprise": surprise, "recognized": recognized,
    })
}

#[test]
fn teeth_the_verdict_needs_ascent_its_end_rivals_and_the_other_network() {
    let claim = claims::find("deep-activation-maximisation").unwrap();
    let verdict = |likely: Value, near: Value| {
        let evidence =
            [(json!({"seed": 1}), json!({"accuracy": [0.95, 0.95], "likely": [likely], "near": [near]}))];
        claim.conclude(&evidence).unwrap().0.verdict
    };
    let good = || found(2.0, 1e-9, 1.0, true, 0.1);
    let noisy = || found(3.0, 1e-9, 2.0, false, 1.0);
    assert_eq!(verdict(good(), noisy()), Verdict::Reproduced);
    for (likely, near) in [
        (found(-1.0, 1e-9, 0.5, true, 0.1), noisy()),
        (found(0.5, 1e-9, 0.5, true, 0.1), noisy()),
        (found(2.0, 1e-3, 0.5, true, 0.1), noisy()),
        (found(2.0, 1e-9, 0.5, false, 0.1), noisy()),
        (found(2.0, 1e-9, 0.5, true, 2.0), noisy()),
        (good(), found(3.0, 1e-9, 1.1, false, 1.0)),
    ] {
        let shown = format!("{likely} {near}");
        assert_eq!(verdict(likely, near), Verdict::NotReproduced, "{shown}");
    }
    assert_eq!(claim.conclude(&[]).unwrap().0.verdict, Verdict::NotReproduced);
}
