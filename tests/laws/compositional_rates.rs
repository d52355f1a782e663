//! `compositional-rates`: trees are approximated node by node, with an error that propagates as the theorem says.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::compositional::{
    Bilinear, grid_parameters, multilinear, tree, tree_parameters,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Each node is off by at most δ on the square and L-Lipschitz in the maximum norm: the root of three levels is off by at most
    /// δ (1 + L + L²).
    #[test]
    fn errors_propagate_like_lipschitz_constants(seed in any::<u64>(), cells in 1usize..30, waves in 0.1..1.5f64) {
        let mut stream = Stream::new(seed);
        let [a, b, c] = [0; 3].map(|_| stream.between(-1.0, 1.0));
        // Values in [−1, 1]; the gradient's ℓ₁ norm is at most 2 |waves| + 0.2.
        let h = move |x: f64, y: f64| 0.9 * (waves * (a * x + b * y) + c).sin() + 0.1 * x * y;
        let lipschitz = 0.9 * waves * (a.abs() + b.abs()) + 0.2;
        let node = Bilinear::of(cells, h).unwrap();
        // Twice differentiable: the error of a bilinear interpolant is at most (|h_xx| + |h_yy|) s²/8 with s = 2/N.
        let second = 0.9 * waves * waves * (a * a + b * b);
        let delta = second * (2.0 / cells as f64).powi(2) / 8.0;
        for _ in 0..50 {
            let x: Vec<f64> = (0..8).map(|_| stream.between(-1.0, 1.0)).collect();
            prop_assert!((node.at(x[0], x[1]) - h(x[0], x[1])).abs() <= delta + 1e-14);
            let error = (tree(&x, |a, b| node.at(a, b)).unwrap() - tree(&x, h).unwrap()).abs();
            prop_assert!(error <= delta * (1.0 + lipschitz + lipschitz * lipschitz) + 1e-13);
        }
    }

    /// A grid over the cube reproduces what is linear in each coordinate.
    #[test]
    fn grids_reproduce_products(x in prop::collection::vec(-1.0..=1.0f64, 1..8), cells in 1usize..5) {
        let found = multilinear(&x, cells, |x| x.iter().product()).unwrap();
        prop_assert!((found - x.iter().product::<f64>()).abs() < 1e-13);
    }
}

fn smooth(a: f64, b: f64) -> f64 {
    (1.5 * a + 0.5).sin() * (b - 0.3).cos()
}

#[test]
fn the_counts() {
    assert_eq!((tree_parameters(8, 4), tree_parameters(8, 8)), (175.0, 567.0));
    assert_eq!((grid_parameters(8, 3), grid_parameters(8, 6)), (65_536.0, 5_764_801.0));
}

/// Mean squared error over fixed points, by root.
fn rms(approximation: impl Fn(&[f64]) -> f64) -> f64 {
    let mut stream = Stream::new(11);
    let points = 500;
    let sum: f64 = (0..points)
        .map(|_| {
            let x: Vec<f64> = (0..8).map(|_| stream.between(-1.0, 1.0)).collect();
            (approximation(&x) - tree(&x, smooth).unwrap()).powi(2)
        })
        .sum();
    (sum / f64::from(points)).sqrt()
}

#[test]
fn a_tree_of_grids_needs_far_fewer_numbers() {
    let node = Bilinear::of(8, smooth).unwrap();
    let deep = rms(|x| tree(x, |a, b| node.at(a, b)).unwrap());
    let shallow = rms(|x| multilinear(x, 4, |x| tree(x, smooth).unwrap()).unwrap());
    assert!(deep < 0.03 && shallow > 0.03, "{deep} {shallow}");
    assert!(tree_parameters(8, 8) * 100.0 < grid_parameters(8, 4));
}

/// Teeth: with the leaves in another order the tree does not match the function's, and is far off however fine its grids.
#[test]
fn a_tree_that_does_not_match_is_refuted() {
    let node = Bilinear::of(64, smooth).unwrap();
    let shuffled = |x: &[f64]| [x[0], x[4], x[1], x[5], x[2], x[6], x[3], x[7]];
    assert!(rms(|x| tree(&shuffled(x), |a, b| node.at(a, b)).unwrap()) > 0.1);
}
