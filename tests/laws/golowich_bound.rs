//! `golowich-bound`: no network of two or three layers in the plane beats it, and depth enters by its root.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::golowich::{complexity, peeled_complexity};
use saddlepoint_theory::bounds::inputs::Inputs;
use saddlepoint_theory::capacity::norms::{Layers, frobenius};

use crate::evidence::{one_number_decides, smoke};

const ID: &str = "golowich-bound";

fn inputs(points: &[[f64; 2]]) -> Inputs {
    Inputs::new(IntervalMatrix::from_rows(points.len(), 2, points.concat()).unwrap())
}

fn one() -> Interval {
    Interval::between(1.0, 1.0)
}

/// The mean over all signs of the largest `Σ σᵢ f(xᵢ)/n` among networks and their negatives, of product of norms 1.
fn among(networks: &[Layers], points: &[[f64; 2]]) -> f64 {
    let n = points.len();
    let matrix = IntervalMatrix::from_rows(n, 2, points.concat()).unwrap();
    let values: Vec<Vec<f64>> = networks
        .iter()
        .map(|network| {
            let norm = network.product(|w| Ok::<_, ()>(frobenius(w))).unwrap().high();
            network.relu_outputs(&matrix).unwrap().midpoints().iter().map(|f| f / norm).collect()
        })
        .collect();
    let of_signs = |signs: u32| {
        let sign = |i: usize| if signs >> i & 1 == 1 { 1.0 } else { -1.0 };
        let sum = |f: &Vec<f64>| f.iter().enumerate().map(|(i, f)| sign(i) * f).sum::<f64>().abs();
        values.iter().map(sum).fold(0.0, f64::max)
    };
    (0..1u32 << n).map(of_signs).sum::<f64>() / f64::from(1u32 << n) / n as f64
}

/// Many random scalar networks of a depth, and the same with all weight on one path.
fn networks(depth: usize, seed: u64) -> Vec<Layers> {
    let mut stream = Stream::new(seed);
    (0..60)
        .map(|i| {
            let widths: Vec<usize> = (0..=depth)
                .map(|at| {
                    if at == 0 {
                        2
                    } else if at == depth || i % 2 == 0 {
                        1
                    } else {
                        4
                    }
                })
                .collect();
            let layer = |pair: &[usize]| {
                let entries = DMatrix::from_fn(pair[1], pair[0], |_, _| stream.normal());
                IntervalMatrix::from_rows(pair[1], pair[0], entries.transpose().as_slice().to_vec()).unwrap()
            };
            Layers::new(widths.windows(2).map(layer).collect()).unwrap()
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn no_deep_network_is_above(
        points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 1..7), depth in 1usize..6, seed in any::<u64>(),
    ) {
        let found = among(&networks(depth, seed), &points);
        prop_assert!(found <= complexity(depth, one(), &inputs(&points)) * (1.0 + 1e-12));
        prop_assert!(found <= peeled_complexity(depth, one(), &inputs(&points)) * (1.0 + 1e-12));
    }

    #[test]
    fn depth_enters_by_its_root(points in prop::collection::vec(prop::array::uniform2(0.1..2.0f64), 1..7), depth in 1usize..200) {
        let x = inputs(&points);
        let unit = x.frobenius().midpoint() / points.len() as f64;
        let at = |depth| complexity(depth, one(), &x) / unit - 1.0;
        prop_assert!((at(4 * depth) / at(depth) - 2.0).abs() < 1e-12);
        prop_assert_eq!(peeled_complexity(depth + 1, one(), &x), 2.0 * peeled_complexity(depth, one(), &x));
        prop_assert_eq!(complexity(depth, one(), &x) < peeled_complexity(depth, one(), &x), depth >= 3);
    }
}

/// Teeth: a quarter of the bound is exceeded by the networks that are tried on orthogonal points. Of an activation of slope 3
/// so is the bound of one layer, on one point.
#[test]
fn a_weakened_constant_and_a_steep_activation_are_caught() {
    let points = [[1.0, 0.0], [0.0, 1.0]];
    let found = among(&networks(2, 1), &points);
    assert!(found > complexity(2, one(), &inputs(&points)) / 4.0, "{found}");
    let single = [[1.0, 0.0]];
    assert!(3.0 * among(&networks(2, 1), &single) > complexity(2, one(), &inputs(&single)));
}

#[test]
fn teeth_of_the_verdict() {
    let evidence = smoke(ID);
    one_number_decides(ID, &evidence, "/on_data", 16.3);
    one_number_decides(ID, &evidence, "/exact", 0.2574);
    let mut large = evidence.clone();
    large.rotate_left(3);
    one_number_decides(ID, &large, "/exact", 100.0);
}
