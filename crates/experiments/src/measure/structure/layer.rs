//! The linear layers of a network.

use saddlepoint_models::onnx::{Place, Refusal};
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::Interval;
use saddlepoint_theory::capacity::spectral_exponent::{ExponentError, PowerLaw};

use super::flow::Flow;
use super::linear::{self, Linear};
use super::operator::{Norms, Operator, OperatorError};

/// A linear layer: a matrix product, a convolution, or a normalization with stored statistics.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearLayer {
    /// The name of its parameter, without `.weight`.
    pub name: String,
    /// Where it is in the graph; none for a network that has no graph.
    pub place: Option<Place>,
    /// What it does to one example, without its bias.
    pub operator: Operator,
    /// The norms of the operator.
    pub norms: Result<Norms, OperatorError>,
    /// The power law of the spectrum of its weights, a convolution's as a matrix with a row for each output channel. None for
    /// a normalization, and where the singular values could not be enclosed.
    pub exponent: Option<Result<PowerLaw, ExponentError>>,
    /// A normalization right after a linear layer, and that layer, as one.
    pub folded: Option<Folded>,
}

/// A linear layer with the normalization after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// The name of the layer that is normalized.
    pub into: String,
    /// Both as one operator.
    pub operator: Operator,
    /// Its norms.
    pub norms: Result<Norms, OperatorError>,
}

/// A layer, and what of it is not the operator.
pub(super) struct Found<'a> {
    /// The node.
    pub(super) node: usize,
    /// As the graph has it.
    pub(super) plain: Linear<'a>,
    /// With the layer before it, which takes another input.
    pub(super) folded: Option<Linear<'a>>,
}

/// All linear layers of a graph, in order, and the nodes that could be layers but are refused.
pub(super) fn layers<'a>(
    flow: &Flow<'a>,
    stream: &mut Stream,
) -> (Vec<LinearLayer>, Vec<Found<'a>>, Vec<Refusal>) {
    let (mut layers, mut found, mut refusals): (Vec<_>, Vec<Found>, _) = (vec![], vec![], vec![]);
    for node in 0..flow.graph.nodes.len() {
        let plain = match linear::read(flow, node) {
            None => continue,
            Some(Err(reason)) => {
                refusals.push(flow.refusal(node, reason));
                continue;
            }
            Some(Ok(plain)) => plain,
        };
        let before = linear::normalized(flow, node).and_then(|before| {
            found.iter().find(|other| other.node == before.node).map(|other| (before, other))
        });
        let folded = before.and_then(|(before, other)| {
            let folded = linear::folded(&other.plain, &before.shifts, &plain)?;
            Some((other.plain.name.clone(), folded))
        });
        let (norms, exponent) = plain.operator.measure(stream);
        layers.push(LinearLayer {
            name: plain.name.clone(),
            place: Some(flow.place(node).clone()),
            operator: plain.operator.clone(),
            norms,
            exponent,
            folded: folded.as_ref().map(|(into, folded)| Folded {
                into: into.clone(),
                operator: folded.operator.clone(),
                norms: folded.operator.measure(stream).0,
            }),
        });
        found.push(Found { node, plain, folded: folded.map(|(_, folded)| folded) });
    }
    (layers, found, refusals)
}

impl LinearLayer {
    /// A layer of a network that has no graph.
    pub(super) fn dense(name: String, operator: Operator, stream: &mut Stream) -> Self {
        let (norms, exponent) = operator.measure(stream);
        Self { name, place: None, operator, norms, exponent, folded: None }
    }

    /// An upper bound of its Lipschitz constant: the spectral norm, that of both where a normalization is folded.
    pub(super) fn lipschitz(&self, folded: bool) -> Result<f64, String> {
        let norms = match &self.folded {
            Some(both) if folded => &both.norms,
            _ => &self.norms,
        };
        norms.as_ref().map(|norms| norms.spectral.high()).map_err(ToString::to_string)
    }
}

/// Adds biases.
pub(super) fn plus(one: Option<Vec<Interval>>, other: &[Interval]) -> Vec<Interval> {
    match one {
        None => other.to_vec(),
        Some(one) => one.into_iter().zip(other).map(|(a, &b)| a + b).collect(),
    }
}
