//! The numbers of a report are PyTorch's, to 1e-8 in f64 and 1e-4 in f32.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{file, finish, measure, quantity, read};

#[derive(Deserialize)]
struct Values {
    parameters: usize,
    loss: f64,
    gradient_norm: f64,
    largest_eigenvalue: f64,
    smallest_eigenvalue: f64,
    accuracy: f64,
    least_margin: f64,
    median_margin: f64,
    operator_norms: BTreeMap<String, f64>,
}

fn values(name: &str) -> Values {
    let text = std::fs::read_to_string(file("values.json")).unwrap();
    let mut all: BTreeMap<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    serde_json::from_value(all.remove(name).unwrap()).unwrap()
}

fn agrees(network: &str, dtype: &str, tolerance: f64) {
    let folder = tempfile::tempdir().unwrap();
    let only = "fit,layers,margins,critical,curvature";
    let command = measure(
        &file(&format!("{network}.onnx")),
        folder.path(),
        &["--only", only, "--dtype", dtype, "--quiet"],
    );
    let (code, _, stderr) = finish(command);
    assert_eq!(code, 0, "{network}: {stderr}");
    let (found, expected) = (read(folder.path()), values(network));
    assert_eq!(found.network.parameters, expected.parameters);
    let mut pairs = vec![
        ("mean loss", "training data", expected.loss, 1.0),
        ("accuracy", "training data", expected.accuracy, 1.0),
        ("norm of the gradient", "", expected.gradient_norm, 1.0),
        ("largest eigenvalue of the Hessian", "", expected.largest_eigenvalue, 1.0),
        // Errors of eigenvalues are those of the whole matrix.
        (
            "smallest eigenvalue of the Hessian",
            "",
            expected.smallest_eigenvalue,
            (expected.largest_eigenvalue / expected.smallest_eigenvalue).abs(),
        ),
        ("median margin", "training data", expected.median_margin, 1.0),
        ("least margin", "training data", expected.least_margin, 1.0),
    ];
    for (layer, norm) in &expected.operator_norms {
        pairs.push(("spectral norm", layer, *norm, 1.0));
    }
    for (name, of, expected, condition) in pairs {
        let found = quantity(&found, name, of);
        let error = (found.value - expected).abs() / expected.abs().max(1e-2);
        assert!(
            error <= tolerance * condition,
            "{network} {dtype}, {name} of {of:?}: {} is not {expected}: {error:e}",
            found.value
        );
    }
}

#[test]
fn the_perceptron_is_measured_as_pytorch_does() {
    agrees("mlp", "f64", 1e-8);
    agrees("mlp", "f32", 1e-4);
}

#[test]
fn the_convolutional_network_is_measured_as_pytorch_does() {
    agrees("lenet", "f64", 1e-8);
    agrees("lenet", "f32", 1e-4);
}

#[test]
fn strides_dilations_and_groups_are_measured_as_pytorch_does() {
    agrees("grouped", "f64", 1e-8);
}

#[test]
fn the_residual_network_is_measured_as_pytorch_does() {
    agrees("resnet", "f64", 1e-8);
}

#[test]
fn the_transformer_is_measured_as_pytorch_does() {
    agrees("transformer", "f64", 1e-8);
}
