//! Soft thresholding is two ReLU units, and a ReLU with bias one nonnegative thresholding.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::representation::thresholding::Threshold;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `soft-threshold-two-relus`.
pub struct SoftThresholdTwoRelus;

/// Random inputs and thresholds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Task {
    seed: u64,
    draws: usize,
}

/// What did not hold, by how much.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Inputs at which two ReLUs are not the soft threshold.
    differing: usize,
    /// By how much two outputs were farther apart than their inputs, at most.
    expansion: f64,
    /// By how much some `z` had a smaller proximal objective than the soft threshold, relative to `x² + β²`, at most.
    proximal: f64,
    /// The same of the ReLU with bias `−β` among `z ≥ 0`.
    nonnegative: f64,
}

impl Claim for SoftThresholdTwoRelus {
    const CARD: Card = Card {
        id: "soft-threshold-two-relus",
        version: 1,
        title: "Soft thresholding is two ReLU units; a ReLU with bias is one nonnegative thresholding",
        statement: r"$$S_\beta(x)=\operatorname{sign}(x)(|x|-\beta)_+=\mathrm{relu}(x-\beta)-\mathrm{relu}(-x-\beta)=\arg\min_z\ \tfrac12(z-x)^2+\beta|z|,$$
            also in floating point, but for the sign of zero; and $\mathrm{relu}(x-\beta)$ minimizes $\tfrac12(z-x)^2+\beta z$ over $z\ge0$.

            So a ReLU layer with bias $-\beta$ is one nonnegative thresholding. Lecture notes that call the ReLU itself a soft
            threshold leave out the bias, without which nothing is thresholded; the sigmoid, which is called one too, is none.",
        sources: &[
            Source {
                citation: "Papyan, Romano, Elad, Convolutional neural networks analyzed via convolutional sparse coding, JMLR 18, \
                    2017, section 3",
                identifier: Some("arXiv:1607.08194"),
            },
            Source {
                citation: "Yao, On mathematical theories of deep learning, lecture notes: from soft thresholding to ReLU",
                identifier: None,
            },
        ],
        hypotheses: &[r"$\beta\ge0$"],
        kind: Kind::Exact,
        tags: &["representation", "sparse-coding"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        (0..4).map(|i| Task { seed: seed + i, draws: profile.pick(50_000, 250_000, 2_500_000) }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let (mut differing, mut expansion, mut proximal, mut nonnegative) = (0, f64::MIN, f64::MIN, f64::MIN);
        for draw in 0..task.draws {
            if draw % 10_000 == 0 {
                lab.go_on()?;
            }
            let [x, y, z] = std::array::from_fn(|_| stream.between(-1e3, 1e3));
            let beta = stream.between(0.0, 1e3);
            let threshold = Threshold::new(beta)?;
            let soft = threshold.soft(x);
            differing += usize::from(soft != threshold.soft_as_two_relus(x));
            expansion = maximum(expansion, (soft - threshold.soft(y)).abs() - (x - y).abs());
            let scale = x * x + beta * beta;
            let gain = |at: f64, z: f64| {
                (threshold.proximal_objective(x, at) - threshold.proximal_objective(x, z)) / scale
            };
            proximal = maximum(proximal, gain(soft, z));
            nonnegative = maximum(nonnegative, gain(threshold.nonnegative_soft(x), z.abs()));
        }
        Ok(Outcome { differing, expansion, proximal, nonnegative })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let worst = |of: fn(&Outcome) -> f64| {
            evidence.iter().map(|e| of(&e.outcome)).reduce(maximum).unwrap_or(f64::NAN)
        };
        let draws: usize = evidence.iter().map(|e| e.task.draws).sum();
        let checks = vec![
            Check::at_least("inputs and thresholds drawn", draws as f64, 1e5),
            Check::equal(
                "inputs at which two ReLUs differ",
                evidence.iter().map(|e| e.outcome.differing).sum::<usize>(),
                0,
            ),
            // Inputs are below 1000, of which an operation is rounded by 6e-14.
            Check::at_most("outputs farther apart than inputs, by", worst(|o| o.expansion), 3e-13),
            Check::at_most("some z better than the soft threshold, by", worst(|o| o.proximal), 1e-14),
            Check::at_most("some z ≥ 0 better than the ReLU with bias, by", worst(|o| o.nonnegative), 1e-14),
        ];
        let sentence = "Two ReLUs are the soft threshold at every input, it is a contraction, and both are the minimizers they are said to be.";
        Judgement::from_checks(sentence, checks)
    }

    fn figures(_: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let Ok(one) = Threshold::new(1.0) else { return Vec::new() };
        let curve = |f: &dyn Fn(f64) -> f64| {
            (-30..=30).map(|i| f64::from(i) / 10.0).map(|x| (x, f(x))).collect::<Vec<_>>()
        };
        vec![
            Figure::new(
                "thresholds",
                "Thresholding at β = 1",
                "The soft threshold is the difference of two ReLUs that are moved by β to either side. Without the bias a ReLU thresholds nothing.",
                Axis::linear("x"),
                Axis::linear("value"),
            )
            .line("soft", curve(&|x| one.soft(x)))
            .line("hard", curve(&|x| one.hard(x)))
            .reference("relu(x − β)", curve(&|x| one.nonnegative_soft(x)))
            .reference("−relu(−x − β)", curve(&|x| -one.nonnegative_soft(-x)))
            .reference("relu(x), without the bias", curve(&|x| x.max(0.0))),
        ]
    }
}
