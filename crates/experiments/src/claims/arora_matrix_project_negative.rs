//! The number of random projections that Matrix-Project is printed with: too few.

use saddlepoint_theory::bounds::clopper_pearson::ClopperPearson;
use saddlepoint_theory::capacity::matrix_project::printed_projections;

use super::arora_matrix_project::{AroraMatrixProject, Case, Outcome, SETTINGS, Task};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::verdict::{Check, Judgement, maximum, minimum, show};

/// The claim `arora-matrix-project-negative`.
pub struct AroraMatrixProjectNegative;

/// The level of the test.
const LEVEL: f64 = 1e-6;

impl Claim for AroraMatrixProjectNegative {
    const CARD: Card = Card {
        id: "arora-matrix-project-negative",
        version: 1,
        title: "Not enough: ln(1/η)/ε² random projections",
        statement: r"Printed in Matrix-Project (algorithm 1): with $k=\lceil\ln(1/\eta)/\varepsilon^2\rceil$ random sign matrices,
            $|u^\top(\hat A-A)v|\le\varepsilon\|A\|_F\|u\|\|v\|$ but for probability $\eta$.

            False. The variance of one projection is about $1$ for generic vectors and near $2$ for aligned ones, in units of
            $\|A\|_F^2\|u\|^2\|v\|^2$; a normal law of variance $2/k$ has a tail of the order of
            $\exp(-k\varepsilon^2/4)=\eta^{1/4}$. The failure rate exceeds $\eta$ for generic vectors, singular vectors and aligned
            ones alike, for which it is about ten times $\eta$ at $\eta=0.01$. What is true instead: $k=\lceil4(1+\varepsilon)\ln(2/\eta)/\varepsilon^2\rceil$ suffices.",
        sources: &[Source {
            citation: "Arora, Ge, Neyshabur, Zhang, Stronger generalization bounds for deep nets via a compression approach, ICML 2018, \
                algorithm 1: the statement that is refuted",
            identifier: Some("arXiv:1802.05296"),
        }],
        hypotheses: &[
            "$u$ and $v$ do not depend on the signs",
            "the exact binomial test rejects a failure rate of at most $\\eta$ at the level $10^{-6}$, for each case",
        ],
        kind: Kind::Statistical,
        tags: &["generalization", "compression", "negative"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let settings = profile.pick(&SETTINGS[..1], &SETTINGS[..], &SETTINGS[..]);
        let tasks = settings.iter().zip(0u64..).flat_map(|(&(epsilon, eta), i)| {
            let draws = profile.pick(4000, 8000, 100_000);
            let printed = printed_projections(epsilon, eta).ok();
            Case::ALL.into_iter().zip(0..).filter_map(move |(case, j)| {
                Some(Task { case, epsilon, eta, projections: printed?, draws, seed: seed + 101 + 3 * i + j })
            })
        });
        tasks.collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        AroraMatrixProject::run(task, lab)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for Evidence { task, outcome } in evidence {
            let name = format!(
                "ε = {}, η = {}, k = {}, {}",
                task.epsilon,
                task.eta,
                task.projections,
                task.case.name()
            );
            // Of the draws that are not off at most so large a part is to be expected.
            let kept = ClopperPearson::new(task.draws - outcome.off, task.draws, LEVEL);
            let rate = kept.map_or(f64::NAN, |kept| 1.0 - kept.evaluate().value());
            let what = format!("failure rate, at least, with confidence 1 − 10⁻⁶: {name}");
            checks.push(Check::at_least(what, rate, task.eta));
            let over = outcome.failure(task) / task.eta;
            (least, most) = (minimum(least, over), maximum(most, over));
        }
        Judgement::from_checks(
            format!(
                "With the printed number of projections the failure rate is {} to {} times what was promised.",
                show(least),
                show(most)
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut figure = Figure::new(
            "failures",
            "Failure rates with the printed number of projections",
            "The rate over the probability η that was promised. 1 would keep the promise.",
            Axis::linear("accuracy ε, failure probability η, projections k"),
            Axis::linear("failure rate over η"),
        );
        for case in Case::ALL {
            let of = || evidence.iter().filter(|e| e.task.case == case);
            let name = |e: &Evidence<Task, Outcome>| {
                format!("ε = {}, η = {}, k = {}", e.task.epsilon, e.task.eta, e.task.projections)
            };
            let categories = of().map(name).collect();
            let heights = of().map(|e| e.outcome.failure(&e.task) / e.task.eta).collect();
            figure = figure.with(case.name(), Mark::Bars { categories, heights });
        }
        vec![figure]
    }
}
