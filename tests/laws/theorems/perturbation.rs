//! The perturbation lemma: no perturbation of random and of adversarial networks moves an output further.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::bounds::network::{Activation, Network};
use saddlepoint_theory::bounds::perturbation::Perturbation;
use saddlepoint_theory::capacity::norms::{Layers, spectral};

fn forward(weights: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    let last = weights.len() - 1;
    weights.iter().enumerate().fold(x.to_vec(), |x, (i, w)| {
        let sums = w.chunks(x.len()).map(|row| row.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>());
        sums.map(|sum| if i < last { sum.max(0.0) } else { sum }).collect()
    })
}

fn matrix(entries: &[f64], inputs: usize) -> IntervalMatrix {
    IntervalMatrix::from_rows(entries.len() / inputs, inputs, entries.to_vec()).unwrap()
}

fn norm(entries: &[f64], inputs: usize) -> f64 {
    spectral(&matrix(entries, inputs)).unwrap().high()
}

/// The change of the output on a unit input over the lemma's bound, with all perturbations at this part of the largest
/// that the lemma allows. Adversarial ones stretch each layer along itself.
fn ratio(dimensions: &[usize], seed: u64, part: f64, adversarial: bool) -> f64 {
    let mut stream = Stream::new(seed);
    let depth = dimensions.len() - 1;
    let weights: Vec<Vec<f64>> = dimensions.windows(2).map(|d| stream.normals(d[0] * d[1])).collect();
    let added: Vec<Vec<f64>> = weights
        .iter()
        .zip(dimensions)
        .map(|(w, &inputs)| {
            let direction = if adversarial { w.clone() } else { stream.normals(w.len()) };
            let scale = part * norm(w, inputs) / norm(&direction, inputs) / depth as f64;
            direction.iter().map(|u| u * scale).collect()
        })
        .collect();
    let x = stream.normals(dimensions[0]);
    let length = x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let x: Vec<f64> = x.iter().map(|x| x / length).collect();
    let moved: Vec<Vec<f64>> =
        weights.iter().zip(&added).map(|(w, u)| w.iter().zip(u).map(|(w, u)| w + u).collect()).collect();
    let change: f64 =
        forward(&weights, &x).iter().zip(forward(&moved, &x)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let matrices = |of: &[Vec<f64>]| of.iter().zip(dimensions).map(|(w, &d)| matrix(w, d)).collect::<Vec<_>>();
    let network = Network::new(Layers::new(matrices(&weights)).unwrap(), Activation::relu()).unwrap();
    change / Perturbation::new(&network, &matrices(&added), 1.0).unwrap().evaluate()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_output_moves_further(
        dimensions in prop::collection::vec(1usize..7, 2..6), seed in any::<u64>(),
        part in 0.01..0.999f64, adversarial in any::<bool>(),
    ) {
        prop_assert!(ratio(&dimensions, seed, part, adversarial) <= 1.0);
    }
}

/// Teeth: with `0.05 e` for `e` random networks violate it, and with `e/2` a chain of four units does, each stretched
/// along itself: its output grows by `(1 + 1/4)⁴ − 1`.
#[test]
fn weakened_constants_are_caught() {
    let worst = |dimensions: &[usize], adversarial| {
        (0..100).map(|seed| ratio(dimensions, seed, 0.999, adversarial)).fold(0.0, f64::max)
    };
    let (random, chain) = (worst(&[5, 7, 6, 3], false), worst(&[1; 5], true));
    assert!(random > 0.05 && chain > 0.5, "{random} {chain}");
}
