//! `pac-bayes-ordering`: which bound is below which, and at which temperature. Coverage, monotonicity and the unpaid grid's moment are in
//! `theorems/pac_bayes.rs`.

use proptest::prelude::*;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_theory::bounds::catoni::{self, Catoni, best_temperature};
use saddlepoint_theory::bounds::maurer::Maurer;
use saddlepoint_theory::bounds::mcallester::McAllester;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
use saddlepoint_theory::bounds::split::Split;
use saddlepoint_theory::quantity::Risk;

use crate::evidence::{smoke, verdict, verdict_if};

const DELTA: f64 = 0.05;

fn catoni(q: f64, kl: f64, n: u64, temperatures: &[f64]) -> f64 {
    let split = Split::unseen(n).unwrap();
    Catoni::new(GibbsRisk::exact(q).unwrap(), kl, split, DELTA, temperatures).unwrap().evaluate().value()
}

fn infimum(q: f64, kl: f64, n: u64) -> Risk {
    catoni::infimum(Risk::new(q).unwrap(), kl, n, DELTA).unwrap()
}

proptest! {
    /// The infimum is attained at the difference of log odds, and a little to either side it is not.
    #[test]
    fn the_best_temperature_is_the_difference_of_log_odds(q in 1e-3..0.7f64, kl in 0.0..500.0f64, n in 50u64..100_000) {
        let p = infimum(q, kl, n);
        prop_assume!(p.get() < 0.999);
        let best = best_temperature(Risk::new(q).unwrap(), p);
        prop_assert!(best > 0.0);
        let found = catoni(q, kl, n, &[best]);
        prop_assert!((found - p.get()).abs() < 1e-7, "{found} {}", p.get());
        for factor in [0.8, 1.25] {
            prop_assert!(catoni(q, kl, n, &[best * factor]) > found - 1e-13);
        }
    }

    /// What Maurer's bound pays beyond the infimum is ln(2√n), and that is all.
    #[test]
    fn the_infimum_is_below_maurer_which_is_below_mcallester(q in 0.0..=1.0f64, kl in 0.0..500.0f64, n in 1u64..100_000) {
        let of = || (GibbsRisk::exact(q).unwrap(), Split::unseen(n).unwrap());
        let ((gibbs, split), (same, again)) = (of(), of());
        let maurer = Maurer::new(gibbs, kl, split, DELTA, Moment::TwoRoots).unwrap().evaluate().value();
        let mcallester = McAllester::new(same, kl, again, DELTA, Moment::TwoRoots).unwrap().evaluate().value();
        prop_assert!(infimum(q, kl, n).get() <= maurer * (1.0 + 1e-14) && maurer <= mcallester * (1.0 + 1e-14));
    }
}

/// Teeth: McAllester's root with a factor of 0.4 in the place of ½ is below Maurer's bound somewhere, near ½ and with many observations.
#[test]
fn a_smaller_root_breaks_the_order() {
    let (q, kl, n) = (0.45, 10.0, 1_000_000);
    let of = || (GibbsRisk::exact(q).unwrap(), Split::unseen(n).unwrap());
    let ((gibbs, split), (same, again)) = (of(), of());
    let maurer = Maurer::new(gibbs, kl, split, DELTA, Moment::TwoRoots).unwrap().evaluate().value();
    let mcallester = McAllester::new(same, kl, again, DELTA, Moment::TwoRoots).unwrap().evaluate().value();
    assert!(maurer <= mcallester && q + (mcallester - q) * 0.8f64.sqrt() < maurer);
}

/// Teeth: a digit, an order that is broken, a grid that pays nothing.
#[test]
fn the_verdict_needs_values_order_and_price() {
    let (id, runs) = ("pac-bayes-ordering", smoke("pac-bayes-ordering"));
    assert_eq!(verdict(id, &runs), Verdict::Reproduced);
    assert_eq!(verdict_if(id, &runs, "/bounds/1", |x| x * (1.0 + 1e-8)), Verdict::NotReproduced);
    assert_eq!(verdict_if(id, &runs, "/violations/0", |_| 1.0), Verdict::NotReproduced);
    assert_eq!(verdict_if(id, &runs, "/grid", |x| x * 0.9), Verdict::NotReproduced);
}
