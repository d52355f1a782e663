//! Where one weight fits every label, a single neuron has no bad stationary point.

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::{SigmoidNeuron, neuron_line};
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_landscape::scalar::Scalar;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `ahw-realizable-benign`.
pub struct AhwRealizableBenign;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// The gradient against the way to the truth, over random data on many scales.
    Inequality {
        /// Number of data sets and weights.
        draws: usize,
        /// Seed.
        seed: u64,
    },
    /// Descent from random starts.
    Descent {
        /// Number of starts.
        starts: usize,
        /// Seed.
        seed: u64,
    },
    /// All critical points with one weight, before and after the label of the largest input is flipped.
    Flip {
        /// Number of data sets.
        draws: usize,
        /// Seed.
        seed: u64,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// The inequality.
    Inequality {
        /// The smallest `⟨∇E(w), w − w*⟩`, relative to the sum of the sizes of its terms.
        smallest: f64,
    },
    /// Descent.
    Descent {
        /// The largest error at an end.
        largest: f64,
        /// Errors of the first run, thinned.
        curve: Vec<(f64, f64)>,
    },
    /// Counts on the line.
    Flip {
        /// Realizable data sets with exactly one critical point.
        single: usize,
        /// The same data with the label of the largest input flipped, which have several minima.
        several: usize,
        /// Data sets not decided, before or after.
        undecided: usize,
    },
}

/// The neuron whose labels `y_t = σ(w*·x_t)` a weight gives.
fn realizable(inputs: &DMatrix<f64>, truth: &[f64]) -> Result<SigmoidNeuron, Failure> {
    let labels = inputs.row_iter().map(|x| (x * nalgebra::DVector::from_column_slice(truth))[0].logistic().0);
    Ok(SigmoidNeuron::sum_of_squares(inputs, labels.collect())?)
}

impl Claim for AhwRealizableBenign {
    const CARD: Card = Card {
        id: "ahw-realizable-benign",
        version: 1,
        title: "Realizable labels leave a single neuron no bad stationary point",
        statement: "If $\\sigma(w^*\\cdot x_t) = y_t$ for all samples, every stationary point of \
            $E(w) = \\sum_t (y_t - \\sigma(w\\cdot x_t))^2$ is a global minimum with $E = 0$, because \
            $$\\langle\\nabla E(w), w - w^*\\rangle = 2\\sum_t \\bigl(\\sigma(w\\cdot x_t) - \\sigma(w^*\\cdot x_t)\\bigr)\\,\
            \\sigma'(w\\cdot x_t)\\,(w - w^*)\\cdot x_t \\ge 0$$ \
            term by term, with equality only where $E(w) = 0$.\n\n\
            One flipped label is enough to lose this: with one weight, and the label $y$ of the largest input replaced by \
            $1 - y$, some data sets get a second minimum.",
        sources: &[Source {
            citation: "Auer, Herbster, Warmuth, Exponentially many local minima for single neurons, NIPS 1995",
            identifier: None,
        }],
        hypotheses: &["some weight gives all labels", "one neuron with an increasing activation"],
        kind: Kind::Exact,
        tags: &["landscape", "minima", "neuron"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        vec![
            Task::Inequality { draws: profile.pick(2_000, 50_000, 1_000_000), seed },
            Task::Descent { starts: 100, seed },
            Task::Flip { draws: profile.pick(50, 500, 5_000), seed },
        ]
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Inequality { draws, seed } => {
                let mut stream = Stream::new(seed);
                let mut smallest = f64::INFINITY;
                for _ in 0..draws {
                    lab.go_on()?;
                    let scale = 10f64.powf(stream.between(-3.0, 3.0));
                    let inputs =
                        DMatrix::from_row_iterator(8, 3, (0..24).map(|_| scale * stream.between(-1.0, 1.0)));
                    let (truth, w) = (stream.normals(3), stream.normals(3));
                    let neuron = realizable(&inputs, &truth)?;
                    let (product, terms) = neuron.against(&w, &truth)?;
                    if terms > 0.0 {
                        smallest = minimum(smallest, product / terms);
                    }
                }
                Ok(Outcome::Inequality { smallest })
            }
            Task::Descent { starts, seed } => {
                let mut stream = Stream::new(seed);
                // In the unit ball: the norm of the longest row is 1.
                let raw = DMatrix::from_row_iterator(20, 3, stream.normals(60));
                let longest = raw.row_iter().map(|row| row.norm()).fold(0.0, maximum);
                let neuron = realizable(&(raw / longest), &stream.normals(3))?;
                let rule = StopRule { steps: 200_000, gradient_norm: 1e-8 };
                let descent = GradientDescent::new(1.0 / neuron.smoothness()?, rule)?;
                let (mut largest, mut curve) = (0.0f64, Vec::new());
                for start in 0..starts {
                    lab.go_on()?;
                    let w: Vec<f64> = stream.normals(3).iter().map(|x| 3.0 * x).collect();
                    let found = descent.run(&neuron, &w)?;
                    largest = maximum(largest, neuron.value(&found.point)?);
                    if start < 5 {
                        let (_, path) = descent.record(&neuron, &w, 1 + found.steps / 50)?;
                        for (step, point) in path.steps.iter().zip(&path.points) {
                            curve.push((1.0 + *step as f64, neuron.value(point)?));
                        }
                    }
                }
                Ok(Outcome::Descent { largest, curve })
            }
            Task::Flip { draws, seed } => {
                let mut stream = Stream::new(seed);
                let (mut single, mut several, mut undecided) = (0, 0, 0);
                for _ in 0..draws {
                    lab.go_on()?;
                    let inputs: Vec<f64> =
                        (0..4).map(|_| stream.sign() * 10f64.powf(stream.between(-1.0, 1.0))).collect();
                    let inputs = DMatrix::from_vec(4, 1, inputs);
                    let truth = stream.between(-2.0, 2.0);
                    let neuron = realizable(&inputs, &[truth])?;
                    let mut labels = neuron.labels().to_vec();
                    let largest = inputs.iamax_full().0;
                    labels[largest] = 1.0 - labels[largest];
                    let flipped = SigmoidNeuron::sum_of_squares(&inputs, labels)?;
                    match (neuron_line::critical_points(&neuron), neuron_line::critical_points(&flipped)) {
                        (Ok(before), Ok(after)) => {
                            single += usize::from(before.points().len() == 1);
                            several += usize::from(after.minima() > 1);
                        }
                        _ => undecided += 1,
                    }
                }
                Ok(Outcome::Flip { single, several, undecided })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (_, Outcome::Inequality { smallest }) => {
                    checks.push(Check::at_least(
                        "smallest ⟨∇E(w), w − w*⟩ relative to its terms",
                        *smallest,
                        -1e-12,
                    ));
                }
                (_, Outcome::Descent { largest, .. }) => {
                    checks.push(Check::at_most("largest error at the end of a descent", *largest, 1e-10));
                }
                (&Task::Flip { draws, .. }, Outcome::Flip { single, several, undecided }) => {
                    let decided = draws - undecided;
                    checks.push(Check::equal(
                        "realizable data with exactly one critical point",
                        *single,
                        decided,
                    ));
                    checks.push(Check::at_least(
                        "data with several minima after one flip",
                        *several as f64,
                        1.0,
                    ));
                    checks.push(Check::at_most(
                        "share not decided",
                        *undecided as f64 / draws.max(1) as f64,
                        0.05,
                    ));
                }
                _ => {}
            }
        }
        Judgement::from_checks(
            "The gradient never points away from the truth, every descent ends at zero error, and one flipped label can undo it.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let curves = evidence.iter().filter_map(|e| match &e.outcome {
            Outcome::Descent { curve, .. } => Some(curve),
            _ => None,
        });
        curves
            .map(|curve| {
                Figure::new(
                    "descent",
                    "Descent on realizable labels, from five random starts",
                    "From every start the error falls to zero: there is nothing else for it to fall to.",
                    Axis::logarithmic("steps, from 1"),
                    Axis::logarithmic("E(w)"),
                )
                .points("E along the runs", curve.iter().copied())
            })
            .collect()
    }
}
