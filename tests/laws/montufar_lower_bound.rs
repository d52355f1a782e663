//! `montufar-lower-bound`: networks that fold reach it, and it bounds the maximum alone.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::breakpoints::Breakpoints;
use saddlepoint_theory::expressivity::montufar::{
    folding_network, folding_network_on_a_line, maximal_regions_at_least,
};
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;

fn regions(network: &ReluNetwork, side: f64) -> u32 {
    let square = Rectangle::new([if side > 1.0 { -side } else { 0.0 }; 2], [side; 2]).unwrap();
    Regions::of(network, square).unwrap().len().try_into().unwrap()
}

/// A network of this shape with normal weights, scaled to keep the variance, and biases.
pub(crate) fn random_network(widths: &[u32], seed: u64) -> ReluNetwork {
    let (mut stream, mut inputs) = (Stream::new(seed), 2);
    let layer = |&width: &u32| {
        let (width, scale) = (width as usize, (2.0 / inputs as f64).sqrt());
        let weights = DMatrix::from_row_slice(width, inputs, &stream.normals(width * inputs)) * scale;
        inputs = width;
        (weights, DVector::from_vec(stream.normals(width)) * 0.5)
    };
    ReluNetwork::new(widths.iter().chain(&[1]).map(layer).collect()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Odd widths included, whose last unit is left over. Teeth: the count is that of the formula and not one more.
    #[test]
    fn the_folding_network_reaches_the_bound(widths in prop::collection::vec(2u32..9, 1..4)) {
        let found = regions(&folding_network(&widths).unwrap(), 1.0);
        prop_assert_eq!(maximal_regions_at_least(2, &widths).unwrap(), found.into());
    }

    /// On a line the pieces are maximal, too.
    #[test]
    fn on_a_line_the_folding_network_reaches_the_bound(widths in prop::collection::vec(2u32..9, 1..4)) {
        let network = folding_network_on_a_line(&widths).unwrap();
        let found = Breakpoints::of(&network, 0.0, widths[0].into()).unwrap();
        let bound = maximal_regions_at_least(1, &widths).unwrap();
        prop_assert_eq!(&bound, &found.activation_regions().into());
        prop_assert_eq!(&bound, &found.affine_pieces().into());
    }

    /// A network is in the shape of any wider one, so that the bound grows with every width.
    #[test]
    fn the_bound_grows_with_the_shape(
        inputs in 1u32..5, extra in prop::collection::vec(0u32..30, 1..5), at in any::<prop::sample::Index>(),
    ) {
        let widths: Vec<u32> = extra.iter().map(|n| n + inputs).collect();
        let mut wider = widths.clone();
        wider[at.index(widths.len())] += 1;
        let bound = |widths: &[u32]| maximal_regions_at_least(inputs, widths).unwrap();
        prop_assert!(bound(&wider) >= bound(&widths));
    }
}

/// Random networks stay far below on the same number of units, even where all of the plane is looked at.
#[test]
fn random_networks_stay_far_below() {
    for widths in [&[8, 8, 8][..], &[10, 10, 10]] {
        let bound: f64 = maximal_regions_at_least(2, widths).unwrap().to_string().parse().unwrap();
        for seed in 0..10 {
            let found = f64::from(regions(&random_network(widths, seed), 100.0));
            assert!(found < 0.1 * bound, "{widths:?} {seed}: {found} of {bound}");
        }
    }
}
