//! Regularization in closed form against the catalogue's values, which an independent implementation computed.

use nalgebra::DMatrix;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::regularization::adversarial::LinearAttack;
use saddlepoint_theory::regularization::ambiguity::Ambiguity;
use saddlepoint_theory::regularization::dropout::{Dropout, Likelihood};
use saddlepoint_theory::regularization::early_stopping::peak;
use saddlepoint_theory::regularization::noise_injection::blurred_least_squares;
use saddlepoint_theory::regularization::spectral_filter::{Family, Filter, FixedDesign};

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found / expected - 1.0).abs() <= tolerance, "{found} is not {expected}");
}

/// Seed 21: `X = normal(50, 30) diag((1+j)^−½)`, then a direction.
fn problem() -> FixedDesign {
    let mut stream = Stream::new(21);
    let mut design = DMatrix::from_row_slice(50, 30, &stream.normals(1500));
    for (j, mut column) in design.column_iter_mut().enumerate() {
        column /= (1.0 + j as f64).sqrt();
    }
    let beta = stream.normals(30);
    let norm = beta.iter().map(|b| b * b).sum::<f64>().sqrt();
    FixedDesign::new(&design, &beta.iter().map(|b| b / norm).collect::<Vec<_>>(), 1.0).unwrap()
}

#[test]
fn ridge_and_gradient_flow() {
    let problem = problem();
    near(problem.risk(Filter::Ridge(0.0)).unwrap(), 25.9353319, 1e-8);
    near(problem.risk(Filter::GradientFlow(0.0)).unwrap(), 1.0, 1e-12);
    near(problem.least_risk(Family::Ridge).1, 0.858142878, 1e-8);
    near(problem.risk(Filter::Ridge(0.516851)).unwrap(), 0.858142878, 1e-8);
    near(problem.bayes_risk(Filter::Ridge(0.6), 1.0).unwrap(), 0.8621503, 1e-7);
    near(problem.bayes_penalty(1.0).unwrap(), 0.6, 1e-14);
    near(problem.risk(Filter::GradientFlow(1.63558)).unwrap(), 0.865805922, 1e-8);
    let tuned = |family| problem.least_bayes_risk(family, 1.0).unwrap().1;
    near(tuned(Family::GradientFlow) / tuned(Family::Ridge), 1.002323, 1e-6);
    near(peak().1, 1.68590906, 1e-8);
}

#[test]
fn dropout_and_noise() {
    let mut stream = Stream::new(22);
    let design = DMatrix::from_row_slice(6, 5, &stream.normals(30));
    let (labels, weights) = (stream.normals(6), stream.normals(5));
    let dropout = Dropout::new(&design, 0.5).unwrap();
    near(dropout.least_squares(&labels).unwrap().value(&weights).unwrap(), 5.87547245022, 1e-11);
    near(dropout.penalty(Likelihood::Bernoulli, &weights).unwrap(), 0.730089148, 1e-9);
    near(dropout.quadratic(Likelihood::Bernoulli, &weights).unwrap(), 0.776242444, 1e-9);
    let minimizer = dropout.least_squares(&labels).unwrap().minimizer().unwrap();
    let expected = [-0.00985921, -0.04019997, 0.12235646, 0.11541037, 0.23221649];
    assert!(minimizer.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-8));
    near(blurred_least_squares(&design, &labels, 0.3).unwrap().value(&weights).unwrap(), 3.38337914, 1e-8);
}

#[test]
fn ensembles() {
    let mut stream = Stream::new(24);
    let members: Vec<Vec<f64>> = (0..7).map(|_| stream.normals(50)).collect();
    let found = Ambiguity::new(&members, &stream.normals(50)).unwrap();
    near(found.ensemble, 1.21160486068, 1e-11);
    near(found.members, 2.11615474779, 1e-11);
    near(found.ambiguity, 0.904549887108, 1e-11);
}

#[test]
fn linear_attacks() {
    let mut stream = Stream::new(5);
    for (dimension, worst, random) in [
        (10, 1.21815673, 0.479581),
        (100, 8.85913745, 1.06619),
        (1000, 78.5817187, 3.14009),
        (10_000, 795.647947, 10.0266),
    ] {
        let attack = LinearAttack::new(&stream.normals(dimension), 0.1).unwrap();
        stream.normals(dimension);
        near(attack.worst(), worst, 1e-8);
        near(attack.deviation(), random, 1e-5);
        assert!(attack.bound() >= attack.worst() && attack.bound() < attack.worst() * (1.0 + 1e-12));
    }
}
