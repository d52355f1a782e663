//! Losses and whole spectra at every stratum of a small two-layer linear network, from numpy (`linear_network.csv`).

use nalgebra::{DMatrix, dmatrix};
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::objective::Objective;

#[test]
fn strata_of_three_inputs_and_two_units() {
    let x =
        dmatrix![2.0, -1.0, 0.0, 3.0, 1.0, -2.0; 0.0, 1.0, 4.0, -1.0, 2.0, 1.0; 1.0, 0.0, -1.0, 2.0, -3.0, 2.0];
    let y =
        dmatrix![1.0, 0.0, 2.0, -1.0, 3.0, 1.0; 2.0, -3.0, 1.0, 0.0, 1.0, -1.0; 0.0, 1.0, 1.0, 4.0, -2.0, 2.0];
    let network = TwoLayerLinear::new(x, y, 2).unwrap();
    let strata = Strata::of(&network).unwrap();
    let lines = include_str!("linear_network.csv").lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for line in lines {
        let mut fields = line.split(',');
        let directions: Vec<usize> =
            fields.next().unwrap().split_whitespace().map(|j| j.parse::<usize>().unwrap() - 1).collect();
        let numbers: Vec<f64> = fields.map(|number| number.parse().unwrap()).collect();
        let (r, p) = (directions.len(), network.width());
        let point =
            strata.critical_point(&directions, &DMatrix::identity(p, p), &DMatrix::zeros(p - r, r)).unwrap();
        assert!((network.value(&point).unwrap() / numbers[0] - 1.0).abs() < 1e-12);
        let mut found = network.hessian(&point).unwrap().symmetric_eigenvalues().as_slice().to_vec();
        found.sort_by(f64::total_cmp);
        assert_eq!(found.len(), numbers.len() - 1);
        // Relative to the largest eigenvalue, 100: rounding of both computations.
        for (found, expected) in found.iter().zip(&numbers[1..]) {
            assert!((found - expected).abs() < 1e-11, "{directions:?}: {found} and {expected}");
        }
        count += 1;
    }
    assert_eq!(count, 7);
}
