//! What a trained network's deepest units answer to most, among images that are likely and among images that are only small.

use nalgebra::DVector;
use saddlepoint_models::data::{DataSet, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Batch, Limit, Loss, Optimizer, Schedule, Training, cross_entropy};
use saddlepoint_theory::representation::activation_maximization::{DeepUnit, GaussianPrior, Maximum, maximize};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, rows};
use crate::sample::{mean, median};
use crate::trained_relu::dense_layers;
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `deep-activation-maximisation`.
pub struct DeepActivationMaximisation;

/// Two networks that learn the same digits from different starts: one is looked into, the other looks at what was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    seed: u64,
}

/// What was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Test accuracy of both networks.
    accuracy: [f64; 2],
    /// For each digit, among likely images.
    likely: Vec<Found>,
    /// For each digit, among images that are as near to the mean in pixels.
    near: Vec<Found>,
}

/// The image of one unit of the last layer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found {
    image: Vec<f64>,
    /// The activation, step by step.
    activations: Vec<f64>,
    /// What is left to be gained, to first order.
    gap: f64,
    /// The largest activation of a training image, moved to the same distance from the mean.
    best_training: f64,
    /// How far out the prior sees the image, over the median training image.
    unlikeness: f64,
    /// Minus the logarithm of the probability that the other network gives to the digit.
    surprise: f64,
    /// Whether the digit is the other network's first choice.
    recognized: bool,
}

const SIDE: usize = 8;
const WIDTHS: [usize; 4] = [SIDE * SIDE, 32, 32, 10];
/// Variance that the prior gives to every pixel: a tenth of the range, squared.
const RIDGE: f64 = 0.01;
const STEPS: usize = 300;

impl Claim for DeepActivationMaximisation {
    const CARD: Card = Card {
        id: "deep-activation-maximisation",
        version: 1,
        title: "What excites a deep unit most is a likely image under an image prior, and an unlikely one without",
        statement: "The image that excites a unit most is sought by projected gradient ascent from the mean image, within a ball \
            that holds half of the training images. In pixels, $\\lVert x-\\mu\\rVert\\le r$, ascent leaves what digits are like: it uses \
            pixels that are always dark, of which training said nothing. Measured by the Gaussian image prior, \
            $(x-\\mu)^\\top\\Sigma^{-1}(x-\\mu)$ with the mean $\\mu$ and the covariance $\\Sigma$ of the training images, what it finds is at least a \
            quarter farther out than the median of these. Within the prior's own ball it finds an image that another network, trained from another \
            start, takes for the digit of the unit, with less surprise than the images without the prior.\n\n\
            Ascent is checked, not believed: each step gains, no training image, moved to the same distance, excites the unit \
            more, and what is left to be gained to first order is below a millionth of what was.\n\n\
            Networks here are $64$-$32$-$32$-$10$ with tanh; units are those of the last layer. Training: cross-entropy, Adam at rate $3\\cdot10^{-3}$, batches of 50, \
            1,000 steps. The prior adds a variance of $0.01$ to each pixel.\n\n\
            A first version asked that each image without the prior be more unlikely than all training images: the least of \
            thirty was 0.83 times as far as the farthest of these. Seeds were drawn anew since.",
        sources: &[
            Source {
                citation: "Simonyan, Vedaldi, Zisserman, Deep inside convolutional networks: visualising image classification models \
                    and saliency maps, 2013, equation 1",
                identifier: Some("arXiv:1312.6034"),
            },
            Source {
                citation: "Mahendran, Vedaldi, Visualizing deep convolutional neural networks using natural pre-images, IJCV 120, 2016",
                identifier: Some("arXiv:1512.02017"),
            },
        ],
        hypotheses: &[
            "units are smooth: at the kinks of ReLU networks the conditions of a maximum need multipliers of their own",
            "what ascent finds is a local maximum: that no training image is better is measured, not proven",
        ],
        kind: Kind::Training,
        tags: &["representation", "features", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F64),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        (101..=100 + profile.pick(1, 3, 20)).map(|k| Task { seed: seed + k }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (engine, mut stream) = (lab.engine()?, Stream::new(task.seed));
        let (train, test) = digits::split()?;
        let precision = lab.precision(Precision::F64);
        let network = Mlp::new(&WIDTHS, Activation::Tanh)?;
        let risk = |samples| EmpiricalRisk::new(&network, samples, Loss::CrossEntropy, precision, &engine);
        let training = Training::new(Loss::CrossEntropy, Optimizer::adam(), Schedule::Constant { rate: 3e-3 })
            .batch(Batch::Size(50))
            .limit(Limit::Steps(1000));
        let mut learn = || -> Result<_, Failure> {
            let start = network.draw(Initialization::GlorotNormal, &mut stream);
            let trained = risk(&train)?.train_watched(&training, &start, &mut stream, &mut lab.watch())?;
            lab.go_on()?;
            let accuracy = risk(&test)?.accuracy(&trained.network)?;
            let layers = dense_layers(&WIDTHS, &trained.network)?;
            let units = (0..10).map(|digit| DeepUnit::new(&layers, digit)).collect::<Result<Vec<_>, _>>()?;
            Ok((accuracy, units))
        };
        let ((first, units), (second, judges)) = (learn()?, learn()?);
        let images: Vec<_> = train.rows().map(DVector::from_column_slice).collect();
        let prior = GaussianPrior::of(&train.rows().collect::<Vec<_>>(), RIDGE)?;
        let within = |ball: &GaussianPrior| {
            let distances = images.iter().map(|x| ball.distance(x)).collect::<Result<Vec<_>, _>>()?;
            let radius = median(&distances);
            let find = |digit: usize| {
                lab.go_on()?;
                let best = maximize(&units[digit], ball, radius, STEPS)?;
                found(best, digit, &units, &judges, &images, ball, &prior)
            };
            (0..10).map(find).collect::<Result<Vec<_>, Failure>>()
        };
        Ok(Outcome {
            accuracy: [first, second],
            likely: within(&prior)?,
            near: within(&prior.without_shape())?,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let all = || evidence.iter().flat_map(|e| e.outcome.likely.iter().chain(&e.outcome.near));
        let least = |values: &mut dyn Iterator<Item = f64>| values.reduce(minimum).unwrap_or(f64::NAN);
        let likely: Vec<&Found> = evidence.iter().flat_map(|e| &e.outcome.likely).collect();
        let near: Vec<&Found> = evidence.iter().flat_map(|e| &e.outcome.near).collect();
        let gains = |found: &Found| found.activations.windows(2).map(|pair| pair[1] - pair[0]).reduce(minimum);
        let share = |found: &[&Found]| {
            mean(&found.iter().map(|f| f64::from(u8::from(f.recognized))).collect::<Vec<_>>())
        };
        let surprise = |found: &[&Found]| mean(&found.iter().map(|f| f.surprise).collect::<Vec<_>>());
        let known = share(&likely);
        let checks = vec![
            Check::at_least(
                "least test accuracy of a network",
                least(&mut evidence.iter().flat_map(|e| e.outcome.accuracy)),
                0.9,
            ),
            Check::at_least(
                "least gain of a step",
                least(&mut all().map(|found| gains(found).unwrap_or(f64::NAN))),
                0.0,
            ),
            Check::at_most(
                "largest gain that is left to first order, over what was gained",
                all().map(|found| found.gap / gained(found)).reduce(maximum).unwrap_or(f64::NAN),
                1e-6,
            ),
            Check::at_least(
                "least excess of an activation over that of any training image at the same distance",
                least(&mut all().map(|found| peak(found) - found.best_training)),
                0.0,
            ),
            Check::at_least(
                "without the prior: least distance of an image in the prior's measure, over that of the median training image",
                least(&mut near.iter().map(|found| found.unlikeness)),
                1.25,
            ),
            Check::at_least("with the prior: share of images that the other network recognizes", known, 0.9),
            Check::at_most(
                "mean surprise of the other network with the prior, over that without",
                surprise(&likely) / surprise(&near),
                1.0,
            ),
        ];
        let sentence = format!(
            "Another network recognizes {:.0} % of the images that were found with the prior; it also recognizes {:.0} % of those without, \
             although they are unlikely.",
            100.0 * known,
            100.0 * share(&near)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let Some(Evidence { outcome, .. }) = evidence.first() else { return Vec::new() };
        let picture = |found: &Found| rows(&found.image, SIDE);
        let rows: Vec<_> = outcome.likely.iter().chain(&outcome.near).map(picture).collect();
        let images = Figure::pictures(
            "images",
            "What excites the units for 0 to 9 most, with a prior and without",
            "Upper two rows: among likely images. Lower two: among images that are near to the mean in pixels; dots stand at the edges, \
             where digits are always dark. All are local maxima: what a digit is, is more than what excites its unit most.",
            &rows,
            5,
            "pixel",
        );
        let mut ascent = Figure::new(
            "ascent",
            "Ascent of ten units among likely images",
            "Each step gains. All start from the mean image; dots at the right are the best training images at the same distance.",
            Axis::linear("steps"),
            Axis::linear("activation"),
        );
        let shown = outcome.likely.iter().map(|found| found.activations.len()).max().unwrap_or(0).min(60);
        for (digit, found) in outcome.likely.iter().enumerate() {
            let path = found.activations.iter().take(shown).enumerate();
            ascent = ascent.line(format!("digit {digit}"), path.map(|(step, a)| (step as f64, *a)));
        }
        let best = outcome.likely.iter().map(|found| (shown as f64, found.best_training));
        vec![images, ascent.points("best training images", best)]
    }
}

/// What another network, and the training images, say of a maximum.
fn found(
    best: Maximum,
    digit: usize,
    units: &[DeepUnit],
    judges: &[DeepUnit],
    images: &[DVector<f64>],
    ball: &GaussianPrior,
    prior: &GaussianPrior,
) -> Result<Found, Failure> {
    let distance = ball.distance(&best.image)?;
    let mut best_training = f64::NEG_INFINITY;
    let mut distances = Vec::with_capacity(images.len());
    for image in images {
        let moved = ball.at_distance(image, distance)?;
        best_training = maximum(best_training, units[digit].activation(&moved)?);
        distances.push(prior.distance(image)?);
    }
    let outputs = judges.iter().map(|judge| judge.activation(&best.image)).collect::<Result<Vec<_>, _>>()?;
    let largest = outputs.iter().copied().reduce(maximum).unwrap_or(f64::NAN);
    Ok(Found {
        activations: best.activations,
        gap: best.gap,
        best_training,
        unlikeness: prior.distance(&best.image)? / median(&distances),
        surprise: cross_entropy(&outputs, digit).ok_or("no unit judges the digit")?,
        recognized: outputs[digit] >= largest,
        image: best.image.as_slice().to_vec(),
    })
}

/// What ascent gained.
fn gained(found: &Found) -> f64 {
    peak(found) - found.activations.first().copied().unwrap_or(f64::NAN)
}

fn peak(found: &Found) -> f64 {
    found.activations.last().copied().unwrap_or(f64::NAN)
}
