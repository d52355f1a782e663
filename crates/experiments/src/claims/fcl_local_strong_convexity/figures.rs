//! The plots of the claim.

use super::{CE, Loss, Outcome, SPECTRA, SQUARED, Task, curvatures};
use crate::claim::Evidence;
use crate::figure::{Axis, Figure};

/// The ball of convexity, the samples that it takes, and descents inside.
pub(super) fn all(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
    let sphere = |wanted: Loss, size: f64| {
        evidence.iter().filter_map(move |e| match (&e.task, &e.outcome) {
            (Task::Sphere { loss, scale, radius, .. }, Outcome::Least { least })
                if (*loss, *scale) == (wanted, size) =>
            {
                Some((*radius, *least))
            }
            _ => None,
        })
    };
    let at_truth = |row: usize| std::iter::once((0.0, SPECTRA[row].3[0]));
    let ball = Figure::new(
        "ball",
        "The least eigenvalue at a distance from the planted weights",
        "It falls below zero at a distance of a tenth from the identity, and between 0.2 and 0.4 from twice the identity: the risk is strongly convex, but only very near.",
        Axis::linear("‖W − W*‖"),
        Axis::linear("least eigenvalue of the Hessian of the population risk"),
    )
    .line("cross entropy, W* = I", at_truth(0).chain(sphere(CE, 1.0)))
    .line("cross entropy, W* = 2I", at_truth(1).chain(sphere(CE, 2.0)))
    .line("half squared error, W* = I", at_truth(2).chain(sphere(SQUARED, 1.0)))
    .reference("zero", [(0.0, 0.0), (0.4, 0.0)]);
    let samples = [500, 2000, 8000, 32_000, 128_000];
    let points = samples.iter().flat_map(|&n| curvatures(evidence, n).0.map(move |least| (n as f64, least)));
    let sizes = Figure::new(
        "samples",
        "The least eigenvalue at the distance 0.1 from the planted weights, one point a sample",
        "Strong convexity of the empirical risk needs some ten thousand samples for fifteen weights.",
        Axis::logarithmic("samples n (d = 5, K = 3)"),
        Axis::linear("least eigenvalue over twenty directions"),
    )
    .points("samples", points)
    .reference("zero", [(500.0, 0.0), (32_000.0, 0.0)]);
    let descents = evidence.iter().find_map(|e| match &e.outcome {
        Outcome::Descent { ways, .. } => Some(ways),
        _ => None,
    });
    let descents = descents.map(|ways| {
        let figure = Figure::new(
            "descents",
            "Gradient descent from the small ball converges linearly, to a point outside of it",
            "From three starts at the distance 0.1 from the planted weights, 8000 samples: straight lines down to the rounding.",
            Axis::linear("steps"),
            Axis::logarithmic("distance from the minimizer"),
        );
        ways.iter().enumerate().fold(figure, |figure, (k, way)| {
            let way = way.iter().enumerate().map(|(t, d)| (10.0 * t as f64, *d));
            figure.line(format!("start {}", k + 1), way)
        })
    });
    [ball, sizes].into_iter().chain(descents).collect()
}
