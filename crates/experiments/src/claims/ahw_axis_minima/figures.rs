//! The plots of the claim.

use super::{LABEL, OnAxis, Outcome, Task};
use crate::claim::Evidence;
use crate::figure::{Axis, Figure};

pub(super) fn all(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
    let axis = evidence.iter().find_map(|e| match (&e.task, &e.outcome) {
        (Task::Count { dimension: 1, samples: 6, label }, Outcome::Count { axis, .. }) if *label == LABEL => {
            Some(axis)
        }
        _ => None,
    });
    let on_axis = |minimum| {
        let points = axis.into_iter().flatten().filter(move |point: &&OnAxis| point.minimum == minimum);
        points.map(|point| (point.weight.log10(), point.error))
    };
    evidence
        .iter()
        .filter_map(|e| match &e.outcome {
            Outcome::Curve { curve } => Some(
                Figure::new(
                    "wells",
                    "Six samples, six local minima",
                    "In the logarithm of the weight every sample is the same well, shifted by ln 16; their sum keeps a minimum for each.",
                    Axis::linear("log₁₀ w"),
                    Axis::linear("E(w)"),
                )
                .line("E", curve.iter().copied())
                .points("minima", on_axis(true))
                .points("maxima", on_axis(false)),
            ),
            Outcome::Portrait { portrait } => Some(portrait.figure(
                "two-axes",
                "Two samples on each of two axes: four minima",
                "Minima, saddles and the maximum form the product of two axes with two minima and a maximum each; descent ends in whichever minimum it meets.",
                ["log₁₀ w₁", "log₁₀ w₂"],
                "E",
            )),
            _ => None,
        })
        .collect()
}
