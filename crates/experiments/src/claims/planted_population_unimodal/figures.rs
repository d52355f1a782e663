//! The plots of the claim.

use super::{Outcome, Task};
use crate::claim::Evidence;
use crate::figure::{Axis, Figure};

/// The maps of the risk and of a sample's, where it is convex, and how the gradient decays.
pub(super) fn all(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
    let radius = evidence.iter().find_map(|e| match e.outcome {
        Outcome::Circles { radius, .. } => Some(radius),
        _ => None,
    });
    let figures = evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
        (Task::Sample { .. }, Outcome::Portrait { portrait }) => Some(
            portrait
                .figure(
                    "sample",
                    "The empirical risk of 200 samples keeps the shape",
                    "It has one minimum in the square, certified, near the planted weights: sampling moves it but adds no other.",
                    ["w₁", "w₂"],
                    "ℓₙ",
                )
                .points("planted weights", [(1.0, 0.0)]),
        ),
        (_, Outcome::Portrait { portrait }) => {
            let ball = (0..=90).map(|k| f64::from(k) * std::f64::consts::PI / 45.0);
            let ball = ball.map(|a| (1.0 + radius.unwrap_or(0.0) * a.cos(), radius.unwrap_or(0.0) * a.sin()));
            Some(
                portrait
                    .figure(
                        "landscape",
                        "One stationary point, and convexity only around it",
                        "Descent reaches the planted weights from everywhere, at last through the ball in which the risk is convex. Far from it the level sets bend the wrong way.",
                        ["w₁", "w₂"],
                        "ℓ",
                    )
                    .reference("largest ball of convexity", ball)
                    .points("planted weights: the minimum", [(1.0, 0.0)]),
            )
        }
        (Task::Circles { radii }, Outcome::Circles { least, .. }) => Some(
            Figure::new(
                "convexity",
                "The least eigenvalue of the Hessian at a distance from the planted weights",
                "It falls below zero near 1.03: beyond, the risk is not convex, and still without another stationary point.",
                Axis::linear("‖w − w*‖"),
                Axis::linear("least eigenvalue"),
            )
            .line("over 40 directions", radii.iter().copied().zip(least.iter().copied()))
            .reference("zero", [(0.0, 0.0), (1.5, 0.0)]),
        ),
        (Task::Far { lengths }, Outcome::Far { gradients, limits }) => {
            let way = |i: usize| lengths.iter().copied().zip(gradients.iter().map(move |g| g[i]));
            let far = || lengths.iter().copied().filter(|r| *r >= 3.0);
            Some(
                Figure::new(
                    "decay",
                    "The gradient is large only in a ball",
                    "Across w* it decays like 1/R, along it like 1/R², on both sides: a bound away from zero needs a bound on ‖w‖.",
                    Axis::logarithmic("R = ‖w‖"),
                    Axis::logarithmic("‖∇ℓ(w)‖"),
                )
                .line("along w*", way(0).filter(|(_, g)| *g > 1e-12))
                .line("against w*", way(1))
                .line("across w*", way(2))
                .reference("0.0824/R", far().map(|r| (r, limits.0 / r)))
                .reference("0.1995/R²", far().map(|r| (r, limits.1 / (r * r)))),
            )
        }
        _ => None,
    });
    figures.collect()
}
