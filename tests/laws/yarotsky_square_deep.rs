//! `yarotsky-square-deep`: the square by sawtooths is its interpolant, exactly, and its error is known to the bit.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::interpolation::Interpolant;
use saddlepoint_theory::expressivity::segmented_fit::least_absolute_errors;
use saddlepoint_theory::expressivity::yarotsky::Square;

fn square(m: u32) -> Square {
    Square::new(m).unwrap()
}

proptest! {
    #[test]
    fn it_is_the_interpolant_at_dyadic_points(m in 0u32..7, n in 0i64..=1_000_003) {
        let x = BigRational::new(BigInt::from(n), BigInt::from(1_000_003));
        let interpolant = Interpolant::of(1 << m, |x: BigRational| &x * &x).unwrap();
        prop_assert_eq!(square(m).evaluate(x.clone()), interpolant.between_values(x));
    }

    #[test]
    fn its_error_lies_between_zero_and_the_bound(m in 0u32..40, n in 0i64..=1_000_003) {
        let x = BigRational::new(BigInt::from(n), BigInt::from(1_000_003));
        let error = square(m).evaluate(x.clone()) - &x * &x;
        prop_assert!(error >= BigRational::integer(0));
        prop_assert!(error <= BigRational::new(1.into(), BigInt::from(1) << (2 * m + 2)));
    }

    /// Dyadic inputs need no rounding as long as their squares fit.
    #[test]
    fn f64_is_exact_on_dyadic_inputs(m in 0u32..=8, j in 0u32..=1 << 20) {
        let x = BigRational::new(j.into(), (1u32 << 20).into());
        prop_assert_eq!(square(m).evaluate(f64::from(j) / f64::from(1 << 20)), square(m).evaluate(x).to_f64());
    }
}

#[test]
fn the_error_is_attained_in_every_cell() {
    for m in 0..=8 {
        for k in 0..1u32 << m {
            let x = (f64::from(k) + 0.5) / f64::from(1u32 << m);
            assert_eq!(square(m).evaluate(x) - x * x, square(m).error(), "m = {m}, cell {k}");
        }
    }
}

/// Fewer pieces than the theorem demands cannot be so close: even the mean error of the best of them shows it.
#[test]
fn shallow_networks_need_exponentially_many_units() {
    for m in 1..=12 {
        let units = square(m).shallow_units_at_least();
        let pieces = |units: f64| units + 1.0;
        // 1/(8p²) ≤ 4^(−m−1) from there on, and not before.
        let least = |p: f64| 1.0 / (8.0 * p * p);
        assert!(least(pieces(units)) <= square(m).error());
        assert!(units < 1.0 || least(pieces(units - 1.0)) > square(m).error());
        assert!(square(m).units() == 5 * m && square(m).layers() == 2 * m);
    }
    assert!(square(12).shallow_units_at_least() > 2800.0 && square(12).units() == 60);
}

/// Teeth: half of the error, or one sawtooth less, is refuted; and on a grid the best p pieces have a mean error that is a part of
/// 1/(8p²) which no factor of two allows for.
#[test]
fn a_smaller_error_is_refuted() {
    for m in 1..=8 {
        let x = 0.5f64.powi(m + 1);
        let error = square(m as u32).evaluate(x) - x * x;
        assert!(error > square(m as u32).error() / 2.0);
        assert!(square(m as u32 - 1).evaluate(x) - x * x > error);
    }
    let values: Vec<f64> = (0..128).map(|i| ((f64::from(i) + 0.5) / 128.0).powi(2)).collect();
    let errors = least_absolute_errors(&values, 2, 8).unwrap();
    for (error, p) in errors.iter().zip(1u32..) {
        let sup = 1.0 / (8.0 * f64::from(p * p));
        assert!(*error > sup / 2.5 && *error < sup, "{p} pieces: {error} {sup}");
    }
}
