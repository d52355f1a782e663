//! Golowich, Rakhlin, Shamir: the complexity bounds the exact one of two-layer ReLU networks in the plane.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::golowich;
use saddlepoint_theory::bounds::inputs::Inputs;
use saddlepoint_theory::quantity::SampleSize;

use super::plane::{complexity, euclidean};

const ONE: [f64; 2] = [1.0, 1.0];

fn one() -> Interval {
    Interval::between(ONE[0], ONE[1])
}

fn inputs(points: &[[f64; 2]]) -> Inputs {
    Inputs::new(IntervalMatrix::from_rows(points.len(), 2, points.concat()).unwrap())
}

/// The catalogue's eight points.
fn eight() -> Vec<[f64; 2]> {
    let normals = Stream::new(400).normals(16);
    normals.chunks(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// Teeth: three tenths of the bound are below the exact complexity.
#[test]
fn the_catalogues_points_and_a_weakened_constant() {
    let exact = complexity(&eight(), euclidean);
    assert!((exact - 0.257_295_962_983).abs() < 1e-12, "{exact}");
    let bound = golowich::complexity(2, one(), &inputs(&eight()));
    assert!((bound - 0.815_930_679_48).abs() < 1e-11 && 0.3 * bound < exact, "{bound}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// One layer more represents the same functions at the same product of norms, so deeper classes are larger too.
    #[test]
    fn the_exact_complexity_is_below_both_versions(
        points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 1..8), depth in 2usize..6,
    ) {
        let exact = complexity(&points, euclidean);
        let inputs = inputs(&points);
        let on_data = golowich::complexity(depth, one(), &inputs);
        let n = SampleSize::new(points.len() as u64).unwrap();
        let largest = inputs.largest_norm().high();
        let on_ball = golowich::complexity_on_ball(depth, one(), largest, n).unwrap();
        prop_assert!(exact <= on_data && on_data <= on_ball * (1.0 + 1e-14));
        let twice = golowich::complexity(depth, one() + one(), &inputs);
        prop_assert!((twice / (2.0 * on_data) - 1.0).abs() < 1e-14 || on_data == 0.0);
        prop_assert!(golowich::complexity(depth + 1, one(), &inputs) >= on_data);
    }
}
