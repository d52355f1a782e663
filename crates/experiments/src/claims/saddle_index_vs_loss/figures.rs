//! The plots of the claim.

use std::collections::BTreeMap;

use super::{Class, Outcome, Task};
use crate::claim::Evidence;
use crate::figure::{Axis, Figure, Mark};
use crate::verdict::{maximum, minimum};

pub(super) fn all(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
    let figure = |id: &str, title: &str, caption: &str| {
        Figure::new(id, title, caption, Axis::linear("index"), Axis::linear("loss"))
    };
    let linear = evidence.iter().find_map(|e| match (&e.task, &e.outcome) {
        (Task::Linear { outputs: 8, .. }, Outcome::Linear { strata, .. }) => Some(
            figure(
                "linear",
                "Every critical stratum of a linear network, d = 8, p = 4",
                "Each of the 163 strata at its index and loss: the higher, the more ways down.",
            )
            .points("strata", strata.iter().map(|&(loss, index)| (index, loss))),
        ),
        _ => None,
    });
    let mut searches: BTreeMap<usize, Vec<&Class>> = BTreeMap::new();
    for e in evidence {
        if let (Task::Tanh { units, .. }, Outcome::Tanh { classes, .. }) = (&e.task, &e.outcome) {
            searches.entry(*units).or_default().extend(classes);
        }
    }
    let tanh = searches.into_iter().map(|(units, classes)| {
    let of = |regular: bool| {
        let some = classes.iter().filter(move |class| (class.zeros == 0) == regular);
        some.map(|class| (class.index as f64, class.loss)).collect::<Vec<_>>()
    };
    figure(
        &format!("tanh-{units}"),
        &format!("Critical points of tanh networks with {units} hidden units"),
        "Classes of critical points at their index and loss, over all data sets; most are degenerate, because units are duplicated or dead.",
    )
    .points("nondegenerate, certified", of(true))
    .points("degenerate", of(false))
});
    let correlations = evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
        (Task::Tanh { seed, .. }, Outcome::Tanh { correlation, classes, .. }) => {
            Some((*seed as f64, *correlation, format!("{} classes", classes.len())))
        }
        _ => None,
    });
    let correlations: Vec<_> = correlations.filter(|(_, correlation, _)| correlation.is_finite()).collect();
    let seeds = || correlations.iter().map(|(seed, ..)| *seed);
    let ends = [seeds().fold(f64::INFINITY, minimum), seeds().fold(0.0, maximum)];
    let each = Figure::new(
    "data-sets",
    "One data set may have any rank correlation",
    "The rank correlation of loss and index over the classes of critical points of each data set. None is negative, but a single one proves little: only their mean is judged.",
    Axis::linear("seed of the data set"),
    Axis::linear("rank correlation of loss and index"),
)
.with(
    "data sets",
    Mark::Points {
        x: seeds().collect(),
        y: correlations.iter().map(|(_, correlation, _)| *correlation).collect(),
        error: Vec::new(),
        labels: correlations.iter().map(|(.., label)| label.clone()).collect(),
    },
)
.reference("0.4", ends.map(|seed| (seed, 0.4)));
    let each = (correlations.len() > 1).then_some(each);
    linear.into_iter().chain(tanh).chain(each).collect()
}
