//! `spline-class-tradeoff`: nested classes, and the sharp constant of the best spline.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::spline::Splines;

proptest! {
    /// The excess risk of any spline is at least the distance of the class.
    #[test]
    fn no_fit_is_better_than_the_best(cells in 1usize..8, frequency in 0.5f64..9.0, seed in any::<u64>()) {
        let splines = Splines::new(cells, |x| (frequency * x).sin()).unwrap();
        let mut stream = Stream::new(seed);
        let abscissae: Vec<f64> = (0..200).map(|_| stream.uniform()).collect();
        let labels: Vec<f64> = stream.normals(200);
        prop_assert!(splines.excess_risk(&abscissae, &labels).unwrap() >= splines.approximation());
    }

    /// Halving the cells nests the classes. Of at most one wave a cell, for which the integrals are exact to rounding.
    #[test]
    fn finer_splines_approximate_no_worse(cells in 1usize..10, angle in 0.1f64..6.0) {
        let frequency = angle * cells as f64;
        let error = |cells| Splines::new(cells, |x| (frequency * x).cos()).unwrap().approximation();
        prop_assert!(error(2 * cells) <= error(cells) * (1.0 + 1e-10) + 1e-28);
    }
}

/// Teeth: the rate of the approximation error is h⁻⁴, not h⁻².
#[test]
fn the_limit_constant_is_sharp() {
    let scaled = |cells: usize, power: i32| {
        let error = Splines::new(cells, |x| (std::f64::consts::TAU * x).sin()).unwrap().approximation();
        error * (cells as f64).powi(power)
    };
    let limit = std::f64::consts::TAU.powi(4) / 1440.0;
    assert!((scaled(128, 4) / limit - 1.0).abs() < 1e-3);
    assert!(scaled(128, 2) < 0.01 * scaled(8, 2));
}
