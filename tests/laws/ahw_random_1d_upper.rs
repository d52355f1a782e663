//! `ahw-random-1d-upper`: counts on the line are exact, never above the number of samples, and reach it.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_landscape::analytic::{AxisConstruction, SigmoidNeuron, SubsetConstruction, neuron_line};
use saddlepoint_landscape::critical::line::Isolated;
use saddlepoint_landscape::objective::Objective;

fn neuron(samples: &[(f64, f64)]) -> SigmoidNeuron {
    let (inputs, labels): (Vec<f64>, Vec<f64>) = samples.iter().copied().unzip();
    SigmoidNeuron::sum_of_squares(&DMatrix::from_vec(inputs.len(), 1, inputs), labels).unwrap()
}

fn data(labels: impl Strategy<Value = f64>) -> impl Strategy<Value = Vec<(f64, f64)>> {
    let input =
        (-2.0f64..2.0, prop::bool::ANY).prop_map(|(u, sign)| 10f64.powf(u) * if sign { 1.0 } else { -1.0 });
    prop::collection::vec((input, labels), 1..6)
}

proptest! {
    #[test]
    fn no_more_minima_than_samples(samples in data(0.01f64..0.99)) {
        let found = neuron_line::critical_points(&neuron(&samples)).unwrap();
        prop_assert!(found.minima() <= samples.len());
        prop_assert_eq!(found.minima(), found.maxima() + 1, "the error rises at both ends");
        let kinds: Vec<bool> = found.points().iter().map(Isolated::is_minimum).collect();
        prop_assert!(kinds.iter().enumerate().all(|(i, minimum)| *minimum == (i % 2 == 0)));
    }

    #[test]
    fn nor_with_labels_zero_and_one(samples in data(prop::bool::ANY.prop_map(f64::from))) {
        if let Ok(found) = neuron_line::critical_points(&neuron(&samples)) {
            prop_assert!(found.minima() <= samples.len());
            prop_assert!(found.minima().abs_diff(found.maxima()) <= 1);
        }
    }

    /// The order of the samples, and the sign of all inputs, change nothing but the side.
    #[test]
    fn symmetries_keep_the_count(samples in data(0.01f64..0.99)) {
        let found = neuron_line::critical_points(&neuron(&samples)).unwrap();
        let mirrored: Vec<_> = samples.iter().rev().map(|&(x, y)| (-x, y)).collect();
        let mirrored = neuron_line::critical_points(&neuron(&mirrored)).unwrap();
        prop_assert_eq!(found.minima(), mirrored.minima());
        for (a, b) in found.points().iter().zip(mirrored.points().iter().rev()) {
            let size = a.location().abs().max(1e-9);
            prop_assert!((a.location() + b.location()).abs() < 1e-8 * size);
        }
    }

    /// Slopes at the ends of every bracket have the signs that the kind demands.
    #[test]
    fn brackets_hold_what_they_say(samples in data(0.01f64..0.99)) {
        let neuron = neuron(&samples);
        for point in neuron_line::critical_points(&neuron).unwrap().points() {
            let (low, high) = point.bracket();
            let curvature = neuron.hessian(&[point.location()]).unwrap()[(0, 0)];
            prop_assert!(low <= high);
            prop_assert_eq!(curvature > 0.0, point.is_minimum());
        }
    }
}

/// The bound is reached, so it cannot be lowered.
#[test]
fn the_construction_attains_it() {
    for n in 1..=6 {
        let neuron = AxisConstruction::new(1, n, 16.0, 0.75).unwrap().neuron().unwrap();
        assert_eq!(neuron_line::critical_points(&neuron).unwrap().minima(), n);
    }
}

/// The bound is about one weight: with two, four samples have six certified minima.
#[test]
fn teeth_two_weights_break_it() {
    let data = SubsetConstruction::planar(4, 16.0, 0.75).unwrap();
    let neuron = data.neuron().unwrap();
    let minima = data.subsets().iter().filter(|s| data.minimum(&neuron, s).is_ok_and(|c| c.index == 0)).count();
    assert!(minima > 4);
    assert!(neuron_line::critical_points(&neuron).is_err());
}
