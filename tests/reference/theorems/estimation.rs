//! The catalogue's numbers of least squares on known distributions: the three errors, the splines' tradeoff, double descent.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::decomposition::Fit;
use saddlepoint_theory::estimation::gaussian_linear::GaussianLinear;
use saddlepoint_theory::estimation::least_squares::LeastSquares;
use saddlepoint_theory::estimation::legendre::{Target, orthonormal};
use saddlepoint_theory::estimation::spline::Splines;

const NOISE: f64 = 0.3;

/// `|x|` on `[−1, 1]` with noise: all abscissae are drawn before all noise.
fn sample(n: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut stream = Stream::new(seed);
    let abscissae: Vec<f64> = (0..n).map(|_| stream.between(-1.0, 1.0)).collect();
    let labels = abscissae.iter().map(|x| x.abs() + NOISE * stream.normal()).collect();
    (abscissae, labels)
}

fn fit(degree: usize, n: usize, seed: u64) -> Fit {
    let (abscissae, labels) = sample(n, seed);
    Fit::new(&Target::AbsoluteValue, degree, &abscissae, &labels).unwrap()
}

fn close(found: f64, known: f64, tolerance: f64) {
    assert!((found / known - 1.0).abs() < tolerance, "{found} is not {known}");
}

#[test]
fn approximation_errors_of_the_absolute_value() {
    let known = [
        (0, 1.0 / 12.0),
        (1, 1.0 / 12.0),
        (2, 1.0 / 192.0),
        (3, 1.0 / 192.0),
        (4, 1.0 / 768.0),
        (5, 1.0 / 768.0),
        (6, 0.000508626302085),
        (8, 0.000249226888023),
        (10, 0.000140190124514),
    ];
    for (degree, error) in known {
        close(Target::AbsoluteValue.approximation_error(degree), error, 1e-10);
    }
}

#[test]
fn the_three_errors_of_one_fit() {
    let fit = fit(4, 50, 1);
    let errors = fit.stopped_at(1e-3).unwrap();
    for (found, known) in [
        (errors.approximation, 0.00130208333333),
        (errors.estimation, 0.00137245918588),
        (errors.optimization, 0.000196496726949),
        (errors.excess, 0.00287103924616),
        (fit.problem().least_risk(), 0.11560233655),
        (fit.empirical_risk_of_best(), 0.116930837901),
        (errors.gap, 0.000240360723657),
        (fit.problem().extremes().0, 0.514679615524),
        (fit.optimization_bound(1e-3), 0.00520891907575),
    ] {
        close(found, known, 1e-9);
    }
    assert_eq!(errors.steps, 4);
}

/// Means over 200 samples: the estimation error, and what lecture notes print for it.
#[test]
fn estimation_errors_on_average() {
    let mean = |n: usize, value: &dyn Fn(&Fit) -> f64| {
        (1000..1200).map(|seed| value(&fit(4, n, seed))).sum::<f64>() / 200.0
    };
    for (n, known) in [(80, 0.00651), (160, 0.00303), (320, 0.00142)] {
        let found = mean(n, &Fit::estimation);
        assert!((found - known).abs() < 5.1e-6, "n = {n}: {found}");
    }
    for (n, known) in [(20, -0.0207), (40, -0.0129), (160, -0.0039)] {
        let found = mean(n, &|fit| fit.problem().least_risk() - fit.approximation() - NOISE * NOISE);
        assert!((found - known).abs() < 5.1e-5, "n = {n}, as printed: {found}");
    }
}

#[test]
fn steps_of_descent_a_decade() {
    let (abscissae, labels) = sample(200, 4);
    let rows = abscissae.iter().flat_map(|&x| orthonormal(x, 4));
    let features = DMatrix::from_row_iterator(200, 5, rows);
    let problem = LeastSquares::new(&features, &DVector::from_column_slice(&labels)).unwrap();
    let (least, largest) = problem.extremes();
    assert!((largest / least - 1.8543).abs() < 5.1e-5);
    let steps = (1..=6).map(|digits| problem.descend_to(10f64.powi(-digits)).unwrap().0);
    assert_eq!(steps.collect::<Vec<_>>(), [1, 2, 3, 4, 5, 7]);
}

#[test]
fn best_splines_for_a_wave() {
    let wave = |x: f64| (std::f64::consts::TAU * x).sin();
    for (cells, error) in [
        (2, 0.196036449073),
        (4, 0.00582153290452),
        (8, 0.00029777291692),
        (16, 1.7078152138e-05),
        (32, 1.0413020341e-06),
        (64, 6.46566529205e-08),
    ] {
        close(Splines::new(cells, wave).unwrap().approximation(), error, 1e-9);
    }
}

#[test]
fn double_descent_in_closed_form() {
    let norm = (1..=100).map(|j| f64::from(j).powi(-2)).sum::<f64>().sqrt();
    let coefficients: Vec<f64> = (1..=100).map(|j| 1.0 / (f64::from(j) * norm)).collect();
    for (found, known) in coefficients.iter().zip([0.782065737509, 0.391032868754, 0.26068857917]) {
        close(*found, known, 1e-11);
    }
    let model = GaussianLinear::new(coefficients, 0.5, 40).unwrap();
    for (fitted, risk) in [
        (1, 0.655172476),
        (5, 0.406995046),
        (10, 0.406299975),
        (20, 0.561895075),
        (30, 1.1438516),
        (35, 2.54613447),
        (45, 2.94120997),
        (50, 1.59271014),
        (60, 1.12080202),
        (80, 1.00871697),
        (100, 1.01949153),
    ] {
        close(model.risk(fitted).unwrap(), risk, 1e-8);
    }
    for fitted in 39..=41 {
        assert_eq!(model.risk(fitted).unwrap(), f64::INFINITY);
    }
}
