//! `error-decomposition-trends`: a larger class approximates no worse, and estimates at its dimension over the sample.

use proptest::prelude::*;
use saddlepoint_experiments::claims::error_decomposition_identity::{NOISE, sample};
use saddlepoint_experiments::sample::{mean, standard_error};
use saddlepoint_theory::estimation::decomposition::Fit;
use saddlepoint_theory::estimation::legendre::Target;

proptest! {
    #[test]
    fn larger_classes_approximate_no_worse(coefficients in prop::collection::vec(-3.0f64..3.0, 1..9)) {
        for target in [Target::Polynomial(coefficients.clone()), Target::AbsoluteValue] {
            let errors: Vec<f64> = (0..=10).map(|p| target.approximation_error(p)).collect();
            prop_assert!(errors.windows(2).all(|w| w[1] <= w[0] + 1e-16 && w[1] >= 0.0), "{:?}", errors);
        }
    }
}

/// Mean and standard error of the estimation error over 400 samples of size `n`.
fn estimation(n: usize, degree: usize) -> (f64, f64) {
    let errors: Vec<f64> = (0..400)
        .map(|seed| {
            let (abscissae, labels) = sample(n, 70_000 + seed);
            Fit::new(&Target::AbsoluteValue, degree, &abscissae, &labels).unwrap().estimation()
        })
        .collect();
    (mean(&errors), standard_error(&errors))
}

/// The law of large samples, with a confidence limit of four standard errors and a tenth for what is of higher order.
#[test]
fn the_estimation_error_is_the_dimension_over_the_sample() {
    for degree in [2, 4] {
        let (error, deviation) = estimation(800, degree);
        let variance = NOISE * NOISE + Target::AbsoluteValue.approximation_error(degree);
        let predicted = variance * (degree + 1) as f64 / 800.0;
        assert!(
            (error - predicted).abs() < 4.0 * deviation + 0.1 * predicted,
            "{degree}: {error} ± {deviation}, {predicted}"
        );
    }
}

/// Teeth: one coefficient fewer is caught.
#[test]
fn a_lost_coefficient_is_caught() {
    let (error, deviation) = estimation(800, 4);
    let wrong = (NOISE * NOISE + Target::AbsoluteValue.approximation_error(4)) * 4.0 / 800.0;
    assert!((error - wrong).abs() > 4.0 * deviation, "{error} ± {deviation}, {wrong}");
}
