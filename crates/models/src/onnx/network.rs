//! A graph with its parameters, as a burn module.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use burn::module::{Devices, Module, ModuleMapper, ModuleVisitor};
use burn::tensor::{Device as BurnDevice, Tensor};

use super::error::OnnxError;
use super::graph::{Graph, Node};
use super::host::{Host, Numbers, entries_of};
use super::memory::{Exceeded, Memory};
use super::value::{Arguments, Array, Place, Value};
use super::weights::Weights;
use crate::checkpoint::Checkpoint;
use crate::device::{Device, Precision};

/// A network from an ONNX file. Its parameters carry the names that they have there; the nodes run as burn's operations, so
/// that all that is done with a burn module (training, curvature, attacks) can be done with it.
#[derive(Debug, Clone)]
pub struct OnnxNetwork {
    graph: Arc<Graph>,
    pub(super) weights: Weights,
    outputs: usize,
}

/// What a node gave when the network ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Position in [`Graph::nodes`].
    pub node: usize,
    /// The shapes of its inputs, empty for one that is left out.
    pub inputs: Vec<Vec<usize>>,
    /// The shape of its first output.
    pub output: Vec<usize>,
    /// Whether it was computed before the network ran, from stored numbers and shapes alone.
    pub folded: bool,
}

impl OnnxNetwork {
    /// Reads a network and puts its parameters on a device.
    ///
    /// The network is run once on two zero examples, so that shapes that cannot be are found here.
    ///
    /// # Errors
    /// See [`OnnxError`].
    pub fn read(file: &Path, precision: Precision, device: &Device) -> Result<Self, OnnxError> {
        Self::new(Graph::read(file)?, precision, device)
    }

    /// Puts a graph's parameters on a device.
    ///
    /// # Errors
    /// As [`OnnxNetwork::read`].
    pub fn new(graph: Graph, precision: Precision, device: &Device) -> Result<Self, OnnxError> {
        let place = Place { device: device.burn(), dtype: precision.dtype() };
        let weights = Weights::new(&graph.parameters, &place)?;
        let network = Self { graph: Arc::new(graph), weights, outputs: 0 };
        Ok(Self { outputs: network.rehearse(&place)?, ..network })
    }

    /// The same network with other weights, matched by their names (all of them under one prefix, if need be): parameters, and the running means and variances of
    /// normalizations. Other stored tensors are replaced where the checkpoint has them.
    ///
    /// # Errors
    /// [`OnnxError::Weights`], with a line for each tensor that is missing or of another shape, and each that the network
    /// does not have.
    pub fn with_weights(&self, checkpoint: &Checkpoint) -> Result<Self, OnnxError> {
        let mut graph = (*self.graph).clone();
        let checkpoint = checkpoint.under_prefix(graph.parameters.iter().map(|stored| stored.name.as_str()));
        let mut wrong = vec![];
        let mut shape = |name: &str, expected: &[usize], found: &[usize]| {
            let fits = expected == found;
            if !fits {
                wrong.push(format!("`{name}` is {found:?} where the network has {expected:?}"));
            }
            fits
        };
        for parameter in &mut graph.parameters {
            if let Some(weight) = checkpoint.weights.get(&parameter.name)
                && shape(&parameter.name, &parameter.shape, &weight.shape)
            {
                parameter.values.clone_from(&weight.values);
            }
        }
        for (name, host) in &mut graph.constants {
            if let (Some(weight), Some(_)) = (checkpoint.weights.get(name), host.floats())
                && shape(name, &host.shape, &weight.shape)
            {
                host.numbers = Numbers::Float(weight.values.clone());
            }
        }
        let statistics = graph.statistics();
        let parameters = graph.parameters.iter().map(|parameter| (&parameter.name, &parameter.shape));
        let needed = parameters.chain(statistics.iter().map(|(name, host)| (*name, &host.shape)));
        let missing = needed.filter(|(name, _)| !checkpoint.weights.contains_key(*name));
        wrong.extend(missing.map(|(name, shape)| format!("`{name}` {shape:?} is missing")));
        if wrong.iter().any(|line| line.starts_with("`onnx::")) {
            let advice = "names with `onnx::` are made by the exporter when it folds constants; export as \
                          docs/pytorch/export.py does, which keeps the names of the `state_dict`";
            wrong.push(advice.to_owned());
        }
        let known = |name: &String| {
            graph.constants.contains_key(name)
                || graph.parameters.iter().any(|parameter| parameter.name == *name)
        };
        let extra = checkpoint.weights.iter().filter(|(name, _)| !known(name));
        wrong.extend(extra.map(|(name, weight)| format!("`{name}` {:?} is not in the network", weight.shape)));
        if !wrong.is_empty() {
            return Err(OnnxError::Weights(wrong));
        }
        let values: Vec<f64> =
            graph.parameters.iter().flat_map(|parameter| parameter.values.iter().copied()).collect();
        let weights = crate::parameters::replace(self.weights.clone(), &values)
            .map_err(|error| OnnxError::Weights(vec![error.to_string()]))?;
        Ok(Self { graph: Arc::new(graph), weights, outputs: self.outputs })
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The number of outputs for one example.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The shape of one example.
    ///
    /// # Errors
    /// [`OnnxError::Ends`] if the graph leaves it open, or if there are no entries or too many.
    pub fn example(&self) -> Result<Vec<usize>, OnnxError> {
        let input = &self.graph.input;
        let refused =
            |reason: String| OnnxError::Ends { reason: format!("the input `{}` {reason}", input.name) };
        let lengths: Option<Vec<usize>> = input.shape[1..].iter().copied().collect();
        let lengths = lengths.ok_or_else(|| {
            refused(format!(
                "has the shape {:?}, of which more than the number of examples is open; export with fixed lengths for the \
                 other axes",
                input.shape
            ))
        })?;
        match entries_of(1, &lengths).map_err(refused)? {
            0 => Err(refused(format!("has the shape {:?}: no entries", input.shape))),
            _ => Ok(lengths),
        }
    }

    /// Examples as rows `[n, d]` in, outputs as rows `[n, k]` out.
    ///
    /// # Errors
    /// [`OnnxError::Input`] for rows of another length; [`OnnxError::Node`] where a node cannot take what it is given;
    /// [`OnnxError::Memory`] where the values that are held take more than they may together.
    pub fn forward(&self, rows: Tensor<2>) -> Result<Tensor<2>, OnnxError> {
        self.run(rows, &mut |_, _| 0)
    }

    /// The same, with what each node did.
    ///
    /// # Errors
    /// As [`OnnxNetwork::forward`].
    pub fn traced(&self, rows: Tensor<2>) -> Result<(Tensor<2>, Vec<Trace>), OnnxError> {
        let mut traces = vec![];
        let output = self.run(rows, &mut |trace, _| {
            traces.push(trace);
            0
        })?;
        Ok((output, traces))
    }

    /// Runs the network once on zeros for its number of outputs, and turns what the tensor library refuses into an error.
    fn rehearse(&self, place: &Place) -> Result<usize, OnnxError> {
        let width: usize = self.example()?.iter().product();
        let run = || self.forward(Tensor::zeros([2, width], (&place.device, place.dtype)));
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(result) => result.map(|outputs| outputs.dims()[1]),
            Err(_) => Err(OnnxError::Ends {
                reason:
                    "the tensor library cannot run this graph on two examples; its shapes contradict each other"
                        .to_owned(),
            }),
        }
    }

    /// Runs all nodes; `seen` is told what each did, and what it gave, and answers how many bytes it keeps of that.
    pub(super) fn run(
        &self,
        rows: Tensor<2>,
        seen: &mut dyn FnMut(Trace, &[Value]) -> usize,
    ) -> Result<Tensor<2>, OnnxError> {
        let graph = &*self.graph;
        let place = Place { device: rows.device(), dtype: rows.dtype() };
        let count = rows.dims()[0];
        let mut values: HashMap<&str, Value> = HashMap::with_capacity(graph.nodes.len());
        values.insert(&graph.input.name, self.batch(rows)?);
        for (name, host) in &graph.constants {
            values.insert(name, Value::Host(host.clone()));
        }
        for (name, array) in self.weights.arrays() {
            let array = array.map_err(|reason| OnnxError::Tensor { name: name.to_owned(), reason })?;
            values.insert(name, Value::Array(array));
        }
        let mut memory = Memory::new(graph, count, place.dtype, values.values());
        let last = last_uses(&graph.nodes);
        for (index, node) in graph.nodes.iter().enumerate() {
            let failed = |reason| OnnxError::Node { place: node.place.clone(), reason };
            let exceeded =
                |Exceeded { bytes, most }| OnnxError::Memory { place: node.place.clone(), bytes, most };
            let arguments = Arguments {
                values: node.inputs.iter().map(|name| values.get(name.as_str())).collect(),
                place: &place,
            };
            let results = node.operation.run(&arguments, node.outputs.len()).map_err(failed)?;
            memory.hold(results.iter().map(|value| memory.bytes(value)).sum()).map_err(exceeded)?;
            let shape = |value: Option<&Value>| value.map(Value::shape).unwrap_or_default();
            let trace = Trace {
                node: index,
                inputs: arguments.values.iter().copied().map(shape).collect(),
                output: results.first().map(Value::shape).unwrap_or_default(),
                folded: matches!(results.first(), Some(Value::Host(_))),
            };
            memory.hold(seen(trace, &results)).map_err(exceeded)?;
            for name in &node.inputs {
                if last.get(name.as_str()) == Some(&index)
                    && *name != graph.output
                    && let Some(value) = values.remove(name.as_str())
                {
                    memory.release(&value);
                }
            }
            for (name, value) in node.outputs.iter().zip(results) {
                if let Some(value) = values.insert(name, value) {
                    memory.release(&value);
                }
            }
        }
        let output = values.remove(graph.output.as_str());
        let Some(Value::Array(output)) = output else {
            return Err(OnnxError::Ends {
                reason: "the network's output does not depend on its input".to_owned(),
            });
        };
        outputs(output, count)
    }

    /// Rows as what the graph takes.
    fn batch(&self, rows: Tensor<2>) -> Result<Value, OnnxError> {
        let example = self.example()?;
        let [count, width] = rows.dims();
        let input = &self.graph.input;
        if example.iter().product::<usize>() != width {
            return Err(OnnxError::Input {
                input: input.name.clone(),
                expected: format!("{} numbers, as {example:?}", example.iter().product::<usize>()),
                found: format!("{width} numbers"),
            });
        }
        let mut shape = vec![count];
        shape.extend(&example);
        if input.integers {
            let entries = rows.into_data().iter::<f64>().map(|x| x as i64).collect();
            return Ok(Value::Host(Host { shape, numbers: Numbers::Int(entries) }));
        }
        let failed = |reason| OnnxError::Ends { reason };
        Array::new(rows).and_then(|rows| rows.reshaped(&shape)).map(Value::Array).map_err(failed)
    }
}

/// Outputs as rows.
fn outputs(output: Array, count: usize) -> Result<Tensor<2>, OnnxError> {
    let shape = output.shape();
    if shape.first() != Some(&count) {
        let reason =
            format!("the network turns {count} examples into the shape {shape:?}: not one row for each");
        return Err(OnnxError::Ends { reason });
    }
    let width = shape[1..].iter().product();
    let failed = |reason| OnnxError::Ends { reason };
    output.reshaped(&[count, width]).and_then(Array::fixed::<2>).map_err(failed)
}

/// The last node that takes each value.
fn last_uses(nodes: &[Node]) -> HashMap<&str, usize> {
    let uses =
        nodes.iter().enumerate().flat_map(|(n, node)| node.inputs.iter().map(move |name| (name.as_str(), n)));
    uses.collect()
}

impl Module for OnnxNetwork {
    fn collect_devices(&self, devices: Devices) -> Devices {
        self.weights.collect_devices(devices)
    }

    fn fork(self, device: &BurnDevice) -> Self {
        Self { weights: self.weights.fork(device), ..self }
    }

    fn to_device(self, device: &BurnDevice) -> Self {
        Self { weights: self.weights.to_device(device), ..self }
    }

    fn train(self) -> Self {
        Self { weights: self.weights.train(), ..self }
    }

    fn valid(&self) -> Self {
        Self { weights: self.weights.valid(), graph: self.graph.clone(), outputs: self.outputs }
    }

    fn materialize(self) -> Self {
        Self { weights: self.weights.materialize(), ..self }
    }

    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        self.weights.visit(visitor);
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        Self { weights: self.weights.map(mapper), ..self }
    }
}
