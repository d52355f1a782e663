//! `maurer-xi`: the moment is the same at every risk. By logarithms of factorials, and for losses inside [0, 1], it is in
//! `theorems/pac_bayes.rs`.

use proptest::prelude::*;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_theory::bounds::error_count::ErrorCount;
use saddlepoint_theory::bounds::pac_bayes::xi;
use saddlepoint_theory::quantity::{Risk, SampleSize};

use crate::evidence::{smoke, verdict, verdict_if};

fn size(n: u64) -> SampleSize {
    SampleSize::new(n).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_moment_does_not_depend_on_the_risk(n in 1u64..150, p in 0.02..0.98f64) {
        let moment = ErrorCount::new(size(n), Risk::new(p).unwrap()).unwrap().moment();
        let xi = xi(size(n));
        prop_assert!(moment.low() <= xi && xi <= moment.high() * (1.0 + 1e-12), "{moment} {xi}");
        prop_assert!(moment.width() <= 1e-9 * xi);
    }

    #[test]
    fn it_lies_between_one_root_and_two_and_grows(n in 2u64..5000) {
        let root = (n as f64).sqrt();
        prop_assert!(root <= xi(size(n)) && xi(size(n)) <= 2.0 * root);
        prop_assert!(xi(size(n)) < xi(size(n + 1)) * (1.0 + 1e-13));
    }
}

/// Teeth: the constants of both sides are needed. At n = 1 the moment is 2, so that 1.99 √n is too small; and for many observations
/// nothing below √(π/2) √n holds, nor is 1.26 √n exceeded.
#[test]
fn weakened_roots_are_caught() {
    assert!(xi(size(1)) > 1.99 && xi(size(2)) > 1.75 * 2f64.sqrt());
    let ratio = xi(size(10_000)) / 100.0;
    assert!(ratio > std::f64::consts::FRAC_PI_2.sqrt() && ratio < 1.261, "{ratio}");
}

/// Teeth: a digit of a value, and a moment that depends on the risk.
#[test]
fn the_verdict_needs_values_and_moments() {
    let (id, runs) = ("maurer-xi", smoke("maurer-xi"));
    assert_eq!(verdict(id, &runs), Verdict::Reproduced);
    assert_eq!(verdict_if(id, &runs, "/low", |x| x * 1.001), Verdict::NotReproduced);
    assert_eq!(verdict_if(id, &runs, "/bounds/0", |x| x * 2.0), Verdict::NotReproduced);
    // The first value is that of one observation, 2.
    assert_eq!(verdict_if(id, &runs, "/xi", |x| x + 1e-9), Verdict::NotReproduced);
}
