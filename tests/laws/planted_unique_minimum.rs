//! `planted-unique-minimum`: one limit with many samples, several or none with few.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_landscape::analytic::{PlantedNeuron, SigmoidNeuron};
use saddlepoint_landscape::critical::{Kind, classify};
use saddlepoint_landscape::descent::{Bfgs, End, StopRule};
use saddlepoint_models::random::Stream;

fn sample(samples: usize, dimension: usize, stream: &mut Stream) -> SigmoidNeuron {
    let mut truth = vec![0.0; dimension];
    truth[0] = 1.0;
    let risk = PlantedNeuron::new(truth).unwrap();
    let inputs = DMatrix::from_row_slice(samples, dimension, &stream.normals(samples * dimension));
    risk.sample(&inputs, |p| f64::from(stream.uniform() < p)).unwrap()
}

/// The ends of searches from random starts with entries of size one.
fn ends(risk: &SigmoidNeuron, dimension: usize, starts: usize, stream: &mut Stream) -> Vec<(Vec<f64>, End)> {
    let search = Bfgs::new(StopRule { steps: 500, gradient_norm: 1e-10 }).unwrap();
    (0..starts)
        .map(|_| search.run(risk, &stream.normals(dimension)).unwrap())
        .map(|found| (found.point, found.end))
        .collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |norm: f64, (a, b)| norm.hypot(a - b))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// With fifty samples a dimension all starts lead to one point, and it is a minimum by its Hessian.
    #[test]
    fn many_samples_leave_one_minimum(seed: u64, dimension in 2usize..8) {
        let mut stream = Stream::new(seed);
        let risk = sample(50 * dimension, dimension, &mut stream);
        let ends = ends(&risk, dimension, 6, &mut stream);
        for (end, how) in &ends {
            prop_assert_eq!(*how, End::Critical);
            prop_assert!(distance(end, &ends[0].0) < 1e-5);
        }
        let found = classify(&risk, &ends[0].0, 1e-9, 1e-9).unwrap();
        prop_assert_eq!(found.kind(), Kind::Minimum);
    }
}

/// With three samples a dimension, the searches run away or end apart, in nearly every sample.
#[test]
fn teeth_few_samples_do_not() {
    let spoiled = (0..10).filter(|seed| {
        let mut stream = Stream::new(*seed);
        let ends = ends(&sample(30, 10, &mut stream), 10, 6, &mut stream);
        ends.iter().any(|(end, _)| distance(end, &ends[0].0) > 1e-3 || distance(end, &[0.0; 10]) > 50.0)
    });
    assert!(spoiled.count() >= 8);
}
