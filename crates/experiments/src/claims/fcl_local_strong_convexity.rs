//! The risk of an average of sigmoids is strongly convex around the planted weights, in a very small ball.

mod figures;
mod risks;

use saddlepoint_landscape::critical::krawczyk;
use saddlepoint_landscape::descent::{Bfgs, GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_landscape::uniform::least_curvature;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use super::planted_erm_rate::distance;
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::Figure;
use crate::verdict::{Check, Judgement, maximum, minimum};
use risks::{empirical, population, symmetric};
use saddlepoint_rigor::decomposition::eigenvalues;

/// The claim `fcl-local-strong-convexity`.
pub struct FclLocalStrongConvexity;

/// Which loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Cross entropy.
    CrossEntropy,
    /// Half the squared error.
    HalfSquared,
}

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// The Hessian of the population risk at a point.
    Spectrum {
        /// The loss.
        loss: Loss,
        /// The planted weights of two units, `w₁, w₂`.
        truth: [f64; 4],
        /// Where.
        point: [f64; 4],
    },
    /// The Hessian of the population risk on a sphere around planted weights `scale · I`.
    Sphere {
        /// The loss.
        loss: Loss,
        /// The scale.
        scale: f64,
        /// The sphere's radius.
        radius: f64,
        /// How many random directions, beside those that the symmetry of the truth singles out.
        directions: usize,
        /// Their seed.
        seed: u64,
    },
    /// The Hessian of the empirical risk on the sphere of radius 0.1 around the planted weights, `d = 5`, `K = 3`.
    Sample {
        /// Samples.
        samples: usize,
        /// Random directions.
        directions: usize,
        /// Seed of both, and of the planted weights.
        seed: u64,
    },
    /// Gradient descent on an empirical risk from starts in that sphere.
    Descent {
        /// Samples.
        samples: usize,
        /// Starts.
        starts: usize,
        /// Seed of both, and of the planted weights.
        seed: u64,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Eigenvalues of the Hessian, in increasing order.
    Spectrum {
        /// The eigenvalues.
        eigenvalues: Vec<f64>,
    },
    /// The least eigenvalue over the directions.
    Least {
        /// Its value.
        least: f64,
    },
    /// The way of the descents.
    Descent {
        /// Distance to the minimizer after every tenth step, for each start.
        ways: Vec<Vec<f64>>,
        /// Distance of each end from the minimizer.
        ends: Vec<f64>,
        /// Distance of the minimizer from the planted weights.
        away: f64,
        /// The index of the minimizer, which a certificate proves to be alone in a box; none without.
        index: Option<usize>,
    },
}

const CE: Loss = Loss::CrossEntropy;
const SQUARED: Loss = Loss::HalfSquared;

/// Loss, planted weights, point, the Hessian's eigenvalues, and what their printed digits leave open.
type Spectrum = (Loss, [f64; 4], [f64; 4], [f64; 4], f64);

/// The catalogue's eigenvalues of Hessians of the population risk.
const SPECTRA: [Spectrum; 5] = [
    (CE, I, I, [0.00310622126651, 0.00351126723072, 0.0711048315934, 0.0834619253492], 1e-9),
    (CE, TWICE, TWICE, [0.0049247402406, 0.00524604030257, 0.0413153816291, 0.0515063962845], 1e-9),
    (SQUARED, I, I, [0.00066360865988, 0.00066360865988, 0.0164721596315, 0.0164721596315], 1e-9),
    (SQUARED, TWICE, TWICE, [0.000863272745643, 0.000863272745643, 0.00807755936568, 0.00807755936568], 1e-9),
    (CE, I, [0.5; 4], [-0.00562, -0.00471, 0.0914, 0.1123], 1e-4),
];
const I: [f64; 4] = [1.0, 0.0, 0.0, 1.0];
const TWICE: [f64; 4] = [2.0, 0.0, 0.0, 2.0];
/// Planted weights that are parallel: the hypothesis of full rank fails.
const PARALLEL: [[f64; 4]; 2] = [[1.0, 0.0, 1.0, 0.0], [1.0, 0.0, -1.0, 0.0]];

/// The spheres, and whether the catalogue finds the Hessian positive definite on them.
const SPHERES: [(Loss, f64, f64, bool); 9] = [
    (CE, 1.0, 0.05, true),
    (CE, 1.0, 0.08, true),
    (CE, 1.0, 0.1, false),
    (CE, 1.0, 0.15, false),
    (CE, 2.0, 0.1, true),
    (CE, 2.0, 0.2, true),
    (CE, 2.0, 0.4, false),
    (SQUARED, 1.0, 0.1, true),
    (SQUARED, 1.0, 0.15, false),
];

const RADIUS: f64 = 0.1;

impl Claim for FclLocalStrongConvexity {
    const CARD: Card = Card {
        id: "fcl-local-strong-convexity",
        version: 2,
        title: "Around planted weights of full rank the risk of averaged sigmoids is strongly convex",
        statement: "Let $x\\sim N(0, I_d)$ and $P(y=1\\mid x) = H(W^*, x) = \\frac1K\\sum_k\\sigma(w_k^*\\cdot x)$ with $W^*$ of full \
            rank. There are a radius $r(W^*) > 0$ and $c > 0$ such that the empirical risk, with cross entropy, satisfies \
            $\\nabla^2 f_n(W) \\succeq cI$ for $\\lVert W - W^*\\rVert_F \\le r$ once $n \\gtrsim d\\,\\mathrm{poly}(K,\\kappa)\\log^2 d$, and \
            gradient descent inside converges linearly to a critical point at a distance of $O(\\sqrt{d\\log n/n})$ from $W^*$. The \
            first version of the paper has the squared loss.\n\n\
            How small the ball is: for $W^* = I_2$ its radius is about $0.1$, for $W^* = 2I_2$ between $0.2$ and $0.4$. With \
            $d = 5$, $K = 3$ and $n = 8000$ the minimizer is outside of the ball of radius $0.1$, several times as far away; the \
            Hessian is positive definite on it only for some samples of that size, for none of $500$ and for all of $32000$.",
        sources: &[Source {
            citation: "Fu, Chi, Liang, Guaranteed recovery of one-hidden-layer neural networks via cross entropy, 2018, theorems 1 \
                and 2; the quadratic loss: the first version, Local geometry of one-hidden-layer neural networks for logistic \
                regression",
            identifier: Some("arXiv:1802.06463"),
        }],
        hypotheses: &[
            "standard normal inputs",
            "$W^*$ has full rank: with $w_1^* = \\pm w_2^*$ the Hessian at $W^*$ is singular",
            "the permutation of the units is fixed",
        ],
        kind: Kind::Statistical,
        tags: &["landscape", "planted", "convexity"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let spectra = SPECTRA.map(|(loss, truth, point, ..)| Task::Spectrum { loss, truth, point });
        let parallel = PARALLEL.map(|truth| Task::Spectrum { loss: CE, truth, point: truth });
        let directions = profile.pick(0, 300, 3000);
        let spheres =
            SPHERES.map(|(loss, scale, radius, _)| Task::Sphere { loss, scale, radius, directions, seed });
        let sizes: &[(usize, u64)] = profile.pick(
            &[(500, 5), (32_000, 1)],
            &[(500, 5), (2000, 5), (8000, 5), (32_000, 5)],
            &[(500, 50), (2000, 50), (8000, 50), (32_000, 50), (128_000, 10)],
        );
        let samples = sizes.iter().flat_map(|&(samples, sets)| {
            (0..sets).map(move |set| Task::Sample { samples, directions: 20, seed: seed + set })
        });
        let descents = (profile != Profile::Smoke).then_some(Task::Descent { samples: 8000, starts: 3, seed });
        spectra.into_iter().chain(parallel).chain(spheres).chain(samples).chain(descents).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        Ok(match task {
            Task::Spectrum { loss, truth, point } => {
                let risk = population(*loss, truth, 2.5)?;
                let mut eigenvalues = eigenvalues(risk.hessian(point)?)?.as_slice().to_vec();
                eigenvalues.sort_by(f64::total_cmp);
                Outcome::Spectrum { eigenvalues }
            }
            &Task::Sphere { loss, scale, radius, directions, seed } => {
                let truth = I.map(|entry| scale * entry);
                let risk = population(loss, &truth, scale + radius)?;
                let mut stream = Stream::new(seed);
                let random = (0..directions).map(|_| stream.normals(4));
                let mut least = f64::INFINITY;
                for direction in symmetric().chain(random) {
                    lab.go_on()?;
                    least = minimum(least, least_curvature(&risk, &truth, radius, &[direction])?);
                }
                Outcome::Least { least }
            }
            &Task::Sample { samples, directions, seed } => {
                let (risk, truth, mut stream) = empirical(samples, seed)?;
                let directions: Vec<_> = (0..directions).map(|_| stream.normals(truth.len())).collect();
                Outcome::Least { least: least_curvature(&risk, &truth, RADIUS, &directions)? }
            }
            &Task::Descent { samples, starts, seed } => {
                let (risk, truth, mut stream) = empirical(samples, seed)?;
                let minimum =
                    Bfgs::new(StopRule { steps: 500, gradient_norm: 1e-13 })?.run(&risk, &truth)?.point;
                let descent = GradientDescent::new(20.0, StopRule { steps: 1500, gradient_norm: 1e-13 })?;
                let (mut ways, mut ends) = (Vec::new(), Vec::new());
                for _ in 0..starts {
                    lab.go_on()?;
                    let direction = stream.normals(truth.len());
                    let scale = RADIUS / distance(&direction, &vec![0.0; truth.len()]);
                    let start: Vec<f64> = truth.iter().zip(&direction).map(|(w, u)| w + scale * u).collect();
                    let (end, way) = descent.record(&risk, &start, 10)?;
                    ways.push(way.points.iter().map(|point| distance(point, &minimum)).collect());
                    ends.push(distance(&end.point, &minimum));
                }
                let proof = krawczyk::certify_near(&risk, &minimum).ok();
                let index = proof.filter(|proof| proof.verify(&risk).is_ok()).map(|proof| proof.index);
                Outcome::Descent { ways, ends, away: distance(&minimum, &truth), index }
            }
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (Task::Spectrum { loss, truth, point }, Outcome::Spectrum { eigenvalues }) => {
                    let row = SPECTRA.iter().find(|row| (row.0, row.1, row.2) == (*loss, *truth, *point));
                    if let Some((.., expected, tolerance)) = row {
                        for (k, (found, expected)) in eigenvalues.iter().zip(expected).enumerate() {
                            let what = format!(
                                "eigenvalue {} at {point:?}, {}, planted {truth:?}",
                                k + 1,
                                name(*loss)
                            );
                            checks.push(Check::absolute(what, *found, *expected, *tolerance));
                        }
                    } else {
                        let what = format!("zero eigenvalues at planted weights that are parallel, {truth:?}");
                        let zeros = eigenvalues.iter().filter(|value| value.abs() < 1e-12).count();
                        checks.push(Check::equal(what, zeros, 2));
                    }
                }
                (Task::Sphere { loss, scale, radius, .. }, Outcome::Least { least }) => {
                    let row = SPHERES.iter().find(|row| (row.0, row.1, row.2) == (*loss, *scale, *radius));
                    let positive = row.is_some_and(|row| row.3);
                    let what =
                        format!("least eigenvalue at the distance {radius} from {scale} I, {}", name(*loss));
                    let expected = if positive { "positive" } else { "not positive" };
                    checks.push(Check::holds(
                        what,
                        (*least > 0.0) == positive,
                        format!("{least:.3e}"),
                        expected,
                    ));
                }
                (_, Outcome::Descent { ways, ends, away, index }) => {
                    checks.push(Check::equal(
                        "the minimizer of 8000 samples is certified: index",
                        index.map_or("no certificate".into(), |index| index.to_string()),
                        "0".to_owned(),
                    ));
                    // Linear convergence, as far as f64 sees it.
                    let pairs = ways.iter().flat_map(|way| way.windows(2)).filter(|pair| pair[1] > 1e-9);
                    let slowest = pairs.map(|pair| pair[1] / pair[0]).fold(0.0, maximum);
                    let what = "largest ratio of distances from the minimizer ten steps apart";
                    checks.push(Check::at_most(what, slowest, 0.99));
                    let largest = ends.iter().copied().fold(0.0, maximum);
                    checks.push(Check::at_most(
                        "distance of the descents' ends from the minimizer",
                        largest,
                        1e-9,
                    ));
                    checks.push(Check::at_least(
                        "distance of the minimizer from the planted weights, n = 8000",
                        *away,
                        RADIUS,
                    ));
                }
                _ => {}
            }
        }
        let definite = |samples: usize| {
            let (least, sets) = curvatures(evidence, samples);
            (least.filter(|least| *least > 0.0).count(), sets)
        };
        let (none, sets) = definite(500);
        checks.push(Check::equal(
            format!("samples of size 500 with a positive definite Hessian, of {sets}"),
            none,
            0,
        ));
        let (all, sets) = definite(32_000);
        checks.push(Check::equal(
            format!("samples of size 32000 with a positive definite Hessian, of {sets}"),
            all,
            sets,
        ));
        Judgement::from_checks(
            "The risk is strongly convex around the planted weights, in a ball that is too small to contain the minimizer of 8000 samples.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        figures::all(evidence)
    }
}

fn name(loss: Loss) -> &'static str {
    match loss {
        Loss::CrossEntropy => "cross entropy",
        Loss::HalfSquared => "half squared error",
    }
}

/// The least eigenvalues of the samples of one size, and how many there are.
fn curvatures(evidence: &[Evidence<Task, Outcome>], size: usize) -> (impl Iterator<Item = f64>, usize) {
    let all: Vec<f64> = evidence
        .iter()
        .filter_map(|e| match (&e.task, &e.outcome) {
            (Task::Sample { samples, .. }, Outcome::Least { least }) if *samples == size => Some(*least),
            _ => None,
        })
        .collect();
    let count = all.len();
    (all.into_iter(), count)
}
