//! The plots of the claim.

use super::{Outcome, Task, counts};
use crate::claim::Evidence;
use crate::figure::{Axis, Figure};
use crate::verdict::maximum;

pub(super) fn all(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
    let widths = evidence.iter().filter_map(|e| match &e.outcome {
        Outcome::Widths { errors } => Some(errors),
        _ => None,
    });
    let largest = counts(evidence).map(|[edges, ..]| edges as f64).fold(1.0, maximum);
    let multiple = |factor: f64| [(0.0, 0.0), (largest, factor * largest)];
    let cost = Figure::new(
        "cost",
        "Backpropagation costs between one and three evaluations",
        "Each point is a random network of depth 1 to 4 with widths 2 to 8. Central differences would take 2E evaluations.",
        Axis::linear("weights E"),
        Axis::linear("multiplications"),
    )
    .points("backpropagation", counts(evidence).map(|[edges, _, backward]| (edges as f64, backward as f64)))
    .points("evaluation", counts(evidence).map(|[edges, forward, _]| (edges as f64, forward as f64)))
    .reference("3E", multiple(3.0))
    .reference("E", multiple(1.0));
    let error = Figure::new(
        "differences",
        "Central differences are wrong in two ways",
        "Wide differences see the third derivative, narrow ones the rounding of the loss; between them eleven digits \
         agree with backpropagation.",
        Axis::logarithmic("half-width of the difference"),
        Axis::logarithmic("relative distance from backpropagation"),
    )
    .line("one network", widths.flatten().copied().filter(|(_, error)| *error > 0.0));
    vec![error, cost]
}
