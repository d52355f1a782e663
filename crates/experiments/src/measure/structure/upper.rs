//! An upper bound of a network's Lipschitz constant, for any graph whose nodes have constants.

use std::collections::BTreeMap;
use std::fmt;

use saddlepoint_models::onnx::{Place, Refusal};
use saddlepoint_rigor::{Rounding, Up};

use super::curve::Curve;
use super::flow::{Flow, size};
use super::layer::LinearLayer;
use super::part::{Kind, Part, Parts};

/// An upper bound of the Lipschitz constant from the flattened example to the network's outputs, in Euclidean norms.
///
/// # Formula
/// `‖f(x) − f(y)‖ ≤ constant ‖x − y‖ + jump`, by one recursion over the nodes: a linear layer multiplies by its spectral norm,
/// values that are added add up, and of values side by side the root of the sum of squares is taken. Rounded up throughout.
///
/// # Reference
/// Szegedy et al., Intriguing properties of neural networks, ICLR 2014, section 4.3, for chains.
#[derive(Debug, Clone, PartialEq)]
pub struct Upper {
    /// The Lipschitz constant; without jumps, that of the network.
    pub constant: f64,
    /// What the network may jump beside it: 0, unless a node computes a function that jumps by rounding errors, as a softplus that
    /// is replaced by the identity above a threshold.
    pub jump: f64,
    /// How the bound grows, node by node.
    pub growth: Vec<Growth>,
}

/// The bound after a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// The node.
    pub place: Place,
    /// What it does.
    pub what: String,
    /// The factor that it brings; none where several values meet.
    pub factor: Option<f64>,
    /// The Lipschitz constant of its output as a function of the example.
    pub constant: f64,
}

/// The nodes of a network that have no Lipschitz constant, all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLipschitz {
    /// Where, and why.
    pub nodes: Vec<Refusal>,
}

impl std::error::Error for NotLipschitz {}

impl fmt::Display for NotLipschitz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no bound of the Lipschitz constant:")?;
        self.nodes.iter().try_for_each(|node| write!(f, "\n  {node}"))
    }
}

/// What is known of a value: `‖v(x) − v(y)‖ ≤ slope ‖x − y‖ + jump`.
#[derive(Debug, Clone, Copy)]
struct Bound {
    slope: f64,
    jump: f64,
}

impl Bound {
    fn times(self, factor: f64) -> Self {
        Self { slope: Up::mul(self.slope, factor), jump: Up::mul(self.jump, factor) }
    }

    fn plus(self, other: Self) -> Self {
        Self { slope: Up::add(self.slope, other.slope), jump: Up::add(self.jump, other.jump) }
    }

    /// Side by side: the norm of a sum of vectors is at most the sum of their norms.
    fn beside(self, other: Self) -> Self {
        let root = |a: f64, b: f64| saddlepoint_rigor::euclidean_norm::<Up>([a, b]);
        Self { slope: root(self.slope, other.slope), jump: root(self.jump, other.jump) }
    }
}

/// Goes through the parts in the order of the graph.
pub(super) fn upper(flow: &Flow, layers: &[LinearLayer], parts: &Parts) -> Result<Upper, NotLipschitz> {
    let mut nodes: Vec<Refusal> = parts.refusals.values().cloned().collect();
    let mut bounds = BTreeMap::from([(flow.graph.input.name.as_str(), Bound { slope: 1.0, jump: 0.0 })]);
    let mut growth = vec![];
    for part in parts.parts.values().filter(|_| parts.refusals.is_empty()) {
        match after(flow, layers, part, &bounds) {
            Ok((bound, factor)) => {
                growth.push(Growth {
                    place: flow.place(part.node).clone(),
                    what: part.what(layers),
                    factor,
                    constant: bound.slope,
                });
                bounds.extend(flow.node(part.node).outputs.iter().map(|name| (name.as_str(), bound)));
            }
            Err(reason) => {
                nodes.push(flow.refusal(part.node, reason));
                break;
            }
        }
    }
    match bounds.get(flow.graph.output.as_str()) {
        Some(bound) if nodes.is_empty() => Ok(Upper { constant: bound.slope, jump: bound.jump, growth }),
        _ => Err(NotLipschitz { nodes }),
    }
}

/// The product of the norms and slopes of a chain of layers, which has no graph.
pub(super) fn of_chain(layers: &[LinearLayer], activation: Curve) -> Result<Upper, NotLipschitz> {
    let (mut bound, mut growth) = (Bound { slope: 1.0, jump: 0.0 }, vec![]);
    let place = |index: usize, operator: &str, name: &str| Place {
        index,
        name: name.to_owned(),
        operator: operator.to_owned(),
    };
    for (at, layer) in layers.iter().enumerate() {
        let mut step = |place: Place, what: String, factor: f64, jump: f64| {
            bound = bound.times(factor);
            bound.jump = Up::add(bound.jump, jump);
            let refused =
                || NotLipschitz { nodes: vec![Refusal { place: place.clone(), reason: TOO_LARGE.to_owned() }] };
            let constant = Some(bound.slope).filter(|slope| slope.is_finite()).ok_or_else(refused)?;
            growth.push(Growth { place, what, factor: Some(factor), constant });
            Ok(())
        };
        if at > 0 {
            let jump = Up::mul(activation.jump, Up::sqrt(layer.operator.dimensions().0 as f64));
            step(place(2 * at - 1, "activation", ""), activation.name.to_owned(), activation.lipschitz, jump)?;
        }
        let place = place(2 * at, "layer", &layer.name);
        let norm = layer.lipschitz(false);
        let norm =
            norm.map_err(|reason| NotLipschitz { nodes: vec![Refusal { place: place.clone(), reason }] })?;
        step(place, format!("layer `{}`", layer.name), norm, 0.0)?;
    }
    Ok(Upper { constant: bound.slope, jump: bound.jump, growth })
}

const TOO_LARGE: &str = "the bound grows beyond the largest number here";

/// The bound of what a part gives, and its factor if it takes one value.
fn after(
    flow: &Flow,
    layers: &[LinearLayer],
    part: &Part,
    bounds: &BTreeMap<&str, Bound>,
) -> Result<(Bound, Option<f64>), String> {
    let taken: Option<Vec<Bound>> = part.inputs.iter().map(|name| bounds.get(name).copied()).collect();
    let taken = taken.ok_or("takes a value without a bound")?;
    let first = *taken.first().ok_or("takes nothing that depends on the input")?;
    let by = |factor: f64| (first.times(factor), Some(factor));
    let together = |factors: &[f64], join: fn(Bound, Bound) -> Bound| {
        let each = taken.iter().zip(factors).map(|(bound, &factor)| bound.times(factor));
        (each.reduce(join).unwrap_or(first), None)
    };
    let (bound, factor) = match &part.kind {
        Kind::Linear { layer, folded, added, .. } => {
            let norm = layers[*layer].lipschitz(*folded)?;
            match (added, taken.get(1)) {
                (Some(added), Some(other)) => (first.times(norm).plus(other.times(*added)), None),
                _ => by(norm),
            }
        }
        Kind::Curve(curve) => {
            let entries = size(flow.output(part.node)) as f64;
            let (bound, factor) = by(curve.lipschitz);
            let jump = Up::add(bound.jump, Up::mul(curve.jump, Up::sqrt(entries)));
            (Bound { jump, ..bound }, factor)
        }
        Kind::Shift(_) | Kind::Same => by(1.0),
        Kind::Map { factor, .. } => by(*factor),
        Kind::Sum(factors) => together(factors, Bound::plus),
        Kind::Beside(factors) => together(factors, Bound::beside),
    };
    if bound.slope.is_finite() && bound.jump.is_finite() {
        Ok((bound, factor))
    } else {
        Err(TOO_LARGE.to_owned())
    }
}

impl Part<'_> {
    /// What it does, in words.
    pub(super) fn what(&self, layers: &[LinearLayer]) -> String {
        match &self.kind {
            Kind::Linear { layer, folded: false, .. } => format!("layer `{}`", layers[*layer].name),
            Kind::Linear { layer, .. } => match &layers[*layer].folded {
                Some(folded) => {
                    format!("layer `{}` with the normalization `{}`", folded.into, layers[*layer].name)
                }
                None => format!("layer `{}`", layers[*layer].name),
            },
            Kind::Curve(curve) => curve.name.to_owned(),
            Kind::Shift(_) => "stored numbers are added".to_owned(),
            Kind::Same => "the same entries".to_owned(),
            Kind::Map { what, .. } => (*what).to_owned(),
            Kind::Sum(_) => "a sum of values that depend on the input".to_owned(),
            Kind::Beside(_) => "values side by side".to_owned(),
        }
    }
}
