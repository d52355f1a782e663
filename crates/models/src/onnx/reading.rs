//! A network at one example: the shapes of all values, and all values that no input changes.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::Tensor;

use super::error::OnnxError;
use super::host::{Host, Numbers};
use super::memory;
use super::network::{OnnxNetwork, Trace};
use super::operation::{Layout, Operation};
use super::value::{Place as On, Value};
use crate::device::{Device, Precision};

/// What can be read from a network without data.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What each node did with one example, in the order of [`Graph::nodes`](super::Graph::nodes).
    pub traces: Vec<Trace>,
    /// The values that do not depend on the input, by their names: parameters with the values that they have now, constants,
    /// and what nodes compute from these and from shapes. Results are those of the network as it runs, rounding and all.
    pub known: BTreeMap<String, Host>,
}

impl OnnxNetwork {
    /// Runs the network once, on one example of zeros, and keeps what does not depend on it.
    ///
    /// # Errors
    /// As [`OnnxNetwork::forward`].
    pub fn reading(&self, precision: Precision, device: &Device) -> Result<Reading, OnnxError> {
        let on = On { device: device.burn(), dtype: precision.dtype() };
        let graph = self.graph();
        let mut known = graph.constants.clone();
        for (name, array) in self.weights.arrays() {
            let array = array.map_err(|reason| OnnxError::Tensor { name: name.to_owned(), reason })?;
            known.extend(numbers(&Value::Array(array)).map(|host| (name.to_owned(), host)));
        }
        let mut traces = vec![];
        let width: usize = self.example()?.iter().product();
        let rows = Tensor::zeros([1, width], (&on.device, on.dtype));
        let mut see = |trace: Trace, values: &[Value]| {
            let node = &graph.nodes[trace.node];
            let fixed = node.inputs.iter().all(|name| name.is_empty() || known.contains_key(name));
            // What is computed before the network runs comes from shapes; integers that are the input come from the data.
            let of_shape = matches!(node.operation, Operation::Layout(Layout::Shape { .. } | Layout::Size));
            let mut kept = 0;
            if fixed || of_shape || trace.folded && !graph.input.integers {
                for (name, value) in node.outputs.iter().zip(values) {
                    if let Some(host) = numbers(value) {
                        kept += memory::host(&host);
                        known.insert(name.clone(), host);
                    }
                }
            }
            traces.push(trace);
            kept
        };
        // What the tensor library refuses, it refuses by a panic.
        match catch_unwind(AssertUnwindSafe(|| self.run(rows, &mut see))) {
            Ok(result) => result.map(|_| Reading { traces, known }),
            Err(_) => Err(OnnxError::Ends {
                reason: "the tensor library cannot run this graph on one example".to_owned(),
            }),
        }
    }
}

/// The entries of a value, if they are numbers.
fn numbers(value: &Value) -> Option<Host> {
    match value {
        Value::Host(host) => Some(host.clone()),
        Value::Array(array) => {
            let entries = array.tensor.to_data().iter::<f64>().collect();
            Some(Host { shape: array.shape(), numbers: Numbers::Float(entries) })
        }
        Value::Truth(_) => None,
    }
}
