//! `fcl-local-strong-convexity`: the Hessian at planted weights, its symmetry, and how small the ball is.

use nalgebra::{DMatrix, DVector, dmatrix};
use proptest::prelude::*;
use saddlepoint_landscape::analytic::{AveragedSigmoids, ClassificationLoss};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_landscape::uniform::least_curvature;
use saddlepoint_models::random::Stream;

const LOSSES: [ClassificationLoss; 2] = [ClassificationLoss::CrossEntropy, ClassificationLoss::HalfSquared];

fn population(truth: &[f64], loss: ClassificationLoss) -> AveragedSigmoids {
    let longest = truth.iter().fold(0.0, |norm: f64, x| norm.hypot(*x));
    AveragedSigmoids::population(&DMatrix::from_row_slice(2, 2, truth), loss, longest.max(1.5)).unwrap()
}

fn eigenvalues(risk: &AveragedSigmoids, point: &[f64]) -> Vec<f64> {
    let mut values = risk.hessian(point).unwrap().symmetric_eigenvalues().as_slice().to_vec();
    values.sort_by(f64::total_cmp);
    values
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// At any planted weights the gradient vanishes and the Hessian, a Fisher information, is positive semidefinite.
    #[test]
    fn planted_weights_are_critical_with_a_semidefinite_hessian(
        truth in prop::array::uniform4(-1.0f64..1.0),
        which in 0usize..2,
    ) {
        let risk = population(&truth, LOSSES[which]);
        prop_assert!(risk.gradient(&truth).unwrap().norm() < 1e-14);
        let values = eigenvalues(&risk, &truth);
        prop_assert!(values[0] >= -1e-13 * values[3], "{values:?}");
    }

    /// Exchanging the units changes neither the loss nor the spectrum.
    #[test]
    fn units_can_be_exchanged(
        truth in prop::array::uniform4(-1.0f64..1.0),
        point in prop::array::uniform4(-1.5f64..1.5),
        which in 0usize..2,
    ) {
        let risk = population(&truth, LOSSES[which]);
        let exchanged = [point[2], point[3], point[0], point[1]];
        prop_assert!((risk.value(&point).unwrap() - risk.value(&exchanged).unwrap()).abs() < 1e-14);
        let (a, b) = (eigenvalues(&risk, &point), eigenvalues(&risk, &exchanged));
        prop_assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-12));
    }

    /// The least eigenvalue over more directions is not larger.
    #[test]
    fn the_least_curvature_decreases_with_the_directions(directions in prop::collection::vec(prop::array::uniform4(-1.0f64..1.0), 2..5)) {
        let risk = population(&[1.0, 0.0, 0.0, 1.0], LOSSES[0]);
        let directions: Vec<Vec<f64>> = directions.iter().map(|u| u.to_vec()).collect();
        let at = |u: &[Vec<f64>]| least_curvature(&risk, &[1.0, 0.0, 0.0, 1.0], 0.05, u).unwrap();
        prop_assert!(at(&directions) <= at(&directions[..1]));
    }

    /// The mean over samples of the empirical gradient is that of the population: within six standard errors.
    #[test]
    fn empirical_gradients_are_unbiased(point in prop::array::uniform4(-1.5f64..1.5), seed: u64, which in 0usize..2) {
        let truth = dmatrix![1.0, 0.3; -0.4, 1.2];
        let risk = AveragedSigmoids::population(&truth, LOSSES[which], 3.0).unwrap();
        let mut stream = Stream::new(seed);
        let gradients: Vec<DVector<f64>> = (0..300)
            .map(|_| {
                let inputs = DMatrix::from_row_slice(40, 2, &stream.normals(80));
                let probabilities = AveragedSigmoids::probabilities(&truth, &inputs).unwrap();
                let labels: Vec<f64> = probabilities.iter().map(|p| f64::from(stream.uniform() < *p)).collect();
                AveragedSigmoids::empirical(2, &inputs, &labels, LOSSES[which]).unwrap().gradient(&point).unwrap()
            })
            .collect();
        let mean = gradients.iter().sum::<DVector<f64>>() / 300.0;
        let spread: f64 = gradients.iter().map(|g| (g - &mean).norm_squared()).sum::<f64>() / 299.0 / 300.0;
        prop_assert!((mean - risk.gradient(&point).unwrap()).norm() < 6.0 * spread.sqrt());
    }
}

#[test]
fn the_catalogues_spectra() {
    let (one, two) = ([1.0, 0.0, 0.0, 1.0], [2.0, 0.0, 0.0, 2.0]);
    for (loss, truth, expected) in [
        (LOSSES[0], one, [0.00310622126651, 0.00351126723072, 0.0711048315934, 0.0834619253492]),
        (LOSSES[0], two, [0.0049247402406, 0.00524604030257, 0.0413153816291, 0.0515063962845]),
        (LOSSES[1], one, [0.00066360865988, 0.00066360865988, 0.0164721596315, 0.0164721596315]),
        (LOSSES[1], two, [0.000863272745643, 0.000863272745643, 0.00807755936568, 0.00807755936568]),
    ] {
        let found = eigenvalues(&population(&truth, loss), &truth);
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }
}

/// The hypothesis of full rank: with parallel planted weights two eigenvalues vanish.
#[test]
fn teeth_parallel_weights_have_a_singular_hessian() {
    for sign in [1.0, -1.0] {
        let truth = [1.0, 0.5, sign, 0.5 * sign];
        let values = eigenvalues(&population(&truth, LOSSES[0]), &truth);
        assert_eq!(values.iter().filter(|value| value.abs() < 1e-13).count(), 2, "{values:?}");
    }
}

/// Strong convexity is local: where the units coincide the Hessian is indefinite.
#[test]
fn teeth_the_risk_is_not_convex_elsewhere() {
    let values = eigenvalues(&population(&[1.0, 0.0, 0.0, 1.0], LOSSES[0]), &[0.5; 4]);
    assert!((values[0] + 0.00562).abs() < 1e-5 && (values[1] + 0.00471).abs() < 1e-5, "{values:?}");
    assert!(values[2] > 0.09);
}

/// Directions kept by exchanging units and inputs together.
fn symmetric() -> Vec<Vec<f64>> {
    (0..72)
        .map(|k| (std::f64::consts::PI * f64::from(k) / 36.0).sin_cos())
        .map(|(s, c)| vec![c, s, s, c])
        .collect()
}

/// Convexity ends first in a direction that keeps the symmetry of the truth: no random one is worse.
#[test]
fn the_worst_direction_keeps_the_symmetry() {
    let (truth, mut stream) = ([1.0, 0.0, 0.0, 1.0], Stream::new(0));
    let risk = population(&truth, LOSSES[0]);
    let random: Vec<Vec<f64>> = (0..100).map(|_| stream.normals(4)).collect();
    let worst = least_curvature(&risk, &truth, 0.1, &symmetric()).unwrap();
    assert!((worst + 1.11e-4).abs() < 1e-6, "{worst:e}");
    assert!(worst < least_curvature(&risk, &truth, 0.1, &random).unwrap());
}

#[test]
fn the_ball_of_convexity_is_as_small_as_the_catalogue_says() {
    for (scale, inside, outside) in [(1.0, 0.08, 0.1), (2.0, 0.2, 0.4)] {
        let truth = [scale, 0.0, 0.0, scale];
        let risk = population(&truth, LOSSES[0]);
        let least = |radius| least_curvature(&risk, &truth, radius, &symmetric()).unwrap();
        assert!(least(inside) > 0.0 && least(outside) < 0.0);
    }
}
