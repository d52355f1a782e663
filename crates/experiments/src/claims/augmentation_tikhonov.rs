//! Noise in the inputs is a ridge penalty; augmentation buys the invariance that it encodes.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::data::augmentation::{ONE_PIXEL, shifted};
use saddlepoint_models::data::{DataSet, Samples};
use saddlepoint_models::device::Precision;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Batch, Optimizer};
use saddlepoint_theory::regularization::noise_injection::blurred_least_squares;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark, rows};
use crate::noisy_digits::{NoisyDigits, full_batch};
use crate::sample::{mean, standard_error};
use crate::verdict::{Check, Judgement};

/// Variance of the noise in the inputs of the linear model.
const VARIANCE: f64 = 0.3;

/// A part of the claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The expected loss of a linear model, by formula and by drawing.
    Linear {
        /// How often noise is drawn.
        draws: usize,
        /// Its seed.
        seed: u64,
    },
    /// A network on digits, with and without shifted ones.
    Digits {
        /// Steps.
        steps: usize,
        /// Seed of examples, start and batches.
        seed: u64,
    },
}

/// What a part measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Of the linear model.
    Linear {
        /// By the formula.
        formula: f64,
        /// Mean of the draws and its standard error.
        drawn: (f64, f64),
    },
    /// Test accuracies.
    Digits {
        /// Without augmentation: of digits as they are, and of shifted ones.
        plain: (f64, f64),
        /// With it.
        augmented: (f64, f64),
        /// A test digit and its shifts.
        images: Vec<Vec<f64>>,
    },
}

/// `augmentation-tikhonov`.
pub struct AugmentationTikhonov;

impl Claim for AugmentationTikhonov {
    const CARD: Card = Card {
        id: "augmentation-tikhonov",
        version: 1,
        title: "Noise in the inputs is a ridge penalty, and augmentation buys the invariance that it encodes",
        statement: r"For a linear model, noise $N$ of mean $0$ and variance $s^2$ in every input is Tikhonov regularization,
            exactly: $$\mathbb E\,\tfrac12\|y-(X+N)w\|^2=\tfrac12\|y-Xw\|^2+\tfrac12ns^2\|w\|^2 .$$
            Augmentation in general makes the network indifferent to what it adds, and to nothing else: with digits shifted
            by one pixel added to $200$ training digits, the test accuracy on shifted digits rises by at least $0.3$, that on
            digits as they are changes by at most $0.02$.",
        sources: &[Source {
            citation: "Bishop 1995, Training with noise is equivalent to Tikhonov regularization, Neural Computation 7, \
                       equations 3 to 9",
            identifier: None,
        }],
        hypotheses: &[
            "noise is independent from entry to entry; for networks the identity is the leading term as $s\\to0$",
            "a ReLU network $64$-$128$-$10$, Adam at rate $2\\cdot10^{-3}$, batches of $50$, as many steps with augmentation \
             as without; labels are right",
        ],
        kind: Kind::Training,
        tags: &["generalization", "regularization", "augmentation", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let linear = Task::Linear { draws: profile.pick(500, 5000, 50_000), seed };
        let steps = profile.pick(600, 1500, 4000);
        let digits = (1..=profile.pick(2, 5, 20)).map(|offset| Task::Digits { steps, seed: seed + offset });
        std::iter::once(linear).chain(digits).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Linear { draws, seed } => linear(draws, seed, lab),
            Task::Digits { steps, seed } => {
                let mut stream = Stream::new(seed);
                let digits = NoisyDigits::draw(0.0, lab, &mut stream)?;
                let start = digits.start(&mut stream);
                let moved = with_shifts(&digits.test)?.split_at(digits.test.len())?.1;
                let training = full_batch(Optimizer::adam(), steps).batch(Batch::Size(50));
                let scores = |on: &Samples, stream: &mut Stream| {
                    let trained = digits.fit(on, &training, &start, stream)?.network;
                    let accuracy = |on| digits.predict(&trained, on).map(|found| found.accuracy());
                    Ok::<_, Failure>((accuracy(&digits.test)?, accuracy(&moved)?))
                };
                let first = digits.test.select(&[0])?;
                Ok(Outcome::Digits {
                    plain: scores(&digits.train, &mut stream)?,
                    augmented: scores(&with_shifts(&digits.train)?, &mut stream)?,
                    images: with_shifts(&first)?.rows().map(<[f64]>::to_vec).collect(),
                })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { outcome, .. } in evidence {
            if let Outcome::Linear { formula, drawn: (found, error) } = outcome {
                checks.push(Check::absolute("expected loss by the formula", *formula, 3.38337914, 1e-8));
                checks.push(Check::at_most(
                    "mean of the draws from it, in standard errors",
                    (found - formula).abs() / error,
                    4.0,
                ));
            }
        }
        let [plain, plain_moved, augmented, augmented_moved] = columns(evidence).map(|column| mean(&column));
        checks.push(Check::at_least(
            "gain in test accuracy on shifted digits",
            augmented_moved - plain_moved,
            0.3,
        ));
        let change = (augmented - plain).abs();
        checks.push(Check::at_most("change of test accuracy on digits as they are", change, 0.02));
        let sentence = format!(
            "Shifted training digits raise the accuracy on shifted digits from {plain_moved:.2} to {augmented_moved:.2}, and \
             leave that on the others at {augmented:.2}."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let [plain, plain_moved, augmented, augmented_moved] = columns(evidence);
        let bars = |values: [&[f64]; 2]| Mark::Bars {
            categories: vec!["digits as they are".into(), "digits shifted by a pixel".into()],
            heights: values.map(mean).to_vec(),
        };
        let accuracy = Figure::new(
            "accuracy",
            "What augmentation buys",
            format!(
                "A shift by one pixel ruins a network that has seen none. With shifts among its examples it no longer minds \
                 them; on digits as they are nothing is gained. Means over seeds; the largest standard error is {:.3}.",
                [&plain, &plain_moved, &augmented, &augmented_moved]
                    .map(|values| standard_error(values))
                    .into_iter()
                    .fold(0.0, crate::verdict::maximum)
            ),
            Axis::linear("test digits"),
            Axis::linear("accuracy"),
        )
        .with("trained on 200 digits", bars([&plain, &plain_moved]))
        .with("trained on them and their four shifts", bars([&augmented, &augmented_moved]));
        let images = evidence.iter().find_map(|one| match &one.outcome {
            Outcome::Digits { images, .. } => Some(images.clone()),
            Outcome::Linear { .. } => None,
        });
        let shifts: Vec<_> = images.unwrap_or_default().iter().map(|image| rows(image, 8)).collect();
        let row = Figure::pictures(
            "shifts",
            "A digit and its four shifts",
            "To the eye five times the same digit; to a network without augmentation five different inputs.",
            &shifts,
            5,
            "pixel, from 0 to 1",
        );
        vec![accuracy, row]
    }
}

/// Accuracies by seed: plain and moved without augmentation, then with it.
fn columns(evidence: &[Evidence<Task, Outcome>]) -> [Vec<f64>; 4] {
    let mut columns: [Vec<f64>; 4] = Default::default();
    for one in evidence {
        if let Outcome::Digits { plain, augmented, .. } = &one.outcome {
            let found = [plain.0, plain.1, augmented.0, augmented.1];
            columns.iter_mut().zip(found).for_each(|(column, value)| column.push(value));
        }
    }
    columns
}

/// The samples, then their four shifts by one pixel.
fn with_shifts(samples: &Samples) -> Result<Samples, Failure> {
    let moved = ONE_PIXEL.into_iter().map(|(down, right)| shifted(samples, down, right));
    let all = moved.into_iter().try_fold(samples.clone(), |all, moved| all.concat(&moved?));
    Ok(all?)
}

fn linear(draws: usize, seed: u64, lab: &Lab) -> Result<Outcome, Failure> {
    let mut data = Stream::new(22);
    let design = DMatrix::from_row_slice(6, 5, &data.normals(30));
    let (labels, weights) = (data.normals(6), data.normals(5));
    let formula = blurred_least_squares(&design, &labels, VARIANCE)?.value(&weights)?;
    let mut stream = Stream::new(seed);
    let (targets, vector) = (DVector::from_column_slice(&labels), DVector::from_column_slice(&weights));
    let mut losses = Vec::with_capacity(draws);
    for _ in 0..draws {
        lab.go_on()?;
        let blurred = &design + DMatrix::from_row_slice(6, 5, &stream.normals(30)) * VARIANCE.sqrt();
        losses.push(0.5 * (&targets - blurred * &vector).norm_squared());
    }
    Ok(Outcome::Linear { formula, drawn: (mean(&losses), standard_error(&losses)) })
}
