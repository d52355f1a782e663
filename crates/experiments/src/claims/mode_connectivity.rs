//! Minima that a straight line separates are joined by a bent path of low loss.

use saddlepoint_landscape::surface::path::{Kind as PathKind, Path};
use saddlepoint_models::data::Targets;
use saddlepoint_models::data::planted::Spirals;
use saddlepoint_models::device::Precision;
use saddlepoint_models::native::Update;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Training};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// Points of both arms together, and places at which a path is looked at.
const POINTS: usize = 256;
const PLACES: usize = 61;
/// Distance from the origin at which the arms begin; they end at 1.
const CORE: f64 = 0.1;
/// Adam's rate, and random places on the curve for each of its steps.
const RATE: f64 = 3e-3;
const DRAWS: usize = 8;
/// The width that is judged.
const WIDTH: usize = 32;

/// A pair of networks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    width: usize,
    steps: usize,
    seed: u64,
}

/// Losses and accuracies along the straight line and along the curve.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    line: Vec<(f64, f64)>,
    curve: Vec<(f64, f64)>,
}

/// `mode-connectivity`.
pub struct ModeConnectivity;

impl Claim for ModeConnectivity {
    const CARD: Card = Card {
        id: "mode-connectivity",
        version: 2,
        title: "Minima that a straight line separates are joined by a bent path of low loss",
        statement: r"Train two networks from independent starts. On the straight line between their parameters the loss rises
            far above both ends; but there is a quadratic Bezier curve
            $$\gamma(t) = (1-t)^2 w_1 + 2t(1-t)\,\theta + t^2 w_2$$
            between them, found by training its control point $\theta$ on $\mathbb E_{t\sim U[0,1]} L(\gamma(t))$, on which the
            loss stays low and every example is classified correctly.

            Here: two spiral arms of $1.5$ turns with $256$ points, ReLU networks $2\to m\to m\to 1$ with $m = 32$, logistic
            loss. The loss must rise above $0.5$ on the line and stay below $0.02$ on the curve.",
        sources: &[
            Source {
                citation: "Garipov, Izmailov, Podoprikhin, Vetrov, Wilson, Loss surfaces, mode connectivity, and fast \
                           ensembling of DNNs, NeurIPS 2018, section 3",
                identifier: Some("arXiv:1802.10026"),
            },
            Source {
                citation: "Draxler, Veschgini, Salmhofer, Hamprecht, Essentially no barriers in neural network energy \
                           landscape, ICML 2018",
                identifier: Some("arXiv:1803.00885"),
            },
        ],
        hypotheses: &[
            "both networks fit all examples; full batches, $3{,}000$ steps of Adam at rate $0.003$ for each network and for \
             the control point, $8$ random $t$ a step",
            "the arms begin at a tenth of their length: at the origin they meet, and one of $256$ points there was lost on every \
             curve",
            "a path is looked at in $61$ places, so its highest loss is a lower bound of that of the whole path",
        ],
        kind: Kind::Training,
        tags: &["landscape", "connectivity"],
        data: &[],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let widths: &[usize] = profile.pick(&[32], &[16, 32, 64], &[8, 16, 32, 64, 128]);
        let pairs = profile.pick(2, 3, 10);
        let task = |width| (1..=pairs).map(move |pair| Task { width, steps: 3000, seed: seed + pair });
        widths.iter().copied().flat_map(task).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let Task { width, steps, seed } = *task;
        let mut stream = Stream::new(seed);
        // Near the origin, where the arms meet, no network tells them apart.
        let arms = Spirals { arms: 2, turns: 1.5, noise: 0.0 }.samples(2 * POINTS, &mut stream)?;
        let apart = arms.rows().enumerate().filter(|(_, x)| x[0].hypot(x[1]) >= CORE).map(|(index, _)| index);
        let arms = arms.select(&apart.take(POINTS).collect::<Vec<_>>())?;
        let labels: Vec<f64> = arms.labels()?.0.iter().map(|&label| label as f64).collect();
        let arms = arms.with_targets(Targets::Values(labels.clone()))?;
        let network = Mlp::new(&[2, width, width, 1], Activation::Relu)?;
        let risk = EmpiricalRisk::new(&network, &arms, Loss::Logistic, Precision::F32, &lab.engine()?)?;
        let training = Training::new(Loss::Logistic, Optimizer::adam(), Schedule::Constant { rate: RATE })
            .limit(Limit::Steps(steps));
        let mut ends = Vec::new();
        for _ in 0..2 {
            let start = network.draw(Initialization::HeNormal, &mut stream);
            ends.push(risk.train_watched(&training, &start, &mut stream, &mut lab.watch())?.network);
            lab.go_on()?;
        }
        let line = Path::new(PathKind::Polygon, ends.clone())?;
        let mut curve = Path::new(PathKind::Bezier, vec![ends[0].clone(), line.at(0.5), ends[1].clone()])?;
        let mut update = Update::<f64>::new(Optimizer::adam(), network.parameters())?;
        let mut gradient = vec![0.0; network.parameters()];
        for _ in 0..steps {
            lab.go_on()?;
            gradient.fill(0.0);
            for _ in 0..DRAWS {
                let t = stream.uniform();
                let weight = curve.weights(t)[1] / DRAWS as f64;
                let found = risk.gradient(&curve.at(t))?.entries;
                gradient.iter_mut().zip(found).for_each(|(sum, g)| *sum += weight * g);
            }
            update.apply(RATE, &mut curve.inner_mut()[0], &gradient);
        }
        let along = |path: &Path| -> Result<Vec<(f64, f64)>, Failure> {
            (0..PLACES)
                .map(|place| {
                    let point = path.at(place as f64 / (PLACES - 1) as f64);
                    let outputs = risk.outputs(&point)?;
                    let right = outputs.iter().zip(&labels).filter(|(z, label)| (**z > 0.0) == (**label > 0.5));
                    Ok((risk.loss(&point)?, right.count() as f64 / POINTS as f64))
                })
                .collect()
        };
        Ok(Outcome { line: along(&line)?, curve: along(&curve)? })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let mut worst: (f64, f64) = (f64::INFINITY, 0.0);
        for Evidence { task, outcome } in evidence.iter().filter(|e| e.task.width == WIDTH) {
            let (barrier, highest) = (barrier(&outcome.line), highest(&outcome.curve));
            worst = (worst.0.min(barrier), worst.1.max(highest));
            let pair = task.seed;
            checks.push(Check::at_least(format!("barrier on the line, pair {pair}"), barrier, 0.5));
            checks.push(Check::at_most(format!("highest loss on the curve, pair {pair}"), highest, 0.02));
            let accuracy = outcome.curve.iter().map(|place| place.1).fold(1.0, minimum);
            checks.push(Check::at_least(format!("lowest accuracy on the curve, pair {pair}"), accuracy, 1.0));
        }
        let sentence = format!(
            "Lines between minima rise by {:.2} at least; curves between the same minima stay below {:.4}.",
            worst.0, worst.1
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let places = |values: &[(f64, f64)]| {
            let last = (values.len().max(2) - 1) as f64;
            values.iter().enumerate().map(|(i, v)| (i as f64 / last, v.0)).collect::<Vec<_>>()
        };
        let mut profile = Figure::new(
            "profile",
            "Along the line and along the curve",
            "Between the same pairs of minima the straight line climbs over a barrier of the size of the loss at a random \
             start, while the curve stays as low as its ends.",
            Axis::linear("place on the path, t"),
            Axis::logarithmic("training loss"),
        );
        for Evidence { task, outcome } in evidence.iter().filter(|e| e.task.width == WIDTH) {
            profile = profile
                .reference(format!("line, pair {}", task.seed), places(&outcome.line))
                .line(format!("curve, pair {}", task.seed), places(&outcome.curve));
        }
        let at = |e: &Evidence<Task, Outcome>| e.task.width as f64;
        let widths = Figure::new(
            "widths",
            "Wider networks are joined at lower loss",
            "The highest loss on the curve falls with the width, on the line it does not.",
            Axis::logarithmic("hidden units in each layer, m"),
            Axis::logarithmic("highest training loss on the path"),
        )
        .points("line", evidence.iter().map(|e| (at(e), highest(&e.outcome.line))))
        .points("curve", evidence.iter().map(|e| (at(e), highest(&e.outcome.curve))));
        vec![profile, widths]
    }
}

fn highest(path: &[(f64, f64)]) -> f64 {
    path.iter().map(|place| place.0).fold(f64::NEG_INFINITY, maximum)
}

/// The rise above the straight line between the losses of the ends.
fn barrier(path: &[(f64, f64)]) -> f64 {
    let (Some(first), Some(end)) = (path.first(), path.last()) else { return f64::NAN };
    let last = (path.len().max(2) - 1) as f64;
    let rise = |(i, place): (usize, &(f64, f64))| {
        let t = i as f64 / last;
        place.0 - (1.0 - t) * first.0 - t * end.0
    };
    path.iter().enumerate().map(rise).fold(0.0, maximum)
}
