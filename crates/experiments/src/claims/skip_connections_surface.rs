//! The loss surface of a deep network with and without skip connections.

use saddlepoint_curvature::objective::TracedObjective;
use saddlepoint_curvature::surface;
use saddlepoint_landscape::descent::AdaptiveDescent;
use saddlepoint_landscape::surface::convexity::Ends;
use saddlepoint_landscape::surface::direction::{Normalization, gaussian};
use saddlepoint_landscape::surface::grid::{Grid, Plane, places};
use saddlepoint_models::data::{DataSet, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Architecture, DeepMlp, DenseLayer, Initialization};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::Loss;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::network_loss::network_loss;
use crate::sample::mean;
use crate::sign_test::sign_test;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `skip-connections-surface`.
pub struct SkipConnectionsSurface;

/// A network to train and to look around in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    skip: bool,
    /// Places on each side of the grid on which curvature is taken.
    curvature: usize,
    /// Places on each side of the picture; 0 for no picture.
    picture: usize,
    seed: u64,
}

/// What is seen there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// The training loss at the centre.
    loss: f64,
    /// The share of negative curvature at each place of the grid, row by row.
    negative: Vec<f64>,
    /// Largest residual of an eigenvalue, relative to the larger of both ends of the spectrum.
    residual: f64,
    /// The loss at each place of the picture, row by row.
    picture: Vec<Vec<f64>>,
}

impl Outcome {
    fn mean(&self) -> f64 {
        mean(&self.negative)
    }
}

const DEPTH: usize = 20;
const WIDTH: usize = 16;
const SAMPLES: usize = 200;
/// Adam's steps and rate.
const STEPS: usize = 300;
const RATE: f64 = 3e-3;
/// Fewer pairs of networks cannot reach the level of the sign test.
const LEVEL: f64 = 0.05;

impl Claim for SkipConnectionsSurface {
    const CARD: Card = Card {
        id: "skip-connections-surface",
        version: 1,
        title: "Around a trained deep network there is less negative curvature with skip connections than without",
        statement: r"Train a deep network and its twin without skip connections, and look at both on a plane through their parameters
            that two filter-normalized Gaussian directions span (`li-filter-normalisation`). Without skip connections the surface is
            far from convex; with them it is nearer to it.

            Measure, as Li et al. do, how large the most negative eigenvalue of the Hessian is beside the largest: here as the share
            $$s=\frac{\lambda_{\min}^-}{\lambda_{\min}^-+\lambda_{\max}^+}\in[0,1],$$
            averaged over a grid on $[-1,1]^2$ in units of the filters' norms. The criterion, fixed before the run: the mean share of the
            plain network is larger than that of its twin with skip connections, with the same seed, in so many pairs that a sign
            test rejects chance at level $0.05$ (with fewer than five pairs: in all of them). Not every pair has this order: of the
            first eight all had it, of eight with other seeds six, which the test cannot tell from chance. Hence $24$ pairs.

            Here: ReLU networks of $20$ hidden layers with $16$ units, $h\mapsto\varphi(Wh+b)$ against $h\mapsto
            h+\tfrac1{\sqrt{20}}\varphi(Wh+b)$, from the same He initialization, each trained by $300$ steps of Adam on $200$ digits.
            Not the paper's networks: these have no batch normalization, whose statistics would have to be held fixed on the slice, and
            no convolutions. What curvature says about critical points themselves, their index against their loss, is
            `saddle-index-vs-loss`.",
        sources: &[Source {
            citation: "Li, Xu, Taylor, Studer, Goldstein 2018, Visualizing the loss landscape of neural nets, sections 5 and 6",
            identifier: Some("arXiv:1712.09913"),
        }],
        hypotheses: &[
            "both networks are trained alike, not to the same loss: the losses are part of the record",
            "the Hessian of a ReLU network is that of the piece on which the parameters lie",
        ],
        kind: Kind::Training,
        tags: &["landscape", "surface", "residual", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F64),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let task = |offset: u64, skip: bool| Task {
            skip,
            curvature: profile.pick(3, 5, 25),
            picture: if offset == 1 { profile.pick(15, 51, 101) } else { 0 },
            seed: seed + offset,
        };
        (1..=profile.pick(1, 24, 60)).flat_map(|offset| [false, true].map(|skip| task(offset, skip))).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (device, mut stream) = (lab.device()?, Stream::new(task.seed));
        let samples = digits::split()?.0.split_at(SAMPLES)?.0;
        let layer = DenseLayer::new(WIDTH);
        let layer = if task.skip { layer.skipped((DEPTH as f64).sqrt().recip()) } else { layer };
        let network = DeepMlp::uniform(64, layer, DEPTH, 10, Activation::Relu)?.init(
            Initialization::HeNormal,
            Precision::F64,
            &device,
            &mut stream,
        )?;
        let loss = network_loss(&network, &samples, Loss::CrossEntropy, Precision::F64, &device)?;
        lab.go_on()?;
        let point = AdaptiveDescent::adam(RATE)?.run(&TracedObjective::new(&loss), loss.point(), STEPS)?;
        let layout = surface::layout(loss.parameters())?;
        let mut direction = || gaussian(&layout, &point, Normalization::Filter, &mut || stream.normal());
        let plane = Plane::new(point.clone(), [direction()?, direction()?])?;
        let (mut negative, mut residual) = (Vec::new(), 0.0f64);
        let axis = places(-1.0, 1.0, task.curvature)?;
        for (y, x) in axis.iter().flat_map(|y| axis.iter().map(move |x| (y, x))) {
            lab.go_on()?;
            let mut normals = stream.split();
            let ends = Ends::of(&loss.linearize(&plane.at(*x, *y))?, 1e-3, &mut || normals.normal())?;
            negative.push(ends.negative_share());
            residual = maximum(residual, ends.residual);
        }
        let mut picture = Vec::new();
        if task.picture > 0 {
            let axis = places(-1.0, 1.0, task.picture)?;
            let mut grid = Grid::new(axis.clone(), axis)?;
            while loss.fill(&mut grid, &plane, task.picture)? > 0 {
                lab.go_on()?;
            }
            picture = grid.values();
        }
        Ok(Outcome { loss: loss.value(&point)?, negative, residual, picture })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let pairs = pairs(evidence);
        let wins = pairs.iter().filter(|(plain, skip)| plain.mean() > skip.mean()).count();
        let what = format!(
            "pairs of {} in which the plain network has the larger share of negative curvature",
            pairs.len()
        );
        let mut checks = if pairs.len() < 5 {
            vec![Check::equal(what, wins, pairs.len())]
        } else {
            vec![Check::at_most(
                format!("{what}, {wins}: p of the sign test"),
                sign_test(wins, pairs.len()),
                LEVEL,
            )]
        };
        let residual = evidence.iter().map(|e| e.outcome.residual).reduce(maximum).unwrap_or(f64::NAN);
        checks.push(Check::at_most("largest relative residual of an eigenvalue", residual, 1e-2));
        let mean = |value: fn(&(&Outcome, &Outcome)) -> f64| mean(&pairs.iter().map(value).collect::<Vec<_>>());
        Judgement::from_checks(
            format!(
                "The mean share of negative curvature is {:.2} without skip connections and {:.2} with them, at mean training losses of \
                 {:.3} and {:.3}.",
                mean(|(plain, _)| plain.mean()),
                mean(|(_, skip)| skip.mean()),
                mean(|(plain, _)| plain.loss),
                mean(|(_, skip)| skip.loss),
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut figures: Vec<Figure> = evidence
            .iter()
            .filter(|e| !e.outcome.picture.is_empty())
            .map(|Evidence { task, outcome }| {
                let (id, what) =
                    if task.skip { ("surface-skip", "with skip connections") } else { ("surface-plain", "without skip connections") };
                let axis = places(-1.0, 1.0, outcome.picture.len()).unwrap_or_default();
                let z = outcome.picture.iter().map(|row| row.iter().map(|loss| loss.log10()).collect()).collect();
                Figure::new(
                    id,
                    &format!("The loss surface of a network of 20 layers {what}"),
                    "The trained network lies in the middle; the directions are Gaussian, each filter as long as the network's own. Compare \
                     how fast the loss grows with the other picture's colour bar, and how far its level sets are from ellipses.",
                    Axis::linear("first direction, in norms of the filters"),
                    Axis::linear("second direction, in norms of the filters"),
                )
                .with("loss", Mark::Contour { x: axis.clone(), y: axis, z, title: "log₁₀ of the loss".into() })
            })
            .collect();
        let pairs = pairs(evidence);
        let shares = |value: fn(&(&Outcome, &Outcome)) -> f64| {
            pairs.iter().enumerate().map(move |(i, pair)| (i as f64 + 1.0, value(pair))).collect::<Vec<_>>()
        };
        figures.push(
            Figure::new(
                "negative-curvature",
                "The share of negative curvature, pair by pair",
                "Each pair of networks starts from the same seed. The share is the mean over the grid of the magnitude of the smallest \
                 eigenvalue over the sum of both ends' magnitudes: 0 for a convex surface, a half where the spectrum is balanced.",
                Axis::linear("pair"),
                Axis::linear("mean share of negative curvature"),
            )
            .points("without skip connections", shares(|(plain, _)| plain.mean()))
            .points("with skip connections", shares(|(_, skip)| skip.mean())),
        );
        figures
    }
}

/// The plain network and its twin of each seed.
fn pairs(evidence: &[Evidence<Task, Outcome>]) -> Vec<(&Outcome, &Outcome)> {
    let plain = evidence.iter().filter(|e| !e.task.skip);
    let twin = |seed: u64| evidence.iter().find(|e| e.task.skip && e.task.seed == seed);
    plain.filter_map(|e| Some((&e.outcome, &twin(e.task.seed)?.outcome))).collect()
}
