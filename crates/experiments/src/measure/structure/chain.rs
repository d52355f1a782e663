//! Networks that are chains: linear layers with one activation between them, as most theorems want them.

use saddlepoint_models::onnx::{Place, Refusal};
use saddlepoint_rigor::{Interval, IntervalVector};
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::network::{Activation, Network};
use saddlepoint_theory::capacity::norms::Layers;
use saddlepoint_theory::capacity::vc::VcError;

use super::curve::Curve;
use super::flow::Flow;
use super::layer::{LinearLayer, plus};
use super::operator::{Operator, OperatorError};
use super::part::{Kind, Parts};

/// A network of the theorems, which computes what the measured one does.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// The network without biases.
    pub network: Network,
    /// Whether biases were made weights of an input that is always 1: examples then have one coordinate more, a 1 at their end.
    pub augmented: bool,
    /// The names of the layers, in order.
    pub layers: Vec<String>,
    /// The names of those that are convolutions, written down as the matrices that they are.
    pub written_out: Vec<String>,
    /// The names of the normalizations that were folded into the layers before them.
    pub folded: Vec<String>,
}

/// Why a network is not one of those that a theorem is about.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refused {
    /// A node that belongs to no chain.
    #[error("{place}: {what} has no place in a chain of linear layers with one activation between them")]
    Operation {
        /// Where.
        place: Place,
        /// What it does.
        what: String,
    },
    /// A node of which less is known than its Lipschitz constant.
    #[error("{}: it has no place in a chain of linear layers, and {}", .0.place, .0.reason)]
    Unknown(Refusal),
    /// Activations of two kinds.
    #[error("{place}: the activation {found}, after {first} before: theorems are about one kind")]
    SecondActivation {
        /// Where.
        place: Place,
        /// The kind that comes first.
        first: &'static str,
        /// The other one.
        found: &'static str,
    },
    /// Two linear layers or two activations in a row, an activation at an end, or numbers added elsewhere than after a layer.
    #[error(
        "{place}: {found} stands where {expected} is needed: layers and activations alternate, from layer to layer"
    )]
    Alternation {
        /// Where.
        place: Place,
        /// What is there.
        found: String,
        /// What should be.
        expected: &'static str,
    },
    /// No layer at all.
    #[error("the network has no linear layer")]
    NoLayer,
    /// Biases that cannot be weights.
    #[error(
        "output {output} of layer `{layer}` has the bias {bias}: the theorems are about networks without biases, and only \
         with relu or leaky relu can an input that is always 1 stand for them, not with {activation}"
    )]
    Bias {
        /// The layer.
        layer: String,
        /// Its output.
        output: usize,
        /// The bias.
        bias: Interval,
        /// The activation.
        activation: &'static str,
    },
    /// An operator that is not written down as a matrix.
    #[error("layer `{layer}`: {source}")]
    Layer {
        /// The layer.
        layer: String,
        /// Why not.
        source: OperatorError,
    },
    /// An activation whose pieces are not linear, where the theorem needs linear ones.
    #[error("the activation {0} is not piecewise linear")]
    NotPiecewiseLinear(&'static str),
    /// A hypothesis that all norm bounds share.
    #[error(transparent)]
    Theory(#[from] Violation),
    /// Sizes that the theorem does not take.
    #[error(transparent)]
    Size(#[from] VcError),
}

/// A linear layer of a chain.
#[derive(Debug)]
pub(super) struct Stage<'s> {
    pub(super) name: String,
    pub(super) operator: &'s Operator,
    pub(super) bias: Option<Vec<Interval>>,
    /// The name of the normalization in it.
    pub(super) normalization: Option<String>,
}

/// Linear layers with one activation between each and the next.
#[derive(Debug)]
pub(super) struct Sequence<'s> {
    pub(super) stages: Vec<Stage<'s>>,
    /// None for one layer alone.
    pub(super) activation: Option<Curve>,
}

impl<'s> Sequence<'s> {
    /// Follows a graph from its output back to its input.
    pub(super) fn new(flow: &Flow, layers: &'s [LinearLayer], parts: &Parts) -> Result<Self, Refused> {
        if let Some(refusal) = parts.refusals.values().next() {
            return Err(Refused::Unknown(refusal.clone()));
        }
        let mut sequence = Self { stages: vec![], activation: None };
        let mut linear_is_next = true;
        let mut last = None;
        for part in parts.parts.values() {
            let place = flow.place(part.node);
            let found = part.what(layers);
            let misplaced =
                |expected| Refused::Alternation { place: place.clone(), found: found.clone(), expected };
            let outside = |what: String| Refused::Operation { place: place.clone(), what };
            match &part.kind {
                Kind::Same => {}
                Kind::Linear { added: Some(_), .. } => return Err(outside("a sum of two values".to_owned())),
                Kind::Linear { in_order: false, .. } => {
                    return Err(outside("a product that mixes the rows of the data".to_owned()));
                }
                Kind::Linear { .. } if !linear_is_next => return Err(misplaced("an activation")),
                Kind::Linear { layer, folded, bias, .. } => {
                    let layer = &layers[*layer];
                    let both = layer.folded.as_ref().filter(|_| *folded);
                    sequence.stages.push(Stage {
                        name: both.map_or(&layer.name, |both| &both.into).clone(),
                        operator: both.map_or(&layer.operator, |both| &both.operator),
                        bias: bias.clone(),
                        normalization: both.map(|_| layer.name.clone()),
                    });
                    linear_is_next = false;
                }
                Kind::Shift(shift) => match sequence.stages.last_mut() {
                    Some(stage) if !linear_is_next => stage.bias = Some(plus(stage.bias.take(), shift)),
                    _ => return Err(misplaced("a linear layer")),
                },
                Kind::Curve(_) if linear_is_next => return Err(misplaced("a linear layer")),
                Kind::Curve(curve) => {
                    let first = *sequence.activation.get_or_insert(*curve);
                    if first != *curve {
                        let (first, found) = (first.name, curve.name);
                        return Err(Refused::SecondActivation { place: place.clone(), first, found });
                    }
                    linear_is_next = true;
                }
                Kind::Map { .. } | Kind::Sum(_) | Kind::Beside(_) => return Err(outside(found)),
            }
            last = Some((place, found));
        }
        match last {
            None => Err(Refused::NoLayer),
            Some((place, found)) if linear_is_next => {
                Err(Refused::Alternation { place: place.clone(), found, expected: "a last linear layer" })
            }
            Some(_) => Ok(sequence),
        }
    }

    /// Fully connected layers with their biases.
    pub(super) fn dense(layers: &'s [LinearLayer], biases: Vec<Vec<Interval>>, activation: Curve) -> Self {
        let stage = |(layer, bias): (&'s LinearLayer, Vec<Interval>)| Stage {
            name: layer.name.clone(),
            operator: &layer.operator,
            bias: Some(bias),
            normalization: None,
        };
        Self { stages: layers.iter().zip(biases).map(stage).collect(), activation: Some(activation) }
    }

    /// As a network of the theorems.
    pub(super) fn chain(&self) -> Result<Chain, Refused> {
        let written = |stage: &Stage| {
            let named = |source| Refused::Layer { layer: stage.name.clone(), source };
            stage.operator.matrix().map_err(named)
        };
        let matrices = self.stages.iter().map(written).collect::<Result<Vec<_>, _>>()?;
        let layers = Layers::new(matrices).map_err(Violation::from)?;
        let activation = self.activation.map_or(Ok(Activation::identity()), |curve| curve.activation())?;
        let zero = |b: &Interval| (b.low(), b.high()) == (0.0, 0.0);
        let biased = self.stages.iter().find_map(|stage| {
            let output = stage.bias.as_ref()?.iter().position(|b| !zero(b))?;
            Some((stage, output))
        });
        let network = match biased {
            None => Network::new(layers, activation)?,
            Some((stage, output)) => match Network::augmented_enclosing(&layers, &self.biases()?, activation) {
                Err(Violation::NotHomogeneous(_)) => {
                    // What no theorem takes comes first: an activation that is not 0 at 0.
                    Network::new(layers, activation)?;
                    let bias = stage.bias.as_ref().map_or(Interval::between(0.0, 0.0), |bias| bias[output]);
                    let (layer, activation) = (stage.name.clone(), activation.name());
                    return Err(Refused::Bias { layer, output, bias, activation });
                }
                network => network?,
            },
        };
        let convolutional = |stage: &&Stage| matches!(stage.operator, Operator::Convolution(_));
        Ok(Chain {
            network,
            augmented: biased.is_some(),
            layers: self.stages.iter().map(|stage| stage.name.clone()).collect(),
            written_out: self.stages.iter().filter(convolutional).map(|stage| stage.name.clone()).collect(),
            folded: self.stages.iter().filter_map(|stage| stage.normalization.clone()).collect(),
        })
    }

    fn biases(&self) -> Result<Vec<IntervalVector>, Refused> {
        let each = self.stages.iter().map(|stage| {
            let none = vec![Interval::between(0.0, 0.0); stage.operator.dimensions().1];
            let bias = stage.bias.clone().unwrap_or(none);
            let vector = IntervalVector::from_intervals(bias.into_iter());
            vector.map_err(|error| Refused::Layer { layer: stage.name.clone(), source: error.into() })
        });
        each.collect()
    }
}
