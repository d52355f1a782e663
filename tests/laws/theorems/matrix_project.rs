//! Laws of `capacity::matrix_project`: the variance, and how often a projection is off.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::capacity::matrix_project::{matrix_project, projection_variance, projections};

const DRAWS: u64 = 4000;
const VARIANCE_DRAWS: u64 = 40_000;

/// `uᵀÂv − uᵀAv` for unit vectors and a matrix of Frobenius norm 1, many times.
fn errors(a: &DMatrix<f64>, u: &DVector<f64>, v: &DVector<f64>, k: u64, draws: u64, seed: u64) -> Vec<f64> {
    let (mut stream, truth) = (Stream::new(seed), (u.transpose() * a * v)[0]);
    let mut word = (0u64, 0);
    // 64 signs a word.
    let mut sign = || {
        if word.1 == 0 {
            word = (stream.word(), 64);
        }
        word = (word.0 >> 1, word.1 - 1);
        word.0 & 1 == 1
    };
    let mut error = || (u.transpose() * matrix_project(a, k, 0.0, &mut sign).unwrap() * v)[0] - truth;
    (0..draws).map(|_| error()).collect()
}

/// A generic matrix with generic vectors, and one of rank one with its own: the hardest.
fn cases() -> Vec<(DMatrix<f64>, DVector<f64>, DVector<f64>)> {
    let mut stream = Stream::new(5);
    let a = DMatrix::from_row_slice(6, 8, &stream.normals(48)).normalize();
    let (u, v) =
        (DVector::from_vec(stream.normals(6)).normalize(), DVector::from_vec(stream.normals(8)).normalize());
    let (ones, others) = (DVector::repeat(6, 1.0).normalize(), DVector::repeat(8, 1.0).normalize());
    vec![(a, u.clone(), v.clone()), (&ones * others.transpose(), ones, others), (&u * v.transpose(), u, v)]
}

#[test]
fn the_variance_is_the_identitys() {
    for (seed, (a, u, v)) in (1..).zip(cases()) {
        let errors = errors(&a, &u, &v, 10, VARIANCE_DRAWS, seed);
        let variance = 10.0 * errors.iter().map(|e| e * e).sum::<f64>() / VARIANCE_DRAWS as f64;
        let exact = projection_variance(&a, u.as_slice(), v.as_slice()).unwrap();
        assert!(exact <= 2.0 && (variance / exact - 1.0).abs() < 0.05, "{variance} {exact}");
        let mean = errors.iter().sum::<f64>() / VARIANCE_DRAWS as f64;
        assert!(mean.abs() <= 4.0 * (exact / 10.0 / VARIANCE_DRAWS as f64).sqrt(), "{mean}");
    }
}

/// With the proven number of projections no more than `η` of the draws are off, with confidence 1 − 1e-6. Teeth: with
/// the number that the paper prints more are, with the same confidence.
#[test]
fn the_corrected_number_suffices_and_the_papers_does_not() {
    let (epsilon, eta) = (0.3, 0.01);
    let printed = ((1.0f64 / eta).ln() / (epsilon * epsilon)).ceil() as u64;
    assert_eq!(printed, 52);
    let limit = |k| ClopperPearson::new(k, DRAWS, 1e-6).unwrap().evaluate().value();
    for (seed, (a, u, v)) in (11..).zip(cases()) {
        let off =
            |k| errors(&a, &u, &v, k, DRAWS, seed).iter().filter(|error| error.abs() > epsilon).count() as u64;
        let enough = off(projections(epsilon, eta).unwrap());
        assert!(limit(enough) <= eta, "{enough} of {DRAWS}");
        let few = off(printed);
        assert!(1.0 - limit(DRAWS - few) > eta, "{few} of {DRAWS}");
    }
}
