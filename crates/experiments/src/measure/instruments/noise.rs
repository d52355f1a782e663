//! How much gradients differ from example to example.

use saddlepoint_landscape::gradient_noise::{NoiseError, SampleGradients};

use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::figure::{Axis, Figure};
use crate::measure::quantity::{CONFIDENCE, Findings, Quantity, Refusal};
use crate::measure::subject::Subject;
use crate::verdict::show;

/// The covariance of the examples' gradients, its spectrum, and the batch size at which its noise equals the gradient.
pub(super) struct GradientNoise;

/// Gradients that are looked at, unless they would not fit into memory.
const MOST: usize = 500;

/// How many gradients of `p` entries fit into the memory that may be used, with their matrix of products beside them.
fn sample_size(subject: &Subject<'_>, parameters: usize) -> usize {
    let fit = subject.settings.memory / (3 * 8 * parameters.max(1));
    fit.min(MOST).min(subject.train.count())
}

impl Instrument for GradientNoise {
    fn id(&self) -> &'static str {
        "noise"
    }

    fn title(&self) -> &'static str {
        "Gradient noise"
    }

    fn about(&self) -> &'static str {
        "the covariance of the examples' gradients, its spectrum, and the noise scale"
    }

    fn cost(&self, subject: &Subject<'_>) -> Cost {
        let m = sample_size(subject, subject.point().len()) as f64;
        let share = m / subject.train.count() as f64;
        Cost { operations: m * m * subject.point().len() as f64, ..Cost::products(share) }
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let point = subject.point();
        let (n, m) = (subject.train.count(), sample_size(subject, point.len()));
        if m < 2 {
            let reason = format!("two gradients of {} entries do not fit into the memory given", point.len());
            return Err(reason.into());
        }
        // A sample without order: evenly spread over the data would follow their order, which may be that of the classes.
        let mut stream = subject.stream(self.id());
        let mut chosen = stream.permutation(n);
        chosen.truncate(m);
        chosen.sort_unstable();
        let mut rows = Vec::with_capacity(m * point.len());
        for (done, piece) in chosen.chunks(100).enumerate() {
            subject.step(0.8 * (100 * done) as f64 / m as f64)?;
            let examples = subject.train.choose(piece)?;
            let losses = subject.model.trace_each_loss(&examples, subject.settings.loss)?;
            let count = piece.len();
            let unit: Vec<f64> =
                (0..count * count).map(|at| if at % (count + 1) == 0 { 1.0 } else { 0.0 }).collect();
            rows.extend(losses.linearize(&point)?.transposed_times_block(&unit, count)?);
        }
        let gradients = SampleGradients::new(rows, point.len())?;
        subject.step(0.85)?;
        let spectrum = gradients.spectrum()?;
        let total: f64 = spectrum.iter().sum();
        let squares: f64 = spectrum.iter().map(|value| value * value).sum();
        let method = format!("exact gradients of {m} of {n} examples, drawn without replacement");
        let mut found = Findings::default();
        let interval = |name: &str, value: f64, error: f64| {
            let half = 1.96 * error;
            let method = format!("{method}; standard error by the jackknife, normal interval of {CONFIDENCE}");
            Quantity::estimated(name, value, error, (value - half, value + half), method)
        };
        match gradients.noise_scale() {
            Ok(noise) => {
                found.sentence = format!(
                    "Batches beyond about {} examples average less noise than gradient (simple noise scale {} ± {}).",
                    show(noise.scale.round()),
                    show(noise.scale),
                    show(noise.scale_error)
                );
                found.quantities = vec![
                    interval(
                        "trace of the covariance of an example's gradient",
                        noise.trace,
                        noise.trace_error,
                    ),
                    interval(
                        "squared norm of the expected gradient",
                        noise.squared_gradient,
                        noise.squared_gradient_error,
                    ),
                    interval("simple noise scale", noise.scale, noise.scale_error).unit("examples"),
                ];
            }
            Err(error @ NoiseError::Undetermined { .. }) => {
                found.sentence =
                    "The gradient cannot be told from zero: all that batches see of it is noise.".into();
                let value = gradients.trace();
                let trace = Quantity::computed(
                    "trace of the covariance of an example's gradient",
                    value,
                    method.clone(),
                );
                found.quantities.push(trace);
                found.refusals.push(Refusal::new("simple noise scale", error));
            }
            Err(error) => return Err(error.into()),
        }
        if squares > 0.0 {
            let rank = Quantity::computed(
                "effective rank of the covariance",
                total * total / squares,
                format!("(Σλ)²/Σλ² of the covariance of {m} gradients: at most {}", m - 1),
            );
            found.quantities.push(rank);
        }
        let points = spectrum.iter().enumerate().map(|(at, &value)| ((at + 1) as f64, value));
        found.figures.push(
            Figure::new(
                "noise-spectrum",
                "Eigenvalues of the covariance of the examples' gradients",
                "Few directions carry most of the noise where the curve falls fast. The last of them are those of a sample: with more \
                 examples there would be more.",
                Axis::logarithmic("number"),
                Axis::logarithmic("eigenvalue"),
            )
            .points("eigenvalues", points),
        );
        Ok(found)
    }
}
