//! Preconditioners that know the matrix: K-FAC is Newton's method on a linear layer, Shampoo nearly so.

use nalgebra::DMatrix;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp, MlpNetwork};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Limit, Loss, Optimizer, Schedule, Stop, Training};
use saddlepoint_rigor::decomposition::eigen;
use saddlepoint_theory::optimization::{GramConditioning, QuadraticDescent};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, minimum};

const SAMPLES: usize = 200;
const INPUTS: usize = 10;
const OUTPUTS: usize = 3;
/// Ratio of the largest to the smallest scale of an input: its square is about the condition number.
const SPREAD: f64 = 125.0;
/// What part of the loss is left at the end.
const LEFT: f64 = 1e-6;
/// Five rates each: of gradient descent in units of `1/β`, of Shampoo as they are.
const DESCENT_RATES: [f64; 5] = [0.1, 0.3, 1.0, 1.5, 1.9];
const SHAMPOO_RATES: [f64; 5] = [0.3, 1.0, 3.0, 10.0, 30.0];
const MOST_SHAMPOO_STEPS: usize = 1500;
const MOST_DESCENT_STEPS: u32 = 1 << 22;

/// One linear layer on one set of ill-conditioned inputs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// `None` for K-FAC and gradient descent, or the rate of Shampoo.
    shampoo: Option<f64>,
    seed: u64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// K-FAC's step, and gradient descent in closed form.
    Newton {
        /// Condition number of the Hessian.
        condition: f64,
        /// Norm of the gradient after one step of K-FAC, relative to that before it.
        after: f64,
        /// Steps of gradient descent for each rate.
        #[serde(with = "crate::number::list")]
        descent: Vec<f64>,
    },
    /// Relative losses of Shampoo, step by step; the goal is reached at the last, or never.
    Shampoo {
        /// From the start, 1.
        #[serde(with = "crate::number::list")]
        losses: Vec<f64>,
    },
}

/// `kfac-shampoo`.
pub struct KfacShampoo;

impl Claim for KfacShampoo {
    const CARD: Card = Card {
        id: "kfac-shampoo",
        version: 1,
        title: "One step of K-FAC solves a linear layer; Shampoo needs a tenth of the steps of gradient descent",
        statement: r"For a linear layer $f(x) = Wx$ with half the squared error the Hessian in $W$ is $\big(\frac1n XX^\top\big)\otimes I$: a Kronecker product, which is
            what K-FAC assumes. Its factors are $A = \frac1nXX^\top$ and $G = I$, so with rate 1 and no damping its first step is Newton's
            and ends at the minimum, however ill-conditioned the inputs are: the gradient's norm falls below $10^{-9}$ of what it was.

            Shampoo multiplies the gradient by $L^{-1/4}$ and $R^{-1/4}$, roots of its second moments summed over time. With the best
            of five rates it needs less than a tenth of the steps of gradient descent, with the best of five, to a millionth of the
            loss.

            Here: 200 inputs in 10 dimensions whose scales differ by a factor of 125, in random axes; 3 outputs of a planted map.
            The steps of gradient descent are those of its closed form.",
        sources: &[
            Source {
                citation: "Martens, Grosse 2015, Optimizing neural networks with Kronecker-factored approximate curvature",
                identifier: Some("arXiv:1503.05671"),
            },
            Source {
                citation: "Gupta, Koren, Singer 2018, Shampoo: preconditioned stochastic tensor optimization",
                identifier: Some("arXiv:1802.09568"),
            },
        ],
        hypotheses: &[
            "one linear layer: between layers, and for other losses, the Kronecker product is an approximation",
            "full batches, no damping, inputs of full rank",
        ],
        kind: Kind::Statistical,
        tags: &["optimization", "conditioning", "second order"],
        data: &[],
        network: Some(Precision::F64),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let rates = || [None].into_iter().chain(SHAMPOO_RATES.map(Some));
        let tasks = |seed| rates().map(move |shampoo| Task { shampoo, seed });
        (seed..seed + profile.pick(1, 3, 20)).flat_map(tasks).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let problem = Problem::new(task.seed, lab)?;
        match task.shampoo {
            None => problem.newton(lab),
            Some(rate) => problem.shampoo(rate, lab),
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut factors) = (Vec::new(), Vec::new());
        for one in evidence {
            let Outcome::Newton { condition, after, descent } = &one.outcome else { continue };
            let seed = one.task.seed;
            let of = |what: &str| format!("seed {seed}: {what}");
            checks.push(Check::at_least(of("condition number of the Hessian"), *condition, 5e3));
            checks.push(Check::at_most(of("gradient after one step of K-FAC, relative"), *after, 1e-9));
            let descent = descent.iter().copied().fold(f64::INFINITY, minimum);
            let shampoo = shampoo(evidence, seed).map(|(_, steps)| steps).fold(f64::INFINITY, minimum);
            // Neither at infinity: then nothing is compared.
            let factor = if descent.is_finite() && shampoo.is_finite() { descent / shampoo } else { f64::NAN };
            checks.push(Check::at_least(of("steps of gradient descent over Shampoo's"), factor, 10.0));
            factors.push(factor);
        }
        let least = factors.into_iter().fold(f64::INFINITY, minimum);
        let sentence = format!(
            "K-FAC is at the minimum after one step, Shampoo {least:.0} times sooner than gradient descent."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut losses = Figure::new(
            "losses",
            "Shampoo at five rates",
            "The loss over its start, on one set of inputs. Gradient descent at its best rate is at a millionth only far outside \
             of the frame; K-FAC is at the minimum after one step.",
            Axis::linear("step"),
            Axis::logarithmic("loss, relative"),
        );
        let first = evidence.iter().map(|one| one.task.seed).min();
        for one in evidence.iter().filter(|one| Some(one.task.seed) == first) {
            if let (Some(rate), Outcome::Shampoo { losses: values }) = (one.task.shampoo, &one.outcome) {
                let points = values.iter().enumerate().map(|(step, loss)| (step as f64, *loss));
                losses = losses.line(format!("rate {rate}"), points);
            }
        }
        vec![losses]
    }
}

/// Rates and steps of Shampoo with a seed, of those that reach the goal.
fn shampoo(evidence: &[Evidence<Task, Outcome>], seed: u64) -> impl Iterator<Item = (f64, f64)> {
    evidence.iter().filter(move |one| one.task.seed == seed).filter_map(|one| match &one.outcome {
        Outcome::Shampoo { losses } if losses.last().is_some_and(|&loss| loss <= LEFT) => {
            Some((one.task.shampoo?, (losses.len() - 1) as f64))
        }
        _ => None,
    })
}

/// A linear layer, and examples of a planted one.
struct Problem {
    layer: MlpNetwork,
    examples: Examples,
    inputs: DMatrix<f64>,
    /// Of the planted layer, less those of the layer: `INPUTS × OUTPUTS`.
    error: DMatrix<f64>,
}

impl Problem {
    fn new(seed: u64, lab: &Lab) -> Result<Self, Failure> {
        let (device, mut stream) = (lab.device()?, Stream::new(seed));
        let precision = lab.precision(Precision::F64);
        let axes = DMatrix::from_row_slice(INPUTS, INPUTS, &stream.normals(INPUTS * INPUTS)).qr().q();
        let scale = |i: usize| SPREAD.powf(-(i as f64) / (INPUTS - 1) as f64);
        let mut inputs = DMatrix::from_row_slice(INPUTS, SAMPLES, &stream.normals(INPUTS * SAMPLES));
        inputs.row_iter_mut().enumerate().for_each(|(i, mut row)| row *= scale(i));
        let inputs = axes * inputs;
        let planted = DMatrix::from_row_slice(INPUTS, OUTPUTS, &stream.normals(INPUTS * OUTPUTS));
        // Columns are examples, and storage is by columns.
        let targets = (planted.transpose() * &inputs).as_slice().to_vec();
        let samples = Samples::new(&[INPUTS], inputs.as_slice().to_vec(), Targets::Values(targets))?;
        let layer = Mlp::new(&[INPUTS, OUTPUTS], Activation::Identity)?.without_bias();
        let layer = layer.init(Initialization::LecunNormal, precision, &device, &mut stream)?;
        let error = planted - DMatrix::from_row_slice(INPUTS, OUTPUTS, &parameters::flat(&layer));
        Ok(Self { layer, examples: Examples::new(&samples, precision, &device)?, inputs, error })
    }

    fn training(optimizer: Optimizer, rate: f64) -> Training {
        Training::new(Loss::HalfSquared, optimizer, Schedule::Constant { rate })
    }

    fn newton(self, lab: &Lab) -> Result<Outcome, Failure> {
        let gradient =
            |layer: &MlpNetwork| Ok::<_, Failure>(self.examples.gradient(layer, Loss::HalfSquared)?.norm());
        let before = gradient(&self.layer)?;
        let step = Self::training(Optimizer::kfac(0.0), 1.0).limit(Limit::Steps(1));
        let trained = step.run(self.layer.clone(), &self.examples, &mut Stream::new(0))?;
        let condition = GramConditioning::new(&self.inputs)?.condition_number();
        Ok(Outcome::Newton {
            condition,
            after: gradient(&trained.network)? / before,
            descent: self.descent(lab)?,
        })
    }

    /// The steps of gradient descent to the goal, by bisection of its loss, which falls with every step.
    fn descent(&self, lab: &Lab) -> Result<Vec<f64>, Failure> {
        let hessian = &self.inputs * self.inputs.transpose() / SAMPLES as f64;
        let eigen = eigen(hessian)?;
        let along = eigen.eigenvectors.transpose() * &self.error;
        // The outputs share the Hessian; their components along an eigenvector count as one.
        let start: Vec<f64> = along.row_iter().map(|row| row.norm()).collect();
        let steps = |rate: f64| -> Result<f64, Failure> {
            lab.go_on()?;
            let descent = QuadraticDescent::new(eigen.eigenvalues.as_slice(), rate / eigen.eigenvalues.max())?;
            let goal = LEFT * descent.loss(&start, 0)?.midpoint();
            let reached = |steps| Ok::<_, Failure>(descent.loss(&start, steps)?.midpoint() <= goal);
            if !reached(MOST_DESCENT_STEPS)? {
                return Ok(f64::INFINITY);
            }
            let (mut low, mut high) = (0, MOST_DESCENT_STEPS);
            while high - low > 1 {
                let middle = low.midpoint(high);
                if reached(middle)? { high = middle } else { low = middle }
            }
            Ok(f64::from(high))
        };
        DESCENT_RATES.into_iter().map(steps).collect()
    }

    fn shampoo(self, rate: f64, lab: &Lab) -> Result<Outcome, Failure> {
        let start = self.examples.loss(&self.layer, Loss::HalfSquared)?;
        let training = Self::training(Optimizer::shampoo(), rate)
            .limit(Limit::Steps(MOST_SHAMPOO_STEPS))
            .stop(Stop::Loss(LEFT * start))
            .record_every(1);
        let trained =
            training.run_watched(self.layer, &self.examples, &mut Stream::new(0), &mut lab.watch())?;
        lab.go_on()?;
        Ok(Outcome::Shampoo { losses: trained.trajectory.iter().map(|point| point.loss / start).collect() })
    }
}
