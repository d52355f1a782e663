//! `planted-uniform-convergence`: a sample's derivatives are those of the population on average, and come near uniformly.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_landscape::analytic::PlantedNeuron;
use saddlepoint_landscape::objective::Objective;
use saddlepoint_landscape::uniform::Derivatives;
use saddlepoint_models::random::Stream;

fn sample(
    risk: &PlantedNeuron,
    samples: usize,
    stream: &mut Stream,
) -> saddlepoint_landscape::analytic::SigmoidNeuron {
    let d = risk.dimension();
    let inputs = DMatrix::from_row_slice(samples, d, &stream.normals(samples * d));
    risk.sample(&inputs, |p| f64::from(stream.uniform() < p)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The expectation of the empirical derivatives is that of the population: at any point the mean of 400 samples of
    /// size 50 lies within six standard errors. A wrong quadrature, label or factor shows here.
    #[test]
    fn empirical_derivatives_are_unbiased(w in prop::array::uniform2(-3.0f64..3.0), length in 0.2f64..3.0, seed: u64) {
        let risk = PlantedNeuron::new(vec![0.0, length]).unwrap();
        let mut stream = Stream::new(seed);
        let gradients: Vec<DVector<f64>> =
            (0..400).map(|_| sample(&risk, 50, &mut stream).gradient(&w).unwrap()).collect();
        let mean = gradients.iter().sum::<DVector<f64>>() / 400.0;
        let spread: f64 = gradients.iter().map(|g| (g - &mean).norm_squared()).sum::<f64>() / 399.0 / 400.0;
        prop_assert!((mean - risk.gradient(&w).unwrap()).norm() < 6.0 * spread.sqrt());
    }

    /// The deviation is a maximum: more points can only enlarge it, and a function does not deviate from itself.
    #[test]
    fn a_supremum_grows_with_its_set(points in prop::collection::vec(prop::array::uniform2(-3.0f64..3.0), 2..6), seed: u64) {
        let risk = PlantedNeuron::new(vec![1.0, 0.0]).unwrap();
        let empirical = sample(&risk, 30, &mut Stream::new(seed));
        let points: Vec<Vec<f64>> = points.iter().map(|w| w.to_vec()).collect();
        let at = |points: &[Vec<f64>]| {
            Derivatives::at(&risk, points).unwrap().deviation(&Derivatives::at(&empirical, points).unwrap()).unwrap()
        };
        let (few, all) = (at(&points[..1]), at(&points));
        prop_assert!(few.gradient <= all.gradient && few.hessian <= all.hessian);
        let same = Derivatives::at(&risk, &points).unwrap();
        prop_assert_eq!(same.deviation(&same).unwrap().hessian, 0.0);
    }
}

/// Four hundred times as many samples bring the deviation down twentyfold.
#[test]
fn the_deviation_falls_like_the_square_root() {
    let risk = PlantedNeuron::new(vec![1.0, 0.0]).unwrap();
    let points: Vec<Vec<f64>> = (0..8).map(|k| vec![f64::from(k) * 0.4, 1.0 - f64::from(k) * 0.3]).collect();
    let exact = Derivatives::at(&risk, &points).unwrap();
    let mean = |samples: usize, seed: u64| {
        let mut stream = Stream::new(seed);
        let deviations = (0..16).map(|_| {
            let empirical = Derivatives::at(&sample(&risk, samples, &mut stream), &points).unwrap();
            exact.deviation(&empirical).unwrap().gradient
        });
        deviations.sum::<f64>() / 16.0
    };
    let ratio = mean(50, 1) / mean(20_000, 2);
    assert!((14.0..28.0).contains(&ratio), "{ratio}");
}

/// Labels of another planted neuron: then nothing converges to this population's derivatives.
#[test]
fn teeth_another_truth_leaves_a_deviation_that_stays() {
    let (risk, other) = ([1.0, 0.0], [0.0, 1.0]);
    let risk = PlantedNeuron::new(risk.to_vec()).unwrap();
    let other = PlantedNeuron::new(other.to_vec()).unwrap();
    let points = [vec![0.0, 0.0]];
    let empirical = sample(&other, 20_000, &mut Stream::new(3));
    let deviation = |of: &PlantedNeuron| {
        let exact = Derivatives::at(of, &points).unwrap();
        exact.deviation(&Derivatives::at(&empirical, &points).unwrap()).unwrap().gradient
    };
    assert!(deviation(&other) < 0.003);
    assert!(deviation(&risk) > 0.05);
}
