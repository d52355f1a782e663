//! The VC dimension of halfspaces: one more than that of the space.

use saddlepoint_theory::capacity::vc::halfspaces::Halfspaces;
use saddlepoint_theory::expressivity::separation::{Decision, Separation};
use serde::{Deserialize, Serialize};

use super::cover_counting::gaussian;
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `vc-halfspace`.
pub struct VcHalfspace;

/// Halfspaces of one space.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    dimension: usize,
    /// So many sets of d + 2 Gaussian points.
    sets: u64,
    /// Seed of the first set.
    seed: u64,
}

/// What was found there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    vc_dimension: usize,
    /// Labellings of the unit vectors and the origin, and how many their halfspaces realize.
    labellings: u64,
    realized: u64,
    /// Radon partitions whose dependence does not hold in exact arithmetic.
    unproved: u64,
    /// Radon partitions that the simplex method separates, or refutes with a certificate that does not hold.
    separable: u64,
    /// Labels which differ from Radon's in one point, and how many of these the simplex method separates.
    neighbours: u64,
    separable_neighbours: u64,
    /// In the plane: the points, and on which side of Radon's partition each lies.
    drawings: Vec<Vec<(f64, f64, bool)>>,
}

impl Claim for VcHalfspace {
    const CARD: Card = Card {
        id: "vc-halfspace",
        version: 1,
        title: "Halfspaces shatter d + 1 points of a d-dimensional space, and never d + 2",
        statement: r"The class $\{x \mapsto \mathbf 1[w\cdot x+b>0]\}$ on $\mathbb R^d$ has VC dimension $d+1$.

            At least: the points $0,e_1,\dots,e_d$ take any signs $s_0,\dots,s_d$ by $w_i=s_i-s_0$, $b=s_0$. At most: any $d+2$
            points have a dependence $\sum_i\lambda_ix_i=0$, $\sum_i\lambda_i=0$, so the hulls of those with $\lambda_i>0$ and of
            the others meet (Radon), and no halfspace contains exactly the first.

            Here: all $2^{d+1}$ labellings, evaluated in intervals; random sets of $d+2$ points, with Radon's dependence
            verified in rational arithmetic and, independently, the labels refuted by the simplex method in integers.",
        sources: &[
            Source {
                citation: "Vapnik and Chervonenkis, On the uniform convergence of relative frequencies of events to their \
                           probabilities, Theory of Probability and its Applications 16, 1971",
                identifier: Some("10.1137/1116025"),
            },
            Source {
                citation: "Shalev-Shwartz and Ben-David, Understanding Machine Learning, 2014, theorem 9.3",
                identifier: None,
            },
        ],
        hypotheses: &["boundaries need not contain the origin; those that do have dimension $d$"],
        kind: Kind::Exact,
        tags: &["generalization", "capacity", "vc"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (most, sets) = profile.pick((5, 5), (8, 20), (14, 200));
        let task = |dimension| Task { dimension, sets, seed: seed + 1000 * dimension as u64 };
        (1..=most).map(task).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let class = Halfspaces::affine(task.dimension)?;
        let (points, vc_dimension) = (class.shattered()?, class.vc_dimension());
        let labellings = 1u64 << vc_dimension;
        let mut realized = 0;
        for code in 0..labellings {
            lab.go_on()?;
            let labels: Vec<bool> = (0..vc_dimension).map(|i| code >> i & 1 == 1).collect();
            let halfspace = class.witness(&labels)?;
            let found = points.iter().zip(&labels).all(|(x, label)| halfspace.contains(x) == Some(*label));
            realized += u64::from(found);
        }
        let (mut unproved, mut separable, mut neighbours, mut separable_neighbours) = (0, 0, 0, 0);
        let mut drawings = Vec::new();
        for set in 0..task.sets {
            lab.go_on()?;
            let grid = gaussian(task.dimension, vc_dimension + 1, task.seed + set);
            let points: Vec<Vec<f64>> =
                grid.iter().map(|x| x.iter().map(|&x| x as f64 * 2f64.powi(-20)).collect()).collect();
            let partition = class.radon_partition(&points)?;
            let labels = partition.labels();
            unproved += u64::from(!partition.proves(class, &points));
            let features: Vec<Vec<i64>> = grid.into_iter().map(|x| [x, vec![1 << 20]].concat()).collect();
            let refuted = Separation::new(features.clone(), labels.clone())?;
            separable += u64::from(
                !matches!(refuted.decide(), Decision::Inseparable(weights) if refuted.refutes(&weights)),
            );
            for other in 0..labels.len() {
                let mut sides = labels.clone();
                sides[other] = !sides[other];
                let problem = Separation::new(features.clone(), sides)?;
                let separates = matches!(problem.decide(), Decision::Separable(w) if problem.separates(&w));
                neighbours += 1;
                separable_neighbours += u64::from(separates);
            }
            if task.dimension == 2 {
                drawings.push(points.iter().zip(labels).map(|(x, side)| (x[0], x[1], side)).collect());
            }
        }
        Ok(Outcome {
            vc_dimension,
            labellings,
            realized,
            unproved,
            separable,
            neighbours,
            separable_neighbours,
            drawings,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let d = task.dimension;
            checks.extend([
                Check::equal(format!("VC dimension of the class, d = {d}"), outcome.vc_dimension, d + 1),
                Check::equal(
                    format!("labellings of d + 1 points realized, d = {d}"),
                    outcome.realized,
                    outcome.labellings,
                ),
                Check::equal(
                    format!("Radon dependences that fail, of {}, d = {d}", task.sets),
                    outcome.unproved,
                    0,
                ),
                Check::equal(
                    format!("Radon labels that the simplex method does not refute, d = {d}"),
                    outcome.separable,
                    0,
                ),
            ]);
        }
        // Points in general position have two labellings that no halfspace realizes, and these are opposites.
        let missed: u64 = evidence.iter().map(|e| e.outcome.neighbours - e.outcome.separable_neighbours).sum();
        checks.push(Check::equal("labels one point away from Radon's that are refuted, too", missed, 0));
        Judgement::from_checks(
            "Halfspaces take all labellings of d + 1 points, and of every d + 2 points drawn they miss Radon's.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let drawings = || evidence.iter().flat_map(|e| &e.outcome.drawings);
        let inside = |set: &[(f64, f64, bool)]| set.iter().filter(|point| point.2).count();
        let mut figures = Vec::new();
        for (id, title, crossing) in [
            ("crossing", "Four points in convex position: the two diagonals cross", true),
            ("triangle", "Four points, one in the triangle of the others", false),
        ] {
            let Some(set) = drawings().find(|set| (inside(set) == 2) == crossing) else { continue };
            let side = |inside: bool| {
                set.iter().filter(move |point| point.2 == inside).map(|point| (point.0, point.1))
            };
            // Around a triangle and back; along a segment and back.
            let hull = |inside: bool| side(inside).chain(side(inside).take(1));
            figures.push(
                Figure::new(
                    id,
                    title,
                    "The hulls of the two sides of Radon's partition meet, so no line has one side on its left and the other on its right: four points of the plane are never shattered.",
                    Axis::linear("x₁"),
                    Axis::linear("x₂"),
                )
                .reference("hull of one side", hull(true))
                .reference("hull of the other", hull(false))
                .points("one side", side(true))
                .points("the other", side(false)),
            );
        }
        figures
    }
}
