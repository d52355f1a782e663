//! Networks that PyTorch trained and exported: the norms that PyTorch finds, and slopes that the networks have.

use std::collections::BTreeMap;

use saddlepoint_experiments::measure::structure::{Operator, Refused};
use saddlepoint_models::data::{TargetKind, npz};
use saddlepoint_models::device::Precision;
use saddlepoint_models::onnx::OnnxNetwork;
use saddlepoint_models::random::Stream;

use super::{device, file, random_pairs, steepest, structure};

const LIPSCHITZ: [&str; 8] =
    ["mlp", "mlp_old", "lenet", "lenet_old", "grouped", "grouped_old", "resnet", "resnet_old"];

fn network(name: &str) -> OnnxNetwork {
    OnnxNetwork::read(&file(&format!("{name}.onnx")), Precision::F64, &device()).unwrap()
}

/// The largest singular values of the layers' dense matrices, by PyTorch in f64.
#[test]
fn norms_of_operators_are_those_of_pytorch() {
    let text = std::fs::read_to_string(file("values.json")).unwrap();
    let values: BTreeMap<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    for name in LIPSCHITZ.into_iter().chain(["transformer", "transformer_old"]) {
        let expected = &values[name.trim_end_matches("_old")]["operator_norms"];
        let expected: BTreeMap<String, f64> = serde_json::from_value(expected.clone()).unwrap();
        let structure = structure(&network(name));
        let layers =
            structure.layers.iter().filter(|layer| !matches!(layer.operator, Operator::Diagonal { .. }));
        let found: BTreeMap<String, _> =
            layers.map(|layer| (layer.name.clone(), layer.norms.clone().unwrap().spectral)).collect();
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name}");
        for (layer, norm) in found {
            let expected = expected[&layer];
            let gap = 1e-9 * expected;
            assert!(norm.low() <= expected + gap && norm.high() >= expected - gap, "{name} {layer}: {norm}");
            assert!(norm.width() <= 1e-8 * expected, "{name} {layer}: {norm}");
        }
    }
}

/// No two examples, drawn or digits, are moved apart by more than the bound.
#[test]
fn no_slope_is_above_the_bound() {
    let digits = npz::read(&file("digits.npz"), TargetKind::Labels { classes: Some(10) }).unwrap();
    let rows: Vec<&[f64]> = digits.rows().collect();
    let of_digits: Vec<(Vec<f64>, Vec<f64>)> =
        rows.iter().zip(&rows[1..]).map(|(x, y)| (x.to_vec(), y.to_vec())).collect();
    for name in LIPSCHITZ {
        let network = network(name);
        let upper = structure(&network).upper.unwrap();
        let mut pairs = random_pairs(900, 64, &mut Stream::new(3));
        pairs.extend(of_digits.clone());
        let steepest = steepest(&network, &pairs, upper.jump);
        assert!(steepest <= upper.constant, "{name}: {steepest} above {}", upper.constant);
        assert!(upper.jump == 0.0 || name == "mlp" && upper.jump < 1e-6, "{name}: {}", upper.jump);
        // The bound is that of a network that does something, and not without end.
        assert!(steepest >= 1e-3 * upper.constant, "{name}: {steepest} far below {}", upper.constant);
    }
}

/// Both exporters write the same network.
#[test]
fn both_exporters_have_the_same_bound() {
    for pair in LIPSCHITZ.chunks_exact(2) {
        let [one, other] = [0, 1].map(|at| structure(&network(pair[at])).upper.unwrap().constant);
        assert!((one / other - 1.0).abs() < 1e-8, "{}: {one} and {other}", pair[0]);
    }
}

#[test]
fn attention_is_refused_by_its_products() {
    for name in ["transformer", "transformer_old"] {
        let refusal = structure(&network(name)).upper.unwrap_err();
        assert_eq!(refusal.nodes.len(), 2, "{refusal}");
        for node in &refusal.nodes {
            assert_eq!(node.place.operator, "MatMul", "{refusal}");
            assert!(node.reason.contains("attention"), "{refusal}");
        }
    }
}

#[test]
fn networks_that_are_no_chains_are_refused_by_their_nodes() {
    for (name, part) in [
        ("mlp_old", "second kind"),
        ("lenet_old", "max pooling"),
        ("grouped_old", "silu, after leaky relu"),
        ("resnet_old", "a sum of values that depend on the input"),
        ("transformer_old", "attention"),
    ] {
        let structure = structure(&network(name));
        let refused = structure.chain.unwrap_err();
        let place = match &refused {
            Refused::Operation { place, .. } | Refused::SecondActivation { place, .. } => place,
            Refused::Unknown(refusal) => &refusal.place,
            other => panic!("{name}: {other}"),
        };
        let text = refused.to_string();
        assert!(text.contains(&place.operator), "{name}: {text}");
        assert!(part == "second kind" || text.contains(part), "{name}: {text}");
        assert!(structure.architecture.is_err());
    }
}
