//! Folded batch normalizations against the two layers in rational numbers: nothing is lost, and formulas that are seen
//! in place of the right one are.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::capacity::batch_norm::{BatchNorm, Folded};

type Channel = [i64; 4];

fn rational(x: i64) -> BigRational {
    BigRational::from_integer(BigInt::from(x))
}

fn contains(interval: Interval, x: &BigRational) -> bool {
    let end = |x| BigRational::from_float(x).unwrap();
    end(interval.low()) <= *x && *x <= end(interval.high())
}

/// Channels `(γ, β, μ, d)` with variance `d² − 1` and `ε = 1`, so that the deviation is `d`.
fn channels() -> impl Strategy<Value = Vec<Channel>> {
    let channel = (-20i64..20, -20i64..20, -20i64..20, 1i64..30).prop_map(|(a, b, c, d)| [a, b, c, d]);
    prop::collection::vec(channel, 3)
}

fn norm(channels: &[Channel]) -> BatchNorm {
    let part = |i: usize| channels.iter().map(|c| c[i] as f64).collect::<Vec<_>>();
    let variance: Vec<f64> = channels.iter().map(|c| (c[3] * c[3] - 1) as f64).collect();
    BatchNorm::new(&part(0), &part(1), &part(2), &variance, 1.0).unwrap()
}

/// Scale and shift of a channel.
fn exact([gamma, beta, mean, deviation]: Channel) -> [BigRational; 2] {
    let scale = rational(gamma) / rational(deviation);
    let shift = rational(beta) - &scale * rational(mean);
    [scale, shift]
}

/// The weights and biases of the folded layer, exactly: of the normalization after the layer, and of that before it.
fn two_layers(
    affine: &[[BigRational; 2]],
    weights: &[i64],
    bias: &[i64],
) -> [(Vec<BigRational>, Vec<BigRational>); 2] {
    let entry = |i: usize, j: usize| rational(weights[3 * i + j]);
    let all = (0..3).flat_map(|i| (0..3).map(move |j| (i, j)));
    let after = all.clone().map(|(i, j)| &affine[i][0] * entry(i, j)).collect();
    let before = all.map(|(i, j)| &affine[j][0] * entry(i, j)).collect();
    let after_bias = (0..3).map(|i| &affine[i][0] * rational(bias[i]) + &affine[i][1]).collect();
    let before_bias =
        (0..3).map(|i| (0..3).fold(rational(bias[i]), |sum, j| sum + entry(i, j) * &affine[j][1])).collect();
    [(after, after_bias), (before, before_bias)]
}

/// Whether both folded layers contain the exact ones.
fn agrees(channels: &[Channel], affine: &[[BigRational; 2]], weights: &[i64], bias: &[i64]) -> bool {
    let norm = norm(channels);
    let matrix = IntervalMatrix::from_rows(3, 3, weights.iter().map(|&w| w as f64).collect()).unwrap();
    let of_layer: Vec<f64> = bias.iter().map(|&b| b as f64).collect();
    let folded: [Folded; 2] = [
        norm.fold_after(&matrix, Some(&of_layer)).unwrap(),
        norm.fold_before(&matrix, Some(&of_layer)).unwrap(),
    ];
    folded.iter().zip(two_layers(affine, weights, bias)).all(|(folded, (weights, bias))| {
        folded.weights.intervals().zip(&weights).all(|(interval, x)| contains(interval, x))
            && folded.bias.intervals().zip(&bias).all(|(interval, x)| contains(interval, x))
    })
}

proptest! {
    #[test]
    fn the_two_layers_lie_inside_the_folded_one(
        channels in channels(), weights in prop::collection::vec(-50i64..50, 9), bias in prop::collection::vec(-50i64..50, 3),
    ) {
        let affine: Vec<_> = channels.iter().map(|&c| exact(c)).collect();
        prop_assert!(agrees(&channels, &affine, &weights, &bias));
        // And tightly: no interval is wider than some units in the last place of what it is made of.
        let norm = norm(&channels);
        let matrix = IntervalMatrix::from_rows(3, 3, weights.iter().map(|&w| w as f64).collect()).unwrap();
        let folded = norm.fold_after(&matrix, None).unwrap();
        prop_assert!(folded.weights.intervals().all(|x| x.width() <= 1e-15 * (x.high().abs().max(x.low().abs()) + 1e-300) * 2.0));
    }
}

/// Teeth: the mean forgotten, the variance for the deviation, ε outside of the root, the bias of the layer not scaled.
#[test]
fn neighbouring_formulas_are_caught() {
    let channels = [[3, 1, 2, 5], [-4, 2, 7, 3], [1, -1, -3, 7]];
    let (weights, bias) = ([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3]);
    let with = |formula: &dyn Fn(Channel) -> [BigRational; 2]| {
        let affine: Vec<_> = channels.iter().map(|&c| formula(c)).collect();
        agrees(&channels, &affine, &weights, &bias)
    };
    assert!(with(&exact));
    assert!(!with(&|[gamma, beta, _, d]| exact([gamma, beta, 0, d])));
    assert!(!with(&|[gamma, beta, mean, d]| exact([gamma, beta, mean, d * d])));
    assert!(!with(&|[gamma, beta, mean, d]| exact([gamma, beta, mean, d + 1])));
    // One float beside the truth is enough to be seen, where the truth is one.
    let [scale, shift] = exact(channels[0]);
    let near = BigRational::from_float(f64::EPSILON * 4.0).unwrap();
    assert!(!with(&|c| if c == channels[0] { [&scale + &near, shift.clone()] } else { exact(c) }));
}
