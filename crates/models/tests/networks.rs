//! Normalization, skip connections and dropout: what they promise, and that they train.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{
    Activation, Architecture, DeepMlp, DenseLayer, Initialization, Mlp, Network, Normalization,
    ResidualConvolutional,
};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Batch, Examples, Limit, Loss, Optimizer, Schedule, Training};

const EPSILON: f64 = 1e-5;

const NORMALIZATIONS: [Normalization; 6] = [
    Normalization::None,
    Normalization::Batch { epsilon: EPSILON },
    Normalization::BatchStatistics { epsilon: EPSILON },
    Normalization::Layer { epsilon: EPSILON },
    Normalization::Weight,
    Normalization::WeightStandardization,
];

fn device() -> Device {
    Device::open(Backend::default()).unwrap()
}

fn draw<A: Architecture>(architecture: &A, seed: u64) -> A::Network {
    architecture.init(Initialization::LecunNormal, Precision::F64, &device(), &mut Stream::new(seed)).unwrap()
}

/// Standard normal inputs, one of them far off, so that statistics are not those of the standard normal distribution.
fn inputs(seed: u64, n: usize, d: usize) -> Tensor<2> {
    let values = Stream::new(seed).normals(n * d).into_iter().map(|x| 2.0 * x + 0.5).collect::<Vec<_>>();
    Tensor::from_data(TensorData::new(values, [n, d]), (&device().autodiff(), Precision::F64.dtype()))
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Training on a planted linear map, as a fraction of the loss at the start.
fn progress<A: Architecture>(architecture: &A, d: usize) -> f64 {
    let mut stream = Stream::new(5);
    let x = stream.normals(40 * d);
    let y = x.chunks(d).map(|row| row.iter().sum::<f64>() / d as f64).collect();
    let samples = Samples::new(&[d], x, Targets::Values(y)).unwrap();
    let examples = Examples::new(&samples, Precision::F64, &device()).unwrap();
    let trained = Training::new(Loss::Squared, Optimizer::adam(), Schedule::Constant { rate: 1e-2 })
        .batch(Batch::Size(20))
        .limit(Limit::Epochs(30))
        .run(draw(architecture, 3), &examples, &mut stream)
        .unwrap();
    trained.last().loss / trained.trajectory[0].loss
}

#[test]
fn every_normalization_trains_with_skips_and_dropout() {
    for normalization in NORMALIZATIONS {
        let layer = DenseLayer::new(8).normalized(normalization).skipped(0.5).dropping(0.1);
        let dense = DeepMlp::uniform(16, layer, 3, 1, Activation::Tanh).unwrap();
        let left = progress(&dense, 16);
        assert!(left < 0.7, "{normalization:?}, dense: {left}");
        let images = ResidualConvolutional::new([1, 4, 4], &[3, 4], 1, 1).unwrap();
        let left = progress(&images.normalized(normalization).unwrap(), 16);
        assert!(left < 0.7, "{normalization:?}, convolutional: {left}");
    }
}

#[test]
fn without_extras_it_is_a_multi_layer_perceptron() {
    let plain = DeepMlp::uniform(3, DenseLayer::new(4), 2, 2, Activation::Tanh).unwrap();
    let mlp = Mlp::new(&[3, 4, 4, 2], Activation::Tanh).unwrap();
    let (plain, mlp) = (draw(&plain, 7), draw(&mlp, 7));
    assert_eq!(parameters::flat(&plain), parameters::flat(&mlp));
    let x = inputs(1, 5, 3);
    assert!(distance(&numbers(plain.forward(x.clone())), &numbers(mlp.forward(x))) < 1e-15);
}

#[test]
fn normalized_weights_start_where_plain_ones_do() {
    let network = |normalization| {
        let layer = DenseLayer::new(4).normalized(normalization);
        draw(&DeepMlp::uniform(3, layer, 2, 2, Activation::Tanh).unwrap(), 7)
    };
    let (plain, polar) = (network(Normalization::None), network(Normalization::Weight));
    let x = inputs(1, 5, 3);
    assert!(distance(&numbers(plain.forward(x.clone())), &numbers(polar.forward(x))) < 1e-14);
    for layer in &network(Normalization::WeightStandardization).layers {
        let means = numbers(layer.weights.effective().mean_dim(0));
        assert!(distance(&means, &[0.0; 4]) < 1e-16, "{means:?}");
    }
}

#[test]
fn batch_and_layer_normalization_have_mean_zero_and_variance_one() {
    let pre_activations = |normalization, average: fn(Tensor<2>) -> Tensor<2>| {
        let layer = DenseLayer::new(6).normalized(normalization);
        let network = draw(&DeepMlp::uniform(3, layer, 1, 1, Activation::Identity).unwrap(), 2);
        let z = network.layers[0].forward(inputs(4, 50, 3));
        (numbers(average(z.clone())), numbers(average(z.clone() * z)))
    };
    for (normalization, average) in [
        (Normalization::Batch { epsilon: 0.0 }, (|z| z.mean_dim(0)) as fn(Tensor<2>) -> Tensor<2>),
        (Normalization::Layer { epsilon: 0.0 }, |z| z.mean_dim(1)),
    ] {
        let (mean, variance) = pre_activations(normalization, average);
        assert!(distance(&mean, &vec![0.0; mean.len()]) < 1e-14, "{normalization:?}: {mean:?}");
        assert!(distance(&variance, &vec![1.0; mean.len()]) < 1e-13, "{normalization:?}: {variance:?}");
    }
}

#[test]
fn running_statistics_approach_those_of_the_batch_and_serve_in_inference() {
    let layer = |normalization| DenseLayer::new(6).normalized(normalization);
    let network = |normalization| {
        draw(&DeepMlp::uniform(3, layer(normalization), 1, 1, Activation::Identity).unwrap(), 2)
    };
    let (running, batch) = (
        network(Normalization::Batch { epsilon: 0.0 }),
        network(Normalization::BatchStatistics { epsilon: 0.0 }),
    );
    let x = inputs(4, 50, 3);
    let expected = numbers(batch.forward(x.clone()));
    assert_eq!(numbers(batch.valid().forward(x.clone().inner())), expected, "statistics of the batch, always");
    let untrained = numbers(running.valid().forward(x.clone().inner()));
    assert!(distance(&untrained, &expected) > 0.1, "nothing has been seen yet");
    for _ in 0..300 {
        assert!(distance(&numbers(running.forward(x.clone())), &expected) < 1e-14);
    }
    // The running variance is the unbiased one: a factor of √(49/50), and a constant the output's bias.
    let trained = numbers(running.valid().forward(x.inner()));
    let unbiased: Vec<f64> = expected.iter().map(|y| y * (49.0f64 / 50.0).sqrt()).collect();
    assert!(distance(&trained, &unbiased) < 1e-10, "{}", distance(&trained, &unbiased));
}

#[test]
fn dropout_keeps_the_mean_repeats_with_its_seed_and_ends_with_training() {
    let architecture =
        DeepMlp::new(1, &[DenseLayer::new(4000).dropping(0.3)], 1, Activation::Identity).unwrap();
    let hidden = |seed| {
        let network = draw(&architecture, seed);
        let x = inputs(1, 1, 1);
        let once = numbers(network.layers[0].forward(x.clone()));
        let again = numbers(network.layers[0].forward(x.clone()));
        (once, again, numbers(network.valid().layers[0].forward(x.inner())))
    };
    let (once, again, kept) = hidden(1);
    assert_ne!(once, again, "each step has masks of its own");
    assert_eq!((once.clone(), again), (hidden(1).0, hidden(1).1), "the same masks for the same seed");
    let zeros = once.iter().filter(|h| **h == 0.0).count() as f64 / 4000.0;
    // Standard error √(0.3 · 0.7 / 4000) = 0.0072: four of them.
    assert!((zeros - 0.3).abs() < 0.029, "{zeros}");
    let scaled = once.iter().zip(&kept).all(|(once, kept)| *once == 0.0 || (once * 0.7 - kept).abs() < 1e-12);
    assert!(scaled && kept.iter().all(|h| *h != 0.0));
}

#[test]
fn a_skip_of_scale_zero_is_the_identity() {
    let layer = DenseLayer::new(3).skipped(0.0);
    let network = draw(&DeepMlp::new(3, &[layer, layer], 3, Activation::Tanh).unwrap(), 2);
    let x = inputs(1, 4, 3);
    let hidden = network.layers.iter().fold(x.clone(), |x, layer| layer.forward(x));
    assert_eq!(numbers(hidden), numbers(x));
}

#[test]
fn skip_connections_have_no_parameters() {
    let with = ResidualConvolutional::digits(2).unwrap();
    let without = with.clone().without_skip();
    let (with, without) = (draw(&with, 4), draw(&without, 4));
    assert_eq!(parameters::named(&with), parameters::named(&without));
    let x = inputs(1, 4, 64);
    assert!(distance(&numbers(with.forward(x.clone())), &numbers(without.forward(x))) > 1e-3);
}
