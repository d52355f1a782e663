//! `ahw-count-is-lower-bound`: certificates survive what must not matter to them, and nothing else.

use nalgebra::{DMatrix, Rotation2};
use proptest::prelude::*;
use saddlepoint_landscape::analytic::SubsetConstruction;
use saddlepoint_landscape::chart::Chart;
use saddlepoint_landscape::critical::krawczyk::{Certificate, certify};
use saddlepoint_landscape::critical::newton;
use saddlepoint_landscape::descent::{End, GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;

fn minima(data: &SubsetConstruction) -> Vec<Certificate> {
    let neuron = data.neuron().unwrap();
    let found = data.subsets().into_iter().filter_map(|subset| data.minimum(&neuron, &subset).ok());
    found.filter(|c| c.index == 0 && c.verify(&neuron).is_ok()).collect()
}

/// Directions of four samples, scattered as the construction does, turned by an angle.
fn turned(angle: f64) -> DMatrix<f64> {
    let turn = Rotation2::new(angle);
    let of = |t: usize| {
        let angle = ((5 * t % 4) as f64 + 0.5) * std::f64::consts::PI / 8.0;
        turn * nalgebra::vector![angle.cos(), angle.sin()]
    };
    DMatrix::from_fn(4, 2, |t, j| of(t)[j])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Turning all samples turns the minima; a larger ratio keeps them.
    #[test]
    fn six_minima_in_every_frame(angle in 0.0f64..std::f64::consts::TAU, ratio in 16.0f64..256.0) {
        let data = SubsetConstruction::new(&turned(angle), ratio, 0.75).unwrap();
        let found = minima(&data);
        prop_assert_eq!(found.len(), 6);
        for (i, one) in found.iter().enumerate() {
            prop_assert!(found[..i].iter().all(|other| one.differs_from(other)));
        }
    }

    /// Nothing around a certified minimum is lower, as far as its box reaches.
    #[test]
    fn neighbours_are_not_lower(which in 0usize..6, direction in 0.0f64..std::f64::consts::TAU, share in 0.1f64..1.0) {
        let data = SubsetConstruction::planar(4, 16.0, 0.75).unwrap();
        let neuron = data.neuron().unwrap();
        let found = data.minimum(&neuron, &data.subsets()[which]).unwrap();
        let at = |r: f64| {
            let v = [found.centre[0] + r * direction.cos(), found.centre[1] + r * direction.sin()];
            neuron.value(&found.chart.parameters_at(&v)).unwrap()
        };
        // Far enough from the centre that the difference of the errors is no rounding.
        prop_assert!(at(1e-5 + 0.1 * share) > at(0.0));
    }
}

/// The minima are wells that descent in the chart's coordinates ends in: here, with the data of the neuron transformed by hand.
#[test]
fn descent_ends_in_a_certified_minimum() {
    let data = SubsetConstruction::planar(3, 16.0, 0.75).unwrap();
    let neuron = data.neuron().unwrap();
    let found = data.minimum(&neuron, &[0, 1]).unwrap();
    let x = DMatrix::from_row_slice(3, 2, neuron.inputs());
    let b = DMatrix::from_row_slice(2, 2, &found.chart.matrix);
    let local =
        saddlepoint_landscape::analytic::SigmoidNeuron::sum_of_squares(&(x * b), vec![0.75; 3]).unwrap();
    let start = [found.centre[0] + 0.01, found.centre[1] - 0.01];
    let step = 1.0 / local.smoothness().unwrap();
    let end = GradientDescent::new(step, StopRule { steps: 1_000_000, gradient_norm: 1e-9 })
        .unwrap()
        .run(&local, &start)
        .unwrap();
    assert_eq!(end.end, End::Critical);
    assert!(end.point.iter().zip(&found.centre).all(|(v, c)| (v - c).abs() < 1e-6), "{:?}", end.point);
}

#[test]
fn eight_samples_have_twenty_eight_minima() {
    assert_eq!(minima(&SubsetConstruction::planar(8, 32.0, 0.75).unwrap()).len(), 28);
}

/// In the parameters themselves the activations cancel, and most minima of eight samples cannot be certified.
#[test]
fn teeth_the_chart_is_needed() {
    let data = SubsetConstruction::planar(8, 32.0, 0.75).unwrap();
    let neuron = data.neuron().unwrap();
    let found = minima(&data);
    let certified = found.iter().filter(|found| {
        let w: Vec<f64> = found.location().iter().map(|w| w.midpoint()).collect();
        let (chart, radii) = (Chart::identity(2), w.iter().map(|w| 1e-6 * w.abs()).collect::<Vec<_>>());
        let centre = newton::settle(&neuron, &chart, &w).unwrap_or(w);
        certify(&neuron, &chart, &centre, &radii).is_ok()
    });
    assert!(certified.count() < 28);
}

/// With a small ratio the wells run into each other.
#[test]
fn teeth_a_small_ratio_loses_minima() {
    assert!(minima(&SubsetConstruction::planar(4, 3.0, 0.75).unwrap()).len() < 6);
}

/// Directions that are not in general position have no minimum for a dependent set.
#[test]
fn teeth_parallel_samples_are_no_subset() {
    let directions = DMatrix::from_row_slice(3, 2, &[1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    let data = SubsetConstruction::new(&directions, 16.0, 0.75).unwrap();
    assert!(data.minimum(&data.neuron().unwrap(), &[0, 1]).is_err());
    assert_eq!(minima(&data).len(), 2);
}
