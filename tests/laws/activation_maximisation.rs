//! `activation-maximisation`: the maximizer against random rivals, and a pattern that is not worth its cost.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::activation_maximization::{
    FirstLayerUnit, Maximizer, SecondLayerUnit, roughness, smooth_prior,
};

proptest! {
    #[test]
    fn no_rival_is_better(
        weights in prop::collection::vec(-2.0f64..2.0, 1..6),
        bias in -5.0f64..5.0,
        lambda in 0.1f64..5.0,
        seed in any::<u64>(),
    ) {
        let n = weights.len();
        let unit = FirstLayerUnit::new(DVector::from_vec(weights), bias).unwrap();
        let best = match unit.maximizer(lambda).unwrap() {
            Maximizer::Pattern(x) => x,
            Maximizer::Origin => DVector::zeros(n),
        };
        let value = unit.objective(&best, lambda);
        let mut stream = Stream::new(seed);
        for scale in [0.1, 1.0, 10.0] {
            let rival = DVector::from_vec(stream.normals(n)) * scale;
            prop_assert!(unit.objective(&rival, lambda) <= value + 1e-12 * (1.0 + value.abs()));
            prop_assert!(unit.objective(&(&best + rival * 0.01), lambda) <= value + 1e-12 * (1.0 + value.abs()));
        }
    }

    /// Ascent from where the unit is active, and stays so, ends at its weights.
    #[test]
    fn ascent_ends_at_the_weights(seed in any::<u64>(), lambda in 0.05f64..2.0, bias in 0.0f64..2.0) {
        let mut stream = Stream::new(seed);
        let unit = FirstLayerUnit::new(DVector::from_vec(stream.normals(20)), bias).unwrap();
        let mut start = DVector::from_vec(stream.normals(20));
        start *= unit.weights().dot(&start).signum();
        let end = unit.ascend(&start, lambda, 100).unwrap();
        prop_assert!((end - unit.weights() / lambda).norm() <= 1e-12 * unit.weights().norm() / lambda);
    }

    /// A deeper unit never loses by ascent, and ends where no small step gains.
    #[test]
    fn ascent_of_a_deeper_unit_is_monotone(seed in any::<u64>(), kappa in 0.0f64..3.0) {
        let mut stream = Stream::new(seed);
        let first = DMatrix::from_vec(10, 16, stream.normals(160));
        let unit = SecondLayerUnit::new(first, DVector::from_vec(stream.normals(10))).unwrap();
        let prior = smooth_prior(4, 1.0, kappa).unwrap();
        let objective = |x: &DVector<f64>| unit.activation(x) - 0.5 * x.dot(&(&prior * x));
        let start = DVector::from_vec(stream.normals(16));
        let mut before = objective(&start);
        for steps in [1, 3, 100] {
            let value = objective(&unit.ascend(&start, &prior, steps).unwrap());
            prop_assert!(value >= before - 1e-12 * before.abs());
            before = value;
        }
    }
}

/// Between the two conditions ascent shows a pattern, and the origin is better: "active" is a local condition.
#[test]
fn teeth_a_local_maximum_is_not_the_maximum() {
    let unit = FirstLayerUnit::new(DVector::from_vec(vec![1.0, 2.0]), -4.0).unwrap();
    let end = unit.ascend(&DVector::from_vec(vec![3.0, 3.0]), 1.0, 100).unwrap();
    assert!((&end - unit.weights()).norm() < 1e-12);
    assert!(unit.objective(&end, 1.0) < -1.0 && unit.maximizer(1.0).unwrap() == Maximizer::Origin);
}

/// From where the unit is silent, ascent learns nothing of it.
#[test]
fn teeth_a_silent_start_shows_nothing() {
    let unit = FirstLayerUnit::new(DVector::from_vec(vec![1.0, 2.0]), -0.1).unwrap();
    assert!(unit.ascend(&DVector::from_vec(vec![-1.0, -1.0]), 1.0, 100).unwrap().norm() < 1e-12);
}

#[test]
fn the_prior_is_the_roughness() {
    let image = DVector::from_vec(Stream::new(5).normals(36));
    let direct = (0..36usize)
        .flat_map(|i| [(i % 6 < 5).then_some((i, i + 1)), (i < 30).then_some((i, i + 6))].into_iter().flatten())
        .map(|(i, j)| (image[i] - image[j]).powi(2))
        .sum::<f64>();
    assert!((roughness(6, &image).unwrap() - direct / image.norm_squared()).abs() < 1e-12);
}
