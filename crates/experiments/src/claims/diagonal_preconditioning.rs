//! A scale for each variable removes a diagonal's condition number, and nothing of a rotated one's.

mod figures;

use std::ops::ControlFlow;

use nalgebra::{DMatrix, DVector};
use saddlepoint_landscape::analytic::{OneHotLogistic, Quadratic};
use saddlepoint_landscape::descent::{AdaptiveDescent, DescentError, GradientDescent, Iterate, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::jacobi_condition_number;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::Figure;
use crate::sample::median;
use crate::verdict::{Check, Judgement, minimum};

/// Variables and condition number of the rotated form, and what part of its value is left at the end.
const DIMENSION: usize = 10;
const CONDITION: f64 = 1e4;
const LEFT: f64 = 1e-6;
const MOST_STEPS: usize = 100_000;
/// Features and examples of the experiment on rare features.
const FEATURES: usize = 200;
const EXAMPLES: usize = 20_000;
/// Learning rates to choose the best of: of gradient descent on forms in units of `1/β`, of the others as they are.
const DESCENT_RATES: [f64; 2] = [1.0, 1.9];
const ADAPTIVE_RATES: [f64; 4] = [0.1, 0.3, 1.0, 3.0];
const FEATURE_RATES: [f64; 5] = [0.03, 0.1, 0.3, 1.0, 3.0];

/// A method with a scale a variable.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The sum of squared gradients.
    AdaGrad,
    /// Their running average.
    RmsProp,
    /// The same, with momentum.
    Adam,
}

impl Method {
    fn with(self, rate: f64) -> Result<AdaptiveDescent, DescentError> {
        match self {
            Method::AdaGrad => AdaptiveDescent::ada_grad(rate),
            Method::RmsProp => AdaptiveDescent::rms_prop(rate),
            Method::Adam => AdaptiveDescent::adam(rate),
        }
        .map(AdaptiveDescent::without_epsilon)
    }

    /// Values after fifty steps from another implementation.
    fn reference(self) -> Option<[f64; 3]> {
        match self {
            Method::AdaGrad => Some([0.328695937, -0.0231033719, 8.27431415e-5]),
            Method::Adam => Some([0.08259855, 0.02612814, -0.01333017]),
            Method::RmsProp => None,
        }
    }
}

/// One experiment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Fifty steps on diagonal forms whose eigenvalues are these powers of two, and on the unit form.
    Diagonal {
        /// The method.
        method: Method,
        /// The exponents.
        exponents: [i32; 3],
    },
    /// Steps on a rotated form and on the same form unrotated, from a random start.
    Rotated {
        /// Seed of rotation and start.
        seed: u64,
    },
    /// Logistic regression on features of Zipf's frequencies.
    Rare {
        /// Seed of the model and the examples.
        seed: u64,
    },
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Iterates after 50 steps.
    Diagonal {
        /// On the form with these eigenvalues.
        scaled: [f64; 3],
        /// On the unit form.
        unit: [f64; 3],
    },
    /// Steps at the best rate until a millionth of the value is left; infinite where they do not suffice.
    Rotated {
        /// Gradient descent on the rotated form, and on the unrotated one.
        #[serde(with = "crate::number::list")]
        descent: Vec<f64>,
        /// AdaGrad, likewise.
        #[serde(with = "crate::number::list")]
        ada_grad: Vec<f64>,
        /// Adam, likewise.
        #[serde(with = "crate::number::list")]
        adam: Vec<f64>,
        /// Condition number after Jacobi's scaling, likewise.
        jacobi: Vec<f64>,
    },
    /// Excess risk for each learning rate.
    Rare {
        /// Of stochastic gradient descent.
        descent: Vec<f64>,
        /// Of AdaGrad.
        ada_grad: Vec<f64>,
    },
}

/// `diagonal-preconditioning`.
pub struct DiagonalPreconditioning;

impl Claim for DiagonalPreconditioning {
    const CARD: Card = Card {
        id: "diagonal-preconditioning",
        version: 1,
        title: "Adaptive methods do not see a diagonal scaling at all, and a rotation undoes them",
        statement: r"With $\varepsilon = 0$ the iterates of AdaGrad, RMSProp and Adam on $\frac12\sum_i\lambda_ix_i^2$ **do not depend on $\lambda$**: each $\lambda_i$
            cancels. In floating point that holds to the last bit for powers of two, until a gradient is so small that it loses digits
            (underflow).

            Rotate the form, and the gain is lost. With $d = 10$ and $\kappa = 10^4$, AdaGrad needs between half and twice the steps of
            gradient descent in the median over rotations, each at the best of a few rates, and the best scale a variable (Jacobi's) leaves
            a condition number in the thousands. Adam's momentum is another matter.

            What is diagonal in practice is frequency: in logistic regression on one-hot features of Zipf's frequencies the
            Hessian is diagonal with the frequencies in it. There AdaGrad at its best rate has less than $0.7$ of the excess risk of stochastic
            gradient descent at its best.

            Here: 200 features, 20,000 examples, one step each. Starts are random: from $x = (1, \dots, 1)$ with rate 1, AdaGrad's first
            step, of length 1 in each variable, happens to end at the minimum.",
        sources: &[
            Source {
                citation: "Duchi, Hazan, Singer 2011, Adaptive subgradient methods for online learning and stochastic optimization",
                identifier: None,
            },
            Source { citation: "Kingma, Ba 2015, Adam, section 2.1", identifier: Some("arXiv:1412.6980") },
        ],
        hypotheses: &[
            "$\\varepsilon = 0$, and no gradient that is exactly zero at the start",
            "for the identity: a diagonal Hessian",
        ],
        kind: Kind::Statistical,
        tags: &["optimization", "conditioning", "adaptive methods"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let mut tasks = Vec::new();
        for method in [Method::AdaGrad, Method::RmsProp, Method::Adam] {
            let exponents = [[0, 10, -8], [100, -100, 0], [-300, 7, 300]];
            tasks.extend(exponents.map(|exponents| Task::Diagonal { method, exponents }));
        }
        tasks.extend((0..profile.pick(5, 15, 101)).map(|task| Task::Rotated { seed: seed + task }));
        tasks.extend((0..profile.pick(5, 5, 50)).map(|task| Task::Rare { seed: seed + task }));
        tasks
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        Ok(match *task {
            Task::Diagonal { method, exponents } => {
                let fifty = |eigenvalues: [f64; 3]| -> Result<[f64; 3], Failure> {
                    let form = diagonal(&eigenvalues)?;
                    let end = method.with(0.1)?.run(&form, &[1.3, -0.7, 0.4], 50)?;
                    Ok(end.as_slice().try_into()?)
                };
                Outcome::Diagonal { scaled: fifty(exponents.map(|e| 2f64.powi(e)))?, unit: fifty([1.0; 3])? }
            }
            Task::Rotated { seed } => rotated(seed, lab)?,
            Task::Rare { seed } => rare(seed, lab)?,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let (mut ratios, mut gains, mut jacobi) = (Vec::new(), Vec::new(), Vec::new());
        for one in evidence {
            match (&one.task, &one.outcome) {
                (Task::Diagonal { method, exponents }, Outcome::Diagonal { scaled, unit }) => {
                    let same = scaled.map(f64::to_bits) == unit.map(f64::to_bits);
                    let what =
                        format!("{method:?}: iterates for eigenvalues 2^{exponents:?} against 1, bit by bit");
                    checks.push(Check::holds(what, same, if same { "equal" } else { "different" }, "equal"));
                    if let Some(reference) = method.reference().filter(|_| exponents[0] == 0) {
                        for (i, (found, reference)) in scaled.iter().zip(reference).enumerate() {
                            let what = format!("{method:?}: x_{} after 50 steps", i + 1);
                            checks.push(Check::relative(what, *found, reference, 1e-6));
                        }
                    }
                }
                (Task::Rotated { .. }, Outcome::Rotated { descent, ada_grad, jacobi: condition, .. }) => {
                    ratios.push(ada_grad[0] / descent[0]);
                    gains.push(descent[1] / ada_grad[1]);
                    jacobi.push(condition[0]);
                    checks.push(Check::absolute(
                        "κ after Jacobi's scaling, unrotated",
                        condition[1],
                        1.0,
                        1e-12,
                    ));
                }
                (Task::Rare { seed }, Outcome::Rare { descent, ada_grad }) => {
                    let ratio = least(ada_grad) / least(descent);
                    let what = format!("rare features, seed {seed}: best excess risk of AdaGrad over SGD's");
                    checks.push(Check::at_most(what, ratio, 0.7));
                }
                _ => {}
            }
        }
        let ratio = median(&ratios);
        checks.push(Check::within("rotated: steps of AdaGrad over gradient descent, median", ratio, 0.5..=2.0));
        checks.push(Check::at_least(
            "unrotated: steps of gradient descent over AdaGrad, median",
            median(&gains),
            10.0,
        ));
        checks.push(Check::at_least("rotated: κ after Jacobi's scaling, median", median(&jacobi), 1000.0));
        let sentence = format!(
            "A diagonal scaling does not change a bit; rotated, AdaGrad needs {ratio:.2} times the steps of gradient descent."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        figures::figures(evidence)
    }
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, minimum)
}

fn diagonal(eigenvalues: &[f64]) -> Result<Quadratic, Failure> {
    Ok(Quadratic::new(DMatrix::from_diagonal(&DVector::from_row_slice(eigenvalues)))?)
}

/// Gradient descent, AdaGrad and Adam on a form in random axes, and in its own.
fn rotated(seed: u64, lab: &Lab) -> Result<Outcome, Failure> {
    let mut stream = Stream::new(seed);
    let eigenvalues: Vec<f64> =
        (0..DIMENSION).map(|i| CONDITION.powf(-(i as f64) / (DIMENSION - 1) as f64)).collect();
    let axes = DMatrix::from_row_slice(DIMENSION, DIMENSION, &stream.normals(DIMENSION * DIMENSION)).qr().q();
    let start = stream.normals(DIMENSION);
    let own = DMatrix::from_diagonal(&DVector::from_row_slice(&eigenvalues));
    let turned = &axes * &own * axes.transpose();
    let turned = (&turned + turned.transpose()) * 0.5;
    let (mut descent, mut ada_grad, mut adam, mut jacobi) = (vec![], vec![], vec![], vec![]);
    for hessian in [turned, own] {
        jacobi.push(jacobi_condition_number(&hessian)?);
        let form = Quadratic::new(hessian)?;
        let goal = LEFT * form.value(&start)?;
        let mut best = [f64::INFINITY; 3];
        for rate in DESCENT_RATES {
            let method = GradientDescent::new(rate / eigenvalues[0], StopRule::after(MOST_STEPS))?;
            let mut steps = f64::INFINITY;
            method.watch(&form, &start, until(&form, goal, lab, &mut steps))?;
            best[0] = best[0].min(steps);
        }
        for rate in ADAPTIVE_RATES {
            for (best, method) in best[1..].iter_mut().zip([Method::AdaGrad, Method::Adam]) {
                let mut steps = f64::INFINITY;
                method.with(rate)?.watch(&form, &start, MOST_STEPS, until(&form, goal, lab, &mut steps))?;
                *best = minimum(*best, steps);
            }
        }
        descent.push(best[0]);
        ada_grad.push(best[1]);
        adam.push(best[2]);
    }
    lab.go_on()?;
    Ok(Outcome::Rotated { descent, ada_grad, adam, jacobi })
}

/// A watcher that ends a run at the first value that is low enough and notes the step. On a form, the value is half the
/// product of point and gradient.
fn until<'a>(
    form: &'a Quadratic,
    goal: f64,
    lab: &'a Lab,
    steps: &'a mut f64,
) -> impl FnMut(Iterate<'_>) -> ControlFlow<()> + 'a {
    move |iterate| {
        let value = form.value_unchecked(iterate.point);
        if value < goal {
            *steps = iterate.step as f64;
        }
        if value < goal || lab.go_on().is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// One pass of stochastic gradient descent and of AdaGrad over the same examples, for each rate.
fn rare(seed: u64, lab: &Lab) -> Result<Outcome, Failure> {
    let mut stream = Stream::new(seed);
    let risk = OneHotLogistic::zipf(&stream.normals(FEATURES))?;
    let examples: Vec<(usize, f64)> =
        (0..EXAMPLES).map(|_| risk.example(stream.uniform(), stream.uniform())).collect();
    let pass = |rate: f64, adaptive: bool| -> Result<f64, Failure> {
        lab.go_on()?;
        let (mut weights, mut squares) = (vec![0.0; FEATURES], vec![0.0; FEATURES]);
        for &(feature, label) in &examples {
            let slope = OneHotLogistic::slope(weights[feature], label);
            squares[feature] += slope * slope;
            let scale = if adaptive { f64::sqrt(squares[feature]) } else { 1.0 };
            weights[feature] -= rate * slope / scale;
        }
        Ok(risk.value(&weights)?)
    };
    let all = |adaptive| FEATURE_RATES.iter().map(|&rate| pass(rate, adaptive)).collect::<Result<Vec<_>, _>>();
    Ok(Outcome::Rare { descent: all(false)?, ada_grad: all(true)? })
}
