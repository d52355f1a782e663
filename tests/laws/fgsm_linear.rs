//! `fgsm-linear`: for a linear model under squared loss the attack is the worst change there is.

use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Perceptron, PerceptronNetwork};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Loss, fgsm, random_signs};
use serde_json::json;

const DIMENSION: usize = 12;

/// A linear model, one example, and the example's residual `w · x − y`.
fn setting(seed: u64) -> (PerceptronNetwork, Examples, f64) {
    let (device, mut stream) = (Device::open(Backend::default()).unwrap(), Stream::new(seed));
    let model = Perceptron::new(DIMENSION, Activation::Identity)
        .unwrap()
        .without_bias()
        .init(Initialization::GlorotNormal, Precision::F64, &device, &mut stream)
        .unwrap();
    let (x, y) = (stream.normals(DIMENSION), stream.normal());
    let residual = parameters::flat(&model).iter().zip(&x).map(|(w, x)| w * x).sum::<f64>() - y;
    let sample = Samples::new(&[DIMENSION], x, Targets::Values(vec![y])).unwrap();
    (model, Examples::new(&sample, Precision::F64, &device).unwrap(), residual)
}

fn norm(weights: &[f64], power: i32) -> f64 {
    weights.iter().map(|w| w.abs().powi(power)).sum::<f64>().powf(1.0 / f64::from(power))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_attack_reaches_the_bound_and_no_change_of_its_size_exceeds_it(seed in 0..10_000u64, epsilon in 1e-3..2.0f64) {
        let (model, example, residual) = setting(seed);
        let weights = parameters::flat(&model);
        let bound = (residual.abs() + epsilon * norm(&weights, 1)).powi(2);
        let loss_at = |inputs| example.with_inputs(inputs).loss(&model, Loss::Squared).unwrap();
        let attacked = loss_at(fgsm(&model, example.inputs(), example.targets(), Loss::Squared, epsilon));
        prop_assert!((attacked / bound - 1.0).abs() < 1e-12, "{attacked} not {bound}");
        let mut stream = Stream::new(seed);
        for _ in 0..10 {
            let random = loss_at(random_signs(example.inputs(), epsilon * stream.uniform(), &mut stream));
            prop_assert!(random <= bound * (1.0 + 1e-12));
        }
    }

    /// With `ε‖w‖₂`, what random signs do on average, in place of `ε‖w‖₁`, the bound is wrong.
    #[test]
    fn teeth_the_two_norm_is_no_bound(seed in 0..10_000u64) {
        let (model, example, residual) = setting(seed);
        let weakened = (residual.abs() + 0.1 * norm(&parameters::flat(&model), 2)).powi(2);
        let inputs = fgsm(&model, example.inputs(), example.targets(), Loss::Squared, 0.1);
        prop_assert!(example.with_inputs(inputs).loss(&model, Loss::Squared).unwrap() > weakened);
    }
}

#[test]
fn teeth_a_model_that_ignores_its_inputs_is_not_moved() {
    let (model, example, _) = setting(1);
    let model = parameters::replace(model, &[0.0; DIMENSION]).unwrap();
    let inputs = fgsm(&model, example.inputs(), example.targets(), Loss::Squared, 0.5);
    assert_eq!(
        example.with_inputs(inputs).loss(&model, Loss::Squared).unwrap(),
        example.loss(&model, Loss::Squared).unwrap()
    );
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let claim = claims::find("fgsm-linear").unwrap();
    let verdict = |bystander: f64, hardened: f64| {
        let effect = |dimension: usize, worst: f64, random: f64| json!({"dimension": dimension, "worst": worst, "attacked": worst, "random": random});
        let effects = [
            effect(10, 1.21815673, 0.479581),
            effect(100, 8.85913745, 1.06619),
            effect(1000, 78.5817187, 3.14009),
            effect(10_000, 795.647947, 10.0266),
        ];
        let curve = |at: f64| vec![0.97, 0.95, 0.9, 0.7, at, at, at];
        let digits = json!({"digits": {
            "attacked": curve(0.1), "random": curve(0.93), "transferred": curve(0.1), "bystander": curve(bystander),
            "linear": curve(0.1), "hardened": curve(hardened)
        }});
        let dimensions = json!({"linear": {"dimensions": [10, 100, 1000, 10_000]}});
        let evidence = [(dimensions, json!({"linear": effects})), (json!({"digits": {"seed": 1}}), digits)];
        claim.conclude(&evidence).unwrap().0.verdict
    };
    assert_eq!(verdict(0.9, 0.6), Verdict::Reproduced);
    assert_eq!(verdict(0.3, 0.6), Verdict::NotReproduced, "random signs do as much");
    assert_eq!(verdict(0.9, 0.4), Verdict::NotReproduced, "adversarial training does not help");
    assert_eq!(claim.conclude(&[]).unwrap().0.verdict, Verdict::NotReproduced);
}
