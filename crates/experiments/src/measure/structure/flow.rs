//! A network at one example: what is known beforehand, and what flows from the input.

use std::collections::BTreeMap;

use saddlepoint_models::onnx::{
    Choice, Graph, Host, Layout, Node, Numbers, Operation, Place, Reading, Refusal,
};

/// A graph with what is known of its values.
pub(super) struct Flow<'a> {
    pub(super) graph: &'a Graph,
    reading: &'a Reading,
    /// For each value, the position of the node that gives it.
    givers: BTreeMap<&'a str, usize>,
    /// For each value, how many nodes take it; the output of the network is taken once more.
    takers: BTreeMap<&'a str, usize>,
    /// For each value, the parameters that it is an arrangement of.
    origins: BTreeMap<&'a str, Vec<&'a str>>,
}

/// A known tensor.
#[derive(Debug, Clone)]
pub(super) struct Known<'a> {
    pub(super) shape: &'a [usize],
    pub(super) values: Vec<f64>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(graph: &'a Graph, reading: &'a Reading) -> Self {
        let mut flow = Self {
            graph,
            reading,
            givers: BTreeMap::new(),
            takers: BTreeMap::from([(graph.output.as_str(), 1)]),
            origins: graph.parameters.iter().map(|p| (p.name.as_str(), vec![p.name.as_str()])).collect(),
        };
        for (index, node) in graph.nodes.iter().enumerate() {
            flow.givers.extend(node.outputs.iter().map(|name| (name.as_str(), index)));
            node.inputs.iter().for_each(|name| *flow.takers.entry(name).or_default() += 1);
            let taken: Vec<&str> = node
                .inputs
                .iter()
                .filter_map(|name| flow.origins.get(name.as_str()))
                .flatten()
                .copied()
                .collect();
            if !taken.is_empty() && node.inputs.iter().all(|name| !flow.flows(name)) {
                flow.origins.extend(node.outputs.iter().map(|name| (name.as_str(), taken.clone())));
            }
        }
        flow
    }

    pub(super) fn node(&self, index: usize) -> &'a Node {
        &self.graph.nodes[index]
    }

    pub(super) fn place(&self, index: usize) -> &'a Place {
        &self.graph.nodes[index].place
    }

    /// Whether a value depends on the network's input.
    pub(super) fn flows(&self, name: &str) -> bool {
        !name.is_empty() && !self.reading.known.contains_key(name)
    }

    /// The node that gives a value, if it is not the network's input.
    pub(super) fn giver(&self, name: &str) -> Option<usize> {
        self.givers.get(name).copied()
    }

    /// Whether one node alone takes a value.
    pub(super) fn taken_once(&self, name: &str) -> bool {
        self.takers.get(name) == Some(&1)
    }

    /// The shape of an input of a node, for one example.
    pub(super) fn input(&self, node: usize, at: usize) -> &'a [usize] {
        self.reading.traces[node].inputs.get(at).map(Vec::as_slice).unwrap_or_default()
    }

    /// The shape of the first output of a node, for one example.
    pub(super) fn output(&self, node: usize) -> &'a [usize] {
        &self.reading.traces[node].output
    }

    /// The name of an input of a node; empty if it is left out.
    pub(super) fn name(&self, node: usize, at: usize) -> &'a str {
        self.node(node).inputs.get(at).map(String::as_str).unwrap_or_default()
    }

    /// The inputs of a node that depend on the network's input, with their positions.
    pub(super) fn flowing(&self, node: usize) -> Vec<(usize, &'a str)> {
        let names = self.node(node).inputs.iter().map(String::as_str).enumerate();
        names.filter(|(_, name)| self.flows(name)).collect()
    }

    /// A tensor that does not depend on the input.
    pub(super) fn host(&self, name: &str) -> Option<&'a Host> {
        self.reading.known.get(name)
    }

    /// A tensor of numbers that does not depend on the input.
    pub(super) fn known(&self, name: &str) -> Option<Known<'a>> {
        let host = self.host(name)?;
        let values = match &host.numbers {
            Numbers::Float(values) => values.clone(),
            Numbers::Int(values) => values.iter().map(|&value| value as f64).collect(),
            Numbers::Bool(_) => return None,
        };
        Some(Known { shape: &host.shape, values })
    }

    /// An input of a node that does not depend on the network's input; none if it is left out.
    pub(super) fn argument(&self, node: usize, at: usize) -> Result<Option<Known<'a>>, String> {
        match self.name(node, at) {
            "" => Ok(None),
            name => match self.known(name) {
                Some(known) => Ok(Some(known)),
                None => {
                    Err(format!("takes `{name}`, its input {at}, from the data and not from what is stored"))
                }
            },
        }
    }

    /// An input of a node that must be there, and stored.
    pub(super) fn stored(&self, node: usize, at: usize) -> Result<Known<'a>, String> {
        self.argument(node, at)?.ok_or_else(|| format!("lacks its input {at}"))
    }

    /// A known tensor of one number.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        let known = self.known(name)?;
        if let [value] = known.values.as_slice() { Some(*value) } else { None }
    }

    /// How a layer that takes a stored tensor is called: by the tensor's name, without `.weight`.
    pub(super) fn layer_name(&self, node: usize, at: usize) -> String {
        let name = self.name(node, at);
        let origin = self.origins.get(name).and_then(|names| names.first()).copied();
        let name = origin.unwrap_or(if name.is_empty() { &self.place(node).operator } else { name });
        name.strip_suffix(".weight").unwrap_or(name).to_owned()
    }

    /// Whether a value consists of truth values.
    pub(super) fn compares(&self, name: &str) -> bool {
        let operation = self.giver(name).map(|node| &self.node(node).operation);
        matches!(operation, Some(Operation::Choice(choice)) if !matches!(choice, Choice::Where | Choice::Clip))
    }

    /// A refusal of a node.
    pub(super) fn refusal(&self, node: usize, reason: impl Into<String>) -> Refusal {
        Refusal { place: self.place(node).clone(), reason: reason.into() }
    }

    /// Where a value comes from, behind nodes that hand it on as it is: identities, dropout in inference, conversions of
    /// numbers to numbers.
    pub(super) fn behind(&self, name: &'a str) -> &'a str {
        let Some(node) = self.giver(name) else { return name };
        match self.node(node).operation {
            Operation::Layout(Layout::Identity | Layout::Dropout | Layout::Cast(_) | Layout::CastLike)
                if self.flows(name) =>
            {
                self.behind(self.name(node, 0))
            }
            _ => name,
        }
    }
}

impl Known<'_> {
    /// The entries of the tensor that it becomes when it is combined with others in a shape.
    pub(super) fn broadcast(&self, to: &[usize]) -> Option<Vec<f64>> {
        let lead = to.len().checked_sub(self.shape.len())?;
        let mut found = vec![0usize];
        let mut stride = self.values.len();
        for (axis, &length) in to.iter().enumerate() {
            let own = if axis < lead { 1 } else { self.shape[axis - lead] };
            if own == 0 || own != 1 && own != length {
                return None;
            }
            stride /= own;
            let step = if own == 1 { 0 } else { stride };
            found = found.iter().flat_map(|&start| (0..length).map(move |n| start + n * step)).collect();
        }
        Some(found.into_iter().map(|at| self.values[at]).collect())
    }
}

/// The number of entries of a shape.
pub(super) fn size(shape: &[usize]) -> usize {
    shape.iter().product()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_are_repeated_where_shapes_ask_for_it() {
        let known = Known { shape: &[2, 1], values: vec![1.0, 2.0] };
        assert_eq!(known.broadcast(&[2, 3]), Some(vec![1.0, 1.0, 1.0, 2.0, 2.0, 2.0]));
        assert_eq!(known.broadcast(&[2, 2, 1]), Some(vec![1.0, 2.0, 1.0, 2.0]));
        assert_eq!(known.broadcast(&[3, 3]), None);
        assert_eq!(known.broadcast(&[2]), None);
        let number = Known { shape: &[], values: vec![7.0] };
        assert_eq!(number.broadcast(&[2]), Some(vec![7.0, 7.0]));
    }
}
