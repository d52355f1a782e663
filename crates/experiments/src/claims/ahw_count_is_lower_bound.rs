//! The theorem's count of local minima is a lower bound: general directions give more, each with a certificate.

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::SubsetConstruction;
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::Interval;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::portrait::Portrait;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `ahw-count-is-lower-bound`.
pub struct AhwCountIsLowerBound;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// Samples in scattered directions of the plane.
    Plane {
        /// `n`
        samples: usize,
        /// `α`
        ratio: f64,
    },
    /// Samples in random directions of the positive octant of space, with the smallest of the ratios 16, 32, … that is large
    /// enough.
    Space {
        /// `n`
        samples: usize,
        /// Seed of the directions.
        seed: u64,
    },
    /// The error over the plane, for four samples.
    Portrait,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Certificates.
    Certified {
        /// `α`
        ratio: f64,
        /// Sets of `d` samples, `C(n, d)`.
        subsets: usize,
        /// Those whose certificate says minimum, and verifies.
        minima: usize,
        /// Pairs of them that are not proved to differ.
        confused: usize,
        /// The largest contraction of Krawczyk's operator.
        contraction: f64,
        /// The minima.
        points: Vec<Vec<f64>>,
    },
    /// Level sets over `(log₁₀ w₁, log₁₀ −w₂)`.
    Portrait {
        /// The plot's raw material.
        portrait: Portrait,
    },
}

const LABEL: f64 = 0.75;

/// General directions are drawn, not chosen: how large a ratio is large enough depends on the draw. It is looked for among
/// powers of two up to this exponent; beyond, f64 cannot hold both the smallest and the largest sample.
const LARGEST: i32 = 12;

/// Of the draws in space, the share that must have a minimum for every set: directions that nearly coincide need more than
/// the largest ratio (in the largest profile one draw of 48 does).
const GENERAL: f64 = 0.9;

/// The catalogue's minima for four samples, to ten decimals.
const FOUR: [(f64, f64); 6] = [
    (1.5599336048, -2.211015005),
    (1.2853068421, -0.8536533705),
    (1.1660912172, -0.2316764941),
    (0.1708841036, -0.1090474089),
    (0.1075384038, -0.0211173016),
    (0.0127090587, -0.0022561708),
];

impl Claim for AhwCountIsLowerBound {
    const CARD: Card = Card {
        id: "ahw-count-is-lower-bound",
        version: 3,
        title: "A neuron can have a local minimum for every choice of d of its n samples",
        statement: "The $\\lfloor n/d\\rfloor^d$ local minima of Auer, Herbster and Warmuth are a lower bound, not the number: \
            for samples $x_t = \\alpha^t u_t$ in general directions $u_t \\in \\mathbb{R}^d$, with label $\\tfrac34$ and a large \
            ratio $\\alpha$, every set $S$ of $d$ samples has a local minimum of \
            $E(w) = \\sum_t (y_t - \\sigma(w\\cdot x_t))^2$ near the weight with $X_S w = \\ln 3 \\cdot (1, \\dots, 1)$. That makes \
            $\\binom{n}{d} > \\lfloor n/d\\rfloor^d$ of them.\n\n\
            Each is proved: Krawczyk's test in the coordinates $v = X_S w$ shows that a box holds exactly one critical point, and \
            interval $LDL^\\top$ that the Hessian there is positive definite. In the coordinates $w$ the activations of the large \
            samples cancel to nothing, and no certificate exists in f64.",
        sources: &[Source {
            citation: "Auer, Herbster, Warmuth, Exponentially many local minima for single neurons, NIPS 1995, Theorem 3.1; the count of subsets is this project's",
            identifier: None,
        }],
        hypotheses: &[
            "the directions are in general position and the ratio is large enough: 16 for up to five samples in the plane here, 32 for up to eight; in space, where the directions are drawn, the smallest power of two from 16 to 4096 that gives a certificate for every set, of different points, or the best of them; nine draws of ten must have one",
            "the samples are adversarial and not realizable",
        ],
        kind: Kind::Exact,
        tags: &["landscape", "minima", "neuron", "certificate"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let plane = [(2, 16.0), (3, 16.0), (4, 16.0), (5, 16.0), (6, 32.0), (8, 32.0)];
        let plane = plane.map(|(samples, ratio)| Task::Plane { samples, ratio });
        let seeds = profile.pick(1, 4, 16);
        let space =
            (0..seeds).flat_map(|k| (3..=5).map(move |samples| Task::Space { samples, seed: seed + k }));
        plane.into_iter().chain(space).chain([Task::Portrait]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Plane { samples, ratio } => {
                certified(&SubsetConstruction::planar(samples, ratio, LABEL)?, ratio, lab)
            }
            Task::Space { samples, seed } => {
                let normals = Stream::new(seed).normals(3 * samples);
                let directions = DMatrix::from_row_iterator(samples, 3, normals.into_iter().map(f64::abs));
                let attempt = |exponent: i32| {
                    let ratio = 2f64.powi(exponent);
                    certified(&SubsetConstruction::new(&directions, ratio, LABEL)?, ratio, lab)
                };
                let mut best = attempt(4)?;
                for exponent in 5..=LARGEST {
                    if best.different().1 {
                        break;
                    }
                    let next = attempt(exponent)?;
                    if next.different().0 > best.different().0 {
                        best = next;
                    }
                }
                Ok(best)
            }
            Task::Portrait => {
                let neuron = SubsetConstruction::planar(4, 16.0, LABEL)?.neuron()?;
                let value = |x: f64, y: f64| Ok(neuron.value(&[10f64.powf(x), -10f64.powf(y)])?);
                Ok(Outcome::Portrait { portrait: Portrait::map([-2.5, 1.0], [-3.2, 1.0], value)? })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let (mut most, mut general) = (0, Vec::new());
        for e in evidence {
            let Outcome::Certified { ratio, subsets, minima, confused, contraction, points } = &e.outcome
            else {
                continue;
            };
            let (n, d, at) = match e.task {
                Task::Plane { samples, .. } => (samples, 2, format!("d = 2, n = {samples}, α = {ratio}")),
                Task::Space { samples, seed } => {
                    (samples, 3, format!("d = 3, n = {samples}, α = {ratio}, seed {seed}"))
                }
                Task::Portrait => continue,
            };
            most = most.max(*minima);
            if d == 2 {
                checks.push(Check::equal(format!("certified minima, {at}"), *minima, *subsets));
                checks.push(Check::equal(format!("pairs not proved to differ, {at}"), *confused, 0));
            } else {
                let (different, all) = e.outcome.different();
                general.push(all);
                let promised = (n / d).pow(d as u32) as f64;
                let what = format!("minima proved to differ, of {subsets}, against ⌊n/d⌋^d, {at}");
                checks.push(Check::at_least(what, different as f64, promised));
            }
            checks.push(Check::at_most(format!("contraction, {at}"), *contraction, 0.5));
            if (d, n) == (2, 4) {
                let mut points = points.clone();
                points.sort_by(|a, b| b[0].total_cmp(&a[0]));
                for (found, (first, second)) in points.iter().zip(FOUR) {
                    checks.push(Check::absolute("w₁ at a minimum, n = 4", found[0], first, 1e-10));
                    checks.push(Check::absolute("w₂ at it, n = 4", found[1], second, 1e-10));
                }
            }
        }
        let share = general.iter().filter(|all| **all).count() as f64 / general.len() as f64;
        let what = format!("share of {} draws in space with C(n, 3) different minima", general.len());
        checks.push(Check::at_least(what, share, GENERAL));
        Judgement::from_checks(
            format!(
                "Up to {most} minima are certified, one for each pair of samples in the plane, where the theorem promises fewer."
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let plane = || {
            evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
                (Task::Plane { samples, .. }, Outcome::Certified { subsets, minima, points, .. }) => {
                    Some((*samples, *subsets, *minima, points))
                }
                _ => None,
            })
        };
        let counts = Figure::new(
            "counts",
            "Certified minima in the plane, and what the theorem promises",
            "One minimum for each pair of samples; the theorem's number is smaller from three samples on.",
            Axis::linear("samples n"),
            Axis::linear("local minima"),
        )
        .points("certified", plane().map(|(n, _, minima, _)| (n as f64, minima as f64)))
        .reference("C(n, 2)", plane().map(|(n, subsets, ..)| (n as f64, subsets as f64)))
        .reference("⌊n/2⌋²", plane().map(|(n, ..)| (n as f64, ((n / 2) * (n / 2)) as f64)));
        let portrait = evidence.iter().find_map(|e| match &e.outcome {
            Outcome::Portrait { portrait } => Some(portrait),
            Outcome::Certified { .. } => None,
        });
        let portrait = portrait.map(|portrait| {
            let minima = plane().filter(|(n, ..)| *n == 4).flat_map(|(.., points)| points.clone());
            portrait
                .figure(
                    "four-samples",
                    "Four samples, six certified minima",
                    "Each minimum fits two of the four samples; the other two are saturated or not yet touched.",
                    ["log₁₀ w₁", "log₁₀ (−w₂)"],
                    "E",
                )
                .points("minima, certified", minima.map(|w| (w[0].log10(), (-w[1]).log10())))
        });
        portrait.into_iter().chain([counts]).collect()
    }
}

impl Outcome {
    /// A lower bound of the number of different certified minima, and whether there is one for every set.
    fn different(&self) -> (usize, bool) {
        match self {
            Outcome::Certified { subsets, minima, confused, .. } => {
                let different = minima.saturating_sub(*confused);
                (different, different == *subsets)
            }
            Outcome::Portrait { .. } => (0, false),
        }
    }
}

/// Certificates for every set of samples of a construction.
fn certified(data: &SubsetConstruction, ratio: f64, lab: &Lab) -> Result<Outcome, Failure> {
    let (neuron, subsets) = (data.neuron()?, data.subsets());
    let mut certificates = Vec::new();
    for subset in &subsets {
        lab.go_on()?;
        let certificate = data.minimum(&neuron, subset).ok().filter(|found| found.index == 0);
        certificates.extend(certificate.filter(|found| found.verify(&neuron).is_ok()));
    }
    let confused = certificates
        .iter()
        .enumerate()
        .map(|(i, one)| certificates[..i].iter().filter(|other| !one.differs_from(other)).count());
    Ok(Outcome::Certified {
        ratio,
        subsets: subsets.len(),
        minima: certificates.len(),
        confused: confused.sum(),
        contraction: certificates.iter().map(|found| found.contraction).fold(0.0, maximum),
        points: certificates
            .iter()
            .map(|found| found.location().into_iter().map(Interval::midpoint).collect())
            .collect(),
    })
}
