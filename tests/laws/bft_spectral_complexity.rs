//! `bft-spectral-complexity`: what the complexity sees of a network, and what it does not.

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::capacity::norms::{Layers, spectral, two_one_over_rows};
use saddlepoint_theory::capacity::spectral_complexity::{of_layers, spectral_complexity};

use crate::evidence::{one_number_decides, smoke, verdict};

const ID: &str = "bft-spectral-complexity";

fn drawn(widths: &[usize], seed: u64) -> Vec<IntervalMatrix> {
    let mut stream = Stream::new(seed);
    let layer = |pair: &[usize]| {
        IntervalMatrix::from_rows(pair[1], pair[0], stream.normals(pair[0] * pair[1])).unwrap()
    };
    widths.windows(2).map(layer).collect()
}

fn complexity(weights: &[IntervalMatrix]) -> f64 {
    of_layers(&Layers::new(weights.to_vec()).unwrap()).unwrap().midpoint()
}

fn times(layer: &IntervalMatrix, factor: f64) -> IntervalMatrix {
    let (rows, columns) = layer.shape();
    IntervalMatrix::from_rows(rows, columns, layer.midpoints().iter().map(|w| w * factor).collect()).unwrap()
}

/// The rows in another order.
fn permuted(layer: &IntervalMatrix, order: &[usize]) -> IntervalMatrix {
    let (rows, columns) = layer.shape();
    let entries = order.iter().flat_map(|&i| layer.midpoints()[i * columns..][..columns].to_vec()).collect();
    IntervalMatrix::from_rows(rows, columns, entries).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn scale_that_moves_between_layers_is_not_seen(
        widths in prop::collection::vec(1usize..7, 3..6), seed in any::<u64>(), c in 0.01..100.0f64,
        from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(),
    ) {
        let plain = drawn(&widths, seed);
        let (from, to) = (from.index(plain.len()), to.index(plain.len()));
        let mut moved = plain.clone();
        moved[from] = times(&moved[from], c);
        moved[to] = times(&moved[to], 1.0 / c);
        prop_assert!((complexity(&moved) / complexity(&plain) - 1.0).abs() < 1e-11);
        // Teeth: alone it is seen, in proportion.
        let mut grown = plain.clone();
        grown[from] = times(&grown[from], c);
        prop_assert!((complexity(&grown) / (c * complexity(&plain)) - 1.0).abs() < 1e-11);
    }

    #[test]
    fn hidden_units_have_no_order(widths in prop::collection::vec(2usize..7, 3..6), seed in any::<u64>(), at in any::<prop::sample::Index>()) {
        let plain = drawn(&widths, seed);
        let at = at.index(plain.len() - 1);
        let order = Stream::new(seed).permutation(widths[at + 1]);
        let mut moved = plain.clone();
        moved[at] = permuted(&moved[at], &order);
        moved[at + 1] = permuted(&moved[at + 1].transpose(), &order).transpose();
        prop_assert!((complexity(&moved) / complexity(&plain) - 1.0).abs() < 1e-11);
    }

    #[test]
    fn depth_costs_at_least_its_root_cubed(widths in prop::collection::vec(1usize..7, 2..7), seed in any::<u64>()) {
        let weights = drawn(&widths, seed);
        let product: f64 = weights.iter().map(|w| spectral(w).unwrap().low()).product();
        let depth = weights.len() as f64;
        prop_assert!(complexity(&weights) >= depth.powf(1.5) * product * (1.0 - 1e-12));
    }
}

/// Teeth. The norm is over rows, one for each unit: over columns a layer with one unit of many inputs counts `√d` times as much,
/// and one with many units of one input as much less. Reference matrices equal to the weights leave nothing.
#[test]
fn other_readings_of_the_norm_are_other_numbers() {
    let wide = IntervalMatrix::from_rows(1, 4, vec![1.0; 4]).unwrap();
    let tall = wide.transpose();
    assert!(two_one_over_rows(&wide).contains(2.0) && two_one_over_rows(&tall).contains(4.0));
    let (forth, back) = (complexity(&[wide.clone(), tall.clone()]), complexity(&[tall.clone(), wide.clone()]));
    // The spectral norms are all 2: R = 4 (1 + 2^(2/3))^(3/2) in either order, and with the norms over columns too.
    assert!((forth / back - 1.0).abs() < 1e-12);
    let single = [wide];
    let columns =
        spectral_complexity(&[spectral(&single[0]).unwrap()], &[two_one_over_rows(&tall)], &[1.0]).unwrap();
    assert!((columns.midpoint() / complexity(&single) - 2.0).abs() < 1e-12);
    let nothing = times(&single[0], 0.0);
    let none =
        spectral_complexity(&[spectral(&single[0]).unwrap()], &[two_one_over_rows(&nothing)], &[1.0]).unwrap();
    assert!(none.high() < 1e-300);
}

#[test]
fn teeth_of_the_verdict() {
    let evidence = smoke(ID);
    one_number_decides(ID, &evidence, "/values/9", 68.924_83);
    one_number_decides(ID, &evidence, "/shifted", 1e-9);
    one_number_decides(ID, &evidence, "/permuted", 1e-9);
    one_number_decides(ID, &evidence, "/over_product", 0.99);
    one_number_decides(ID, &evidence, "/bound", 0.9);
    assert_ne!(verdict(ID, &evidence[..1]), verdict(ID, &evidence), "random networks are part of it");
}
