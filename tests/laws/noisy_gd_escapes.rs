//! `noisy-gd-escapes`: noise leaves every strict saddle, and stays at the distance of its own size.

use std::ops::ControlFlow;

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_landscape::analytic::{Quadratic, StrictSaddleQuartic};
use saddlepoint_landscape::descent::{GradientDescent, NoisyDescent, StopRule, noise};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::{Smoothness, StableStep, StationaryNoise};

/// The last point of a noisy descent from the saddle of the quartic.
fn from_the_saddle(step: f64, steps: usize, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed);
    let descent = NoisyDescent::new(step, 1.0, StopRule::after(steps)).unwrap();
    descent.run(&StrictSaddleQuartic, &[0.0, 0.0], &mut || stream.normal()).unwrap().point
}

proptest! {
    #[test]
    fn every_noisy_descent_leaves_the_saddle(seed in any::<u64>(), step in 0.01f64..0.1) {
        let end = from_the_saddle(step, (60.0 / step) as usize, seed);
        // Ten times the root mean square distance, of which a fraction e^−50 is left outside in the linearization.
        prop_assert!(end[0].hypot(end[1].abs() - 1.0) < 10.0 * 0.62 * step.sqrt());
    }

    /// The noise has no preferred direction: its mean over many draws vanishes, its second moments are those of the
    /// identity over d.
    #[test]
    fn the_noise_is_isotropic(seed in any::<u64>(), d in 1usize..6) {
        let (mut stream, n) = (Stream::new(seed), 4000);
        let (mut mean, mut moments) = (DVector::zeros(d), DMatrix::zeros(d, d));
        let mut vector = vec![0.0; d];
        for _ in 0..n {
            noise::on_sphere(1.0, &mut || stream.normal(), &mut vector).unwrap();
            let v = DVector::from_column_slice(&vector);
            mean += &v / f64::from(n);
            moments += &v * v.transpose() / f64::from(n);
        }
        // Each entry is a mean of 4,000 numbers in [−1, 1]: 0.1 is more than six standard errors.
        prop_assert!(mean.amax() < 0.1);
        prop_assert!((moments - DMatrix::identity(d, d) / d as f64).amax() < 0.1);
    }
}

/// The stationary mean square of the linearization, by a long run on quadratics.
#[test]
fn the_stationary_distance_is_the_formulas() {
    for (eigenvalues, step) in [(vec![1.0, 2.0], 0.1), (vec![0.5, 1.0, 3.0], 0.2), (vec![2.0], 0.5)] {
        let f = Quadratic::new(DMatrix::from_diagonal(&DVector::from_vec(eigenvalues.clone()))).unwrap();
        let stable = StableStep::new(step, Smoothness::new(3.0).unwrap()).unwrap();
        let expected = StationaryNoise::new(&eigenvalues, stable, 1.0).unwrap().mean_square().midpoint();
        let (mut stream, mut sum, mut count) = (Stream::new(1), 0.0, 0.0);
        NoisyDescent::new(step, 1.0, StopRule::after(100_000))
            .unwrap()
            .watch(&f, &vec![0.0; eigenvalues.len()], &mut || stream.normal(), |iterate| {
                if iterate.step >= 200 {
                    sum += iterate.point.iter().map(|x| x * x).sum::<f64>();
                    count += 1.0;
                }
                ControlFlow::Continue(())
            })
            .unwrap();
        // Correlated over 1/(ηλ) steps, so about 10,000 independent values: five standard errors are 7 %.
        assert!((sum / count / expected - 1.0).abs() < 0.07, "{} not {expected}", sum / count);
    }
}

/// A quarter of the step halves the distance: the order is √η, neither η nor a constant.
#[test]
fn the_distance_falls_with_the_root_of_the_step() {
    let rms = |step: f64| {
        let squares = (0..200).map(|seed| {
            let end = from_the_saddle(step, (60.0 / step) as usize, seed);
            end[0].powi(2) + (end[1].abs() - 1.0).powi(2)
        });
        (squares.sum::<f64>() / 200.0).sqrt()
    };
    let ratio = rms(0.08) / rms(0.02);
    assert!((1.7..2.5).contains(&ratio), "{ratio}");
}

/// Without noise the saddle is never left.
#[test]
fn teeth_without_noise_the_saddle_holds() {
    let descent = GradientDescent::new(0.1, StopRule::after(10_000)).unwrap();
    assert_eq!(descent.run(&StrictSaddleQuartic, &[0.0, 0.0]).unwrap().point, [0.0, 0.0]);
}

/// Noise along the stable direction alone is not isotropic, and does not help: the generator gives every second normal
/// as zero.
#[test]
fn teeth_noise_along_the_stable_direction_does_not_help() {
    let (mut stream, mut first) = (Stream::new(3), false);
    let mut normal = || {
        first = !first;
        if first { stream.normal() } else { 0.0 }
    };
    let descent = NoisyDescent::new(0.1, 1.0, StopRule::after(10_000)).unwrap();
    assert_eq!(descent.run(&StrictSaddleQuartic, &[0.0, 0.0], &mut normal).unwrap().point[1], 0.0);
}

/// The noise never stops: the distance does not go to zero with time.
#[test]
fn teeth_more_steps_come_no_nearer() {
    let distance = |steps| {
        let squares = (0..100).map(|seed| {
            let end = from_the_saddle(0.1, steps, seed);
            end[0].powi(2) + (end[1].abs() - 1.0).powi(2)
        });
        (squares.sum::<f64>() / 100.0).sqrt()
    };
    assert!(distance(6000) > 0.5 * distance(600));
}
