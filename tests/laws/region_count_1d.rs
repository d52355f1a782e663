//! `region-count-1d`: the pieces of networks with one input, in floating point against exact arithmetic.

use nalgebra::{DMatrix, DVector};
use num_bigint::BigUint;
use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::breakpoints::{BreakpointError, Breakpoints};
use saddlepoint_theory::expressivity::depth_separation::pieces_at_most;
use saddlepoint_theory::expressivity::montufar::{folding_network_on_a_line, maximal_regions_at_least};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;

fn random(widths: &[usize], seed: u64) -> ReluNetwork {
    let mut stream = Stream::new(seed);
    ReluNetwork::he_normal(&[&[1], widths, &[1]].concat(), 1.0, &mut || stream.normal()).unwrap()
}

/// The same with weights and biases that are small integers: many breakpoints coincide.
fn degenerate(widths: &[usize], seed: u64) -> ReluNetwork {
    let mut stream = Stream::new(seed);
    let mut small =
        |rows: usize, columns: usize| DMatrix::from_fn(rows, columns, |_, _| stream.index(5) as f64 - 2.0);
    let all = [&[1], widths, &[1]].concat();
    let layer = |pair: &[usize]| {
        let weights = small(pair[1], pair[0]);
        (weights, DVector::from_column_slice(small(pair[1], 1).as_slice()))
    };
    ReluNetwork::new(all.windows(2).map(layer).collect()).unwrap()
}

fn exactly(network: &ReluNetwork, low: i32, high: i32) -> Breakpoints<BigRational> {
    Breakpoints::exactly(network, BigRational::integer(low), BigRational::integer(high)).unwrap()
}

fn most(widths: &[usize]) -> BigUint {
    pieces_at_most(&widths.iter().map(|&n| n as u32).collect::<Vec<_>>())
}

proptest! {
    /// Each piece is affine and has one pattern, neighbouring pieces have different ones, and shapes bound their number.
    #[test]
    fn pieces_are_those_of_the_network(widths in prop::collection::vec(1usize..7, 0..5), seed in any::<u64>()) {
        let network = random(&widths, seed);
        let found = Breakpoints::of(&network, -2.0, 2.0).unwrap();
        prop_assert!(BigUint::from(found.activation_regions()) <= most(&widths));
        prop_assert!(found.affine_pieces() <= found.activation_regions());
        let (knots, values) = (found.knots(), found.values());
        prop_assert!(knots.windows(2).all(|pair| pair[0] < pair[1]));
        let mut before = None;
        for (x, y) in knots.windows(2).zip(values.windows(2)).filter(|(x, _)| x[1] - x[0] > 1e-6) {
            let at = |t: f64| x[0] + t * (x[1] - x[0]);
            let pattern = network.pattern(&[at(0.5)]).unwrap();
            for t in [0.01, 0.3, 0.99] {
                prop_assert_eq!(&network.pattern(&[at(t)]).unwrap(), &pattern);
                let line = y[0][0] + t * (y[1][0] - y[0][0]);
                prop_assert!((network.value(&[at(t)]).unwrap()[0] - line).abs() < 1e-9);
            }
            prop_assert_ne!(Some(&pattern), before.as_ref());
            before = Some(pattern);
        }
    }

    /// Rounding is bounded, not guessed: of breakpoints that coincide none is counted twice.
    #[test]
    fn floating_point_never_counts_more_than_there_are(
        widths in prop::collection::vec(1usize..5, 1..4), seed in any::<u64>(),
    ) {
        let network = degenerate(&widths, seed);
        let (exact, found) = (exactly(&network, -3, 3), Breakpoints::of(&network, -3.0, 3.0).unwrap());
        prop_assert!(found.activation_regions() <= exact.activation_regions());
        prop_assert!(found.affine_pieces() <= exact.affine_pieces());
        // Small integers leave wide gaps.
        prop_assert_eq!(found.activation_regions(), exact.activation_regions());
        prop_assert_eq!(found.affine_pieces(), exact.affine_pieces());
    }

    /// A unit more in the last hidden layer keeps every breakpoint.
    #[test]
    fn a_further_unit_loses_nothing(widths in prop::collection::vec(1usize..6, 1..4), seed in any::<u64>()) {
        let network = random(&widths, seed);
        let hidden = widths.len() - 1;
        let mut layers = network.layers().to_vec();
        let (weights, bias) = &mut layers[hidden];
        let units = weights.nrows();
        *weights = weights.clone().insert_row(units, 0.7);
        *bias = bias.clone().insert_row(units, -0.2);
        layers[hidden + 1].0 = layers[hidden + 1].0.clone().insert_column(units, 1.0);
        let wider = ReluNetwork::new(layers).unwrap();
        let count = |network: &ReluNetwork| Breakpoints::of(network, -2.0, 2.0).unwrap().activation_regions();
        prop_assert!(count(&wider) >= count(&network));
    }
}

#[test]
fn random_networks_are_counted_exactly() {
    for seed in 0..12 {
        for widths in [&[6][..], &[4, 4], &[3, 3, 3]] {
            let network = random(widths, seed);
            let (exact, found) = (exactly(&network, -1, 1), Breakpoints::of(&network, -1.0, 1.0).unwrap());
            assert_eq!(found.activation_regions(), exact.activation_regions(), "{widths:?} {seed}");
            assert_eq!(found.affine_pieces(), exact.affine_pieces(), "{widths:?} {seed}");
        }
    }
}

#[test]
fn folding_networks_have_the_pieces_that_they_are_built_for() {
    for widths in [&[3, 3][..], &[3, 3, 3], &[4, 4, 4], &[5, 5, 5, 5], &[2, 7, 3], &[6]] {
        let network = folding_network_on_a_line(widths).unwrap();
        let end = i32::try_from(widths[0]).unwrap();
        let exact = exactly(&network, 0, end);
        let count = maximal_regions_at_least(1, widths).unwrap();
        assert_eq!(BigUint::from(exact.activation_regions()), count, "{widths:?}");
        assert_eq!(BigUint::from(exact.affine_pieces()), count, "{widths:?}");
        let found = Breakpoints::of(&network, 0.0, end.into()).unwrap();
        assert_eq!(
            (found.activation_regions(), found.affine_pieces()),
            (exact.activation_regions(), exact.affine_pieces())
        );
    }
}

/// The fold of `[0, 1]` at multiples of 1/5, which binary fractions miss.
fn folding_by_fifths() -> ReluNetwork {
    let read = DMatrix::from_row_slice(1, 5, &[5.0, -10.0, 10.0, -10.0, 10.0]);
    let bias = |shift: f64| DVector::from_fn(5, |i, _| -(i as f64 + shift) / 5.0);
    let ones = DMatrix::repeat(5, 1, 1.0);
    ReluNetwork::new(vec![
        (ones.clone(), bias(0.0)),
        (&ones * &read, bias(0.0)),
        (&ones * &read, bias(0.0)),
        (&ones * &read, bias(0.5)),
        (DMatrix::repeat(1, 5, 1.0), DVector::zeros(1)),
    ])
    .unwrap()
}

/// Teeth: knots that are only compared for equality are counted again wherever rounding moved them.
#[test]
fn comparing_for_equality_counts_too_many() {
    let network = folding_by_fifths();
    // All zeros of all hidden units, each searched on the knots of the layers before it, and kept unless equal.
    let mut knots = vec![0.0, 1.0];
    for layer in 1..network.layers().len() {
        let inputs = network.first(layer).unwrap();
        let mut all = knots.clone();
        for pair in knots.windows(2) {
            let (p, q) = (inputs.value(&[pair[0]]).unwrap(), inputs.value(&[pair[1]]).unwrap());
            let crossings = p.iter().zip(&q).filter(|(p, q)| *p * *q < 0.0);
            all.extend(crossings.map(|(p, q)| pair[0] + p / (p - q) * (pair[1] - pair[0])));
        }
        all.sort_by(f64::total_cmp);
        all.dedup();
        knots = all;
    }
    assert!(knots.len() - 1 > 750, "{}", knots.len() - 1);
    assert_eq!(Breakpoints::of(&network, 0.0, 1.0).unwrap().activation_regions(), 750);
}

#[test]
fn what_has_no_breakpoints_is_refused() {
    let plane = ReluNetwork::new(vec![(DMatrix::zeros(1, 2), DVector::zeros(1))]).unwrap();
    assert_eq!(Breakpoints::of(&plane, 0.0, 1.0), Err(BreakpointError::Inputs(2)));
    let network = random(&[3], 1);
    for (low, high) in [(0.0, 0.0), (1.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        assert_eq!(Breakpoints::of(&network, low, high), Err(BreakpointError::Interval));
    }
    let huge = ReluNetwork::new(vec![(DMatrix::repeat(1, 1, 1e200), DVector::zeros(1)); 2]).unwrap();
    assert_eq!(Breakpoints::of(&huge, -1.0, 1.0), Err(BreakpointError::Overflow { layer: 1 }));
}
