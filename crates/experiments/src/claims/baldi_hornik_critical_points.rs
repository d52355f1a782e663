//! Every critical point of the two-layer linear network, its loss and its index.

pub(super) mod data;
mod figures;

use nalgebra::{DMatrix, DVector};
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_rigor::decomposition::eigenvalues;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::Figure;
use crate::portrait::Portrait;
use crate::verdict::{Check, Judgement, maximum};

use data::{Drawn, LAMBDA, TABLE, random_critical_points, reference_network};

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
    /// `‖AB − P_J W‖_F` over `‖W‖_F`.
    product: f64,
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
        /// Largest relative gradient.
        gradient: f64,
        /// Largest error of the loss, relative to the loss at the origin.
        loss: f64,
        /// Largest relative error of the product `AB`.
        product: f64,
        /// Data sets discarded for nearly equal eigenvalues.
        discarded: usize,
    },
    /// Grid and paths.
    Portrait {
        /// The plot's raw material.
        portrait: Portrait,
    },
}

impl Claim for BaldiHornikCriticalPoints {
    const CARD: Card = Card {
        id: "baldi-hornik-critical-points",
        version: 4,
        title: "Every critical point of a two-layer linear network is known, with its loss",
        statement: r"Let $f(A, B) = \|Y - ABX\|_F^2$ with $A \in \mathbb{R}^{d\times p}$, $p \le d$,
            $W = \Sigma_{YX}\Sigma_{XX}^{-1}$ and $\Sigma = W\Sigma_{XY} = U\Lambda U^\top$. Then $(A, B)$ is critical
            if and only if for some $J$ of $r \le p$ directions, $C \in GL_p$ and
            $K \in \mathbb{R}^{(p-r)\times r}$
            $$A = [\,U_J\ \ 0\,]\,C,\qquad B = C^{-1}\begin{bmatrix}U_J^\top W\\ KU_J^\top W\end{bmatrix}.$$
            There $AB = P_JW$, a regression projected on principal directions, and
            $f = \operatorname{tr}\Sigma_{YY} - \sum_{j\in J}\lambda_j$: as many levels as sets of at most $p$ directions.",
        sources: &[Source {
            citation: "Baldi, Hornik, Neural networks and principal component analysis: learning from examples without local \
                minima, Neural Networks 2, 1989, Facts 1 to 4; the form of the free rows derived for this project",
            identifier: Some("doi:10.1016/0893-6080(89)90014-2"),
        }],
        hypotheses: &[
            "$\\Sigma_{XX}$ is invertible and $\\Sigma$ has distinct positive eigenvalues",
            "for the absorbed form of the free rows: as many inputs as outputs",
            "measured with $\\operatorname{cond}(C) \\le 20$, $|\\det C| = 1$ and gaps above $10^{-3}$",
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
        [Task::Reference, Task::Portrait].into_iter().chain(random).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        Ok(match *task {
            Task::Reference => {
                let network = reference_network()?;
                let strata = Strata::of(&network)?;
                let points = strata.all().into_iter().map(|set| {
                    let (p, r) = (network.width(), set.len());
                    let (c, k) = (DMatrix::identity(p, p), DMatrix::zeros(p - r, r));
                    measure(&Drawn { network: &network, strata: &strata, set, c, k })
                });
                Outcome::Points {
                    scale: network.targets().norm_squared(),
                    eigenvalues: strata.eigenvalues().as_slice().to_vec(),
                    points: points.collect::<Result<_, Failure>>()?,
                }
            }
            Task::Random { points, seed } => {
                let (mut found, mut gradient, mut loss, mut product) = (0, 0f64, 0f64, 0f64);
                let discarded = random_critical_points(points, 0, seed, lab, |drawn, _| {
                    let point = measure(&drawn)?;
                    let scale = drawn.network.targets().norm_squared();
                    found += 1;
                    gradient = maximum(gradient, point.gradient);
                    loss = maximum(loss, (point.loss - point.predicted_loss).abs() / scale);
                    product = maximum(product, point.product);
                    Ok(())
                })?;
                Outcome::Random { points: found, gradient, loss, product, discarded }
            }
            Task::Portrait => {
                let one = DMatrix::identity(1, 1);
                let network = TwoLayerLinear::new(one.clone(), one, 1)?;
                let descent = GradientDescent::new(0.02, StopRule::after(1000))?;
                let starts = [[1.8, -1.2], [-1.5, 1.9], [-0.6, 0.62], [0.1, -1.0], [1.9, 1.7]];
                // The root of the loss, so that the valleys show beside the steep corners.
                let root = |a: f64, b: f64| Ok(network.value(&[a, b])?.sqrt());
                let portrait = Portrait::map([-2.0, 2.0], [-2.0, 2.0], root)?;
                // The origin is a point; the minima are the two branches of a curve, each one orbit of the symmetry.
                let portrait = portrait
                    .with_paths(&network, &descent, &starts, 1)?
                    .with_mapped_critical_points(&network, &[vec![0.0; 2]], |point| point)?
                    .with_orbits(&network, &[[1.0, 1.0], [-1.0, -1.0]]);
                Outcome::Portrait { portrait }
            }
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut total, mut gradient, mut loss, mut product) = (0, 0f64, 0f64, 0f64);
        let mut checks = Vec::new();
        for e in evidence {
            match &e.outcome {
                Outcome::Points { scale, eigenvalues, points } => {
                    for (found, expected) in eigenvalues.iter().zip(LAMBDA) {
                        let what = "eigenvalue of Σ, reference data";
                        checks.push(Check::relative(what, *found, expected, 1e-10));
                    }
                    checks.push(Check::equal("tr Σ_YY, reference data", *scale, 58.0));
                    checks.push(Check::equal("strata, reference data", points.len(), TABLE.len()));
                    for (point, row) in points.iter().zip(&TABLE) {
                        let at = format!("J = {:?}", point.directions);
                        let same = *point.directions == *row.directions;
                        checks.push(Check::equal(
                            format!("the stratum is that of the table, {at}"),
                            same,
                            true,
                        ));
                        checks.push(Check::relative(format!("loss, {at}"), point.loss, row.loss, 1e-10));
                        checks.push(Check::at_most(format!("relative gradient, {at}"), point.gradient, 1e-10));
                        let what = format!("relative distance of AB from P_J W, {at}");
                        checks.push(Check::at_most(what, point.product, 1e-10));
                    }
                }
                Outcome::Random { points, gradient: g, loss: l, product: p, .. } => {
                    total += points;
                    gradient = maximum(gradient, *g);
                    loss = maximum(loss, *l);
                    product = maximum(product, *p);
                }
                Outcome::Portrait { portrait } => {
                    checks.push(Check::equal(
                        "curves of minima certified on the map",
                        portrait.certified_orbits(0),
                        2,
                    ));
                    checks.push(Check::equal("saddles certified on the map", portrait.certified(1), 1));
                }
            }
        }
        checks.push(Check::at_least("random critical points", total as f64, 500.0));
        checks.push(Check::at_most("largest relative gradient at them", gradient, 1e-10));
        checks.push(Check::at_most("largest relative error of the loss at them", loss, 1e-10));
        checks.push(Check::at_most("largest relative distance of AB from P_J W at them", product, 1e-10));
        let sentence = format!(
            "At {total} random points of the form and at all of the reference table the gradient vanishes and the loss is the formula's."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let figure = |e: &Evidence<Task, Outcome>| match &e.outcome {
            Outcome::Points { points, .. } => Some(figures::levels(points)),
            Outcome::Portrait { portrait } => Some(figures::landscape(portrait)),
            Outcome::Random { .. } => None,
        };
        evidence.iter().filter_map(figure).collect()
    }
}

fn measure(drawn: &Drawn<'_>) -> Result<Point, Failure> {
    let Drawn { network, strata, set, c, k } = drawn;
    let theta = strata.critical_point(set, c, k)?;
    let largest = eigenvalues(network.hessian(&theta)?)?.amax();
    let norm = DVector::from_column_slice(&theta).norm().max(1.0);
    Ok(Point {
        directions: set.iter().map(|j| j + 1).collect(),
        predicted_loss: strata.loss(set)?,
        loss: network.value(&theta)?,
        gradient: network.gradient(&theta)?.norm() / (largest * norm),
        product: strata.distance_from_projection(set, &theta)?,
    })
}
