//! Exact Jacobians of random networks that differ in one thing.

use nalgebra::DMatrix;
use saddlepoint_curvature::jacobian::trace_outputs;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::networks::{
    Activation, Architecture, DeepMlp, DenseLayer, Initialization, Network, Normalization,
};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::Examples;
use saddlepoint_theory::optimization::GramConditioning;
use serde::{Deserialize, Serialize};

use crate::claim::Failure;

const SAMPLES: usize = 20;
const DIMENSION: usize = 10;
const WIDTH: usize = 40;

/// The activation of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Sigmoids, from Glorot's variance.
    Sigmoid,
    /// Hyperbolic tangents, likewise.
    Tanh,
    /// Rectifiers, from He's variance.
    Relu,
}

impl Unit {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Unit::Sigmoid => "sigmoid",
            Unit::Tanh => "tanh",
            Unit::Relu => "ReLU",
        }
    }
}

/// What is changed in a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// Nothing.
    Plain,
    /// Layer normalization.
    Layer,
    /// Batch normalization, by the statistics of the inputs at hand.
    Batch,
    /// Weight normalization.
    Weight,
    /// Skip connections: of scale 1, for rectifiers of scale `1/√depth`.
    Skip,
}

impl Variant {
    pub(crate) const ALL: [Variant; 5] =
        [Variant::Plain, Variant::Layer, Variant::Batch, Variant::Weight, Variant::Skip];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Variant::Plain => "plain",
            Variant::Layer => "layer normalization",
            Variant::Batch => "batch normalization",
            Variant::Weight => "weight normalization",
            Variant::Skip => "skip connections",
        }
    }

    fn layer(self, unit: Unit, depth: usize) -> DenseLayer {
        let (layer, epsilon) = (DenseLayer::new(WIDTH), 1e-5);
        match self {
            Variant::Plain => layer,
            Variant::Layer => layer.normalized(Normalization::Layer { epsilon }),
            Variant::Batch => layer.normalized(Normalization::BatchStatistics { epsilon }),
            Variant::Weight => layer.normalized(Normalization::Weight),
            Variant::Skip if unit == Unit::Relu => layer.skipped((depth as f64).sqrt().recip()),
            Variant::Skip => layer.skipped(1.0),
        }
    }
}

/// The conditioning of a network's Jacobian.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// `κ(JJᵀ)`.
    #[serde(with = "crate::number")]
    pub(crate) condition: f64,
    /// Whether the smallest singular value is more than rounding.
    pub(crate) resolved: bool,
    /// The largest eigenvalue of `JJᵀ`.
    #[serde(with = "crate::number")]
    pub(crate) largest: f64,
}

/// Measures the Jacobian of a random network; a seed gives the same inputs and raw weights to every variant.
pub(crate) fn measure(
    unit: Unit,
    variant: Variant,
    depth: usize,
    seed: u64,
    device: &Device,
) -> Result<Measured, Failure> {
    let gram = GramConditioning::new(&jacobian(unit, variant, depth, seed, 1.0, device)?)?;
    Ok(Measured {
        condition: gram.condition_number(),
        resolved: gram.is_resolved(),
        largest: gram.largest().powi(2),
    })
}

/// The Jacobian of a random network's outputs on random inputs, one row an input. The raw weights of hidden layers are
/// stretched after they were drawn, which matters to normalized ones only in their derivatives.
pub(crate) fn jacobian(
    unit: Unit,
    variant: Variant,
    depth: usize,
    seed: u64,
    stretch: f64,
    device: &Device,
) -> Result<DMatrix<f64>, Failure> {
    let mut stream = Stream::new(seed);
    let inputs = stream.normals(SAMPLES * DIMENSION);
    let samples = Samples::new(&[DIMENSION], inputs, Targets::Values(vec![0.0; SAMPLES]))?;
    let inputs = Examples::new(&samples, Precision::F64, device)?.inputs();
    let (activation, initialization) = match unit {
        Unit::Sigmoid => (Activation::Sigmoid, Initialization::LecunNormal),
        Unit::Tanh => (Activation::Tanh, Initialization::LecunNormal),
        Unit::Relu => (Activation::Relu, Initialization::HeNormal),
    };
    let network = DeepMlp::uniform(DIMENSION, variant.layer(unit, depth), depth, 1, activation)?;
    let network = network.init(initialization, Precision::F64, device, &mut stream)?;
    let outputs = trace_outputs(&network, inputs, Network::forward)?;
    let mut point = outputs.point().to_vec();
    for parameter in outputs.parameters().iter().filter(|parameter| parameter.name.ends_with("weights.raw")) {
        let size = parameter.shape.iter().product::<usize>();
        point[parameter.offset..parameter.offset + size].iter_mut().for_each(|weight| *weight *= stretch);
    }
    let units = DMatrix::<f64>::identity(SAMPLES, SAMPLES);
    let rows = outputs.linearize(&point)?.transposed_times_block(units.as_slice(), SAMPLES)?;
    Ok(DMatrix::from_row_slice(SAMPLES, outputs.dimension(), &rows))
}
