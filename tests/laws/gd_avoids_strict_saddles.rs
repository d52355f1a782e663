//! `gd-avoids-strict-saddles`: the unstable direction grows, and only the stable manifold leads to the saddle.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_landscape::analytic::{Quadratic, StrictSaddleQuartic};
use saddlepoint_landscape::descent::{End, GradientDescent, StopRule};
use saddlepoint_theory::optimization::LinearEscape;

proptest! {
    /// On a quadratic with a negative eigenvalue the component along its eigenvector grows by exactly `1 + η|λ|`.
    #[test]
    fn the_negative_eigenspace_grows_by_its_factor(
        entries in prop::collection::vec(-3.0f64..3.0, 9),
        start in prop::array::uniform3(-1.0f64..1.0),
        share in 0.05f64..0.99,
        steps in 1usize..30,
    ) {
        let root = DMatrix::from_row_slice(3, 3, &entries);
        let spectrum = ((&root + root.transpose()) * 0.5).symmetric_eigen();
        let lowest = spectrum.eigenvalues.imin();
        let lambda = spectrum.eigenvalues[lowest];
        prop_assume!(lambda < -0.1 && spectrum.eigenvalues.iter().all(|value| value.abs() > 1e-3));
        let direction = spectrum.eigenvectors.column(lowest);
        let before = direction.dot(&DVector::from_row_slice(&start));
        prop_assume!(before.abs() > 1e-3);
        let step = share / spectrum.eigenvalues.amax();
        let f = Quadratic::new((&root + root.transpose()) * 0.5).unwrap();
        let end = GradientDescent::new(step, StopRule::after(steps)).unwrap().run(&f, &start).unwrap();
        let growth = direction.dot(&DVector::from_column_slice(&end.point)) / before;
        let expected = (1.0 - step * lambda).powi(i32::try_from(steps).unwrap());
        prop_assert!((growth / expected - 1.0).abs() < 1e-10, "{growth} not {expected}");
    }

    /// Every start off the line `y = 0` ends at a minimum, in the box and on its own side.
    #[test]
    fn every_start_off_the_line_ends_at_a_minimum(x in -1.0f64..1.0, exponent in -12.0f64..0.0, positive in any::<bool>()) {
        let y = 10f64.powf(exponent) * if positive { 1.0 } else { -1.0 };
        let descent = GradientDescent::new(0.1, StopRule::after(2000)).unwrap();
        let end = descent.run(&StrictSaddleQuartic, &[x, y]).unwrap();
        prop_assert!((end.point[1] - y.signum()).abs() < 1e-6);
    }

    /// The time to leave is that of the linearization but for a constant.
    #[test]
    fn the_escape_takes_logarithmic_time(exponent in -16.0f64..-2.0) {
        let y = 10f64.powf(exponent);
        let linear = LinearEscape::new(0.1, 1.0).unwrap().steps(y, 0.5).unwrap().midpoint();
        prop_assert!((escape(y) - linear - 2.0).abs() <= 1.0);
    }
}

/// Steps until `|y| > ½`.
fn escape(y: f64) -> f64 {
    let mut y = y;
    let mut steps = 0.0;
    while y.abs() <= 0.5 {
        y -= 0.1 * (y * y * y - y);
        steps += 1.0;
    }
    steps
}

#[test]
fn the_catalogues_escape_times() {
    for (y, steps) in [(1e-2, 43.0), (1e-4, 91.0), (1e-8, 188.0), (1e-12, 284.0), (1e-16, 381.0)] {
        assert_eq!(escape(y), steps);
    }
}

/// The exception of measure zero: on the stable manifold the saddle attracts, so a start without a density can fail.
#[test]
fn teeth_a_start_on_the_stable_manifold_reaches_the_saddle() {
    let descent = GradientDescent::new(0.1, StopRule { steps: 2000, gradient_norm: 1e-12 }).unwrap();
    let end = descent.run(&StrictSaddleQuartic, &[0.7, 0.0]).unwrap();
    assert_eq!(end.end, End::Critical);
    assert!(end.point[0].abs() < 1e-11 && end.point[1] == 0.0);
}

/// A saddle that is not strict can attract a set of positive measure: at `x³/3` half of the line.
#[test]
fn teeth_without_strictness_the_saddle_attracts() {
    let (mut x, mut reached) = (0.5f64, false);
    for _ in 0..1_000_000 {
        x -= 0.1 * x * x;
        reached |= x < 1e-4;
    }
    assert!(reached && x > 0.0);
}

/// With a step longer than `2/L` the iteration overshoots: the hypothesis on the step is needed.
#[test]
fn teeth_too_long_a_step_leaves_the_box() {
    let descent = GradientDescent::new(2.5, StopRule::after(2000)).unwrap();
    let end = descent.run(&StrictSaddleQuartic, &[0.5, 0.5]).unwrap();
    assert_eq!(end.end, End::Diverged);
}
