//! A network with normalized layers, and what scaling its first layer's weights does.

use saddlepoint_curvature::trace::{Traced, trace};
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::networks::{
    Activation, Architecture, DeepMlp, DenseLayer, Initialization, Network, Normalization,
};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Loss};

use super::{Norm, Outcome};
use crate::claim::{Failure, Lab};
use crate::verdict::maximum;

/// Inputs, units of the two hidden layers, examples.
const INPUTS: usize = 5;
const UNITS: usize = 6;
const EXAMPLES: usize = 12;
/// The weights that are rescaled.
const WEIGHTS: &str = "layers.0.weights.raw";
/// Steps and step size of the descent on normalized weights.
const STEPS: usize = 200;
const RATE: f64 = 0.05;

/// The loss of a network with two normalized layers, and where the first layer's weights lie in its parameters.
pub(super) struct Normalized {
    traced: Traced,
    position: usize,
    offset: usize,
}

impl Normalized {
    pub(super) fn new(norm: Norm, epsilon: f64, seed: u64, device: &Device) -> Result<Self, Failure> {
        let normalization = match norm {
            Norm::Batch => Normalization::BatchStatistics { epsilon },
            Norm::Layer => Normalization::Layer { epsilon },
            Norm::Weight => Normalization::Weight,
        };
        let mut stream = Stream::new(seed);
        let inputs = stream.normals(EXAMPLES * INPUTS);
        let samples = Samples::new(&[INPUTS], inputs, Targets::Values(stream.normals(EXAMPLES)))?;
        let layer = DenseLayer::new(UNITS).normalized(normalization);
        let network = DeepMlp::uniform(INPUTS, layer, 2, 1, Activation::Tanh)?.init(
            Initialization::LecunNormal,
            Precision::F64,
            device,
            &mut stream,
        )?;
        let examples = Examples::new(&samples, Precision::F64, device)?;
        let traced = trace(&network, (examples.inputs(), examples.targets()), |network, (x, y)| {
            Loss::HalfSquared.of(network.forward(x), y)
        })?;
        let position = traced.select(WEIGHTS).first().copied().ok_or("the network has no first layer")?;
        let offset = traced.parameters()[position].offset;
        Ok(Self { traced, position, offset })
    }

    /// The point whose first-layer weights are multiplied by a factor.
    fn scaled(&self, factor: f64) -> Vec<f64> {
        let mut point = self.traced.point().to_vec();
        point[self.offset..self.offset + INPUTS * UNITS].iter_mut().for_each(|weight| *weight *= factor);
        point
    }

    pub(super) fn loss(&self, factor: f64) -> Result<f64, Failure> {
        Ok(self.traced.value(&self.scaled(factor))?)
    }

    /// Gradient and Hessian in the first layer's weights.
    fn curvature(&self, factor: f64) -> Result<(Vec<f64>, Vec<f64>), Failure> {
        let at = self.traced.linearize_block(&self.scaled(factor), &[self.position])?;
        Ok((at.gradient().to_vec(), at.hessian(UNITS)?))
    }

    fn weights<'a>(&self, parameters: &'a [f64]) -> &'a [f64] {
        &parameters[self.offset..self.offset + INPUTS * UNITS]
    }
}

/// Departures from the identities at the scaled weights.
pub(super) fn identities(network: &Normalized, factor: f64) -> Result<Outcome, Failure> {
    let (loss, scaled_loss) = (network.loss(1.0)?, network.loss(factor)?);
    let ((gradient, hessian), (scaled_gradient, scaled_hessian)) =
        (network.curvature(1.0)?, network.curvature(factor)?);
    let weights = network.weights(network.traced.point());
    let n = weights.len();
    let product: Vec<f64> = hessian.chunks_exact(n).map(|row| -dot(row, weights)).collect();
    let times = |values: &[f64], by: f64| values.iter().map(|value| by * value).collect::<Vec<_>>();
    let mut one_unit = network.traced.point().to_vec();
    one_unit[network.offset..network.offset + n].iter_mut().step_by(UNITS).for_each(|weight| *weight *= factor);
    Ok(Outcome::Identities {
        loss: (scaled_loss - loss).abs() / loss,
        cosine: (dot(&gradient, weights) / (norm(&gradient) * norm(weights))).abs(),
        gradient: departure_of(&times(&scaled_gradient, factor), &gradient),
        hessian: departure_of(&times(&scaled_hessian, factor * factor), &hessian),
        euler: departure_of(&product, &gradient),
        unit: (network.traced.value(&one_unit)? - loss).abs() / loss,
    })
}

/// Gradient descent, unit by unit.
pub(super) fn descent(network: &Normalized, lab: &Lab) -> Result<Outcome, Failure> {
    let mut point = network.traced.point().to_vec();
    let mut norms = vec![norm(network.weights(&point))];
    let (mut pythagoras, mut cosine) = (0.0f64, 0.0f64);
    for _ in 0..STEPS {
        lab.go_on()?;
        let (_, gradient) = network.traced.value_and_gradient(&point)?;
        let (weights, slope) = (network.weights(&point).to_vec(), network.weights(&gradient).to_vec());
        for (x, g) in point.iter_mut().zip(&gradient) {
            *x -= RATE * g;
        }
        for unit in 0..UNITS {
            let of = |values: &[f64]| values.iter().skip(unit).step_by(UNITS).copied().collect::<Vec<_>>();
            let (before, along, after) = (of(&weights), of(&slope), of(network.weights(&point)));
            let expected = dot(&before, &before) + RATE * RATE * dot(&along, &along);
            pythagoras = maximum(pythagoras, (dot(&after, &after) - expected).abs() / expected);
            cosine = maximum(cosine, (dot(&before, &along) / (norm(&before) * norm(&along))).abs());
        }
        norms.push(norm(network.weights(&point)));
    }
    Ok(Outcome::Descent { pythagoras, cosine, norms })
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// The distance of two vectors, relative to the second one.
fn departure_of(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt() / norm(b)
}
