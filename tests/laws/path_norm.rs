//! `path-norm`: no rescaling of any unit is seen, and the bound holds for networks of its norm.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::inputs::Inputs;
use saddlepoint_theory::bounds::path_norm::complexity;
use saddlepoint_theory::capacity::norms::{Layers, frobenius};

use crate::evidence::{one_number_decides, smoke};

const ID: &str = "path-norm";

fn drawn(widths: &[usize], seed: u64) -> Layers {
    let mut stream = Stream::new(seed);
    let layer = |pair: &[usize]| {
        IntervalMatrix::from_rows(pair[1], pair[0], stream.normals(pair[0] * pair[1])).unwrap()
    };
    Layers::new(widths.windows(2).map(layer).collect()).unwrap()
}

/// One hidden unit's incoming weights times `factor`, its outgoing ones over it.
fn rescaled(network: &Layers, layer: usize, unit: usize, factor: f64) -> Layers {
    let mut weights = network.weights().to_vec();
    let scale = |matrix: &IntervalMatrix, is: &dyn Fn(usize, usize) -> bool, factor: f64| {
        let (rows, columns) = matrix.shape();
        let entry = |(at, w): (usize, &f64)| if is(at / columns, at % columns) { w * factor } else { *w };
        IntervalMatrix::from_rows(rows, columns, matrix.midpoints().iter().enumerate().map(entry).collect())
            .unwrap()
    };
    weights[layer] = scale(&weights[layer], &|row, _| row == unit, factor);
    weights[layer + 1] = scale(&weights[layer + 1], &|_, column| column == unit, 1.0 / factor);
    Layers::new(weights).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_scale_of_a_unit_is_not_seen(
        widths in prop::collection::vec(1usize..6, 3..6), seed in any::<u64>(), factor in 1e-3..1e3f64,
        layer in any::<prop::sample::Index>(), unit in any::<prop::sample::Index>(),
    ) {
        let plain = drawn(&widths, seed);
        let layer = layer.index(widths.len() - 2);
        let moved = rescaled(&plain, layer, unit.index(widths[layer + 1]), factor);
        let same = |a: Interval, b: Interval| (a.midpoint() / b.midpoint() - 1.0).abs() < 1e-12;
        for (a, b) in plain.path_l1().outputs.iter().zip(moved.path_l1().outputs) {
            prop_assert!(same(*a, b));
        }
        prop_assert!(same(plain.path_l2().total, moved.path_l2().total));
        let product = |network: &Layers| network.product(|w| Ok::<_, ()>(frobenius(w))).unwrap();
        prop_assert!(plain.path_l2().total.low() <= product(&plain).high().min(product(&moved).high()));
        // Teeth: the product is seen to change, but where the factor is near 1 or the new norms happen to fit.
        let far = rescaled(&plain, layer, unit.index(widths[layer + 1]), 1e6);
        prop_assert!(product(&far).low() > 2.0 * product(&plain).high() || widths[layer + 1] == 1);
    }

    /// Networks of several layers over their path norm, on points of the plane: no sum of signs is above the bound.
    #[test]
    fn no_network_is_above(
        points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 1..6), depth in 1usize..5, seed in any::<u64>(),
    ) {
        let n = points.len();
        let matrix = IntervalMatrix::from_rows(n, 2, points.concat()).unwrap();
        let widths: Vec<usize> = (0..=depth).map(|at| if at == 0 { 2 } else if at == depth { 1 } else { 3 }).collect();
        let values = |seed| {
            let network = drawn(&widths, seed);
            let norm = network.path_l1().total.high();
            let outputs = network.relu_outputs(&matrix).unwrap();
            outputs.midpoints().iter().map(|f| f / norm).collect::<Vec<f64>>()
        };
        let all: Vec<Vec<f64>> = (0..30).map(|i| values(seed.wrapping_add(i))).collect();
        let of_signs = |signs: u32| {
            let sign = |i: usize| if signs >> i & 1 == 1 { 1.0 } else { -1.0 };
            let sum = |f: &Vec<f64>| f.iter().enumerate().map(|(i, f)| sign(i) * f).sum::<f64>().abs();
            all.iter().map(sum).fold(0.0, f64::max)
        };
        let found = (0..1u32 << n).map(of_signs).sum::<f64>() / f64::from(1u32 << n) / n as f64;
        prop_assert!(found <= complexity(depth, Interval::between(1.0, 1.0), &Inputs::new(matrix)));
    }
}

/// Teeth of the hypothesis: a unit that saturates is no longer the same when it is rescaled.
#[test]
fn a_unit_that_is_not_homogeneous_changes_when_rescaled() {
    let clipped = |w: f64, v: f64, x: f64| v * (w * x).clamp(0.0, 1.0);
    let relu = |w: f64, v: f64, x: f64| v * (w * x).max(0.0);
    assert_eq!(relu(2.0, 0.5, 3.0), relu(8.0, 0.125, 3.0));
    assert!(clipped(2.0, 0.5, 3.0) > 3.0 * clipped(8.0, 0.125, 3.0));
}

#[test]
fn teeth_of_the_verdict() {
    let evidence = smoke(ID);
    one_number_decides(ID, &evidence, "/l1/0", 6.22);
    one_number_decides(ID, &evidence, "/factors/1", 1.0 + 1e-9);
    one_number_decides(ID, &evidence, "/outputs", 1e-9);
    one_number_decides(ID, &evidence, "/over_product", 1.1);
    one_number_decides(ID, &evidence, "/exact", 1e3);
}
