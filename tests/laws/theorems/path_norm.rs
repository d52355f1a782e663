//! The path norm's complexity bounds the exact one of two-layer ReLU networks in the plane.
//!
//! Two layers need far less, so the links of the proof are tested by themselves where they are tight: networks of paths of
//! total weight 1 are mixtures of units, a layer costs a factor 2 (and not 1), and Massart's lemma bounds the coordinates.

use proptest::prelude::*;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::inputs::Inputs;
use saddlepoint_theory::bounds::path_norm::complexity;
use saddlepoint_theory::capacity::norms::Layers;
use saddlepoint_theory::capacity::rademacher::{UnitNorm, relu_networks_in_the_plane};

fn exact_complexity(points: &[[f64; 2]]) -> f64 {
    relu_networks_in_the_plane(points, UnitNorm::SumOfAbsolutes).unwrap()
}

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
        let exact = exact_complexity(&points);
        prop_assert!(exact <= bound(&points, depth));
        prop_assert_eq!(bound(&points, depth + 1), 2.0 * bound(&points, depth));
    }
}

/// `E max_j |Σ σᵢ xᵢⱼ| / n`: the complexity of the signed coordinates.
fn coordinates(points: &[Vec<f64>]) -> f64 {
    let (n, d) = (points.len(), points[0].len());
    let largest = |signs: u32| {
        let sign = |i: usize| if signs >> i & 1 == 1 { 1.0 } else { -1.0 };
        (0..d)
            .map(|j| points.iter().enumerate().map(|(i, x)| sign(i) * x[j]).sum::<f64>().abs())
            .fold(0.0, f64::max)
    };
    (0..1u32 << n).map(largest).sum::<f64>() / f64::from(1u32 << n) / n as f64
}

fn massart(points: &[Vec<f64>]) -> f64 {
    let inputs =
        Inputs::new(IntervalMatrix::from_rows(points.len(), points[0].len(), points.concat()).unwrap());
    complexity(1, Interval::between(1.0, 1.0), &inputs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Both links: a layer at a factor 2, and the lemma, which one layer is.
    #[test]
    fn a_layer_costs_two_and_coordinates_what_massart_says(points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 1..8)) {
        let rows: Vec<Vec<f64>> = points.iter().map(|x| x.to_vec()).collect();
        let (linear, exact) = (coordinates(&rows), exact_complexity(&points));
        prop_assert!(exact <= 2.0 * linear * (1.0 + 1e-12) && linear <= massart(&rows) * (1.0 + 1e-12), "{exact} {linear}");
    }

    /// The first link: the output of a network is at most its path norm times the largest unit of absolute weight 1 below.
    #[test]
    fn networks_are_mixtures_of_paths(w in prop::collection::vec(-2.0..2.0f64, 8), v in prop::collection::vec(-2.0..2.0f64, 4), points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 1..6), seed in any::<u32>()) {
        let sign = |i: usize| if seed >> i & 1 == 1 { 1.0 } else { -1.0 };
        let sum = |a: f64, b: f64| -> f64 {
            points.iter().enumerate().map(|(i, x)| sign(i) * (a * x[0] + b * x[1]).max(0.0)).sum()
        };
        let network: f64 = w.chunks(2).zip(&v).map(|(w, v)| v * sum(w[0], w[1])).sum();
        let layers = [(4, 2, w.clone()), (1, 4, v.clone())].map(|(m, n, x)| IntervalMatrix::from_rows(m, n, x).unwrap());
        let path = Layers::new(layers.to_vec()).unwrap().path_l1().total.high();
        let units = w.chunks(2).map(|w| sum(w[0], w[1]).abs() / (w[0].abs() + w[1].abs()).max(f64::MIN_POSITIVE));
        prop_assert!(network.abs() <= path * units.fold(0.0, f64::max) * (1.0 + 1e-9) + 1e-12);
    }
}

/// Teeth: a layer that costs nothing is caught on four points. Massart's lemma is nearly tight where all sign vectors are
/// coordinates: `n` against `n √(2 ln 2)`, so that five sixths of it are caught.
#[test]
fn a_lost_layer_and_a_weakened_lemma_are_caught() {
    let points = [[0.03, -0.08], [1.5, 1.67], [0.0, 3.22], [-1.56, 1.65]];
    let rows: Vec<Vec<f64>> = points.iter().map(|x| x.to_vec()).collect();
    assert!(exact_complexity(&points) > 1.1 * coordinates(&rows));
    let n = 8;
    let all: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..1u32 << (n - 1)).map(|j| if j >> i & 1 == 1 { 1.0 } else { -1.0 }).collect())
        .collect();
    let (exact, lemma) = (coordinates(&all), massart(&all));
    assert!((exact - 1.0).abs() < 1e-12 && exact <= lemma && lemma < 1.2 * exact, "{exact} {lemma}");
    assert!(5.0 / 6.0 * lemma < exact, "{exact} {lemma}");
    // The layers' factors are in the bound, one for each hidden layer.
    assert_eq!(bound(&points, 3), 4.0 * massart(&rows));
}

/// Teeth of the hypothesis: a sum of squares over paths is no bound, for many equal paths have little of it.
#[test]
fn the_other_path_norm_is_caught() {
    let layers = [(9, 1), (1, 9)].map(|(m, n)| IntervalMatrix::from_rows(m, n, vec![1.0; 9]).unwrap());
    let layers = Layers::new(layers.to_vec()).unwrap();
    // On the one input 1 the output is 9, and so is the ℓ₁ norm: the ℓ₂ norm is 3.
    assert!(layers.path_l1().total.contains(9.0) && layers.path_l2().total.high() < 3.1);
    let input = Inputs::new(IntervalMatrix::from_rows(1, 1, vec![1.0]).unwrap());
    let unit = complexity(2, Interval::between(1.0, 1.0), &input);
    assert!(9.0 <= unit * layers.path_l1().total.high() && 9.0 > unit * layers.path_l2().total.high());
}

/// Teeth: a path's class on one point has the complexity `maxⱼ |xⱼ|`, which a fifth of the bound is below.
#[test]
fn a_weakened_constant_is_caught() {
    let point = [[3.0, 1.0]];
    assert!((exact_complexity(&point) - 3.0).abs() < 1e-12);
    assert!(bound(&point, 2) / 5.0 < 3.0 && bound(&point, 2) > 3.0);
}
