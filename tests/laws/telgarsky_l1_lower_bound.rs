//! `telgarsky-l1-lower-bound`: no function of few affine pieces is near a sawtooth, in exact arithmetic.

use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::breakpoints::Breakpoints;
use saddlepoint_theory::expressivity::depth_separation::{
    Separation, l1_error_at_least, pieces_at_most, shallow_units_at_least,
};
use saddlepoint_theory::expressivity::piecewise_linear::PiecewiseLinear;
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use saddlepoint_theory::expressivity::sawtooth::Sawtooth;
use saddlepoint_theory::expressivity::segmented_fit::least_absolute_errors;

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(BigInt::from(n), BigInt::from(d))
}

/// `∫ |f − g|` for a `g` given by its ends on each of the intervals that begin at the cuts.
fn distance(f: &PiecewiseLinear, cuts: &[i64], ends: &[(i64, i64)]) -> BigRational {
    let all: Vec<i64> = [0].iter().chain(cuts).chain(&[1000]).copied().collect();
    let pieces = all.windows(2).zip(ends).map(|(interval, &(from, to))| {
        let knots = [rational(interval[0], 1000), rational(interval[1], 1000)];
        let part = f.restricted(&knots[0], &knots[1]).unwrap();
        let line =
            PiecewiseLinear::interpolate(knots.to_vec(), vec![rational(from, 100), rational(to, 100)]).unwrap();
        part.l1_distance(&line).unwrap()
    });
    pieces.fold(rational(0, 1), |sum, part| sum + part)
}

fn bound(k: u32, pieces: usize) -> BigRational {
    l1_error_at_least(k, &BigUint::from(pieces)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Continuous or not: any pieces with any ends.
    #[test]
    fn no_affine_pieces_come_nearer(
        k in 1u32..6, cuts in prop::collection::btree_set(1i64..1000, 0..20),
        ends in prop::collection::vec((-50i64..150, -50i64..150), 21),
    ) {
        let f = Sawtooth::new(k).unwrap().on_unit_interval().unwrap();
        let cuts: Vec<i64> = cuts.into_iter().collect();
        prop_assert!(distance(&f, &cuts, &ends) >= bound(k, cuts.len() + 1));
    }

    /// Shallow networks have few pieces, and stay away.
    #[test]
    fn networks_with_few_pieces_stay_away(widths in prop::collection::vec(1usize..4, 1..3), seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let layers: Vec<usize> = [&[1], &widths[..], &[1]].concat();
        let network = ReluNetwork::he_normal(&layers, 1.0, &mut || stream.normal()).unwrap();
        // Few bits, so that exact arithmetic is fast.
        let eighths = |x: f64| (8.0 * x).round() / 8.0;
        let coarse = network.layers().iter().map(|(weights, bias)| (weights.map(eighths), bias.map(eighths)));
        let coarse = ReluNetwork::new(coarse.collect()).unwrap();
        let found = Breakpoints::exactly(&coarse, rational(0, 1), rational(1, 1)).unwrap();
        let most = pieces_at_most(&widths.iter().map(|&n| n as u32).collect::<Vec<_>>());
        prop_assert!(BigUint::from(found.activation_regions()) <= most);
        let f = Sawtooth::new(5).unwrap().on_unit_interval().unwrap();
        prop_assert!(f.l1_distance(&found.output(0).unwrap()).unwrap() >= l1_error_at_least(5, &most).unwrap());
    }
}

/// The best pieces that dynamic programming finds are further away, for every number of pieces.
#[test]
fn the_best_pieces_are_further() {
    for k in 2..=4 {
        let sawtooth = Sawtooth::new(k).unwrap();
        let cells = 4u32 << k;
        let values: Vec<f64> =
            (0..2 * cells).map(|i| sawtooth.evaluate((f64::from(i) + 0.5) / f64::from(2 * cells))).collect();
        let errors = least_absolute_errors(&values, 2, 1 << k).unwrap();
        for (error, pieces) in errors.iter().zip(1..) {
            assert!(*error >= bound(k, pieces).to_f64(), "k = {k}, N = {pieces}: {error}");
        }
        assert_eq!(errors[(1 << k) - 1], 0.0);
    }
}

/// Half is the mean, and a quarter away: what a constant reaches.
#[test]
fn a_constant_is_a_quarter_away() {
    for k in 1..=8 {
        let f = Sawtooth::new(k).unwrap().on_unit_interval().unwrap();
        let knots = vec![rational(0, 1), rational(1, 1)];
        let half = PiecewiseLinear::interpolate(knots, vec![rational(1, 2); 2]).unwrap();
        assert_eq!(f.l1_distance(&half).unwrap(), rational(1, 4));
    }
}

#[test]
fn telgarskys_theorem_holds_with_room() {
    for k in 1..=6 {
        let separation = Separation::new(k).unwrap();
        assert_eq!((separation.layers(), separation.units()), (2 * k.pow(3) + 8, 3 * k.pow(3) + 12));
        assert_eq!(separation.sawtooth().depth(), k.pow(3) + 4);
        assert_eq!((separation.parameters(3), separation.shallow_layers()), (7, k));
        assert!(separation.l1_error_at_least() >= rational(1, 64), "k = {k}");
        // Equal widths, where they exist, are among the shallow networks.
        let width = (1u32 << k) / k;
        let most = pieces_at_most(&vec![width; k as usize]);
        let some = l1_error_at_least(separation.sawtooth().depth(), &most).unwrap();
        assert!(some >= separation.l1_error_at_least());
    }
}

/// Teeth: with as many pieces as the sawtooth has nothing may be claimed, and one jump a piece instead of two is too few.
#[test]
fn a_larger_bound_is_refuted() {
    for k in 1..=6 {
        assert_eq!(bound(k, 1 << k), rational(0, 1), "the sawtooth itself has 2^{k} pieces");
    }
    let f = Sawtooth::new(1).unwrap().on_unit_interval().unwrap();
    assert_eq!(distance(&f, &[500], &[(0, 100), (100, 0)]), rational(0, 1));
    let one_jump = |k: u32, pieces: i64| rational(1, 8) - rational(pieces - 1, 1 << (k + 3));
    let sawtooth = Sawtooth::new(4).unwrap();
    let values: Vec<f64> = (0..128).map(|i| sawtooth.evaluate((f64::from(i) + 0.5) / 128.0)).collect();
    let errors = least_absolute_errors(&values, 2, 16).unwrap();
    assert!(errors[15] < one_jump(4, 16).to_f64());
}

/// The units of one layer that come within 1/16 grow like those of the sawtooth's pieces, not of its units.
#[test]
fn shallow_networks_need_a_quarter_of_the_pieces() {
    let units: Vec<BigUint> = (2..=12).map(|k| shallow_units_at_least(k).unwrap()).collect();
    assert!(units.windows(2).all(|pair| pair[1] == &pair[0] * 2u32));
    assert_eq!(units[10], 1024u32.into());
}
