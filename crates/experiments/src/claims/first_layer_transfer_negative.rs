//! A first layer learnt on one task and frozen is enough for the next: so it is printed, and it is not.

use std::collections::BTreeSet;

use saddlepoint_models::data::{DataError, DataSet, Samples, Targets, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Batch, Limit, Loss, Optimizer, Schedule, Training};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample::{mean, standard_error};
use crate::trained_relu::{first_layer_features, relu_network};
use crate::verdict::{Check, Judgement};

/// The claim `first-layer-transfer-negative`.
pub struct FirstLayerTransferNegative;

/// One pair of tasks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Units of the hidden layer.
    units: usize,
    /// Training examples of the second task.
    examples: usize,
    seed: u64,
}

/// Test accuracy on the second task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The first layer of the first task, frozen.
    transferred: f64,
    /// A first layer as it was drawn, frozen.
    random: f64,
    /// The first layer of the first task as a start.
    tuned: f64,
    /// A network that never saw the first task.
    scratch: f64,
}

/// One of the accuracies.
type Value = fn(&Outcome) -> f64;

/// Digits, and so outputs, of a task.
const CLASSES: usize = 5;
/// Pixels of a digit.
const PIXELS: usize = 64;

impl Claim for FirstLayerTransferNegative {
    const CARD: Card = Card {
        id: "first-layer-transfer-negative",
        version: 1,
        title: "Not so: lower layers that were trained on another task need not be retrained",
        statement: "Printed in lecture notes: first layers learn features of images in general, so that a new task needs no new \
            training of the lower layers.\n\n\
            Here a ReLU network $64$-$H$-$5$ learns the digits $0$ to $4$; its first layer is then frozen, and only a new last layer \
            learns $5$ to $9$ from $n$ examples. A network trained from scratch on these $n$ examples alone is better by at least 1 point \
            of test accuracy at $H = 32$, $n = 200$, and not worse in any setting.\n\n\
            Training: cross-entropy, Adam at rate $10^{-2}$, batches of 50, 1,000 steps, each time, from normal weights of variance \
            two over the number of inputs.\n\n\
            Whether the frozen layer is worth more than a frozen random one is shown, and not judged. An earlier version of this card \
            asked for 2 points at $H = 32$: the difference lies between -3 and 2 points as the lengths of both trainings change, \
            while its standard error over sixteen seeds is near 1 point. Seeds were drawn anew since.",
        sources: &[
            Source {
                citation: "Yao, On Mathematical Theories of Deep Learning, lecture notes: the statement that is refuted",
                identifier: None,
            },
            Source {
                citation: "Yosinski, Clune, Bengio, Lipson, How transferable are features in deep neural networks?, NeurIPS 2014, \
                    section 4: features are more or less general, layer by layer",
                identifier: Some("arXiv:1411.1792"),
            },
        ],
        hypotheses: &["the second task has enough examples to learn a first layer from: 200 of 8 × 8 pixels"],
        kind: Kind::Training,
        tags: &["representation", "transfer", "digits", "negative"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let settings: &[(usize, usize)] = profile.pick(
            &[(32, 200)],
            &[(8, 200), (16, 200), (32, 200), (64, 200), (64, 50)],
            &[
                (8, 20),
                (8, 50),
                (8, 200),
                (16, 20),
                (16, 50),
                (16, 200),
                (32, 20),
                (32, 50),
                (32, 200),
                (64, 20),
                (64, 50),
                (64, 200),
            ],
        );
        let seeds = profile.pick(4, 8, 20);
        let of =
            |&(units, examples)| (101..=100 + seeds).map(move |k| Task { units, examples, seed: seed + k });
        settings.iter().flat_map(of).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (engine, mut stream) = (lab.engine()?, Stream::new(task.seed));
        let (train, test) = digits::split()?;
        let (first, second) = (class_range(&train, 0)?, class_range(&train, CLASSES)?);
        let second = second.select(&stream.permutation(second.len())[..task.examples.min(second.len())])?;
        let test = class_range(&test, CLASSES)?;
        let widths = [PIXELS, task.units, CLASSES];
        let whole = Mlp::new(&widths, Activation::Relu)?;
        let last = Mlp::new(&widths[1..], Activation::Relu)?;
        let first_layer = whole.parameters() - last.parameters();
        let risk = |network: &Mlp, samples: &Samples| {
            EmpiricalRisk::new(network, samples, Loss::CrossEntropy, Precision::F32, &engine)
        };
        let mut train = |network: &Mlp, samples: &Samples, start: &[f64]| -> Result<Vec<f64>, Failure> {
            let training =
                Training::new(Loss::CrossEntropy, Optimizer::adam(), Schedule::Constant { rate: 1e-2 })
                    .batch(Batch::Size(samples.len().min(50)))
                    .limit(Limit::Steps(1000));
            let mut batches = stream.split();
            let trained =
                risk(network, samples)?.train_watched(&training, start, &mut batches, &mut lab.watch())?;
            lab.go_on()?;
            Ok(trained.network)
        };
        let mut starts = Stream::new(task.seed).split();
        let mut draw = |network: &Mlp| network.draw(Initialization::HeNormal, &mut starts);
        let source = train(&whole, &first, &draw(&whole))?;
        let fresh = draw(&whole);
        let mut tuned = source.clone();
        tuned[first_layer..].copy_from_slice(&fresh[first_layer..]);
        let mut frozen = |parameters: &[f64]| -> Result<f64, Failure> {
            let network = relu_network(&widths, parameters)?;
            let [seen, unseen] = [&second, &test].map(|samples| first_layer_features(&network, samples));
            let trained = train(&last, &seen?, &fresh[first_layer..])?;
            Ok(risk(&last, &unseen?)?.accuracy(&trained)?)
        };
        let (transferred, random) = (frozen(&source)?, frozen(&fresh)?);
        let mut all = |start: &[f64]| -> Result<f64, Failure> {
            Ok(risk(&whole, &test)?.accuracy(&train(&whole, &second, start)?)?)
        };
        Ok(Outcome { transferred, random, tuned: all(&tuned)?, scratch: all(&fresh)? })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let missing = gap(evidence, 32, 200, |o| o.scratch - o.transferred);
        let mut checks = vec![Check::at_least(
            "accuracy from scratch over a transferred layer, H = 32, n = 200",
            missing,
            0.01,
        )];
        let settings: BTreeSet<_> = evidence.iter().map(|e| (e.task.units, e.task.examples)).collect();
        for (units, examples) in settings.into_iter().filter(|&setting| setting != (32, 200)) {
            let what = format!("accuracy from scratch over a transferred layer, H = {units}, n = {examples}");
            checks.push(Check::at_least(
                what,
                gap(evidence, units, examples, |o| o.scratch - o.transferred),
                0.0,
            ));
        }
        let sentence = format!(
            "A frozen first layer from another task gives {:.1} points less than training from scratch, and {:.1} more than a random one.",
            100.0 * missing,
            100.0 * gap(evidence, 32, 200, |o| o.transferred - o.random)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let plot = Figure::new(
            "accuracy",
            "What a first layer from another task is worth, with 200 examples of the new one",
            "A frozen layer, from the first task or random, stays below networks whose first layer may learn, whether it starts from \
             the first task or from nothing. Bars are standard errors.",
            Axis::logarithmic("units of the first layer H"),
            Axis::linear("test accuracy on the second task"),
        );
        let widths: BTreeSet<usize> =
            evidence.iter().filter(|e| e.task.examples == 200).map(|e| e.task.units).collect();
        let kinds: [(_, Value); 4] = [
            ("trained from scratch", |o| o.scratch),
            ("first layer transferred, then tuned", |o| o.tuned),
            ("first layer transferred, frozen", |o| o.transferred),
            ("first layer random, frozen", |o| o.random),
        ];
        vec![kinds.into_iter().fold(plot, |plot, (name, value)| {
            let point = |&units: &usize| {
                let values = values(evidence, units, 200, value);
                (units as f64, mean(&values), standard_error(&values))
            };
            plot.measured(name, widths.iter().map(point))
        })]
    }
}

/// The samples of five classes from this one on, which become the classes 0 to 4.
fn class_range(samples: &Samples, from: usize) -> Result<Samples, DataError> {
    let (labels, _) = samples.labels()?;
    let kept: Vec<usize> =
        (0..samples.len()).filter(|&i| (from..from + CLASSES).contains(&labels[i])).collect();
    let labels = kept.iter().map(|&i| labels[i] - from).collect();
    samples.select(&kept)?.with_targets(Targets::Classes { labels, classes: CLASSES })
}

fn values(
    evidence: &[Evidence<Task, Outcome>],
    units: usize,
    examples: usize,
    value: impl Fn(&Outcome) -> f64,
) -> Vec<f64> {
    let here = evidence.iter().filter(|e| (e.task.units, e.task.examples) == (units, examples));
    here.map(|e| value(&e.outcome)).collect()
}

fn gap(
    evidence: &[Evidence<Task, Outcome>],
    units: usize,
    examples: usize,
    difference: impl Fn(&Outcome) -> f64,
) -> f64 {
    mean(&values(evidence, units, examples, difference))
}
