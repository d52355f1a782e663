//! Golowich, Rakhlin, Shamir: the complexity bounds the exact one of two-layer ReLU networks in the plane.
//!
//! The bound is some three times what two layers need, so that a constant that is a little too small would not be seen
//! there. Each link of the proof is therefore tested by itself, where it is tight: a layer is peeled off at a factor of 2
//! (and not of 1), for homogeneous activations without biases alone; the logarithm of the moment that is left is at most
//! `λM + λ²M²/2` with `M = ‖X‖_F`; and the best `λ` gives the formula.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::golowich;
use saddlepoint_theory::bounds::inputs::Inputs;
use saddlepoint_theory::capacity::rademacher::{UnitNorm, relu_networks_in_the_plane};
use saddlepoint_theory::quantity::SampleSize;

const ONE: [f64; 2] = [1.0, 1.0];

fn one() -> Interval {
    Interval::between(ONE[0], ONE[1])
}

fn inputs(points: &[[f64; 2]]) -> Inputs {
    Inputs::new(IntervalMatrix::from_rows(points.len(), 2, points.concat()).unwrap())
}

fn complexity(points: &[[f64; 2]]) -> f64 {
    relu_networks_in_the_plane(points, UnitNorm::Euclidean).unwrap()
}

/// The catalogue's eight points.
fn eight() -> Vec<[f64; 2]> {
    let normals = Stream::new(400).normals(16);
    normals.chunks(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// Teeth: three tenths of the bound are below the exact complexity.
#[test]
fn the_catalogues_points_and_a_weakened_constant() {
    let exact = complexity(&eight());
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
        let exact = complexity(&points);
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

/// The mean over all signs of `g(sup_u |Σ σᵢ φ(u·xᵢ)|)` and of `g(‖Σ σᵢ xᵢ‖)`, over unit vectors `u` of a grid.
fn peeled(points: &[[f64; 2]], phi: impl Fn(f64) -> f64, g: impl Fn(f64) -> f64) -> [f64; 2] {
    let directions: Vec<[f64; 2]> =
        (0..120).map(|k| f64::from(k) * std::f64::consts::TAU / 120.0).map(|a| [a.cos(), a.sin()]).collect();
    let (mut layer, mut linear) = (0.0, 0.0);
    for signs in 0..1u32 << points.len() {
        let sign = |i: usize| if signs >> i & 1 == 1 { 1.0 } else { -1.0 };
        let sum =
            |f: &dyn Fn(&[f64; 2]) -> f64| points.iter().enumerate().map(|(i, x)| sign(i) * f(x)).sum::<f64>();
        let at = |u: &[f64; 2]| sum(&|x| phi(u[0] * x[0] + u[1] * x[1])).abs();
        layer += g(directions.iter().map(at).fold(0.0, f64::max));
        linear += g(sum(&|x| x[0]).hypot(sum(&|x| x[1])));
    }
    [layer, linear].map(|total| total / f64::from(1u32 << points.len()))
}

fn relu(z: f64) -> f64 {
    z.max(0.0)
}

/// Three points on which ReLU makes more of the signs than the linear functions do.
const WORST: [[f64; 2]; 3] = [[2.06, -2.72], [2.49, -0.16], [-0.41, -2.53]];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Link 1, of one layer: a factor 2 outside of an increasing convex function.
    #[test]
    fn a_layer_is_peeled_off(points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 1..7), lambda in 0.05..2.0f64) {
        for phi in [relu, |z: f64| z, |z: f64| z.abs(), |z: f64| if z > 0.0 { z } else { 0.3 * z }] {
            for g in [&(|t: f64| t) as &dyn Fn(f64) -> f64, &|t: f64| (lambda * t).exp(), &|t: f64| (t - 1.0).max(0.0)] {
                let [layer, linear] = peeled(&points, phi, g);
                prop_assert!(layer <= 2.0 * linear * (1.0 + 1e-12), "{layer} {linear}");
            }
        }
    }

    /// Link 1, of many rows: the norm of a layer of homogeneous units is largest with all weights in one row.
    #[test]
    fn one_row_is_the_worst(points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 1..6), rows in 1usize..6, seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let weights: Vec<[f64; 2]> = (0..rows).map(|_| [stream.normal(), stream.normal()]).collect();
        let signs: Vec<f64> = points.iter().map(|_| stream.sign()).collect();
        prop_assert!(spread_over_one(&points, &signs, &weights, relu) <= 1.0 + 1e-3);
    }

    /// Link 2: what is left when all layers are peeled off.
    #[test]
    fn the_moment_is_that_of_a_bounded_variable(points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 1..8), lambda in 0.01..2.0f64) {
        let m = points.iter().map(|x| x[0] * x[0] + x[1] * x[1]).sum::<f64>().sqrt();
        let [_, mean] = peeled(&points, relu, |t| t);
        let [_, moment] = peeled(&points, relu, |t| (lambda * t).exp());
        prop_assert!(mean <= m * (1.0 + 1e-12));
        prop_assert!(moment.ln() <= lambda * mean + (lambda * m).powi(2) / 2.0 + 1e-12);
    }

    /// Link 3: `(d ln 2 + λM + λ²M²/2)/λn` at its best `λ` is the formula, and above it at any other.
    #[test]
    fn the_best_lambda_gives_the_formula(points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 1..8), depth in 1usize..9, lambda in 0.001..50.0f64) {
        let m = points.iter().map(|x| x[0] * x[0] + x[1] * x[1]).sum::<f64>().sqrt();
        prop_assume!(m > 0.01);
        let (n, d) = (points.len() as f64, depth as f64);
        let at = |lambda: f64| (d * 2f64.ln() + lambda * m + (lambda * m).powi(2) / 2.0) / lambda / n;
        let found = golowich::complexity(depth, one(), &inputs(&points));
        let best = (2.0 * d * 2f64.ln()).sqrt() / m;
        prop_assert!((found / at(best) - 1.0).abs() < 1e-12 && found <= at(lambda) * (1.0 + 1e-12), "{found} {}", at(best));
    }
}

/// `‖Σ σᵢ φ(W xᵢ)‖` over `‖W‖_F` times the largest of one row of unit norm (on a grid, hence a thousandth of room).
fn spread_over_one(points: &[[f64; 2]], signs: &[f64], weights: &[[f64; 2]], phi: fn(f64) -> f64) -> f64 {
    let at = |w: &[f64; 2]| -> f64 {
        points.iter().zip(signs).map(|(x, s)| s * phi(w[0] * x[0] + w[1] * x[1])).sum()
    };
    let size = weights.iter().map(|w| w[0] * w[0] + w[1] * w[1]).sum::<f64>().sqrt();
    let spread = weights.iter().map(|w| at(w).powi(2)).sum::<f64>().sqrt();
    let unit =
        (0..720).map(|k| f64::from(k) * std::f64::consts::TAU / 720.0).map(|a| at(&[a.cos(), a.sin()]).abs());
    spread / size / unit.fold(f64::MIN_POSITIVE, f64::max)
}

/// Teeth of the links: a layer that costs nothing, a moment without its square, a mean of a hundredth less, and a depth
/// that is one less, each on points where the link is tight.
#[test]
fn weakened_links_are_caught() {
    let [layer, linear] = peeled(&WORST, relu, |t| t);
    assert!(layer > 1.05 * linear, "{layer} {linear}");
    // Orthogonal inputs: the mean norm is ‖X‖_F.
    let [_, mean] = peeled(&[[1.0, 0.0], [0.0, 1.0]], relu, |t| t);
    assert!((mean - 2f64.sqrt()).abs() < 1e-12 && 0.99 * 2f64.sqrt() < mean);
    // Eight inputs on a line: the norm is that of a sum of signs, whose variance is a third of the allowance.
    let line = [[1.0, 0.0]; 8];
    let ([_, mean], [_, moment]) = (peeled(&line, relu, |t| t), peeled(&line, relu, |t| (0.3 * t).exp()));
    let square = 0.3f64.powi(2) * 8.0 / 2.0;
    assert!(moment.ln() > 0.3 * mean && moment.ln() > 0.3 * mean + 0.3 * square, "{moment} {mean} {square}");
    assert!(
        golowich::complexity(2, one(), &inputs(&WORST))
            > 1.15 * golowich::complexity(1, one(), &inputs(&WORST))
    );
}

/// Teeth of the hypotheses. A unit that saturates makes more of many small rows than of one: a hundred times the norm for
/// inputs of norm 100. A bias that no norm counts gives constants their complexity at inputs of 0, where the bound is 0. An
/// activation of slope 3 exceeds the bound of one layer.
#[test]
fn violated_hypotheses_are_caught() {
    let clipped = |z: f64| z.clamp(0.0, 1.0);
    let small = vec![[0.01, 0.0]; 100];
    let ratio = spread_over_one(&[[100.0, 0.0]], &[1.0], &small, clipped);
    assert!(ratio > 99.0, "{ratio}");
    assert!((spread_over_one(&[[100.0, 0.0]], &[1.0], &small, relu) - 1.0).abs() < 1e-9);
    let zeros = [[0.0; 2]; 4];
    let [constants, _] = peeled(&zeros, |z| relu(z + 1.0), |t| t);
    let bound = golowich::complexity(2, one(), &inputs(&zeros));
    assert!(bound == 0.0 && constants / 4.0 > 0.3, "{bound} {constants}");
    let point = [[1.0, 0.0]];
    let [steep, _] = peeled(&point, |z| 3.0 * relu(z), |t| t);
    assert!(steep > golowich::complexity(2, one(), &inputs(&point)));
}
