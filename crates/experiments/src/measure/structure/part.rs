//! What each node does to what flows through it, in the terms of Lipschitz constants and of chains of layers.

use std::collections::BTreeMap;

use saddlepoint_models::onnx::{Binary, Operation, Refusal};
use saddlepoint_rigor::{Interval, Rounding, Up};

use super::curve::Curve;
use super::flow::{Flow, size};
use super::layer::Found;
use super::{arithmetic, rearrangement};

/// A node, or several that are one function.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// The last of its nodes.
    pub(super) node: usize,
    /// What it takes of what flows.
    pub(super) inputs: Vec<&'a str>,
    /// What it does with it.
    pub(super) kind: Kind,
}

/// What is done to values that flow.
#[derive(Debug)]
pub(super) enum Kind {
    /// A linear layer by its position, as itself or with the normalization that follows it. A second input is added with
    /// this factor.
    Linear { layer: usize, folded: bool, bias: Option<Vec<Interval>>, added: Option<f64>, in_order: bool },
    /// A function of each entry.
    Curve(Curve),
    /// Stored numbers are added, one to each entry.
    Shift(Vec<Interval>),
    /// The entries stay, in their order.
    Same,
    /// Another map of one value, by its Lipschitz constant.
    Map { what: &'static str, factor: f64 },
    /// Values are added, or subtracted, with these factors.
    Sum(Vec<f64>),
    /// Values lie side by side, or the larger is taken entry by entry, with these factors.
    Beside(Vec<f64>),
}

/// A node that has no Lipschitz constant, with the reason; it takes these values.
pub(super) type Reason = String;

/// The factor by which a value grows that is repeated `to/from` times.
pub(super) fn repetition(from: &[usize], to: &[usize]) -> f64 {
    let times = size(to) / size(from).max(1);
    Up::sqrt(times.max(1) as f64)
}

/// What a node does.
pub(super) fn read<'a>(flow: &Flow<'a>, layers: &[Found<'a>], node: usize) -> Result<Part<'a>, Refusal> {
    let of_layer = layers.iter().enumerate().find(|(_, layer)| layer.node == node);
    if let Some((at, layer)) = of_layer {
        let folded = layer.folded.is_some();
        let linear = layer.folded.as_ref().unwrap_or(&layer.plain);
        let mut inputs = vec![linear.input];
        let added = linear.added.map(|(name, factor, times)| {
            inputs.push(name);
            Up::mul(factor, repetition(&[1], &[times]))
        });
        let kind =
            Kind::Linear { layer: at, folded, bias: linear.bias.clone(), added, in_order: linear.in_order };
        return Ok(Part { node, inputs, kind });
    }
    let read = match &flow.node(node).operation {
        Operation::Activation(activation) => rearrangement::activation(flow, node, activation),
        Operation::Unary(unary) => arithmetic::unary(flow, node, *unary),
        Operation::Binary(binary) => arithmetic::binary(flow, layers, node, *binary),
        Operation::Choice(choice) => arithmetic::choice(flow, node, *choice),
        _ => rearrangement::read(flow, node),
    };
    read.map(|(inputs, kind)| Part { node, inputs, kind }).map_err(|reason| flow.refusal(node, reason))
}

/// The stored numbers that a node adds to each entry of a value, and the value.
pub(super) fn shift<'a>(flow: &Flow<'a>, node: usize) -> Option<(&'a str, Vec<Interval>)> {
    let Operation::Binary(binary @ (Binary::Add | Binary::Sub)) = flow.node(node).operation else {
        return None;
    };
    match arithmetic::sum(flow, node, binary) {
        Ok((inputs, Kind::Shift(shift))) => Some((inputs.first().copied()?, shift)),
        _ => None,
    }
}

/// All parts on which the output depends, by their last nodes, and all nodes that are none.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) parts: BTreeMap<usize, Part<'a>>,
    pub(super) refusals: BTreeMap<usize, Refusal>,
}

impl<'a> Parts<'a> {
    /// Reads a graph from its output back. `refused` are the nodes that could be linear layers, but are not.
    pub(super) fn new(flow: &Flow<'a>, layers: &[Found<'a>], refused: &[Refusal]) -> Self {
        let mut all = Self { parts: BTreeMap::new(), refusals: BTreeMap::new() };
        let mut open: Vec<&'a str> = vec![&flow.graph.output];
        while let Some(name) = open.pop() {
            let Some(node) = flow.giver(name) else { continue };
            if all.parts.contains_key(&node) || all.refusals.contains_key(&node) {
                continue;
            }
            let known = refused.iter().find(|refusal| refusal.place == *flow.place(node));
            match known.map_or_else(|| read(flow, layers, node), |refusal| Err(refusal.clone())) {
                Ok(part) => {
                    open.extend(&part.inputs);
                    all.parts.insert(node, part);
                }
                Err(refusal) => {
                    // A comparison is refused where something is chosen by it.
                    let names = flow.flowing(node).into_iter().map(|(_, name)| name);
                    open.extend(names.filter(|name| !flow.compares(name)));
                    all.refusals.insert(node, refusal);
                }
            }
        }
        all
    }
}
