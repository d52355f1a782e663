//! Gradient descent with a constant step sharpens until two over the step, and stays there.

use saddlepoint_curvature::linearize::Linearization;
use saddlepoint_curvature::objective::TracedObjective;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::spectrum::density::StochasticLanczos;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_models::data::{DataSet, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::Loss;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::network_loss::network_loss;
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `edge-of-stability`.
pub struct EdgeOfStability;

/// One descent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    rate: f64,
    steps: usize,
    /// Steps from one look at the largest eigenvalue to the next.
    every: usize,
    samples: usize,
    /// Whether the densities of the whole spectrum are taken.
    densities: bool,
    seed: u64,
}

/// What was seen on the way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    looks: Vec<Look>,
    /// Smoothed densities of the spectrum, `(eigenvalue, density)`, and the step of each.
    densities: Vec<(usize, Vec<(f64, f64)>)>,
}

/// The state after a number of steps.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Look {
    step: usize,
    loss: f64,
    /// The largest eigenvalue of the Hessian.
    sharpness: f64,
    /// Its residual, relative to it.
    residual: f64,
}

impl Outcome {
    /// Step size times sharpness at the start.
    fn start(&self, rate: f64) -> f64 {
        self.looks.first().map_or(f64::NAN, |look| rate * look.sharpness)
    }

    /// Half of the step size times sharpness, the median over the last third of the looks.
    fn edge(&self, rate: f64) -> f64 {
        let mut last: Vec<f64> = self.looks[self.looks.len() - self.looks.len() / 3..]
            .iter()
            .map(|look| 0.5 * rate * look.sharpness)
            .collect();
        last.sort_by(f64::total_cmp);
        last.get(last.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// The share of the looks, from the first one with `η · sharpness ≥ 2` on, after which the loss is higher at the next look.
    fn rises(&self, rate: f64) -> f64 {
        let beyond =
            self.looks.iter().position(|look| rate * look.sharpness >= 2.0).unwrap_or(self.looks.len());
        let pairs = self.looks[beyond..].windows(2);
        let all = pairs.len().max(1) as f64;
        pairs.filter(|pair| pair[1].loss > pair[0].loss).count() as f64 / all
    }
}

/// Descents whose step is short enough that the edge is out of reach in the time given.
const CONTROL: f64 = 0.1;
const WIDTHS: [usize; 4] = [64, 32, 32, 10];

impl Claim for EdgeOfStability {
    const CARD: Card = Card {
        id: "edge-of-stability",
        version: 1,
        title: "Full-batch descent sharpens until the largest eigenvalue is two over the step, and hovers there",
        statement: r"Train a network by gradient descent on all examples with a constant step $\eta$. On a quadratic, descent diverges
            where the largest eigenvalue of the Hessian exceeds $2/\eta$. On a network it does not: as long as the sharpness
            $\lambda_{\max}(\nabla^2 L)$ is below $2/\eta$ it rises (progressive sharpening); once there, it neither settles below
            nor runs away but hovers just above $2/\eta$, while the loss goes on falling, though no longer at every step.

            Here: tanh networks $64$-$32$-$32$-$10$ on centred digits, half squared error against one-hot targets; steps of $0.3$,
            $0.4$ and $0.6$, and as a control the step $0.1$, whose edge at $20$ is out of reach in the time given: there the
            sharpness rises beyond the edges of the longer steps, so it is the step that holds it down, not the network.

            The criterion, fixed before the run: at the start $\eta\lambda_{\max}<2$; over the last third of the training the median of
            $\eta\lambda_{\max}/2$ lies in $[0.9,1.25]$, for every seed and each of the longer steps. For two parameters and one
            minimum the same threshold is exact: `seed4-edge-of-stability`.",
        sources: &[Source {
            citation: "Cohen, Kaur, Li, Kolter, Talwalkar 2021, Gradient descent on neural networks typically occurs at the edge of \
                       stability, section 3",
            identifier: Some("arXiv:2103.00065"),
        }],
        hypotheses: &[
            "full batches and a constant step",
            "squared error: with cross entropy the sharpness falls again when all examples are fitted",
        ],
        kind: Kind::Training,
        tags: &["landscape", "sharpness", "descent", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F64),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let rates: &[f64] =
            profile.pick(&[0.4, 0.6], &[CONTROL, 0.3, 0.4, 0.6], &[CONTROL, 0.2, 0.3, 0.4, 0.6]);
        let (seeds, time, samples) = profile.pick((1, 480.0, 100), (2, 900.0, 200), (5, 1800.0, 200));
        let task = |offset: u64, rate: f64| {
            // As much time η t for the longer steps; the control gets three times as many of its short ones.
            let steps = if rate == CONTROL { 3000.0 } else { time / rate };
            Task {
                rate,
                steps: steps as usize,
                every: profile.pick(40, 25, 10),
                samples,
                densities: offset == 1,
                seed: seed + offset,
            }
        };
        (1..=seeds).flat_map(|offset| rates.iter().map(move |&rate| task(offset, rate))).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (device, mut stream) = (lab.device()?, Stream::new(task.seed));
        let samples = digits::split()?.0.split_at(task.samples)?.0.centred()?;
        let network = Mlp::new(&WIDTHS, Activation::Tanh)?.init(
            Initialization::PytorchDefault,
            Precision::F64,
            &device,
            &mut stream,
        )?;
        let loss = network_loss(&network, &samples, Loss::HalfSquared, Precision::F64, &device)?;
        let objective = TracedObjective::new(&loss);
        let (mut point, mut looks, mut densities) = (loss.point().to_vec(), Vec::new(), Vec::new());
        let descent = GradientDescent::new(task.rate, StopRule::after(task.every))?;
        let moments = [0, task.steps / 2 / task.every, task.steps / task.every];
        for look in 0..=task.steps / task.every {
            lab.go_on()?;
            let at = loss.linearize(&point)?;
            let mut normals = stream.split();
            let top =
                Lanczos::new(End::Largest, 1)?.with_tolerance(1e-4)?.run(&at, &mut || normals.normal())?;
            let top = top.pairs.first().ok_or("no eigenvalue")?;
            looks.push(Look {
                step: look * task.every,
                loss: at.value(),
                sharpness: top.value,
                residual: top.residual / top.value.abs(),
            });
            if task.densities && moments.contains(&look) {
                densities.push((look * task.every, density(&at, &mut normals)?));
            }
            point = descent.run(&objective, &point)?.point;
        }
        Ok(Outcome { looks, densities })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let longer = || evidence.iter().filter(|e| e.task.rate > CONTROL);
        for Evidence { task: Task { rate, seed, .. }, outcome } in longer() {
            let of = format!("η = {rate}, seed {seed}");
            let start = outcome.start(*rate);
            checks.push(Check::holds(
                format!("η · sharpness at the start, {of}"),
                start < 2.0,
                format!("{start:.3}"),
                "< 2",
            ));
            checks.push(Check::within(
                format!("median of η · sharpness / 2 over the last third, {of}"),
                outcome.edge(*rate),
                0.9..=1.25,
            ));
            let (first, last) = (outcome.looks.first(), outcome.looks.last());
            let fall = first.zip(last).map_or(f64::NAN, |(first, last)| last.loss / first.loss);
            checks.push(Check::at_most(format!("loss at the end over loss at the start, {of}"), fall, 0.25));
        }
        for Evidence { task: Task { rate, seed, .. }, outcome } in
            evidence.iter().filter(|e| e.task.rate == CONTROL)
        {
            let most = outcome.looks.iter().map(|look| look.sharpness).fold(0.0, maximum);
            checks.push(Check::at_most(
                format!("largest η · sharpness, η = {rate}, seed {seed}"),
                rate * most,
                2.0,
            ));
            let edge = longer().map(|e| 2.0 / e.task.rate).fold(0.0, maximum);
            checks.push(Check::at_least(format!("largest sharpness, η = {rate}, seed {seed}"), most, edge));
        }
        let residuals = evidence.iter().flat_map(|e| &e.outcome.looks).map(|look| look.residual);
        let residual = residuals.reduce(maximum).unwrap_or(f64::NAN);
        checks.push(Check::at_most("largest relative residual of an eigenvalue", residual, 1e-3));
        let edges: Vec<String> = longer().map(|e| format!("{:.2}", e.outcome.edge(e.task.rate))).collect();
        let rises = longer().map(|e| e.outcome.rises(e.task.rate)).fold(f64::INFINITY, minimum);
        Judgement::from_checks(
            format!(
                "The sharpness rises to the edge and hovers there: η · sharpness / 2 is {} over the last third; beyond the edge the \
                 loss is higher at the next look in at least {:.0} % of the cases, and yet falls in the long run.",
                edges.join(", "),
                100.0 * rises
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let first = evidence.iter().map(|e| e.task.seed).min();
        let shown = || evidence.iter().filter(move |e| Some(e.task.seed) == first);
        let curve = |e: &Evidence<Task, Outcome>, value: fn(&Look) -> f64| {
            let rate = e.task.rate;
            e.outcome.looks.iter().map(move |look| (rate * look.step as f64, value(look))).collect::<Vec<_>>()
        };
        let mut sharpness = Figure::new(
            "sharpness",
            "Sharpness against time, and two over the step",
            "With each step the largest eigenvalue rises to its own dashed line, two over the step, and stays there; with the shortest \
             step it rises past the others' lines.",
            Axis::linear("time: step size times number of steps"),
            Axis::linear("largest eigenvalue of the Hessian"),
        );
        let mut losses = Figure::new(
            "loss",
            "The loss at the edge of stability",
            "Below the edge the loss falls smoothly. At the edge it rises again and again, and falls all the same.",
            Axis::linear("time: step size times number of steps"),
            Axis::logarithmic("training loss"),
        );
        for e in shown() {
            let (rate, end) = (e.task.rate, e.task.rate * e.task.steps as f64);
            sharpness = sharpness.line(format!("η = {rate}"), curve(e, |look| look.sharpness));
            if rate > CONTROL {
                let edge = 2.0 / rate;
                sharpness = sharpness.reference(format!("2/η, η = {rate}"), [(0.0, edge), (end, edge)]);
            }
            losses = losses.line(format!("η = {rate}"), curve(e, |look| look.loss));
        }
        let mut spectra = Figure::new(
            "spectra",
            "The whole spectrum over training",
            "Nearly all eigenvalues stay near zero from beginning to end; a few leave for the right, the farthest to two over the step.",
            Axis::linear("eigenvalue"),
            Axis::logarithmic("density"),
        );
        if let Some(e) = shown().rfind(|e| e.task.rate > CONTROL) {
            for (step, points) in &e.outcome.densities {
                let (x, y) = points.iter().copied().filter(|(_, y)| *y > 1e-6).unzip();
                spectra = spectra
                    .with(format!("after {step} steps of {}", e.task.rate), Mark::Line { x, y, dashed: false });
            }
        }
        vec![sharpness, losses, spectra]
    }
}

/// The smoothed density of the spectrum.
fn density(at: &Linearization, normals: &mut Stream) -> Result<Vec<(f64, f64)>, Failure> {
    let density = StochasticLanczos::new(4, 60)?.run(at, &mut || normals.normal())?;
    let width = density.default_width()?;
    Ok(density.curve(200, width)?.into_iter().map(|(x, y)| (x, y.value)).collect())
}
