//! `ahw-realizable-benign`: the gradient never points away from the truth, and does once a label is wrong.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_landscape::analytic::{SigmoidNeuron, neuron_line};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_landscape::scalar::Scalar;

fn realizable(inputs: &DMatrix<f64>, truth: &[f64]) -> SigmoidNeuron {
    let activations = inputs * DVector::from_column_slice(truth);
    let labels = activations.iter().map(|z| z.logistic().0).collect();
    SigmoidNeuron::sum_of_squares(inputs, labels).unwrap()
}

proptest! {
    #[test]
    fn the_way_to_the_truth_is_never_uphill(
        entries in prop::collection::vec(-1.0f64..1.0, 15), scale in -3.0f64..3.0,
        truth in prop::collection::vec(-3.0f64..3.0, 3), w in prop::collection::vec(-3.0f64..3.0, 3),
    ) {
        let inputs = DMatrix::from_row_slice(5, 3, &entries) * 10f64.powf(scale);
        let neuron = realizable(&inputs, &truth);
        let (product, size) = neuron.against(&w, &truth).unwrap();
        prop_assert!(product >= -1e-12 * size);
        // The same number from the gradient, another way.
        let difference = DVector::from_column_slice(&w) - DVector::from_column_slice(&truth);
        let gradient = neuron.gradient(&w).unwrap();
        let direct = gradient.dot(&difference);
        let cancelled: f64 = inputs.amax() * difference.norm() * 1e-12;
        prop_assert!((direct - product).abs() <= cancelled.max(1e-12), "{direct} {product}");
    }

    /// At the truth everything vanishes.
    #[test]
    fn the_truth_is_stationary(
        entries in prop::collection::vec(-1.0f64..1.0, 15), truth in prop::collection::vec(-3.0f64..3.0, 3),
    ) {
        let neuron = realizable(&DMatrix::from_row_slice(5, 3, &entries), &truth);
        prop_assert!(neuron.value(&truth).unwrap() < 1e-28);
        prop_assert!(neuron.gradient(&truth).unwrap().norm() < 1e-14);
    }

    /// With one weight there is one critical point, the truth.
    #[test]
    fn one_weight_one_critical_point(
        inputs in prop::collection::vec(prop_oneof![-5.0f64..-0.2, 0.2f64..5.0], 1..6), truth in -2.0f64..2.0,
    ) {
        let neuron = realizable(&DMatrix::from_vec(inputs.len(), 1, inputs), &[truth]);
        let found = neuron_line::critical_points(&neuron).unwrap();
        prop_assert_eq!((found.minima(), found.maxima()), (1, 0));
        prop_assert!((found.points()[0].location() - truth).abs() < 1e-6);
    }
}

/// A wrong label makes the way to the old truth lead uphill somewhere, and a second minimum.
#[test]
fn teeth_a_flipped_label_breaks_it() {
    let inputs = DMatrix::from_column_slice(2, 1, &[1.0, 20.0]);
    let good = realizable(&inputs, &[1.5]);
    let mut labels = good.labels().to_vec();
    assert_eq!(neuron_line::critical_points(&good).unwrap().minima(), 1);
    labels[1] = 0.25;
    let bad = SigmoidNeuron::sum_of_squares(&inputs, labels).unwrap();
    assert_eq!(neuron_line::critical_points(&bad).unwrap().minima(), 2);
    let uphill = (1..100).any(|i| bad.against(&[f64::from(i) * 0.01], &[1.5]).unwrap().0 < 0.0);
    assert!(uphill);
}

#[test]
fn bad_weights_are_refused() {
    let neuron = realizable(&DMatrix::from_column_slice(2, 1, &[1.0, 2.0]), &[1.0]);
    assert!(neuron.against(&[f64::NAN], &[1.0]).is_err() && neuron.against(&[1.0], &[1.0, 2.0]).is_err());
}
