//! The perceptron makes at most (R/γ)² mistakes, no matter how many points there are.

use num_bigint::{BigInt, BigUint};
use num_traits::ToPrimitive;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::perceptron::Perceptron;
use saddlepoint_theory::expressivity::separation::Decision;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `perceptron-convergence`.
pub struct PerceptronConvergence;

/// Data to learn.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "data", rename_all = "kebab-case")]
pub enum Task {
    /// Gaussian points at least so far from a random hyperplane.
    Planted {
        /// Of this space.
        dimension: usize,
        /// How many.
        number: usize,
        /// Least distance.
        distance: f64,
        /// Seed of the first set.
        seed: u64,
        /// How many sets.
        sets: u64,
    },
    /// The unit vectors, all on the same side: each is a mistake once.
    Axes {
        /// How many.
        dimension: usize,
    },
    /// Exclusive or with a constant feature, which no weights separate.
    ExclusiveOr {
        /// Passes through the four points.
        passes: u64,
    },
}

/// What was learned, one entry a set of points.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Mistakes.
    mistakes: Vec<u64>,
    /// Novikoff's bound from the planted weights or, if it is less, from those that were learned.
    bounds: Vec<f64>,
    /// Mistakes above the bound.
    violations: usize,
    /// Sets that were learned without a mistake left.
    converged: usize,
    /// The largest squared length of the weights.
    largest: f64,
    /// Whether there is a proof that nothing separates.
    refuted: bool,
}

/// Coordinates are multiples of this.
const GRID: f64 = 1024.0;

/// Points at least `distance` away from a hyperplane through the origin, with integer coordinates, and its normal.
pub fn planted(
    dimension: usize,
    number: usize,
    distance: f64,
    seed: u64,
) -> (Vec<Vec<i64>>, Vec<bool>, Vec<i64>) {
    let mut stream = Stream::new(seed);
    let mut draw = || -> Vec<i64> { (0..dimension).map(|_| (stream.normal() * GRID).round() as i64).collect() };
    let normal = draw();
    let product = |point: &[i64]| point.iter().zip(&normal).map(|(x, w)| (x * w) as f64).sum::<f64>();
    let length = product(&normal).sqrt();
    let (mut points, mut sides) = (Vec::new(), Vec::new());
    while points.len() < number {
        let point = draw();
        let along = product(&point) / length;
        if along.abs() > distance * GRID {
            sides.push(along > 0.0);
            points.push(point);
        }
    }
    (points, sides, normal)
}

impl Claim for PerceptronConvergence {
    const CARD: Card = Card {
        id: "perceptron-convergence",
        version: 1,
        title: "The perceptron makes at most (R/γ)² mistakes",
        statement: r"If a unit vector $u$ has $s_i\langle u,x_i\rangle\ge\gamma>0$ for all labelled points $(x_i,s_i)$ and
            $\lVert x_i\rVert\le R$, the perceptron's rule, $w\leftarrow w+s_ix_i$ at each mistake from $w=0$, makes at most
            $(R/\gamma)^2$ mistakes: in any order, for any number of points, in any dimension. The $n$ unit vectors attain
            it.

            Where nothing separates, it never ends, but the weights stay bounded (Block and Levin).

            Here: integer points, weights and bounds, so that nothing is rounded.",
        sources: &[
            Source {
                citation: "Novikoff 1962, On convergence proofs on perceptrons, theorem 1",
                identifier: None,
            },
            Source {
                citation: "Block and Levin 1970, On the boundedness of an iterative procedure for solving a system of linear \
                           inequalities",
                identifier: Some("doi:10.1090/S0002-9939-1970-0265383-5"),
            },
        ],
        hypotheses: &["some hyperplane through the origin separates with a margin, which is checked"],
        kind: Kind::Exact,
        tags: &["perceptron", "optimization"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let sets = profile.pick(3, 20, 200);
        let number = profile.pick(100, 200, 2000);
        let distances = [0.5, 0.2, 0.1, 0.05, 0.02];
        let planted = [2, 5, 20].into_iter().flat_map(move |dimension| {
            distances.map(|distance| Task::Planted {
                dimension,
                number,
                distance,
                seed: seed + 1000 * dimension as u64,
                sets,
            })
        });
        let axes = [1, 2, 10, 50].map(|dimension| Task::Axes { dimension });
        let passes = profile.pick(1000, 10_000, 100_000);
        planted.chain(axes).chain([Task::ExclusiveOr { passes }]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut outcome = Outcome {
            mistakes: Vec::new(),
            bounds: Vec::new(),
            violations: 0,
            converged: 0,
            largest: 0.0,
            refuted: false,
        };
        let mut learn = |perceptron: &Perceptron, normal: &[i64]| -> Result<(), Failure> {
            lab.go_on()?;
            let planted: Vec<BigInt> = normal.iter().map(|&w| w.into()).collect();
            let bound = perceptron.mistake_bound(&planted)?;
            // As many passes as mistakes are allowed, and one without.
            let run = perceptron.learn(bound.to_u64().unwrap_or(u64::MAX).saturating_add(1));
            let bound = perceptron.mistake_bound(&run.weights).map_or(bound.clone(), |own| own.min(bound));
            outcome.violations += usize::from(BigUint::from(run.mistakes) > bound);
            outcome.converged += usize::from(run.converged);
            outcome.mistakes.push(run.mistakes);
            outcome.bounds.push(bound.to_f64().unwrap_or(f64::MAX));
            outcome.largest = maximum(outcome.largest, run.largest.to_f64().unwrap_or(f64::MAX));
            Ok(())
        };
        match *task {
            Task::Planted { dimension, number, distance, seed, sets } => {
                for seed in seed..seed + sets {
                    let (points, sides, normal) = planted(dimension, number, distance, seed);
                    learn(&Perceptron::new(points, sides)?, &normal)?;
                }
            }
            Task::Axes { dimension } => {
                let axis = |i: usize| (0..dimension).map(|j| i64::from(i == j)).collect();
                let axes = Perceptron::new((0..dimension).map(axis).collect(), vec![true; dimension])?;
                learn(&axes, &vec![1; dimension])?;
            }
            Task::ExclusiveOr { passes } => {
                let corners = [[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]].map(Vec::from).to_vec();
                let xor = Perceptron::new(corners, vec![false, true, true, false])?;
                let run = xor.learn(passes);
                outcome.mistakes.push(run.mistakes);
                outcome.converged = usize::from(run.converged);
                outcome.largest = run.largest.to_f64().unwrap_or(f64::MAX);
                outcome.refuted = match xor.separation().decide() {
                    Decision::Inseparable(weights) => xor.separation().refutes(&weights),
                    Decision::Separable(_) => false,
                };
            }
        }
        Ok(outcome)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let separable = || evidence.iter().filter(|e| !matches!(e.task, Task::ExclusiveOr { .. }));
        let runs: usize = separable().map(|e| e.outcome.mistakes.len()).sum();
        let mut checks = vec![
            Check::equal(
                format!("runs with more mistakes than the bound, of {runs}"),
                separable().map(|e| e.outcome.violations).sum::<usize>(),
                0,
            ),
            Check::equal(
                "runs that end without mistakes",
                separable().map(|e| e.outcome.converged).sum(),
                runs,
            ),
        ];
        for Evidence { task, outcome } in evidence {
            match *task {
                Task::Axes { dimension } => {
                    let mistakes = outcome.mistakes.first().copied().unwrap_or(0);
                    checks.push(Check::equal(
                        format!("mistakes on {dimension} unit vectors"),
                        mistakes,
                        dimension as u64,
                    ));
                    let bound = outcome.bounds.first().copied().unwrap_or(f64::NAN);
                    checks.push(Check::equal(
                        format!("bound on {dimension} unit vectors"),
                        bound,
                        dimension as f64,
                    ));
                }
                Task::ExclusiveOr { passes } => {
                    let mistakes = outcome.mistakes.first().copied().unwrap_or(0);
                    checks.push(Check::equal(
                        "proof that nothing separates exclusive or",
                        outcome.refuted,
                        true,
                    ));
                    checks.push(Check::at_least(
                        format!("mistakes on exclusive or in {passes} passes"),
                        mistakes as f64,
                        passes as f64,
                    ));
                    checks.push(Check::at_most(
                        "largest squared length of its weights",
                        outcome.largest,
                        100.0,
                    ));
                }
                Task::Planted { .. } => {}
            }
        }
        Judgement::from_checks(
            "No run makes more mistakes than the bound, and unit vectors make exactly as many.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let pairs = |e: &Evidence<Task, Outcome>| -> Vec<(f64, f64)> {
            e.outcome
                .bounds
                .iter()
                .zip(&e.outcome.mistakes)
                .map(|(bound, mistakes)| (*bound, *mistakes as f64))
                .collect()
        };
        let of = |select: &dyn Fn(&Task) -> bool| -> Vec<(f64, f64)> {
            evidence.iter().filter(|e| select(&e.task)).flat_map(&pairs).collect()
        };
        let most = evidence.iter().flat_map(|e| e.outcome.bounds.iter().copied()).fold(1.0, maximum);
        let figure = Figure::new(
            "mistakes",
            "Mistakes against the bound",
            "Each point is one run. Unit vectors lie on the line: the bound is attained. Random points with a planted hyperplane are easier than the worst case, the more so the smaller the margin.",
            Axis::logarithmic("Novikoff's bound (R/γ)²"),
            Axis::logarithmic("mistakes made"),
        )
        .reference("bound", [(1.0, 1.0), (most, most)]);
        let figure = [2, 5, 20].into_iter().fold(figure, |figure, d| {
            let planted = |task: &Task| matches!(task, Task::Planted { dimension, .. } if *dimension == d);
            figure.points(format!("planted, d = {d}"), of(&planted))
        });
        vec![figure.points("unit vectors", of(&|task| matches!(task, Task::Axes { .. })))]
    }
}
