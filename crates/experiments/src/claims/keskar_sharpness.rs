//! At the same training loss, small batches end in flatter places than large ones.

mod figures;
pub(super) mod measures;

use std::sync::Arc;

pub use measures::Measures;
use saddlepoint_models::data::Targets;
use saddlepoint_models::device::Precision;
use saddlepoint_models::native::DenseRisk;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::{EmpiricalRisk, labelled_by};
use saddlepoint_models::training::{Batch, Limit, Loss, Optimizer, Schedule, Stop, Training};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::Figure;
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

/// Where training ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    steps: usize,
    loss: f64,
    gradient_norm: f64,
    test_accuracy: f64,
    measures: Measures,
    /// The same network with its first layer multiplied and its second divided by the factor.
    rescaled: Measures,
}

/// `keskar-sharpness`.
pub struct KeskarSharpness;

impl Claim for KeskarSharpness {
    const CARD: Card = Card {
        id: "keskar-sharpness",
        version: 3,
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
            flatter in about half. So the full box at $10^{-3}$ is shown and not judged. And no measure
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
        let end = End::of(task, lab)?;
        let End { risk, point, .. } = &*end;
        let gradient = risk.gradient(point)?;
        // Incoming weights and biases of the first layer, incoming weights of the second.
        let (first, second) = ((DIMENSION + 1) * STUDENT, STUDENT * STUDENT);
        let mut rescaled = point.clone();
        rescaled[..first].iter_mut().for_each(|weight| *weight *= FACTOR);
        rescaled[first..first + second].iter_mut().for_each(|weight| *weight /= FACTOR);
        Ok(Outcome {
            steps: end.steps,
            loss: gradient.loss,
            gradient_norm: gradient.norm(),
            test_accuracy: end.test_accuracy,
            measures: Measures::of(risk, point, task.seed, lab)?,
            rescaled: Measures::of(risk, &rescaled, task.seed, lab)?,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        // As many exceptions as 9 of 10 allow, rounded up. Two runs (smoke) are too few to tell one exception from too many, so
        // both looks are counted together as well.
        let needed = |runs: usize| (0.9 * runs as f64).floor();
        for (what, of) in JUDGED {
            for (noise, words) in [(0.0, ""), (0.2, ", a fifth of the labels drawn anew")] {
                for (looks, when) in LOOKS {
                    let pairs: Vec<_> = looks.iter().flat_map(|&small| pairs(evidence, small, noise)).collect();
                    if pairs.is_empty() {
                        continue;
                    }
                    let smaller = pairs.iter().filter(|(small, full)| of(small) < of(full)).count();
                    let runs = pairs.len();
                    let what = format!("of {runs} runs, {what} smaller with small batches, {when}{words}");
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
        figures::figures(evidence)
    }
}

/// Where the training of a task ends, with the risk in f64.
pub(super) struct End {
    pub(super) risk: DenseRisk<f64>,
    pub(super) point: Vec<f64>,
    steps: usize,
    pub(super) test_accuracy: f64,
}

impl End {
    /// Trained once for both claims.
    pub(super) fn of(task: &Task, lab: &Lab) -> Result<Arc<Self>, Failure> {
        lab.once().get(&format!("keskar-sharpness {task:?}"), || Self::train(task, lab))
    }

    fn train(task: &Task, lab: &Lab) -> Result<Self, Failure> {
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
        Ok(Self {
            risk: DenseRisk::new(&student, &train, Loss::CrossEntropy)?,
            steps: trained.last().step,
            test_accuracy: risk(&test)?.accuracy(&trained.network)?,
            point: trained.network,
        })
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

/// When the loss of small batches is looked at.
const LOOKS: [(&[Batches], &str); 3] = [
    (&[Batches::Small], "a look each epoch"),
    (&[Batches::SmallWatched], "a look each step"),
    (&[Batches::Small, Batches::SmallWatched], "either look"),
];

/// What must be larger after them, with clean labels and a look after each step.
const REVERSED: (&str, Measure) = MEASURES[2];

/// The outcomes of small and full batches from the same start.
pub(super) fn pairs<O>(evidence: &[Evidence<Task, O>], small: Batches, noise: f64) -> Vec<(&O, &O)> {
    let runs =
        move |batches| evidence.iter().filter(move |e| e.task.batches == batches && e.task.noise == noise);
    runs(small)
        .filter_map(|small| {
            let full = runs(Batches::Full).find(|full| full.task.seed == small.task.seed)?;
            Some((&small.outcome, &full.outcome))
        })
        .collect()
}
