//! `livni-overspecified`: width helps, and what cannot represent the teacher does not learn it.

use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::planted::Teacher;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Loss};
use serde_json::json;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// The symmetry behind the many equivalent minima: hidden units can be exchanged.
    #[test]
    fn exchanging_two_hidden_units_does_not_change_the_loss(seed in 0..1000u64, i in 0..6usize, j in 0..6usize) {
        let (device, mut stream) = (Device::open(Backend::default()).unwrap(), Stream::new(seed));
        let teacher = Teacher::draw(|z| z.max(0.0), 4, 3, &mut stream).unwrap();
        let (train, _) = teacher.samples(50, 1, &mut stream).unwrap();
        let examples = Examples::new(&train, Precision::F64, &device).unwrap();
        let network = Mlp::new(&[4, 6, 1], Activation::Relu).unwrap()
            .init(Initialization::PytorchDefault, Precision::F64, &device, &mut stream).unwrap();
        let before = examples.loss(&network, Loss::Squared).unwrap();
        // Weights 4 × 6 by rows, 6 biases, 6 output weights, 1 output bias.
        let mut values = parameters::flat(&network);
        for row in 0..4 {
            values.swap(6 * row + i, 6 * row + j);
        }
        values.swap(24 + i, 24 + j);
        values.swap(30 + i, 30 + j);
        let after = examples.loss(&parameters::replace(network, &values).unwrap(), Loss::Squared).unwrap();
        // Sums of 6 and 50 terms in another order.
        prop_assert!((after - before).abs() <= 64.0 * f64::EPSILON * before);
    }
}

fn verdict(successes: [(usize, usize); 2]) -> Verdict {
    let evidence: Vec<_> = [5, 10]
        .into_iter()
        .zip(successes)
        .flat_map(|(width, (good, all))| {
            (0..all).map(move |run| {
                let error = if run < good { 1e-5 } else { 0.1 };
                let task = json!({"width": width, "steps": 2000, "seed": run});
                (task, json!({"train_error": error, "test_error": error}))
            })
        })
        .collect();
    claims::find("livni-overspecified").unwrap().conclude(&evidence).unwrap().0.verdict
}

#[test]
fn teeth_the_verdict_needs_a_significant_difference() {
    assert_eq!(verdict([(8, 20), (20, 20)]), Verdict::Reproduced);
    assert_eq!(verdict([(20, 20), (20, 20)]), Verdict::NotReproduced, "an exact student that learns as often");
    assert_eq!(verdict([(1, 2), (2, 2)]), Verdict::NotReproduced, "too few runs to tell");
    assert_eq!(verdict([(2, 20), (15, 20)]), Verdict::NotReproduced, "a wide student that often fails");
}

#[test]
fn teeth_a_student_narrower_than_its_teacher_fails() {
    let claim = claims::find("livni-overspecified").unwrap();
    let lab = saddlepoint_experiments::claim::Lab::bench();
    for seed in 1..=5 {
        let outcome = claim.run(&json!({"width": 3, "steps": 500, "seed": seed}), &lab).unwrap();
        assert!(outcome["train_error"].as_f64().unwrap() > 1e-3, "seed {seed}: {outcome}");
    }
}
