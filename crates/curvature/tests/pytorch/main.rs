//! Networks that PyTorch trained and exported, by its newer and its older exporter, against what PyTorch says of them in
//! f64. `make.py` made the files and `values.json`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_input;
mod operators;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::Traced;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_models::checkpoint::{Checkpoint, Weight};
use saddlepoint_models::data::{Samples, TargetKind, npz};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::onnx::{OnnxError, OnnxNetwork};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Loss};
use serde::Deserialize;

const NETWORKS: [&str; 5] = ["mlp", "lenet", "grouped", "resnet", "transformer"];

#[derive(Deserialize)]
struct Values {
    parameters: usize,
    loss: f64,
    gradient_norm: f64,
    largest_eigenvalue: f64,
    smallest_eigenvalue: f64,
    trace: f64,
    accuracy: f64,
    least_margin: f64,
    median_margin: f64,
    first_outputs: Vec<f64>,
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pytorch").join(name)
}

fn values(name: &str) -> Values {
    let text = std::fs::read_to_string(file("values.json")).unwrap();
    let mut all: BTreeMap<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    serde_json::from_value(all.remove(name).unwrap()).unwrap()
}

fn digits() -> Samples {
    npz::read(&file("digits.npz"), TargetKind::Labels { classes: Some(10) }).unwrap()
}

fn device() -> Device {
    Device::open(Backend::default()).unwrap()
}

fn network(name: &str, precision: Precision) -> OnnxNetwork {
    OnnxNetwork::read(&file(name), precision, &device()).unwrap()
}

fn traced(network: &OnnxNetwork, precision: Precision) -> Traced {
    let examples = Examples::new(&digits(), precision, &device()).unwrap();
    let batch = (examples.inputs(), examples.targets());
    let loss = |network: &OnnxNetwork, (x, y): (Tensor<2>, Tensor<2>)| {
        Loss::CrossEntropy.of(network.forward(x).unwrap(), y)
    };
    trace(network, batch, loss).unwrap()
}

fn agrees(what: &str, found: f64, expected: f64, tolerance: f64) {
    let error = (found - expected).abs() / expected.abs().max(1e-3);
    assert!(error <= tolerance, "{what}: {found} where PyTorch has {expected}: {error:e}");
}

/// Loss, gradient, outputs, margins.
fn first_order(file: &str, name: &str, precision: Precision, tolerance: f64) {
    let (network, expected) = (network(file, precision), values(name));
    assert_eq!(parameters::flat(&network).len(), expected.parameters, "{file}");
    let traced = traced(&network, precision);
    let (loss, gradient) = traced.value_and_gradient(traced.point()).unwrap();
    agrees(&format!("{file} loss"), loss, expected.loss, tolerance);
    let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
    agrees(&format!("{file} gradient"), norm, expected.gradient_norm, 10.0 * tolerance);
    let samples = digits();
    let examples = Examples::new(&samples, precision, &device()).unwrap();
    let scores: Vec<f64> = network.forward(examples.inputs()).unwrap().into_data().iter::<f64>().collect();
    let largest = expected.first_outputs.iter().fold(0f64, |most, x| most.max(x.abs()));
    for (found, expected) in scores.iter().zip(&expected.first_outputs) {
        assert!((found - expected).abs() <= tolerance * largest, "{file} outputs: {found}, {expected}");
    }
    let (labels, classes) = samples.labels().unwrap();
    let mut margins: Vec<f64> = scores
        .chunks_exact(classes)
        .zip(labels)
        .map(|(row, &label)| {
            let others = row.iter().enumerate().filter(|(class, _)| *class != label).map(|(_, &score)| score);
            row[label] - others.fold(f64::NEG_INFINITY, f64::max)
        })
        .collect();
    margins.sort_by(f64::total_cmp);
    let right = margins.iter().filter(|&&margin| margin > 0.0).count();
    agrees(&format!("{file} accuracy"), right as f64 / margins.len() as f64, expected.accuracy, 1e-12);
    agrees(&format!("{file} least margin"), margins[0], expected.least_margin, 10.0 * tolerance);
    agrees(
        &format!("{file} median"),
        margins[(margins.len() - 1) / 2],
        expected.median_margin,
        10.0 * tolerance,
    );
}

#[test]
fn loss_gradient_and_margins_agree_in_f64_from_both_exporters() {
    for name in NETWORKS {
        first_order(&format!("{name}.onnx"), name, Precision::F64, 1e-9);
        first_order(&format!("{name}_old.onnx"), name, Precision::F64, 1e-9);
    }
}

#[test]
fn loss_gradient_and_margins_agree_in_f32() {
    for name in NETWORKS {
        first_order(&format!("{name}.onnx"), name, Precision::F32, 1e-5);
    }
}

/// The ends of the spectrum by Lanczos, its sum from the diagonal of the dense Hessian.
fn curvature(name: &str) {
    let expected = values(name);
    let traced = traced(&network(&format!("{name}.onnx"), Precision::F64), Precision::F64);
    let hessian = traced.linearize(traced.point()).unwrap();
    for (end, value) in
        [(End::Largest, expected.largest_eigenvalue), (End::Smallest, expected.smallest_eigenvalue)]
    {
        let mut stream = Stream::new(1);
        let found = Lanczos::new(end, 1).unwrap().run(&hessian, &mut || stream.normal()).unwrap();
        let pair = &found.pairs[0];
        let scale = expected.largest_eigenvalue.abs();
        let error = (pair.value - value).abs() / scale;
        assert!(error <= 1e-8, "{name} {end:?}: {} where PyTorch has {value}: {error:e}", pair.value);
        assert!(pair.enclosure.contains(value) || error <= 1e-11, "{name} {end:?}: {value} is not enclosed");
    }
    let n = traced.dimension();
    let dense = traced.hessian(traced.point()).unwrap();
    let sum: f64 = (0..n).map(|at| dense[at * (n + 1)]).sum();
    agrees(&format!("{name} trace"), sum, expected.trace, 1e-8);
}

#[test]
fn curvature_of_the_perceptron_agrees() {
    curvature("mlp");
}

#[test]
fn curvature_of_the_convolutional_networks_agrees() {
    curvature("lenet");
    curvature("grouped");
}

#[test]
fn curvature_of_the_residual_network_and_the_transformer_agrees() {
    curvature("resnet");
    curvature("transformer");
}

#[test]
fn names_of_a_state_dict_survive_both_exporters() {
    let names = |file: &str| -> Vec<String> {
        let mut names: Vec<String> =
            parameters::named(&network(file, Precision::F64)).into_iter().map(|p| p.name).collect();
        names.sort();
        names
    };
    for name in NETWORKS {
        assert_eq!(names(&format!("{name}.onnx")), names(&format!("{name}_old.onnx")), "{name}");
    }
    assert!(names("resnet.onnx").contains(&"b1.bn2.weight".to_owned()));
}

#[test]
fn checkpoints_find_their_places() {
    let trained = network("mlp.onnx", Precision::F64);
    let init = Checkpoint::read(&file("mlp_init.safetensors")).unwrap();
    let at_init = trained.with_weights(&init).unwrap();
    assert_ne!(parameters::flat(&at_init), parameters::flat(&trained));
    for name in ["mlp.safetensors", "mlp.pt"] {
        let again = at_init.with_weights(&Checkpoint::read(&file(name)).unwrap()).unwrap();
        assert_eq!(parameters::flat(&again), parameters::flat(&trained), "{name}");
    }
}

/// In each type, from each way of saving: `types` of `make.py`.
#[test]
fn weights_of_each_type_are_read() {
    let numbers = [1.5, -2.25, 0.1, 3e-5, 0.0, -60000.0];
    for name in ["types.safetensors", "types.pth", "types_before.pt", "types_nested.pt"] {
        let read = Checkpoint::read(&file(name)).unwrap();
        let weight = |kind: &str| {
            let found = read.weights.iter().find(|(name, _)| name.rsplit('.').next() == Some(kind));
            found.unwrap_or_else(|| panic!("{name} has {:?}", read.weights.keys())).1
        };
        assert_eq!(weight("double").values, numbers, "{name}");
        assert_eq!(weight("single").values, numbers.map(|x| f64::from(x as f32)), "{name}");
        assert_eq!(weight("turned").values, [1.5, 3e-5, -2.25, 0.0, 0.1, -60000.0], "{name}");
        assert_eq!((&weight("double").shape, &weight("turned").shape), (&vec![2, 3], &vec![3, 2]));
        // A relative step of the type, or an absolute one where numbers have no leading digit.
        for (kind, relative, absolute) in
            [("half", 2f64.powi(-11), 2f64.powi(-25)), ("brain", 2f64.powi(-9), 0.0)]
        {
            for (found, expected) in weight(kind).values.iter().zip(numbers) {
                let error = (found - expected).abs();
                assert!(
                    error <= (relative * expected.abs()).max(absolute),
                    "{name} {kind}: {found}, {expected}"
                );
            }
        }
        assert_eq!(read.weights.len(), 5, "integers are no weights: {:?}", read.weights.keys());
    }
}

/// A training state holds more than weights, and training in parallel writes a prefix.
#[test]
fn weights_are_found_under_a_prefix() {
    let trained = network("mlp.onnx", Precision::F64);
    let plain = Checkpoint::read(&file("mlp_init.safetensors")).unwrap();
    let expected = parameters::flat(&trained.with_weights(&plain).unwrap());
    let mut nested = Checkpoint::default();
    for (name, weight) in &plain.weights {
        nested.weights.insert(format!("state_dict.module.{name}"), weight.clone());
        nested.weights.insert(format!("optimizer.{name}"), Weight { shape: vec![1], values: vec![0.0] });
    }
    nested.weights.remove("optimizer.fc1.bias");
    assert_eq!(parameters::flat(&trained.with_weights(&nested).unwrap()), expected);
}

/// Running means are no parameters, but a checkpoint without them is not one of this network.
#[test]
fn statistics_of_a_normalization_belong_to_a_checkpoint() {
    let network = network("resnet.onnx", Precision::F64);
    let mut checkpoint = Checkpoint::default();
    let weight = |shape: &[usize], values: &[f64]| Weight { shape: shape.to_vec(), values: values.to_vec() };
    for stored in &network.graph().parameters {
        checkpoint.weights.insert(stored.name.clone(), weight(&stored.shape, &stored.values));
    }
    let error = network.with_weights(&checkpoint).unwrap_err().to_string();
    assert!(error.contains("`b1.bn1.running_mean` [6] is missing"), "{error}");
    for (name, host) in network.graph().statistics() {
        checkpoint.weights.insert(name.clone(), weight(&host.shape, host.floats().unwrap()));
    }
    assert!(network.with_weights(&checkpoint).is_ok());
}

#[test]
fn weights_that_do_not_fit_are_all_named() {
    let mut checkpoint = Checkpoint::read(&file("mlp.safetensors")).unwrap();
    let moved = checkpoint.weights.remove("fc1.bias").unwrap();
    checkpoint.weights.insert("fc9.bias".to_owned(), moved);
    checkpoint.weights.get_mut("fc2.weight").unwrap().shape.reverse();
    let error = network("mlp.onnx", Precision::F64).with_weights(&checkpoint).unwrap_err();
    let OnnxError::Weights(lines) = &error else { panic!("{error}") };
    assert_eq!(lines.len(), 3, "{error}");
    for part in
        ["`fc2.weight` is [16, 14] where the network has [14, 16]", "`fc1.bias` [16] is missing", "`fc9.bias`"]
    {
        assert!(error.to_string().contains(part), "{part} is not in: {error}");
    }
}
