//! The ends of the spectrum of the Hessian and of the Gauss-Newton matrix, traces, and blocks.

use saddlepoint_landscape::operator::{Dense, PrincipalSubmatrix, SymmetricOperator};
use saddlepoint_landscape::spectrum::estimate::StopRule;
use saddlepoint_landscape::spectrum::lanczos::{Eigenpairs, End, Lanczos};
use saddlepoint_landscape::spectrum::trace::hutch_plus_plus;

use super::{Cost, Instrument};
use crate::claim::Failure;
use crate::figure::{Axis, Figure, Mark};
use crate::measure::quantity::{CONFIDENCE, Findings, Quantity};
use crate::measure::subject::Subject;
use crate::verdict::show;

/// Top eigenpairs, the least eigenvalue, the trace, the Gauss-Newton matrix, and the block of each layer.
pub(super) struct Curvature;

/// Eigenvalues at the upper end.
const TOP: usize = 5;
/// Up to so many parameters the trace is summed instead of estimated.
const SUMMED: usize = 600;

impl Instrument for Curvature {
    fn id(&self) -> &'static str {
        "curvature"
    }

    fn title(&self) -> &'static str {
        "Curvature of the training loss"
    }

    fn about(&self) -> &'static str {
        "top and bottom eigenvalues of the Hessian, Gauss-Newton, traces, the block of each layer"
    }

    fn cost(&self, subject: &Subject<'_>) -> Cost {
        Cost::products(60.0 + 40.0 + 30.0 + 70.0 + 20.0 * blocks(subject).len() as f64)
    }

    fn measure(&self, subject: &Subject<'_>) -> Result<Findings, Failure> {
        let point = subject.point();
        let hessian = subject.hessian(&point)?;
        let mut stream = subject.stream(self.id());
        let mut found = Findings::default();
        let top = ends(&hessian, End::Largest, TOP.min(point.len()), &mut || stream.normal())?;
        subject.step(0.3)?;
        let bottom = ends(&hessian, End::Smallest, 1, &mut || stream.normal())?;
        subject.step(0.45)?;
        for (name, pairs) in
            [("eigenvalue of the Hessian", &top), ("smallest eigenvalue of the Hessian", &bottom)]
        {
            for (at, pair) in pairs.pairs.iter().enumerate() {
                let method = format!(
                    "thick-restart Lanczos; an eigenvalue is certain to lie within the residual {} of it, the rounding of the product \
                     itself aside{}",
                    show(pair.residual),
                    if pair.converged { "" } else { " (not converged)" }
                );
                let quantity = Quantity::enclosed(name, pair.enclosure, method);
                let quantity = Quantity { value: pair.value, ..quantity };
                found.quantities.push(if pairs.pairs.len() > 1 {
                    Quantity { name: format!("{} {name}", ordinal(at)), ..quantity }
                } else {
                    quantity
                });
            }
        }
        found.quantities.push(trace("trace of the Hessian", &hessian, &mut || stream.normal())?);
        subject.step(0.6)?;
        let gauss_newton = subject.gauss_newton(&point)?;
        let pair = ends(&gauss_newton, End::Largest, 1, &mut || stream.normal())?;
        let outer = pair.pairs.first().map_or(f64::NAN, |pair| pair.value);
        found.attempt::<Failure>(
            "Gauss-Newton matrix",
            (|| {
                let pair = pair.pairs.first().ok_or("there is no eigenvalue")?;
                let method = "Lanczos on J⊤(∇²ℓ)J; the Fisher matrix for cross entropy and squared error";
                let name = "largest eigenvalue of the Gauss-Newton matrix";
                let largest =
                    Quantity { value: pair.value, ..Quantity::enclosed(name, pair.enclosure, method) };
                let sum = trace("trace of the Gauss-Newton matrix", &gauss_newton, &mut || stream.normal())?;
                Ok(vec![largest, sum])
            })(),
        );
        subject.step(0.8)?;
        let (mut names, mut heights) = (Vec::new(), Vec::new());
        let all = blocks(subject);
        let count = all.len() as f64;
        for (at, (name, indices)) in all.into_iter().enumerate() {
            let block = PrincipalSubmatrix::new(&hessian, indices)?;
            let search = Lanczos::new(End::Largest, 1)?.with_tolerance(1e-3)?.with_products(60)?;
            let pairs = search.run(&block, &mut || stream.normal())?;
            if let Some(pair) = pairs.pairs.first() {
                let method =
                    format!("Lanczos on this layer's rows and columns, residual {}", show(pair.residual));
                let quantity = Quantity::enclosed("largest eigenvalue of the block", pair.enclosure, method);
                found.quantities.push(Quantity { value: pair.value, ..quantity }.of(name.clone()));
                names.push(name);
                heights.push(pair.value);
            }
            subject.step(0.8 + 0.2 * (at + 1) as f64 / count)?;
        }
        let (largest, least) = (top.values()[0], bottom.values()[0]);
        found.sentence = format!(
            "The largest eigenvalue of the Hessian is {}, the smallest {}{}; the Gauss-Newton part alone has {}.",
            show(largest),
            show(least),
            if least < -1e-6 * largest.abs() { ": the loss also curves downwards" } else { "" },
            show(outer)
        );
        found.figures.push(
            Figure::new(
                "blocks",
                "Largest eigenvalue of each layer's block of the Hessian",
                "The stiffest layer limits the rate of plain gradient descent; the whole matrix has an eigenvalue at least as large as \
                 each block's.",
                Axis::linear("layer"),
                Axis::linear("largest eigenvalue"),
            )
            .with("largest eigenvalue", Mark::Bars { categories: names, heights }),
        );
        Ok(found)
    }
}

fn ends(
    operator: &dyn SymmetricOperator,
    end: End,
    count: usize,
    normal: &mut dyn FnMut() -> f64,
) -> Result<Eigenpairs, Failure> {
    let search = Lanczos::new(end, count)?.with_tolerance(1e-6)?.with_products(400)?;
    Ok(search.run(operator, normal)?)
}

/// The trace: summed where that is cheap, otherwise estimated to 5 %.
fn trace(
    name: &str,
    operator: &dyn SymmetricOperator,
    normal: &mut dyn FnMut() -> f64,
) -> Result<Quantity, Failure> {
    if operator.dimension() <= SUMMED {
        let value = Dense::of(operator)?.matrix().trace();
        return Ok(Quantity::computed(name, value, "the sum of the diagonal, from exact products"));
    }
    let rule = StopRule { relative_half_width: 0.05, confidence: CONFIDENCE, at_least: 20, at_most: 60 };
    let estimate = hutch_plus_plus(operator, 10, rule, normal)?.estimate;
    let method = format!("Hutch++ with {} random vectors and Student's interval", estimate.samples);
    let ends = estimate.interval(CONFIDENCE)?;
    Ok(Quantity::estimated(name, estimate.value, estimate.standard_error, ends, method))
}

/// The entries of each layer: of parameters whose names differ in their last part only.
fn blocks(subject: &Subject<'_>) -> Vec<(String, Vec<usize>)> {
    let mut blocks: Vec<(String, Vec<usize>)> = Vec::new();
    let mut offset = 0;
    for parameter in subject.model.parameters() {
        let layer = parameter.name.rsplit_once('.').map_or(parameter.name.as_str(), |(layer, _)| layer);
        let entries = offset..offset + parameter.values.len();
        offset = entries.end;
        match blocks.iter_mut().find(|(name, _)| name == layer) {
            Some((_, indices)) => indices.extend(entries),
            None => blocks.push((layer.to_owned(), entries.collect())),
        }
    }
    blocks
}

fn ordinal(at: usize) -> String {
    match at {
        0 => "largest".to_owned(),
        1 => "2nd largest".to_owned(),
        2 => "3rd largest".to_owned(),
        at => format!("{}th largest", at + 1),
    }
}
