//! `ufa-sigmoid-1d`: sigmoids follow every Lipschitz function within the bound.

use proptest::prelude::*;
use saddlepoint_theory::expressivity::sigmoidal::{SigmoidalError, Staircase};

/// A continuous function that is linear between equidistant knots, with these slopes.
fn piecewise_linear(slopes: &[f64], x: f64) -> f64 {
    let cells = slopes.len() as f64;
    (0..).zip(slopes).map(|(k, slope)| slope * (x - f64::from(k) / cells).clamp(0.0, 1.0 / cells)).sum()
}

fn largest_error(network: &Staircase, f: impl Fn(f64) -> f64) -> f64 {
    (0..=2000).map(|i| f64::from(i) / 2000.0).map(|x| (network.network(x) - f(x)).abs()).fold(0.0, f64::max)
}

proptest! {
    #[test]
    fn no_lipschitz_function_is_further_away(
        slopes in prop::collection::vec(-1.0f64..=1.0, 1..10), lipschitz in 0.01f64..50.0,
        units in 2u32..64, steepness in 0.1f64..10.0,
    ) {
        let f = |x: f64| lipschitz * piecewise_linear(&slopes, x);
        let network = Staircase::of(units, steepness, f).unwrap();
        let bound = network.error_bound(lipschitz).unwrap();
        prop_assert!(largest_error(&network, f) <= bound + 1e-12 * lipschitz);
    }

    /// A function that rises faster somewhere is refused, not bounded.
    #[test]
    fn a_steeper_function_has_no_bound(units in 2u32..64, excess in 1.001f64..9.0) {
        let network = Staircase::of(units, 4.0, |x| excess * x).unwrap();
        let refused = matches!(network.error_bound(1.0), Err(SigmoidalError::NotLipschitz { .. }));
        prop_assert!(refused);
    }
}

/// Teeth: a bound of 0.49 L/N, however steep the units, is caught by a function that goes up and down in each cell.
#[test]
fn teeth_half_a_cell_cannot_be_avoided() {
    let zigzag = |x: f64| ((16.0 * x).fract() - 0.5).abs() / 16.0;
    let network = Staircase::of(16, 9.0, zigzag).unwrap();
    let error = largest_error(&network, zigzag);
    assert!(error <= network.error_bound(1.0).unwrap() && error > 0.49 / 16.0);
}

/// Teeth: units too flat leave the bound of steep ones.
#[test]
fn teeth_flat_units_break_the_bound_of_steep_ones() {
    let wave = |x: f64| (std::f64::consts::TAU * x).sin();
    let network = |q| Staircase::of(16, q, wave).unwrap();
    let bound = network(4.0).error_bound(std::f64::consts::TAU).unwrap();
    assert!((bound - 0.4074).abs() < 1e-4);
    let flat = largest_error(&network(0.25), wave);
    assert!((flat - 0.8376).abs() < 1e-4 && flat > bound);
}
