//! How many directions lead down from each critical point of a two-layer linear network.

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::critical::section;
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use super::baldi_hornik_critical_points::data::{
    Row, TABLE, ZERO, counts, random_critical_points, reference_network,
};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `baldi-hornik-hessian-index`.
pub struct BaldiHornikHessianIndex;

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
        /// By how many the inputs outnumber the outputs.
        further: usize,
        /// Seed of the draws.
        seed: u64,
    },
    /// Closed-form spectra for whitened inputs.
    Whitened {
        /// Outputs.
        size: usize,
        /// By how many the inputs outnumber them.
        further: usize,
        /// Seed of the targets.
        seed: u64,
    },
}

/// One critical point of the reference data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// `J`, numbered from 1.
    directions: Vec<usize>,
    /// The loss.
    loss: f64,
    /// Negative, zero and positive eigenvalues by the formula.
    predicted: [usize; 3],
    /// The same, measured.
    inertia: [usize; 3],
    /// The same, proved: from the certificate of the point's orbit on a section across it; none where that fails.
    certified: Option<[usize; 3]>,
    /// Eigenvalues of the Hessian, increasing.
    eigenvalues: Vec<f64>,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// One entry a critical point.
    Points {
        /// The points.
        points: Vec<Point>,
    },
    /// Counts over random data.
    Random {
        /// Critical points.
        points: usize,
        /// Of another inertia than predicted.
        mismatches: usize,
        /// Without a negative eigenvalue, but not of the best directions.
        spurious: usize,
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
}

impl Claim for BaldiHornikHessianIndex {
    const CARD: Card = Card {
        id: "baldi-hornik-hessian-index",
        version: 2,
        title: "All critical points of a two-layer linear network but the global minima are strict saddles, of known index",
        statement: r"At the critical point of $(J, C, K)$, $|J| = r$ (see `baldi-hornik-critical-points`), the Hessian of
            $\|Y - ABX\|_F^2$ has
            $$\#\{(i, j): i\notin J,\ j\in J,\ i<j\} + (p-r)(d-r)$$
            negative and $r(2p-r) + (p-r)(m-d)$ zero eigenvalues among $p(d+m)$, for $d$ outputs and $m \ge d$ inputs. Only
            $J = \{1..p\}$ has no negative one: every other critical point is a strict saddle. For as many inputs as outputs
            the zeros are those of the symmetry $(AC, C^{-1}B)$: on a section across the orbit nothing is degenerate, and the
            inertia has a certificate there, for each stratum of the reference data.

            Where $\Sigma_{XX} = I$ and the layers are balanced the whole spectrum is known. With $s_i = \sqrt{\lambda_i}$ it is
            $2(s_j \pm s_i)$ for $i\notin J$, $j\in J$; $2(s_j + s_{j'})$ and $0$ for $(j, j')\in J^2$; $\pm 2s_i$ for
            $i\notin J$ and each dead unit; $0$ twice for $j \in J$ and each dead unit; and for each further input $2s_j$ for
            $j \in J$ and $0$ for each dead unit.",
        sources: &[Source {
            citation: "Baldi, Hornik, Neural networks and principal component analysis: learning from examples without local \
                minima, Neural Networks 2, 1989, Facts 3 and 4; the counts and the spectrum derived for this project",
            identifier: Some("doi:10.1016/0893-6080(89)90014-2"),
        }],
        hypotheses: &[
            "$\\Sigma_{XX}$ is invertible and $\\Sigma$ has distinct positive eigenvalues",
            "measured at free rows of the form $KU_J^\\top W$; with more inputs than outputs there are others, of the same inertia",
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
        let square = (0..tasks).map(|task| Task::Random { points, further: 0, seed: seed + task });
        let wide = (1..=2).map(|further| Task::Random {
            points: points / 2,
            further,
            seed: seed + tasks + further as u64,
        });
        let whitened = [(2, 0), (3, 0), (4, 0), (5, 0), (3, 2)];
        let whitened =
            whitened.map(|(size, further)| Task::Whitened { size, further, seed: seed + size as u64 });
        [Task::Reference].into_iter().chain(whitened).chain(square).chain(wide).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        Ok(match *task {
            Task::Reference => {
                let network = reference_network()?;
                let strata = Strata::of(&network)?;
                let point = |set: Vec<usize>| {
                    let (p, r) = (network.width(), set.len());
                    let theta =
                        strata.critical_point(&set, &DMatrix::identity(p, p), &DMatrix::zeros(p - r, r))?;
                    let (inertia, eigenvalues) = Inertia::of_symmetric(&network.hessian(&theta)?, ZERO)?;
                    let proof = section::certify_near(&network, &theta).ok();
                    let proof = proof.filter(|proof| proof.verify(&network).is_ok());
                    Ok(Point {
                        certified: proof.map(|proof| counts(proof.inertia())),
                        loss: network.value(&theta)?,
                        predicted: counts(strata.inertia(&set)?),
                        inertia: counts(inertia),
                        eigenvalues,
                        directions: set.iter().map(|j| j + 1).collect(),
                    })
                };
                Outcome::Points { points: strata.all().into_iter().map(point).collect::<Result<_, Failure>>()? }
            }
            Task::Random { points, further, seed } => {
                let (mut found, mut mismatches, mut spurious) = (0, 0, 0);
                let discarded = random_critical_points(points, further, seed, lab, |drawn, _| {
                    let theta = drawn.strata.critical_point(&drawn.set, &drawn.c, &drawn.k)?;
                    let (inertia, _) = Inertia::of_symmetric(&drawn.network.hessian(&theta)?, ZERO)?;
                    let best = drawn.set.iter().copied().eq(0..drawn.network.width());
                    found += 1;
                    mismatches += usize::from(inertia != drawn.strata.inertia(&drawn.set)?);
                    spurious += usize::from((inertia.negative == 0) != best);
                    Ok(())
                })?;
                Outcome::Random { points: found, mismatches, spurious, discarded }
            }
            Task::Whitened { size, further, seed } => {
                let (mut stream, inputs) = (Stream::new(seed), size + further);
                let targets = DMatrix::from_fn(size, inputs, |_, _| stream.normal());
                let (mut error, mut count) = (0f64, 0);
                for width in 1..=size {
                    let network =
                        TwoLayerLinear::new(DMatrix::identity(inputs, inputs), targets.clone(), width)?;
                    let strata = Strata::of(&network)?;
                    for set in strata.all() {
                        lab.go_on()?;
                        let expected = strata.whitened_spectrum(&set)?;
                        let hessian = network.hessian(&strata.balanced(&set)?)?;
                        let (_, found) = Inertia::of_symmetric(&hessian, ZERO)?;
                        let largest = expected.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
                        for (a, b) in found.iter().zip(&expected) {
                            error = maximum(error, (a - b).abs() / largest);
                        }
                        count += 1;
                    }
                }
                Outcome::Whitened { error, strata: count }
            }
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut total, mut wrong, mut escaped) = (0, 0, 0);
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (_, Outcome::Points { points }) => {
                    checks.push(Check::equal("strata, reference data", points.len(), TABLE.len()));
                    for (point, row) in points.iter().zip(&TABLE) {
                        checks.extend(compare(point, row));
                    }
                }
                (_, Outcome::Random { points, mismatches, spurious, .. }) => {
                    total += points;
                    wrong += mismatches;
                    escaped += spurious;
                }
                (Task::Whitened { size, further, .. }, Outcome::Whitened { error, strata }) => {
                    let what = format!(
                        "error of the closed-form spectrum, d = {size}, m = {}, {strata} strata",
                        size + further
                    );
                    checks.push(Check::at_most(what, *error, 1e-10));
                }
                _ => {}
            }
        }
        checks.push(Check::at_least("random critical points", total as f64, 500.0));
        checks.push(Check::equal("of them, of another inertia than the formula's", wrong, 0));
        checks.push(Check::equal(
            "of them, without a negative eigenvalue though not a global minimum, or the reverse",
            escaped,
            0,
        ));
        let sentence = format!(
            "The formula gives the inertia of all {total} random critical points and of the reference table: every one but the global minima is a strict saddle."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let points = evidence.iter().find_map(|e| match &e.outcome {
            Outcome::Points { points } => Some(points),
            _ => None,
        });
        points.map(|points| vec![spectra(points), index_against_loss(points)]).unwrap_or_default()
    }
}

fn compare(point: &Point, row: &Row) -> Vec<Check> {
    let at = format!("J = {:?}", point.directions);
    let shown = |inertia: [usize; 3]| format!("{inertia:?}");
    let mut checks = vec![
        Check::equal(
            format!("the stratum is that of the table, {at}"),
            *point.directions == *row.directions,
            true,
        ),
        Check::equal(format!("negative, zero, positive, {at}"), shown(point.inertia), shown(row.inertia)),
        Check::equal(format!("the same by the formula, {at}"), shown(point.predicted), shown(row.inertia)),
        Check::equal(
            format!("the same proved, on a section across the orbit, {at}"),
            point.certified.map_or("no certificate".into(), shown),
            shown(row.inertia),
        ),
    ];
    let ends = [point.eigenvalues.first(), point.eigenvalues.last()];
    for (end, expected) in ends.into_iter().zip([row.lowest, row.highest]) {
        let end = end.copied().unwrap_or(f64::NAN);
        checks.push(Check::absolute(format!("extreme eigenvalue, {at}"), end, expected, 1e-8));
    }
    checks
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
