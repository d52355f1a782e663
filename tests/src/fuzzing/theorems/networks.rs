//! Bounds of networks, and what is measured of their layers.

use saddlepoint_rigor::{IntervalMatrix, IntervalVector};
use saddlepoint_theory::bounds::arora_compression::{AroraCompression, Compression, Smoothness};
use saddlepoint_theory::bounds::bartlett_foster_telgarsky::{
    APosteriori, FixedClass, Radii, log_covering_number, rademacher_complexity,
};
use saddlepoint_theory::bounds::golowich::{Golowich, complexity_on_ball};
use saddlepoint_theory::bounds::inputs::{Gathering, Inputs, Sample};
use saddlepoint_theory::bounds::network::{Activation, Network, Operation, Reference};
use saddlepoint_theory::bounds::neyshabur_pac_bayes::NeyshaburPacBayes;
use saddlepoint_theory::bounds::path_norm::PathNorm;
use saddlepoint_theory::bounds::perturbation::Perturbation;
use saddlepoint_theory::capacity::cushions::{Cushions, interlayer_smoothness};
use saddlepoint_theory::capacity::fisher_rao::Homogeneous;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::Layers;
use saddlepoint_theory::capacity::spectral_complexity::{of_layers, spectral_complexity};
use saddlepoint_theory::quantity::{Margin, SampleSize};

use super::bounds::margins;
use super::{Theorem, at_least, done, ordered};
use crate::fuzzing::bits::Bits;

/// A hidden layer and a last one of one unit.
fn layers(b: &mut Bits) -> Option<Layers> {
    let (inputs, units) = (1 + b.few() % 3, 1 + b.few() % 3);
    Layers::new(vec![b.enclosure(units, inputs)?, b.enclosure(1, units)?]).ok()
}

fn activation(b: &mut Bits) -> Option<Activation> {
    match b.few() {
        0 => Activation::leaky_relu(b.number()).ok(),
        1 => Activation::new("fuzzed", b.number(), b.number(), b.flag()).ok(),
        2 => Some(Activation::tanh()),
        3 => Some(Activation::sigmoid()),
        4 => Some(Activation::identity()),
        _ => Some(Activation::relu()),
    }
}

fn network(b: &mut Bits) -> Option<Network> {
    Network::new(layers(b)?, activation(b)?).ok()
}

/// Inputs and their margins.
fn sample(b: &mut Bits, network: &Network) -> Option<(Inputs, Margins)> {
    let n = 1 + b.few() % 3;
    Some((Inputs::new(b.enclosure(n, network.layers().weights()[0].shape().1)?), margins(b, n)?))
}

/// Reference matrices of a network's shapes.
fn reference(b: &mut Bits, network: &Network) -> Option<Reference> {
    if b.flag() {
        return Some(Reference::zero());
    }
    let shapes = network.layers().weights().iter().map(IntervalMatrix::shape);
    let matrices: Option<_> = shapes.map(|(rows, columns)| b.enclosure(rows, columns)).collect();
    Some(Reference::fixed_before_the_data(matrices?))
}

/// Radii that can be larger than what is measured.
fn radii(b: &mut Bits) -> Vec<f64> {
    b.exactly(2).into_iter().map(|radius| 64.0 * radius.abs()).collect()
}

/// A network, what it is shown, and a bound of both.
fn bound(b: &mut Bits, theorem: impl FnOnce(&mut Bits, &Network, Sample<'_>) -> Option<f64>) -> Option<()> {
    let network = network(b)?;
    let (inputs, margins) = sample(b, &network)?;
    let sample = Sample::new(&inputs, &margins).ok()?;
    at_least(0.0, theorem(b, &network, sample)?)
}

/// What the compression of Arora et al. measures.
fn cushions(b: &mut Bits, layers: &Layers) -> Option<Cushions> {
    let width = layers.weights()[0].shape().1;
    Cushions::new(layers, &b.list(|b| b.exactly(width))).ok()
}

pub(super) const TABLE: &[Theorem] = &[
    |b| {
        bound(b, |b, network, sample| {
            let reference = reference(b, network)?;
            Some(APosteriori::new(network, &reference, sample, b.number(), b.number()).ok()?.evaluate().value())
        })
    },
    |b| {
        bound(b, |b, network, sample| {
            let (reference, radii) =
                (reference(b, network)?, Radii { spectral: radii(b), distances: radii(b) });
            let theorem = FixedClass::new(network, &reference, &radii, sample, b.number(), b.number());
            Some(theorem.ok()?.evaluate().value())
        })
    },
    |b| {
        bound(b, |b, network, sample| {
            let theorem = NeyshaburPacBayes::new(network, b.number(), sample, b.number(), b.number());
            Some(theorem.ok()?.evaluate().value())
        })
    },
    |b| {
        bound(b, |b, network, sample| {
            Some(Golowich::new(network, sample, b.number(), b.number()).ok()?.evaluate().value())
        })
    },
    |b| {
        bound(b, |b, network, sample| {
            Some(PathNorm::new(network, sample, b.number(), b.number()).ok()?.evaluate().value())
        })
    },
    |b| {
        let network = network(b)?;
        let shapes: Vec<_> = network.layers().weights().iter().map(IntervalMatrix::shape).collect();
        let added: Option<Vec<_>> =
            shapes.into_iter().map(|(rows, columns)| b.enclosure(rows, columns)).collect();
        at_least(0.0, Perturbation::new(&network, &added?, b.number()).ok()?.evaluate())
    },
    |b| at_least(0.0, log_covering_number(b.number(), b.size(), b.number(), b.number()).ok()?),
    |b| {
        let (complexity, width, norm) = (b.number(), b.size(), b.number());
        let (n, gamma) = (SampleSize::new(b.count()).ok()?, Margin::new(b.number()).ok()?);
        at_least(0.0, rademacher_complexity(complexity, width, norm, n, gamma).ok()?)
    },
    |b| {
        let (depth, norm, radius) = (b.size(), b.interval()?, b.number());
        at_least(0.0, complexity_on_ball(depth, norm, radius, SampleSize::new(b.count()).ok()?).ok()?)
    },
    |b| {
        let layers = layers(b)?;
        let sizes: Vec<usize> = layers.weights().iter().map(|w| w.shape().0).collect();
        let biases: Vec<Vec<f64>> = sizes.into_iter().map(|size| b.exactly(size)).collect();
        done(Network::augmented(&layers, &biases, activation(b)?))
    },
    |b| {
        let layers = layers(b)?;
        let sizes: Vec<usize> = layers.weights().iter().map(|w| w.shape().0).collect();
        let biases =
            sizes.into_iter().map(|size| IntervalVector::with_radii(b.exactly(size), b.exactly(size)).ok());
        done(Network::augmented_enclosing(&layers, &biases.collect::<Option<Vec<_>>>()?, activation(b)?))
    },
    |b| {
        let mut operations = vec![];
        for _ in 0..b.few() {
            operations.push(match b.few() {
                0 => Operation::MaxPooling,
                1 => Operation::Bias(b.numbers()),
                2 | 3 => Operation::Activation(activation(b)?),
                _ => Operation::Linear(b.enclosed()?),
            });
        }
        done(Network::from_operations(operations))
    },
    |b| {
        let width = b.few();
        let mut gathering = Gathering::new(width);
        for _ in 0..b.few() {
            gathering.push(&b.exactly(width)).ok()?;
        }
        ordered(gathering.finish().ok()?.frobenius())
    },
    |b| {
        let inputs = Inputs::new(b.enclosed()?);
        let _ = inputs.augmented();
        ordered(inputs.largest_norm())
    },
    |b| {
        let layers = layers(b)?;
        at_least(0.0, cushions(b, &layers)?.effective_parameters(b.number(), b.number()).ok()?)
    },
    |b| {
        let (layers, n) = (layers(b)?, 1 + b.few() % 3);
        let compression = Compression::new(&cushions(b, &layers)?, b.number(), b.number()).ok()?;
        let smoothness = if b.flag() {
            Smoothness::assumed(b.number(), b.number())
        } else {
            Smoothness::of_draws(b.number(), &b.numbers(), b.number())
        };
        let theorem =
            AroraCompression::new(compression, &margins(b, n)?, &smoothness.ok()?, b.number()).ok()?;
        at_least(0.0, theorem.evaluate().of_the_compressed_network().value())
    },
    |b| {
        let (layers, other) = (layers(b)?, layers(b)?);
        let width = layers.weights()[0].shape().1;
        at_least(0.0, interlayer_smoothness(&layers, &other, &b.list(|b| b.exactly(width))).ok()?)
    },
    |b| {
        let homogeneous = Homogeneous::new(&network(b)?).ok()?;
        let (n, k) = (1 + b.few() % 3, 1 + b.few() % 3);
        let outputs = b.enclosure(n, k)?;
        let labels: Vec<usize> = (0..n).map(|_| usize::from(b.byte())).collect();
        let _ = homogeneous.cross_entropy(&outputs, &labels);
        let _ = homogeneous.squared_error(&outputs, &b.enclosure(n, k)?);
        ordered(homogeneous.cross_entropy_under_model(&outputs).ok()?)
    },
    |b| ordered(of_layers(&layers(b)?).ok()?),
    |b| {
        let intervals = |b: &mut Bits| b.list(Bits::interval).into_iter().collect::<Option<Vec<_>>>();
        ordered(spectral_complexity(&intervals(b)?, &intervals(b)?, &b.numbers()).ok()?)
    },
    |b| {
        let layers = layers(b)?;
        done(layers.relu_outputs(&b.enclosure(2, layers.weights()[0].shape().1)?))
    },
];
