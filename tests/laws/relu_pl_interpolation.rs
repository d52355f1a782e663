//! `relu-pl-interpolation`: an interpolant is a network of one unit a cell, and as near as its second derivative allows.

use std::f64::consts::TAU;

use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::bumps::staircase;
use saddlepoint_theory::expressivity::interpolation::Interpolant;
use saddlepoint_theory::expressivity::piecewise_linear::PiecewiseLinear;

/// The largest error on a grid.
fn worst(n: u32, points: u32, f: impl Fn(f64) -> f64) -> f64 {
    let interpolant = Interpolant::of(n, &f).unwrap();
    let grid = (0..=points).map(|i| f64::from(i) / f64::from(points));
    grid.map(|x| (interpolant.network(x) - f(x)).abs()).fold(0.0, f64::max)
}

proptest! {
    /// In exact arithmetic the network, the line between values and the piecewise linear function are one.
    #[test]
    fn the_network_is_the_interpolant(values in prop::collection::vec(-99i32..99, 2..20), j in 0i32..=97) {
        let cells = values.len() as i32 - 1;
        let values: Vec<BigRational> = values.into_iter().map(BigRational::integer).collect();
        let knots = (0..=cells).map(|k| BigRational::integer(k) / BigRational::integer(cells)).collect();
        let f = PiecewiseLinear::interpolate(knots, values.clone()).unwrap();
        let interpolant = Interpolant::new(values).unwrap();
        let x = BigRational::integer(j) / BigRational::integer(97);
        prop_assert_eq!(Some(interpolant.network(x.clone())), f.at(&x));
        prop_assert_eq!(Some(interpolant.between_values(x.clone())), f.at(&x));
        prop_assert_eq!(interpolant.units(), cells as usize);
    }

    #[test]
    fn in_f64_both_forms_agree(values in prop::collection::vec(-1.0..1.0f64, 2..40), x in 0.0..=1.0f64) {
        let interpolant = Interpolant::new(values.clone()).unwrap();
        // Each of n terms of size up to 4n is rounded.
        let n = values.len() as f64;
        prop_assert!((interpolant.network(x) - interpolant.between_values(x)).abs() <= 8.0 * n * n * f64::EPSILON);
    }

    /// Trigonometric polynomials, whose second derivative is bounded by their coefficients.
    #[test]
    fn smooth_functions_are_within_the_bound(n in 2u32..80, seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let terms: Vec<(f64, f64, f64)> =
            (1..=3).map(|k| (f64::from(k), stream.between(-1.0, 1.0), stream.between(0.0, TAU))).collect();
        let f = |x: f64| terms.iter().map(|(k, a, phase)| a * (TAU * k * x + phase).cos()).sum::<f64>();
        let second: f64 = terms.iter().map(|(k, a, _)| a.abs() * (TAU * k).powi(2)).sum();
        let slope: f64 = terms.iter().map(|(k, a, _)| a.abs() * TAU * k).sum();
        let error = worst(n, 2000, f);
        prop_assert!(error <= second / (8.0 * f64::from(n * n)) + 1e-12);
        prop_assert!(error <= slope / (2.0 * f64::from(n)) + 1e-12);
    }
}

fn bumps_error(n: u32) -> f64 {
    let wave = |x: f64| (TAU * x).sin();
    let heights: Vec<f64> = (0..n).map(|k| wave((f64::from(k) + 0.5) / f64::from(n))).collect();
    let ramp = 2f64.powi(-20);
    let bumps = staircase(&heights, &ramp).unwrap();
    let grid = (1..=2000).map(|i| ramp + (1.0 - ramp) * f64::from(i) / 2000.0);
    grid.map(|x| (bumps.iter().map(|b| b.evaluate(x)).sum::<f64>() - wave(x)).abs()).fold(0.0, f64::max)
}

/// With as many units as bumps have ramps, and so with half of the units, interpolation is nearer from eight on.
#[test]
fn interpolation_beats_bumps() {
    for n in [8, 16, 32, 64] {
        assert!(worst(n, 2000, |x| (TAU * x).sin()) < bumps_error(n), "N = {n}");
    }
}

#[test]
fn the_rates() {
    let slope = |f: &dyn Fn(f64) -> f64, from: u32, to: u32| {
        (worst(from, 30_000, f) / worst(to, 30_000, f)).ln() / (f64::from(to) / f64::from(from)).ln()
    };
    let wave = slope(&|x: f64| (TAU * x).sin(), 64, 256);
    assert!((1.97..=2.01).contains(&wave), "{wave}");
    // Powers of two are never multiples of three: the kink stays a third or two thirds into its cell.
    let kink = slope(&|x: f64| (x - 1.0 / 3.0).abs(), 16, 256);
    assert!((kink - 1.0).abs() < 0.02, "{kink}");
    let root = slope(&|x: f64| (x - 1.0 / 3.0).abs().sqrt(), 16, 256);
    assert!((0.45..=0.55).contains(&root), "{root}");
}

/// Teeth: for the square the bound is reached, so that no smaller constant holds; and a kink does not have the smooth rate.
#[test]
fn a_smaller_constant_is_refuted() {
    for n in [4u32, 8, 64] {
        let error = worst(n, 2 * n, |x| x * x);
        let bound = 2.0 / (8.0 * f64::from(n * n));
        assert!((error - bound).abs() < 1e-12 && error > 0.999 * bound, "N = {n}");
    }
    let kink = |n| worst(n, 30_000, |x: f64| (x - 1.0 / 3.0).abs());
    assert!(kink(256) > kink(64) / 6.0);
}
