//! `test-set-bound`: valid at every risk by exact sums, ordered. Worst failures by logarithms of factorials, and weakened bounds, are
//! in `theorems/test_set_bounds.rs`.

use proptest::prelude::*;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::error_count::ErrorCount;
use saddlepoint_theory::bounds::hoeffding::Hoeffding;
use saddlepoint_theory::bounds::kl_test_set::KlTestSet;
use saddlepoint_theory::quantity::{Risk, SampleSize};

use super::theorems::binomial::worst_failure;
use crate::evidence::{smoke, verdict, verdict_if};

fn bounds(k: u64, n: u64, delta: f64) -> [f64; 3] {
    [
        ClopperPearson::new(k, n, delta).unwrap().evaluate().value(),
        KlTestSet::of_errors(k, n, delta).unwrap().evaluate().value(),
        Hoeffding::of_errors(k, n, delta).unwrap().evaluate().value(),
    ]
}

fn law(n: u64, p: f64) -> ErrorCount {
    ErrorCount::new(SampleSize::new(n).unwrap(), Risk::new(p).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_bound_fails_too_often_at_any_risk(n in 1u64..120, p in 0.0..=1.0f64, delta in 1e-6..0.5f64) {
        let all: Vec<[f64; 3]> = (0..=n).map(|k| bounds(k, n, delta)).collect();
        for i in 0..3 {
            let column: Vec<f64> = all.iter().map(|bounds| bounds[i]).collect();
            prop_assert!(law(n, p).failure(&column).unwrap().low() <= delta, "{i}");
        }
    }

    /// Just above what it says for k errors, Clopper and Pearson's bound fails exactly when at most k are seen: with probability δ.
    #[test]
    fn the_exact_bound_is_sharp_at_its_own_values(n in 1u64..120, k in any::<prop::sample::Index>(), delta in 1e-6..0.5f64) {
        let k = k.index(n as usize) as u64;
        let column: Vec<f64> = (0..=n).map(|k| bounds(k, n, delta)[0]).collect();
        let p = column[k as usize].next_up();
        prop_assume!(p < 1.0);
        let failure = law(n, p).failure(&column).unwrap();
        prop_assert!((failure.midpoint() / delta - 1.0).abs() < 1e-9, "{failure} {delta}");
    }

    #[test]
    fn the_bounds_are_ordered(n in 1u64..3000, k in any::<prop::sample::Index>(), delta in 1e-9..0.5f64) {
        let [exact, kl, hoeffding] = bounds(k.index(n as usize + 1) as u64, n, delta);
        prop_assert!(exact <= kl * (1.0 + 1e-14) && kl <= hoeffding * (1.0 + 1e-14));
    }
}

/// Two ways to the same sums: ratios of neighbours here, logarithms of factorials there. Teeth: with 0.99 δ in the place of δ the
/// exact bound's worst failure stays below, so that the grid resolves a hundredth.
#[test]
fn both_ways_of_summing_agree() {
    let exact = |delta: f64| (0..=60).map(|k| bounds(k, 60, delta)[0]).collect::<Vec<f64>>();
    let worst = |column: &[f64]| {
        let at = |i: i32| law(60, f64::from(i) / 1000.0).failure(column).unwrap().midpoint();
        (1..1000).map(at).fold(0.0, f64::max)
    };
    let found = worst(&exact(0.05));
    assert!((found - worst_failure(60, 1000, |k| bounds(k, 60, 0.05)[0])).abs() < 1e-12);
    assert!(found > 0.0495 && worst(&exact(0.0495)) <= 0.0495);
}

/// Teeth: a digit, a failure above δ, a bound that is not sharp and an off-by-one that is not caught.
#[test]
fn the_verdict_needs_values_validity_and_sharpness() {
    let (id, runs) = ("test-set-bound", smoke("test-set-bound"));
    assert_eq!(verdict(id, &runs), Verdict::Reproduced);
    assert_eq!(verdict_if(id, &runs, "/values/0", |x| x * (1.0 + 1e-8)), Verdict::NotReproduced);
    assert_eq!(verdict_if(id, &runs, "/rows/500/3", |_| 0.0501), Verdict::NotReproduced);
    for (column, value) in [(1, 0.04), (2, 0.04), (4, 0.5)] {
        let weak: Vec<_> = runs
            .iter()
            .cloned()
            .map(|(task, mut outcome)| {
                for row in
                    outcome.pointer_mut("/rows").and_then(|rows| rows.as_array_mut()).into_iter().flatten()
                {
                    row[column] = value.into();
                }
                (task, outcome)
            })
            .collect();
        assert_eq!(verdict(id, &weak), Verdict::NotReproduced, "{column}");
    }
}
