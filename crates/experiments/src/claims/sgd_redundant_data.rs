//! Copies of the data cost gradient descent their number, and stochastic gradient descent nothing.

use saddlepoint_landscape::descent::{Bfgs, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::data::planted::SigmoidUnit;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::Precision;
use saddlepoint_models::native::DenseRisk;
use saddlepoint_models::networks::{Activation, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Batch, Limit, Loss, Optimizer, Schedule, Stop, Training};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::dense_risk::RiskObjective;
use crate::figure::{Axis, Figure};
use crate::sample::{mean, standard_error};
use crate::verdict::{Check, Judgement, maximum};

/// Examples before they are copied, and their dimension.
const EXAMPLES: usize = 200;
const DIMENSION: usize = 10;
/// How far above its minimum the loss may end.
const GAP: f64 = 0.01;
/// Rate of gradient descent, below `1/β` for the smoothness `β ≤ λ_max(XᵀX/n)/4` of the loss.
const DESCENT_RATE: f64 = 2.0;
/// Rate and batch of the stochastic method.
const RATE: f64 = 0.2;
const BATCH: usize = 8;
/// Steps of the coupled runs.
const COUPLED: usize = 200;

/// The data copied so many times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    copies: usize,
    runs: u64,
    seed: u64,
}

/// Gradients of single examples until the loss is within the gap of its minimum.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    descent: usize,
    stochastic: Vec<usize>,
    /// The largest difference of a parameter from the run without copies that draws the same examples.
    #[serde(with = "crate::number")]
    coupled: f64,
}

/// `sgd-redundant-data`.
pub struct SgdRedundantData;

impl Claim for SgdRedundantData {
    const CARD: Card = Card {
        id: "sgd-redundant-data",
        version: 1,
        title: "Copies of the data cost gradient descent their number, and stochastic gradient descent nothing",
        statement: r"Let every example be copied $r$ times. Gradient descent makes the same iterates as before and pays $r$
            times as much for each. Stochastic gradient descent with replacement has exactly the same law as before: drawing
            $i$ of $rn$ is drawing $i \bmod n$ of $n$, and with these draws its iterates are the same to the bit.

            Here: logistic regression with $n = 200$ examples in $d = 10$ dimensions, until the loss is within $0.01$ of its
            minimum; cost is counted in gradients of single examples.",
        sources: &[Source {
            citation: "Bottou, Curtis, Nocedal, Optimization methods for large-scale machine learning, SIAM Review 60 (2018), \
                       section 3.3",
            identifier: Some("arXiv:1606.04838"),
        }],
        hypotheses: &[
            "examples are drawn independently and with replacement; in passes without replacement the number of steps to a \
             pass grows with $r$, and the statement is about steps, not passes",
            "sums of more terms round differently, so the iterates of gradient descent agree to rounding and not to the bit; \
             whether the loss has reached its target is looked at after each step",
        ],
        kind: Kind::Training,
        tags: &["optimization", "descent", "stochastic"],
        data: &[],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let runs = profile.pick(10, 10, 100);
        [1, 2, 4, 8].into_iter().map(|copies| Task { copies, runs, seed }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let Task { copies, runs, seed } = *task;
        let mut stream = Stream::new(seed);
        let labelled = SigmoidUnit::new(stream.normals(DIMENSION))?.labelled(EXAMPLES, &mut stream)?;
        let targets = labelled.labels()?.0.iter().map(|&label| label as f64).collect();
        let once = labelled.with_targets(Targets::Values(targets))?;
        let all: Vec<usize> = (0..copies * EXAMPLES).map(|i| i % EXAMPLES).collect();
        let copied = once.select(&all)?;

        let unit = Mlp::new(&[DIMENSION, 1], Activation::Identity)?.without_bias();
        let start = vec![0.0; DIMENSION];
        let smooth = DenseRisk::new(&unit, &once, Loss::Logistic)?;
        let search = Bfgs::new(StopRule { steps: 200, gradient_norm: 1e-9 })?;
        let objective = RiskObjective(&smooth);
        let target = objective.value(&search.run(&objective, &start)?.point)? + GAP;

        let engine = lab.engine()?;
        let risk =
            |samples: &Samples| EmpiricalRisk::new(&unit, samples, Loss::Logistic, Precision::F32, &engine);
        let (single, many) = (risk(&once)?, risk(&copied)?);
        let training = |rate, batch| {
            Training::new(Loss::Logistic, Optimizer::sgd(), Schedule::Constant { rate }).batch(batch)
        };
        let descent = training(DESCENT_RATE, Batch::Full).stop(Stop::Loss(target)).limit(Limit::Steps(10_000));
        let steps = many.train_watched(&descent, &start, &mut stream, &mut lab.watch())?.last().step;
        let noisy = training(RATE, Batch::Replacement(BATCH));
        let until = noisy.stop(Stop::Loss(target)).limit(Limit::Steps(10_000));
        let mut stochastic = Vec::new();
        for run in 1..=runs {
            lab.go_on()?;
            // Draws of their own for each number of copies: the law is compared, not the draws.
            let mut draws = Stream::new((seed + run) * 1000 + copies as u64);
            stochastic
                .push(BATCH * many.train_watched(&until, &start, &mut draws, &mut lab.watch())?.last().step);
        }
        let fixed = noisy.limit(Limit::Steps(COUPLED));
        let [one, other] = [&single, &many]
            .map(|risk| risk.train_watched(&fixed, &start, &mut stream.clone(), &mut lab.watch()));
        lab.go_on()?;
        let (one, other) = (one?.network, other?.network);
        let coupled = one.iter().zip(&other).map(|(a, b)| (a - b).abs()).fold(0.0, maximum);
        Ok(Outcome { descent: steps * copies * EXAMPLES, stochastic, coupled })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let base = evidence.iter().find(|e| e.task.copies == 1).map_or(0, |e| e.outcome.descent);
        for Evidence { task, outcome } in evidence {
            let copies = task.copies;
            let what = format!("gradients that descent needs with {copies} copies");
            checks.push(Check::equal(what, outcome.descent, copies * base));
            let what = format!("largest difference of coupled stochastic iterates, {copies} copies and one");
            checks.push(Check::equal(what, outcome.coupled, 0.0));
        }
        let groups: Vec<Vec<f64>> = evidence.iter().map(|e| costs(&e.outcome)).collect();
        let means: Vec<(f64, f64)> = groups.iter().map(|group| (mean(group), standard_error(group))).collect();
        let mut apart: f64 = 0.0;
        for (i, (a, error_a)) in means.iter().enumerate() {
            for (b, error_b) in &means[..i] {
                apart = maximum(apart, (a - b).abs() / error_a.hypot(*error_b));
            }
        }
        checks.push(Check::at_most("largest distance of two stochastic means, in standard errors", apart, 3.0));
        checks.push(Check::at_least("p-value that all stochastic means are equal", anova(&groups), 0.01));
        let cost = |copies| means.iter().zip(evidence).find(|(_, e)| e.task.copies == copies);
        let sentence = format!(
            "With 8 copies descent needs 8 times the gradients, the stochastic method {:.0} instead of {:.0}.",
            cost(8).map_or(f64::NAN, |(mean, _)| mean.0),
            cost(1).map_or(f64::NAN, |(mean, _)| mean.0)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let at = |e: &Evidence<Task, Outcome>| e.task.copies as f64;
        vec![
            Figure::new(
                "cost",
                "What redundancy costs",
                "Gradients of single examples until the loss is within 0.01 of its minimum. Descent pays for every copy; \
                 the stochastic method does not see them.",
                Axis::logarithmic("copies of each example, r"),
                Axis::logarithmic("gradients of single examples"),
            )
            .line("gradient descent", evidence.iter().map(|e| (at(e), e.outcome.descent as f64)))
            .measured(
                "stochastic, mean ± standard error",
                evidence.iter().map(|e| {
                    let costs = costs(&e.outcome);
                    (at(e), mean(&costs), standard_error(&costs))
                }),
            ),
        ]
    }
}

fn costs(outcome: &Outcome) -> Vec<f64> {
    outcome.stochastic.iter().map(|&count| count as f64).collect()
}

fn squares(values: &[f64], mean: f64) -> f64 {
    values.iter().map(|value| (value - mean) * (value - mean)).sum()
}

/// The p-value of a one-way analysis of variance.
fn anova(groups: &[Vec<f64>]) -> f64 {
    let all: Vec<f64> = groups.concat();
    let within: f64 = groups.iter().map(|group| squares(group, mean(group))).sum();
    let between = squares(&all, mean(&all)) - within;
    let (few, many) = (groups.len() as f64 - 1.0, all.len() as f64 - groups.len() as f64);
    let ratio = (between / few) / (within / many);
    FisherSnedecor::new(few, many).map_or(f64::NAN, |null| null.sf(ratio))
}
