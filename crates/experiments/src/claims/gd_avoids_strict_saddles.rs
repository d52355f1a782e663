//! From almost every start gradient descent leaves a strict saddle behind.

use std::ops::ControlFlow;

use saddlepoint_landscape::analytic::StrictSaddleQuartic;
use saddlepoint_landscape::critical::{Kind as CriticalKind, classify};
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::LinearEscape;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::portrait::Portrait;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `gd-avoids-strict-saddles`.
pub struct GdAvoidsStrictSaddles;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// Descents from uniform starts in `[−1, 1]²`.
    Basin {
        /// How many.
        starts: usize,
        /// Seed of the starts.
        seed: u64,
    },
    /// One descent from `(0, y₀)`.
    Escape {
        /// `y₀`; 0 is the stable manifold.
        start: f64,
    },
    /// The landscape with a few descents.
    Portrait,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Where the descents ended.
    Basin {
        /// Within 1e-3 of the saddle.
        at_saddle: usize,
        /// The largest `||y| − 1|` at an end.
        farthest: f64,
        /// The largest coordinate ever met.
        widest: f64,
    },
    /// The way out of the neighbourhood of the saddle.
    Escape {
        /// Steps until `|y| > ½`, if that ever happens.
        steps: Option<usize>,
        /// What the linearization at the saddle says, or infinity on the stable manifold.
        #[serde(with = "crate::number")]
        linear: f64,
        /// Where the descent ended.
        end: Vec<f64>,
    },
    /// Grid and paths.
    Portrait {
        /// The plot's raw material.
        portrait: Portrait,
        /// The index of the saddle as its Hessian has it.
        saddle_index: usize,
        /// Whether both minima are minima by theirs.
        minima: bool,
    },
}

const STEP: f64 = 0.1;
const STEPS: usize = 2000;

impl Claim for GdAvoidsStrictSaddles {
    const CARD: Card = Card {
        id: "gd-avoids-strict-saddles",
        version: 3,
        title: "Gradient descent almost surely does not converge to a strict saddle",
        statement: "Let $f$ be twice continuously differentiable with $L$-Lipschitz gradient, $x^*$ a critical point \
            with $\\lambda_{\\min}(\\nabla^2 f(x^*)) < 0$, $0 < \\eta < 1/L$, and $x_0$ drawn from a density. Then \
            $$P\\bigl(\\lim_k x_k = x^*\\bigr) = 0.$$ \
            Tested on $f(x, y) = \\tfrac12x^2 + \\tfrac14y^4 - \\tfrac12y^2$ with saddle $(0,0)$ and minima \
            $(0, \\pm1)$: the starts that reach the saddle are the line $y = 0$, of measure zero.\n\n\
            This is no rate. From $y_0$ the way out takes about $\\ln(\\tfrac12/y_0)/\\ln(1+\\eta)$ steps, without bound \
            as $y_0 \\to 0$; starts with a symmetry can lie exactly on the stable manifold.",
        sources: &[
            Source {
                citation: "Lee, Simchowitz, Jordan, Recht, Gradient descent only converges to minimizers, COLT 2016, Theorem 4.1",
                identifier: Some("arXiv:1602.04915"),
            },
            Source {
                citation: "Panageas, Piliouras, Gradient descent only converges to minimizers: non-isolated critical points \
                    and invariant regions, ITCS 2017",
                identifier: Some("arXiv:1605.00405"),
            },
        ],
        hypotheses: &[
            "$\\eta < 1/L$; here $L = 2$ on $[-1,1]^2$, a box that descent with $\\eta \\le \\tfrac12$ does not leave",
            "the start has a density",
        ],
        kind: Kind::Exact,
        tags: &["optimization", "descent", "saddle"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, starts) = profile.pick((2, 1000), (4, 2500), (100, 10_000));
        let basins = (0..tasks).map(|task| Task::Basin { starts, seed: seed + task });
        let escapes = [1e-2, 1e-4, 1e-8, 1e-12, 1e-16, 0.0].map(|start| Task::Escape { start });
        basins.chain(escapes).chain([Task::Portrait]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let f = StrictSaddleQuartic;
        let descent = GradientDescent::new(STEP, StopRule::after(STEPS))?;
        Ok(match *task {
            Task::Basin { starts, seed } => {
                let mut stream = Stream::new(seed);
                let (mut at_saddle, mut farthest, mut widest) = (0, 0f64, 0f64);
                for _ in 0..starts {
                    lab.go_on()?;
                    let start = [stream.between(-1.0, 1.0), stream.between(-1.0, 1.0)];
                    let end = descent.watch(&f, &start, |iterate| {
                        widest = iterate.point.iter().fold(widest, |widest, x| maximum(widest, x.abs()));
                        ControlFlow::Continue(())
                    })?;
                    at_saddle += usize::from(end.point[0].hypot(end.point[1]) < 1e-3);
                    farthest = maximum(farthest, (end.point[1].abs() - 1.0).abs());
                }
                Outcome::Basin { at_saddle, farthest, widest }
            }
            Task::Escape { start } => {
                let mut steps = None;
                // From x = ½: on the stable manifold it shows that the saddle attracts.
                let end = descent.watch(&f, &[0.5, start], |iterate| {
                    if iterate.point[1].abs() > 0.5 {
                        steps = steps.or(Some(iterate.step));
                    }
                    ControlFlow::Continue(())
                })?;
                let linear = if start == 0.0 {
                    f64::INFINITY
                } else {
                    LinearEscape::new(STEP, 1.0)?.steps(start, 0.5)?.midpoint()
                };
                Outcome::Escape { steps, linear, end: end.point }
            }
            Task::Portrait => {
                let starts = [[1.3, 0.02], [-1.3, -0.3], [1.0, -1e-4], [-0.8, 1.4], [1.4, 0.0]];
                let portrait = Portrait::of(&f, [-1.5, 1.5], [-1.5, 1.5])?
                    .with_paths(&f, &descent, &starts, 1)?
                    .with_critical_points(&f)?;
                let saddle = classify(&f, &StrictSaddleQuartic::SADDLE, 0.0, 1e-9)?;
                let minima = StrictSaddleQuartic::MINIMA
                    .iter()
                    .map(|point| Ok(classify(&f, point, 0.0, 1e-9)?.kind() == CriticalKind::Minimum))
                    .collect::<Result<Vec<_>, Failure>>()?;
                Outcome::Portrait {
                    portrait,
                    saddle_index: saddle.index(),
                    minima: minima.into_iter().all(|yes| yes),
                }
            }
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut starts, mut saddles, mut far, mut wide) = (0, 0, 0f64, 0f64);
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (Task::Basin { starts: n, .. }, Outcome::Basin { at_saddle, farthest, widest }) => {
                    starts += n;
                    saddles += at_saddle;
                    far = maximum(far, *farthest);
                    wide = maximum(wide, *widest);
                }
                (Task::Escape { start }, Outcome::Escape { steps, linear, end }) => {
                    if let Some(expected) = reference_steps(*start) {
                        let steps = steps.map_or(f64::NAN, |steps| steps as f64);
                        checks.push(Check::equal(
                            format!("steps to |y| > ½ from y₀ = {start:e}"),
                            steps,
                            expected,
                        ));
                        checks.push(Check::absolute(
                            "the same against the linearization plus 2",
                            steps,
                            linear + 2.0,
                            1.0,
                        ));
                    } else {
                        let distance = end.iter().fold(0.0, |norm: f64, x| norm.hypot(*x));
                        checks.push(Check::at_most(
                            "distance from the saddle at the end, from y₀ = 0",
                            distance,
                            1e-12,
                        ));
                    }
                }
                (_, Outcome::Portrait { portrait, saddle_index, minima }) => {
                    checks.push(Check::equal("saddles certified on the map", portrait.certified(1), 1));
                    checks.push(Check::equal("minima certified on the map", portrait.certified(0), 2));
                    checks.push(Check::equal("negative eigenvalues at the saddle", *saddle_index, 1));
                    checks.push(Check::equal("both minima have a positive definite Hessian", *minima, true));
                }
                _ => {}
            }
        }
        if starts > 0 {
            checks.push(Check::equal(format!("of {starts} starts, ended at the saddle"), saddles, 0));
            checks.push(Check::at_most("largest ||y| − 1| at an end", far, 1e-6));
            checks.push(Check::at_most("largest coordinate ever met: the box is invariant", wide, 1.0));
        }
        Judgement::from_checks(
            format!("None of {starts} random starts ends at the saddle; only the line y = 0 leads there."),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let escapes = || {
            evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
                (Task::Escape { start }, Outcome::Escape { steps: Some(steps), linear, .. }) => {
                    Some(((1.0 / start).ln(), *steps as f64, *linear))
                }
                _ => None,
            })
        };
        let time = Figure::new(
            "escape-time",
            "The way out takes a time logarithmic in the distance from the stable manifold",
            "Ten times nearer to the line y = 0 costs 24 more steps, as the linearization at the saddle says.",
            Axis::linear("ln(1/y₀)"),
            Axis::linear("steps until |y| > ½"),
        )
        .reference("ln(½/y₀)/ln(1+η) + 2", escapes().map(|(x, _, linear)| (x, linear + 2.0)))
        .points("gradient descent, η = 0.1", escapes().map(|(x, steps, _)| (x, steps)));
        let landscape = evidence.iter().filter_map(|e| match &e.outcome {
            Outcome::Portrait { portrait, .. } => Some(
                portrait.figure(
                    "landscape",
                    "Descent around a strict saddle",
                    "Paths that start near the line y = 0 run to the saddle first and then along y to a minimum; only the path on the line stays.",
                    ["x", "y"],
                    "f",
                ),
            ),
            _ => None,
        });
        landscape.chain([time]).collect()
    }
}

/// The catalogue's escape times.
fn reference_steps(start: f64) -> Option<f64> {
    let table = [(1e-2, 43.0), (1e-4, 91.0), (1e-8, 188.0), (1e-12, 284.0), (1e-16, 381.0)];
    table.iter().find(|(y, _)| *y == start).map(|(_, steps)| *steps)
}
