//! `baldi-hornik-no-spurious`: descent reaches the global minimum, from everywhere but the saddles themselves.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::critical::section;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use serde_json::json;

/// Whitened data with targets `diag(3, 2, 1, 0.5)` and two hidden units: `f* = 1 + 0.25`.
fn whitened() -> TwoLayerLinear {
    let targets = DMatrix::from_diagonal(&DVector::from_row_slice(&[3.0, 2.0, 1.0, 0.5]));
    TwoLayerLinear::new(DMatrix::identity(4, 4), targets, 2).unwrap()
}

fn descend(network: &TwoLayerLinear, start: &[f64]) -> f64 {
    let descent = GradientDescent::new(0.04, StopRule { steps: 20_000, gradient_norm: 1e-9 }).unwrap();
    network.value(&descent.run(network, start).unwrap().point).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_start_ends_at_the_global_minimum(seed in any::<u64>(), scale in 0.05f64..0.6) {
        let (network, mut stream) = (whitened(), Stream::new(seed));
        let start: Vec<f64> = (0..network.dimension()).map(|_| scale * stream.normal()).collect();
        let loss = descend(&network, &start);
        prop_assert!((loss - 1.25).abs() < 1e-8, "{loss}");
    }

    /// So does every start next to a saddle: each has a way down.
    #[test]
    fn a_start_beside_a_saddle_leaves_it(seed in any::<u64>(), choice in any::<prop::sample::Index>()) {
        let (network, mut stream) = (whitened(), Stream::new(seed));
        let strata = Strata::of(&network).unwrap();
        let sets: Vec<_> = strata.all().into_iter().filter(|set| *set != [0, 1]).collect();
        let set = choice.get(&sets);
        let start: Vec<f64> =
            strata.balanced(set).unwrap().iter().map(|x| x + 1e-3 * stream.normal()).collect();
        let loss = descend(&network, &start);
        prop_assert!((loss - 1.25).abs() < 1e-8, "{set:?}: {loss}");
    }

    /// Where descent ends an orbit of minima is proved, on a section across it; the same certificate of other data is none.
    #[test]
    fn ends_are_certified_up_to_the_symmetry(seed in any::<u64>()) {
        let (network, mut stream) = (whitened(), Stream::new(seed));
        let start: Vec<f64> = (0..network.dimension()).map(|_| 0.3 * stream.normal()).collect();
        let descent = GradientDescent::new(0.04, StopRule { steps: 20_000, gradient_norm: 1e-9 }).unwrap();
        let end = descent.run(&network, &start).unwrap().point;
        let found = section::certify_near(&network, &end).unwrap();
        prop_assert_eq!(found.inertia(), Inertia { negative: 0, zero: 4, positive: 12 });
        prop_assert!(found.verify(&network).is_ok());
        let other = TwoLayerLinear::new(DMatrix::identity(4, 4), network.targets() * 1.01, 2).unwrap();
        prop_assert!(found.verify(&other).is_err());
    }

    /// No point has a smaller loss than the formula's.
    #[test]
    fn nothing_is_below_the_global_minimum(entries in prop::collection::vec(-2.0f64..2.0, 16)) {
        prop_assert!(whitened().value(&entries).unwrap() >= 1.25 - 1e-12);
    }
}

/// The loss is not convex: on the way between two global minima it is higher.
#[test]
fn the_loss_is_not_convex() {
    let network = whitened();
    let point = Strata::of(&network).unwrap().balanced(&[0, 1]).unwrap();
    let mirrored: Vec<f64> = point.iter().map(|x| -x).collect();
    assert_eq!(network.value(&point).unwrap(), network.value(&mirrored).unwrap());
    assert!(network.value(&[0.0; 16]).unwrap() > 10.0 * network.value(&point).unwrap());
}

/// At a saddle itself descent stays: a start without a density can fail.
#[test]
fn teeth_a_start_at_a_saddle_stays() {
    let network = whitened();
    assert!((descend(&network, &[0.0; 16]) - 14.25).abs() < 1e-12);
    let saddle = Strata::of(&network).unwrap().balanced(&[1, 2]).unwrap();
    assert!((descend(&network, &saddle) - 9.25).abs() < 1e-9);
}

/// One run that ends at the next level is enough for the verdict to fall.
#[test]
fn teeth_one_bad_minimum_is_noticed() {
    let verdict = |last: f64, certified: usize| {
        let mut gaps = vec![1e-12; 49];
        gaps.push(last);
        let task = json!({"starts": 50, "scale": 0.1, "seed": 0});
        let outcome = json!({
            "gaps": gaps, "certified": certified, "next": 0.5, "minimum": 1.0, "levels": [3.0, 2.0, 1.0], "paths": []
        });
        claims::find("baldi-hornik-no-spurious").unwrap().conclude(&[(task, outcome)]).unwrap().0.verdict
    };
    assert_eq!(verdict(1e-12, 50), Verdict::Reproduced);
    assert_eq!(verdict(0.5, 50), Verdict::NotReproduced);
    assert_eq!(verdict(1e-12, 49), Verdict::NotReproduced);
}
