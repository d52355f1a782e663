//! What theory says of a network's graph, against the network itself.

mod chains;
mod graphs;
mod trained;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::{Tensor, TensorData};
use saddlepoint_experiments::measure::structure::Structure;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::onnx::{Graph, Host, Input, Node, Numbers, OnnxNetwork, Operation, Place, Stored};
use saddlepoint_models::random::Stream;

fn device() -> Device {
    Device::open(Backend::default()).unwrap()
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/curvature/tests/pytorch").join(name)
}

fn structure(network: &OnnxNetwork) -> Structure {
    Structure::of_network(network, Precision::F64, &device(), &mut Stream::new(7)).unwrap()
}

fn outputs(network: &OnnxNetwork, rows: Vec<f64>, count: usize) -> Vec<f64> {
    let width = rows.len() / count;
    let data = TensorData::new(rows, [count, width]);
    let rows = Tensor::<2>::from_data(data, (&device().burn(), Precision::F64.dtype()));
    network.forward(rows).unwrap().into_data().iter::<f64>().collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
}

/// The largest `(‖f(x) − f(y)‖ − jump)/‖x − y‖` over pairs.
fn steepest(network: &OnnxNetwork, pairs: &[(Vec<f64>, Vec<f64>)], jump: f64) -> f64 {
    let rows: Vec<f64> = pairs.iter().flat_map(|(x, y)| x.iter().chain(y)).copied().collect();
    let outputs = outputs(network, rows, 2 * pairs.len());
    let width = outputs.len() / (2 * pairs.len());
    let slopes = outputs.chunks_exact(2 * width).zip(pairs).map(|(row, (x, y))| {
        let (of_x, of_y) = row.split_at(width);
        (distance(of_x, of_y) - jump) / distance(x, y)
    });
    slopes.fold(0.0, f64::max)
}

/// Pairs at distances from far to near, around points of several sizes.
fn random_pairs(count: usize, width: usize, stream: &mut Stream) -> Vec<(Vec<f64>, Vec<f64>)> {
    (0..count)
        .map(|n| {
            let (size, step) = ([0.1, 1.0, 5.0][n % 3], [1e-4, 1e-2, 1.0][n / 3 % 3]);
            let x: Vec<f64> = stream.normals(width).into_iter().map(|x| size * x).collect();
            let y = x.iter().zip(stream.normals(width)).map(|(x, d)| x + step * d).collect();
            (x, y)
        })
        .collect()
}

/// A graph written by hand: one value after the other.
struct Written {
    graph: Graph,
}

impl Written {
    /// Of examples of a shape.
    fn new(shape: &[usize]) -> Self {
        let lengths = [None].into_iter().chain(shape.iter().map(|&length| Some(length))).collect();
        Self {
            graph: Graph {
                opset: 17,
                producer: "a test".to_owned(),
                nodes: vec![],
                input: Input { name: "x".to_owned(), shape: lengths, integers: false },
                output: "x".to_owned(),
                parameters: vec![],
                constants: BTreeMap::new(),
            },
        }
    }

    fn parameter(mut self, name: &str, shape: &[usize], values: &[f64]) -> Self {
        self.graph.parameters.push(Stored {
            name: name.to_owned(),
            shape: shape.to_vec(),
            values: values.to_vec(),
        });
        self
    }

    fn integers(mut self, name: &str, values: &[i64]) -> Self {
        let host = Host { shape: vec![values.len()], numbers: Numbers::Int(values.to_vec()) };
        self.graph.constants.insert(name.to_owned(), host);
        self
    }

    fn number(mut self, name: &str, value: f64) -> Self {
        let host = Host { shape: vec![], numbers: Numbers::Float(vec![value]) };
        self.graph.constants.insert(name.to_owned(), host);
        self
    }

    /// A node whose output is the network's, until another one follows.
    fn then(mut self, operation: Operation, inputs: &[&str], output: &str) -> Self {
        let operator = format!("{operation:?}").split(['(', ' ', '{']).nth(1).unwrap_or("node").to_owned();
        let place = Place { index: self.graph.nodes.len(), name: String::new(), operator };
        self.graph.nodes.push(Node {
            place,
            operation,
            inputs: inputs.iter().map(|&name| name.to_owned()).collect(),
            outputs: vec![output.to_owned()],
        });
        output.clone_into(&mut self.graph.output);
        self
    }

    fn network(self) -> OnnxNetwork {
        OnnxNetwork::new(self.graph, Precision::F64, &device()).unwrap()
    }
}
