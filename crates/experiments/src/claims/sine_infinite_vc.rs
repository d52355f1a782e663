//! One parameter, infinite VC dimension: a bound by the number of parameters cannot hold.

use num_rational::BigRational;
use num_traits::ToPrimitive;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::capacity::vc::sine;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, minimum};

/// The claim `sine-infinite-vc`.
pub struct SineInfiniteVc;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// All labels of so many points, in rational arithmetic.
    Exact {
        /// How many points.
        points: usize,
    },
    /// All labels of so many points, in floats.
    Floats {
        /// How many points.
        points: usize,
    },
    /// Learning from a sample of coin flips.
    Gap {
        /// Points in the sample, drawn with replacement.
        sample: usize,
        /// Points of the distribution, each as likely as the others.
        support: usize,
        /// Seed of labels and sample.
        seed: u64,
    },
    /// A sine through points, for the figure.
    Curve {
        /// The labels.
        labels: Vec<bool>,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Labels that the frequency made for them does not realize.
    Missed {
        /// Of so many.
        labellings: u64,
        /// So many.
        missed: u64,
    },
    /// Errors of the sine that fits the sample.
    Gap {
        /// On the sample.
        training: f64,
        /// Under the distribution, exactly.
        risk: f64,
    },
    /// `(x, sin ωx)`.
    Curve {
        /// Along the axis.
        curve: Vec<(f64, f64)>,
        /// At the points.
        points: Vec<(f64, f64)>,
    },
}

/// Up to so many points floats are enough, by an analysis of their rounding.
const SAFE: usize = 15;

impl Claim for SineInfiniteVc {
    const CARD: Card = Card {
        id: "sine-infinite-vc",
        version: 1,
        title: "One parameter shatters any number of points, and learns nothing from a tenth of them",
        statement: r"The class $\{x\mapsto\mathrm{sign}\sin\omega x\}$ has one parameter and infinite VC dimension: for the points
            $x_i=10^{-i}$, $i\le n$, and any labels, with $z_i=1$ where the label is $-1$ and else $0$,
            $$\omega=\pi\Bigl(1+\sum_iz_i10^i\Bigr)$$
            realizes them. So no bound of test $-$ train by $\sqrt{N/m}$ with $N$ the number of parameters and $m$ that of
            examples holds: under the uniform distribution on $M$ of these points with coin flips for labels, a sine fits any
            $m\ll M$ examples without an error and errs on about half of the rest.

            Here: all $2^n$ labels in rational arithmetic for small $n$; the same in floats, which are enough up to $n=15$ (four
            roundings move $\omega x_i/\pi$ by less than its distance $10^{-i}$ from the integers) and fail from $n=16$ on; and the gap
            between the error on a sample and the exact risk.",
        sources: &[
            Source {
                citation: "Vapnik, The Nature of Statistical Learning Theory, 1995, section 3.6",
                identifier: None,
            },
            Source {
                citation: "notes on deep learning theory after Desh Raj's blog: test − train ≤ √(N/m), which is refuted for N the number of parameters",
                identifier: None,
            },
        ],
        hypotheses: &["$x_i = 10^{-i}$, given exactly"],
        kind: Kind::Exact,
        tags: &["generalization", "capacity", "vc"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let exact = profile.pick(8, 10, 14);
        let floats: &[usize] =
            profile.pick(&[12, 16], &[12, 14, 15, 16, 17, 18], &[12, 14, 15, 16, 17, 18, 20]);
        let gaps: &[(usize, usize)] = profile.pick(
            &[(20, 200)],
            &[(20, 200), (40, 400), (80, 800)],
            &[(20, 200), (40, 400), (80, 800), (160, 1600)],
        );
        (1..=exact)
            .map(|points| Task::Exact { points })
            .chain(floats.iter().map(|&points| Task::Floats { points }))
            .chain(gaps.iter().map(|&(sample, support)| Task::Gap {
                sample,
                support,
                seed: seed + sample as u64,
            }))
            .chain([Task::Curve { labels: vec![false, true, false] }])
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match task {
            Task::Exact { points } => {
                let at = sine::points(*points)?;
                missed(*points, lab, |labels| {
                    let omega = sine::frequency(labels)?;
                    Ok(at.iter().map(|x| sine::is_positive(&omega, x)).collect())
                })
            }
            Task::Floats { points } => missed(*points, lab, |labels| Ok(sine::signs_in_floats(labels))),
            Task::Gap { sample, support, seed } => {
                let mut stream = Stream::new(*seed);
                let truth: Vec<bool> = (0..*support).map(|_| stream.sign() > 0.0).collect();
                let drawn: Vec<usize> = (0..*sample).map(|_| stream.index(*support)).collect();
                // What is not in the sample is free; the learner puts it on the positive side.
                let mut labels = vec![true; *support];
                for &i in &drawn {
                    labels[i] = truth[i];
                }
                let omega = sine::frequency(&labels)?;
                let mut wrong = Vec::new();
                for (x, label) in sine::points(*support)?.iter().zip(&truth) {
                    lab.go_on()?;
                    wrong.push(sine::is_positive(&omega, x) != *label);
                }
                let errors = drawn.iter().filter(|&&i| wrong[i]).count();
                let risk = wrong.iter().filter(|wrong| **wrong).count();
                Ok(Outcome::Gap {
                    training: errors as f64 / *sample as f64,
                    risk: risk as f64 / *support as f64,
                })
            }
            Task::Curve { labels } => {
                let ratio = sine::frequency(labels)?.to_f64().ok_or("a frequency that is no float")?;
                let height = |x: f64| (x, (std::f64::consts::PI * ratio * x).sin());
                let least = 0.5 * 10f64.powi(-(labels.len() as i32));
                let along = (0..=4000).map(|i| least * (0.12 / least).powf(f64::from(i) / 4000.0));
                let points = sine::points(labels.len())?;
                let points = points.iter().filter_map(BigRational::to_f64).map(height).collect();
                Ok(Outcome::Curve { curve: along.map(height).collect(), points })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut least) = (Vec::new(), f64::INFINITY);
        for e in evidence {
            match (&e.task, &e.outcome) {
                (Task::Exact { points }, &Outcome::Missed { missed, labellings }) => {
                    checks.push(Check::equal(
                        format!("labels missed of {labellings}, n = {points}, exactly"),
                        missed,
                        0,
                    ));
                }
                (Task::Floats { points }, &Outcome::Missed { missed, labellings }) if *points <= SAFE => {
                    checks.push(Check::equal(
                        format!("labels missed of {labellings}, n = {points}, in floats"),
                        missed,
                        0,
                    ));
                }
                (Task::Floats { points }, &Outcome::Missed { missed, labellings }) => {
                    let share = missed as f64 / labellings as f64;
                    // The catalogue: 36 of 200 at n = 16, plus or minus four standard errors.
                    let range = if *points == SAFE + 1 { 0.07..=0.29 } else { 0.07..=1.0 };
                    checks.push(Check::within(
                        format!("share of labels missed, n = {points}, in floats"),
                        share,
                        range,
                    ));
                }
                (Task::Gap { sample, support, .. }, &Outcome::Gap { training, risk }) => {
                    let root = (*sample as f64).recip().sqrt();
                    least = minimum(least, (risk - training) / root);
                    let name = format!("m = {sample} of {support} points");
                    checks.push(Check::equal(format!("training error, {name}"), training, 0.0));
                    checks.push(Check::at_least(
                        format!("test − train over √(1/m), {name}"),
                        (risk - training) / root,
                        1.0,
                    ));
                }
                _ => (),
            }
        }
        Judgement::from_checks(
            format!(
                "Every labelling is realized exactly, floats fail at sixteen points, and test − train is at least {least:.2} times √(1/m)."
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut figures = Vec::new();
        for e in evidence {
            if let (Task::Curve { labels }, Outcome::Curve { curve, points }) = (&e.task, &e.outcome) {
                let signs: String = labels.iter().map(|label| if *label { '+' } else { '−' }).collect();
                figures.push(
                    Figure::new(
                        "curve",
                        "One sine through three points with any signs",
                        format!("The frequency is made for the labels {signs} of 0.1, 0.01 and 0.001; another digit of it changes one label and no other."),
                        Axis::logarithmic("x"),
                        Axis::linear("sin ωx"),
                    )
                    .line("sin ωx", curve.iter().copied())
                    .points("the points", points.iter().copied()),
                );
            }
        }
        let gaps = || {
            evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
                (Task::Gap { sample, .. }, Outcome::Gap { training, risk }) => {
                    Some((*sample as f64, risk - training))
                }
                _ => None,
            })
        };
        let shares = evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
            (Task::Floats { points }, Outcome::Missed { missed, labellings }) => {
                Some((*points as f64, *missed as f64 / *labellings as f64))
            }
            _ => None,
        });
        figures.push(
            Figure::new(
                "gap",
                "What a sine with one parameter has learned from m coin flips",
                "It fits all of them and errs on half of the others, for any m: the gap stays near ½, while √(N/m) with N = 1 parameter falls.",
                Axis::logarithmic("sample size m"),
                Axis::linear("test − train"),
            )
            .points("measured", gaps())
            .reference("√(N/m) with N = 1", (0..=40).map(|i| 10f64.powf(1.0 + f64::from(i) / 26.0)).map(|m| (m, m.recip().sqrt()))),
        );
        figures.push(
            Figure::new(
                "floats",
                "Labels that double precision misses",
                "Up to fifteen points none; with one digit more, the frequency has no bits left for the first label.",
                Axis::linear("points n"),
                Axis::linear("share of the 2ⁿ labellings"),
            )
            .points("missed", shares),
        );
        figures
    }
}

/// All labellings against the signs that `signs` gives them.
fn missed(
    points: usize,
    lab: &Lab,
    signs: impl Fn(&[bool]) -> Result<Vec<bool>, Failure>,
) -> Result<Outcome, Failure> {
    let labellings = 1u64 << points;
    let mut missed = 0;
    for code in 0..labellings {
        lab.go_on()?;
        let labels: Vec<bool> = (0..points).map(|i| code >> i & 1 == 1).collect();
        missed += u64::from(signs(&labels)? != labels);
    }
    Ok(Outcome::Missed { labellings, missed })
}
