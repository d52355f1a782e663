//! `kfac-shampoo`: K-FAC is Newton's method on a linear layer, and nowhere else.

use proptest::prelude::*;
use saddlepoint_experiments::claim::Lab;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Limit, Loss, Optimizer, Schedule, Training};
use serde_json::{Value, json};

/// The norm of the gradient after one step, relative to that before it.
fn left(widths: &[usize], optimizer: Optimizer, rate: f64, seed: u64) -> f64 {
    let (device, mut stream) = (Device::open(Backend::default()).unwrap(), Stream::new(seed));
    let (inputs, outputs) = (widths[0], widths[widths.len() - 1]);
    let x = stream.normals(40 * inputs);
    let samples = Samples::new(&[inputs], x, Targets::Values(stream.normals(40 * outputs))).unwrap();
    let examples = Examples::new(&samples, Precision::F64, &device).unwrap();
    let network = Mlp::new(widths, Activation::Tanh).unwrap();
    let network = network.init(Initialization::LecunNormal, Precision::F64, &device, &mut stream).unwrap();
    let before = examples.gradient(&network, Loss::HalfSquared).unwrap().norm();
    let training =
        Training::new(Loss::HalfSquared, optimizer, Schedule::Constant { rate }).limit(Limit::Steps(1));
    let trained = training.run(network, &examples, &mut stream).unwrap();
    examples.gradient(&trained.network, Loss::HalfSquared).unwrap().norm() / before
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// Also with biases, any number of outputs, and targets that no layer fits.
    #[test]
    fn one_step_ends_at_the_minimum(seed in any::<u64>(), inputs in 1usize..8, outputs in 1usize..5) {
        let left = left(&[inputs, outputs], Optimizer::kfac(0.0), 1.0, seed);
        prop_assert!(left < 1e-10, "{left:e}");
    }
}

#[test]
fn teeth_damping_half_a_step_or_a_second_layer_is_not_newton() {
    assert!(left(&[5, 3], Optimizer::kfac(0.1), 1.0, 1) > 1e-3, "damped");
    assert!((left(&[5, 3], Optimizer::kfac(0.0), 0.5, 1) - 0.5).abs() < 1e-9, "half a step");
    assert!(left(&[5, 4, 3], Optimizer::kfac(0.0), 1.0, 1) > 1e-3, "two layers");
    assert!(left(&[5, 3], Optimizer::shampoo(), 1.0, 1) > 1e-3, "Shampoo");
}

/// The claim's own problem, at a seed of no profile.
#[test]
fn the_ill_conditioned_layer_is_solved_at_once() {
    let claim = claims::find("kfac-shampoo").unwrap();
    let outcome = claim.run(&json!({"shampoo": null, "seed": 12345}), &Lab::bench()).unwrap();
    assert!(outcome["newton"]["after"].as_f64().unwrap() < 1e-9, "{outcome}");
    assert!(outcome["newton"]["condition"].as_f64().unwrap() > 5e3, "{outcome}");
}

fn verdict(after: f64, descent: f64, shampoo: usize, reached: bool) -> Verdict {
    let losses: Vec<f64> =
        (0..=shampoo).map(|step| if step == shampoo && reached { 1e-7 } else { 1.0 }).collect();
    let evidence: Vec<(Value, Value)> = vec![
        (
            json!({"shampoo": null, "seed": 0}),
            json!({"newton": {"condition": 1.6e4, "after": after, "descent": [descent, 1e6]}}),
        ),
        (json!({"shampoo": 1.0, "seed": 0}), json!({"shampoo": {"losses": losses}})),
    ];
    claims::find("kfac-shampoo").unwrap().conclude(&evidence).unwrap().0.verdict
}

#[test]
fn teeth_the_verdict_wants_newton_and_a_tenth_of_the_steps() {
    assert_eq!(verdict(1e-12, 9000.0, 800, true), Verdict::Reproduced);
    assert_eq!(verdict(1e-6, 9000.0, 800, true), Verdict::NotReproduced, "not Newton's step");
    assert_eq!(verdict(1e-12, 9000.0, 1000, true), Verdict::NotReproduced, "a ninth");
    assert_eq!(verdict(1e-12, 9000.0, 800, false), Verdict::NotReproduced, "never there");
}
