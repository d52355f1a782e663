//! `pac-bayes-linear`: the bound covers, and pays for everything that is chosen. Its closed form against draws, and coverage, are in
//! `theorems/linear_gibbs.rs`; ridge regression is tested beside its code.

use proptest::prelude::*;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::linear_gibbs::{LinearGibbs, normalized_margin};
use saddlepoint_theory::bounds::pac_bayes::Moment;

use crate::evidence::{smoke, verdict, verdict_if};

fn grid() -> Vec<f64> {
    (-2..=16).map(|k| (f64::from(k) / 2.0).exp2()).collect()
}

fn bound(margins: &[f64], lengths: &[f64]) -> f64 {
    LinearGibbs::new(margins, lengths, 0.05, Moment::TwoRoots).unwrap().evaluate().value()
}

proptest! {
    /// What is better for every example is better for the bound; one length more costs something and may gain more.
    #[test]
    fn larger_margins_have_smaller_bounds(margins in prop::collection::vec(-0.5..0.9f64, 5..80), more in 0.0..0.1f64) {
        let better: Vec<f64> = margins.iter().map(|margin| margin + more).collect();
        prop_assert!(bound(&better, &grid()) <= bound(&margins, &grid()) * (1.0 + 1e-12));
        let shorter = &grid()[..10];
        prop_assert!(bound(&margins, &grid()) <= bound(&margins, shorter).max(1.0) * 1.5);
        let repeated = [&grid()[..], &grid()].concat();
        prop_assert!(bound(&margins, &repeated) >= bound(&margins, &grid()));
    }

    /// The Gibbs error by its definition: random weights, counted.
    #[test]
    fn the_gibbs_error_is_that_of_random_weights(angle in 0.1..3.0f64, length in 0.2..4.0f64) {
        let (w, x) = ([1.0, 0.0], [angle.cos(), angle.sin()]);
        let margin = normalized_margin(&w, &x, true).unwrap();
        let certificate = LinearGibbs::new(&[margin], &[length], 0.05, Moment::TwoRoots).unwrap().evaluate();
        let exact = certificate.terms()[0].value;
        // One seed, the same for every case.
        let (mut stream, draws) = (Stream::new(4), 4000);
        let wrong = (0..draws).filter(|_| {
            let drawn = [length * w[0] + stream.normal(), length * w[1] + stream.normal()];
            drawn[0] * x[0] + drawn[1] * x[1] <= 0.0
        });
        let share = wrong.count() as f64 / f64::from(draws);
        prop_assert!((share - exact).abs() < 5.0 * (0.25 / f64::from(draws)).sqrt(), "{share} {exact}");
    }
}

/// Teeth: a direction that is no better than any other has a bound above one half, whatever the length.
#[test]
fn nothing_learned_is_not_certified() {
    let mut stream = Stream::new(11);
    for n in [50, 300, 1400] {
        let coins: Vec<f64> = (0..n).map(|_| 0.3 * stream.sign()).collect();
        assert!(bound(&coins, &grid()) > 0.5, "{n}");
    }
}

/// Teeth: a digit, a bound below the truth, and dimension bounds that say something.
#[test]
fn the_verdict_needs_values_validity_and_the_contrast() {
    let (id, runs) = ("pac-bayes-linear", smoke("pac-bayes-linear"));
    assert_eq!(verdict(id, &runs), Verdict::Reproduced);
    assert_eq!(verdict_if(id, &runs, "/bound", |x| x + 2e-6), Verdict::NotReproduced);
    assert_eq!(verdict_if(id, &runs, "/vc", |_| 0.9), Verdict::NotReproduced);
    assert_eq!(verdict_if(id, &runs, "/confidence", |_| 0.9), Verdict::NotReproduced);
    let unlucky: Vec<_> = runs
        .into_iter()
        .map(|(task, mut outcome)| {
            for row in outcome.pointer_mut("/lengths").unwrap().as_array_mut().unwrap() {
                row[3] = 0.45.into();
            }
            (task, outcome)
        })
        .collect();
    assert_eq!(verdict(id, &unlucky), Verdict::NotReproduced);
}
