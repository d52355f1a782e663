//! At this scale, flatter does not mean better on new examples.

use saddlepoint_models::device::Precision;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use super::keskar_sharpness::{Batches, End, KeskarSharpness, Task, measures, pairs};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile};
use crate::dense_risk::RiskHessian;
use crate::figure::{Axis, Figure};
use crate::sample;
use crate::verdict::{Check, Judgement};

/// Where training ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    test_accuracy: f64,
    /// The largest eigenvalue of the Hessian.
    top: f64,
}

/// `keskar-generalisation-gap-negative`.
pub struct KeskarGeneralisationGapNegative;

impl Claim for KeskarGeneralisationGapNegative {
    const CARD: Card = Card {
        id: "keskar-generalisation-gap-negative",
        version: 3,
        title: "Flatter minima of small batches need not classify new examples better",
        statement: r"It is often said that small batches generalize better because they end in flatter places. In the runs of
            `keskar-sharpness` they do end in flatter places, at the same training loss to a step; but with clean labels the
            accuracy on new examples is the same: the mean difference over pairs of runs is within two standard errors of zero.

            This refutes the general statement, not the observations of the paper, which are on convolutional networks and
            images. Where a fifth of the labels is drawn anew, small batches are better by about one percent here: flatness
            comes with both, and alone does not tell which will happen.",
        sources: KeskarSharpness::CARD.sources,
        hypotheses: KeskarSharpness::CARD.hypotheses,
        kind: Kind::Training,
        tags: &["landscape", "sharpness", "generalization", "negative"],
        data: &[],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let tasks = KeskarSharpness::plan(profile, seed).into_iter();
        tasks.filter(|task| task.batches != Batches::Small).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let end = End::of(task, lab)?;
        let hessian = RiskHessian(end.risk.hessian(&end.point)?);
        let (top, _) = measures::top(&hessian, &mut Stream::new(task.seed).split())?;
        Ok(Outcome { test_accuracy: end.test_accuracy, top })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mean, error, count) = gap(evidence, 0.0);
        let what = format!("mean difference of the accuracies, in standard errors (pairs: {count})");
        let checks = vec![Check::at_most(what, (mean / error).abs(), 2.0)];
        let mut sentence =
            format!("Small batches are right {:.2} ± {:.2} % more often.", 100.0 * mean, 100.0 * error);
        if let (mean, error, 1..) = gap(evidence, 0.2) {
            let noisy = format!(" With noisy labels: {:.2} ± {:.2} %.", 100.0 * mean, 100.0 * error);
            sentence.push_str(&noisy);
        }
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let points = |noise| {
            pairs(evidence, Batches::SmallWatched, noise)
                .into_iter()
                .map(|(small, full)| (full.top / small.top, small.test_accuracy - full.test_accuracy))
        };
        vec![
            Figure::new(
                "gap",
                "Flatter, but not better",
                "Each point is a pair of runs from one start: how much flatter the small batch ended, and how much better it \
                 classifies new examples. With clean labels the points scatter around no difference.",
                Axis::logarithmic("largest eigenvalue, full batch over small batch"),
                Axis::linear("accuracy on new examples, small minus full"),
            )
            .points("clean labels", points(0.0))
            .points("a fifth of the labels drawn anew", points(0.2)),
        ]
    }
}

/// Mean difference of the accuracies after small and after full batches, its standard error, and the number of pairs.
fn gap(evidence: &[Evidence<Task, Outcome>], noise: f64) -> (f64, f64, usize) {
    let pairs = pairs(evidence, Batches::SmallWatched, noise);
    let gaps: Vec<f64> = pairs.iter().map(|(small, full)| small.test_accuracy - full.test_accuracy).collect();
    (sample::mean(&gaps), sample::standard_error(&gaps), gaps.len())
}
