//! What excites a unit most: its own weights in the first layer, noise in deeper ones unless a prior forbids it.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::activation_maximization::{
    FirstLayerUnit, Maximizer, SecondLayerUnit, roughness, smooth_prior,
};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Figure, rows};
use crate::verdict::{Check, Judgement, maximum, minimum};

const SIDE: usize = 8;
const UNITS: usize = 64;
const PENALTY: f64 = 0.1;

/// The claim `activation-maximisation`.
pub struct ActivationMaximisation;

/// Units of a random network on images of 8 × 8 pixels.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(tag = "layer", rename_all = "kebab-case")]
pub enum Task {
    /// 64 units of the first layer.
    First {
        /// Of weights, biases and starts.
        seed: u64,
    },
    /// One unit of the second, with priors of growing strength against roughness.
    Second {
        /// Of weights and the start.
        seed: u64,
    },
}

/// Where ascent ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "layer", rename_all = "kebab-case")]
pub enum Outcome {
    /// Of 64 units of the first layer.
    First {
        /// Units whose maximizer is their pattern.
        patterns: usize,
        /// The least cosine between the end of ascent and the weights.
        cosine: f64,
        /// The largest distance of the end from `w/λ`, relative.
        distance: f64,
    },
    /// Of one unit of the second.
    Second {
        /// Strength of the prior.
        strengths: Vec<f64>,
        /// Roughness of what ascent finds.
        roughness: Vec<f64>,
        /// How far the end is from a stationary point, relative.
        stationary: Vec<f64>,
        /// What is found with the weakest and the strongest prior.
        images: [Vec<f64>; 2],
    },
}

impl Claim for ActivationMaximisation {
    const CARD: Card = Card {
        id: "activation-maximisation",
        version: 1,
        title: "The input that excites a first-layer unit most is its weights; deeper units need an image prior",
        statement: r"$\arg\max_x\ \mathrm{relu}(\langle w,x\rangle+b)-\tfrac\lambda2\lVert x\rVert^2=w/\lambda$, if $\lVert w\rVert^2/2\lambda+b>0$. Gradient
            ascent from an active input ends there as soon as $\lVert w\rVert^2/\lambda+b>0$; between the two conditions it shows a local maximum that is
            not worth its cost.

            A unit of the second layer is linear in each activation region, with a stationary point $Q^{-1}\nabla$ under the prior
            $\tfrac12x^\top Qx$. Of random weights, it is as rough as noise for $Q=\lambda I$, and the smoother the more $Q$ charges for
            differences between neighbouring pixels: the pattern that is shown is the prior's as much as the unit's.",
        sources: &[
            Source {
                citation: "Erhan, Bengio, Courville, Vincent, Visualizing higher-layer features of a deep network, University of \
                    Montreal 2009",
                identifier: None,
            },
            Source {
                citation: "Mahendran, Vedaldi, Visualizing deep convolutional neural networks using natural pre-images, IJCV 120, 2016",
                identifier: Some("arXiv:1512.02017"),
            },
        ],
        hypotheses: &["ascent starts at an input that excites the unit", "random weights: nothing is trained"],
        kind: Kind::Exact,
        tags: &["representation", "features"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let seeds = seed..seed + profile.pick(2, 5, 50);
        seeds.flat_map(|seed| [Task::First { seed }, Task::Second { seed }]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let pixels = SIDE * SIDE;
        let scale = (2.0 / pixels as f64).sqrt();
        match *task {
            Task::First { seed } => {
                let mut stream = Stream::new(seed);
                let (mut patterns, mut cosine, mut distance) = (0, f64::INFINITY, 0.0f64);
                for _ in 0..UNITS {
                    let weights = DVector::from_vec(stream.normals(pixels)) * scale;
                    let unit = FirstLayerUnit::new(weights, 0.1 * stream.normal())?;
                    // About every second random input excites the unit.
                    let start = std::iter::repeat_with(|| DVector::from_vec(stream.normals(pixels)))
                        .take(1000)
                        .find(|x| unit.activation(x) > 0.0)
                        .ok_or("no random input excites the unit")?;
                    let end = unit.ascend(&start, PENALTY, 200)?;
                    patterns += usize::from(matches!(unit.maximizer(PENALTY)?, Maximizer::Pattern(_)));
                    cosine = minimum(cosine, end.dot(unit.weights()) / (end.norm() * unit.weights().norm()));
                    let pattern = unit.weights() / PENALTY;
                    distance = maximum(distance, (&end - &pattern).norm() / pattern.norm());
                }
                Ok(Outcome::First { patterns, cosine, distance })
            }
            Task::Second { seed } => {
                let mut stream = Stream::new(seed);
                let first = DMatrix::from_vec(UNITS, pixels, stream.normals(UNITS * pixels)) * scale;
                let unit = SecondLayerUnit::new(first, DVector::from_vec(stream.normals(UNITS)))?;
                let start = DVector::from_vec(stream.normals(pixels));
                let strengths = vec![0.0, 0.1, 1.0, 10.0];
                let (mut rough, mut stationary, mut images) = (Vec::new(), Vec::new(), Vec::new());
                for strength in &strengths {
                    lab.go_on()?;
                    let prior = smooth_prior(SIDE, PENALTY, *strength)?;
                    let end = unit.ascend(&start, &prior, 500)?;
                    rough.push(roughness(SIDE, &end)?);
                    stationary.push((&prior * &end - unit.slope(&end)).norm() / unit.slope(&end).norm());
                    images.push(end.as_slice().to_vec());
                }
                let images = [images.swap_remove(0), images.pop().unwrap_or_default()];
                Ok(Outcome::Second { strengths, roughness: rough, stationary, images })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (Task::First { seed }, Outcome::First { patterns, cosine, distance }) => {
                    checks.push(Check::equal(
                        format!("units of {UNITS} whose maximizer is their pattern, seed {seed}"),
                        *patterns,
                        UNITS,
                    ));
                    checks.push(Check::at_least(
                        format!("least cosine to the weights, seed {seed}"),
                        *cosine,
                        0.999,
                    ));
                    checks.push(Check::at_most(
                        format!("largest distance from w/λ, seed {seed}"),
                        *distance,
                        1e-12,
                    ));
                }
                (Task::Second { seed }, Outcome::Second { roughness, .. }) => {
                    let falling = roughness.windows(2).all(|pair| pair[1] < pair[0]);
                    checks.push(Check::holds(
                        format!("roughness falls as the prior grows, seed {seed}"),
                        falling && roughness.len() == 4,
                        roughness.iter().map(|r| crate::verdict::show(*r)).collect::<Vec<_>>().join(", "),
                        "falling",
                    ));
                    let ratio = roughness
                        .first()
                        .zip(roughness.last())
                        .map_or(f64::NAN, |(weak, strong)| weak / strong);
                    checks.push(Check::at_least(
                        format!("roughness without prior over that with the strongest, seed {seed}"),
                        ratio,
                        3.0,
                    ));
                }
                _ => (),
            }
        }
        let sentence = "Ascent ends at the weights of every first-layer unit; in the second layer the prior decides how smooth the answer is.";
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let second = evidence.iter().find_map(|e| match &e.outcome {
            Outcome::Second { images, .. } => Some(images),
            Outcome::First { .. } => None,
        });
        let Some(images) = second else { return Vec::new() };
        let parts = [
            (
                "without-prior",
                "without a prior",
                "A unit of the second layer with random weights: what excites it most for its cost looks like noise.",
            ),
            (
                "with-prior",
                "with a prior against roughness",
                "The same unit: charged for differences between neighbouring pixels, the answer is smooth. Much of what one sees is the prior.",
            ),
        ];
        parts
            .into_iter()
            .zip(images)
            .map(|((id, title, caption), image)| {
                let rows = rows(image, SIDE);
                let title = format!("The input that excites a deeper unit most, {title}");
                Figure::pictures(id, &title, caption, &[rows], 1, "pixel")
            })
            .collect()
    }
}
