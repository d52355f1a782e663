//! What the training of a stochastic network on its bound looks like.

use super::{Outcome, Task};
use crate::claim::Evidence;
use crate::figure::{Axis, Figure, Mark};

pub(super) fn all(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
    let first = evidence.iter().map(|e| e.task.seed).min();
    let shown = || evidence.iter().filter(|e| e.task.hidden == 30 && Some(e.task.seed) == first);
    let mut training = Figure::new(
        "training",
        "A stochastic network in training on its own bound",
        "Dashed: the price of leaving the prior. True labels pay for it with a smaller loss; on random labels nothing can be gained, and the posterior returns to the prior, where the price is lowest and the loss one bit.",
        Axis::linear("step"),
        Axis::linear("surrogate, and penalty √(B/2)"),
    );
    for e in shown() {
        let points = || e.outcome.trajectory.iter();
        let name = e.task.name();
        training = training
            .line(format!("surrogate, {name}"), points().map(|point| (point.0, point.1)))
            .reference(format!("penalty, {name}"), points().map(|point| (point.0, point.2)));
    }
    let mut deviations = Figure::new(
        "deviations",
        "How exactly the weights must be known",
        "Standard deviations of the posterior. After true labels some weights stay near the start's precision while most are as uncertain as the prior; after random ones all are.",
        Axis::linear("log₁₀ of the standard deviation"),
        Axis::linear("weights"),
    );
    for e in shown() {
        let values = e.outcome.deviations.iter().map(|deviation| deviation.log10()).collect();
        deviations = deviations.with(e.task.name(), Mark::Histogram { values, bins: 60 });
    }
    let named = || evidence.iter().map(|e| e.task.name()).collect::<Vec<_>>();
    let bars = |of: fn(&Outcome) -> f64| Mark::Bars {
        categories: named(),
        heights: evidence.iter().map(|e| of(&e.outcome)).collect(),
    };
    let comparison = Figure::new(
        "comparison",
        "Bounds of the same networks",
        "The growth function of the network allows any error; PAC-Bayes, trained for it, says something where there is something to learn, and nothing about random labels. It remains an order of magnitude above the truth.",
        Axis::linear("network"),
        Axis::logarithmic("error, and bounds of it"),
    )
    .with("bound by the growth function", bars(|outcome| outcome.vc))
    .with("PAC-Bayes bound", bars(|outcome| outcome.bound))
    .with("error on new digits", bars(|outcome| outcome.test))
    .with("error on training digits", bars(|outcome| outcome.gibbs));
    vec![training, deviations, comparison]
}
