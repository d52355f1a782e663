//! `first-layer-transfer-negative`: freezing a layer changes nothing but what learns, and costs what the new task needs.

use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::trained_relu::{first_layer_features, relu_network};
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::{EmpiricalRisk, Engine};
use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Training};
use serde_json::{Value, json};

fn risk(network: &Mlp, samples: &Samples) -> EmpiricalRisk {
    EmpiricalRisk::new(network, samples, Loss::HalfSquared, Precision::F64, &Engine::Native).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A network is its last layer behind the features of its first, in outputs and in the gradient of the last layer.
    #[test]
    fn the_last_layer_on_features_is_the_network(seed in any::<u64>(), inputs in 1..6usize, units in 1..9usize, outputs in 1..4usize) {
        let mut stream = Stream::new(seed);
        let widths = [inputs, units, outputs];
        let targets = Targets::Values(stream.normals(7 * outputs));
        let samples = Samples::new(&[inputs], stream.normals(7 * inputs), targets).unwrap();
        let whole = Mlp::new(&widths, Activation::Relu).unwrap();
        let last = Mlp::new(&widths[1..], Activation::Relu).unwrap();
        let parameters = stream.normals(whole.parameters());
        let head = &parameters[whole.parameters() - last.parameters()..];
        let features = first_layer_features(&relu_network(&widths, &parameters).unwrap(), &samples).unwrap();
        let (all, behind) = (risk(&whole, &samples), risk(&last, &features));
        for (a, b) in all.outputs(&parameters).unwrap().iter().zip(behind.outputs(head).unwrap()) {
            prop_assert!((a - b).abs() < 1e-12 * (1.0 + a.abs()) * units as f64);
        }
        let gradient = all.gradient(&parameters).unwrap().entries;
        for (a, b) in gradient[first_layer(&whole, &last)..].iter().zip(behind.gradient(head).unwrap().entries) {
            prop_assert!((a - b).abs() < 1e-11 * (1.0 + a.abs()) * units as f64);
        }
    }
}

fn first_layer(whole: &Mlp, last: &Mlp) -> usize {
    whole.parameters() - last.parameters()
}

/// The loss on `|x₂|` of a layer of two units that reads only `x₁`: frozen, and allowed to learn.
#[test]
fn what_a_frozen_layer_does_not_read_no_last_layer_learns() {
    let mut stream = Stream::new(3);
    let inputs = stream.normals(2 * 200);
    let folds = |k: usize| Targets::Values(inputs.chunks(2).map(|x| x[k].abs()).collect());
    let widths = [2, 2, 1];
    let (whole, last) =
        (Mlp::new(&widths, Activation::Relu).unwrap(), Mlp::new(&widths[1..], Activation::Relu).unwrap());
    // Weights [inputs, outputs] row by row: relu(x₁) and relu(−x₁), a perfect layer for |x₁|.
    let layer = [1.0, -1.0, 0.0, 0.0, 0.0, 0.0];
    let training = Training::new(Loss::HalfSquared, Optimizer::adam(), Schedule::Constant { rate: 0.02 })
        .limit(Limit::Steps(1500));
    let frozen = |k: usize| {
        let samples = Samples::new(&[2], inputs.clone(), folds(k)).unwrap();
        let network = relu_network(&widths, &[&layer[..], &[0.0; 3]].concat()).unwrap();
        let features = first_layer_features(&network, &samples).unwrap();
        let trained = risk(&last, &features).train(&training, &[0.0; 3], &mut Stream::new(0)).unwrap();
        trained.last().loss
    };
    assert!(frozen(0) < 1e-4, "the same task: {}", frozen(0));
    assert!(frozen(1) > 0.1, "a task about the other input: {}", frozen(1));
    let samples = Samples::new(&[2], inputs.clone(), folds(1)).unwrap();
    let free = (0..10).map(|seed| {
        let mut stream = Stream::new(seed);
        let start = whole.draw(Initialization::HeNormal, &mut stream);
        risk(&whole, &samples).train(&training, &start, &mut stream).unwrap().last().loss
    });
    assert!(free.fold(f64::INFINITY, f64::min) < 0.05);
}

fn pair(transferred: f64, random: f64, scratch: f64) -> (Value, Value) {
    let task = json!({"units": 32, "examples": 200, "seed": 1});
    (task, json!({"transferred": transferred, "random": random, "tuned": scratch, "scratch": scratch}))
}

#[test]
fn teeth_the_verdict_needs_the_gap() {
    let claim = claims::find("first-layer-transfer-negative").unwrap();
    let verdict = |evidence: &[(Value, Value)]| claim.conclude(evidence).unwrap().0.verdict;
    assert_eq!(verdict(&[pair(0.93, 0.88, 0.96)]), Verdict::Reproduced);
    assert_eq!(verdict(&[pair(0.955, 0.88, 0.96)]), Verdict::NotReproduced);
    // What a random layer is worth is shown, and not judged.
    assert_eq!(verdict(&[pair(0.93, 0.94, 0.96)]), Verdict::Reproduced);
    assert_eq!(verdict(&[]), Verdict::NotReproduced);
}
