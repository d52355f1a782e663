//! Neyshabur, Bhojanapalli, Srebro: the links of the proof that the perturbation lemma leaves open.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
use saddlepoint_theory::bounds::network::{Activation, Network};
use saddlepoint_theory::bounds::neyshabur_pac_bayes::NeyshaburPacBayes;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::{Layers, frobenius, spectral};

fn gaussian(dimensions: &[usize], stream: &mut Stream) -> Vec<IntervalMatrix> {
    let layer = |d: &[usize]| (d[1], d[0]);
    let shapes = dimensions.windows(2).map(layer).collect::<Vec<_>>();
    shapes.into_iter().map(|(m, n)| IntervalMatrix::from_rows(m, n, stream.normals(m * n)).unwrap()).collect()
}

/// How many of 200 draws of standard normal layers have a spectral norm above `part · √(2h ln 4dh)` in some layer.
fn exceeding(dimensions: &[usize], part: f64) -> usize {
    let (h, d) = (*dimensions.iter().max().unwrap() as f64, dimensions.len() as f64 - 1.0);
    let limit = part * (2.0 * h * (4.0 * d * h).ln()).sqrt();
    let mut stream = Stream::new(7);
    (0..200)
        .filter(|_| gaussian(dimensions, &mut stream).iter().any(|u| spectral(u).unwrap().low() > limit))
        .count()
}

/// At most half of the draws may be too large: among 200 a binomial of ½ has fewer than 68 with a probability below
/// 10⁻⁵. Teeth: at a fifth of the limit most are.
#[test]
fn perturbations_are_small_at_least_half_of_the_time() {
    for dimensions in [&[5, 7, 6, 3][..], &[1, 1], &[20, 20, 20], &[2, 30, 1]] {
        assert!(exceeding(dimensions, 1.0) < 68, "{dimensions:?}");
        assert!(exceeding(dimensions, 0.2) > 132, "{dimensions:?}");
    }
}

fn theorem(layers: &[IntervalMatrix], gamma: f64) -> NeyshaburPacBayes {
    let network = Network::new(Layers::new(layers.to_vec()).unwrap(), Activation::relu()).unwrap();
    let columns = layers[0].shape().1;
    let inputs = Inputs::new(IntervalMatrix::from_rows(2, columns, vec![0.25; 2 * columns]).unwrap());
    let outputs = network.outputs();
    let values = IntervalMatrix::from_rows(2, outputs, (0..2 * outputs).map(|i| i as f64).collect()).unwrap();
    let margins = Margins::of_classes(&values, &[outputs - 1; 2]).unwrap();
    NeyshaburPacBayes::new(&network, 1.0, Sample::new(&inputs, &margins).unwrap(), gamma, 0.05).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// `K` and the bound do not see scale that moves between layers, nor the unit in which outputs and margin are
    /// measured together; `K` is the closed form.
    #[test]
    fn only_the_normalized_margin_counts(
        dimensions in prop::collection::vec(2usize..7, 2..5), seed in any::<u64>(), e in -5i32..=5, gamma in 0.1..2.0f64,
    ) {
        let layers = gaussian(&dimensions, &mut Stream::new(seed));
        let plain = theorem(&layers, gamma);
        let (h, d) = (*dimensions.iter().max().unwrap() as f64, layers.len() as f64);
        let s: Vec<f64> = layers.iter().map(|w| spectral(w).unwrap().midpoint()).collect();
        let product: f64 = s.iter().product::<f64>() / gamma;
        let ratios: f64 = layers.iter().zip(&s).map(|(w, s)| (frobenius(w).midpoint() / s).powi(2)).sum();
        let e2 = std::f64::consts::E.powi(2);
        let closed = 2f64.powf(0.25) * 16.0 * e2 * d * d * h * (4.0 * d * h).ln() * product * product * ratios;
        prop_assert!((plain.divergence() / closed - 1.0).abs() < 1e-11);
        // The paper's constant is larger, whatever the network.
        prop_assert!(plain.divergence() < closed / (2f64.powf(0.25) * 16.0) * (42.0 * 42.0 / 2.0));

        let mut moved = layers.clone();
        let last = moved.len() - 1;
        moved[0] = moved[0].scaled_by_power_of_two(e);
        moved[last] = moved[last].scaled_by_power_of_two(-e);
        let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-11;
        prop_assert!(close(theorem(&moved, gamma).divergence(), plain.divergence()));
        let mut scaled = layers.clone();
        scaled[0] = scaled[0].scaled_by_power_of_two(e);
        prop_assert!(close(theorem(&scaled, gamma * 2f64.powi(e)).divergence(), plain.divergence()));
    }

    /// No bound decreases when an input interval widens.
    #[test]
    fn ignorance_costs(seed in any::<u64>(), r in 0.0..0.05f64, gamma in 0.1..2.0f64) {
        let layers = gaussian(&[3, 4, 2], &mut Stream::new(seed));
        prop_assume!(layers.iter().all(|w| spectral(w).unwrap().low() > 0.5));
        let wide: Vec<_> = layers
            .iter()
            .map(|w| {
                let (m, n) = w.shape();
                IntervalMatrix::with_radii(m, n, w.midpoints().to_vec(), vec![r; m * n]).unwrap()
            })
            .collect();
        let (narrow, wide) = (theorem(&layers, gamma), theorem(&wide, gamma));
        prop_assert!(wide.divergence() >= narrow.divergence());
        prop_assert!(wide.evaluate().value() >= narrow.evaluate().value());
    }
}
