//! Test-set bounds and finite classes: exact coverage over all risks, and what a weakened bound does.

use proptest::prelude::*;
use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::bounds::finite_class::FiniteClass;
use saddlepoint_theory::bounds::hoeffding::Hoeffding;
use saddlepoint_theory::bounds::kl_test_set::KlTestSet;

use super::binomial::worst_failure;

fn exact(k: u64, n: u64, delta: f64) -> f64 {
    ClopperPearson::new(k, n, delta).unwrap().evaluate().value()
}

fn kl(k: u64, n: u64, delta: f64) -> f64 {
    KlTestSet::of_errors(k, n, delta).unwrap().evaluate().value()
}

fn hoeffding(k: u64, n: u64, delta: f64) -> f64 {
    Hoeffding::of_errors(k, n, delta).unwrap().evaluate().value()
}

/// The catalogue's failure probabilities. Teeth: an error less, half of the budget (`√δ` is `δ` with half of its logarithm), half
/// of the deviation.
#[test]
fn the_coverage_is_sharp_and_that_of_weakened_bounds_fails() {
    for (n, [of_exact, of_kl, of_hoeffding]) in
        [(20, [0.04992, 0.04897, 0.01240]), (100, [0.04998, 0.04755, 0.00904]), (500, [0.05, 0.04934, 0.00785])]
    {
        let failure = |bound: fn(u64, u64, f64) -> f64| worst_failure(n, 1000, |k| bound(k, n, 0.05));
        for (found, reference) in
            [(failure(exact), of_exact), (failure(kl), of_kl), (failure(hoeffding), of_hoeffding)]
        {
            assert!((found - reference).abs() <= 5.1e-6 && found <= 0.05 + 1e-12, "{n}: {found} {reference}");
        }
        let off_by_one = |k: u64| if k == 0 { 0.0 } else { exact(k - 1, n, 0.05) };
        // It says 0 where no error is seen, which at the smallest risk is likely: 0.980, 0.905 and 0.606.
        assert!(worst_failure(n, 1000, off_by_one) >= 0.999f64.powi(n as i32) - 1e-12, "{n}");
        assert!(worst_failure(n, 1000, |k| kl(k, n, 0.05f64.sqrt())) > 0.05, "{n}");
        let halved = |k: u64| f64::midpoint(hoeffding(k, n, 0.05), k as f64 / n as f64);
        assert!(worst_failure(n, 1000, halved) > 0.05, "{n}");
    }
}

proptest! {
    #[test]
    fn the_bounds_are_ordered(n in 1u64..100_000, part in 0.0..=1.0f64, delta in 1e-12..0.5f64) {
        let k = (part * n as f64) as u64;
        let [exact, kl, hoeffding] = [exact, kl, hoeffding].map(|bound| bound(k, n, delta));
        prop_assert!(exact <= kl && kl <= hoeffding, "{exact} {kl} {hoeffding}");
    }
}

/// The best of independent hypotheses of equal risk. Teeth: without the price of the class, it fails; Hoeffding's bound has a
/// factor to spare, so that a class must be large enough to exhaust it.
#[test]
fn a_finite_class_is_covered_and_without_its_size_it_is_not() {
    for (size, n) in [(2u64, 20), (30, 50), (1000, 200)] {
        let failure = |price: u64| {
            let bound = |k| FiniteClass::new(k as f64 / n as f64, price, n, 0.05).unwrap().evaluate().value();
            // The chance that any of the independent hypotheses fails grows with that of one.
            -(size as f64 * (-worst_failure(n, 200, bound)).ln_1p()).exp_m1()
        };
        assert!(failure(size) <= 0.05, "{size} {n}");
        assert!(size < 30 || failure(1) > 0.15, "{size} {n}");
    }
}
