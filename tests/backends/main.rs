//! The same work on every backend of the build, against the default one.
//!
//! A machine without a graphics adapter skips wgpu and says so; `SADDLEPOINT_REQUIRE_WGPU` makes that a failure.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod curvature;
mod double;

use saddlepoint_experiments::claim::Lab;
use saddlepoint_experiments::claims;
use saddlepoint_models::data::{Samples, digits};
use saddlepoint_models::device::{Backend, Device, DeviceError, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Convolutional, Initialization, Mlp, Network};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Limit, Loss, Optimizer, Schedule, Training};
use serde_json::json;

/// Every backend but the default that this machine can run.
fn others() -> Vec<Device> {
    Backend::available()
        .skip(1)
        .filter_map(|backend| match Device::open(backend) {
            Err(DeviceError::NoAdapter) if std::env::var_os("SADDLEPOINT_REQUIRE_WGPU").is_none() => {
                println!("skipped on {backend}: this machine has no graphics adapter");
                None
            }
            device => Some(device.unwrap()),
        })
        .collect()
}

fn samples() -> Samples {
    digits::split().unwrap().0
}

const RATE: f64 = 0.05;
const MOMENTUM: f32 = 0.9;
const STEPS: usize = 12;

/// Parameters after `STEPS` steps of gradient descent with momentum, and the sum of the gradients' norms.
fn train(device: &Device) -> (Vec<f64>, f64) {
    let examples = Examples::new(&samples(), Precision::F32, device).unwrap();
    let mut network = Mlp::new(&[64, 64, 10], Activation::Tanh)
        .unwrap()
        .init(Initialization::GlorotUniform, Precision::F32, device, &mut Stream::new(7))
        .unwrap();
    let mut norms = 0.0;
    let plan =
        Training::new(Loss::CrossEntropy, Optimizer::momentum(MOMENTUM), Schedule::Constant { rate: RATE });
    // The gradients along the way, by shorter trainings from the same start: momentum is not kept between runs.
    for steps in 0..STEPS {
        let so_far =
            plan.limit(Limit::Steps(steps)).run(network.clone(), &examples, &mut Stream::new(0)).unwrap();
        norms += examples.gradient(&so_far.network, Loss::CrossEntropy).unwrap().norm();
    }
    network = plan.limit(Limit::Steps(STEPS)).run(network, &examples, &mut Stream::new(0)).unwrap().network;
    (parameters::flat(&network), norms)
}

/// A gradient is a sum over 1,000 examples of products over 64 units: computed in f32 in any order, its relative
/// error is below `γ = 1064 · 2⁻²⁴`. Momentum moves parameters by at most `η/(1 − m)` for each unit of gradient, so
/// two backends differ by at most `2 γ η/(1 − m) Σ_t ‖g_t‖` after the steps, as long as descent does not drive
/// neighbouring trajectories apart.
#[test]
fn training_agrees_with_the_default_backend_within_the_error_of_its_sums() {
    let (reference, norms) = train(&Device::open(Backend::default()).unwrap());
    let gamma = 1064.0 * 2f64.powi(-24);
    let bound = 2.0 * gamma * RATE / (1.0 - f64::from(MOMENTUM)) * norms;
    for device in others() {
        let (found, _) = train(&device);
        let distance = reference.iter().zip(&found).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        println!("{}: distance {distance:.2e}, bound {bound:.2e}", device.backend());
        assert!(distance <= bound, "{}: {distance:e} > {bound:e}", device.backend());
    }
}

/// A convolutional network's loss and gradient: convolution, pooling and their backward passes.
#[test]
fn a_convolutional_gradient_agrees_with_the_default_backend() {
    let gradient = |device: &Device| {
        let examples = Examples::new(&samples(), Precision::F32, device).unwrap();
        let network = Convolutional::digits()
            .unwrap()
            .init(Initialization::HeNormal, Precision::F32, device, &mut Stream::new(3))
            .unwrap();
        assert_eq!(network.forward(examples.inputs()).dims(), [1000, 10]);
        examples.gradient(&network, Loss::CrossEntropy).unwrap()
    };
    let reference = gradient(&Device::open(Backend::default()).unwrap());
    for device in others() {
        let found = gradient(&device);
        let distance =
            reference.entries.iter().zip(&found.entries).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        // Sums over 1,000 examples and 64 positions of products over 54 weights.
        let gamma = f64::from(1000 * 64 + 54) * 2f64.powi(-24);
        assert!(distance <= gamma * reference.norm(), "{}: {distance:e}", device.backend());
    }
}

/// A task of a training claim: the same network is trained until it fits, and knows as much of new digits. Batches
/// in f32 part company after many steps, so accuracies are compared as two proportions of the same 797 digits.
#[test]
fn a_training_claim_comes_out_alike_on_every_backend() {
    let claim = claims::find("random-label-fit").unwrap();
    let task = json!({"corruption": {"labels": 0.0}, "seed": 1});
    let run = |backend| {
        let lab = Lab::new(backend, None, std::sync::Arc::default());
        let outcome = claim.run(&task, &lab).unwrap();
        let end = outcome["trajectory"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(end["accuracy"], 1.0, "{backend}: {end}");
        outcome["test_accuracy"].as_f64().unwrap()
    };
    let reference = run(Backend::default());
    let error = (2.0 * reference * (1.0 - reference) / 797.0).sqrt();
    for device in others() {
        let found = run(device.backend());
        assert!((found - reference).abs() <= 4.0 * error, "{}: {found} not {reference}", device.backend());
    }
}
