//! `bottou-bousquet-optimisation-cost`, `spline-class-tradeoff` and `double-descent-exact`.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::gaussian_linear::GaussianLinear;
use saddlepoint_theory::estimation::least_squares::LeastSquares;
use saddlepoint_theory::estimation::spline::Splines;

fn problem(n: usize, d: usize, seed: u64) -> LeastSquares {
    let mut stream = Stream::new(seed);
    let features = DMatrix::from_vec(n, d, stream.normals(n * d));
    LeastSquares::new(&features, &DVector::from_vec(stream.normals(n)))
        .expect("Gaussian features are independent")
}

proptest! {
    /// Every step of descent multiplies the root of the gap by at most 1 − 1/κ.
    #[test]
    fn descent_contracts_by_the_condition_number(d in 1usize..6, extra in 2usize..30, seed in any::<u64>()) {
        let problem = problem(d + extra, d, seed);
        let (least, largest) = problem.extremes();
        let factor = 1.0 - least / largest;
        let gaps: Vec<f64> = problem.descent().take(20).map(|point| problem.gap(&point).sqrt()).collect();
        // Rounding an iterate c leaves a gap of some λ_max (ε‖c‖)², and gaps[0]² is at least λ_min ‖ĉ‖².
        let rounding = 1e-14 * (largest / least).sqrt() * gaps[0];
        for pair in gaps.windows(2) {
            prop_assert!(pair[1] <= factor * pair[0] * (1.0 + 1e-9) + rounding);
        }
    }

    /// The excess risk of any spline is at least the distance of the class.
    #[test]
    fn no_fit_is_better_than_the_best(cells in 1usize..8, frequency in 0.5f64..9.0, seed in any::<u64>()) {
        let splines = Splines::new(cells, |x| (frequency * x).sin()).unwrap();
        let mut stream = Stream::new(seed);
        let abscissae: Vec<f64> = (0..200).map(|_| stream.uniform()).collect();
        let labels: Vec<f64> = stream.normals(200);
        prop_assert!(splines.excess_risk(&abscissae, &labels).unwrap() >= splines.approximation());
    }

    /// Halving the cells nests the classes.
    #[test]
    fn finer_splines_approximate_no_worse(cells in 1usize..10, frequency in 0.5f64..20.0) {
        let error = |cells| Splines::new(cells, |x| (frequency * x).cos()).unwrap().approximation();
        prop_assert!(error(2 * cells) <= error(cells) * (1.0 + 1e-10) + 1e-28);
    }

    /// One noise level and features that all matter equally: with more samples than features the risk falls in n.
    #[test]
    fn more_samples_help_below_interpolation(d in 1usize..10, n in 2usize..40, noise in 0.1f64..2.0) {
        let risk = |n| GaussianLinear::new(vec![1.0; 10], noise, n).unwrap().risk(d).unwrap();
        prop_assume!(n >= d + 2);
        prop_assert!(risk(n + 1) < risk(n));
    }
}

/// Teeth: a formula with n − d in place of n − d − 1 is caught by simulation.
#[test]
fn a_lost_degree_of_freedom_is_caught() {
    let (n, d, noise, draws) = (12, 4, 0.7, 4000);
    let model = GaussianLinear::new(vec![0.5; 6], noise, n).unwrap();
    let mut stream = Stream::new(9);
    let risks: Vec<f64> = (0..draws).map(|_| model.simulate(d, || stream.normal()).unwrap().0).collect();
    let mean = risks.iter().sum::<f64>() / f64::from(draws);
    let variance = risks.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / f64::from(draws - 1);
    let error = (variance / f64::from(draws)).sqrt();
    let exact = model.risk(d).unwrap();
    let wrong = (0.5 + noise * noise) * (1.0 + d as f64 / (n - d) as f64);
    assert!((mean - exact).abs() < 4.0 * error, "{mean} ± {error}, {exact}");
    assert!((mean - wrong).abs() > 4.0 * error, "{mean} ± {error}, {wrong}");
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
