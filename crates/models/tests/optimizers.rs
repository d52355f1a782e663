//! Each optimizer against its formula: two steps on `w²` from `w = 1`, whose gradient is `2w`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Convolutional, Initialization, Mlp, Perceptron};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{
    Ended, Examples, Limit, Loss, Optimizer, Schedule, Stop, Training, TrainingError,
};

const RATE: f64 = 0.1;

fn examples(device: &Device) -> Examples {
    let sample = Samples::new(&[1], vec![1.0], Targets::Values(vec![0.0])).unwrap();
    Examples::new(&sample, Precision::F64, device).unwrap()
}

fn train(optimizer: Optimizer, steps: usize) -> f64 {
    let (device, mut stream) = (Device::open(Backend::default()).unwrap(), Stream::new(0));
    let unit = Perceptron::new(1, Activation::Identity).unwrap().without_bias();
    let unit = unit.init(Initialization::GlorotUniform, Precision::F64, &device, &mut stream).unwrap();
    let unit = parameters::replace(unit, &[1.0]).unwrap();
    let trained = Training::new(Loss::Squared, optimizer, Schedule::Constant { rate: RATE })
        .limit(Limit::Steps(steps))
        .run(unit, &examples(&device), &mut stream)
        .unwrap();
    parameters::flat(&trained.network)[0]
}

#[test]
fn two_steps_of_each_optimizer_follow_its_formula() {
    let g1 = 2.0;
    let after = |w: f64| (w, 2.0 * w);
    // Heavy ball: v₁ = g₁, v₂ = m v₁ + g₂.
    let (w, g2) = after(1.0 - RATE * g1);
    let momentum = w - RATE * (0.9 * g1 + g2);
    // Adam: the first step is the rate itself; then corrected moments.
    let (w, g2) = after(1.0 - RATE);
    let (m, v) = (0.1 * (0.9 * g1 + g2) / 0.19, 0.001 * (0.999 * g1 * g1 + g2 * g2) / (1.0 - 0.999f64.powi(2)));
    let adam = w - RATE * m / v.sqrt();
    // RMSProp without correction: v₁ = (1 − α) g₁².
    let v1 = 0.01 * g1 * g1;
    let (w, g2) = after(1.0 - RATE * g1 / v1.sqrt());
    let rms_prop = w - RATE * g2 / (0.99 * v1 + 0.01 * g2 * g2).sqrt();
    // AdaGrad: the sum of squares.
    let (w, g2) = after(1.0 - RATE);
    let ada_grad = w - RATE * g2 / (g1 * g1 + g2 * g2).sqrt();
    for (optimizer, expected) in [
        (Optimizer::sgd(), 0.64),
        (Optimizer::momentum(0.9), momentum),
        (Optimizer::adam(), adam),
        (Optimizer::AdamW { weight_decay: 0.0 }, adam),
        (Optimizer::rms_prop(), rms_prop),
        (Optimizer::ada_grad(), ada_grad),
    ] {
        let found = train(optimizer, 2);
        // burn keeps the optimizers' constants in f32.
        assert!((found - expected).abs() < 1e-5, "{optimizer:?}: {found} not {expected}");
    }
}

#[test]
fn decoupled_weight_decay_shrinks_the_weight_before_the_step() {
    let found = train(Optimizer::AdamW { weight_decay: 0.5 }, 1);
    assert!((found - (1.0 - RATE * 0.5 - RATE)).abs() < 1e-6, "{found}");
    // An L2 penalty instead changes the gradient: 2 + 0.5.
    let found = train(Optimizer::Sgd { momentum: 0.0, weight_decay: 0.5 }, 1);
    assert!((found - (1.0 - RATE * 2.5)).abs() < 1e-6, "{found}");
}

#[test]
fn training_says_why_it_ended() {
    let (device, mut stream) = (Device::open(Backend::default()).unwrap(), Stream::new(0));
    let unit = Perceptron::new(1, Activation::Identity).unwrap().without_bias();
    let unit = unit.init(Initialization::GlorotUniform, Precision::F64, &device, &mut stream).unwrap();
    let unit = parameters::replace(unit, &[1.0]).unwrap();
    let mut run = |rate: f64, stop: Stop| {
        Training::new(Loss::Squared, Optimizer::sgd(), Schedule::Constant { rate })
            .limit(Limit::Epochs(2000))
            .stop(stop)
            .run(unit.clone(), &examples(&device), &mut stream)
            .unwrap()
    };
    assert_eq!(run(0.1, Stop::Loss(1e-6)).ended, Ended::Target);
    assert_eq!(run(1e-9, Stop::Loss(1e-6)).ended, Ended::Limit);
    // The weight is multiplied by 1 − 2η = −3 each step.
    assert_eq!(run(2.0, Stop::Loss(1e-6)).ended, Ended::Diverged);
    assert!(
        Training::new(Loss::Squared, Optimizer::sgd(), Schedule::Constant { rate: f64::NAN })
            .run(unit.clone(), &examples(&device), &mut Stream::new(0))
            .is_err()
    );
}

#[test]
fn ada_delta_and_shampoo_follow_their_formulas() {
    let g1 = 2.0;
    // AdaDelta: E g² = 0.05 g₁², no step before.
    let delta1 = g1 * (1e-6f64 / (0.05 * g1 * g1 + 1e-6)).sqrt();
    let w = 1.0 - RATE * delta1;
    let g2: f64 = 2.0 * w;
    let (squares, steps) = (0.95 * 0.05 * g1 * g1 + 0.05 * g2 * g2, 0.05 * delta1 * delta1);
    let ada_delta = w - RATE * g2 * ((steps + 1e-6) / (squares + 1e-6)).sqrt();
    // Shampoo on a 1 × 1 matrix: both factors are ε + Σ g², and their fourth roots multiply to a square root.
    let (epsilon, w) = (1e-4, 1.0 - RATE * g1 / (1e-4f64 + g1 * g1).sqrt());
    let g2: f64 = 2.0 * w;
    let shampoo = w - RATE * g2 / (epsilon + g1 * g1 + g2 * g2).sqrt();
    for (optimizer, expected) in [(Optimizer::ada_delta(), ada_delta), (Optimizer::shampoo(), shampoo)] {
        let found = train(optimizer, 2);
        assert!((found - expected).abs() < 1e-8, "{optimizer:?}: {found} not {expected}");
    }
}

/// Ill-conditioned inputs with a planted affine map, which a linear layer can fit exactly.
fn regression(device: &Device, outputs: usize) -> Examples {
    let mut stream = Stream::new(4);
    let scales = [1.0, 10.0, 0.1];
    let x: Vec<f64> = (0..60).map(|at| scales[at % 3] * (stream.normal() + 1.0)).collect();
    let map = stream.normals(3 * outputs);
    let mut y = Vec::new();
    for row in x.chunks(3) {
        y.extend((0..outputs).map(|c| 0.5 + row.iter().zip(&map[3 * c..]).map(|(x, w)| x * w).sum::<f64>()));
    }
    let shape = [3];
    Examples::new(&Samples::new(&shape, x, Targets::Values(y)).unwrap(), Precision::F64, device).unwrap()
}

#[test]
fn one_step_of_kfac_solves_linear_regression() {
    let device = Device::open(Backend::default()).unwrap();
    for (loss, outputs) in [(Loss::HalfSquared, 1), (Loss::HalfSquared, 4), (Loss::Squared, 2)] {
        let examples = regression(&device, outputs);
        let layer = Mlp::new(&[3, outputs], Activation::Identity).unwrap();
        let layer =
            layer.init(Initialization::LecunNormal, Precision::F64, &device, &mut Stream::new(1)).unwrap();
        let before = examples.gradient(&layer, loss).unwrap().norm();
        let trained = Training::new(loss, Optimizer::kfac(0.0), Schedule::Constant { rate: 1.0 })
            .limit(Limit::Steps(1))
            .run(layer, &examples, &mut Stream::new(0))
            .unwrap();
        let after = examples.gradient(&trained.network, loss).unwrap().norm();
        assert!(after < 1e-10 * before, "{loss:?}, {outputs} outputs: {after:e} of {before:e}");
    }
}

#[test]
fn kfac_trains_a_classifier_in_few_steps_and_refuses_what_is_no_chain() {
    let device = Device::open(Backend::default()).unwrap();
    let (train, _) = saddlepoint_models::data::digits::split().unwrap();
    let examples = Examples::new(&train, Precision::F32, &device).unwrap();
    let training = |optimizer, rate| {
        Training::new(Loss::CrossEntropy, optimizer, Schedule::Constant { rate }).limit(Limit::Steps(15))
    };
    let mlp = Mlp::new(&[64, 12, 10], Activation::Tanh).unwrap();
    let draw =
        || mlp.init(Initialization::GlorotUniform, Precision::F32, &device, &mut Stream::new(1)).unwrap();
    let loss = |optimizer, rate| {
        training(optimizer, rate).run(draw(), &examples, &mut Stream::new(0)).unwrap().last().loss
    };
    let (kfac, descent) = (loss(Optimizer::kfac(0.1), 1.0), loss(Optimizer::sgd(), 1.0));
    assert!(kfac < 0.5 * descent, "{kfac} against {descent}");
    let convolutional = Convolutional::digits().unwrap();
    let network =
        convolutional.init(Initialization::HeNormal, Precision::F32, &device, &mut Stream::new(1)).unwrap();
    let refused = training(Optimizer::kfac(0.1), 1.0).run(network, &examples, &mut Stream::new(0));
    assert_eq!(refused.err(), Some(TrainingError::NotFactored));
}
