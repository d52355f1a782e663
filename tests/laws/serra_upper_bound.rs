//! `serra-upper-bound`: above the lower bound, below all patterns, and term by term what the theorem sums.

use num_bigint::BigUint;
use proptest::prelude::*;
use saddlepoint_theory::expressivity::depth_separation::pieces_at_most;
use saddlepoint_theory::expressivity::montufar::maximal_regions_at_least;
use saddlepoint_theory::expressivity::serra::maximal_regions_at_most;
use saddlepoint_theory::expressivity::zaslavsky::in_general_position;

fn at_most(inputs: u32, widths: &[u32]) -> BigUint {
    maximal_regions_at_most(inputs, widths).unwrap()
}

fn choose(n: u32, j: u32) -> BigUint {
    (1..=j).fold(BigUint::from(1u32), |c, i| c * (n - i + 1) / i)
}

/// The theorem's sum, one index set at a time. `units` is what is subtracted: the active ones.
fn enumerated(dimension: u32, widths: &[u32], remaining: impl Fn(u32, u32) -> u32 + Copy) -> BigUint {
    let Some((&n, rest)) = widths.split_first() else { return BigUint::from(1u32) };
    (0..=dimension.min(n))
        .map(|j| choose(n, j) * enumerated(dimension.min(remaining(n, j)), rest, remaining))
        .sum()
}

proptest! {
    #[test]
    fn it_is_the_theorems_sum(inputs in 1u32..6, widths in prop::collection::vec(0u32..7, 1..5)) {
        prop_assert_eq!(at_most(inputs, &widths), enumerated(inputs, &widths, |n, j| n - j));
    }

    #[test]
    fn it_lies_between_montufar_and_all_patterns(inputs in 1u32..6, extra in prop::collection::vec(0u32..20, 1..5)) {
        let widths: Vec<u32> = extra.iter().map(|n| n + inputs).collect();
        let bound = at_most(inputs, &widths);
        prop_assert!(maximal_regions_at_least(inputs, &widths).unwrap() <= bound);
        prop_assert!(bound <= BigUint::from(1u32) << widths.iter().sum::<u32>());
    }

    #[test]
    fn one_layer_is_zaslavskys_and_one_input_multiplies(inputs in 1u32..20, widths in prop::collection::vec(2u32..40, 1..6)) {
        prop_assert_eq!(at_most(inputs, &widths[..1]), in_general_position(inputs, widths[0]));
        prop_assert_eq!(at_most(1, &widths), pieces_at_most(&widths));
    }

    /// A single unit that is silent ends all division, so that a layer of one multiplies by less than two.
    #[test]
    fn single_units_allow_less_than_the_product(widths in prop::collection::vec(1u32..4, 2..6)) {
        let single = widths[..widths.len() - 1].contains(&1);
        prop_assert_eq!(at_most(1, &widths) < pieces_at_most(&widths), single);
    }

    /// Wider layers and more inputs can do what narrower ones and fewer can.
    #[test]
    fn it_grows_with_the_shape(
        inputs in 1u32..6, widths in prop::collection::vec(1u32..9, 1..5), at in any::<prop::sample::Index>(),
    ) {
        let mut wider = widths.clone();
        wider[at.index(widths.len())] += 1;
        prop_assert!(at_most(inputs, &wider) >= at_most(inputs, &widths));
        prop_assert!(at_most(inputs + 1, &widths) >= at_most(inputs, &widths));
    }
}

/// Teeth: that the silent units count for nothing is what makes it smaller than Zaslavsky's bound layer by layer, and reading the
/// index set the other way around is another number.
#[test]
fn weaker_sums_are_larger() {
    let product = |inputs: u32, widths: &[u32]| -> BigUint {
        widths.iter().map(|&n| in_general_position(inputs, n)).product()
    };
    assert!(at_most(2, &[3, 3]) < product(2, &[3, 3]));
    assert_eq!(product(2, &[3, 3]), 49u32.into());
    assert_ne!(enumerated(2, &[3, 3], |_, j| j), at_most(2, &[3, 3]));
    // Wide layers lose nothing.
    assert_eq!(at_most(2, &[10, 10]), product(2, &[10, 10]));
}
