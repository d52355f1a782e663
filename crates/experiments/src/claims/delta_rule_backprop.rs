//! Backpropagation: the delta rule, layer by layer, at the price of about two evaluations.

mod figures;

use std::cell::Cell;

use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::{Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Examples, Loss};
use saddlepoint_theory::optimization::backpropagation::{Counted, SigmoidNetwork};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::Figure;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `delta-rule-backprop`.
pub struct DeltaRuleBackprop;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// A network with two inputs and three hidden units.
    Example,
    /// Random networks against central differences.
    Differences {
        /// How many.
        runs: usize,
        /// Seed of the draws.
        seed: u64,
    },
    /// Random networks against automatic differentiation, with multiplications counted.
    Autodiff {
        /// How many.
        runs: usize,
        /// Seed of the draws.
        seed: u64,
    },
    /// The derivative of the sigmoid at 0, from a network of one unit.
    Slope,
    /// The error of central differences over their width, for the plot.
    Widths {
        /// Seed of the network.
        seed: u64,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Hidden units, output, loss, and all derivatives.
    Example {
        /// In this order.
        numbers: Vec<f64>,
    },
    /// The largest distance from central differences, relative to the largest derivative.
    Differences {
        /// That distance.
        worst: f64,
    },
    /// Comparison with automatic differentiation.
    Autodiff {
        /// The largest distance, relative to the largest derivative.
        worst: f64,
        /// The largest relative distance of the losses: what arithmetic the backend evaluates the same network in.
        evaluation: f64,
        /// Weights, and multiplications counted in evaluation and in backpropagation.
        counts: Vec<[usize; 3]>,
        /// How often a count differed from its formula.
        miscounted: usize,
    },
    /// The derivative found.
    Slope {
        /// It.
        slope: f64,
    },
    /// Width and error.
    Widths {
        /// The curve.
        errors: Vec<(f64, f64)>,
    },
}

/// Agreement with automatic differentiation, in f64 and in f32: a hundred roundings.
const EXACT: f64 = 1e-12;
const SINGLE: f64 = 1e-5;

/// Half-width of the central differences: near the best for derivatives of size one.
const WIDTH: f64 = 1e-5;

impl Claim for DeltaRuleBackprop {
    const CARD: Card = Card {
        id: "delta-rule-backprop",
        version: 2,
        title: "Backpropagation gives all derivatives for O(V + E) operations",
        statement: "For one unit, $\\frac{d}{dw}\\tfrac12(y - \\hat y)^2 = (\\hat y - y)\\hat y(1 - \\hat y)x$. For \
            $\\hat y = \\sigma(\\sum_m v_m\\sigma(w_m\\cdot x))$, with $\\delta = (\\hat y - y)\\hat y(1-\\hat y)$, \
            $$\\frac{\\partial\\ell}{\\partial v_m} = \\delta h_m, \\qquad \
            \\frac{\\partial\\ell}{\\partial w_{mj}} = \\delta v_m h_m(1 - h_m)x_j,$$ and so on layer by layer. With $E$ weights, \
            $E_1$ of them in the first layer, and $V$ units, it takes $2E - E_1 + 2V$ multiplications where evaluation takes $E$: \
            at most $3E$ where units have two inputs or more on average, and never more than $4E$.\n\n\
            All of it rests on $\\sigma' = \\sigma(1 - \\sigma)$. Lecture notes print $\\sigma' = \\sigma(1 - \\sigma')$, which says \
            $\\frac13$ at 0 where $\\frac14$ is right.",
        sources: &[
            Source {
                citation: "Rumelhart, Hinton, Williams, Learning representations by back-propagating errors, Nature 323 (1986), 533-536",
                identifier: Some("10.1038/323533a0"),
            },
            Source { citation: "Widrow, Hoff, Adaptive switching circuits, 1960", identifier: None },
        ],
        hypotheses: &[
            "units have two inputs or more on average, for the factor 3",
            "automatic differentiation in f64, for agreement to $10^{-12}$: burn 0.22 computes the sigmoid of its backends `ndarray` \
                and `wgpu` through f32, whatever precision is asked for. The losses show it, and then agreement to $10^{-5}$ is \
                asked for",
        ],
        kind: Kind::Exact,
        tags: &["optimization", "backpropagation"],
        data: &[],
        network: Some(Precision::F64),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, runs) = profile.pick((1, 1000), (1, 1000), (20, 1000));
        let differences = (0..tasks).map(|task| Task::Differences { runs, seed: seed + task });
        let (tasks, runs) = profile.pick((1, 20), (4, 50), (20, 200));
        let autodiff = (0..tasks).map(|task| Task::Autodiff { runs, seed: seed + task });
        let rest = [Task::Example, Task::Slope, Task::Widths { seed }];
        rest.into_iter().chain(differences).chain(autodiff).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Example => {
                let (input, target) = ([0.5, -1.0], [0.25]);
                let network = SigmoidNetwork::new(&[2, 3, 1], EXAMPLE_WEIGHTS.to_vec())?;
                let units = network.evaluate(&input)?;
                let mut numbers = units.layer(1).unwrap_or_default().to_vec();
                numbers.extend_from_slice(units.output());
                numbers.push(network.loss(&input, &target)?);
                numbers.extend(network.gradient(&units, &target)?);
                Ok(Outcome::Example { numbers })
            }
            Task::Slope => {
                // One unit at activation 0 with input 1 and target −½: the error is 1, so the derivative is σ′(0).
                let neuron = SigmoidNetwork::new(&[1, 1], vec![0.0])?;
                let slope = neuron.gradient(&neuron.evaluate(&[1.0])?, &[-0.5])?[0];
                Ok(Outcome::Slope { slope })
            }
            Task::Differences { runs, seed } => {
                let (mut stream, mut worst) = (Stream::new(seed), 0f64);
                for _ in 0..runs {
                    lab.go_on()?;
                    let Example { network, input, target, .. } = draw(&mut stream)?;
                    let gradient = network.gradient(&network.evaluate(&input)?, &[target])?;
                    worst =
                        maximum(worst, distance(&gradient, &network.differences(&input, &[target], WIDTH)?));
                }
                Ok(Outcome::Differences { worst })
            }
            Task::Widths { seed } => {
                let Example { network, input, target, .. } = draw(&mut Stream::new(seed))?;
                let gradient = network.gradient(&network.evaluate(&input)?, &[target])?;
                let errors = (2..=40).map(|i| 10f64.powf(-f64::from(i) / 4.0)).map(|width| {
                    Ok((width, distance(&gradient, &network.differences(&input, &[target], width)?)))
                });
                Ok(Outcome::Widths { errors: errors.collect::<Result<_, Failure>>()? })
            }
            Task::Autodiff { runs, seed } => {
                let (device, mut stream) = (lab.device()?, Stream::new(seed));
                let (mut worst, mut evaluation, mut counts, mut miscounted) = (0f64, 0f64, Vec::new(), 0);
                for _ in 0..runs {
                    lab.go_on()?;
                    let example = draw(&mut stream)?;
                    let Example { widths, network, input, target } = &example;
                    let gradient = network.gradient(&network.evaluate(input)?, &[*target])?;
                    let (loss, derivatives) = example.autodiff(lab.precision(Precision::F64), &device)?;
                    worst = maximum(worst, distance(&gradient, &derivatives));
                    evaluation = maximum(evaluation, distance(&[network.loss(input, &[*target])?], &[loss]));
                    let count = Cell::new(0);
                    let counted = |numbers: &[f64]| -> Vec<Counted<'_>> {
                        numbers.iter().map(|&number| Counted::new(number, &count)).collect()
                    };
                    let copy = SigmoidNetwork::new(widths, counted(network.weights()))?;
                    let units = copy.evaluate(&counted(input))?;
                    let forward = count.replace(0);
                    copy.gradient(&units, &counted(&[*target]))?;
                    let backward = count.get();
                    miscounted +=
                        usize::from(forward != copy.edges() || backward != copy.backward_multiplications());
                    counts.push([copy.edges(), forward, backward]);
                }
                Ok(Outcome::Autodiff { worst, evaluation, counts, miscounted })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut differences, mut autodiff, mut losses, mut wrong) =
            (Vec::new(), 0f64, 0f64, 0f64, 0);
        for e in evidence {
            match &e.outcome {
                Outcome::Example { numbers } => {
                    let errors = numbers.iter().zip(EXAMPLE).map(|(found, expected)| (found - expected).abs());
                    let what = format!("largest error of the {} numbers of the example", numbers.len());
                    checks.push(Check::at_most(what, errors.fold(0.0, maximum), 1e-14));
                }
                Outcome::Slope { slope } => {
                    checks.push(Check::absolute("σ′(0)", *slope, 0.25, 1e-15));
                    let what = "distance of σ′(0) from σ/(1 + σ), which σ′ = σ(1 − σ′) would make it";
                    checks.push(Check::at_least(what, (slope - 1.0 / 3.0).abs(), 0.08));
                }
                Outcome::Differences { worst } => differences = maximum(differences, *worst),
                Outcome::Autodiff { worst, evaluation, miscounted, .. } => {
                    autodiff = maximum(autodiff, *worst);
                    losses = maximum(losses, *evaluation);
                    wrong += miscounted;
                }
                Outcome::Widths { .. } => {}
            }
        }
        let ratio =
            counts(evidence).map(|[edges, _, backward]| backward as f64 / edges as f64).fold(0.0, maximum);
        checks.push(Check::at_most("largest relative distance from central differences", differences, 1e-8));
        let (arithmetic, tolerance) =
            if losses <= EXACT { ("", EXACT) } else { (", with sigmoids in f32", SINGLE) };
        for (what, found) in [("automatic differentiation", autodiff), ("its losses", losses)] {
            let what = format!("largest relative distance from {what}{arithmetic}");
            checks.push(Check::at_most(what, found, tolerance));
        }
        checks.push(Check::equal(
            "networks whose multiplications are not E forward and 2E − E₁ + 2V backward",
            wrong,
            0,
        ));
        checks.push(Check::at_most("multiplications of backpropagation over weights", ratio, 3.0));
        Judgement::from_checks(
            "Hand formula, differences and automatic differentiation agree, for less than 3E products.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        figures::all(evidence)
    }
}

/// Weights and multiplications of all networks that were counted.
fn counts(evidence: &[Evidence<Task, Outcome>]) -> impl Iterator<Item = [usize; 3]> {
    let lists = evidence.iter().filter_map(|e| match &e.outcome {
        Outcome::Autodiff { counts, .. } => Some(counts),
        _ => None,
    });
    lists.flatten().copied()
}

const EXAMPLE_WEIGHTS: [f64; 9] = [0.1, 0.2, -0.3, 0.4, 0.5, -0.6, 0.7, -0.8, 0.9];

/// The catalogue's example: three hidden units, output, loss, derivatives by `W` row by row, then by `v`.
const EXAMPLE: [f64; 14] = [
    0.46257015465625045,
    0.36586440898919936,
    0.7005671424739729,
    0.6596237580813749,
    0.08389581159235436,
    0.00800217600847614,
    -0.01600435201695228,
    -0.008534988689291319,
    0.017069977378582638,
    0.008681652517300513,
    -0.017363305034601026,
    0.042542036364939376,
    0.03364812198794386,
    0.06443034110870668,
];

/// A random network with an example.
struct Example {
    widths: Vec<usize>,
    network: SigmoidNetwork,
    input: Vec<f64>,
    target: f64,
}

/// Of depth 1 to 4, with widths 2 to 8 but for the single output.
fn draw(stream: &mut Stream) -> Result<Example, Failure> {
    let depth = 1 + stream.index(4);
    let mut widths: Vec<usize> = (0..depth).map(|_| 2 + stream.index(7)).collect();
    widths.push(1);
    // Activations of size one: where units saturate, a difference of outputs near 1 has lost as many digits as σ′ is small.
    let mut layer = |pair: &[usize]| -> Vec<f64> {
        (0..pair[0] * pair[1]).map(|_| stream.normal() / (pair[0] as f64).sqrt()).collect()
    };
    let weights = widths.windows(2).flat_map(&mut layer).collect();
    let network = SigmoidNetwork::new(&widths, weights)?;
    let input = stream.normals(widths[0]);
    // A class for a target: where a residual is tiny by chance, so is the gradient, but not the third derivative of the loss,
    // and the error of a difference is large beside the gradient.
    Ok(Example { widths, network, input, target: stream.index(2) as f64 })
}

impl Example {
    /// The loss and the same derivatives from burn. Its networks end in a linear layer: one more, with a single weight of 1.
    fn autodiff(&self, precision: Precision, device: &Device) -> Result<(f64, Vec<f64>), Failure> {
        let widths: Vec<usize> = self.widths.iter().copied().chain([1]).collect();
        // burn keeps a layer's weights input by input.
        let mut weights = self.by_layer(self.network.weights(), |inputs, units| (units, inputs));
        weights.push(1.0);
        let mlp = Mlp::new(&widths, Activation::Sigmoid)?.without_bias();
        let mlp = mlp.init(Initialization::GlorotUniform, precision, device, &mut Stream::new(0))?;
        let mlp = parameters::replace(mlp, &weights)?;
        let samples =
            Samples::new(&[self.input.len()], self.input.clone(), Targets::Values(vec![self.target]))?;
        let examples = Examples::new(&samples, precision, device)?;
        let gradient = examples.gradient(&mlp, Loss::HalfSquared)?;
        let loss = examples.loss(&mlp, Loss::HalfSquared)?;
        Ok((loss, self.by_layer(&gradient.entries, |inputs, units| (inputs, units))))
    }

    /// Each layer's numbers transposed, from rows and columns that `shape` makes of a layer's inputs and units.
    fn by_layer(&self, numbers: &[f64], shape: impl Fn(usize, usize) -> (usize, usize)) -> Vec<f64> {
        let mut rest = numbers;
        let mut transposed = Vec::with_capacity(numbers.len() + 1);
        for pair in self.widths.windows(2) {
            let (rows, columns) = shape(pair[0], pair[1]);
            let (layer, after) = rest.split_at(rows * columns);
            rest = after;
            transposed.extend((0..columns).flat_map(|j| layer.iter().skip(j).step_by(columns).copied()));
        }
        transposed
    }
}

/// The largest difference, relative to the largest entry.
fn distance(gradient: &[f64], other: &[f64]) -> f64 {
    let scale = gradient.iter().fold(0.0, |largest: f64, g| largest.max(g.abs()));
    gradient.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, maximum) / scale
}
