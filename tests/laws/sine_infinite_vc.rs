//! `sine-infinite-vc`: one parameter realizes any labels. Up to nine points and the failure of floats at sixteen are in
//! `theorems/vc_dimension.rs`.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_theory::capacity::vc::sine::{frequency, is_positive, points, signs_in_floats};

use crate::evidence::{smoke, verdict, verdict_if};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Far beyond what floats hold.
    #[test]
    fn any_labels_of_any_number_of_points(labels in prop::collection::vec(any::<bool>(), 1..120)) {
        let omega = frequency(&labels).unwrap();
        let signs: Vec<bool> = points(labels.len()).unwrap().iter().map(|x| is_positive(&omega, x)).collect();
        prop_assert_eq!(signs, labels);
    }

    #[test]
    fn floats_are_enough_up_to_fifteen_points(labels in prop::collection::vec(any::<bool>(), 1..=15)) {
        prop_assert_eq!(signs_in_floats(&labels), labels);
    }

    /// Teeth: a change of one digit changes that label; a frequency without the 1 puts points on zeros of the sine.
    #[test]
    fn every_digit_counts(labels in prop::collection::vec(any::<bool>(), 2..40), at in any::<prop::sample::Index>()) {
        let i = at.index(labels.len());
        let mut other = labels.clone();
        other[i] = !other[i];
        let (omega, at) = (frequency(&other).unwrap(), points(labels.len()).unwrap());
        prop_assert!(is_positive(&omega, &at[i]) != labels[i]);
        let without = frequency(&vec![true; labels.len()]).unwrap() - BigRational::from_integer(BigInt::from(1));
        prop_assert!(at.iter().all(|x| !is_positive(&without, x)));
    }

    /// Teeth: the points must be such as these. At x = 1, 2, 3, 4 the labels + + − + are missed: the first two put ω between 0 and
    /// π/2, the third then above π/3, and there sin 4ω < 0.
    #[test]
    fn four_equally_spaced_points_are_not_shattered(omega in 0u32..2000) {
        let omega = BigRational::new(BigInt::from(omega), BigInt::from(1000));
        let sign = |x: i32| is_positive(&omega, &BigRational::from_integer(BigInt::from(x)));
        prop_assert!([1, 2, 3, 4].map(sign) != [true, true, false, true]);
    }
}

/// Teeth: a missed label and a gap below the root are caught.
#[test]
fn the_verdict_needs_every_label_and_the_gap() {
    let (id, runs) = ("sine-infinite-vc", smoke("sine-infinite-vc"));
    assert_eq!(verdict(id, &runs), Verdict::Reproduced);
    assert_eq!(verdict_if(id, &runs, "/missed", |_| 1.0), Verdict::NotReproduced);
    assert_eq!(verdict_if(id, &runs, "/risk", |risk| risk / 3.0), Verdict::NotReproduced);
    assert_eq!(verdict_if(id, &runs, "/training", |_| 0.05), Verdict::NotReproduced);
}
