//! The catalogue's errors of the best N affine pieces against a sawtooth, and the lower bound below them.

use num_bigint::BigUint;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::depth_separation::l1_error_at_least;
use saddlepoint_theory::expressivity::sawtooth::Sawtooth;
use saddlepoint_theory::expressivity::segmented_fit::least_absolute_errors;

/// `(N, error, lower bound)` for `tri^4` at the middles of 128 cells, pieces ending at multiples of 1/64.
const ERRORS: [(usize, f64, f64); 8] = [
    (1, 0.25, 0.117188),
    (2, 0.231445, 0.101562),
    (3, 0.212891, 0.085938),
    (4, 0.197286, 0.070312),
    (8, 0.134797, 0.007812),
    (12, 0.072329, 0.0),
    (15, 0.025391, 0.0),
    (16, 0.0, 0.0),
];

#[test]
fn the_best_pieces_against_four_folds() {
    let sawtooth = Sawtooth::new(4).unwrap();
    let values: Vec<f64> = (0..128).map(|i| sawtooth.evaluate((f64::from(i) + 0.5) / 128.0)).collect();
    let errors = least_absolute_errors(&values, 2, 16).unwrap();
    for (pieces, error, bound) in ERRORS {
        assert!((errors[pieces - 1] - error).abs() < 5.1e-7, "N = {pieces}: {}", errors[pieces - 1]);
        let proven = l1_error_at_least(4, &BigUint::from(pieces)).unwrap().to_f64();
        assert!((proven - bound).abs() < 5.1e-7, "N = {pieces}: {proven}");
    }
}
