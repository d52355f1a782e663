//! How much memory the values of a graph may take together while it runs.

use burn::tensor::DType;

use super::graph::Graph;
use super::host::{Host, Numbers};
use super::value::Value;

/// The most bytes that the values of a graph may take together while it runs, for each example and beside its stored tensors.
///
/// What one operation gives is bounded by itself, but a file of a few bytes can ask for any number of operations whose results all
/// wait for a last one. The last joint of a U-Net of 64 channels on 512 by 512 pixels, its two halves and the whole, takes just as
/// many in binary64.
pub const MOST_HELD_FOR_ONE: usize = 1 << 29;

/// Graphs are tried out on so many examples; fewer are granted as much as these.
const TRIED: usize = 2;

/// What is held while a graph runs.
#[derive(Debug)]
pub(super) struct Memory {
    held: usize,
    most: usize,
    dtype: DType,
}

/// It would be more than may be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Exceeded {
    pub(super) bytes: usize,
    pub(super) most: usize,
}

impl Memory {
    /// For a run of a graph on so many examples, with the values that are there before it. Its file says how large stored tensors
    /// are: they may be here, be rearranged, and be kept.
    pub(super) fn new<'a>(
        graph: &Graph,
        examples: usize,
        dtype: DType,
        values: impl Iterator<Item = &'a Value>,
    ) -> Self {
        let parameters: usize = graph.parameters.iter().map(|stored| 8 * stored.values.len()).sum();
        let stored = parameters + graph.constants.values().map(host).sum::<usize>();
        let most = MOST_HELD_FOR_ONE.saturating_mul(examples.max(TRIED)).saturating_add(3 * stored);
        let empty = Self { held: 0, most, dtype };
        Self { held: values.map(|value| empty.bytes(value)).sum(), ..empty }
    }

    /// The bytes of a value. One that shares its entries with another counts as if it had its own.
    pub(super) fn bytes(&self, value: &Value) -> usize {
        let entries = || value.shape().iter().product::<usize>();
        match value {
            Value::Array(_) => entries() * self.dtype.size(),
            Value::Truth(_) => entries(),
            Value::Host(known) => host(known),
        }
    }

    /// So many bytes more are held.
    pub(super) fn hold(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.held = self.held.saturating_add(bytes);
        if self.held > self.most { Err(Exceeded { bytes: self.held, most: self.most }) } else { Ok(()) }
    }

    /// A value is held no longer.
    pub(super) fn release(&mut self, value: &Value) {
        self.held = self.held.saturating_sub(self.bytes(value));
    }
}

/// The bytes of known numbers.
pub(super) fn host(known: &Host) -> usize {
    match &known.numbers {
        Numbers::Float(values) => size_of_val(values.as_slice()),
        Numbers::Int(values) => size_of_val(values.as_slice()),
        Numbers::Bool(values) => size_of_val(values.as_slice()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use burn::tensor::Tensor;

    use super::super::operation::{Binary, Layout, Operation};
    use super::super::{Input, Node, OnnxError, OnnxNetwork, Place};
    use super::*;
    use crate::device::{Backend, Device, Precision};

    /// A network from `x`, of which two examples take 64 MiB, to `y`.
    fn network(nodes: Vec<(Operation, Vec<String>, String)>) -> Result<OnnxNetwork, OnnxError> {
        let node = |(index, (operation, inputs, output))| Node {
            place: Place { index, name: String::new(), operator: format!("{operation:?}") },
            operation,
            inputs,
            outputs: vec![output],
        };
        let graph = Graph {
            opset: 17,
            producer: String::new(),
            nodes: nodes.into_iter().enumerate().map(node).collect(),
            input: Input { name: "x".to_owned(), shape: vec![None, Some(1 << 22)], integers: false },
            output: "y".to_owned(),
            parameters: vec![],
            constants: BTreeMap::new(),
        };
        OnnxNetwork::new(graph, Precision::F64, &device())
    }

    fn device() -> Device {
        Device::open(Backend::default()).unwrap()
    }

    /// Counts like any other node, and makes the test no slower than it need be.
    fn same(from: &str, to: &str) -> (Operation, Vec<String>, String) {
        (Operation::Layout(Layout::Identity), vec![from.to_owned()], to.to_owned())
    }

    /// Each node is allowed by itself; with the input, sixteen values fit.
    #[test]
    fn many_values_that_wait_for_one_another_are_refused() {
        let mut nodes: Vec<_> = (0..40).map(|n| same("x", &format!("t{n}"))).collect();
        for n in 1..40 {
            let from = if n == 1 { "t0".to_owned() } else { format!("s{}", n - 1) };
            let to = if n == 39 { "y".to_owned() } else { format!("s{n}") };
            nodes.push((Operation::Binary(Binary::Add), vec![from, format!("t{n}")], to));
        }
        let error = network(nodes).err();
        let Some(OnnxError::Memory { place, bytes, most }) = &error else { panic!("{error:?}") };
        assert_eq!((place.index, *bytes, *most), (15, 17 << 26, 1 << 30));
    }

    /// Teeth: as many of the same nodes, each of which is done with before the one after the next. What an onlooker keeps of them
    /// counts too.
    #[test]
    fn many_values_one_after_the_other_are_not() {
        let name = |n: usize| if n == 0 { "x".to_owned() } else { format!("t{n}") };
        let mut nodes: Vec<_> = (0..40).map(|n| same(&name(n), &name(n + 1))).collect();
        nodes.push(same("t40", "y"));
        let network = network(nodes).unwrap();
        assert_eq!(network.outputs(), 1 << 22);
        let rows = Tensor::zeros([1, 1 << 22], (&device().burn(), Precision::F64.dtype()));
        let error = network.run(rows, &mut |_, _| 1 << 28).err();
        assert!(matches!(&error, Some(OnnxError::Memory { place, .. }) if place.index == 3), "{error:?}");
    }
}
