//! `ista-lasso-recovery`: the rate against any point, the guarantee against random codes, and steps that are too long.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::dictionary::{DenseDictionary, Dictionary, SpikesAndHadamard};
use saddlepoint_theory::representation::lasso::{Lasso, fista_rate, ista_rate};
use saddlepoint_theory::representation::lasso_recovery::LassoRecovery;
use saddlepoint_theory::representation::thresholding::Threshold;

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// The rate of ISTA holds against every comparison point, not the minimizer alone.
    #[test]
    fn the_rate_against_any_point(seed in any::<u64>(), penalty in 0.01f64..2.0, spread in 0.0f64..3.0) {
        let mut stream = Stream::new(seed);
        let dictionary = DenseDictionary::new(DMatrix::from_vec(6, 10, stream.normals(60))).unwrap();
        let lasso = Lasso::new(&dictionary, stream.normals(6), penalty).unwrap();
        let start = stream.normals(10);
        let other: Vec<f64> = stream.normals(10).iter().map(|x| spread * x).collect();
        let smoothness = dictionary.squared_norm();
        let descent = lasso.ista(&start, smoothness, 50).unwrap();
        let least = lasso.objective(&other).unwrap();
        for (k, value) in descent.objectives.iter().enumerate().skip(1) {
            let bound = ista_rate(smoothness, distance(&start, &other), k);
            prop_assert!(value - least <= bound + 1e-12 * value, "{k}: {} > {bound}", value - least);
        }
        let gap = lasso.duality_gap(&descent.point).unwrap();
        prop_assert!(descent.objectives[50] - gap <= least + 1e-12 * least, "the gap bounds the distance from the optimum");
    }

    /// FISTA's rate against the minimizer that a long descent finds.
    #[test]
    fn the_rate_with_momentum(seed in any::<u64>(), penalty in 0.05f64..1.0) {
        let mut stream = Stream::new(seed);
        let dictionary = SpikesAndHadamard::new(16).unwrap();
        let lasso = Lasso::new(&dictionary, stream.normals(16), penalty).unwrap();
        let origin = vec![0.0; 32];
        let minimizer = lasso.ista(&origin, 2.0, 4000).unwrap().point;
        let (least, gap) = (lasso.objective(&minimizer).unwrap(), lasso.duality_gap(&minimizer).unwrap());
        let descent = lasso.fista(&origin, 2.0, 100).unwrap();
        for (k, value) in descent.objectives.iter().enumerate().skip(1) {
            let bound = fista_rate(2.0, distance(&origin, &minimizer), k);
            prop_assert!(value - least <= bound + gap.abs() + 1e-13 * value);
        }
    }

    /// The minimizer of a signal inside the condition: right atoms only, each coefficient within the bound.
    #[test]
    fn what_is_promised_is_kept(seed in any::<u64>(), k in 1usize..5, noise in 1e-3f64..0.1, factor in 2.5f64..6.0) {
        let dictionary = SpikesAndHadamard::new(64).unwrap();
        let penalty = factor * noise;
        let Ok(theorem) = LassoRecovery::new(dictionary.gram_bounds(), k, noise, penalty) else { return Ok(()) };
        let mut stream = Stream::new(seed);
        let mut code = vec![0.0; 128];
        for at in stream.permutation(128).into_iter().take(k) {
            code[at] = stream.between(0.5, 1.0) * stream.sign();
        }
        let direction = stream.normals(64);
        let norm = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        let signal = dictionary.synthesize(&code).unwrap().iter().zip(direction)
            .map(|(x, e)| x + e * (noise * (1.0 - 1e-12) / norm)).collect();
        let lasso = Lasso::new(&dictionary, signal, penalty).unwrap();
        let found = lasso.ista(&vec![0.0; 128], 2.0, 800).unwrap().point;
        prop_assert!(lasso.duality_gap(&found).unwrap() < 1e-12);
        for (a, b) in found.iter().zip(&code) {
            prop_assert!(*a == 0.0 || *b != 0.0, "a wrong atom");
            prop_assert!((a - b).abs() <= theorem.largest_error() + 1e-9);
        }
    }

    /// One step from 0 with `L = 1` is the forward pass of a layer.
    #[test]
    fn the_first_step_is_one_threshold(seed in any::<u64>(), penalty in 0.1f64..1.0) {
        let dictionary = SpikesAndHadamard::new(16).unwrap();
        let signal = Stream::new(seed).normals(16);
        let threshold = Threshold::new(penalty).unwrap();
        let expected: Vec<f64> = dictionary.correlate(&signal).unwrap().iter().map(|x| threshold.soft(*x)).collect();
        let lasso = Lasso::new(&dictionary, signal, penalty).unwrap();
        prop_assert_eq!(lasso.step(&[0.0; 32], 1.0).unwrap(), expected);
    }
}

/// Steps longer than 1/L diverge; the descent refuses them, the single step shows why.
#[test]
fn teeth_steps_that_are_too_long_diverge() {
    let dictionary = SpikesAndHadamard::new(16).unwrap();
    let lasso = Lasso::new(&dictionary, Stream::new(1).normals(16), 0.01).unwrap();
    assert!(lasso.ista(&[0.0; 32], 0.8, 10).is_err());
    let mut x = vec![0.0; 32];
    let before = lasso.objective(&x).unwrap();
    for _ in 0..60 {
        x = lasso.step(&x, 0.8).unwrap();
    }
    assert!(lasso.objective(&x).unwrap() > 10.0 * before);
}

/// One threshold is not the minimizer of this dictionary, which is not orthonormal.
#[test]
fn teeth_one_step_is_not_enough() {
    let dictionary = SpikesAndHadamard::new(16).unwrap();
    let lasso = Lasso::new(&dictionary, Stream::new(2).normals(16), 0.1).unwrap();
    let crude = lasso.step(&[0.0; 32], 1.0).unwrap();
    assert!(lasso.duality_gap(&crude).unwrap() > 0.1);
}
