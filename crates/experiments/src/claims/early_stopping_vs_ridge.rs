//! Stopping early is nearly ridge regression, and worth points of accuracy where labels are wrong.

use nalgebra::DMatrix;
use saddlepoint_models::data::DataSet;
use saddlepoint_models::device::Precision;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Optimizer, Snapshot};
use saddlepoint_theory::regularization::early_stopping::{STATED, STATED_TUNED, peak, proved_bound};
use saddlepoint_theory::regularization::spectral_filter::{Family, Filter, FixedDesign};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::decaying_design::{decaying_design, direction};
use crate::figure::{Axis, Figure};
use crate::noisy_digits::{NOISE, NoisyDigits, full_batch};
use crate::sample::{mean, standard_error};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// A part of the claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// One regression problem, and the constant.
    Reference,
    /// Random problems.
    Random {
        /// How many.
        problems: usize,
        /// Their seed.
        seed: u64,
    },
    /// A network on digits with wrong labels, looked at every 25 steps.
    Digits {
        /// Steps.
        steps: usize,
        /// Seed of examples, labels and start.
        seed: u64,
    },
}

/// What a part measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// On one problem.
    Reference {
        /// Time, risk of gradient flow, risk of the penalty `1/t`.
        curve: Vec<(f64, f64, f64)>,
        /// The best time and its risk.
        best: (f64, f64),
        /// Mean risk at the best time over that at the best penalty.
        tuned: f64,
        /// Where the ratio of variances is largest, its value, and what is proved of it.
        peak: (f64, f64, f64),
        /// The ratio of risks at that point for one feature without signal.
        attained: f64,
    },
    /// On many problems.
    Random {
        /// The largest ratio of risks at a time.
        largest: f64,
        /// The largest ratio of tuned mean risks.
        tuned: f64,
    },
    /// Step, validation accuracy, test accuracy, test log loss.
    Digits(Vec<(usize, f64, f64, f64)>),
}

/// `early-stopping-vs-ridge`.
pub struct EarlyStoppingVsRidge;

impl Claim for EarlyStoppingVsRidge {
    const CARD: Card = Card {
        id: "early-stopping-vs-ridge",
        version: 1,
        title: "Early stopping is nearly a ridge penalty, and more than a way to save time",
        statement: r"For least squares with a fixed design, gradient flow stopped at time $t$ has at most $1.6862$ times the
            risk of ridge regression with the penalty $1/t$: at every $t$, for all coefficients and designs. The constant is
            $\sup_x\left((1-e^{-x})(1+x)/x\right)^2=1.68590906\ldots$, rounded up. With both tuned on average over
            coefficients without preferred direction the ratio is at most $1.2147$.

            Where labels are wrong, stopping is worth points of accuracy, not only time: on $200$ digits with $20\,\%$ of the
            labels drawn anew the best test accuracy on the way exceeds the last one by at least $0.05$, and a stop chosen
            by equally noisy validation examples keeps at least $0.03$ of it.",
        sources: &[Source {
            citation: "Ali, Kolter, Tibshirani 2019, A continuous-time view of early stopping for least squares regression, \
                       theorems 1 and 3",
            identifier: Some("arXiv:1810.10082"),
        }],
        hypotheses: &[
            "errors are uncorrelated, of mean 0 and one variance; the design is fixed; descent starts at zero",
            "a ReLU network $64$-$128$-$10$, Adam with full batches, rate $2\\cdot10^{-3}$",
        ],
        kind: Kind::Training,
        tags: &["generalization", "regularization", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let random = Task::Random { problems: profile.pick(20, 200, 5000), seed };
        let steps = profile.pick(800, 1600, 1600);
        let digits = (1..=profile.pick(2, 5, 20)).map(|offset| Task::Digits { steps, seed: seed + offset });
        [Task::Reference, random].into_iter().chain(digits).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Reference => reference(),
            Task::Random { problems, seed } => random(problems, seed, lab),
            Task::Digits { steps, seed } => {
                let mut stream = Stream::new(seed);
                let digits = NoisyDigits::draw(NOISE, lab, &mut stream)?;
                let start = digits.start(&mut stream);
                let training = full_batch(Optimizer::adam(), steps).snapshot_every(25);
                let trained = digits.fit(&digits.train, &training, &start, &mut stream)?;
                let look = |at: &Snapshot| {
                    let chosen = digits.predict(&at.parameters, &digits.validation)?.accuracy();
                    let found = digits.predict(&at.parameters, &digits.test)?;
                    Ok::<_, Failure>((at.step, chosen, found.accuracy(), found.log_loss()))
                };
                Ok(Outcome::Digits(trained.snapshots.iter().map(look).collect::<Result<_, _>>()?))
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { outcome, .. } in evidence {
            match outcome {
                Outcome::Reference { curve, best, tuned, peak, attained } => {
                    let ratios = || curve.iter().map(|(_, flow, ridge)| flow / ridge);
                    let (most, least) = (ratios().fold(0.0, maximum), ratios().fold(f64::INFINITY, minimum));
                    checks.push(Check::relative(
                        "largest ratio of the reference problem",
                        most,
                        1.488556,
                        1e-6,
                    ));
                    checks.push(Check::relative("its least ratio", least, 0.997881, 1e-6));
                    checks.push(Check::relative("ratio of tuned mean risks", *tuned, 1.002323, 1e-6));
                    checks.push(Check::relative("risk at the best time", best.1, 0.865805922, 1e-6));
                    checks.push(Check::relative("the constant", peak.1, 1.68590906, 1e-8));
                    checks.push(Check::absolute("where it is attained", peak.0, 1.79327, 2e-5));
                    checks.push(Check::within("what is proved of it", peak.2, peak.1..=STATED));
                    checks.push(Check::relative("ratio of a feature without signal", *attained, peak.1, 1e-12));
                }
                Outcome::Random { largest, tuned } => {
                    checks.push(Check::at_most("largest ratio on random problems", *largest, STATED));
                    checks.push(Check::at_most("largest ratio of tuned mean risks", *tuned, STATED_TUNED));
                }
                Outcome::Digits(_) => {}
            }
        }
        let gain = mean(&gains(evidence, best_look));
        let honest = mean(&gains(evidence, chosen_look));
        checks.push(Check::at_least("best test accuracy on the way less the last", gain, 0.05));
        checks.push(Check::at_least("test accuracy at the validated stop less the last", honest, 0.03));
        let sentence = format!(
            "Stopping in time is worth {:.1} points of test accuracy, {:.1} where noisy validation examples choose.",
            100.0 * gain,
            100.0 * honest
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let curve = evidence.iter().find_map(|one| match &one.outcome {
            Outcome::Reference { curve, .. } => Some(curve.as_slice()),
            _ => None,
        });
        let curve = curve.unwrap_or_default();
        let ends = || [curve.first(), curve.last()].into_iter().flatten();
        let risk = Figure::new(
            "risk",
            "Gradient flow and ridge regression on one axis",
            "The same problem, stopped at time t and with the penalty 1/t: two nearly equal paths from zero to least squares.",
            Axis::logarithmic("time t = 1/λ"),
            Axis::logarithmic("risk E‖β̂ − β‖²"),
        )
        .line("ridge, penalty 1/t", curve.iter().map(|point| (point.0, point.2)))
        .line("gradient flow until t", curve.iter().map(|point| (point.0, point.1)));
        let ratio = Figure::new(
            "ratio",
            "What stopping costs in place of the matching penalty",
            "The ratio of the two risks stays below the constant of the theorem at every time.",
            Axis::logarithmic("time t = 1/λ"),
            Axis::linear("risk of gradient flow over risk of ridge"),
        )
        .line("ratio", curve.iter().map(|point| (point.0, point.1 / point.2)))
        .reference("1.6862", ends().map(|point| (point.0, STATED)));
        let test = along(evidence, |look| look.2);
        let loss = along(evidence, |look| look.3);
        let learning = Figure::new(
            "learning",
            "Test accuracy on the way, with wrong labels",
            "A fifth of the labels is drawn anew. The network first learns what digits have in common, then the wrong labels: \
             who stops in time is better off.",
            Axis::logarithmic("steps of Adam"),
            Axis::linear("test accuracy, mean over seeds"),
        )
        .measured(
            "mean ± standard error",
            test.iter().map(|(step, values)| (*step, mean(values), standard_error(values))),
        )
        .line("mean", test.iter().map(|(step, values)| (*step, mean(values))));
        let loss = Figure::new(
            "log-loss",
            "Test log loss on the way, with wrong labels",
            "The loss turns earlier and rises without end: wrong labels make the network sure of wrong answers.",
            Axis::logarithmic("steps of Adam"),
            Axis::linear("test −ln p of the label, mean over seeds"),
        )
        .line("mean", loss.iter().map(|(step, values)| (*step, mean(values))));
        vec![learning, risk, ratio, loss]
    }
}

type Look = (usize, f64, f64, f64);

fn runs(evidence: &[Evidence<Task, Outcome>]) -> impl Iterator<Item = &Vec<Look>> {
    evidence.iter().filter_map(|one| if let Outcome::Digits(run) = &one.outcome { Some(run) } else { None })
}

/// For each step, a number of all runs.
fn along(evidence: &[Evidence<Task, Outcome>], what: fn(&Look) -> f64) -> Vec<(f64, Vec<f64>)> {
    let steps = runs(evidence).next().map_or(&[][..], Vec::as_slice).iter().enumerate();
    let all = |i: usize| runs(evidence).filter_map(|run| run.get(i)).map(what).collect();
    steps.map(|(i, look)| (look.0 as f64, all(i))).collect()
}

/// For each run, the test accuracy at a look of its own less the last one.
fn gains(evidence: &[Evidence<Task, Outcome>], choose: fn(&[Look]) -> Option<&Look>) -> Vec<f64> {
    let gain = |run: &Vec<Look>| Some(choose(run)?.2 - run.last()?.2);
    runs(evidence).map(|run| gain(run).unwrap_or(f64::NAN)).collect()
}

fn best_look(run: &[Look]) -> Option<&Look> {
    run.iter().max_by(|a, b| a.2.total_cmp(&b.2))
}

/// The best by validation, the first among equals.
fn chosen_look(run: &[Look]) -> Option<&Look> {
    run.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1))
}

fn reference() -> Result<Outcome, Failure> {
    let mut stream = Stream::new(21);
    let design = decaying_design(50, 30, 0.5, &mut stream);
    let problem = FixedDesign::new(&design, &direction(30, 1.0, &mut stream), 1.0)?;
    let silent = FixedDesign::new(&DMatrix::from_element(1, 1, 1.0), &[0.0], 1.0)?;
    let (x, value) = peak();
    Ok(Outcome::Reference {
        curve: paths(&problem, 2000)?,
        best: problem.least_risk(Family::GradientFlow),
        tuned: tuned(&problem, 1.0)?,
        peak: (x, value, proved_bound()),
        attained: silent.risk(Filter::GradientFlow(x))? / silent.risk(Filter::Ridge(1.0 / x))?,
    })
}

/// Both risks at times from `10⁻³` to `10³`.
fn paths(problem: &FixedDesign, points: u32) -> Result<Vec<(f64, f64, f64)>, Failure> {
    let at = |i: u32| {
        let time = 10f64.powf(6.0 * f64::from(i) / f64::from(points) - 3.0);
        Ok((time, problem.risk(Filter::GradientFlow(time))?, problem.risk(Filter::Ridge(1.0 / time))?))
    };
    (0..=points).map(at).collect()
}

/// The least mean risk of gradient flow over that of ridge.
fn tuned(problem: &FixedDesign, radius: f64) -> Result<f64, Failure> {
    let least = |family| problem.least_bayes_risk(family, radius).map(|(_, risk)| risk);
    Ok(least(Family::GradientFlow)? / least(Family::Ridge)?)
}

fn random(problems: usize, seed: u64, lab: &Lab) -> Result<Outcome, Failure> {
    let mut stream = Stream::new(seed);
    let (mut largest, mut worst): (f64, f64) = (0.0, 0.0);
    for _ in 0..problems {
        lab.go_on()?;
        let (samples, features) = (1 + stream.index(40), 1 + stream.index(30));
        let design = decaying_design(samples, features, stream.between(0.0, 2.0), &mut stream);
        let radius = 10f64.powf(stream.between(-2.0, 2.0));
        let coefficients = direction(features, radius, &mut stream);
        let problem = FixedDesign::new(&design, &coefficients, 1.0)?;
        for (_, flow, ridge) in paths(&problem, 120)? {
            largest = maximum(largest, flow / ridge);
        }
        worst = maximum(worst, tuned(&problem, radius)?);
    }
    Ok(Outcome::Random { largest, tuned: worst })
}
