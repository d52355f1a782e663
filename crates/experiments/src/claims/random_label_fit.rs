//! Networks that generalize on true labels also fit random ones.

use saddlepoint_models::data::{DataError, DataSet, Samples, corruption, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Batch, Examples, Limit, Loss, Optimizer, Point, Schedule, Stop, Training};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// What is done to the digits before training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Corruption {
    /// This fraction of the training labels is replaced by uniformly random ones.
    Labels(f64),
    /// The pixels of every image are rearranged in one and the same order.
    ShuffledPixels,
    /// The pixels of each image are rearranged in an order of its own.
    RandomPixels,
    /// The images are replaced by Gaussian noise with their mean and variance.
    Gaussian,
}

/// One network to train.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    corruption: Corruption,
    seed: u64,
}

/// How its training went.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    trajectory: Vec<Point>,
    test_accuracy: f64,
}

impl Outcome {
    fn end(&self) -> Option<&Point> {
        self.trajectory.last()
    }

    fn epochs(&self) -> f64 {
        self.end().map_or(f64::NAN, |point| point.epoch as f64)
    }

    fn train_accuracy(&self) -> f64 {
        self.end().and_then(|point| point.accuracy).unwrap_or(f64::NAN)
    }
}

/// `random-label-fit`.
pub struct RandomLabelFit;

impl Claim for RandomLabelFit {
    const CARD: Card = Card {
        id: "random-label-fit",
        version: 1,
        title: "The same network fits true labels, random labels and noise",
        statement: r"A network with more parameters than examples, trained by a gradient method from random
            initialization, reaches training accuracy $1$ on true labels, on labels of which any fraction is
            replaced by random ones, on images with shuffled pixels and on Gaussian noise. Fitting random labels
            takes only a small factor more epochs, and the test accuracy then falls to chance: the capacity of
            the network does not explain why it generalizes.

            Here: $1{,}000$ of the UCI digits, a ReLU network $64$-$512$-$10$ ($38{,}410$ parameters), Adam at
            rate $10^{-3}$, batches of $100$, until every training example is classified correctly.",
        sources: &[Source {
            citation: "Zhang, Bengio, Hardt, Recht, Vinyals 2017, Understanding deep learning requires rethinking \
                       generalization, section 2",
            identifier: Some("arXiv:1611.03530"),
        }],
        hypotheses: &[
            "more parameters than examples",
            "inputs are pairwise distinct (otherwise two of them may carry different labels)",
        ],
        kind: Kind::Training,
        tags: &["generalization", "interpolation", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        use Corruption::{Gaussian, Labels, RandomPixels, ShuffledPixels};
        let smoke = [Labels(0.0), Labels(1.0), ShuffledPixels];
        let all = [
            Labels(0.0),
            Labels(0.25),
            Labels(0.5),
            Labels(0.75),
            Labels(1.0),
            ShuffledPixels,
            RandomPixels,
            Gaussian,
        ];
        let corruptions: &[Corruption] = profile.pick(&smoke, &all, &all);
        (1..=profile.pick(1, 3, 10))
            .flat_map(|offset| {
                corruptions.iter().map(move |&corruption| Task { corruption, seed: seed + offset })
            })
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (device, mut stream) = (lab.device()?, Stream::new(task.seed));
        let (train, test) = digits::split()?;
        let (train, test) = corrupt(task.corruption, &train, &test, &mut stream)?;
        let network = Mlp::new(&[64, 512, 10], Activation::Relu)?.init(
            Initialization::HeNormal,
            Precision::F32,
            &device,
            &mut stream,
        )?;
        let training = Training::new(Loss::CrossEntropy, Optimizer::adam(), Schedule::Constant { rate: 1e-3 })
            .batch(Batch::Size(100))
            .limit(Limit::Epochs(1000))
            .stop(Stop::Accuracy(1.0))
            .record_every(5);
        let train = Examples::new(&train, Precision::F32, &device)?;
        let trained = training.run_watched(network, &train, &mut stream, &mut lab.watch())?;
        lab.go_on()?;
        let test = Examples::new(&test, Precision::F32, &device)?;
        Ok(Outcome { test_accuracy: test.accuracy(&trained.network)?, trajectory: trained.trajectory })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mean = |corruption: Corruption, value: fn(&Outcome) -> f64| {
            let values: Vec<f64> = evidence
                .iter()
                .filter(|one| one.task.corruption == corruption)
                .map(|one| value(&one.outcome))
                .collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let least = evidence.iter().map(|one| one.outcome.train_accuracy()).fold(1.0, minimum);
        let mut checks = vec![Check::at_least("lowest training accuracy of all runs", least, 1.0)];
        let (clean, random) = (Corruption::Labels(0.0), Corruption::Labels(1.0));
        let epochs = |corruption| mean(corruption, Outcome::epochs).unwrap_or(f64::NAN);
        let ratio = epochs(random) / epochs(clean);
        checks.push(Check::within("epochs for random labels over epochs for true ones", ratio, 2.0..=20.0));
        let test = |corruption| mean(corruption, |outcome| outcome.test_accuracy);
        let chance = test(random).unwrap_or(f64::NAN);
        checks.push(Check::within("test accuracy after random labels", chance, 0.05..=0.16));
        let falling: Vec<f64> =
            [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().filter_map(|f| test(Corruption::Labels(f))).collect();
        let steps = falling.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::NEG_INFINITY, maximum);
        checks.push(Check::at_most("largest rise of test accuracy as more labels are random", steps, 0.0));
        let shuffled =
            test(Corruption::ShuffledPixels).zip(test(clean)).map_or(f64::NAN, |(a, b)| (a - b).abs());
        checks.push(Check::at_most("test accuracy with shuffled pixels, difference from true", shuffled, 0.02));
        let sentence = format!(
            "Random labels are fitted in {ratio:.1} times the epochs of true ones, with test accuracy at chance \
             ({chance:.3})."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let first = evidence.iter().map(|one| one.task.seed).min();
        let mut fit = Figure::new(
            "training",
            "Training accuracy on true labels, random labels and noise",
            "Every curve reaches 1: true labels first, random labels after a few times as many epochs.",
            Axis::linear("epoch"),
            Axis::linear("training accuracy"),
        );
        for one in evidence.iter().filter(|one| Some(one.task.seed) == first) {
            let points = one.outcome.trajectory.iter();
            let curve = points.filter_map(|point| Some((point.epoch as f64, point.accuracy?)));
            fit = fit.line(name(one.task.corruption), curve);
        }
        let test = |corruption: f64| {
            evidence
                .iter()
                .filter(move |one| one.task.corruption == Corruption::Labels(corruption))
                .map(move |one| (corruption, one.outcome.test_accuracy))
        };
        let fractions = [0.0, 0.25, 0.5, 0.75, 1.0];
        let generalization = Figure::new(
            "test",
            "Test accuracy of networks that fit their training labels perfectly",
            "All of these networks have training accuracy 1; what they know of new digits falls from near 1 to \
             chance as more of their training labels are random.",
            Axis::linear("fraction of random labels"),
            Axis::linear("test accuracy"),
        )
        .points("test accuracy, one point a seed", fractions.into_iter().flat_map(test))
        .reference("chance", [(0.0, 0.1), (1.0, 0.1)]);
        vec![fit, generalization]
    }
}

fn corrupt(
    corruption: Corruption,
    train: &Samples,
    test: &Samples,
    stream: &mut Stream,
) -> Result<(Samples, Samples), DataError> {
    Ok(match corruption {
        Corruption::Labels(fraction) => (corruption::random_labels(train, fraction, stream)?, test.clone()),
        Corruption::ShuffledPixels => {
            let order = stream.permutation(train.dimension());
            (corruption::shuffled_pixels(train, &order)?, corruption::shuffled_pixels(test, &order)?)
        }
        Corruption::RandomPixels => {
            (corruption::random_pixels(train, stream)?, corruption::random_pixels(test, stream)?)
        }
        Corruption::Gaussian => {
            (corruption::gaussian_inputs(train, stream)?, corruption::gaussian_inputs(test, stream)?)
        }
    })
}

fn name(corruption: Corruption) -> String {
    match corruption {
        Corruption::Labels(0.0) => "true labels".into(),
        Corruption::Labels(fraction) => format!("{:.0} % random labels", 100.0 * fraction),
        Corruption::ShuffledPixels => "pixels shuffled, all alike".into(),
        Corruption::RandomPixels => "pixels shuffled, each its own way".into(),
        Corruption::Gaussian => "Gaussian noise".into(),
    }
}
