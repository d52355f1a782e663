//! `cover-counting`: points in general position have Cover's number of dichotomies, others fewer.

use num_bigint::BigUint;
use proptest::prelude::*;
use saddlepoint_experiments::claims::cover_counting::gaussian;
use saddlepoint_theory::expressivity::dichotomies::Vectors;
use saddlepoint_theory::expressivity::zaslavsky::central;

fn both(points: &[Vec<i64>]) -> (usize, usize) {
    let vectors = Vectors::affine(points).unwrap();
    let mut search = vectors.dichotomies();
    let found = 2 * search.by_ref().count();
    assert_eq!(search.unproved(), 0);
    (found, vectors.without_broken_circuit().count())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn gaussian_points_have_covers_number(dimension in 1usize..=3, number in 1usize..=8, seed in any::<u64>()) {
        let points = gaussian(dimension, number, seed);
        // A coincidence on a grid of 2⁻²⁰ is one in 10⁵ draws or rarer; it is checked, not assumed.
        if let Ok(cover) = Vectors::affine(&points).unwrap().in_general_position() {
            let (found, counted) = both(&points);
            prop_assert_eq!(BigUint::from(found), cover.clone());
            prop_assert_eq!(BigUint::from(counted), cover);
        }
    }

    /// On a small grid points coincide and line up: both counts agree, and Cover's number is reached exactly in general
    /// position.
    #[test]
    fn degenerate_points_have_fewer(points in prop::collection::vec(prop::collection::vec(-2i64..=2, 2), 1..7)) {
        let (found, counted) = both(&points);
        prop_assert_eq!(found, counted);
        let most = central(3, points.len() as u32);
        let general = Vectors::affine(&points).unwrap().in_general_position().is_ok();
        prop_assert_eq!(BigUint::from(found) == most, general);
        prop_assert!(BigUint::from(found) <= most);
    }
}

/// Teeth: the positions of the catalogue that are not general.
#[test]
fn teeth_collinear_points_have_fewer() {
    let line = |on: i64| (0..4).map(|i| vec![i, if i < on { 2 * i } else { 1 }]).collect::<Vec<_>>();
    assert_eq!((both(&line(3)), both(&line(4)), both(&line(2))), ((12, 12), (8, 8), (14, 14)));
}

/// Half of all dichotomies at two points a weight, in every dimension.
#[test]
fn the_capacity_is_two_points_a_weight() {
    for weights in 1..200u32 {
        assert_eq!(central(weights, 2 * weights) * 2u32, BigUint::from(1u32) << (2 * weights));
    }
}
