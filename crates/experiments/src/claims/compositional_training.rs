//! A network whose graph is that of the function learns it with parameters and examples with which shallow ones do not.

use saddlepoint_models::data::{Samples, planted};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp, TreeMlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Batch, Examples, Limit, Loss, Optimizer, Point, Schedule, Training};
use saddlepoint_theory::expressivity::compositional;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample::median;
use crate::verdict::{Check, Judgement};

/// The claim `compositional-training`.
pub struct CompositionalTraining;

/// One network to train.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    network: Network,
    train: usize,
    steps: usize,
    seed: u64,
}

/// Its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// The graph of the function, with this many hidden units a node.
    Tree(usize),
    /// The same over inputs in another order: its graph is not the function's.
    MisplacedTree(usize),
    /// One hidden layer.
    Shallow(usize),
    /// Three hidden layers of this width.
    Deep(usize),
}

/// How well it learnt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    parameters: usize,
    /// Mean squared error over the variance.
    #[serde(with = "crate::number")]
    test: f64,
    trajectory: Vec<Point>,
}

/// Inputs of the function.
const DIMENSION: usize = 8;
/// Points to test on.
const TEST: usize = 4096;
/// The order of the misplaced tree's inputs: no two neighbours of the function are neighbours.
const MISPLACED: [usize; DIMENSION] = [0, 4, 2, 6, 1, 5, 3, 7];

impl Claim for CompositionalTraining {
    const CARD: Card = Card {
        id: "compositional-training",
        version: 1,
        title: "A network with the graph of the function learns it; shallow networks of ten times the size do not",
        statement: "A function of $8$ variables that is composed as a binary tree, each node \
            $h(a,b) = \\sin(3a+0.5)\\cos(2b-0.3)$, is learnt from 8,192 points by a tree of seven ReLU networks $2$-$20$-$1$, 567 \
            parameters together: its test error is at most $0.6$ times that of one hidden layer with as many parameters (57 units), \
            and at most $0.6$ times that of one with ten times as many (570 units), which learns its examples instead.\n\n\
            Errors are mean squares relative to the variance, medians over seeds. Training: Adam at $5\\cdot10^{-3}$, falling as a \
            cosine over 8,000 batches of 256 (4,000 at the smoke profile), from normal weights of variance two over the number of inputs and biases 0.",
        sources: &[
            Source {
                citation: "Mhaskar, Liao, Poggio, Learning functions: when is deep better than shallow, 2016",
                identifier: Some("arXiv:1603.00988"),
            },
            Source {
                citation: "Poggio, Mhaskar, Rosasco, Miranda, Liao, Why and when can deep — but not shallow — networks avoid the \
                    curse of dimensionality, 2017, theorem 2 (approximation, of which this is the training)",
                identifier: Some("arXiv:1611.00740"),
            },
        ],
        hypotheses: &[
            "the function is composed as the network is: the same tree over other inputs is shown for comparison",
            "points uniform in the cube $[-1,1]^8$, values without noise",
        ],
        kind: Kind::Training,
        tags: &["expressivity", "approximation", "depth"],
        data: &[],
        network: Some(Precision::F32),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        use Network::{Deep, MisplacedTree, Shallow, Tree};
        // What is judged, and what is shown beside it, with one seed.
        let (judged, beside): (&[Network], &[Network]) = profile.pick(
            (&[Tree(20), Shallow(57)], &[]),
            (&[Tree(20), Shallow(57), Shallow(570)], &[Deep(13), MisplacedTree(20)]),
            (&[Tree(50), Shallow(141), Shallow(1410)], &[Deep(23), MisplacedTree(50)]),
        );
        let (seeds, train, steps) = profile.pick((1, 8192, 4000), (3, 8192, 8000), (5, 100_000, 40_000));
        let of = |networks: &'static [Network], k| {
            networks.iter().map(move |&network| Task { network, train, steps, seed: seed + k })
        };
        (1..=seeds).flat_map(|k| of(judged, k)).chain(of(beside, 1)).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let inputs: Vec<f64> =
            (0..(task.train + TEST) * DIMENSION).map(|_| stream.between(-1.0, 1.0)).collect();
        let h = |a: f64, b: f64| (3.0 * a + 0.5).sin() * (2.0 * b - 0.3).cos();
        let value = |x: &[f64]| compositional::tree(x, h);
        let values = inputs.chunks_exact(DIMENSION).map(value).collect::<Result<Vec<f64>, _>>()?;
        let data = planted::standardized(DIMENSION, inputs, &values, task.train)?;
        let mlp = |hidden: &[usize]| {
            Mlp::new(&[&[DIMENSION], hidden, &[1]].concat(), Activation::Relu)
                .map(|mlp| (mlp.parameters(), mlp))
        };
        let tree = |units| TreeMlp::new(DIMENSION, units, Activation::Relu);
        let (parameters, (test, trajectory)) = match task.network {
            Network::Tree(units) => {
                let tree = tree(units)?;
                (tree.parameters(), fit(&tree, &data, task, lab, &mut stream)?)
            }
            Network::MisplacedTree(units) => {
                let (tree, (train, test)) = (tree(units)?, &data);
                (tree.parameters(), fit(&tree, &(misplaced(train)?, misplaced(test)?), task, lab, &mut stream)?)
            }
            Network::Shallow(units) => {
                let (parameters, mlp) = mlp(&[units])?;
                (parameters, fit(&mlp, &data, task, lab, &mut stream)?)
            }
            Network::Deep(units) => {
                let (parameters, mlp) = mlp(&[units; 3])?;
                (parameters, fit(&mlp, &data, task, lab, &mut stream)?)
            }
        };
        Ok(Outcome { parameters, test, trajectory })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let tree = median_error(evidence, |network| matches!(network, Network::Tree(_)));
        let mut checks = Vec::new();
        for &network in shapes(evidence).iter().filter(|network| matches!(network, Network::Shallow(_))) {
            let error = median_error(evidence, |other| other == network);
            let what = format!("test error of the tree over that of {}", name(network));
            checks.push(Check::at_most(what, tree / error, 0.6));
        }
        let sentence =
            format!("A tree that is composed as the function leaves {tree:.3} of its variance unexplained.");
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut errors = Figure::new(
            "errors",
            "Test error against parameters",
            "One point a seed. With as many parameters, and with ten times as many, networks that do not know how the function is \
             composed stay far above the tree; so does a tree over misplaced inputs.",
            Axis::logarithmic("parameters"),
            Axis::linear("test error, relative to the variance"),
        );
        let mut training = Figure::new(
            "training",
            "Training error",
            "One seed. The wide shallow network learns its examples far better than it learns the function.",
            Axis::linear("updates"),
            Axis::logarithmic("training error, relative to the variance"),
        );
        for network in shapes(evidence) {
            let here = || evidence.iter().filter(move |e| e.task.network == network);
            errors =
                errors.points(name(network), here().map(|e| (e.outcome.parameters as f64, e.outcome.test)));
            let first = here().take(1).flat_map(|e| &e.outcome.trajectory);
            training = training.line(name(network), first.map(|point| (point.step as f64, point.loss)));
        }
        vec![errors, training]
    }
}

/// Trains a network, and tests it.
fn fit<A: Architecture>(
    network: &A,
    (train, test): &(Samples, Samples),
    task: &Task,
    lab: &Lab,
    stream: &mut Stream,
) -> Result<(f64, Vec<Point>), Failure> {
    let device = lab.device()?;
    let start = network.init(Initialization::HeNormal, Precision::F32, &device, stream)?;
    let schedule = Schedule::Cosine { rate: 5e-3, steps: task.steps };
    let training = Training::new(Loss::Squared, Optimizer::adam(), schedule)
        .batch(Batch::Size(256))
        .limit(Limit::Steps(task.steps))
        .record_every(10);
    let examples = |samples| Examples::new(samples, Precision::F32, &device);
    let trained = training.run_watched(start, &examples(train)?, stream, &mut lab.watch())?;
    lab.go_on()?;
    Ok((examples(test)?.loss(&trained.network, Loss::Squared)?, trained.trajectory))
}

fn misplaced(samples: &Samples) -> Result<Samples, Failure> {
    let inputs = samples.rows().flat_map(|row| MISPLACED.map(|i| row[i])).collect();
    Ok(samples.with_inputs(inputs)?)
}

/// Each shape once, in the order of the plan.
fn shapes(evidence: &[Evidence<Task, Outcome>]) -> Vec<Network> {
    let mut shapes = Vec::new();
    for network in evidence.iter().map(|e| e.task.network) {
        if !shapes.contains(&network) {
            shapes.push(network);
        }
    }
    shapes
}

fn median_error(evidence: &[Evidence<Task, Outcome>], of: impl Fn(Network) -> bool) -> f64 {
    let here = evidence.iter().filter(|e| of(e.task.network));
    median(&here.map(|e| e.outcome.test).collect::<Vec<_>>())
}

fn name(network: Network) -> String {
    match network {
        Network::Tree(units) => format!("tree of 2-{units}-1"),
        Network::MisplacedTree(units) => format!("tree of 2-{units}-1 over misplaced inputs"),
        Network::Shallow(units) => format!("8-{units}-1"),
        Network::Deep(units) => format!("8-{units}-{units}-{units}-1"),
    }
}
