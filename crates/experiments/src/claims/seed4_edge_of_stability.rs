//! Descent with a long step settles only where the valley is flat enough for it.

use saddlepoint_landscape::analytic::{Reading, TwoParameterMlp};
use saddlepoint_landscape::descent::{End, GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `seed4-edge-of-stability`.
pub struct Seed4EdgeOfStability;

/// Descents with one step size from uniform starts in `[0.2, 3]²`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    step: f64,
    starts: usize,
    seed: u64,
}

/// Where they end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Step size times sharpness at each end in the valley, in increasing order.
    settled: Vec<f64>,
    /// Descents that end on the plateau.
    dead: usize,
    /// The flattest minimum's sharpness.
    flattest: f64,
}

const STEPS: usize = 20_000;

impl Claim for Seed4EdgeOfStability {
    const CARD: Card = Card {
        id: "seed4-edge-of-stability",
        version: 2,
        title: "Gradient descent settles only at minima whose sharpness is at most two over the step",
        statement: "At a point of the valley of `seed4-mlp-landscape` the Hessian has the eigenvalues $0$ and \
            $S = 2S_{xx}(w_1^2 + w_2^2)$. Gradient descent with step $\\eta$ can settle there only if $\\eta S \\le 2$. So a long step \
            chooses flat minima; and beyond $\\eta = 2/11.2407877 = 0.177923$, two over the sharpness of the flattest minimum, it \
            settles nowhere.",
        sources: &[
            Source {
                citation: "Ollion, Grisel, Learning with Deep Networks: Expressivity, Optimization & Generalization, the loss \
                    surface of a two-parameter MLP; the threshold derived for this project",
                identifier: None,
            },
            Source {
                citation: "Cohen, Kaur, Li, Kolter, Talwalkar, Gradient descent on neural networks typically occurs at the edge of \
                    stability, ICLR 2021",
                identifier: Some("arXiv:2103.00065"),
            },
        ],
        hypotheses: &[
            "the start has a density: the minima that repel descent are reached from a set of measure zero",
            "settled means a gradient of at most $10^{-9}$ within 20,000 steps, with the unit alive",
        ],
        kind: Kind::Statistical,
        tags: &["landscape", "descent", "sharpness"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (parts, starts) = profile.pick((1, 300), (2, 1000), (20, 5000));
        let steps = [0.02, 0.1, 0.12, 0.15, 0.2].into_iter().flat_map(|step| (0..parts).map(move |_| step));
        steps.zip(seed..).map(|(step, seed)| Task { step, starts, seed }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let loss = TwoParameterMlp::seed42(Reading::Intended);
        let descent = GradientDescent::new(task.step, StopRule { steps: STEPS, gradient_norm: 1e-9 })?;
        let (mut settled, mut dead) = (Vec::new(), 0);
        for _ in 0..task.starts {
            lab.go_on()?;
            let start = [stream.between(0.2, 3.0), stream.between(0.2, 3.0)];
            let found = descent.run(&loss, &start)?;
            if loss.value(&found.point)? == loss.plateau() {
                dead += 1;
            } else if found.end == End::Critical {
                settled.push(task.step * loss.sharpness(found.point[0]));
            }
        }
        settled.sort_by(f64::total_cmp);
        Ok(Outcome { settled, dead, flattest: loss.sharpness(loss.product_at_minimum().sqrt()) })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for by_step in by_step(evidence) {
            let (step, n) = (by_step.step, by_step.settled.len());
            if step * by_step.flattest > 2.0 {
                checks.push(Check::equal(format!("settled of {} descents, η = {step}", by_step.starts), n, 0));
            } else {
                let largest = by_step.settled.last().copied().unwrap_or(f64::NAN);
                checks.push(Check::at_most(
                    format!("largest η · sharpness at {n} ends, η = {step}"),
                    largest,
                    2.0 + 1e-9,
                ));
            }
        }
        if let Some(e) = evidence.first() {
            checks.push(Check::absolute(
                "step beyond which nothing settles",
                2.0 / e.outcome.flattest,
                0.177923,
                5e-7,
            ));
        }
        Judgement::from_checks(
            "No descent settled where η · sharpness exceeds 2, and none at all beyond the threshold of the flattest minimum.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let steps = by_step(evidence);
        let ends = Figure::new(
            "sharpness",
            "The edge of stability",
            "Where descents settle, in order of sharpness: with a longer step the ends crowd below η S = 2, and none lies above. With 0.2 there is no end at all.",
            Axis::linear("share of the descents"),
            Axis::linear("η · sharpness at the end"),
        );
        let ends = steps.iter().filter(|s| !s.settled.is_empty()).fold(ends, |figure, s| {
            let n = s.starts as f64;
            figure
                .line(format!("η = {}", s.step), s.settled.iter().enumerate().map(|(i, y)| (i as f64 / n, *y)))
        });
        let fate = Figure::new(
            "fate",
            "What becomes of descents with a long step",
            "The longer the step, the more descents jump onto the plateau; beyond two over the sharpness of the flattest minimum none settles.",
            Axis::linear("step η"),
            Axis::linear("share of the starts"),
        )
        .line("settle in the valley", steps.iter().map(|s| (s.step, s.settled.len() as f64 / s.starts as f64)))
        .line("end on the plateau", steps.iter().map(|s| (s.step, s.dead as f64 / s.starts as f64)))
        .reference("threshold", steps.iter().take(1).flat_map(|s| [(2.0 / s.flattest, 0.0), (2.0 / s.flattest, 1.0)]));
        vec![ends.reference("2", [(0.0, 2.0), (1.0, 2.0)]), fate]
    }
}

/// All tasks of a step size together.
struct ByStep {
    step: f64,
    starts: usize,
    settled: Vec<f64>,
    dead: usize,
    flattest: f64,
}

/// In the order of the plan: increasing steps.
fn by_step(evidence: &[Evidence<Task, Outcome>]) -> Vec<ByStep> {
    let mut steps: Vec<ByStep> = Vec::new();
    for Evidence { task, outcome } in evidence {
        match steps.iter_mut().find(|s| s.step == task.step) {
            Some(s) => {
                s.starts += task.starts;
                s.settled.extend(&outcome.settled);
                s.settled.sort_by(f64::total_cmp);
                s.dead += outcome.dead;
            }
            None => steps.push(ByStep {
                step: task.step,
                starts: task.starts,
                settled: outcome.settled.clone(),
                dead: outcome.dead,
                flattest: outcome.flattest,
            }),
        }
    }
    steps
}
