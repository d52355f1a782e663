//! The PAC-Bayes bound of a trained network with Gaussian noise on its weights.

use saddlepoint_models::data::Targets;
use saddlepoint_rigor::{Rounding, Up};
use saddlepoint_theory::bounds::certificate::Certificate;
use saddlepoint_theory::bounds::dziugaite_roy::{DziugaiteRoy, PriorGrid};
use saddlepoint_theory::bounds::gaussian::DiagonalGaussian;
use saddlepoint_theory::bounds::kl_test_set::KlTestSet;
use saddlepoint_theory::bounds::pac_bayes::{GibbsRisk, Moment};
use saddlepoint_theory::bounds::split::Split;

use super::bounds::{DELTA, ERROR};
use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::measure::quantity::{Bound, Findings, Quantity};
use crate::measure::subject::{Scores, Subject};
use crate::verdict::{maximum, show};

/// Deviations that are tried, each with so many draws; and the fresh draws of the one that is chosen.
const POWERS: std::ops::RangeInclusive<i32> = -9..=-1;
const TRIALS: usize = 2;
const DRAWS: usize = 150;
/// Forward passes of all of it.
const PASSES: usize = 9 * TRIALS + DRAWS;
/// The part of the failure probability that the draws cost.
const SHARE: f64 = 0.2;
/// The variance that no prior reaches, and the number of priors until a variance has fallen by `e`.
const LARGEST: f64 = 1.0;
const STEPS: f64 = 100.0;

/// The bound of Dziugaite and Roy, without training the noise.
pub(super) struct PacBayes;

impl Instrument for PacBayes {
    fn id(&self) -> &'static str {
        "pac-bayes"
    }

    fn title(&self) -> &'static str {
        "PAC-Bayes bound of the network with noise"
    }

    fn about(&self) -> &'static str {
        "a bound from training data alone, for the network with Gaussian noise on its weights; needs --init"
    }

    fn cost(&self, _: &Subject<'_>) -> Cost {
        Cost::passes(PASSES as f64)
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let (certificate, deviation) = bound(subject, DELTA)?;
        let says = if certificate.value() < 1.0 { "" } else { ", which says nothing" };
        let mut found = Findings {
            sentence: format!(
                "With Gaussian noise of {} on each weight the error on new examples is at most {}{says}.",
                show(deviation),
                show(certificate.value())
            ),
            ..Findings::default()
        };
        let theorem = "PAC-Bayes (Dziugaite-Roy), Gaussian noise on the weights".to_owned();
        let of = format!("{ERROR} of the network with noise");
        found.bounds.push(Bound { theorem, ..Bound::new(&of, &certificate) });
        let method = "the power of 2 for which the bound is smallest by a few draws";
        found.quantities.push(Quantity::computed("standard deviation of the noise", deviation, method));
        Ok(found)
    }
}

/// The bound for the network with Gaussian noise of one deviation on all its parameters: the deviation is chosen so that the bound is
/// smallest by a few draws, which the theorem allows for every posterior, and its Gibbs risk is then certified by fresh draws.
///
/// # Errors
/// When the weights before training are not known: a prior at zero would be allowed, but its divergence is that of the whole
/// length of the weights.
fn bound(subject: &Subject<'_>, delta: f64) -> Result<(Certificate, f64), Failure> {
    let initial =
        subject.initial.ok_or("the weights before training are its prior's mean: give them with --init")?;
    let means: Vec<f64> = initial.point();
    let point = subject.point();
    let mut stream = subject.stream("pac-bayes");
    let grid = PriorGrid::new(means, LARGEST, STEPS)?;
    let split = Split::unseen(subject.train.count() as u64)?;
    let mut done = 0;
    let mut errors = |deviation: f64, draws: usize| -> Result<Vec<f64>, Failure> {
        let draw = |_| {
            subject.step(f64::from(done) / PASSES as f64)?;
            done += 1;
            let noisy: Vec<f64> = point.iter().map(|w| w + deviation * stream.normal()).collect();
            error_at(subject, &noisy)
        };
        (0..draws).map(draw).collect()
    };
    let certified = |deviation: f64, errors: &[f64]| -> Result<Certificate, Failure> {
        let posterior = DiagonalGaussian::new(point.clone(), vec![deviation; point.len()])?;
        // The prior's best deviation has the mean square distance for its variance.
        let distance = initial_distance(subject)?;
        let variance = deviation * deviation + distance / point.len() as f64;
        let j = grid.nearest(0.5 * variance.ln())?;
        let sum = errors.iter().fold(0.0, |sum, &error| Up::add(sum, error));
        let mean = Up::div(sum, errors.len() as f64).min(1.0);
        let gibbs = KlTestSet::new(mean, errors.len() as u64, SHARE * delta)?;
        let theorem = (1.0 - SHARE) * delta;
        let bound = DziugaiteRoy::new(
            GibbsRisk::certified(&gibbs),
            &posterior,
            &grid,
            j,
            split,
            theorem,
            Moment::TwoRoots,
        )?;
        Ok(bound.evaluate())
    };
    let mut best: Option<(f64, f64)> = None;
    for power in POWERS {
        let deviation = 2f64.powi(power);
        let found = errors(deviation, TRIALS)?;
        // The price of few draws is not that of many: what is compared is the mean with the divergence's part.
        let mean = found.iter().copied().fold(0.0, maximum);
        let padded: Vec<f64> = vec![mean; DRAWS];
        let value = certified(deviation, &padded)?.value();
        if best.is_none_or(|(least, _)| value < least) {
            best = Some((value, deviation));
        }
    }
    let (_, deviation) = best.ok_or("no deviation was tried")?;
    Ok((certified(deviation, &errors(deviation, DRAWS)?)?, deviation))
}

/// The squared distance of the parameters from those before training.
fn initial_distance(subject: &Subject<'_>) -> Result<f64, Failure> {
    let initial = subject.initial.ok_or("the weights before training are not known")?;
    Ok(subject.point().iter().zip(initial.point()).map(|(w, w0)| (w - w0).powi(2)).sum())
}

/// The training error of the network with other parameters; outputs that are not finite are errors.
fn error_at(subject: &Subject<'_>, parameters: &[f64]) -> Result<f64, Failure> {
    let (mut wrong, mut all) = (0, 0);
    for at in 0..subject.batches(subject.train) {
        let batch = subject.batch(subject.train, at)?;
        let outputs = subject.model.outputs_at(parameters, &batch)?;
        let Targets::Classes { labels, .. } = batch.targets() else {
            return Err("errors need class labels".into());
        };
        let width = outputs.len() / batch.len();
        wrong += labels.len() - Scores::right_of(&outputs, width, labels);
        all += labels.len();
    }
    Ok(wrong as f64 / all as f64)
}
