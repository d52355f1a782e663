//! The plots of the claim.

use super::saddles::Saddle;
use super::{EVERY, Outcome, STARTS, Task};
use crate::claim::Evidence;
use crate::figure::{Axis, Figure};

pub(super) fn all(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
    let saddles = evidence.iter().find_map(|e| match &e.outcome {
        Outcome::Saddles { saddles } => Some(spectra(saddles)),
        _ => None,
    });
    saddles.into_iter().chain([slices(), plateaus(evidence), descents(evidence)]).collect()
}

/// The Hessian's spectrum at the saddles with vanishing ends.
fn spectra(saddles: &[Saddle]) -> Figure {
    let figure = Figure::new(
        "spectra",
        "The deeper a network vanishes, the less its curvature tells",
        "Eigenvalues of the Hessian at saddles of the reference data. With each direction that the middle matrix loses, three negative eigenvalues go; where it vanishes all are zero, and still there is a way down.",
        Axis::linear("position in the spectrum"),
        Axis::linear("eigenvalue of the Hessian"),
    );
    saddles.iter().fold(figure, |figure, saddle| {
        let positions = saddle.eigenvalues.iter().enumerate().map(|(i, &value)| (i as f64 + 1.0, value));
        figure.points(saddle.name.clone(), positions)
    })
}

/// The loss of the scalar chain along equal weights.
fn slices() -> Figure {
    let figure = Figure::new(
        "slices",
        "A saddle of order D",
        "The loss (1 − w^D)² of a chain of equal weights. At depth 2 it bends down from the origin; beyond, the origin lies on a plateau that is the flatter the deeper the chain.",
        Axis::linear("each weight, w"),
        Axis::linear("loss"),
    );
    (2..=4).fold(figure, |figure, depth| {
        let grid = (0..=110).map(|i| f64::from(i) / 100.0);
        figure.line(format!("depth {depth}"), grid.map(move |w| (w, (1.0 - w.powi(depth)).powi(2))))
    })
}

/// The time that the plateau takes against the size of the start.
fn plateaus(evidence: &[Evidence<Task, Outcome>]) -> Figure {
    let figure = Figure::new(
        "plateaus",
        "Depth makes small starts slow",
        "Halving the weights at the start adds a constant time at depth 2, doubles the time at depth 3 and quadruples it at depth 4.",
        Axis::logarithmic("weights at the start, ε"),
        Axis::logarithmic("time until the product is ½"),
    );
    evidence.iter().fold(figure, |figure, e| match (&e.task, &e.outcome) {
        (Task::Plateau { depth }, Outcome::Plateau { times, flow, .. }) => figure
            .reference(format!("gradient flow, depth {depth}"), STARTS.into_iter().zip(flow.iter().copied()))
            .points(format!("gradient descent, depth {depth}"), STARTS.into_iter().zip(times.iter().copied())),
        _ => figure,
    })
}

/// One descent for each depth.
fn descents(evidence: &[Evidence<Task, Outcome>]) -> Figure {
    let figure = Figure::new(
        "descents",
        "Every descent ends at the same loss",
        "The reference data under two, three and four matrices, from normal weights: on the way the loss rests at saddles, at the end it is the global minimum for every depth.",
        Axis::linear("steps"),
        Axis::linear("loss"),
    );
    evidence.iter().fold(figure, |figure, e| match (&e.task, &e.outcome) {
        (Task::Descent { depth, .. }, Outcome::Descent { path, .. }) => {
            let points = path.iter().enumerate().take(60).map(|(i, &loss)| ((i * EVERY) as f64, loss));
            figure.line(format!("depth {depth}"), points)
        }
        _ => figure,
    })
}
