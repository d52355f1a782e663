//! `seed4-mlp-landscape` and `seed4-swapped-arguments-negative`: the closed form, the valley and the plateau.

use proptest::prelude::*;
use saddlepoint_landscape::analytic::{Reading, TwoParameterMlp};
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::descent::{End, GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;

fn intended() -> TwoParameterMlp {
    TwoParameterMlp::seed42(Reading::Intended)
}

fn samples() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    prop::collection::vec((0.1f64..3.0, 0.1f64..5.0), 1..7).prop_map(|pairs| pairs.into_iter().unzip())
}

proptest! {
    /// For any positive data, not only the lecture's, and for both readings.
    #[test]
    fn the_closed_form_is_the_mean_over_samples((x, y) in samples(), w1 in -3.0f64..3.0, w2 in -3.0f64..3.0) {
        for reading in [Reading::Intended, Reading::Swapped] {
            let loss = TwoParameterMlp::new(reading, x.clone(), y.clone()).unwrap();
            let (closed, mean) = (loss.value(&[w1, w2]).unwrap(), loss.mean_loss((w1, w2)));
            // Near the minimum the closed form cancels terms of the size of the plateau.
            prop_assert!((closed - mean).abs() < 1e-12 * mean.max(loss.plateau()));
        }
    }

    #[test]
    fn the_whole_valley_is_critical_flat_along_and_as_sharp_as_the_formula_says(exponent in -8.0f64..8.0) {
        let loss = intended();
        let w1 = 2f64.powf(exponent);
        let w = [w1, loss.product_at_minimum() / w1];
        let (_, eigenvalues) = Inertia::of_symmetric(&loss.hessian(&w).unwrap(), 0.0).unwrap();
        prop_assert!(loss.gradient(&w).unwrap().norm() < 1e-12 * eigenvalues[1]);
        prop_assert!(eigenvalues[0].abs() < 1e-12 * eigenvalues[1]);
        prop_assert!((eigenvalues[1] / loss.sharpness(w1) - 1.0).abs() < 1e-12);
        prop_assert!(loss.sharpness(w1) >= loss.sharpness(loss.product_at_minimum().sqrt()) * (1.0 - 1e-12));
    }

    /// The plateau is made of local minima: nothing near a point with `w₁ < 0` is lower.
    #[test]
    fn the_plateau_is_a_set_of_bad_local_minima(w1 in -3.0f64..-1e-3, w2 in -3.0f64..3.0, a in -1.0f64..1.0, b in -1.0f64..1.0) {
        let loss = intended();
        let near = [w1 + a * 0.9 * -w1, w2 + b * 0.9 * -w1];
        prop_assert!(near[0] < 0.0);
        prop_assert_eq!(loss.value(&near).unwrap(), loss.value(&[w1, w2]).unwrap());
        prop_assert!(loss.value(&near).unwrap() > 20.0 * loss.minimum());
        let descent = GradientDescent::new(0.1, StopRule::after(100)).unwrap();
        prop_assert_eq!(descent.run(&loss, &[w1, w2]).unwrap().steps, 0);
    }

    /// Nothing else is critical on the open right half-plane.
    #[test]
    fn away_from_the_valley_the_gradient_does_not_vanish(w1 in 1e-3f64..3.0, w2 in -3.0f64..3.0) {
        let loss = intended();
        prop_assume!((w1 * w2 - loss.product_at_minimum()).abs() > 1e-6);
        prop_assert!(loss.gradient(&[w1, w2]).unwrap().norm() > 1e-9);
    }

    /// The mean over all minibatches of a size is the full loss.
    #[test]
    fn minibatches_are_unbiased((x, y) in samples(), w1 in 0.1f64..2.0, w2 in -2.0f64..2.0, share in 0.0f64..1.0) {
        let n = x.len();
        let size = 1 + (share * n as f64) as usize % n;
        let loss = TwoParameterMlp::new(Reading::Intended, x, y).unwrap();
        let losses: Vec<f64> = loss.samples().map(|sample| loss.sample_loss(sample, (w1, w2))).collect();
        let batches: Vec<u32> = (0u32..1 << n).filter(|mask| mask.count_ones() as usize == size).collect();
        let total: f64 = batches
            .iter()
            .map(|mask| (0..n).filter(|i| mask >> i & 1 == 1).map(|i| losses[i]).sum::<f64>() / size as f64)
            .sum();
        let full = loss.mean_loss((w1, w2));
        prop_assert!((total / batches.len() as f64 - full).abs() < 1e-12 * full.max(1.0));
    }

    /// Swapped arguments: symmetric about the origin, and another function on half of the plane.
    #[test]
    fn the_swapped_reading_is_another_function(w1 in 0.1f64..3.0, w2 in -3.0f64..-0.1) {
        let (meant, called) = (intended(), TwoParameterMlp::seed42(Reading::Swapped));
        prop_assert_eq!(called.value(&[w1, w2]).unwrap(), called.value(&[-w1, -w2]).unwrap());
        prop_assert_eq!(called.value(&[w1, w2]).unwrap(), called.plateau());
        prop_assert!(meant.value(&[w1, w2]).unwrap() > meant.plateau());
        prop_assert_eq!(meant.value(&[w1, -w2]).unwrap(), called.value(&[w1, -w2]).unwrap());
    }
}

/// At the origin the gradient is zero, and yet every neighbourhood holds lower values: no local minimum.
#[test]
fn teeth_the_origin_is_no_minimum_although_its_gradient_vanishes() {
    let loss = intended();
    assert_eq!(loss.gradient(&[0.0, 0.0]).unwrap().norm(), 0.0);
    for exponent in 1..20 {
        let h = 0.5f64.powi(exponent);
        assert!(loss.value(&[h, h]).unwrap() < loss.plateau());
        assert!(loss.value(&[h, -h]).unwrap() > loss.plateau());
        assert_eq!(loss.value(&[-h, h]).unwrap(), loss.plateau());
    }
}

/// On the upper half of the border the loss falls to the right, on the lower half it rises.
#[test]
fn the_border_is_a_minimum_below_the_origin_only() {
    let loss = intended();
    for w2 in [0.1, 1.0, 3.0] {
        assert!(loss.value(&[1e-6, w2]).unwrap() < loss.plateau());
        assert!(loss.value(&[1e-6, -w2]).unwrap() > loss.plateau());
    }
}

/// Inputs of both signs break the closed form, so the constructor refuses them.
#[test]
fn teeth_the_closed_form_needs_positive_inputs() {
    assert!(TwoParameterMlp::new(Reading::Intended, vec![1.0, -1.0], vec![1.0, 1.0]).is_err());
}

/// A step beyond two over the sharpness does not settle on the valley.
#[test]
fn teeth_the_flattest_minimum_is_too_sharp_for_a_long_step() {
    let loss = intended();
    let root = loss.product_at_minimum().sqrt();
    let settles = |step: f64| {
        let descent = GradientDescent::new(step, StopRule { steps: 20_000, gradient_norm: 1e-10 }).unwrap();
        let end = descent.run(&loss, &[root, root + 1e-6]).unwrap();
        end.end == End::Critical && end.point[0] > 0.0
    };
    let threshold = 2.0 / loss.sharpness(root);
    assert!((threshold - 0.177923).abs() < 1e-6);
    assert!(settles(0.9 * threshold));
    assert!(!settles(1.05 * threshold));
}
