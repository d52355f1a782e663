//! `gd-step-threshold`: below 2/λ descent converges, beyond it diverges, and the formula gives the loss.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_landscape::analytic::Quadratic;
use saddlepoint_landscape::descent::{End, GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_theory::optimization::{QuadraticDescent, Stability};

/// The losses along descent on a diagonal form.
fn losses(eigenvalues: &[f64], step: f64, start: &[f64], steps: usize) -> Vec<f64> {
    let f = Quadratic::new(DMatrix::from_diagonal(&DVector::from_row_slice(eigenvalues))).unwrap();
    let (_, path) = GradientDescent::new(step, StopRule::after(steps)).unwrap().record(&f, start, 1).unwrap();
    path.points.iter().map(|point| f.value(point).unwrap_or(f64::INFINITY)).collect()
}

proptest! {
    /// With a component along the top eigenvector the loss never rises exactly if `c ≤ 2`.
    #[test]
    fn the_loss_never_rises_exactly_up_to_the_threshold(
        mut eigenvalues in prop::collection::vec(0.01f64..10.0, 1..6),
        start in prop::collection::vec(prop_oneof![-1.0f64..-0.1, 0.1f64..1.0], 6),
        c in prop_oneof![0.01f64..1.99, 2.01f64..3.0],
    ) {
        eigenvalues.sort_by(f64::total_cmp);
        let step = c / eigenvalues.last().unwrap();
        let losses = losses(&eigenvalues, step, &start[..eigenvalues.len()], 3000);
        let never_rises = losses.is_sorted_by(|before, after| after <= before);
        prop_assert_eq!(never_rises, c <= 2.0);
        let descent = QuadraticDescent::new(&eigenvalues, step).unwrap();
        prop_assert_eq!(descent.never_rises(), c <= 2.0);
        prop_assert_eq!(descent.stability() == Stability::Diverges, c > 2.0);
    }

    #[test]
    fn the_formula_gives_the_loss(
        eigenvalues in prop::collection::vec(0.01f64..10.0, 1..6),
        start in prop::collection::vec(-1.0f64..1.0, 6),
        step in 0.001f64..0.25,
        steps in 0usize..100,
    ) {
        prop_assume!(eigenvalues.iter().all(|value| (1.0 - step * value).abs() > 0.1));
        let start = &start[..eigenvalues.len()];
        let last = *losses(&eigenvalues, step, start, steps).last().unwrap();
        let loss = QuadraticDescent::new(&eigenvalues, step).unwrap().loss(start, steps as u32).unwrap();
        prop_assert!((loss.midpoint() - last).abs() <= 1e-11 * last, "{last} and {loss}");
    }

    /// A step below the enclosed threshold converges, one above it does not.
    #[test]
    fn the_threshold_separates(eigenvalues in prop::collection::vec(0.01f64..10.0, 1..6)) {
        let threshold = QuadraticDescent::new(&eigenvalues, 1.0).unwrap().threshold().unwrap();
        let stability = |step| QuadraticDescent::new(&eigenvalues, step).unwrap().stability();
        prop_assert_eq!(stability(threshold.low().next_down()), Stability::Converges);
        prop_assert_eq!(stability(threshold.high().next_up()), Stability::Diverges);
    }
}

/// At exactly `2/λ` the orbit has period two.
#[test]
fn at_the_threshold_the_orbit_has_period_two() {
    let f = Quadratic::new(DMatrix::identity(1, 1) * 8.0).unwrap();
    let (_, path) = GradientDescent::new(0.25, StopRule::after(6)).unwrap().record(&f, &[3.0], 1).unwrap();
    assert_eq!(path.points.concat(), [3.0, -3.0, 3.0, -3.0, 3.0, -3.0, 3.0]);
    assert_eq!(QuadraticDescent::new(&[8.0], 0.25).unwrap().stability(), Stability::Oscillates);
}

/// One part in a thousand beyond the threshold, in enough time, is divergence.
#[test]
fn teeth_slightly_beyond_the_threshold_diverges() {
    let f = Quadratic::new(DMatrix::identity(1, 1)).unwrap();
    let end = GradientDescent::new(2.001, StopRule::after(1_000_000)).unwrap().run(&f, &[1e-9]).unwrap();
    assert_eq!(end.end, End::Diverged);
}

/// The pitfall: a start without a component along the top eigenvector does not see the threshold.
#[test]
fn pitfall_a_start_without_the_top_component_converges() {
    let blind = losses(&[10.0, 1.0], 0.21, &[0.0, 1.0], 200);
    assert!(*blind.last().unwrap() < 1e-30);
    assert!(*losses(&[10.0, 1.0], 0.21, &[1e-9, 1.0], 200).last().unwrap() > 0.1);
}

/// A negative eigenvalue diverges for every step size, however small.
#[test]
fn teeth_a_negative_eigenvalue_has_no_stable_step() {
    assert_eq!(QuadraticDescent::new(&[1.0, -1e-3], 1e-3).unwrap().stability(), Stability::Diverges);
    assert!(*losses(&[1.0, -1e-3], 0.5, &[1.0, 1.0], 20_000).last().unwrap() < -1e3);
}
