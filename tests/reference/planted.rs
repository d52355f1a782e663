//! Population risks against plain trapezoidal sums in 30 digits (`planted.py`).

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::{AveragedSigmoids, ClassificationLoss, PlantedNeuron};
use saddlepoint_landscape::objective::Objective;

/// The lines of a kind: numbers only.
fn lines(kind: &str) -> impl Iterator<Item = Vec<f64>> {
    let lines = include_str!("planted.csv").lines().filter_map(move |line| line.strip_prefix(kind));
    lines.map(|line| line.trim_start_matches(',').split(',').map(|text| text.parse().unwrap()).collect())
}

/// Absolute, for quantities of at most one: the rounding of sums over some thousand nodes.
fn close(what: &str, found: f64, expected: f64) {
    assert!((found - expected).abs() < 2e-14, "{what}: {found:e} and {expected:e}");
}

#[test]
fn planted_neurons() {
    let mut count = 0;
    for row in lines("planted") {
        let risk = PlantedNeuron::new(vec![row[0], 0.0]).unwrap();
        let (w, expected) = (&row[1..3], &row[3..]);
        close("value", risk.value(w).unwrap(), expected[0]);
        let (gradient, hessian) = (risk.gradient(w).unwrap(), risk.hessian(w).unwrap());
        for (found, expected) in [gradient[0], gradient[1], hessian[(0, 0)], hessian[(0, 1)], hessian[(1, 1)]]
            .iter()
            .zip(&expected[1..])
        {
            close(&format!("derivative at {w:?}"), *found, *expected);
        }
        count += 1;
    }
    assert_eq!(count, 7);
}

#[test]
fn averaged_sigmoids() {
    let mut count = 0;
    for row in lines("averaged") {
        let (truth, w, expected) = (&row[..4], &row[4..8], &row[8..]);
        let truth = DMatrix::from_row_slice(2, 2, truth);
        let risk = AveragedSigmoids::population(&truth, ClassificationLoss::CrossEntropy, 1.5).unwrap();
        close("value", risk.value(w).unwrap(), expected[0]);
        let (gradient, hessian) = (risk.gradient(w).unwrap(), risk.hessian(w).unwrap());
        let found = gradient.iter().copied().chain((0..4).map(|j| hessian[(0, j)]));
        for (found, expected) in found.zip(&expected[1..]) {
            close(&format!("derivative at {w:?}"), found, *expected);
        }
        count += 1;
    }
    assert_eq!(count, 3);
}
