//! The descent lemma: what one step of gradient descent gains at least.

use saddlepoint_landscape::analytic::Cauchy;
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::{DescentLemma, Smoothness, StableStep};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::smooth_functions::Family;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `descent-lemma`.
pub struct DescentLemmaClaim;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// Single steps on random functions of a family, with `β` from the whole space.
    Steps {
        /// Which functions.
        family: Family,
        /// How many.
        runs: usize,
        /// Seed of the draws.
        seed: u64,
    },
    /// The same for the Cauchy loss of one variable, with `β` taken from the Hessian at `x` alone.
    LocalHessian {
        /// How many steps.
        runs: usize,
        /// Seed of the draws.
        seed: u64,
    },
    /// The parabolas of both constants over one function.
    Parabolas,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Steps taken.
    Steps {
        /// How many gained less than promised, with slack `1e-12 (1 + |f|)`.
        violations: usize,
        /// How many raised the value, with the same slack.
        rises: usize,
        /// The largest shortfall relative to `1 + |f|`; negative if there is none.
        worst: f64,
        /// `ηβ` and the gain in units of `‖∇f‖²/β`, for the plot.
        gains: Vec<(f64, f64)>,
    },
    /// Curves for the plot.
    Parabolas {
        /// `f`.
        function: Vec<(f64, f64)>,
        /// The upper parabola with the right constant.
        upper: Vec<(f64, f64)>,
        /// The parabola with the curvature at the point.
        local: Vec<(f64, f64)>,
    },
}

const SLACK: f64 = 1e-12;
/// Where the parabolas touch the Cauchy loss, and the curvature there is far below its maximum.
const TOUCH: f64 = 0.8;
/// Points of a task that are kept for the plot.
const SHOWN: usize = 200;

impl Claim for DescentLemmaClaim {
    const CARD: Card = Card {
        id: "descent-lemma",
        version: 1,
        title: "A gradient step gains at least η(1 − βη/2)‖∇f‖²",
        statement: "If $\\|\\nabla^2 f\\| \\le \\beta$ on the segment from $x$ to $x - \\eta\\nabla f(x)$, then \
            $$f\\bigl(x - \\eta\\nabla f(x)\\bigr) \\le f(x) - \\eta\\Bigl(1 - \\frac{\\beta\\eta}2\\Bigr)\\|\\nabla f(x)\\|^2,$$ \
            at $\\eta = 1/\\beta$ a gain of $\\|\\nabla f(x)\\|^2/(2\\beta)$ or more; no step with \
            $\\eta \\le 2/\\beta$ raises $f$.\n\n\
            The bound on the Hessian must hold on the whole segment. With the curvature at $x$ alone in the place of \
            $\\beta$ the inequality is false: the Cauchy loss $\\tfrac12\\ln(1+x^2)$ refutes it. (The hyperbolic \
            cosine, which is sometimes named as the counterexample, is none: there \
            $|x - c\\tanh x| \\le |x|$ for $0 < c < 2$, and the curvature on the segment is at most that at $x$.)",
        sources: &[Source {
            citation: "Nesterov, Introductory Lectures on Convex Optimization, 2004, section 1.2.3",
            identifier: None,
        }],
        hypotheses: &["$\\|\\nabla^2 f\\| \\le \\beta$ on the whole segment", "$0 < \\eta < 2/\\beta$"],
        kind: Kind::Exact,
        tags: &["optimization", "descent"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, runs) = profile.pick((1, 500), (4, 850), (40, 2500));
        let families = [Family::Indefinite, Family::Cauchy, Family::Neuron];
        let steps = families
            .into_iter()
            .flat_map(|family| (0..tasks).map(move |task| Task::Steps { family, runs, seed: seed + task }));
        steps.chain([Task::LocalHessian { runs: 1000, seed }, Task::Parabolas]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Steps { family, runs, seed } => {
                let mut stream = Stream::new(seed);
                steps(runs, lab, || {
                    let (f, beta) = family.draw(&mut stream)?;
                    let start = (0..f.dimension()).map(|_| stream.between(-3.0, 3.0)).collect();
                    Ok((f, beta, start, 2.0 * stream.uniform()))
                })
            }
            Task::LocalHessian { runs, seed } => {
                let mut stream = Stream::new(seed);
                steps(runs, lab, || {
                    let (f, start) = (Cauchy::new(1)?, vec![stream.between(-3.0, 3.0)]);
                    let beta = f.hessian(&start)?[(0, 0)].abs();
                    Ok((Box::new(f), beta, start, 2.0 * stream.uniform()))
                })
            }
            Task::Parabolas => {
                let f = Cauchy::new(1)?;
                let (value, slope) = (f.value(&[TOUCH])?, f.gradient(&[TOUCH])?[0]);
                let local = f.hessian(&[TOUCH])?[(0, 0)];
                let grid = || (-60..=40).map(|i| f64::from(i) / 20.0);
                let parabola = |beta: f64| {
                    grid()
                        .map(|x| (x, value + slope * (x - TOUCH) + 0.5 * beta * (x - TOUCH) * (x - TOUCH)))
                        .filter(|(_, y)| *y < 2.0)
                        .collect()
                };
                Ok(Outcome::Parabolas {
                    function: grid().map(|x| Ok((x, f.value(&[x])?))).collect::<Result<_, Failure>>()?,
                    upper: parabola(Cauchy::SMOOTHNESS),
                    local: parabola(local),
                })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut count, mut short, mut up, mut largest) = (0, 0, 0, f64::NEG_INFINITY);
        let mut local = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (Task::Steps { runs, .. }, Outcome::Steps { violations, rises, worst, .. }) => {
                    count += runs;
                    short += violations;
                    up += rises;
                    largest = maximum(largest, *worst);
                }
                (Task::LocalHessian { runs, .. }, Outcome::Steps { violations, .. }) => {
                    let what = format!("of {runs} steps with β from the Hessian at x alone, gained too little");
                    local.push(Check::at_least(what, *violations as f64, 1.0));
                }
                _ => {}
            }
        }
        let mut checks = vec![
            Check::equal(format!("of {count} steps, gained less than the lemma says"), short, 0),
            Check::equal(format!("of {count} steps, raised the value"), up, 0),
            Check::at_most("largest shortfall over 1 + |f|", largest, SLACK),
        ];
        checks.extend(local);
        Judgement::from_checks(
            format!("None of {count} steps gains less than the lemma says; with the local curvature some do."),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut gain = Figure::new(
            "gain",
            "What a step gains, in units of ‖∇f‖²/β",
            "Every step of a random function lies on or above the parabola c(1 − c/2); the quadratics with one dominant \
             eigenvalue lie on it. At c = 1 the promise is largest, at c = 2 it is gone.",
            Axis::linear("step size c = ηβ"),
            Axis::linear("gain · β/‖∇f‖²"),
        );
        for (family, name) in [
            (Family::Indefinite, "indefinite quadratics"),
            (Family::Cauchy, "Cauchy losses"),
            (Family::Neuron, "sigmoid neurons"),
        ] {
            let points = evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
                (Task::Steps { family: of, .. }, Outcome::Steps { gains, .. }) if *of == family => Some(gains),
                _ => None,
            });
            gain = gain.points(name, points.flatten().copied().filter(|(_, gain)| *gain < 4.0));
        }
        let curve = (0..=40).map(|i| f64::from(i) / 20.0).map(|c| (c, c * (1.0 - 0.5 * c)));
        let parabolas = evidence.iter().filter_map(|e| match &e.outcome {
            Outcome::Parabolas { function, upper, local } => Some(
                Figure::new(
                    "parabolas",
                    "Why the bound must hold on the whole segment",
                    "The parabola with the largest curvature β = 1 stays above the function, so its minimum is a gain. \
                     The one with the curvature at the point cuts through the function: its minimum promises too much.",
                    Axis::linear("x"),
                    Axis::linear("½ ln(1 + x²)"),
                )
                .line("f", function.iter().copied())
                .reference("parabola with β = sup |f″|", upper.iter().copied())
                .reference("parabola with f″ at the point", local.iter().copied())
                .points("the point", [(TOUCH, 0.5 * (TOUCH * TOUCH).ln_1p())]),
            ),
            Outcome::Steps { .. } => None,
        });
        parabolas.chain([gain.reference("the lemma: c(1 − c/2)", curve)]).collect()
    }
}

/// A function, the constant taken for `β`, a start, and `ηβ`.
type Draw = (Box<dyn Objective>, f64, Vec<f64>, f64);

/// Takes single steps, one a draw, and compares gain with promise.
fn steps(runs: usize, lab: &Lab, mut draw: impl FnMut() -> Result<Draw, Failure>) -> Result<Outcome, Failure> {
    let (mut violations, mut rises, mut worst, mut gains) = (0, 0, f64::NEG_INFINITY, Vec::new());
    for _ in 0..runs {
        lab.go_on()?;
        let (f, beta, start, share) = draw()?;
        let gradient = f.gradient(&start)?;
        let Ok(step) = Smoothness::new(beta).and_then(|beta| StableStep::new(share / beta.get(), beta)) else {
            continue;
        };
        let Ok(lemma) = DescentLemma::new(step, gradient.norm()) else { continue };
        let next: Vec<f64> = start.iter().zip(&gradient).map(|(x, g)| x - step.get() * g).collect();
        let before = f.value(&start)?;
        let gained = before - f.value(&next)?;
        let shortfall = (lemma.decrease() - gained) / (1.0 + before.abs());
        violations += usize::from(shortfall > SLACK);
        rises += usize::from(-gained > SLACK * (1.0 + before.abs()));
        worst = maximum(worst, shortfall);
        // Where a neuron is saturated the gain drowns in the rounding of the value: nothing to be seen.
        let unit = gradient.norm_squared() / beta;
        if gains.len() < SHOWN && unit > 1e-9 * (1.0 + before.abs()) {
            gains.push((share, gained / unit));
        }
    }
    Ok(Outcome::Steps { violations, rises, worst, gains })
}
