//! `vc-relu-bound`: the forms bound what networks do, and are vacuous below their number of parameters. Their order, their growth and
//! random small networks are in `theorems/vc_dimension.rs`.

use proptest::prelude::*;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::certificate::Verdict as Certified;
use saddlepoint_theory::bounds::vc::VapnikChervonenkis;
use saddlepoint_theory::capacity::vc::piecewise_linear::Architecture;

use crate::evidence::{smoke, verdict, verdict_if};

proptest! {
    /// With fewer examples than parameters nothing is said, whatever the network.
    #[test]
    fn overparameterized_networks_have_vacuous_bounds(inputs in 1u64..1000, widths in prop::collection::vec(1u64..500, 1..4), share in 0.01..1.0f64) {
        let network = Architecture::fully_connected(inputs, &[widths, vec![1]].concat(), 1).unwrap();
        let n = (network.parameters() as f64 * share).ceil() as u64;
        prop_assert!(network.vc_dimension_bound() >= network.parameters());
        let bound = VapnikChervonenkis::with_log_growth(0.0, network.log_growth(2 * n), n, 0.05).unwrap().evaluate();
        prop_assert_eq!(bound.verdict(), Certified::Vacuous);
    }

    /// One unit more in any layer, or one layer more, never has a smaller bound.
    #[test]
    fn larger_networks_have_larger_bounds(inputs in 1u64..50, widths in prop::collection::vec(1u64..50, 1..4), at in any::<prop::sample::Index>()) {
        let bound = |widths: &[u64]| Architecture::fully_connected(inputs, &[widths, &[1]].concat(), 1).unwrap().product_form();
        let mut wider = widths.clone();
        wider[at.index(widths.len())] += 1;
        prop_assert!(bound(&wider) > bound(&widths));
        prop_assert!(bound(&[widths.clone(), vec![widths[0]]].concat()) > bound(&widths));
    }
}

/// Teeth: a network of k hidden units on the line takes all labels of k + 1 points, by a bend between any two; a bound that counted
/// its units alone, or half of them, would be false.
#[test]
fn a_bend_between_any_two_points_shatters_them() {
    let mut stream = Stream::new(3);
    for k in [2usize, 5, 9] {
        for _ in 0..50 {
            let labels: Vec<f64> = (0..=k).map(|_| stream.sign()).collect();
            // Through the labels at 0, 1, …, k: one unit a bend, the first on −1.
            let slope = |i: usize| labels[i + 1] - labels[i];
            let weight = |i: usize| if i == 0 { slope(0) } else { slope(i) - slope(i - 1) };
            let value = |x: f64| labels[0] + (0..k).map(|i| weight(i) * (x - i as f64).max(0.0)).sum::<f64>();
            assert!((0..=k).all(|i| value(i as f64) * labels[i] > 0.0));
        }
        let bound = Architecture::fully_connected(1, &[k as u64, 1], 1).unwrap().vc_dimension_bound();
        assert!(bound > k as u64);
    }
}

/// Teeth: a wrong digit of a form, and a gap that is informative on the digits, are caught.
#[test]
fn the_verdict_needs_values_and_vacuity() {
    let (id, runs) = ("vc-relu-bound", smoke("vc-relu-bound"));
    assert_eq!(verdict(id, &runs), Verdict::Reproduced);
    for pointer in ["/closed", "/implicit", "/product"] {
        assert_eq!(verdict_if(id, &runs, pointer, |x| x * 1.00001), Verdict::NotReproduced, "{pointer}");
    }
    let few: Vec<_> = runs
        .into_iter()
        .map(|(task, mut outcome)| {
            for row in outcome.pointer_mut("/deviations").unwrap().as_array_mut().unwrap() {
                row[2] = 0.5.into();
            }
            (task, outcome)
        })
        .collect();
    assert_eq!(verdict(id, &few), Verdict::NotReproduced);
}
