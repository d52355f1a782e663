//! The plots of the claim.

use super::{Outcome, Task, kicks};
use crate::claim::Evidence;
use crate::figure::{Axis, Figure};

pub(super) fn all(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
    let mut times = Figure::new(
        "exit-times",
        "Each saddle takes κ times as long as the one before",
        "On a logarithmic axis the exit times of gradient descent lie on straight lines of slope ln κ. With kicks the \
         time for d saddles hardly bends away from the axis.",
        Axis::linear("number of saddles passed"),
        Axis::logarithmic("steps"),
    );
    for e in evidence {
        if let (&Task::Exits { attraction, inverse, .. }, Outcome::Times { times: lists, kappa }) =
            (&e.task, &e.outcome)
            && let Some(list) = lists.first()
            && inverse == 4.0
        {
            let points = || list.iter().enumerate().map(|(k, time)| (k as f64 + 1.0, *time as f64));
            let anchor = points().next_back().unwrap_or((1.0, 1.0));
            let line = (1..=15).map(|k| (f64::from(k), anchor.1 * kappa.powf(f64::from(k) - anchor.0)));
            times = times
                .points(format!("gradient descent, L = {attraction}"), points())
                .reference(format!("κ^k, κ = {kappa:.4}"), line);
        }
    }
    for (attraction, name) in [(1.0, "1"), (std::f64::consts::E, "e")] {
        let points = kicks(evidence, attraction).filter(|(d, _)| *d <= 20.0);
        times = times.line(format!("with kicks, L = {name}"), points);
    }
    let mut figures = Vec::new();
    for e in evidence {
        if let Outcome::Paths { plain, perturbed, portrait } = &e.outcome {
            figures.push(portrait.figure(
                "landscape",
                "The octopus in two dimensions",
                "From the middle saddle descent runs along the first axis to one of two saddles at its ends, and leaves \
                 it along the second, to a minimum. Far from these paths the formula has kinks and gorges that descent \
                 never sees.",
                ["x₁", "x₂"],
                "f",
            ));
            for (id, title, caption, path) in [
                (
                    "plain-orbit",
                    "Waiting coordinates shrink, and grow back as long again",
                    "Gradient descent in four dimensions: while one coordinate leaves, all later ones shrink \
                     exponentially, so each saddle starts from farther down.",
                    plain,
                ),
                (
                    "kicked-orbit",
                    "A kick lifts all that wait",
                    "The same with kicks: no waiting coordinate falls far below the radius of the kicks, so every \
                     saddle takes the same short time.",
                    perturbed,
                ),
            ] {
                let axes = (Axis::linear("step"), Axis::logarithmic("|x_k|"));
                let figure = Figure::new(id, title, caption, axes.0, axes.1);
                figures.push((0..4).fold(figure, |figure, k| {
                    let line = path.iter().enumerate().filter_map(|(t, x)| Some((t as f64, *x.get(k)?)));
                    figure.line(format!("coordinate {}", k + 1), line)
                }));
            }
        }
    }
    figures.push(times);
    figures
}
