//! Measures of capacity and sharpness of a trained network: what might predict how well it generalizes.
//!
//! Every number is oriented so that by its theory a larger one means a larger gap. What is proven about a measure, and under
//! which hypotheses, is with the measure in `saddlepoint-theory` and `saddlepoint-landscape`; here they are only ranked.

use saddlepoint_landscape::sharpness::{keskar, noise, sam};
use saddlepoint_landscape::spectrum::estimate::StopRule;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_landscape::spectrum::trace::hutch_plus_plus;
use saddlepoint_models::data::Samples;
use saddlepoint_models::native::DenseRisk;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::golowich;
use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
use saddlepoint_theory::bounds::network::Network;
use saddlepoint_theory::bounds::neyshabur_pac_bayes::NeyshaburPacBayes;
use saddlepoint_theory::bounds::path_norm;
use saddlepoint_theory::capacity::fisher_rao::Homogeneous;
use saddlepoint_theory::capacity::lipschitz::sampled;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::{NormError, frobenius, spectral, stable_rank, two_one_over_rows};
use saddlepoint_theory::capacity::spectral_complexity::spectral_complexity;
use saddlepoint_theory::capacity::spectral_exponent::PowerLaw;
use saddlepoint_theory::capacity::vc::piecewise_linear::{Architecture, Layer};

use crate::claim::{Failure, Interrupted};
use crate::dense_risk::{RiskHessian, RiskObjective};
use crate::trained_relu::relu_network_without_biases;

/// What a measure looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The architecture.
    Size,
    /// The weights, and the training inputs.
    Norm,
    /// The outputs on the training examples, with the weights or without.
    Margin,
    /// The training loss around the weights.
    Sharpness,
    /// The way there.
    Training,
}

/// The measures, in the order in which [`measure`] returns them.
pub const MEASURES: [(&str, Family); 28] = [
    ("number of parameters", Family::Size),
    ("bound of the VC dimension", Family::Size),
    ("squared Frobenius norms, sum", Family::Norm),
    ("squared Frobenius distances from the start, sum", Family::Norm),
    ("squared spectral distances from the start, sum", Family::Norm),
    ("stable ranks, sum", Family::Norm),
    ("Frobenius norms, product", Family::Norm),
    ("spectral norms, product", Family::Norm),
    ("path norm ℓ₁", Family::Norm),
    ("path norm ℓ₂", Family::Norm),
    ("spectral exponent, mean", Family::Norm),
    ("largest Jacobian norm on training inputs", Family::Norm),
    ("Fisher-Rao norm", Family::Margin),
    ("inverse margin", Family::Margin),
    ("spectral norms, product over margin", Family::Margin),
    ("spectral complexity over margin (Bartlett et al.)", Family::Margin),
    ("Frobenius norms, product over margin (Golowich et al.)", Family::Margin),
    ("path norm ℓ₁ over margin", Family::Margin),
    ("divergence by spectral norms (Neyshabur et al.)", Family::Margin),
    ("largest eigenvalue of the Hessian", Family::Sharpness),
    ("trace of the Hessian", Family::Sharpness),
    ("sharpness in a box (Keskar et al.)", Family::Sharpness),
    ("rise along the gradient", Family::Sharpness),
    ("rise along the gradient, adaptive", Family::Sharpness),
    ("sharpness under noise (PAC-Bayes)", Family::Sharpness),
    ("sharpness under noise that follows the weights", Family::Sharpness),
    ("norm of the gradient", Family::Sharpness),
    ("steps to the loss", Family::Training),
];

/// A ReLU network without biases, before and after training.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Inputs, hidden units and outputs.
    pub widths: &'a [usize],
    /// The parameters before training.
    pub start: &'a [f64],
    /// The parameters after it.
    pub end: &'a [f64],
    /// Labelled examples on which it was trained; inputs in `[0, 1]`.
    pub train: &'a Samples,
    /// Their mean loss.
    pub risk: &'a DenseRisk<f64>,
    /// Updates.
    pub steps: usize,
}

/// Margins are taken at this quantile.
const QUANTILE: f64 = 0.1;
/// Training inputs at which Jacobians are looked at.
const JACOBIANS: usize = 50;
/// The rise of the loss that noise may cause, and how many noises are averaged.
const RISE: f64 = 0.1;
const NOISES: usize = 10;

/// All [`MEASURES`] of a network; `go_on` is asked between them.
///
/// # Errors
/// Those of the measures: of networks that do not fit their data, are not finite, or classify a tenth of the training
/// examples wrongly, so that their margin is no margin.
pub fn measure(
    subject: &Subject<'_>,
    stream: &mut Stream,
    go_on: &mut dyn FnMut() -> Result<(), Interrupted>,
) -> Result<Vec<f64>, Failure> {
    let mut all = of_size(subject)?;
    all.extend(of_weights(subject, go_on)?);
    go_on()?;
    all.extend(of_landscape(subject, stream, go_on)?);
    all.push(subject.steps as f64);
    Ok(all)
}

fn of_size(subject: &Subject<'_>) -> Result<Vec<f64>, Failure> {
    // The dimension is that of one output: the last layer has one unit.
    let last = subject.widths.len().saturating_sub(2);
    let layer = |(i, pair): (usize, &[usize])| {
        let units = if i == last { 1 } else { pair[1] as u64 };
        Layer { units, parameters: units * pair[0] as u64 }
    };
    let layers: Vec<Layer> = subject.widths.windows(2).enumerate().map(layer).collect();
    // A ReLU has one breakpoint.
    let architecture = Architecture::new(&layers, 1)?;
    Ok(vec![subject.end.len() as f64, architecture.vc_dimension_bound() as f64])
}

/// Norms, and norms with margins.
fn of_weights(
    subject: &Subject<'_>,
    go_on: &mut dyn FnMut() -> Result<(), Interrupted>,
) -> Result<Vec<f64>, Failure> {
    let network_at = |parameters| relu_network_without_biases(subject.widths, parameters);
    let relu = network_at(subject.end)?;
    let (network, before) = (Network::of_relu(&relu)?, Network::of_relu(&network_at(subject.start)?)?);
    let (layers, depth) = (network.layers(), network.depth());
    let pairs = layers.weights().iter().zip(before.layers().weights());
    let moved: Vec<IntervalMatrix> = pairs.map(|(w, w0)| w.minus(w0)).collect::<Result<_, _>>()?;
    let each = |matrices: &[IntervalMatrix], norm: &dyn Fn(&IntervalMatrix) -> Result<Interval, NormError>| {
        matrices.iter().map(norm).collect::<Result<Vec<Interval>, NormError>>()
    };
    let of_frobenius = |matrix: &IntervalMatrix| Ok(frobenius(matrix));
    let spectral_norms = each(layers.weights(), &spectral)?;
    let product = |norms: &[Interval]| norms.iter().map(|norm| norm.midpoint()).product::<f64>();
    let squares = |norms: &[Interval]| norms.iter().map(|norm| norm.midpoint().powi(2)).sum::<f64>();
    let sum = |norms: &[Interval]| norms.iter().map(|norm| norm.midpoint()).sum::<f64>();
    let (frobenius_norms, ranks) =
        (each(layers.weights(), &of_frobenius)?, each(layers.weights(), &stable_rank)?);
    let (path_l1, path_l2) = (layers.path_l1().total, layers.path_l2().total);
    let exponents = layers.weights().iter().map(|matrix| Ok(PowerLaw::of_weights(matrix)?.alpha()));
    let exponents = exponents.collect::<Result<Vec<f64>, Failure>>()?;
    go_on()?;
    let rows: Vec<&[f64]> = subject.train.rows().take(JACOBIANS).collect();
    let jacobian = sampled(&relu, &rows)?.bound;
    go_on()?;

    let (labels, classes) = subject.train.labels()?;
    let n = labels.len();
    let outputs = IntervalMatrix::from_rows(n, classes, subject.risk.outputs(subject.end)?)?;
    let inputs =
        Inputs::new(IntervalMatrix::from_rows(n, subject.train.dimension(), subject.train.inputs().to_vec())?);
    let margins = Margins::of_classes(&outputs, labels)?;
    let margin = margins.quantile(QUANTILE)?.midpoint();
    let fisher_rao = Homogeneous::new(&network)?.cross_entropy(&outputs, labels)?.midpoint();
    let distances = each(&moved, &|matrix| Ok(two_one_over_rows(matrix)))?;
    let complexity = spectral_complexity(&spectral_norms, &distances, &vec![1.0; depth])?.midpoint();
    let frobenius_product = layers.product(of_frobenius)?;
    let golowich = golowich::complexity(depth, frobenius_product, &inputs);
    let path = path_norm::complexity(depth, path_l1, &inputs);
    // All pixels are between 0 and 1.
    let radius = (subject.train.dimension() as f64).sqrt();
    let sample = Sample::new(&inputs, &margins)?;
    let divergence = NeyshaburPacBayes::new(&network, radius, sample, margin, 0.05)?.divergence();
    Ok(vec![
        squares(&frobenius_norms),
        squares(&each(&moved, &of_frobenius)?),
        squares(&each(&moved, &spectral)?),
        sum(&ranks),
        product(&frobenius_norms),
        product(&spectral_norms),
        path_l1.midpoint(),
        path_l2.midpoint(),
        exponents.iter().sum::<f64>() / depth as f64,
        jacobian,
        fisher_rao,
        margin.recip(),
        product(&spectral_norms) / margin,
        complexity * inputs.frobenius().midpoint() / margin,
        golowich / margin,
        path / margin,
        divergence,
    ])
}

/// Sharpness, by every measure.
fn of_landscape(
    subject: &Subject<'_>,
    stream: &mut Stream,
    go_on: &mut dyn FnMut() -> Result<(), Interrupted>,
) -> Result<Vec<f64>, Failure> {
    let (risk, point) = (subject.risk, subject.end);
    let (objective, hessian) = (RiskObjective(risk), RiskHessian(risk.hessian(point)?));
    let search = Lanczos::new(End::Largest, 1)?.with_tolerance(1e-4)?;
    let top = search.run(&hessian, &mut || stream.normal())?.pairs[0].value;
    go_on()?;
    let trace = hutch_plus_plus(&hessian, 30, StopRule::exactly(20), &mut || stream.normal())?.estimate.value;
    go_on()?;
    let boxed = keskar::sharpness(&objective, point, &[1e-3], keskar::ITERATIONS)?[0].value;
    go_on()?;
    let rise = sam::rise(&objective, point, 0.05)?;
    let adaptive = sam::adaptive_rise(&objective, point, 0.5, 0.0)?;
    let mut tolerated = |scale: fn(f64) -> f64| {
        noise::tolerated(&objective, point, scale, RISE, NOISES, &mut || stream.normal())
    };
    let (plain, relative) = (tolerated(|_| 1.0)?, tolerated(f64::abs)?);
    let gradient = risk.gradient(point)?.norm();
    Ok(vec![top, trace, boxed, rise, adaptive, plain.powi(-2), relative.powi(-2), gradient])
}

#[cfg(test)]
mod tests {
    use saddlepoint_models::data::digits;
    use saddlepoint_models::networks::{Activation, Initialization, Mlp};
    use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Training};

    use super::*;

    /// A network with 12 hidden units on a few digits, and its measures after a factor moves from one layer to the other.
    fn measured(factor: f64) -> Vec<f64> {
        let train = digits::split().unwrap().0.split_at(60).unwrap().0;
        let network = Mlp::new(&[64, 12, 10], Activation::Relu).unwrap().without_bias();
        let risk = DenseRisk::<f64>::new(&network, &train, Loss::CrossEntropy).unwrap();
        let mut stream = Stream::new(1);
        let start = network.draw(Initialization::HeNormal, &mut stream);
        let training = Training::new(Loss::CrossEntropy, Optimizer::sgd(), Schedule::Constant { rate: 0.3 })
            .limit(Limit::Steps(400));
        let mut end = risk
            .train(&training, &start, &mut stream, &mut |_| std::ops::ControlFlow::Continue(()))
            .unwrap()
            .network;
        end[..64 * 12].iter_mut().for_each(|w| *w *= factor);
        end[64 * 12..].iter_mut().for_each(|w| *w /= factor);
        let widths = [64, 12, 10];
        let subject =
            Subject { widths: &widths, start: &start, end: &end, train: &train, risk: &risk, steps: 400 };
        measure(&subject, &mut Stream::new(2), &mut || Ok(())).unwrap()
    }

    #[test]
    fn every_measure_is_a_positive_number_and_has_a_name() {
        let found = measured(1.0);
        assert_eq!(found.len(), MEASURES.len());
        for (value, (name, _)) in found.iter().zip(MEASURES) {
            assert!(value.is_finite() && *value > 0.0, "{name}: {value}");
        }
        assert_eq!(found[0], 64.0 * 12.0 + 120.0);
    }

    /// Two networks that compute the same: what cannot tell them apart, and what must.
    #[test]
    fn a_rescaling_changes_just_the_measures_that_are_known_to_see_it() {
        let (one, other) = (measured(1.0), measured(4.0));
        let at = |name: &str| MEASURES.iter().position(|(n, _)| *n == name).unwrap();
        for name in [
            "spectral norms, product",
            "Frobenius norms, product",
            "path norm ℓ₁",
            "path norm ℓ₂",
            "Fisher-Rao norm",
            "inverse margin",
            "largest Jacobian norm on training inputs",
            "rise along the gradient, adaptive",
            "stable ranks, sum",
        ] {
            let (a, b) = (one[at(name)], other[at(name)]);
            assert!((a / b - 1.0).abs() < 1e-6, "{name}: {a} {b}");
        }
        for name in [
            "squared Frobenius norms, sum",
            "largest eigenvalue of the Hessian",
            "trace of the Hessian",
            "sharpness under noise (PAC-Bayes)",
        ] {
            let (a, b) = (one[at(name)], other[at(name)]);
            assert!(b > 1.2 * a, "{name}: {a} {b}");
        }
        let (a, b) = ("sharpness under noise that follows the weights", 0.01);
        assert!((one[at(a)] / other[at(a)] - 1.0).abs() < b);
    }
}
