//! Double descent of random features on digits.

use nalgebra::DMatrix;
use saddlepoint_models::data::{DataSet, corruption, digits};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::random_features::RandomFeatures;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample::median;
use crate::sample_matrix::{accuracy, inputs, one_hot};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `rf-double-descent`.
pub struct RfDoubleDescent;

/// One fit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    features: usize,
    seed: u64,
}

/// What it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Mean over digits of the squared distance from the one-hot label.
    train: f64,
    test: f64,
    /// Share of new digits whose label has the largest output.
    accuracy: f64,
    /// Of the coefficients.
    norm: f64,
    /// Features that are independent on the digits that are fitted.
    rank: usize,
}

/// Digits to fit; the others are for testing.
const SAMPLES: usize = 200;
/// Share of their labels that is replaced.
const NOISE: f64 = 0.15;
/// The first directions' seed, and how many seeds the catalogue's medians are of.
const FIRST: u64 = 800;
const SEEDS: u64 = 5;

/// The catalogue's medians of the test error.
const REFERENCES: [(usize, f64); 11] = [
    (50, 0.617),
    (100, 0.800),
    (150, 2.49),
    (180, 6.39),
    (200, 24.9),
    (220, 16.1),
    (250, 3.48),
    (400, 1.01),
    (800, 0.575),
    (1600, 0.462),
    (3200, 0.420),
];

impl Claim for RfDoubleDescent {
    const CARD: Card = Card {
        id: "rf-double-descent",
        version: 1,
        title: "The test error of random features peaks where they begin to interpolate, and falls again",
        statement: r"Fit the digits' one-hot labels by least squares on $p$ random features $\max(0,w_j\cdot x)$, for $p>n$ by the fit of least
            norm. The test error falls, rises to a peak at $p=n$, where the features begin to fit every label exactly, and falls
            again below everything before: with $16n$ features it is smaller than with $n/4$. The norm of the coefficients peaks at the same
            place. In closed form the same happens for Gaussian features (`double-descent-exact`).

            The peak is at $p=n$ and not at $p=10\,n$ for ten outputs: each output is a fit of its own. (Some $4\,\%$ of the features are $0$ on
            all digits, which have no negative pixels, and some see one digit only; the rest counts, so that labels are fitted exactly
            from $p\approx1.05\,n$ on, and the peak is there.)

            Here: $n=200$ digits, $15\,\%$ of whose labels are replaced by random ones, $w_j\sim N(0,I/64)$; medians over draws of the
            features; the other $1{,}597$ digits to test on.",
        sources: &[
            Source {
                citation: "Belkin, Hsu, Ma, Mandal, Reconciling modern machine-learning practice and the classical bias-variance \
                           trade-off, PNAS 116, 2019, section 2",
                identifier: Some("arXiv:1812.11118"),
            },
            Source {
                citation: "Rahimi and Recht, Random features for large-scale kernel machines, NeurIPS 2007",
                identifier: None,
            },
        ],
        hypotheses: &["the fit is the one of least norm among all that are closest to the labels"],
        kind: Kind::Exact,
        tags: &["generalization", "interpolation", "double-descent", "digits"],
        data: &[DataSet::Digits],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let known: Vec<usize> = REFERENCES.iter().map(|known| known.0).collect();
        let more: &[usize] = profile.pick(
            &[],
            &[10, 25, 75, 125, 190, 195, 205, 210, 300, 600],
            &[10, 25, 75, 125, 170, 190, 195, 198, 202, 205, 210, 235, 300, 600, 6400],
        );
        let features: Vec<usize> = match profile {
            Profile::Smoke => vec![50, 100, 200, 400, 3200],
            _ => known.into_iter().chain(more.iter().copied()).collect(),
        };
        let seeds = profile.pick(1, SEEDS, 25);
        let tasks = features
            .into_iter()
            .flat_map(|features| (0..seeds).map(move |s| Task { features, seed: seed + FIRST + s }));
        tasks.collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (train, test) = digits::split_at(SAMPLES)?;
        let labelled = corruption::random_labels(&train, NOISE, &mut Stream::new(55))?;
        let dimension = train.dimension();
        let directions: Vec<f64> =
            Stream::new(task.seed).normals(task.features * dimension).iter().map(|w| w / 8.0).collect();
        let directions = DMatrix::from_row_slice(task.features, dimension, &directions);
        lab.go_on()?;
        let (x, y) = (inputs(&train), one_hot(&labelled, 0.0)?);
        let fit = RandomFeatures::fit(directions, &x, &y)?;
        lab.go_on()?;
        let outputs = fit.predict(&inputs(&test))?;
        Ok(Outcome {
            train: (fit.predict(&x)? - y).norm_squared() / train.len() as f64,
            test: (&outputs - one_hot(&test, 0.0)?).norm_squared() / test.len() as f64,
            accuracy: accuracy(&outputs, &test)?,
            norm: fit.norm(),
            rank: fit.rank(),
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let at = |features: usize, of: fn(&Outcome) -> f64| {
            let values: Vec<f64> =
                evidence.iter().filter(|e| e.task.features == features).map(|e| of(&e.outcome)).collect();
            median(&values)
        };
        let test = |features| at(features, |outcome| outcome.test);
        let norm = |features| at(features, |outcome| outcome.norm);
        let mut seeds: Vec<u64> = evidence.iter().map(|e| e.task.seed).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let mut checks = Vec::new();
        // The catalogue's medians are those of its seeds.
        if seeds.iter().copied().eq(FIRST..FIRST + SEEDS) {
            for (features, known) in REFERENCES {
                checks.push(Check::relative(
                    format!("median test error, p = {features}"),
                    test(features),
                    known,
                    0.01,
                ));
            }
            checks.push(Check::at_least("median norm at the peak", norm(SAMPLES), 100.0));
        }
        let largest = evidence.iter().map(|e| e.task.features).max().unwrap_or(0);
        let interpolating =
            evidence.iter().filter(|e| e.outcome.rank >= SAMPLES).map(|e| e.outcome.train).fold(0.0, maximum);
        checks.extend([
            Check::at_least(
                "test error at p = 200 over the larger of p = 50 and p = 3200",
                test(SAMPLES) / maximum(test(50), test(3200)),
                10.0,
            ),
            Check::at_most("test error at p = 3200 over that at p = 50", test(3200) / test(50), 1.0 - 1e-9),
            Check::at_least(
                "norm at p = 200 over the larger of its neighbours'",
                norm(SAMPLES) / maximum(norm(100), norm(400)),
                1.0 + 1e-9,
            ),
            Check::at_most(
                "largest training error with as many independent features as digits",
                interpolating,
                1e-15,
            ),
        ]);
        Judgement::from_checks(
            format!(
                "The test error is {:.2} with 50 features, {:.1} with 200 and {:.2} with 3,200 (up to {largest} tried).",
                test(50),
                test(SAMPLES),
                test(3200)
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut features: Vec<usize> = evidence.iter().map(|e| e.task.features).collect();
        features.sort_unstable();
        features.dedup();
        let curve = |of: fn(&Outcome) -> f64| {
            features.iter().map(move |&p| {
                let values: Vec<f64> =
                    evidence.iter().filter(|e| e.task.features == p).map(|e| of(&e.outcome)).collect();
                (p as f64, median(&values))
            })
        };
        let each =
            |of: fn(&Outcome) -> f64| evidence.iter().map(move |e| (e.task.features as f64, of(&e.outcome)));
        vec![
            Figure::new(
                "double-descent",
                "Double descent of random features on 200 noisy digits",
                "At p = n the fit must go through every wrong label and has no freedom left: the test error rises by a factor of forty, and the norm with it. With more features there are many such fits, and the one of least norm is smooth.",
                Axis::logarithmic("random features p (n = 200)"),
                Axis::logarithmic("mean squared error"),
            )
            .line("test error, median", curve(|outcome| outcome.test))
            .points("test error, each draw", each(|outcome| outcome.test))
            .line("training error, median", curve(|outcome| outcome.train).filter(|point| point.1 > 1e-6))
            .reference("p = n", [(SAMPLES as f64, 0.1), (SAMPLES as f64, 50.0)]),
            Figure::new(
                "norm",
                "The norm of the coefficients",
                "It peaks where the test error does, and keeps falling: among ever more interpolating fits the least norm gets smaller.",
                Axis::logarithmic("random features p (n = 200)"),
                Axis::logarithmic("‖B‖"),
            )
            .line("median", curve(|outcome| outcome.norm))
            .points("each draw", each(|outcome| outcome.norm)),
            Figure::new(
                "accuracy",
                "The share of new digits that is recognized",
                "The same dip: near p = n most digits are lost, with sixteen times as many features they are recognized better than with any number below.",
                Axis::logarithmic("random features p (n = 200)"),
                Axis::linear("test accuracy"),
            )
            .line("median", curve(|outcome| outcome.accuracy))
            .points("each draw", each(|outcome| outcome.accuracy)),
        ]
    }
}
