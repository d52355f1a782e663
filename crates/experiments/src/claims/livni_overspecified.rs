//! A student with more units than its teacher learns it; one with as many often does not.

use saddlepoint_models::data::planted::Teacher;
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Batch, Limit, Loss, Optimizer, Schedule, Training};
use serde::{Deserialize, Serialize};
use statrs::distribution::{DiscreteCDF, Hypergeometric};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample::Proportion;
use crate::verdict::{Check, Judgement, maximum};

/// Inputs and hidden units of the teacher.
const DIMENSION: usize = 10;
const TEACHER: usize = 5;
/// A student has learnt when its training error, relative to the variance of the labels, is below this.
const THRESHOLD: f64 = 1e-3;

/// One student of one teacher.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    width: usize,
    steps: usize,
    seed: u64,
}

/// Mean squared errors at the end, relative to the variance of the labels.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    #[serde(with = "crate::number")]
    train_error: f64,
    #[serde(with = "crate::number")]
    test_error: f64,
}

/// `livni-overspecified`.
pub struct LivniOverspecified;

impl Claim for LivniOverspecified {
    const CARD: Card = Card {
        id: "livni-overspecified",
        version: 2,
        title: "Over-specified students learn what exact students fail to learn",
        statement: r"Let a teacher be a two-layer ReLU network with $n_0$ hidden units and a student one of the
            same kind with $m$. Trained by a stochastic gradient method from random initialization, the student
            reaches training error near zero with a probability that increases with $m$; at $m = n_0$ it often
            fails, although a perfect student exists, and for $m \geq 2 n_0$ it nearly always succeeds. With
            $m < n_0$ it always fails.

            Here: $d = 10$, $n_0 = 5$, $2{,}000$ standard normal inputs, Adam from rate $10^{-2}$ on a cosine to
            $0$, batches of $64$; success is a training error below $10^{-3}$ of the labels' variance.",
        sources: &[Source {
            citation: "Livni, Shalev-Shwartz, Shamir 2014, On the computational efficiency of training neural \
                       networks, section 5",
            identifier: Some("arXiv:1410.1141"),
        }],
        hypotheses: &[
            "fewer parameters than examples, so that success is not memorization",
            "labels without noise, standardized",
        ],
        kind: Kind::Training,
        tags: &["optimization", "landscape", "over-specification"],
        data: &[],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let widths: &[usize] = profile.pick(&[5, 10], &[3, 5, 7, 10, 20], &[3, 5, 7, 10, 15, 20, 40]);
        let (seeds, steps) = (profile.pick(12, 20, 50), profile.pick(2000, 2000, 4000));
        widths
            .iter()
            .flat_map(|&width| (1..=seeds).map(move |offset| Task { width, steps, seed: seed + offset }))
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (engine, mut stream) = (lab.engine()?, Stream::new(task.seed));
        let teacher = Teacher::draw(|z| z.max(0.0), DIMENSION, TEACHER, &mut stream)?;
        let (train, test) = teacher.samples(2000, 2000, &mut stream)?;
        let student = Mlp::new(&[DIMENSION, task.width, 1], Activation::Relu)?;
        let start = student.draw(Initialization::LecunNormal, &mut stream);
        let schedule = Schedule::Cosine { rate: 1e-2, steps: task.steps };
        let training = Training::new(Loss::Squared, Optimizer::adam(), schedule)
            .batch(Batch::Size(64))
            .limit(Limit::Steps(task.steps));
        let risk = |samples| EmpiricalRisk::new(&student, samples, Loss::Squared, Precision::F32, &engine);
        let trained = risk(&train)?.train_watched(&training, &start, &mut stream, &mut lab.watch())?;
        lab.go_on()?;
        Ok(Outcome { train_error: trained.last().loss, test_error: risk(&test)?.loss(&trained.network)? })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let rates = rates(evidence);
        let at = |width: usize| rates.iter().find(|rate| rate.width == width);
        let mut checks = Vec::new();
        let exact = at(TEACHER).zip(at(2 * TEACHER));
        let p = exact.map_or(f64::NAN, |(few, many)| fisher(few.share, many.share));
        checks.push(Check::at_most("Fisher's exact p, m = 5 against m = 10, one-sided", p, 0.01));
        for rate in &rates {
            let (width, Proportion { successes, runs }) = (rate.width, rate.share);
            let what = format!("success rate at m = {width} ({successes} of {runs})");
            if width >= 2 * TEACHER {
                checks.push(Check::at_least(what, rate.share.value(), 0.9));
            } else if width < TEACHER {
                checks.push(Check::at_most(what, rate.share.value(), 0.0));
            }
        }
        for pair in rates.windows(2) {
            let what = format!("fall of the success rate from m = {} to m = {}", pair[0].width, pair[1].width);
            let slack = pair[0].share.standard_error().max(pair[1].share.standard_error());
            checks.push(Check::at_most(what, pair[0].share.value() - pair[1].share.value(), slack));
        }
        let learnt = evidence.iter().map(|one| &one.outcome).filter(|outcome| outcome.train_error < THRESHOLD);
        let worst = learnt.map(|outcome| outcome.test_error).fold(0.0, maximum);
        checks.push(Check::at_most("largest test error of a student that learnt", worst, 10.0 * THRESHOLD));
        let percent = |width| at(width).map_or(f64::NAN, |rate| 100.0 * rate.share.value());
        let sentence = format!(
            "A student as wide as its teacher succeeds in {:.0} % of runs, one twice as wide in {:.0} %.",
            percent(TEACHER),
            percent(2 * TEACHER)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let success = Figure::new(
            "success",
            "Success against the width of the student",
            "Never below the teacher's 5 units, rarely at 5, always at twice as many.",
            Axis::linear("hidden units of the student, m"),
            Axis::linear("fraction of runs that succeed"),
        )
        .measured(
            "success rate ± standard error",
            rates(evidence)
                .iter()
                .map(|rate| (rate.width as f64, rate.share.value(), rate.share.standard_error())),
        );
        let errors = Figure::new(
            "errors",
            "Training errors of all students",
            "Failures are stuck at errors orders of magnitude above the threshold; successes are far below it.",
            Axis::linear("hidden units of the student, m"),
            Axis::logarithmic("training error over variance of the labels"),
        )
        .points("one student", evidence.iter().map(|one| (one.task.width as f64, one.outcome.train_error)))
        .reference("threshold", rates(evidence).iter().map(|rate| (rate.width as f64, THRESHOLD)));
        vec![success, errors]
    }
}

/// Successes at one width.
struct Rate {
    width: usize,
    share: Proportion,
}

fn rates(evidence: &[Evidence<Task, Outcome>]) -> Vec<Rate> {
    let mut widths: Vec<usize> = evidence.iter().map(|one| one.task.width).collect();
    widths.sort_unstable();
    widths.dedup();
    let rate = |width| {
        let runs = evidence.iter().filter(|one| one.task.width == width);
        let successes = runs.clone().filter(|one| one.outcome.train_error < THRESHOLD);
        Rate { width, share: Proportion { successes: successes.count() as u64, runs: runs.count() as u64 } }
    };
    widths.into_iter().map(rate).collect()
}

/// The probability that `few` has at most its successes if both have the same success rate.
fn fisher(few: Proportion, many: Proportion) -> f64 {
    Hypergeometric::new(few.runs + many.runs, few.successes + many.successes, few.runs)
        .map_or(f64::NAN, |null| null.cdf(few.successes))
}
