//! `error-decomposition-identity` and `error-decomposition-empirical-negative`: what adds up, and what does not.

use proptest::prelude::*;
use saddlepoint_experiments::claims::error_decomposition_identity::sample;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::decomposition::Fit;
use saddlepoint_theory::estimation::legendre::Target;

/// A random polynomial of degree at most 8, a sample of it with noise, and a fit.
fn fit(degree: usize, order: usize, extra: usize, seed: u64) -> (Target, Fit) {
    let mut stream = Stream::new(seed);
    let target = Target::Polynomial(stream.normals(order + 1));
    let abscissae: Vec<f64> = (0..degree + 2 + extra).map(|_| stream.between(-1.0, 1.0)).collect();
    let labels: Vec<f64> = abscissae.iter().map(|&x| target.value(x) + 0.3 * stream.normal()).collect();
    let fit = Fit::new(&target, degree, &abscissae, &labels);
    (target, fit.expect("distinct abscissae determine a polynomial"))
}

proptest! {
    #[test]
    fn three_errors_add_up_and_have_their_signs(
        degree in 0usize..6, order in 0usize..=8, extra in 10usize..60, seed in any::<u64>(), digits in 1.0f64..6.0,
    ) {
        let (_, fit) = fit(degree, order, extra, seed);
        let (least, largest) = fit.problem().extremes();
        // Descent takes a number of steps proportional to the condition number.
        prop_assume!(largest / least < 1e5);
        let tolerance = 10f64.powf(-digits);
        let errors = fit.stopped_at(tolerance).unwrap();
        let sum = errors.approximation + errors.estimation + errors.optimization;
        prop_assert!((sum - errors.excess).abs() <= 1e-12 * (1.0 + errors.excess));
        prop_assert!(errors.approximation >= 0.0 && errors.estimation >= 0.0);
        prop_assert!(errors.gap >= 0.0 && errors.gap <= tolerance);
        prop_assert!(errors.optimization.abs() <= fit.optimization_bound(tolerance) * (1.0 + 1e-9));
        prop_assert!(fit.problem().least_risk() <= fit.empirical_risk_of_best());
    }

    /// What the class contains is learned from samples without noise.
    #[test]
    fn a_member_of_the_class_is_found_without_noise(order in 0usize..5, seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let target = Target::Polynomial(stream.normals(order + 1));
        let abscissae: Vec<f64> = (0..30).map(|_| stream.between(-1.0, 1.0)).collect();
        let labels: Vec<f64> = abscissae.iter().map(|&x| target.value(x)).collect();
        let fit = Fit::new(&target, order, &abscissae, &labels).unwrap();
        prop_assert!(fit.estimation() < 1e-18 && fit.approximation() == 0.0);
    }
}

/// The reference sample: seed 1, 50 points.
fn reference() -> Fit {
    let (abscissae, labels) = sample(50, 1);
    Fit::new(&Target::AbsoluteValue, 4, &abscissae, &labels).unwrap()
}

/// Teeth: with empirical risks the sum is not the excess risk.
#[test]
fn the_printed_decomposition_is_caught() {
    let fit = reference();
    let errors = fit.stopped_at(1e-3).unwrap();
    let printed = fit.problem().least_risk() + errors.gap - 0.09;
    assert!((printed - errors.excess).abs() > 1e-3);
}

/// Teeth: without the cross term the bound on the optimization error is too small for some sample.
#[test]
fn a_bound_without_its_cross_term_is_caught() {
    let caught = (0..200).any(|seed| {
        let (abscissae, labels) = sample(50, seed);
        let fit = Fit::new(&Target::AbsoluteValue, 4, &abscissae, &labels).unwrap();
        let errors = fit.stopped_at(1e-3).unwrap();
        errors.optimization.abs() > errors.gap / fit.problem().extremes().0
    });
    assert!(caught);
}
