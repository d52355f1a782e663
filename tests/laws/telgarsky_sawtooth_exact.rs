//! `telgarsky-sawtooth-exact`: network, closed form and piecewise linear function are one, in exact arithmetic.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::piecewise_linear::PiecewiseLinear;
use saddlepoint_theory::expressivity::sawtooth::Sawtooth;

fn sawtooth(k: u32) -> Sawtooth {
    Sawtooth::new(k).unwrap()
}

fn half() -> BigRational {
    rational(1, 2)
}

fn rational(numerator: i64, denominator: i64) -> BigRational {
    BigRational::new(BigInt::from(numerator), BigInt::from(denominator))
}

fn any_rational() -> impl Strategy<Value = BigRational> {
    (-1_000_000_000..2_000_000_000i64, 1..1_000_000_000i64).prop_map(|(n, d)| rational(n, d))
}

proptest! {
    #[test]
    fn the_network_is_its_closed_form(x in any_rational(), k in 1u32..200) {
        prop_assert_eq!(sawtooth(k).evaluate(x.clone()), sawtooth(k).closed_form(&x));
    }

    #[test]
    fn composition_adds_depths(x in any_rational(), a in 1u32..40, b in 1u32..40) {
        prop_assert_eq!(sawtooth(a + b).evaluate(x.clone()), sawtooth(a).evaluate(sawtooth(b).evaluate(x)));
    }

    #[test]
    fn it_is_symmetric_about_one_half(x in any_rational(), k in 1u32..100) {
        let mirrored = rational(1, 1) - &x;
        prop_assert_eq!(sawtooth(k).evaluate(x), sawtooth(k).evaluate(mirrored));
    }

    #[test]
    fn its_pieces_are_its_closed_form(numerator in 0..=1_000_000i64, k in 1u32..=6) {
        let x = rational(numerator, 1_000_000);
        prop_assert_eq!(sawtooth(k).on_unit_interval().unwrap().at(&x), Some(sawtooth(k).closed_form(&x)));
    }

    #[test]
    fn f64_is_exact_on_dyadic_inputs(j in 0u32..=1 << 20, k in 1u32..=30) {
        let exact = sawtooth(k).closed_form(&rational(j.into(), 1 << 20));
        prop_assert_eq!(sawtooth(k).evaluate(f64::from(j) / f64::from(1 << 20)), exact.to_f64());
    }

    #[test]
    fn a_network_piece_by_piece_is_the_network(values in prop::collection::vec(-9i64..9, 2..9)) {
        let knots = (0..values.len() as i64).map(|i| rational(i, 1)).collect();
        let f = PiecewiseLinear::interpolate(knots, values.iter().map(|&v| rational(v, 1)).collect()).unwrap();
        for x in (0..=8 * (values.len() as i64 - 1)).map(|i| rational(i, 8)) {
            let y = f.at(&x).unwrap();
            prop_assert_eq!(f.relu().at(&x), Some(y.clone().relu()));
            prop_assert_eq!(f.minus(&f.relu()).unwrap().at(&x), Some(&y - y.clone().relu()));
        }
    }
}

#[test]
fn the_counts() {
    for k in 1..=8 {
        let f = sawtooth(k).on_unit_interval().unwrap();
        assert_eq!((f.pieces(), f.peaks(), f.crossings(&half())), (1 << k, 1 << (k - 1), 1 << k), "k = {k}");
        assert_eq!(f.integral(), half());
    }
}

/// The outer relu of each block only matters outside [0, 1]: there it makes the function 0.
#[test]
fn outside_the_unit_interval_it_is_zero() {
    for k in 1..20 {
        for x in [-7.0, -1e-9, 1.0 + 1e-9, 42.0] {
            assert!(sawtooth(k).evaluate(x) <= 2f64.powi(k as i32) * 1e-8 && sawtooth(k).evaluate(x) >= 0.0);
        }
        assert_eq!((sawtooth(k).evaluate(-7.0), sawtooth(k).evaluate(42.0)), (0.0, 0.0));
    }
}

/// Teeth: a slope that is off in the ninth digit has as many pieces but is not the closed form; and a level that is
/// not crossed by every tooth counts fewer.
#[test]
fn a_blunted_tooth_is_caught() {
    let [zero, two, four] = [0, 2, 4].map(BigRational::integer);
    let blunt = &two - rational(1, 1_000_000_000);
    let line = PiecewiseLinear::identity(zero.clone(), rational(1, 1)).unwrap();
    let once = |f: &PiecewiseLinear| {
        let folding = f.affine(&four, &-&two).relu();
        f.affine(&blunt, &zero).relu().minus(&folding).unwrap().relu()
    };
    let twice = once(&once(&line));
    assert_ne!(twice.at(&half()), Some(sawtooth(2).closed_form(&half())));
    assert_ne!(twice, sawtooth(2).on_unit_interval().unwrap());
    assert_eq!(sawtooth(3).on_unit_interval().unwrap().crossings(&rational(1, 1)), 0);
}

/// Teeth: floating point loses a third, where the catalogue says.
#[test]
fn floating_point_loses_a_third() {
    for (k, value) in [(50, 0.6875), (53, 0.5), (60, 0.0)] {
        assert_eq!(sawtooth(k).evaluate(1.0f64 / 3.0), value, "k = {k}");
        assert_eq!(sawtooth(k).evaluate(rational(1, 3)), rational(2, 3));
    }
    let single = |k| sawtooth(k).evaluate(1.0f32 / 3.0);
    assert!((single(12) - 0.6666).abs() < 1e-4 && single(12) != 2.0 / 3.0);
    assert!((26..40).all(|k| single(k) == 0.0));
}
