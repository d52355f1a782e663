//! `ridge-identities`: a product is a sum of powers of linear functions.

use num_bigint::BigInt;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::ridge::product;

proptest! {
    #[test]
    fn the_sum_is_the_product(x in prop::collection::vec(-1.0..=1.0f64, 1..=8)) {
        prop_assert!((product(&x).unwrap() - x.iter().product::<f64>()).abs() <= 1e-13);
    }

    /// Small integers leave no rounding but that of the last division.
    #[test]
    fn integers_are_exact(x in prop::collection::vec(-9i32..=9, 1..=7)) {
        let exact: i32 = x.iter().product();
        let numbers: Vec<f64> = x.iter().map(|&x| x.into()).collect();
        prop_assert!((product(&numbers).unwrap() - f64::from(exact)).abs() <= 1e-9);
    }

    /// The identity itself, in integers of any size: `d! 2^(d−1)` times the product is the sum.
    #[test]
    fn the_identity_holds_in_integers(x in prop::collection::vec(-1_000_000i64..1_000_000, 1..=8)) {
        let d = x.len() as u32;
        let sum: BigInt = (0..1u32 << (d - 1)).map(|bits| {
            let sign = |i: u32| if i > 0 && bits >> (i - 1) & 1 == 1 { -1i64 } else { 1 };
            let direction: i64 = x.iter().zip(0..).map(|(x, i)| sign(i) * x).sum();
            let parity: i64 = (0..d).map(sign).product();
            BigInt::from(direction).pow(d) * parity
        }).sum();
        let factor = (1..=d).map(BigInt::from).product::<BigInt>() << (d - 1);
        prop_assert_eq!(sum, factor * x.iter().map(|&x| BigInt::from(x)).product::<BigInt>());
    }

    #[test]
    fn order_does_not_matter(x in prop::collection::vec(-1.0..=1.0f64, 2..=8), seed in any::<u64>()) {
        let order = Stream::new(seed).permutation(x.len());
        let shuffled: Vec<f64> = order.iter().map(|&i| x[i]).collect();
        prop_assert!((product(&x).unwrap() - product(&shuffled).unwrap()).abs() <= 1e-13);
    }
}

/// Teeth: one direction less is caught, as is a sign.
#[test]
fn a_missing_direction_is_caught() {
    let (x, y) = (0.7f64, -0.4f64);
    let whole = 0.25 * ((x + y).powi(2) - (x - y).powi(2));
    assert!((product(&[x, y]).unwrap() - whole).abs() < 1e-16);
    assert!((product(&[x, y]).unwrap() - 0.25 * (x + y).powi(2)).abs() > 1e-2);
    assert!((product(&[x, y]).unwrap() - 0.25 * ((x + y).powi(2) + (x - y).powi(2))).abs() > 1e-2);
}
