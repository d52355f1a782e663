//! The catalogue's `arora-matrix-project`: variances, and how many projections suffice.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::capacity::matrix_project::{projection_variance, projections};

/// `k` times the variance: of a generic matrix at generic vectors, and of a matrix of rank one at its own. For the latter the
/// catalogue has the 1.966 of a simulation, which it allows to be off by 5 %.
#[test]
fn the_variances() {
    let mut stream = Stream::new(5);
    let a = DMatrix::from_row_slice(20, 30, &stream.normals(600)).normalize();
    let mut unit = |size| DVector::from_vec(stream.normals(size)).normalize();
    let (u, v) = (unit(20), unit(30));
    let variance = |a: &DMatrix<f64>| projection_variance(a, u.as_slice(), v.as_slice()).unwrap();
    assert!((variance(&a) - 0.9963).abs() < 5.1e-5, "{}", variance(&a));
    let aligned = variance(&(&u * v.transpose()));
    assert!((aligned / 1.966 - 1.0).abs() < 0.05 && aligned <= 2.0, "{aligned}");
}

#[test]
fn the_proven_numbers_of_projections_and_the_printed_ones() {
    for (epsilon, eta, proven, printed) in [(0.3, 0.01, 307, 52), (0.3, 0.05, 214, 34), (0.2, 0.05, 443, 75)] {
        assert_eq!(projections(epsilon, eta), Ok(proven));
        assert_eq!(((1.0f64 / eta).ln() / (epsilon * epsilon)).ceil(), f64::from(printed));
    }
}
