//! Two directions hold most of a training's path.

use saddlepoint_landscape::surface::grid::{Grid, Plane, places};
use saddlepoint_landscape::surface::trajectory::{PrincipalPlane, share_in_plane};
use saddlepoint_models::data::{DataSet, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::parameters;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Batch, Examples, Limit, Loss, Optimizer, Schedule, Training};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::network_loss::network_loss;
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `trajectory-plane`.
pub struct TrajectoryPlane;

/// One training.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    epochs: usize,
    /// Places on each side of the picture; 0 for no picture.
    picture: usize,
    seed: u64,
}

/// Its path.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The share of the squared distances from the end that the two principal directions explain, one by one.
    explained: [f64; 2],
    /// The share in the plane of two Gaussian directions.
    random: f64,
    /// The epochs' ends in the principal plane; the last one is the origin.
    path: Vec<[f64; 2]>,
    /// The training loss there.
    surface: Option<Surface>,
}

/// A slice through the loss.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Surface {
    x: Vec<f64>,
    y: Vec<f64>,
    loss: Vec<Vec<f64>>,
}

const WIDTHS: [usize; 3] = [64, 16, 10];

impl Claim for TrajectoryPlane {
    const CARD: Card = Card {
        id: "trajectory-plane",
        version: 1,
        title: "Two principal directions explain most of a training's path, two random ones nearly nothing",
        statement: r"Let $\theta_0,\dots,\theta_T$ be the parameters after each epoch of a training by stochastic gradient descent, and take the
            two principal directions of the matrix with rows $\theta_t-\theta_T$. They explain at least $40\,\%$ of the sum of squared
            distances $\|\theta_t-\theta_T\|^2$; two Gaussian directions, in which surfaces are usually drawn, less than $1\,\%$. So a
            path is drawn in the plane of its own principal directions.

            Li et al. report $40$ to $90\,\%$. What follows from it is less than it seems: a random walk in as many dimensions shows
            the same (`trajectory-plane-negative`).

            Here: networks $64$-$16$-$10$ ($1{,}210$ parameters), batches of $50$ of $1{,}000$ digits, rate $0.1$.",
        sources: &[Source {
            citation: "Li, Xu, Taylor, Studer, Goldstein 2018, Visualizing the loss landscape of neural nets, section 7",
            identifier: Some("arXiv:1712.09913"),
        }],
        hypotheses: &["the shares are about the end of the path, not about its mean"],
        kind: Kind::Training,
        tags: &["landscape", "surface", "descent", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F64),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let task = |offset| Task {
            epochs: profile.pick(15, 40, 200),
            picture: if offset == 1 { profile.pick(15, 51, 101) } else { 0 },
            seed: seed + offset,
        };
        (1..=profile.pick(1, 5, 20)).map(task).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (device, mut stream) = (lab.device()?, Stream::new(task.seed));
        let precision = lab.precision(Precision::F64);
        let train = digits::split()?.0;
        let examples = Examples::new(&train, precision, &device)?;
        let mut network = Mlp::new(&WIDTHS, Activation::Tanh)?.init(
            Initialization::GlorotUniform,
            precision,
            &device,
            &mut stream,
        )?;
        // Plain descent has no state but the network, so a training can be taken epoch by epoch.
        let epoch = Training::new(Loss::CrossEntropy, Optimizer::sgd(), Schedule::Constant { rate: 0.1 })
            .batch(Batch::Size(50))
            .limit(Limit::Epochs(1));
        let mut points = vec![parameters::flat(&network)];
        for _ in 0..task.epochs {
            lab.go_on()?;
            network = epoch.run(network, &examples, &mut stream)?.network;
            points.push(parameters::flat(&network));
        }
        let plane = PrincipalPlane::of(&points)?;
        let end = points[task.epochs].clone();
        let gaussian = [stream.normals(end.len()), stream.normals(end.len())];
        let random = share_in_plane(&points, &gaussian)?;
        let mut surface = None;
        if task.picture > 0 {
            let loss = network_loss(&network, &train, Loss::CrossEntropy, precision, &device)?;
            let axis = |k: usize| {
                let at = || plane.coordinates.iter().map(|c| c[k]);
                let (low, high) = (at().fold(0.0, minimum), at().fold(0.0, maximum));
                places(low - 0.2 * (high - low), high + 0.2 * (high - low), task.picture)
            };
            let mut grid = Grid::new(axis(0)?, axis(1)?)?;
            let slice = Plane::new(end, plane.directions.clone())?;
            while loss.fill(&mut grid, &slice, task.picture)? > 0 {
                lab.go_on()?;
            }
            surface = Some(Surface { x: grid.x().to_vec(), y: grid.y().to_vec(), loss: grid.values() });
        }
        Ok(Outcome { explained: plane.explained, random, path: plane.coordinates, surface })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let share = |e: &Evidence<Task, Outcome>| e.outcome.explained.iter().sum::<f64>();
        let mut checks: Vec<Check> = evidence
            .iter()
            .map(|e| {
                Check::at_least(format!("share of the principal plane, seed {}", e.task.seed), share(e), 0.4)
            })
            .collect();
        let random = evidence.iter().map(|e| e.outcome.random).reduce(maximum).unwrap_or(f64::NAN);
        checks.push(Check::at_most("largest share of a random plane", random, 0.01));
        let least = evidence.iter().map(share).fold(1.0, minimum);
        Judgement::from_checks(
            format!(
                "The principal plane explains at least {:.1} % of every path, a random plane at most {:.2} %.",
                100.0 * least,
                100.0 * random
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let drawn = evidence.iter().find_map(|e| Some((&e.outcome, e.outcome.surface.as_ref()?)));
        drawn.map(|(outcome, surface)| picture(outcome, surface)).into_iter().collect()
    }
}

fn picture(outcome: &Outcome, surface: &Surface) -> Figure {
    let [first, second] = outcome.explained.map(|share| format!("{:.1} % of the path", 100.0 * share));
    let z = surface.loss.iter().map(|row| row.iter().map(|loss| loss.log10()).collect()).collect();
    Figure::new(
        "path",
        "A training's path in the plane in which it moves most",
        "Each point is the end of an epoch. The path descends across the level sets and turns along the valley; in a random plane all \
         its points would fall on one another.",
        Axis::linear(format!("first principal direction ({first})")),
        Axis::linear(format!("second principal direction ({second})")),
    )
    .with(
        "training loss",
        Mark::Contour { x: surface.x.clone(), y: surface.y.clone(), z, title: "log₁₀ of the loss".into() },
    )
    .line("path", outcome.path.iter().map(|p| (p[0], p[1])))
    .points("ends of epochs", outcome.path.iter().map(|p| (p[0], p[1])))
    .points("end of the training", [(0.0, 0.0)])
}
