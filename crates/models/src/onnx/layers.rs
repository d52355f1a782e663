//! What a network consists of: its layers, their shapes, parameters and cost.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::Tensor;

use super::error::{OnnxError, Place};
use super::network::{OnnxNetwork, Trace};
use super::operation::{Linear, Operation};
use super::value::Place as On;
use crate::device::{Device, Precision};

/// A node that computes with the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Where it is.
    pub place: Place,
    /// The shape of its output for one example.
    pub output: Vec<usize>,
    /// The names of the parameters that it takes, itself or through a rearrangement of them.
    pub parameters: Vec<String>,
    /// The number of entries of these.
    pub count: usize,
    /// Floating-point operations for one example, a multiplication and an addition being two.
    pub operations: u64,
}

impl OnnxNetwork {
    /// The layers, in order. Rearrangements of stored numbers are no layers.
    ///
    /// # Errors
    /// As [`OnnxNetwork::forward`].
    pub fn layers(&self, precision: Precision, device: &Device) -> Result<Vec<Layer>, OnnxError> {
        let on = On { device: device.burn(), dtype: precision.dtype() };
        let width: usize = self.example()?.iter().product();
        // Two examples: with one, an axis of length one could not be told from that of the examples.
        let (_, traces) = self.traced(Tensor::zeros([EXAMPLES, width], (&on.device, on.dtype)))?;
        let graph = self.graph();
        let sizes: BTreeMap<&str, usize> =
            graph.parameters.iter().map(|stored| (stored.name.as_str(), stored.values.len())).collect();
        // Which parameters each value is an arrangement of; values that depend on the data are not here.
        let mut stored: BTreeMap<&str, Vec<&str>> = sizes.keys().map(|&name| (name, vec![name])).collect();
        let reached = self.reached();
        let mut layers = vec![];
        for trace in traces.iter().filter(|trace| !trace.folded) {
            let node = &graph.nodes[trace.node];
            let dynamic = |name: &String| {
                !(name.is_empty() || stored.contains_key(name.as_str()) || graph.constants.contains_key(name))
            };
            let taken: Vec<&str> =
                node.inputs.iter().filter_map(|name| stored.get(name.as_str())).flatten().copied().collect();
            if !taken.is_empty()
                && !node.inputs.iter().any(|name| dynamic(name) && reached.contains(name.as_str()))
            {
                stored.extend(node.outputs.iter().map(|name| (name.as_str(), taken.clone())));
                continue;
            }
            layers.push(Layer {
                place: node.place.clone(),
                output: trace.output.get(1..).unwrap_or_default().to_vec(),
                count: taken.iter().map(|name| sizes[name]).sum(),
                parameters: taken.iter().map(|&name| name.to_owned()).collect(),
                operations: operations(&node.operation, trace) / EXAMPLES as u64,
            });
        }
        Ok(layers)
    }

    /// The values that depend on the network's input.
    fn reached(&self) -> BTreeSet<&str> {
        let graph = self.graph();
        let mut reached = BTreeSet::from([graph.input.name.as_str()]);
        for node in &graph.nodes {
            if node.inputs.iter().any(|input| reached.contains(input.as_str())) {
                reached.extend(node.outputs.iter().map(String::as_str));
            }
        }
        reached
    }
}

/// How many examples a network is described with.
const EXAMPLES: usize = 2;

/// Floating-point operations of a node: exact for products and convolutions, one for each entry read elsewhere.
fn operations(operation: &Operation, trace: &Trace) -> u64 {
    let size = |shape: &[usize]| shape.iter().product::<usize>() as u64;
    let output = size(&trace.output);
    let input = |at: usize| trace.inputs.get(at).map(Vec::as_slice).unwrap_or_default();
    match operation {
        Operation::Linear(Linear::Gemm { transpose_a, .. }) => {
            let inner = input(0).get(usize::from(!transpose_a)).copied().unwrap_or(1) as u64;
            2 * output * inner
        }
        Operation::Linear(Linear::MatMul) => 2 * output * input(0).last().copied().unwrap_or(1) as u64,
        Operation::Convolution(_) => 2 * output * size(input(1).get(1..).unwrap_or_default()),
        Operation::Layout(_) | Operation::Slice(_) | Operation::Pad(_) | Operation::Gather(_) => 0,
        _ => size(input(0)).max(output),
    }
}
