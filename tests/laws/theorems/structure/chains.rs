//! The theorems' network computes what the measured one does.

use saddlepoint_experiments::measure::structure::{Curve, Dense, Refused, Structure};
use saddlepoint_models::onnx::{
    Activation, Convolution, Layout, Linear, Normalization, Operation, Padding, Window,
};
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::bounds::network::Network;
use saddlepoint_theory::capacity::vc::piecewise_linear::{Architecture, Layer};

use super::{Written, outputs, structure};

/// Flatten, a convolution with a normalization, relu, a fully connected layer: with biases, or without.
fn written(biased: bool, activation: Activation) -> Written {
    let mut stream = Stream::new(11);
    let window = Window { strides: vec![2], dilations: vec![], padding: Padding::Fixed(vec![(1, 1)]) };
    let gemm = Linear::Gemm { alpha: 1.0, beta: 1.0, transpose_a: false, transpose_b: true };
    let zeros_or =
        |count: usize, stream: &mut Stream| if biased { stream.normals(count) } else { vec![0.0; count] };
    let positive: Vec<f64> = stream.normals(3).into_iter().map(|x| 0.5 + x * x).collect();
    let zero = vec![0.0; 3];
    Written::new(&[2, 5])
        .parameter("conv.weight", &[3, 2, 3], &stream.normals(18))
        .parameter("norm.weight", &[3], &stream.normals(3))
        .parameter("norm.bias", &[3], &zeros_or(3, &mut stream))
        .parameter("mean", &[3], &zero)
        .parameter("variance", &[3], &positive)
        .parameter("fc.weight", &[4, 9], &stream.normals(36))
        .parameter("fc.bias", &[4], &zeros_or(4, &mut stream))
        .then(Operation::Layout(Layout::Identity), &["x"], "i")
        .then(Operation::Convolution(Convolution { window, groups: 1 }), &["i", "conv.weight"], "c")
        .then(
            Operation::Normalization(Normalization::Batch { epsilon: 1e-5 }),
            &["c", "norm.weight", "norm.bias", "mean", "variance"],
            "n",
        )
        .then(Operation::Activation(activation), &["n"], "r")
        .then(Operation::Layout(Layout::Flatten(1)), &["r"], "f")
        .then(Operation::Linear(gemm), &["f", "fc.weight", "fc.bias"], "y")
}

/// Outputs of a relu network of the theorems, whose weights are near their midpoints.
fn relu_outputs(network: &Network, rows: &[f64], count: usize) -> Vec<f64> {
    let inputs = IntervalMatrix::from_rows(count, rows.len() / count, rows.to_vec()).unwrap();
    network.layers().relu_outputs(&inputs).unwrap().midpoints().to_vec()
}

#[test]
fn a_chain_computes_what_its_graph_does() {
    let rows = Stream::new(5).normals(30);
    for biased in [false, true] {
        let network = written(biased, Activation::Relu).network();
        let structure = structure(&network);
        let chain = structure.chain.unwrap();
        assert_eq!((chain.augmented, chain.network.depth()), (biased, 2));
        assert_eq!(
            (&chain.layers, &chain.written_out),
            (&vec!["conv".to_owned(), "fc".to_owned()], &vec!["conv".to_owned()])
        );
        assert_eq!(chain.folded, ["norm"]);
        let found = if biased {
            let longer: Vec<f64> =
                rows.chunks_exact(10).flat_map(|row| row.iter().copied().chain([1.0])).collect();
            relu_outputs(&chain.network, &longer, 3)
        } else {
            relu_outputs(&chain.network, &rows, 3)
        };
        for (found, expected) in found.iter().zip(outputs(&network, rows.clone(), 3)) {
            assert!((found - expected).abs() < 1e-12 * (1.0 + expected.abs()), "{found} {expected}");
        }
        // Weights of the kernel once, and the biases of its channels: the normalization always has some.
        let biases = 1;
        let layers = [Layer { units: 9, parameters: 18 + 3 }, Layer { units: 1, parameters: 9 + biases }];
        assert_eq!(structure.architecture, Ok(Architecture::new(&layers, 1).unwrap()));
    }
}

#[test]
fn hypotheses_are_refused_by_name() {
    let refused = |activation| structure(&written(true, activation).network()).chain.unwrap_err().to_string();
    let tanh = refused(Activation::Tanh);
    assert!(tanh.contains("output 0 of layer `conv`") && tanh.contains("not with tanh"), "{tanh}");
    let sigmoid = refused(Activation::Sigmoid);
    assert!(sigmoid.contains("sigmoid maps 0 to 0.5"), "{sigmoid}");
    let alone = structure(&written(false, Activation::Tanh).network());
    assert_eq!(alone.chain.unwrap().network.activation().name(), "tanh");
    assert_eq!(alone.architecture, Err(Refused::NotPiecewiseLinear("tanh")));
}

/// The same network as a list of layers and as a graph.
#[test]
fn layers_without_a_graph_are_described_alike() {
    let (one, other) = (vec![1.0, -2.0, 0.5, 3.0, 0.25, -1.0], vec![2.0, 0.5, -1.0]);
    let gemm =
        || Operation::Linear(Linear::Gemm { alpha: 1.0, beta: 1.0, transpose_a: false, transpose_b: true });
    let graph = Written::new(&[2])
        .parameter("a.weight", &[3, 2], &one)
        .parameter("a.bias", &[3], &[0.5, 0.0, -1.0])
        .parameter("b.weight", &[1, 3], &other)
        .then(gemm(), &["x", "a.weight", "a.bias"], "a")
        .then(Operation::Activation(Activation::LeakyRelu { slope: 0.1 }), &["a"], "r")
        .then(gemm(), &["r", "b.weight"], "y");
    let graph = structure(&graph.network());
    let dense = |name: &str, rows, columns, weights: &[f64], biases: &[f64]| Dense {
        name: name.to_owned(),
        weights: IntervalMatrix::from_rows(rows, columns, weights.to_vec()).unwrap(),
        biases: biases.to_vec(),
    };
    let layers = vec![dense("a", 3, 2, &one, &[0.5, 0.0, -1.0]), dense("b", 1, 3, &other, &[0.0])];
    let listed = Structure::of_layers(layers, Curve::leaky(0.1), &mut Stream::new(1)).unwrap();
    assert_eq!(listed.upper.unwrap().constant, graph.upper.unwrap().constant);
    assert_eq!(listed.chain, graph.chain);
    for (one, other) in listed.layers.iter().zip(&graph.layers) {
        assert_eq!((&one.name, &one.norms), (&other.name, &other.norms));
    }
    let misfit = vec![dense("a", 3, 2, &one, &[0.0; 3]), dense("b", 3, 2, &one, &[0.0; 3])];
    assert!(Structure::of_layers(misfit, Curve::RELU, &mut Stream::new(1)).is_err());
}
