//! Every critical point of the two-layer linear network, its loss and its index.

use nalgebra::{DMatrix, DVector};
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::portrait::Portrait;
use crate::verdict::{Check, Judgement};

/// The claim `baldi-hornik-critical-points`.
pub struct BaldiHornikCriticalPoints;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// All strata of the reference data.
    Reference,
    /// Random data, strata, `C` and `K`.
    Random {
        /// How many critical points.
        points: usize,
        /// Seed of the draws.
        seed: u64,
    },
    /// Closed-form spectra for whitened inputs.
    Whitened {
        /// Inputs and outputs.
        size: usize,
        /// Seed of the targets.
        seed: u64,
    },
    /// The network with one input, one hidden unit and one output.
    Portrait,
}

/// One critical point: what the theorem says of it and what is measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// `J`, numbered from 1.
    directions: Vec<usize>,
    /// The loss by the formula.
    predicted_loss: f64,
    /// The loss at the point.
    loss: f64,
    /// `‖∇f‖` over the largest eigenvalue times the norm of the point (at least 1).
    gradient: f64,
    /// Negative, zero and positive eigenvalues by the formula.
    predicted: [usize; 3],
    /// The same, measured.
    inertia: [usize; 3],
    /// Eigenvalues of the Hessian, increasing; kept for the reference data only.
    eigenvalues: Vec<f64>,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Critical points.
    Points {
        /// `tr Σ_YY`, the loss at the origin.
        scale: f64,
        /// Eigenvalues of `Σ`.
        eigenvalues: Vec<f64>,
        /// One entry a critical point.
        points: Vec<Point>,
    },
    /// Counts over random data.
    Random {
        /// Critical points.
        points: usize,
        /// Of another inertia than predicted.
        mismatches: usize,
        /// Largest relative gradient.
        gradient: f64,
        /// Largest error of the loss, relative to the loss at the origin.
        loss: f64,
        /// Data sets discarded for nearly equal eigenvalues.
        discarded: usize,
    },
    /// Largest error of a closed-form eigenvalue, relative to the largest of them.
    Whitened {
        /// The error.
        error: f64,
        /// Strata compared.
        strata: usize,
    },
    /// Grid and paths.
    Portrait {
        /// The plot's raw material.
        portrait: Portrait,
    },
}

/// Eigenvalues within this share of the largest count as zero.
const ZERO: f64 = 1e-9;

impl Claim for BaldiHornikCriticalPoints {
    const CARD: Card = Card {
        id: "baldi-hornik-critical-points",
        version: 1,
        title: "The critical points of a two-layer linear network are known, and all but the global minima are strict saddles",
        statement: "Let $f(A, B) = \\|Y - ABX\\|_F^2$ with $A \\in \\mathbb{R}^{d\\times p}$, $p \\le d$, \
            $W = \\Sigma_{YX}\\Sigma_{XX}^{-1}$ and $\\Sigma = W\\Sigma_{XY} = U\\Lambda U^\\top$. Then $(A, B)$ is critical \
            if and only if for some $J$ of $r \\le p$ directions, $C \\in GL_p$ and \
            $K \\in \\mathbb{R}^{(p-r)\\times r}$ \
            $$A = [\\,U_J\\ \\ 0\\,]\\,C,\\qquad B = C^{-1}\\begin{bmatrix}U_J^\\top W\\\\ KU_J^\\top W\\end{bmatrix},\\qquad \
            f = \\operatorname{tr}\\Sigma_{YY} - \\sum_{j\\in J}\\lambda_j.$$ \
            Its Hessian has $\\#\\{i\\notin J, j\\in J, i<j\\} + (p-r)(d-r)$ negative and $r(2p-r)$ zero eigenvalues among \
            $2pd$: only $J = \\{1..p\\}$ has no negative one.",
        sources: &[Source {
            citation: "Baldi, Hornik, Neural networks and principal component analysis: learning from examples without local \
                minima, Neural Networks 2, 1989, Facts 1 to 4; the free rows and the inertia derived for this project",
            identifier: Some("doi:10.1016/0893-6080(89)90014-2"),
        }],
        hypotheses: &[
            "$\\Sigma_{XX}$ is invertible and $\\Sigma$ has distinct positive eigenvalues",
            "for the inertia and the absorbed form of the free rows: as many inputs as outputs",
            "measured with $\\operatorname{cond}(C) \\le 20$, $|\\det C| = 1$ and gaps above $10^{-3}$, so that zero eigenvalues can be \
                told apart",
        ],
        kind: Kind::Exact,
        tags: &["landscape", "saddle", "linear-network"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, points) = profile.pick((4, 130), (8, 260), (64, 520));
        let random = (0..tasks).map(|task| Task::Random { points, seed: seed + task });
        let whitened = (2..=5).map(|size| Task::Whitened { size, seed: seed + size as u64 });
        [Task::Reference, Task::Portrait].into_iter().chain(whitened).chain(random).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        Ok(match *task {
            Task::Reference => {
                let network = reference_network()?;
                let strata = Strata::of(&network)?;
                let points = strata.all().into_iter().map(|set| {
                    let (p, r) = (network.width(), set.len());
                    measure(&network, &strata, &set, &DMatrix::identity(p, p), &DMatrix::zeros(p - r, r))
                });
                Outcome::Points {
                    scale: network.targets().norm_squared(),
                    eigenvalues: strata.eigenvalues().as_slice().to_vec(),
                    points: points.collect::<Result<_, Failure>>()?,
                }
            }
            Task::Random { points, seed } => {
                let mut stream = Stream::new(seed);
                let (mut found, mut mismatches, mut gradient, mut loss, mut discarded) = (0, 0, 0f64, 0f64, 0);
                while found < points {
                    lab.go_on()?;
                    let network = random_network(&mut stream)?;
                    let strata = match Strata::of(&network) {
                        Ok(strata) if strata.smallest_gap() >= 1e-3 => strata,
                        _ => {
                            discarded += 1;
                            continue;
                        }
                    };
                    let scale = network.targets().norm_squared();
                    for set in strata.all() {
                        let (p, r) = (network.width(), set.len());
                        let c = well_conditioned(p, &mut stream);
                        let k = DMatrix::from_fn(p - r, r, |_, _| stream.normal());
                        let point = measure(&network, &strata, &set, &c, &k)?;
                        found += 1;
                        mismatches += usize::from(point.inertia != point.predicted);
                        gradient = gradient.max(point.gradient);
                        loss = loss.max((point.loss - point.predicted_loss).abs() / scale);
                    }
                }
                Outcome::Random { points: found, mismatches, gradient, loss, discarded }
            }
            Task::Whitened { size, seed } => {
                let mut stream = Stream::new(seed);
                let targets = DMatrix::from_fn(size, size, |_, _| stream.normal());
                let (mut error, mut count) = (0f64, 0);
                for width in 1..=size {
                    let network = TwoLayerLinear::new(DMatrix::identity(size, size), targets.clone(), width)?;
                    let strata = Strata::of(&network)?;
                    for set in strata.all() {
                        lab.go_on()?;
                        let expected = strata.whitened_spectrum(&set)?;
                        let hessian = network.hessian(&strata.balanced(&set)?)?;
                        let (_, found) = Inertia::of_symmetric(&hessian, ZERO)?;
                        let largest = expected.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
                        for (a, b) in found.iter().zip(&expected) {
                            error = error.max((a - b).abs() / largest);
                        }
                        count += 1;
                    }
                }
                Outcome::Whitened { error, strata: count }
            }
            Task::Portrait => {
                let one = DMatrix::identity(1, 1);
                let network = TwoLayerLinear::new(one.clone(), one, 1)?;
                let descent = GradientDescent::new(0.02, StopRule::after(1000))?;
                let starts = [[1.8, -1.2], [-1.5, 1.9], [-0.6, 0.62], [0.1, -1.0], [1.9, 1.7]];
                let portrait = Portrait::of(&network, [-2.0, 2.0], [-2.0, 2.0])?;
                Outcome::Portrait { portrait: portrait.with_paths(&network, &descent, &starts, 1)? }
            }
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut total, mut wrong, mut gradient, mut loss) = (0, 0, 0f64, 0f64);
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (_, Outcome::Points { scale, eigenvalues, points }) => {
                    for (found, expected) in eigenvalues.iter().zip(LAMBDA) {
                        checks.push(Check::relative(
                            "eigenvalue of Σ, reference data",
                            *found,
                            expected,
                            1e-10,
                        ));
                    }
                    checks.push(Check::equal("tr Σ_YY, reference data", *scale, 58.0));
                    checks.push(Check::equal("strata, reference data", points.len(), TABLE.len()));
                    for (point, row) in points.iter().zip(&TABLE) {
                        let at = format!("J = {:?}", point.directions);
                        checks.push(Check::equal(
                            format!("the stratum is that of the table, {at}"),
                            *point.directions == *row.0,
                            true,
                        ));
                        checks.push(Check::relative(format!("loss, {at}"), point.loss, row.1, 1e-10));
                        let expected = format!("{:?}", row.2);
                        let measured = format!("{:?}", point.inertia);
                        checks.push(Check::holds(
                            format!("negative, zero, positive, {at}"),
                            point.inertia == row.2,
                            measured,
                            expected,
                        ));
                        checks.push(Check::equal(
                            format!("the formula agrees, {at}"),
                            point.predicted == row.2,
                            true,
                        ));
                        let ends = [point.eigenvalues.first(), point.eigenvalues.last()];
                        for (end, expected) in ends.into_iter().zip([row.3, row.4]) {
                            let end = end.copied().unwrap_or(f64::NAN);
                            checks.push(Check::absolute(
                                format!("extreme eigenvalue, {at}"),
                                end,
                                expected,
                                1e-8,
                            ));
                        }
                        checks.push(Check::at_most(format!("relative gradient, {at}"), point.gradient, 1e-10));
                    }
                }
                (_, Outcome::Random { points, mismatches, gradient: g, loss: l, .. }) => {
                    total += points;
                    wrong += mismatches;
                    gradient = gradient.max(*g);
                    loss = loss.max(*l);
                }
                (Task::Whitened { size, .. }, Outcome::Whitened { error, strata }) => {
                    let what = format!("error of the closed-form spectrum, d = {size}, {strata} strata");
                    checks.push(Check::at_most(what, *error, 1e-10));
                }
                _ => {}
            }
        }
        checks.push(Check::at_least("random critical points", total as f64, 500.0));
        checks.push(Check::equal("of them, of another inertia than the formula's", wrong, 0));
        checks.push(Check::at_most("largest relative gradient at them", gradient, 1e-10));
        checks.push(Check::at_most("largest relative error of the loss at them", loss, 1e-10));
        Judgement::from_checks(
            format!(
                "The formulas give the loss and the inertia of all {total} random critical points and of the reference table."
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        evidence
            .iter()
            .flat_map(|e| match &e.outcome {
                Outcome::Points { points, .. } => vec![spectra(points), index_against_loss(points)],
                Outcome::Portrait { portrait } => vec![
                    portrait
                        .figure(
                            "landscape",
                            "The smallest linear network: f(a, b) = (1 − ab)²",
                            "Both branches of the hyperbola ab = 1 are global minima; the origin, J = ∅, is the only other critical point, a strict saddle.",
                            ["a", "b"],
                            "f",
                        )
                        .points("saddle (J = ∅)", [(0.0, 0.0)])
                        .reference("minima (J = {1})", (0..=60).map(|i| 4f64.powf(f64::from(i) / 60.0) / 2.0).map(|a| (a, 1.0 / a)))
                        .reference("minima, other branch", (0..=60).map(|i| -(4f64.powf(f64::from(i) / 60.0)) / 2.0).map(|a| (a, 1.0 / a))),
                ],
                _ => Vec::new(),
            })
            .collect()
    }
}

fn spectra(points: &[Point]) -> Figure {
    let figure = Figure::new(
        "spectra",
        "The Hessian's spectrum on each stratum of the reference data",
        "Negative eigenvalues disappear as the loss falls; only the lowest level, J = {1, 2}, has none. Zero eigenvalues come from the symmetry (A, B) → (AC, C⁻¹B).",
        Axis::linear("loss at the stratum"),
        Axis::linear("eigenvalue of the Hessian"),
    );
    points.iter().fold(figure, |figure, point| {
        let name = format!("J = {:?}", point.directions);
        figure.points(name, point.eigenvalues.iter().map(|&value| (point.loss, value)))
    })
}

fn index_against_loss(points: &[Point]) -> Figure {
    Figure::new(
        "index",
        "The higher the loss, the more directions lead down",
        "The number of negative eigenvalues grows with the loss of the stratum.",
        Axis::linear("loss at the stratum"),
        Axis::linear("negative eigenvalues"),
    )
    .points("strata", points.iter().map(|point| (point.loss, point.inertia[0] as f64)))
}

fn measure(
    network: &TwoLayerLinear,
    strata: &Strata<'_>,
    set: &[usize],
    c: &DMatrix<f64>,
    k: &DMatrix<f64>,
) -> Result<Point, Failure> {
    let theta = strata.critical_point(set, c, k)?;
    let (inertia, eigenvalues) = Inertia::of_symmetric(&network.hessian(&theta)?, ZERO)?;
    let predicted = strata.inertia(set)?;
    let largest = eigenvalues.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    let norm = DVector::from_column_slice(&theta).norm().max(1.0);
    Ok(Point {
        directions: set.iter().map(|j| j + 1).collect(),
        predicted_loss: strata.loss(set)?,
        loss: network.value(&theta)?,
        gradient: network.gradient(&theta)?.norm() / (largest * norm),
        predicted: [predicted.negative, predicted.zero, predicted.positive],
        inertia: [inertia.negative, inertia.zero, inertia.positive],
        eigenvalues,
    })
}

/// The catalogue's data: three inputs and outputs, two hidden units, six samples.
pub(super) fn reference_network() -> Result<TwoLayerLinear, Failure> {
    let x = [2.0, -1.0, 0.0, 3.0, 1.0, -2.0, 0.0, 1.0, 4.0, -1.0, 2.0, 1.0, 1.0, 0.0, -1.0, 2.0, -3.0, 2.0];
    let y = [1.0, 0.0, 2.0, -1.0, 3.0, 1.0, 2.0, -3.0, 1.0, 0.0, 1.0, -1.0, 0.0, 1.0, 1.0, 4.0, -2.0, 2.0];
    Ok(TwoLayerLinear::new(DMatrix::from_row_slice(3, 6, &x), DMatrix::from_row_slice(3, 6, &y), 2)?)
}

/// Normal data with 2 to 5 inputs and outputs and up to as many hidden units.
pub(super) fn random_network(stream: &mut Stream) -> Result<TwoLayerLinear, Failure> {
    let d = 2 + stream.index(4);
    let width = 1 + stream.index(d);
    let samples = d + 3 + stream.index(6);
    let x = DMatrix::from_fn(d, samples, |_, _| stream.normal());
    let y = DMatrix::from_fn(d, samples, |_, _| stream.normal());
    Ok(TwoLayerLinear::new(x, y, width)?)
}

/// A normal matrix, drawn again until its condition number is at most 20, scaled to determinant ±1.
///
/// The condition number alone does not do: for one hidden unit it is 1 for every `C`, and `C = 0.001` puts true
/// eigenvalues below the tolerance for zeros (13 of 33,000 points, before `C` was scaled).
fn well_conditioned(size: usize, stream: &mut Stream) -> DMatrix<f64> {
    loop {
        let c = DMatrix::from_fn(size, size, |_, _| stream.normal());
        let singular = c.singular_values();
        if singular.max() <= 20.0 * singular.min() {
            let scale = singular.product().powf(1.0 / size as f64);
            return c / scale;
        }
    }
}

/// Eigenvalues of `Σ` for the reference data.
const LAMBDA: [f64; 3] = [21.85917850007931, 12.564753232253892, 4.770350268966338];

/// For each stratum of the reference data: `J`, loss, inertia, and the extreme eigenvalues for `C = I`, `K = 0`.
#[expect(clippy::type_complexity, reason = "a table, written once and read once")]
const TABLE: [(&[usize], f64, [usize; 3], f64, f64); 7] = [
    (&[], 58.0, [6, 0, 6], -46.197303871118784, 46.19730387111878),
    (&[1], 36.14082149992069, [2, 3, 7], -31.0280744651245, 100.12566811304109),
    (&[2], 45.43524676774611, [3, 3, 6], -42.98595880097557, 93.66166199427359),
    (&[3], 53.22964973103366, [4, 3, 5], -45.76564707713115, 89.41558943591164),
    (&[1, 2], 23.5760682676668, [0, 4, 8], 0.0, 98.84617272755995),
    (&[1, 3], 31.37047123095435, [1, 4, 7], -9.966066410834236, 99.74027435118747),
    (&[2, 3], 40.66489649877977, [2, 4, 6], -18.997255830971895, 93.46883546773918),
];
