//! The catalogue's counts of what a threshold separates: Boolean functions, points in general position and not.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::dichotomies::Vectors;
use saddlepoint_theory::expressivity::xor;
use saddlepoint_theory::expressivity::zaslavsky::central;

/// Found with weights, two for each search result, and counted by Whitney's theorem.
fn counts(vectors: &Vectors) -> (usize, usize) {
    let mut search = vectors.dichotomies();
    let found = 2 * search.by_ref().count();
    assert_eq!(search.unproved(), 0);
    (found, vectors.without_broken_circuit().count())
}

#[test]
fn affine_threshold_functions() {
    for (bits, count) in [(1, 4), (2, 14), (3, 104), (4, 1882)] {
        assert_eq!(counts(&Vectors::cube(bits).unwrap()), (count, count), "{bits} bits");
    }
}

#[test]
fn points_in_general_position() {
    for (dimension, number, count) in
        [(2, 4, 14), (2, 5, 22), (2, 6, 32), (2, 8, 58), (3, 5, 30), (3, 7, 84), (1, 5, 10)]
    {
        let mut stream = Stream::new(number as u64);
        let points: Vec<Vec<i64>> = (0..number)
            .map(|_| (0..dimension).map(|_| (1e6 * stream.normal()).round() as i64).collect())
            .collect();
        let vectors = Vectors::affine(&points).unwrap();
        assert!(vectors.in_general_position().is_ok());
        assert_eq!(counts(&vectors), (count, count), "{number} points, d = {dimension}");
        assert_eq!(central(dimension as u32 + 1, number as u32), count.into());
    }
}

#[test]
fn points_on_a_line_have_fewer() {
    for (points, count) in [
        (vec![vec![0, 0], vec![1, 1], vec![2, 2], vec![0, 1]], 12),
        ((0..4).map(|i| vec![i, 2 * i]).collect(), 8),
    ] {
        assert_eq!(counts(&Vectors::affine(&points).unwrap()), (count, count));
    }
}

#[test]
fn two_rectified_units_are_exclusive_or() {
    for (a, b, value) in [(0.0, 0.0, 0.0), (0.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 0.0)] {
        assert_eq!(xor::network(a, b), value);
    }
}
