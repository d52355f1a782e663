//! Barron's rate, which no dimension slows down: by greedy steps for every n, and by Maurey's draws on average.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::barron::{Target, Wave};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::regression::exponent;
use crate::sample::{mean, standard_error};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `barron-rate`.
pub struct BarronRate;

/// A random sum of waves on random points of the unit ball, and how it is approximated.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    dimension: usize,
    waves: usize,
    points: usize,
    seed: u64,
    method: Method,
}

/// How units are chosen.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Method {
    /// The best one at each step, of the height of the theorem times a factor.
    Greedy { factor: f64, units: usize },
    /// At random, averages of so many units, each so often.
    Maurey { units: Vec<usize>, repetitions: usize },
}

/// What came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    constant: f64,
    variation: f64,
    norm: f64,
    /// Greedy: the squared errors and what they may be, from one unit on. Maurey: of each number of units, the mean.
    squared: Vec<f64>,
    rate: Vec<f64>,
    /// Barron's bound on the error of the last number of units.
    #[serde(with = "crate::number")]
    bound: f64,
    /// Standard errors of the means.
    errors: Vec<f64>,
}

impl Outcome {
    fn violations(&self) -> usize {
        let rounding = 1e-12 * self.variation * self.variation;
        self.squared.iter().zip(&self.rate).filter(|(squared, rate)| **squared > **rate + rounding).count()
    }

    fn last(&self) -> f64 {
        self.squared.last().map_or(f64::NAN, |squared| squared.sqrt())
    }
}

/// Barron's constant of every target.
const CONSTANT: f64 = 2.5;

/// A random target with the same constant in every dimension: Gaussian amplitudes, frequencies of about 3, any phase; points
/// uniform in the unit ball.
///
/// # Errors
/// None that these draws could cause.
pub fn target(dimension: usize, waves: usize, points: usize, seed: u64) -> Result<Target, Failure> {
    let mut stream = Stream::new(seed);
    let scale = 3.0 / (dimension as f64).sqrt();
    let wave = |stream: &mut Stream| Wave {
        amplitude: stream.normal(),
        frequency: stream.normals(dimension).into_iter().map(|w| w * scale).collect(),
        phase: stream.between(0.0, std::f64::consts::TAU),
    };
    let mut waves: Vec<Wave> = (0..waves).map(|_| wave(&mut stream)).collect();
    let length = |wave: &Wave| wave.frequency.iter().map(|w| w * w).sum::<f64>().sqrt();
    let constant: f64 = waves.iter().map(|wave| wave.amplitude.abs() * length(wave)).sum();
    for wave in &mut waves {
        wave.amplitude *= CONSTANT / constant;
    }
    let point = |stream: &mut Stream| {
        let direction = stream.normals(dimension);
        let norm = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        // A hair inside, so that rounding leaves the point in the ball.
        let length = (1.0 - 1e-12) * stream.uniform().powf(1.0 / dimension as f64);
        direction.into_iter().map(|x| x / norm * length).collect()
    };
    let sample: Vec<Vec<f64>> = (0..points).map(|_| point(&mut stream)).collect();
    Ok(Target::new(waves, &sample, &vec![1.0; points], 1.0)?)
}

impl Claim for BarronRate {
    const CARD: Card = Card {
        id: "barron-rate",
        version: 1,
        title: "n threshold units approximate at the rate 1/√n in every dimension, at the price of Barron's constant",
        statement: r"Let $f(x)=\sum_ja_j\cos(\langle w_j,x\rangle+b_j)$ and $C_f=\sum_j\lvert a_j\rvert\lVert w_j\rVert$. For any
            probability on the ball of radius $r$ and every $n$ there are $n$ threshold units with
            $$\lVert f-f(0)-f_n\rVert_{L^2}\le\frac{2rC_f}{\sqrt n}.$$
            It is constructive: with the height $V=\sum_j\lvert a_j\rvert\lVert w_j\rVert\int_{-r}^r\lvert\sin(\lVert w_j\rVert t+b_j)\rvert\,dt\le2rC_f$
            of the units, greedy steps $f_n=(1-\frac1n)f_{n-1}+\frac1ng_n$ by the best unit leave
            $$\lVert f-f(0)-f_n\rVert^2\le\frac{V^2-\lVert f-f(0)\rVert^2}n\quad\text{for every }n,$$
            and the mean of $n$ units drawn at random leaves $(\mathbb E\lVert g\rVert^2-\lVert f-f(0)\rVert^2)/n$ on average
            (Maurey).

            The dimension does not appear, but $C_f$ does, and it may grow exponentially with the dimension: here it is held
            fixed. This is not the absence of a curse.",
        sources: &[
            Source {
                citation: "Barron 1993, Universal approximation bounds for superpositions of a sigmoidal function, theorem 1",
                identifier: Some("doi:10.1109/18.256500"),
            },
            Source {
                citation: "Jones 1992, A simple lemma on greedy approximation in Hilbert space, for the greedy rate",
                identifier: Some("doi:10.1214/aos/1176348546"),
            },
        ],
        hypotheses: &["a finite sum of waves", "points in the unit ball, any weights"],
        kind: Kind::Statistical,
        tags: &["approximation", "expressivity"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let points = profile.pick(400, 2000, 10_000);
        let dimensions: &[(usize, usize)] = profile.pick(
            &[(2, 8), (5, 8), (10, 16), (20, 16)],
            &[(2, 8), (5, 8), (10, 16), (20, 16)],
            &[(2, 8), (5, 8), (10, 16), (20, 16), (100, 200)],
        );
        let task = |(dimension, waves), method| Task {
            dimension,
            waves,
            points,
            seed: seed + dimension as u64,
            method,
        };
        let greedy = dimensions.iter().flat_map(|&shape| {
            // The guarantee of units a tenth as high must fail in low dimensions.
            let factors: &[f64] = if shape.0 <= 5 { &[1.0, 0.25, 0.1] } else { &[1.0] };
            let units = if shape.0 == 100 { 2048 } else { 256 };
            factors.iter().map(move |&factor| task(shape, Method::Greedy { factor, units }))
        });
        let repetitions = profile.pick(60, 400, 4000);
        let maurey = Method::Maurey { units: vec![1, 4, 16, 64, 256], repetitions };
        greedy.chain([task((5, 8), maurey)]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let target = target(task.dimension, task.waves, task.points, task.seed)?;
        let (mut squared, mut rate, mut errors, mut bound) = (Vec::new(), Vec::new(), Vec::new(), f64::NAN);
        match &task.method {
            Method::Greedy { factor, units } => {
                let height = factor * target.variation();
                for step in target.greedy(height).take(*units) {
                    lab.go_on()?;
                    squared.push(step.squared_error);
                    rate.push(target.rate(height, step.units));
                    bound = target.error_bound(step.units);
                }
            }
            Method::Maurey { units, repetitions } => {
                let mut stream = Stream::new(task.seed).split();
                for &n in units {
                    let mut draws = Vec::new();
                    for _ in 0..*repetitions {
                        lab.go_on()?;
                        draws.push(target.maurey(n, || stream.uniform()));
                    }
                    squared.push(mean(&draws));
                    errors.push(standard_error(&draws));
                    rate.push(target.maurey_error(n));
                    bound = target.error_bound(n);
                }
            }
        }
        let (constant, variation) = (target.constant(), target.variation());
        Ok(Outcome { constant, variation, norm: target.squared_norm().sqrt(), squared, rate, bound, errors })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let mut last = Vec::new();
        for Evidence { task, outcome } in evidence {
            let d = task.dimension;
            match &task.method {
                Method::Greedy { factor, .. } if *factor == 1.0 => {
                    checks.push(Check::equal(
                        format!("greedy errors above their rate, d = {d}"),
                        outcome.violations(),
                        0,
                    ));
                    checks.push(Check::at_most(
                        format!("V over 2rC, d = {d}"),
                        outcome.variation / (2.0 * outcome.constant),
                        1.0,
                    ));
                    checks.push(Check::at_most(
                        format!("last error over Barron's bound, d = {d}"),
                        outcome.last() / outcome.bound,
                        1.0,
                    ));
                    if d <= 20 {
                        last.push(outcome.last());
                    }
                }
                Method::Greedy { factor, .. } if *factor < 0.2 => checks.push(Check::at_least(
                    format!("errors above the rate of units too low, d = {d}, which must occur"),
                    outcome.violations() as f64,
                    1.0,
                )),
                Method::Greedy { .. } => {}
                Method::Maurey { units, .. } => {
                    let z = |i: usize| (outcome.squared[i] - outcome.rate[i]) / outcome.errors[i];
                    let worst = (0..units.len()).map(|i| z(i).abs()).fold(0.0, maximum);
                    checks.push(Check::at_most(
                        "largest |z| of the squared errors of random units",
                        worst,
                        4.0,
                    ));
                    let points = units.iter().zip(&outcome.squared).map(|(n, e)| (*n as f64, *e));
                    checks.push(Check::within(
                        "slope of the squared error of random units",
                        exponent(points),
                        -1.1..=-0.9,
                    ));
                }
            }
        }
        let spread =
            last.iter().copied().fold(0.0, maximum) / last.iter().copied().fold(f64::INFINITY, minimum);
        checks.push(Check::at_most("largest error of 256 units over the least, d = 2 to 20", spread, 2.5));
        Judgement::from_checks(
            "No step is above its rate, in any dimension, and random units have the variance of the formula.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let roots = |values: &[f64]| -> Vec<(f64, f64)> {
            (1..).zip(values).map(|(n, squared)| (f64::from(n), squared.sqrt())).collect()
        };
        let mut figure = Figure::new(
            "rate",
            "The same rate in every dimension",
            "Root mean squared error of greedy networks for sums of waves with the same constant, in several dimensions. The dashed line is what greedy steps guarantee in two dimensions. Units drawn at random lie higher: chance needs more units than choice.",
            Axis::logarithmic("units n"),
            Axis::logarithmic("root mean squared error"),
        );
        for Evidence { task, outcome } in evidence {
            match &task.method {
                Method::Greedy { factor, .. } if *factor == 1.0 => {
                    if task.dimension == 2 {
                        figure = figure.reference("guarantee, d = 2", roots(&outcome.rate));
                    }
                    let name = format!("greedy, d = {}", task.dimension);
                    figure = figure.line(name, roots(&outcome.squared));
                }
                Method::Greedy { .. } => {}
                Method::Maurey { units, .. } => {
                    let drawn =
                        units.iter().zip(&outcome.squared).map(|(n, squared)| (*n as f64, squared.sqrt()));
                    figure = figure.points("drawn at random, d = 5", drawn);
                }
            }
        }
        vec![figure]
    }
}
