//! A random walk, too, has most of its path in two directions.

use saddlepoint_landscape::surface::trajectory::{PrincipalPlane, random_walk_share};
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use super::trajectory_plane::TrajectoryPlane;
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, minimum};

/// The claim `trajectory-plane-negative`.
pub struct TrajectoryPlaneNegative;

/// One walk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    steps: usize,
    dimension: usize,
    seed: u64,
}

/// Its path in its principal plane.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    explained: [f64; 2],
    path: Vec<[f64; 2]>,
}

impl Claim for TrajectoryPlaneNegative {
    const CARD: Card = Card {
        id: "trajectory-plane-negative",
        version: 1,
        title: "That two directions explain most of a path does not show that the path is low-dimensional",
        statement: r"Refuted: if two principal directions explain most of a training's path (`trajectory-plane`), the training takes place
            in a space of few dimensions.

            The path of independent isotropic steps, which has no structure and fills as many dimensions as it has steps, shows the
            same. In the limit of many dimensions the Gram matrix of its distances from its end is $\min(s,t)$, and the $k$-th
            principal direction explains the share
            $$\frac{1}{2T(T+1)}\sin^{-2}\frac{(2k-1)\pi}{2(2T+1)}\to\frac{8}{(2k-1)^2\pi^2},$$
            $81\,\%$ and $9\,\%$ for the first two of a long walk.

            Here: walks of as many steps, and in as many dimensions, as the trainings of `trajectory-plane`. The criterion: each walk's
            two shares are within $0.05$ of the limit, and their sum is at least the $0.4$ that the trainings are held to.",
        sources: &[
            TrajectoryPlane::CARD.sources[0],
            Source {
                citation: "Antognini, Sohl-Dickstein 2018, PCA of high dimensional random walks with comparison to neural network \
                           training",
                identifier: Some("arXiv:1806.08805"),
            },
        ],
        hypotheses: &[
            "steps are independent, with independent entries of one variance",
            "far more dimensions than steps",
        ],
        kind: Kind::Statistical,
        tags: &["landscape", "surface", "descent"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let task = |offset| Task { steps: profile.pick(15, 40, 200), dimension: 1210, seed: seed + offset };
        (1..=profile.pick(2, 5, 20)).map(task).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let mut stream = Stream::new(task.seed);
        let mut points = vec![vec![0.0; task.dimension]];
        for step in 0..task.steps {
            let next = points[step].iter().map(|x| x + stream.normal()).collect();
            points.push(next);
        }
        let plane = PrincipalPlane::of(&points)?;
        Ok(Outcome { explained: plane.explained, path: plane.coordinates })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            for (k, share) in (1..).zip(outcome.explained) {
                let limit = random_walk_share(task.steps, k).unwrap_or(f64::NAN);
                let what =
                    format!("share of direction {k} of a walk of {} steps, seed {}", task.steps, task.seed);
                checks.push(Check::absolute(what, share, limit, 0.05));
            }
            let sum = outcome.explained.iter().sum();
            checks.push(Check::at_least(format!("share of the principal plane, seed {}", task.seed), sum, 0.4));
        }
        let least = evidence.iter().map(|e| e.outcome.explained.iter().sum()).fold(1.0, minimum);
        Judgement::from_checks(
            format!(
                "Two directions explain at least {:.0} % of paths that fill as many dimensions as they have steps.",
                100.0 * least
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let walks = Figure::new(
            "walk",
            "Random walks in the planes in which they move most",
            "Steps without any preferred direction, in 1,210 dimensions, and yet each path is a smooth arc: what a training's path looks \
             like, too.",
            Axis::linear("first principal direction"),
            Axis::linear("second principal direction"),
        );
        vec![evidence.iter().fold(walks, |figure, e| {
            figure.line(format!("seed {}", e.task.seed), e.outcome.path.iter().map(|p| (p[0], p[1])))
        })]
    }
}
