//! `compositional-training`: the tree of networks is the composition of its nodes, and learns what is composed as it is.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::{Samples, Targets, planted};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, TreeMlp};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Batch, Examples, Limit, Loss, Optimizer, Schedule, Training};
use saddlepoint_theory::expressivity::compositional;
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use serde_json::{Value, json};

fn device() -> Device {
    Device::open(Backend::default()).unwrap()
}

/// The nodes of a tree, level by level, as networks of their own: what the vector of its parameters means.
fn nodes(leaves: usize, units: usize, mut parameters: &[f64]) -> Vec<Vec<ReluNetwork>> {
    let mut take = |n: usize| {
        let (first, rest) = parameters.split_at(n);
        parameters = rest;
        first
    };
    let mut levels = Vec::new();
    let mut width = leaves;
    while width > 1 {
        width /= 2;
        let (w, b) = (take(width * 2 * units), take(width * units));
        let (v, c) = (take(width * units), take(width));
        let node = |k: usize| {
            let hidden = DMatrix::from_column_slice(units, 2, &w[k * 2 * units..][..2 * units]);
            let output = DMatrix::from_row_slice(1, units, &v[k * units..][..units]);
            let biases = DVector::from_column_slice(&b[k * units..][..units]);
            ReluNetwork::new(vec![(hidden, biases), (output, DVector::from_element(1, c[k]))]).unwrap()
        };
        levels.push((0..width).map(node).collect());
    }
    levels
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_tree_is_the_composition_of_its_nodes(seed in any::<u64>(), depth in 1..4u32, units in 1..6usize) {
        let (leaves, mut stream) = (2usize.pow(depth), Stream::new(seed));
        let tree = TreeMlp::new(leaves, units, Activation::Relu).unwrap();
        let network = tree.init(Initialization::PytorchDefault, Precision::F64, &device(), &mut stream).unwrap();
        let flat = parameters::flat(&network);
        prop_assert_eq!(flat.len(), tree.parameters());
        let levels = nodes(leaves, units, &flat);
        let compose = |x: &[f64]| {
            let join = |x: Vec<f64>, nodes: &Vec<ReluNetwork>| {
                nodes.iter().zip(x.chunks(2)).map(|(node, pair)| node.value(pair).unwrap()[0]).collect()
            };
            levels.iter().fold(x.to_vec(), join)[0]
        };
        let inputs = stream.normals(5 * leaves);
        let values = inputs.chunks(leaves).map(compose).collect();
        let samples = Samples::new(&[leaves], inputs, Targets::Values(values)).unwrap();
        let examples = Examples::new(&samples, Precision::F64, &device()).unwrap();
        let squares = examples.loss(&network, Loss::Squared).unwrap();
        prop_assert!(squares < 1e-24, "{squares:e}");
    }
}

/// Test error of a tree over four inputs in this order, on a function of ((x₀, x₁), (x₂, x₃)).
fn error_over(order: [usize; 4], seed: u64) -> f64 {
    let mut stream = Stream::new(seed);
    let inputs: Vec<f64> = (0..4 * 4000).map(|_| stream.between(-1.0, 1.0)).collect();
    let h = |a: f64, b: f64| (3.0 * a + 0.5).sin() * (2.0 * b - 0.3).cos();
    let values: Vec<f64> = inputs.chunks(4).map(|x| compositional::tree(x, h).unwrap()).collect();
    let inputs = inputs.chunks(4).flat_map(|x| order.map(|i| x[i])).collect();
    let (train, test) = planted::standardized(4, inputs, &values, 3000).unwrap();
    let (device, steps) = (device(), 1500);
    let network = TreeMlp::new(4, 24, Activation::Relu)
        .unwrap()
        .init(Initialization::HeNormal, Precision::F32, &device, &mut stream)
        .unwrap();
    let trained = Training::new(Loss::Squared, Optimizer::adam(), Schedule::Cosine { rate: 1e-2, steps })
        .batch(Batch::Size(250))
        .limit(Limit::Steps(steps))
        .run(network, &Examples::new(&train, Precision::F32, &device).unwrap(), &mut stream)
        .unwrap();
    Examples::new(&test, Precision::F32, &device).unwrap().loss(&trained.network, Loss::Squared).unwrap()
}

/// The hypothesis that the graphs match is what the tree lives on.
#[test]
fn teeth_a_tree_over_misplaced_inputs_does_not_learn() {
    for seed in [1, 2] {
        let (matched, misplaced) = (error_over([0, 1, 2, 3], seed), error_over([0, 2, 1, 3], seed));
        assert!(matched < 0.6 * misplaced, "seed {seed}: {matched} and {misplaced}");
    }
}

fn trained(network: &Value, test: f64) -> (Value, Value) {
    let task = json!({"network": network, "train": 8192, "steps": 8000, "seed": 1});
    (task, json!({"parameters": 567, "test": test, "trajectory": []}))
}

#[test]
fn teeth_the_tree_must_beat_both_shallow_networks_by_far() {
    let claim = claims::find("compositional-training").unwrap();
    let verdict = |tree: f64, wide: f64| {
        let evidence = [
            trained(&json!({"tree": 20}), tree),
            trained(&json!({"shallow": 57}), 0.72),
            trained(&json!({"shallow": 570}), wide),
        ];
        claim.conclude(&evidence).unwrap().0.verdict
    };
    assert_eq!(verdict(0.34, 0.73), Verdict::Reproduced);
    assert_eq!(verdict(0.44, 0.73), Verdict::NotReproduced);
    assert_eq!(verdict(0.34, 0.5), Verdict::NotReproduced);
    let alone = [trained(&json!({"tree": 20}), 0.1)];
    assert_eq!(claim.conclude(&alone).unwrap().0.verdict, Verdict::Inconclusive);
    let unmeasured = [trained(&json!({"shallow": 57}), 0.7)];
    assert_eq!(claim.conclude(&unmeasured).unwrap().0.verdict, Verdict::NotReproduced);
}
