//! The spectral complexity: what it does not see, how it scales, and what it is never below.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::capacity::norms::{frobenius, spectral, two_one_over_rows};
use saddlepoint_theory::capacity::spectral_complexity::spectral_complexity;

fn complexity(layers: &[IntervalMatrix]) -> Interval {
    let norms: Vec<_> = layers.iter().map(|a| spectral(a).unwrap()).collect();
    let distances: Vec<_> = layers.iter().map(two_one_over_rows).collect();
    spectral_complexity(&norms, &distances, &vec![1.0; layers.len()]).unwrap()
}

fn layers(dimensions: &[usize], seed: u64) -> Vec<Vec<f64>> {
    let mut stream = Stream::new(seed);
    dimensions.windows(2).map(|d| stream.normals(d[0] * d[1])).collect()
}

fn matrices(dimensions: &[usize], entries: &[Vec<f64>]) -> Vec<IntervalMatrix> {
    let shapes = dimensions.windows(2).zip(entries);
    shapes.map(|(d, entries)| IntervalMatrix::from_rows(d[1], d[0], entries.clone()).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn symmetries_and_scales(dimensions in prop::collection::vec(1usize..6, 3..6), seed in any::<u64>(), e in -6i32..=6) {
        let weights = layers(&dimensions, seed);
        let plain = complexity(&matrices(&dimensions, &weights));

        // From one layer to the next: nothing changes. Teeth: the sum of Frobenius norms does.
        let scale = 2f64.powi(e);
        let mut moved = weights.clone();
        moved[0].iter_mut().for_each(|w| *w *= scale);
        moved[1].iter_mut().for_each(|w| *w /= scale);
        prop_assert!(complexity(&matrices(&dimensions, &moved)).intersection(plain).is_some());
        let sum = |weights: &[Vec<f64>]| -> f64 {
            matrices(&dimensions, weights).iter().map(|a| frobenius(a).midpoint()).sum()
        };
        prop_assert!(e.abs() < 6 || (sum(&moved) / sum(&weights) - 1.0).abs() > 1e-6);

        // One layer alone: degree 1.
        moved[1].iter_mut().for_each(|w| *w *= scale);
        let scaled = complexity(&matrices(&dimensions, &moved));
        prop_assert!((scaled.midpoint() / (plain.midpoint() * scale) - 1.0).abs() < 1e-12);

        // The order of hidden units: rows of one layer and columns of the next.
        let (inputs, units) = (dimensions[0], dimensions[1]);
        let mut permuted = weights.clone();
        permuted[0].rotate_left(inputs * (seed as usize % units));
        permuted[1].chunks_mut(units).for_each(|row| row.rotate_left(seed as usize % units));
        prop_assert!(complexity(&matrices(&dimensions, &permuted)).intersection(plain).is_some());

        // Never below the product of spectral norms times L^(3/2), for a norm over rows is never below the spectral one.
        let all = matrices(&dimensions, &weights);
        let product = all.iter().fold(1.0, |product, a| product * spectral(a).unwrap().low());
        prop_assert!(plain.high() >= product * (all.len() as f64).powf(1.5) * (1.0 - 1e-12));
    }
}

/// Teeth: summed over columns the norm is another one.
#[test]
fn columns_are_not_rows() {
    let one_output = IntervalMatrix::from_rows(1, 4, vec![1.0; 4]).unwrap();
    let of = |distance: Interval| {
        spectral_complexity(&[spectral(&one_output).unwrap()], &[distance], &[1.0]).unwrap()
    };
    let rows = of(two_one_over_rows(&one_output));
    assert!(rows.contains(2.0) && of(two_one_over_rows(&one_output.transpose())).contains(4.0));
}
