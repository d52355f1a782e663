//! `random-label-fit`: enough parameters fit any labels of distinct inputs, and nothing fits contradictions.

use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Limit, Loss, Optimizer, Schedule, Stop, Training};
use serde_json::{Value, json};

const CLASSES: usize = 3;

fn random(n: usize, seed: u64) -> (Vec<f64>, Vec<usize>) {
    let mut stream = Stream::new(seed);
    (stream.normals(n * 8), (0..n).map(|_| stream.index(CLASSES)).collect())
}

fn fitted_accuracy(inputs: Vec<f64>, labels: Vec<usize>, width: usize, seed: u64) -> f64 {
    let (device, mut stream) = (Device::open(Backend::default()).unwrap(), Stream::new(seed));
    let samples = Samples::new(&[8], inputs, Targets::Classes { labels, classes: CLASSES }).unwrap();
    let examples = Examples::new(&samples, Precision::F32, &device).unwrap();
    let network = Mlp::new(&[8, width, CLASSES], Activation::Relu)
        .unwrap()
        .init(Initialization::HeNormal, Precision::F32, &device, &mut stream)
        .unwrap();
    Training::new(Loss::CrossEntropy, Optimizer::adam(), Schedule::Constant { rate: 1e-2 })
        .limit(Limit::Epochs(400))
        .stop(Stop::Accuracy(1.0))
        .run(network, &examples, &mut stream)
        .unwrap()
        .last()
        .accuracy
        .unwrap()
}

#[test]
fn random_labels_of_random_points_are_fitted_whatever_the_seed() {
    // 20 of 20: with 95 % confidence the true rate is above 0.86.
    for seed in 0..20 {
        let (inputs, labels) = random(40, seed);
        assert_eq!(fitted_accuracy(inputs, labels, 128, seed), 1.0, "seed {seed}");
    }
}

#[test]
fn teeth_two_labels_for_one_input_cannot_be_fitted() {
    let (mut inputs, mut labels) = random(40, 1);
    inputs.extend_from_within(..8);
    labels.push((labels[0] + 1) % CLASSES);
    assert!(fitted_accuracy(inputs, labels, 128, 1) < 1.0);
}

#[test]
fn teeth_too_few_parameters_cannot_fit() {
    let (inputs, labels) = random(200, 2);
    assert!(fitted_accuracy(inputs, labels, 1, 2) < 1.0);
}

fn run_with(corruption: &Value, epochs: usize, test_accuracy: f64) -> (Value, Value) {
    let end = json!({"epoch": epochs, "step": 10 * epochs, "loss": 0.01, "accuracy": 1.0});
    (json!({"corruption": corruption, "seed": 1}), json!({"trajectory": [end], "test_accuracy": test_accuracy}))
}

#[test]
fn teeth_the_verdict_needs_chance_level_on_random_labels() {
    let claim = claims::find("random-label-fit").unwrap();
    let verdict = |chance| {
        let shuffled = run_with(&json!("shuffled-pixels"), 50, 0.97);
        let evidence = [
            run_with(&json!({"labels": 0.0}), 50, 0.97),
            run_with(&json!({"labels": 1.0}), 300, chance),
            shuffled,
        ];
        claim.conclude(&evidence).unwrap().0.verdict
    };
    assert_eq!(verdict(0.1), Verdict::Reproduced);
    assert_eq!(verdict(0.5), Verdict::NotReproduced);
    assert_eq!(claim.conclude(&[]).unwrap().0.verdict, Verdict::NotReproduced);
}
