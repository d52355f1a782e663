//! At the same training loss, small batches end in flatter places than large ones.

use nalgebra::DMatrix;
use saddlepoint_landscape::sharpness::{keskar, sam};
use saddlepoint_landscape::spectrum::estimate::StopRule;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_landscape::spectrum::trace::hutch_plus_plus;
use saddlepoint_models::data::Targets;
use saddlepoint_models::device::Precision;
use saddlepoint_models::native::DenseRisk;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::{EmpiricalRisk, labelled_by};
use saddlepoint_models::training::{Batch, Limit, Loss, Optimizer, Schedule, Stop, Training};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::dense_risk::{RiskHessian, RiskObjective};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum, minimum};

const DIMENSION: usize = 20;
const CLASSES: usize = 4;
const EXAMPLES: usize = 1000;
const TEST: usize = 10_000;
/// Hidden units of the teacher, and of both layers of the student.
const TEACHER: usize = 20;
const STUDENT: usize = 64;
/// The two batch sizes.
const SMALL: usize = 8;
/// Sizes of the boxes, and columns that span the random subspace.
const SIZES: [f64; 2] = [5e-4, 1e-3];
const COLUMNS: usize = 100;
/// Factor of the rescaling that leaves the network the same function.
const FACTOR: f64 = 4.0;

/// How a network is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Batches {
    /// Small ones; the loss over all examples is looked at after each epoch.
    Small,
    /// Small ones, drawn with replacement; the loss is looked at after each step.
    SmallWatched,
    /// All examples.
    Full,
}

/// A network trained with small or with full batches.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    pub(super) batches: Batches,
    /// Share of labels that are drawn anew.
    pub(super) noise: f64,
    pub(super) seed: u64,
}

/// How sharp a point is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measures {
    /// Largest eigenvalue of the Hessian in magnitude, with its residual.
    top: f64,
    residual: f64,
    /// Its trace, with the standard error.
    trace: f64,
    trace_error: f64,
    /// Keskar's sharpness in the boxes, in all of space and in the random subspace.
    keskar: Vec<f64>,
    keskar_subspace: Vec<f64>,
    /// Rise along the gradient in a ball of radius 0.05, and in an ellipsoid of radius 0.5 without floor.
    sam: f64,
    adaptive_sam: f64,
}

/// Where training ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    pub(super) steps: usize,
    pub(super) loss: f64,
    pub(super) gradient_norm: f64,
    pub(super) test_accuracy: f64,
    pub(super) measures: Measures,
    /// The same network with its first layer multiplied and its second divided by the factor.
    pub(super) rescaled: Measures,
}

impl Outcome {
    /// The largest eigenvalue of the Hessian.
    pub(super) fn top(&self) -> f64 {
        self.measures.top
    }
}

/// `keskar-sharpness`.
pub struct KeskarSharpness;

impl Claim for KeskarSharpness {
    const CARD: Card = Card {
        id: "keskar-sharpness",
        version: 2,
        title: "At the same training loss, small batches end in flatter places than large ones",
        statement: r"Train the same network from the same start with small batches ($B = 8$) and with all $1{,}000$ examples at
            once, both until the training loss is at most $0.02$. Where the small batches end, the largest eigenvalue of the
            Hessian is smaller, and so is Keskar's sharpness
            $$100\,\frac{\max_{y\in C_\varepsilon} f(x+Ay)-f(x)}{1+f(x)},\qquad
            C_\varepsilon=\{y:|y_i|\le\varepsilon(|(A^+x)_i|+1)\}$$
            in a random subspace of $100$ dimensions at $\varepsilon = 10^{-3}$, in at least $9$ of $10$ runs.

            The losses are matched, as they must be: after equally many epochs the large batch is simply trained less. This is the
            comparison of small and large batches with matched loss. How well they are matched matters for the same measure in
            the full box ($A = I$). To first order in $\varepsilon$ it is the gradient's $\ell_1$ norm, which is larger where
            small batches end: at $\varepsilon = 5\cdot10^{-4}$ that reverses the order, and at $10^{-3}$ the order depends on
            when training stops. With one look at the loss an epoch, small batches end at about two thirds of the loss of full
            ones and were flatter in $8$ of $10$ runs; with a look after each step both end at the same loss, and they were
            flatter in $6$ of $10$. So the full box at $10^{-3}$ is shown and not judged. And no measure
            but adaptive sharpness survives a rescaling: with one layer multiplied and the next divided by $4$ the network
            computes the same, but is many times as sharp.",
        sources: &[
            Source {
                citation: "Keskar, Mudigere, Nocedal, Smelyanskiy, Tang, On large-batch training for deep learning: \
                           generalization gap and sharp minima, ICLR 2017, metric 2.1",
                identifier: Some("arXiv:1609.04836"),
            },
            Source {
                citation: "Dinh, Pascanu, Bengio, Bengio, Sharp minima can generalize for deep nets, ICML 2017, section 4",
                identifier: Some("arXiv:1703.04933"),
            },
        ],
        hypotheses: &[
            "runs stop at the first look at which the loss over all examples is at most $0.02$ ($0.05$ where a fifth of the \
             labels is drawn anew); stochastic gradient descent at rate $0.1$",
            "the maximum is searched for by projected limited-memory quasi-Newton ascent, $10$ iterations from the point and from \
             the maximum of the smaller box; the paper takes $10$ of L-BFGS-B. What is found is a lower bound",
            "a ReLU network is piecewise smooth: its Hessian is that of the piece",
        ],
        kind: Kind::Training,
        tags: &["landscape", "sharpness", "generalization"],
        data: &[],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let noises: &[f64] = profile.pick(&[0.0], &[0.0, 0.2], &[0.0, 0.2]);
        let seeds = profile.pick(2, 10, 50);
        let each = |noise: f64, seed| {
            [Batches::Small, Batches::SmallWatched, Batches::Full].map(move |batches| Task {
                batches,
                noise,
                seed,
            })
        };
        noises
            .iter()
            .flat_map(|&noise| (1..=seeds).flat_map(move |offset| each(noise, seed + offset)))
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let teacher = Mlp::new(&[DIMENSION, TEACHER, CLASSES], Activation::Tanh)?;
        let truth = teacher.draw(Initialization::LecunNormal, &mut stream);
        let mut samples = |n| labelled_by(&teacher, &truth, stream.normals(n * DIMENSION));
        let (train, test) = (samples(EXAMPLES)?, samples(TEST)?);
        let noisy = |label: &usize| if stream.uniform() < task.noise { stream.index(CLASSES) } else { *label };
        let labels = train.labels()?.0.iter().map(noisy).collect();
        let train = train.with_targets(Targets::Classes { labels, classes: CLASSES })?;

        let student = Mlp::new(&[DIMENSION, STUDENT, STUDENT, CLASSES], Activation::Relu)?;
        let start = student.draw(Initialization::HeNormal, &mut stream);
        let batch = match task.batches {
            Batches::Small => Batch::Size(SMALL),
            Batches::SmallWatched => Batch::Replacement(SMALL),
            Batches::Full => Batch::Full,
        };
        let training = Training::new(Loss::CrossEntropy, Optimizer::sgd(), Schedule::Constant { rate: 0.1 })
            .batch(batch)
            .limit(Limit::Steps(100_000))
            .stop(Stop::Loss(if task.noise > 0.0 { 0.05 } else { 0.02 }));
        let engine = lab.engine()?;
        let risk = |samples| EmpiricalRisk::new(&student, samples, Loss::CrossEntropy, Precision::F32, &engine);
        let trained = risk(&train)?.train_watched(&training, &start, &mut stream, &mut lab.watch())?;
        lab.go_on()?;

        let exact = DenseRisk::new(&student, &train, Loss::CrossEntropy)?;
        let end = trained.network;
        let gradient = exact.gradient(&end)?;
        // Incoming weights and biases of the first layer, incoming weights of the second.
        let (first, second) = ((DIMENSION + 1) * STUDENT, STUDENT * STUDENT);
        let mut rescaled = end.clone();
        rescaled[..first].iter_mut().for_each(|weight| *weight *= FACTOR);
        rescaled[first..first + second].iter_mut().for_each(|weight| *weight /= FACTOR);
        Ok(Outcome {
            steps: trained.trajectory.last().map_or(0, |point| point.step),
            loss: gradient.loss,
            gradient_norm: gradient.norm(),
            test_accuracy: risk(&test)?.accuracy(&end)?,
            measures: measure(&exact, &end, task.seed, lab)?,
            rescaled: measure(&exact, &rescaled, task.seed, lab)?,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let needed = |runs: usize| (0.9 * runs as f64).ceil();
        for (what, of) in JUDGED {
            for (batches, looks) in [(Batches::Small, "epoch"), (Batches::SmallWatched, "step")] {
                for (noise, words) in [(0.0, ""), (0.2, ", a fifth of the labels drawn anew")] {
                    let pairs = pairs(evidence, batches, noise);
                    if pairs.is_empty() {
                        continue;
                    }
                    let smaller = pairs.iter().filter(|(small, full)| of(small) < of(full)).count();
                    let runs = pairs.len();
                    let what = format!(
                        "of {runs} runs, {what} smaller with small batches, a look each {looks}{words}"
                    );
                    checks.push(Check::at_least(what, smaller as f64, needed(runs)));
                }
            }
        }
        let pairs = pairs(evidence, Batches::SmallWatched, 0.0);
        let (what, of) = REVERSED;
        let larger = pairs.iter().filter(|(small, full)| of(small) > of(full)).count();
        let what = format!("of {} runs, {what} larger with small batches, a look each step", pairs.len());
        checks.push(Check::at_least(what, larger as f64, needed(pairs.len())));
        let residual = evidence.iter().map(|e| e.outcome.measures.residual / e.outcome.measures.top);
        let what = "largest residual over the largest eigenvalue";
        checks.push(Check::at_most(what, residual.fold(0.0, maximum), 1e-3));
        let changed = evidence.iter().map(|e| {
            let (before, after) = (e.outcome.measures.adaptive_sam, e.outcome.rescaled.adaptive_sam);
            (after / before - 1.0).abs()
        });
        let what = "largest relative change of the adaptive rise under the rescaling";
        checks.push(Check::at_most(what, changed.fold(0.0, maximum), 1e-6));
        let raised = evidence.iter().map(|e| e.outcome.rescaled.top / e.outcome.measures.top);
        let what = "smallest factor by which the rescaling raises the largest eigenvalue";
        checks.push(Check::at_least(what, raised.fold(f64::INFINITY, minimum), 1.0));
        let mean =
            |of: &dyn Fn(&(&Outcome, &Outcome)) -> f64| pairs.iter().map(of).sum::<f64>() / pairs.len() as f64;
        let sentence = format!(
            "At matched loss the largest eigenvalue is {:.2} after small batches and {:.2} after full ones.",
            mean(&|pair| pair.0.measures.top),
            mean(&|pair| pair.1.measures.top)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let pairs = pairs(evidence, Batches::SmallWatched, 0.0);
        let mut compared = Figure::new(
            "compared",
            "Small batches against full ones, at the same loss",
            "Each point is a pair of runs from one start, with a look at the loss after each step. Below the diagonal the small \
             batch is flatter: by its largest eigenvalue it is, by Keskar's measure, which sees the gradient too, it need not be.",
            Axis::logarithmic("after full batches"),
            Axis::logarithmic("after small batches"),
        );
        for (what, of) in MEASURES {
            compared = compared.points(what, pairs.iter().map(|(small, full)| (of(full), of(small))));
        }
        let ends: Vec<f64> = pairs
            .iter()
            .flat_map(|(small, full)| MEASURES.map(|(_, of)| [of(small), of(full)]).concat())
            .collect();
        let (low, high) =
            ends.iter().fold((f64::INFINITY, 0.0f64), |(low, high), x| (low.min(*x), high.max(*x)));
        let compared = compared.reference("equally sharp", [(low, low), (high, high)]);
        let mean = |of: &dyn Fn(&Measures) -> f64| {
            let ratios = evidence.iter().map(|e| of(&e.outcome.rescaled) / of(&e.outcome.measures));
            ratios.sum::<f64>() / evidence.len().max(1) as f64
        };
        let rescaled = Figure::new(
            "rescaled",
            "The same function, a rescaling later",
            "The first layer multiplied by 4, the second divided by 4: no output changes. The factors by which the measures do \
             change; only the adaptive rise keeps its value.",
            Axis::linear("measure of sharpness"),
            Axis::logarithmic("after over before the rescaling"),
        )
        .with(
            "mean factor",
            crate::figure::Mark::Bars {
                categories: ["top eigenvalue", "trace", "Keskar", "Keskar, subspace", "rise", "adaptive rise"]
                    .map(String::from)
                    .to_vec(),
                heights: vec![
                    mean(&|m| m.top),
                    mean(&|m| m.trace),
                    mean(&|m| m.keskar[1]),
                    mean(&|m| m.keskar_subspace[1]),
                    mean(&|m| m.sam),
                    mean(&|m| m.adaptive_sam),
                ],
            },
        );
        vec![compared, rescaled]
    }
}

/// A measure of an end point.
type Measure = fn(&Outcome) -> f64;

/// What is compared.
const MEASURES: [(&str, Measure); 4] = [
    ("largest eigenvalue", |o| o.measures.top),
    ("Keskar's sharpness at 0.001", |o| o.measures.keskar[1]),
    ("Keskar's sharpness at 0.0005", |o| o.measures.keskar[0]),
    ("Keskar's sharpness at 0.001 in a random subspace", |o| o.measures.keskar_subspace[1]),
];

/// What must be smaller after small batches.
const JUDGED: [(&str, Measure); 2] = [MEASURES[0], MEASURES[3]];

/// What must be larger after them, with clean labels and a look after each step.
const REVERSED: (&str, Measure) = MEASURES[2];

/// The outcomes of small and full batches from the same start.
pub(super) fn pairs(
    evidence: &[Evidence<Task, Outcome>],
    small: Batches,
    noise: f64,
) -> Vec<(&Outcome, &Outcome)> {
    let runs =
        move |batches| evidence.iter().filter(move |e| e.task.batches == batches && e.task.noise == noise);
    runs(small)
        .filter_map(|small| {
            let full = runs(Batches::Full).find(|full| full.task.seed == small.task.seed)?;
            Some((&small.outcome, &full.outcome))
        })
        .collect()
}

fn measure(risk: &DenseRisk<f64>, point: &[f64], seed: u64, lab: &Lab) -> Result<Measures, Failure> {
    // The same probes and the same subspace for every point that is compared.
    let mut stream = Stream::new(seed).split();
    let (objective, hessian) = (RiskObjective(risk), RiskHessian(risk.hessian(point)?));
    let top =
        Lanczos::new(End::LargestMagnitude, 1)?.with_tolerance(1e-5)?.run(&hessian, &mut || stream.normal())?;
    lab.go_on()?;
    let trace = hutch_plus_plus(&hessian, 20, StopRule::exactly(20), &mut || stream.normal())?.estimate;
    lab.go_on()?;
    let whole = keskar::sharpness(&objective, point, &SIZES, keskar::ITERATIONS)?;
    lab.go_on()?;
    let basis = DMatrix::from_fn(point.len(), COLUMNS, |_, _| stream.normal());
    let part = keskar::sharpness_in(&objective, point, &basis, &SIZES, keskar::ITERATIONS)?;
    let values = |found: Vec<keskar::Sharpness>| found.into_iter().map(|one| one.value).collect();
    Ok(Measures {
        top: top.pairs[0].value,
        residual: top.pairs[0].residual,
        trace: trace.value,
        trace_error: trace.standard_error,
        keskar: values(whole),
        keskar_subspace: values(part),
        sam: sam::rise(&objective, point, 0.05)?,
        adaptive_sam: sam::adaptive_rise(&objective, point, 0.5, 0.0)?,
    })
}
