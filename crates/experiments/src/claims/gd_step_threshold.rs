//! Gradient descent converges below the step size 2/λ, and not beyond.

use std::ops::ControlFlow;

use nalgebra::{DMatrix, DVector, Dyn, SymmetricEigen};
use saddlepoint_landscape::analytic::{Activation, HiddenLayer, Quadratic};
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::decomposition::eigen;
use saddlepoint_theory::optimization::QuadraticDescent;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `gd-step-threshold`.
pub struct GdStepThreshold;

/// One task; `c = ηλ_max`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// Descent on the quadratic with eigenvalues 10, 5, 1, 0.1, 0.01.
    Quadratic {
        /// `c`.
        c: f64,
        /// Component of the start along the top eigenvector; the others are 1.
        top: f64,
    },
    /// Random diagonal quadratics with random `c` in (0, 3).
    Random {
        /// How many.
        runs: usize,
        /// Seed of the draws.
        seed: u64,
    },
    /// Descent on a network with 17 parameters, from next to a strict minimum.
    Network {
        /// `c`.
        c: f64,
        /// Seed of data and starts.
        seed: u64,
    },
    /// The loss after all steps over a grid of `c`, from the formula, for the plot.
    Sweep,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// One descent.
    Quadratic {
        /// The loss at each iterate.
        losses: Vec<f64>,
        /// The loss at the last one, by the formula.
        formula: f64,
    },
    /// How often a loss that never rose went with `c > 2`, or one that rose with `c ≤ 2`.
    Random {
        /// That often.
        mismatches: usize,
    },
    /// One descent of 100 steps from 1e-6 off the minimum, along the top eigenvector.
    Network {
        /// Distance from the minimum at each iterate.
        distances: Vec<f64>,
        /// Smallest and largest eigenvalue of the Hessian there.
        extremes: [f64; 2],
        /// Norm of the gradient there.
        gradient: f64,
    },
    /// `c` and the loss.
    Sweep {
        /// The curve.
        curve: Vec<(f64, f64)>,
    },
}

const EIGENVALUES: [f64; 5] = [10.0, 5.0, 1.0, 0.1, 0.01];
const STEPS: u32 = 200;

/// Losses after 200 steps from (1, 1, 1, 1, 1), by 50-digit arithmetic; the catalogue's to all its digits.
const REFERENCE: [(f64, f64); 7] = [
    (0.5, 0.01082635178021426),
    (1.0, 0.004248457193785962),
    (1.9, 0.002359900360184592),
    (1.999, 3.353190805828499),
    (2.0, 5.002260312618654),
    (2.001, 7.459892156346296),
    (2.1, 1.803200701376222e17),
];

impl Claim for GdStepThreshold {
    const CARD: Card = Card {
        id: "gd-step-threshold",
        version: 2,
        title: "Gradient descent converges exactly for step sizes below 2/λ",
        statement: "On $f(x) = \\tfrac12x^\\top Hx$ with $H \\succeq 0$ gradient descent converges from every start if and only if \
            $0 < \\eta < 2/\\lambda_{\\max}$: in each step the component along an eigenvector is multiplied by $1 - \\eta\\lambda$. At \
            $\\eta = 2/\\lambda_{\\max}$ the top component has period two, beyond it diverges. The loss never rises if and only if \
            $\\eta\\lambda_{\\max} \\le 2$. Near a strict minimizer of any $C^3$ function the same holds with \
            $\\lambda_{\\max}(\\nabla^2 f(x^*))$.\n\n\
            A start without a component along the top eigenvector does not see the threshold.",
        sources: &[Source {
            citation: "Nesterov, Introductory Lectures on Convex Optimization, 2004, section 1.2.3",
            identifier: None,
        }],
        hypotheses: &["the start has a component along the top eigenvector, for divergence"],
        kind: Kind::Exact,
        tags: &["optimization", "descent"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let quadratics = REFERENCE.map(|(c, _)| Task::Quadratic { c, top: 1.0 });
        let blind = Task::Quadratic { c: 2.1, top: 0.0 };
        let (tasks, runs) = profile.pick((1, 100), (4, 250), (40, 1000));
        let random = (0..tasks).map(|task| Task::Random { runs, seed: seed + task });
        let networks = [1.99, 2.01, 2.1].map(|c| Task::Network { c, seed });
        quadratics.into_iter().chain([blind, Task::Sweep]).chain(networks).chain(random).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Quadratic { c, top } => {
                let f = Quadratic::new(DMatrix::from_diagonal(&DVector::from_row_slice(&EIGENVALUES)))?;
                let (step, start) = (c / EIGENVALUES[0], [top, 1.0, 1.0, 1.0, 1.0]);
                let mut losses = Vec::new();
                GradientDescent::new(step, StopRule::after(STEPS as usize))?.watch(&f, &start, |iterate| {
                    losses.push(f.value_unchecked(iterate.point));
                    ControlFlow::Continue(())
                })?;
                let formula = QuadraticDescent::new(&EIGENVALUES, step)?.loss(&start, STEPS)?.midpoint();
                Ok(Outcome::Quadratic { losses, formula })
            }
            Task::Sweep => {
                let curve = (1..=205).map(|i| {
                    let c = f64::from(i) / 100.0;
                    let descent = QuadraticDescent::new(&EIGENVALUES, c / EIGENVALUES[0])?;
                    Ok((c, descent.loss(&[1.0; 5], STEPS)?.midpoint()))
                });
                Ok(Outcome::Sweep { curve: curve.collect::<Result<_, Failure>>()? })
            }
            Task::Network { c, seed } => {
                let Minimum { network, point, eigen } = minimum(seed)?;
                let (top, sharpness) = (eigen.eigenvalues.imax(), eigen.eigenvalues.max());
                let start = &point + eigen.eigenvectors.column(top) * OFFSET;
                let mut distances = Vec::new();
                let descent = GradientDescent::new(c / sharpness, StopRule::after(100))?;
                descent.watch(&network, start.as_slice(), |iterate| {
                    let squares = iterate.point.iter().zip(&point).map(|(x, y)| (x - y) * (x - y));
                    distances.push(squares.sum::<f64>().sqrt());
                    ControlFlow::Continue(())
                })?;
                let gradient = network.gradient(point.as_slice())?.norm();
                Ok(Outcome::Network { distances, extremes: [eigen.eigenvalues.min(), sharpness], gradient })
            }
            Task::Random { runs, seed } => {
                let (mut stream, mut mismatches) = (Stream::new(seed), 0);
                for _ in 0..runs {
                    lab.go_on()?;
                    let n = 1 + stream.index(6);
                    let eigenvalues: Vec<f64> = (0..n).map(|_| stream.between(0.01, 10.0)).collect();
                    // The top component is not zero, and c not so near to 2 that 3,000 steps could not tell.
                    let start: Vec<f64> = (0..n).map(|_| stream.sign() * stream.between(0.1, 1.0)).collect();
                    let c = 3.0 * stream.uniform();
                    let c = if (c - 2.0).abs() < 0.01 { 2.01 } else { c };
                    let step = c / eigenvalues.iter().copied().fold(0.0, maximum);
                    let f = Quadratic::new(DMatrix::from_diagonal(&DVector::from_vec(eigenvalues.clone())))?;
                    let (mut last, mut rose) = (f64::INFINITY, false);
                    GradientDescent::new(step, StopRule::after(3000))?.watch(&f, &start, |iterate| {
                        let value = f.value_unchecked(iterate.point);
                        rose |= value > last;
                        last = value;
                        if rose { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                    })?;
                    let never_rises = QuadraticDescent::new(&eigenvalues, step)?.never_rises();
                    mismatches += usize::from(never_rises == rose || never_rises != (c <= 2.0));
                }
                Ok(Outcome::Random { mismatches })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (&Task::Quadratic { c, top }, Outcome::Quadratic { losses, formula }) => {
                    let last = losses.last().copied().unwrap_or(f64::NAN);
                    let never_rose = losses.is_sorted_by(|before, after| after <= before);
                    if top == 0.0 {
                        let what = format!("ηβ = {c} from a start without top component: the loss never rose");
                        checks.push(Check::equal(what, never_rose, true));
                        continue;
                    }
                    if let Some((_, expected)) = REFERENCE.iter().find(|(reference, _)| *reference == c) {
                        let what = format!("loss after {STEPS} steps, ηβ = {c}");
                        checks.push(Check::relative(what, last, *expected, 1e-9));
                    }
                    checks.push(Check::relative(
                        format!("the same against the formula, ηβ = {c}"),
                        last,
                        *formula,
                        1e-9,
                    ));
                    checks.push(Check::equal(format!("ηβ = {c}: the loss never rose"), never_rose, c <= 2.0));
                }
                (&Task::Network { c, .. }, Outcome::Network { distances, extremes, gradient }) => {
                    checks.push(Check::equal(
                        format!("norm of the gradient at the network's minimum, c = {c}"),
                        *gradient,
                        0.0,
                    ));
                    checks.push(Check::at_least(
                        "smallest eigenvalue of the Hessian over the largest",
                        extremes[0] / extremes[1],
                        1e-12,
                    ));
                    let growth = distances.last().map_or(f64::NAN, |last| last / OFFSET);
                    let what = format!("growth of a disturbance in 100 steps at a network's minimum, c = {c}");
                    checks.push(Check::relative(what, growth, (c - 1.0).powi(100), 0.1));
                }
                (Task::Random { runs, .. }, Outcome::Random { mismatches }) => {
                    let what =
                        format!("of {runs} random quadratics, where rising and ηβ > 2 do not go together");
                    checks.push(Check::equal(what, *mismatches, 0));
                }
                _ => {}
            }
        }
        Judgement::from_checks(
            "Descent converges below 2/λ and diverges beyond, as the formula says to nine digits.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut losses = Figure::new(
            "losses",
            "A thousandth below and above the threshold",
            "Up to ηβ = 2 the loss never rises; at 2 the top component jumps from side to side for ever. At 2.001 it grows \
             slowly, at 2.1 by a factor 1.21 in every step, beyond the frame at once.",
            Axis::linear("step"),
            Axis::logarithmic("loss"),
        );
        for e in evidence {
            if let (&Task::Quadratic { c, top }, Outcome::Quadratic { losses: values, .. }) =
                (&e.task, &e.outcome)
            {
                let points = values.iter().enumerate().map(|(step, loss)| (step as f64, *loss));
                let points = points.take_while(|(_, loss)| *loss < 30.0);
                let name =
                    if top == 0.0 { format!("ηβ = {c}, no top component") } else { format!("ηβ = {c}") };
                losses = losses.line(name, points);
            }
        }
        let curve = evidence.iter().filter_map(|e| match &e.outcome {
            Outcome::Sweep { curve } => Some(curve),
            _ => None,
        });
        let sweep = Figure::new(
            "threshold",
            "The best step is just below the worst",
            "The loss after 200 steps falls up to the threshold, because slow components profit from long steps, and \
             explodes beyond it.",
            Axis::linear("ηβ"),
            Axis::logarithmic("loss after 200 steps"),
        )
        .reference("½ Σ λ (1 − ηλ)⁴⁰⁰", curve.flatten().copied())
        .points(
            "gradient descent",
            evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
                (Task::Quadratic { c, top }, Outcome::Quadratic { losses, .. }) if *top != 0.0 => {
                    Some((*c, *losses.last()?))
                }
                _ => None,
            }),
        );
        let mut network = Figure::new(
            "network",
            "The same at a minimum of a network",
            "A disturbance of 10⁻⁶ along the sharpest direction of a tanh network with 17 parameters dies out or grows as the \
             quadratic says, by |1 − c| in each step.",
            Axis::linear("step"),
            Axis::logarithmic("distance from the minimum"),
        );
        for e in evidence {
            if let (&Task::Network { c, .. }, Outcome::Network { distances, .. }) = (&e.task, &e.outcome) {
                let measured = distances.iter().enumerate().map(|(step, distance)| (step as f64, *distance));
                let quadratic = [0, 100].map(|step| (f64::from(step), OFFSET * (c - 1.0).powi(step)));
                network = network
                    .line(format!("c = {c}"), measured)
                    .reference(format!("{:.2}^t", c - 1.0), quadratic);
            }
        }
        vec![losses, sweep, network]
    }
}

/// Length of the disturbance of a network's minimum.
const OFFSET: f64 = 1e-6;

/// A minimum of a network's loss, with the eigenvalues and eigenvectors of the Hessian there.
struct Minimum {
    network: HiddenLayer,
    point: DVector<f64>,
    eigen: SymmetricEigen<f64, Dyn>,
}

/// Four units on 30 samples in two dimensions, whose targets are the outputs of the network with the parameters of the
/// minimum: the loss there is zero, and its gradient too, without an error of search.
fn minimum(seed: u64) -> Result<Minimum, Failure> {
    let mut stream = Stream::new(seed);
    let inputs = DMatrix::from_row_slice(30, 2, &stream.normals(60));
    let network = |targets| HiddenLayer::half_mean_square(Activation::Tanh, 4, &inputs, targets);
    let teacher = network(vec![0.0; 30])?;
    let point = stream.normals(teacher.dimension());
    let network = network(teacher.residuals(&point)?)?;
    let eigen = eigen(network.hessian(&point)?)?;
    Ok(Minimum { network, point: DVector::from_vec(point), eigen })
}
