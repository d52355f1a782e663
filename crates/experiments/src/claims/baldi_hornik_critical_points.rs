//! Every critical point of the two-layer linear network, its loss and its index.

pub(super) mod data;
mod figures;

use nalgebra::{DMatrix, DVector};
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::Figure;
use crate::portrait::Portrait;
use crate::verdict::{Check, Judgement};

use data::{LAMBDA, Row, TABLE, random_network, reference_network, well_conditioned};

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
                        let Row { directions, loss, inertia, lowest, highest } = *row;
                        let at = format!("J = {:?}", point.directions);
                        checks.push(Check::equal(
                            format!("the stratum is that of the table, {at}"),
                            *point.directions == *directions,
                            true,
                        ));
                        checks.push(Check::relative(format!("loss, {at}"), point.loss, loss, 1e-10));
                        let expected = format!("{inertia:?}");
                        let measured = format!("{:?}", point.inertia);
                        checks.push(Check::holds(
                            format!("negative, zero, positive, {at}"),
                            point.inertia == inertia,
                            measured,
                            expected,
                        ));
                        checks.push(Check::equal(
                            format!("the formula agrees, {at}"),
                            point.predicted == inertia,
                            true,
                        ));
                        let ends = [point.eigenvalues.first(), point.eigenvalues.last()];
                        for (end, expected) in ends.into_iter().zip([lowest, highest]) {
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
                Outcome::Points { points, .. } => {
                    vec![figures::spectra(points), figures::index_against_loss(points)]
                }
                Outcome::Portrait { portrait } => vec![figures::landscape(portrait)],
                _ => Vec::new(),
            })
            .collect()
    }
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
