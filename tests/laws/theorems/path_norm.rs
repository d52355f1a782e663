//! The path norm's complexity bounds the exact one of two-layer ReLU networks in the plane.

use proptest::prelude::*;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::inputs::Inputs;
use saddlepoint_theory::bounds::path_norm::complexity;

use super::plane::{self, sum_of_absolutes};

fn bound(points: &[[f64; 2]], depth: usize) -> f64 {
    let inputs = Inputs::new(IntervalMatrix::from_rows(points.len(), 2, points.concat()).unwrap());
    complexity(depth, Interval::between(1.0, 1.0), &inputs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_exact_complexity_is_below(
        points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 1..8), depth in 2usize..6,
    ) {
        let exact = plane::complexity(&points, sum_of_absolutes);
        prop_assert!(exact <= bound(&points, depth));
        prop_assert_eq!(bound(&points, depth + 1), 2.0 * bound(&points, depth));
    }
}

/// Teeth: a path's class on one point has the complexity `maxⱼ |xⱼ|`, which a fifth of the bound is below; without the
/// factor of the layers it would take two fifths.
#[test]
fn a_weakened_constant_is_caught() {
    let point = [[3.0, 1.0]];
    assert!((plane::complexity(&point, sum_of_absolutes) - 3.0).abs() < 1e-12);
    assert!(bound(&point, 2) / 5.0 < 3.0 && bound(&point, 2) > 3.0);
}
