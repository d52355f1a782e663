//! The plots of `keskar-sharpness`.

use super::{Batches, MEASURES, Measures, Outcome, Task, pairs};
use crate::claim::Evidence;
use crate::figure::{Axis, Figure, Mark};

pub(super) fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
    let pairs = pairs(evidence, Batches::SmallWatched, 0.0);
    let mut compared = Figure::new(
        "compared",
        "Small batches against full ones, at the same loss",
        "Each point is a pair of runs from one start, with a look at the loss after each step. Below the diagonal the small \
         batch is flatter: by its largest eigenvalue it is, by Keskar's measure, which sees the gradient too, it need not be.",
        Axis::logarithmic("after full batches"),
        Axis::logarithmic("after small batches"),
    );
    for (what, of) in MEASURES {
        compared = compared.points(what, pairs.iter().map(|(small, full)| (of(full), of(small))));
    }
    let ends: Vec<f64> =
        pairs.iter().flat_map(|(small, full)| MEASURES.map(|(_, of)| [of(small), of(full)]).concat()).collect();
    let (low, high) = ends.iter().fold((f64::INFINITY, 0.0f64), |(low, high), x| (low.min(*x), high.max(*x)));
    let compared = compared.reference("equally sharp", [(low, low), (high, high)]);
    let mean = |of: &dyn Fn(&Measures) -> f64| {
        let ratios = evidence.iter().map(|e| of(&e.outcome.rescaled) / of(&e.outcome.measures));
        ratios.sum::<f64>() / evidence.len().max(1) as f64
    };
    let rescaled = Figure::new(
        "rescaled",
        "The same function, a rescaling later",
        "The first layer multiplied by 4, the second divided by 4: no output changes. The factors by which the measures do \
         change; only the adaptive rise keeps its value.",
        Axis::linear("measure of sharpness"),
        Axis::logarithmic("after over before the rescaling"),
    )
    .with(
        "mean factor",
        Mark::Bars {
            categories: ["top eigenvalue", "trace", "Keskar", "Keskar, subspace", "rise", "adaptive rise"]
                .map(String::from)
                .to_vec(),
            heights: vec![
                mean(&|m| m.top),
                mean(&|m| m.trace),
                mean(&|m| m.keskar[1]),
                mean(&|m| m.keskar_subspace[1]),
                mean(&|m| m.sam),
                mean(&|m| m.adaptive_sam),
            ],
        },
    );
    vec![compared, rescaled]
}
