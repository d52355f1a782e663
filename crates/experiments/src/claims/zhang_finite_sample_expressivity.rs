//! A network with 2n + d weights fits any labels; where its knots lie decides whether floating point can.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::memorizer::{Memorizer, MemorizerError};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `zhang-finite-sample-expressivity`.
pub struct ZhangFiniteSampleExpressivity;

/// The arithmetic that the network is built and evaluated in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arithmetic {
    /// 24 bits.
    F32,
    /// 53 bits.
    F64,
}

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// Memorize random signs on random points.
    Random {
        /// Number of points.
        n: usize,
        /// Where in its gap each knot lies.
        theta: f64,
        /// The arithmetic.
        arithmetic: Arithmetic,
        /// Seed of the data.
        seed: u64,
    },
    /// The weights for eight equally spaced points.
    Equispaced {
        /// Where in its gap each knot lies.
        theta: f64,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The largest `|c(xᵢ) − yᵢ|`; infinite if two projections coincide in the arithmetic.
    #[serde(with = "crate::number")]
    pub residual: f64,
    /// Number of weights of the network; 0 if there is none.
    pub parameters: usize,
    /// The output weights, for the equally spaced points.
    pub weights: Vec<f64>,
}

/// Dimension of the random points.
pub const DIMENSION: usize = 10;

/// Labels and weights for `z = 1, …, 8` and `b₁ = 1/8`: the catalogue's values.
pub const LABELS: [f64; 8] = [1.0, -1.0, 1.0, 1.0, -1.0, -1.0, 1.0, -1.0];

/// The output weights at `θ = 0` and `θ = ½`, to the catalogue's 8 decimals.
pub const WEIGHTS: [(f64, [f64; 8]); 2] = [
    (0.0, [1.14285714, -3.14285714, 4.0, -2.0, -2.0, 2.0, 2.0, -4.0]),
    (
        0.5,
        [
            1.14285714,
            -6.28571429,
            14.28571429,
            -18.28571429,
            14.28571429,
            -10.28571429,
            14.28571429,
            -22.28571429,
        ],
    ),
];

impl Claim for ZhangFiniteSampleExpressivity {
    const CARD: Card = Card {
        id: "zhang-finite-sample-expressivity",
        version: 1,
        title: "2n + d weights fit any labels on n points, if the knots are placed well",
        statement: "For any labels $y$ on $n$ distinct points of $\\mathbb R^d$ there is a network \
            $$c(x)=\\sum_{j=1}^n w_j\\,\\mathrm{relu}(a\\cdot x-b_j)$$ with $2n+d$ weights and $c(x_i)=y_i$: choose $a$ so that the \
            projections $z_i = a\\cdot x_i$ are distinct, sort them, and interleave $b_1<z_1<b_2<z_2<\\cdots$.\n\n\
            The theorem is about existence. With $b_{i+1}=z_i+\\theta(z_{i+1}-z_i)$ an error in one slope reaches the next \
            multiplied by $-\\theta/(1-\\theta)$, whatever the spacing: the construction is stable for $\\theta<\\tfrac12$ and loses all \
            digits exponentially fast for $\\theta>\\tfrac12$. Even at $\\theta=0$, piecewise linear interpolation, f32 fails at a few \
            hundred points because the smallest gap is of order $n^{-2}$.",
        sources: &[Source {
            citation: "Zhang, Bengio, Hardt, Recht, Vinyals, Understanding deep learning requires rethinking generalization, \
                ICLR 2017, theorem 1",
            identifier: Some("arXiv:1611.03530"),
        }],
        hypotheses: &[
            "the projections on $a$ are distinct",
            "here: standard normal points in $\\mathbb R^{10}$, a normalized Gaussian direction, random signs as labels",
        ],
        kind: Kind::Exact,
        tags: &["expressivity", "memorization"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let sizes: &[usize] =
            profile.pick(&[10, 100, 1000], &[10, 20, 50, 100, 200, 500, 1000], &[10, 30, 100, 300, 1000]);
        let seeds = profile.pick(20, 20, 100);
        let random = |n, theta, arithmetic, task| Task::Random { n, theta, arithmetic, seed: seed + task };
        let stable =
            sizes.iter().flat_map(|&n| (0..seeds).map(move |task| random(n, 0.0, Arithmetic::F64, task)));
        let others = sizes.iter().flat_map(|&n| {
            [0.25, 0.5, 0.6, 0.75]
                .map(|theta| random(n, theta, Arithmetic::F64, 0))
                .into_iter()
                .chain([random(n, 0.0, Arithmetic::F32, 0)])
        });
        let teeth = (0..5).flat_map(|task| {
            [random(200, 0.75, Arithmetic::F64, 100 + task), random(500, 0.0, Arithmetic::F32, 100 + task)]
        });
        stable.chain(others).chain(teeth).chain(WEIGHTS.map(|(theta, _)| Task::Equispaced { theta })).collect()
    }

    fn run(task: &Task, _: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Equispaced { theta } => {
                let points: Vec<f64> = (1..=8).map(f64::from).collect();
                let memorizer = Memorizer::fit_from(&points, &LABELS, &[1.0], theta, 0.125)?;
                Ok(Outcome {
                    residual: residual(&memorizer, &points, &LABELS)?,
                    parameters: memorizer.parameters(),
                    weights: memorizer.weights().to_vec(),
                })
            }
            Task::Random { n, theta, arithmetic, seed } => {
                let mut stream = Stream::new(seed);
                let points = stream.normals(n * DIMENSION);
                let direction = stream.normals(DIMENSION);
                let norm = direction.iter().map(|a| a * a).sum::<f64>().sqrt();
                let direction: Vec<f64> = direction.iter().map(|a| a / norm).collect();
                let labels: Vec<f64> = (0..n).map(|_| stream.sign()).collect();
                let single = |values: &[f64]| values.iter().map(|&x| x as f32).collect::<Vec<_>>();
                match arithmetic {
                    Arithmetic::F64 => memorize(&points, &labels, &direction, theta),
                    Arithmetic::F32 => {
                        memorize(&single(&points), &single(&labels), &single(&direction), theta as f32)
                    }
                }
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let (mut miscounted, mut fits) = (0, 0);
        for e in evidence {
            match e.task {
                Task::Equispaced { theta } => {
                    let expected = WEIGHTS.iter().find(|(t, _)| *t == theta).map_or([f64::NAN; 8], |(_, w)| *w);
                    let pairs = e.outcome.weights.iter().zip(expected);
                    let error = pairs.fold(0.0, |worst: f64, (w, r)| worst.max((w - r).abs()));
                    checks.push(Check::at_most(
                        format!("largest error of the 8 reference weights, θ = {theta}"),
                        error,
                        5.1e-9,
                    ));
                }
                Task::Random { n, .. } if e.outcome.parameters > 0 => {
                    fits += 1;
                    miscounted += usize::from(e.outcome.parameters != 2 * n + DIMENSION);
                }
                Task::Random { .. } => (),
            }
        }
        checks.push(Check::equal(format!("networks with other than 2n + d weights, of {fits}"), miscounted, 0));
        let stable = residuals(evidence, 0.0, Arithmetic::F64);
        for (n, worst) in by_size(&stable, maximum) {
            checks.push(Check::at_most(format!("residual at θ = 0, n = {n}, worst seed"), worst, 1e-7));
        }
        let unstable = residuals(evidence, 0.75, Arithmetic::F64);
        let single = residuals(evidence, 0.0, Arithmetic::F32);
        for (list, n, what, bound) in [
            (unstable, 200, "residual at θ = 0.75, n = 200, least seed", 1.0),
            (single, 500, "residual in f32 at θ = 0, n = 500, least seed", 1e-3),
        ] {
            let least = list.iter().filter(|r| r.0 == n).map(|r| r.1).fold(f64::INFINITY, minimum);
            checks.push(Check::at_least(what, least, bound));
        }
        Judgement::from_checks(
            "At θ = 0 f64 fits every label to 1e-7; knots past the middle of their gaps, or f32, lose the fit.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut figure = Figure::new(
            "residual",
            "How well 2n + d weights fit n random signs",
            "Residuals of 1 or more mean that the labels are lost. Past the middle of the gap errors grow exponentially in n until they overflow; at θ = 0 the fit is as good as its smallest gap allows, but not in f32.",
            Axis::logarithmic("points n"),
            Axis::logarithmic("largest |c(x) − y|, worst seed"),
        );
        for (name, theta, arithmetic) in [
            ("θ = 0", 0.0, Arithmetic::F64),
            ("θ = 0.25", 0.25, Arithmetic::F64),
            ("θ = 0.5", 0.5, Arithmetic::F64),
            ("θ = 0.6", 0.6, Arithmetic::F64),
            ("θ = 0.75", 0.75, Arithmetic::F64),
            ("θ = 0, f32", 0.0, Arithmetic::F32),
        ] {
            let worst = by_size(&residuals(evidence, theta, arithmetic), maximum);
            // What overflowed has no place on the axis.
            let drawn = worst.into_iter().filter(|(_, r)| (1e-300..1e30).contains(r));
            figure = figure.line(name, drawn.map(|(n, r)| (n as f64, r)));
        }
        vec![figure]
    }
}

/// `(n, residual)` of the random tasks of a kind.
fn residuals(evidence: &[Evidence<Task, Outcome>], at: f64, within: Arithmetic) -> Vec<(usize, f64)> {
    let select = |e: &Evidence<Task, Outcome>| match e.task {
        Task::Random { n, theta, arithmetic, .. } if theta == at && arithmetic == within => {
            Some((n, e.outcome.residual))
        }
        _ => None,
    };
    evidence.iter().filter_map(select).collect()
}

/// The combined residual of each size, by increasing size.
fn by_size(residuals: &[(usize, f64)], combine: fn(f64, f64) -> f64) -> Vec<(usize, f64)> {
    let mut sizes = std::collections::BTreeMap::new();
    for &(n, residual) in residuals {
        sizes.entry(n).and_modify(|r| *r = combine(*r, residual)).or_insert(residual);
    }
    sizes.into_iter().collect()
}

/// Fits and evaluates. Points that coincide in the arithmetic leave no network: an infinite residual.
fn memorize<T: Scalar>(points: &[T], labels: &[T], direction: &[T], theta: T) -> Result<Outcome, Failure> {
    match Memorizer::fit(points, labels, direction, theta) {
        Ok(memorizer) => Ok(Outcome {
            residual: residual(&memorizer, points, labels)?,
            parameters: memorizer.parameters(),
            weights: Vec::new(),
        }),
        Err(MemorizerError::Coincident(..)) => {
            Ok(Outcome { residual: f64::INFINITY, parameters: 0, weights: Vec::new() })
        }
        Err(error) => Err(error.into()),
    }
}

/// The largest `|c(xᵢ) − yᵢ|`; infinite where the network's output is no number.
fn residual<T: Scalar>(memorizer: &Memorizer<T>, points: &[T], labels: &[T]) -> Result<f64, Failure> {
    let dimension = points.len() / labels.len();
    let mut worst = 0f64;
    for (point, label) in points.chunks_exact(dimension).zip(labels) {
        let error = (memorizer.evaluate(point)?.to_f64() - label.to_f64()).abs();
        worst = maximum(worst, if error.is_nan() { f64::INFINITY } else { error });
    }
    Ok(worst)
}
