//! The density of the Hessian's eigenvalues.

use saddlepoint_landscape::spectrum::density::StochasticLanczos;
use saddlepoint_landscape::spectrum::estimate::Estimate;

use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::figure::{Axis, Figure, Mark};
use crate::measure::quantity::{CONFIDENCE, Findings, Quantity};
use crate::measure::subject::Subject;
use crate::verdict::show;

/// The spectral density by stochastic Lanczos quadrature, and what follows from it.
pub(super) struct SpectralDensity;

/// Random vectors, and products with each.
const PROBES: usize = 10;
const STEPS: usize = 40;
/// Points of the curve.
const POINTS: usize = 300;

impl Instrument for SpectralDensity {
    fn id(&self) -> &'static str {
        "density"
    }

    fn title(&self) -> &'static str {
        "Density of the Hessian's eigenvalues"
    }

    fn about(&self) -> &'static str {
        "the spectral density, the share of negative and of nearly zero eigenvalues, the effective dimension"
    }

    fn cost(&self, _: &Subject<'_>) -> Cost {
        Cost::products((PROBES * STEPS) as f64)
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let point = subject.point();
        let hessian = subject.hessian(&point)?;
        let mut stream = subject.stream(self.id());
        let process = StochasticLanczos::new(PROBES, STEPS.min(point.len()))?;
        let mut state = saddlepoint_landscape::spectrum::density::State::new(point.len());
        while !process.step(&hessian, &mut state, &mut || stream.normal())? {
            subject.step(state.products() as f64 / (PROBES * STEPS) as f64)?;
        }
        let density = process.finish(&state)?;
        let (low, high) = density.range();
        let width = density.default_width()?;
        let method = format!("stochastic Lanczos quadrature, {PROBES} random vectors of {STEPS} products each");
        let mut found = Findings::default();
        let mut share = |name: &str, at: f64, upper: bool| -> Result<f64, Failure> {
            let cumulative = density.cumulative(at, CONFIDENCE)?;
            let (value, ends) = if upper {
                (1.0 - cumulative.value, (1.0 - cumulative.high, 1.0 - cumulative.low))
            } else {
                (cumulative.value, (cumulative.low, cumulative.high))
            };
            let method = format!("{method}; the interval holds the unresolved weight of the rules too");
            found.quantities.push(Quantity::estimated(name, value, f64::NAN, ends, method));
            Ok(value)
        };
        let scale = high.abs().max(low.abs());
        let negative = share("share of eigenvalues below −1 % of the largest", -0.01 * scale, false)?;
        let large = share("share of eigenvalues above 1 % of the largest", 0.01 * scale, true)?;
        let estimate = |name: &str, estimate: Estimate| -> Result<Quantity, Failure> {
            let ends = estimate.interval(CONFIDENCE)?;
            Ok(Quantity::estimated(name, estimate.value, estimate.standard_error, ends, method.clone()))
        };
        let ridge = 0.01 * scale;
        if low > -0.5 * ridge && ridge > 0.0 {
            let name = format!("effective dimension Σ λ/(λ + {})", show(ridge));
            found.quantities.push(estimate(&name, density.effective_dimension(ridge)?)?);
        }
        found.quantities.push(Quantity::computed("lower end of the quadrature's nodes", low, method.clone()));
        found.quantities.push(Quantity::computed("upper end of the quadrature's nodes", high, method.clone()));
        found.sentence = format!(
            "{} % of the eigenvalues lie within 1 % of the largest magnitude around zero, {} % above, {} % below.",
            show((100.0 * (1.0 - negative - large)).clamp(0.0, 100.0).round()),
            show((1000.0 * large).round() / 10.0),
            show((1000.0 * negative).round() / 10.0)
        );
        let curve = density.curve(POINTS, width)?;
        let half = |estimate: &Estimate| estimate.interval(CONFIDENCE).unwrap_or((f64::NAN, f64::NAN));
        let floor = |value: f64| value.max(1e-12);
        found.figures.push(
            Figure::new(
                "density",
                "Density of the Hessian's eigenvalues",
                format!(
                    "Smoothed by Gaussians of the width {}, with intervals of {CONFIDENCE} from {PROBES} random vectors. On a logarithmic \
                     axis, since most eigenvalues are near zero.",
                    show(width)
                ),
                Axis::linear("eigenvalue"),
                Axis::logarithmic("density"),
            )
            .with(
                "interval",
                Mark::Band {
                    x: curve.iter().map(|(at, _)| *at).collect(),
                    low: curve.iter().map(|(_, e)| floor(half(e).0)).collect(),
                    high: curve.iter().map(|(_, e)| floor(half(e).1)).collect(),
                },
            )
            .line("density", curve.iter().map(|(at, e)| (*at, floor(e.value)))),
        );
        Ok(found)
    }
}
