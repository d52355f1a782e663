//! `smoothness-hessian-extremes`: no Hessian of a sigmoid neuron exceeds the bound, and one attains it.

use nalgebra::{DMatrix, dmatrix};
use proptest::prelude::*;
use saddlepoint_landscape::analytic::SigmoidNeuron;
use saddlepoint_landscape::objective::Objective;
use saddlepoint_landscape::operator::HessianAt;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::SigmoidNeuronSmoothness;

fn bound(inputs: &DMatrix<f64>, labels: &[f64]) -> f64 {
    let moments = inputs.transpose() * inputs / inputs.nrows() as f64;
    let largest = moments.symmetric_eigenvalues().max() * (1.0 + 1e-13);
    SigmoidNeuronSmoothness::new(labels, largest).unwrap().beta()
}

proptest! {
    #[test]
    fn no_hessian_exceeds_the_bound(
        entries in prop::collection::vec(-5.0f64..5.0, 40),
        labels in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0f64..1.0], 10),
        w in prop::array::uniform4(-3.0f64..3.0),
    ) {
        let inputs = DMatrix::from_row_slice(10, 4, &entries);
        let bound = bound(&inputs, &labels);
        let hessian = SigmoidNeuron::half_mean_square(&inputs, labels).unwrap().hessian(&w).unwrap();
        let norm = hessian.symmetric_eigenvalues().amax();
        prop_assert!(norm <= bound, "{norm} above {bound}");
    }

    /// Cauchy's interlacing: what Lanczos finds after any number of steps lies inside the spectrum.
    #[test]
    fn ritz_values_lie_inside_the_spectrum(
        entries in prop::collection::vec(-3.0f64..3.0, 80),
        w in prop::collection::vec(-1.0f64..1.0, 8),
        products in 3usize..12,
        seed in any::<u64>(),
    ) {
        let f = SigmoidNeuron::half_mean_square(&DMatrix::from_row_slice(10, 8, &entries), vec![0.3; 10]).unwrap();
        let eigenvalues = f.hessian(&w).unwrap().symmetric_eigenvalues();
        let slack = 1e-13 * eigenvalues.amax();
        let mut stream = Stream::new(seed);
        for end in [End::Largest, End::Smallest] {
            let search = Lanczos::new(end, 1).unwrap().with_products(products).unwrap();
            let found = search.run(&HessianAt::new(&f, &w).unwrap(), &mut || stream.normal()).unwrap();
            let value = found.pairs[0].value;
            prop_assert!(eigenvalues.min() - slack <= value && value <= eigenvalues.max() + slack);
        }
    }
}

/// One sample with input 1 at the critical activation has exactly the extreme curvature, of both signs and both labels.
#[test]
fn the_extremes_are_attained() {
    let extremes = SigmoidNeuronSmoothness::curvatures().into_iter().zip(SigmoidNeuronSmoothness::arguments());
    for (curvature, argument) in extremes {
        for (label, sign) in [(0.0, 1.0), (1.0, -1.0)] {
            let f = SigmoidNeuron::half_mean_square(&dmatrix![1.0], vec![label]).unwrap();
            let found = f.hessian(&[sign * argument.midpoint()]).unwrap()[(0, 0)];
            assert!((found - curvature.midpoint()).abs() < 1e-15, "{found} and {curvature}");
        }
    }
}

#[test]
fn the_landscape_crate_has_the_same_constant() {
    let [_, highest] = SigmoidNeuronSmoothness::curvatures();
    assert!((SigmoidNeuron::MAX_CURVATURE - highest.midpoint()).abs() < 1e-15);
}

/// A constant smaller by one part in a million is exceeded.
#[test]
fn teeth_a_smaller_constant_is_exceeded() {
    let ([_, highest], [_, argument]) =
        (SigmoidNeuronSmoothness::curvatures(), SigmoidNeuronSmoothness::arguments());
    let f = SigmoidNeuron::half_mean_square(&dmatrix![1.0], vec![0.0]).unwrap();
    assert!(f.hessian(&[argument.midpoint()]).unwrap()[(0, 0)] > highest.high() * (1.0 - 1e-6));
}

/// Labels outside the unit interval are another problem: the bound refuses them, and they exceed it.
#[test]
fn teeth_labels_outside_the_unit_interval_exceed_the_bound() {
    assert!(SigmoidNeuronSmoothness::new(&[2.0], 1.0).is_err());
    let f = SigmoidNeuron::half_mean_square(&dmatrix![1.0], vec![2.0]).unwrap();
    let norm = (-40..40).map(|i| f.hessian(&[f64::from(i) / 10.0]).unwrap()[(0, 0)].abs()).fold(0.0, f64::max);
    assert!(norm > SigmoidNeuronSmoothness::new(&[1.0], 1.0).unwrap().beta());
}

/// The sum of squares has `2n` times the curvature: a bound for the one does not hold for the other.
#[test]
fn pitfall_the_normalisation_is_part_of_the_bound() {
    let inputs = dmatrix![1.0; 1.0; 1.0];
    let f = SigmoidNeuron::sum_of_squares(&inputs, vec![0.0; 3]).unwrap();
    let [_, argument] = SigmoidNeuronSmoothness::arguments();
    let curvature = f.hessian(&[argument.midpoint()]).unwrap()[(0, 0)];
    assert!((curvature / bound(&inputs, &[0.0; 3]) - 6.0).abs() < 1e-9);
}
