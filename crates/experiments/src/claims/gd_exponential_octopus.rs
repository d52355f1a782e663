//! A function on which gradient descent needs exponential time, and perturbed gradient descent does not.

mod figures;

use std::ops::ControlFlow;

use saddlepoint_landscape::analytic::Octopus;
use saddlepoint_landscape::descent::{GradientDescent, Kicks, PerturbedDescent, StopRule, Trajectory};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::ExitTimeRatio;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::Figure;
use crate::portrait::Portrait;
use crate::regression;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `gd-exponential-octopus`.
pub struct GdExponentialOctopus;

/// One task; `γ = 1` throughout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// Exit times of gradient descent from `(½, …, ½)`, with `η = 1/(inverse · L)`.
    Exits {
        /// `L`.
        attraction: f64,
        /// `1/(ηL)`.
        inverse: f64,
        /// `d`.
        dimension: usize,
    },
    /// Exit times from uniform starts in `[−1, 1]^d`, with `η = 1/(4L)`.
    Starts {
        /// `L`.
        attraction: f64,
        /// `d`.
        dimension: usize,
        /// How many starts.
        runs: usize,
        /// Seed of the starts.
        seed: u64,
    },
    /// Perturbed descents from uniform starts, with `η = 1/(4L)`.
    Perturbed {
        /// `L`.
        attraction: f64,
        /// `d`.
        dimension: usize,
        /// How many starts.
        runs: usize,
        /// Seed of starts and kicks.
        seed: u64,
    },
    /// Plain iteration in f64 from `(½, …, ½)`, until it stands still or the steps are used up.
    Direct {
        /// `L`.
        attraction: f64,
        /// `d`.
        dimension: usize,
        /// How many steps.
        steps: usize,
    },
    /// Paths of both methods, for the plots.
    Paths {
        /// Seed of the kicks.
        seed: u64,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Exit times, a list for each start.
    Times {
        /// Steps after which each coordinate has left.
        times: Vec<Vec<u64>>,
        /// `κ(η)`, the limit of their ratios.
        kappa: f64,
    },
    /// Steps of perturbed descent until the last coordinate has left; `None` if it did not.
    Perturbed {
        /// One entry a start.
        steps: Vec<Option<usize>>,
    },
    /// How plain iteration ended.
    Direct {
        /// Coordinates that have left.
        gone: usize,
        /// Coordinates that are zero or subnormal.
        underflown: usize,
        /// How much the point still changes in as many steps again.
        change: f64,
    },
    /// Raw material of the plots.
    Paths {
        /// Magnitudes of the coordinates along gradient descent, `d = 4`.
        plain: Vec<Vec<f64>>,
        /// The same along perturbed descent.
        perturbed: Vec<Vec<f64>>,
        /// The landscape in two dimensions with paths of gradient descent.
        portrait: Portrait,
    },
}

impl Claim for GdExponentialOctopus {
    const CARD: Card = Card {
        id: "gd-exponential-octopus",
        version: 2,
        title: "Gradient descent can take exponential time to pass saddle points; with kicks it does not",
        statement: "There is a bounded function on $\\mathbb R^d$, smooth and Hessian-Lipschitz with constants polynomial in $d$ and \
            with strict saddles only, on which gradient descent from a uniform start in $[-1,1]^d$ takes \
            $e^{\\Omega(d)}$ steps to reach a minimum, and perturbed gradient descent a polynomial number.\n\n\
            On the octopus, a chain of $d$ saddles with curvatures $2L$ and $-2\\gamma$, the time $T_k$ to leave the $k$-th \
            obeys $$\\frac{T_{k+1}}{T_k} \\to \\kappa(\\eta) = 1 + \\frac{-\\ln(1-2\\eta L)}{\\ln(1+2\\eta\\gamma)} \\ge 1 + \\frac L\\gamma,$$ \
            since a coordinate that waits shrinks all the while and has to grow back. No step size helps. Simulated \
            directly in f64, the waiting coordinates underflow, to zero or to a subnormal number whose step rounds to zero, and \
            descent stands still for ever, from about five saddles on; here they are kept as logarithms.",
        sources: &[Source {
            citation: "Du, Jin, Lee, Jordan, Póczos, Singh, Gradient descent can take exponential time to escape saddle \
                points, NeurIPS 2017, Theorem 4.1",
            identifier: Some("arXiv:1705.10412"),
        }],
        hypotheses: &["$0 < \\gamma \\le L$", "$\\eta < 1/(2L)$", "no coordinate of the start is zero"],
        kind: Kind::Statistical,
        tags: &["optimization", "descent", "saddle"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        const E: f64 = std::f64::consts::E;
        let runs = profile.pick(20, 20, 200);
        let table = [(1.0, 4.0), (1.0, 16.0), (1.5, 4.0), (2.0, 4.0), (2.0, 16.0)];
        let exits = table.map(|(attraction, inverse)| Task::Exits { attraction, inverse, dimension: 15 });
        let starts = [1.0, 1.5, E].map(|attraction| Task::Starts { attraction, dimension: 10, runs, seed });
        let more: &[usize] = profile.pick(&[], &[30, 40], &[30, 40, 60, 80]);
        let dimensions = [2, 4, 6, 8, 10, 15, 20].iter().chain(more);
        let perturbed = dimensions.flat_map(|&dimension| {
            [1.0, E].map(|attraction| Task::Perturbed { attraction, dimension, runs, seed })
        });
        let ratio = Task::Perturbed { attraction: 2.0, dimension: 10, runs, seed };
        let rest = [ratio, Task::Direct { attraction: E, dimension: 6, steps: 20_000 }, Task::Paths { seed }];
        exits.into_iter().chain(starts).chain(perturbed).chain(rest).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Exits { attraction, inverse, dimension } => {
                let step = 1.0 / (inverse * attraction);
                let times = octopus(dimension, attraction)?.exit_times(step, &vec![0.5; dimension])?;
                Ok(Outcome::Times { times: vec![times], kappa: kappa(step, attraction)? })
            }
            Task::Starts { attraction, dimension, runs, seed } => {
                let (f, step, mut stream) =
                    (octopus(dimension, attraction)?, 0.25 / attraction, Stream::new(seed));
                let times = (0..runs)
                    .map(|_| {
                        lab.go_on()?;
                        Ok(f.exit_times(step, &start(dimension, &mut stream))?)
                    })
                    .collect::<Result<_, Failure>>()?;
                Ok(Outcome::Times { times, kappa: kappa(step, attraction)? })
            }
            Task::Perturbed { attraction, dimension, runs, seed } => {
                let (f, descent) = (octopus(dimension, attraction)?, perturbed(attraction, 100_000)?);
                let mut stream = Stream::new(seed);
                let steps = (0..runs)
                    .map(|_| {
                        lab.go_on()?;
                        let start = start(dimension, &mut stream);
                        let mut gone = None;
                        descent.watch(&f, &start, &mut || stream.normal(), |iterate| {
                            if f.has_escaped(iterate.point) {
                                gone = Some(iterate.step);
                                return ControlFlow::Break(());
                            }
                            ControlFlow::Continue(())
                        })?;
                        Ok(gone)
                    })
                    .collect::<Result<_, Failure>>()?;
                Ok(Outcome::Perturbed { steps })
            }
            Task::Direct { attraction, dimension, steps } => {
                let f = octopus(dimension, attraction)?;
                let descent = GradientDescent::new(0.25 / attraction, StopRule::after(steps))?;
                let end = descent.run(&f, &vec![0.5; dimension])?.point;
                let later = descent.run(&f, &end)?.point;
                let gone = end.iter().filter(|x| x.abs() >= 2.0 * Octopus::TAU).count();
                let underflown = end.iter().filter(|x| x.abs() < f64::MIN_POSITIVE).count();
                let change = end.iter().zip(&later).map(|(x, y)| (x - y).abs()).fold(0.0, maximum);
                Ok(Outcome::Direct { gone, underflown, change })
            }
            Task::Paths { seed } => {
                let mut stream = Stream::new(seed);
                let (f, start) = (octopus(4, 1.0)?, [0.5; 4]);
                let plain = GradientDescent::new(0.25, StopRule::after(220))?.record(&f, &start, 1)?.1;
                let mut kicked = Trajectory::every(1);
                let descent = perturbed(1.0, 220)?;
                descent.watch(&f, &start, &mut || stream.normal(), |iterate| kicked.see(iterate))?;
                let magnitudes = |path: &Trajectory| {
                    path.points.iter().map(|point| point.iter().map(|x| x.abs()).collect()).collect()
                };
                let (f, descent) = (octopus(2, 1.0)?, GradientDescent::new(0.25, StopRule::after(60))?);
                let starts = [[0.5, 0.5], [0.2, -0.8], [-0.3, 0.9]];
                let portrait = Portrait::of(&f, [-14.0, 14.0], [-14.0, 14.0])?
                    .with_paths(&f, &descent, &starts, 1)?
                    .with_critical_points(&f)?;
                Ok(Outcome::Paths { plain: magnitudes(&plain), perturbed: magnitudes(&kicked), portrait })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (&Task::Exits { attraction, inverse, .. }, Outcome::Times { times, kappa }) => {
                    let label = format!("L = {attraction}, η = 1/({inverse} L)");
                    let times = times.first().map_or(&[][..], Vec::as_slice);
                    if let Some((expected, limit)) = reference(attraction, inverse) {
                        checks.push(Check::equal(
                            format!("exit times T₁ … T₈, {label}"),
                            format!("{:?}", &times[..times.len().min(8)]),
                            format!("{expected:?}"),
                        ));
                        checks.push(Check::absolute(format!("κ(η), {label}"), *kappa, limit, 1e-9));
                    }
                    let ratio =
                        times.last_chunk().map_or(f64::NAN, |[before, last]| *last as f64 / *before as f64);
                    checks.push(Check::relative(format!("T₁₅/T₁₄, {label}"), ratio, *kappa, 1e-4));
                }
                (&Task::Starts { attraction, runs, .. }, Outcome::Times { times, kappa }) => {
                    let what = format!("slope of ln T_k on k = 5 … 10 over {runs} starts, L = {attraction:.4}");
                    checks.push(Check::absolute(what, regression::slope(logarithms(times)), kappa.ln(), 0.01));
                }
                (Task::Direct { dimension, steps, .. }, Outcome::Direct { gone, underflown, change }) => {
                    checks.push(Check::holds(
                        format!("plain iteration in f64 with {dimension} saddles, L = e, after {steps} steps"),
                        gone < dimension && gone + underflown == *dimension && *change == 0.0,
                        format!("{gone} coordinates have left, {underflown} have underflown, change {change} from there on"),
                        "stands still at a saddle",
                    ));
                }
                (_, Outcome::Paths { portrait, .. }) => {
                    let found = [portrait.certified(0), portrait.certified(1), portrait.landmarks().len()];
                    checks.push(Check::holds(
                        "minima, saddles and all critical points on the map, d = 2",
                        found == [4, 3, 7],
                        format!("{found:?}"),
                        "[4, 3, 7]: all certified",
                    ));
                }
                _ => {}
            }
        }
        for attraction in [1.0, std::f64::consts::E] {
            checks.push(Check::within(
                format!("slope of ln(perturbed descent's steps) on ln d, L = {attraction:.4}"),
                regression::exponent(kicks(evidence, attraction)),
                1.0..=1.4,
            ));
        }
        let plain = evidence.iter().find_map(|e| match (&e.task, &e.outcome) {
            (Task::Exits { attraction: 2.0, inverse: 4.0, .. }, Outcome::Times { times, .. }) => {
                times.first()?.get(9).map(|time| *time as f64)
            }
            _ => None,
        });
        let kicked = kicks(evidence, 2.0).find(|(d, _)| *d == 10.0).map(|(_, steps)| steps);
        let ratio = plain.zip(kicked).map_or(f64::NAN, |(plain, kicked)| plain / kicked);
        checks.push(Check::at_least("steps without kicks over steps with kicks, d = 10, L = 2", ratio, 1e3));
        Judgement::from_checks(
            "Exit times grow by the predicted factor from saddle to saddle; with kicks they do not grow.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        figures::all(evidence)
    }
}

fn octopus(dimension: usize, attraction: f64) -> Result<Octopus, Failure> {
    Ok(Octopus::new(dimension, attraction, 1.0)?)
}

fn kappa(step: f64, attraction: f64) -> Result<f64, Failure> {
    Ok(ExitTimeRatio::new(step, attraction, 1.0)?.kappa().midpoint())
}

fn start(dimension: usize, stream: &mut Stream) -> Vec<f64> {
    (0..dimension).map(|_| stream.between(-1.0, 1.0)).collect()
}

/// With the settings of the paper: thresholds of a hundredth, and a kick wherever the gradient is small. It never answers:
/// at a minimum it is kicked again and again.
fn perturbed(attraction: f64, steps: usize) -> Result<PerturbedDescent, Failure> {
    let hundredth = 0.01 * Octopus::TAU;
    let kicks = Kicks { gradient_norm: hundredth, radius: hundredth, wait: 1, decrease: None };
    Ok(PerturbedDescent::new(0.25 / attraction, kicks, steps)?)
}

/// `(k, ln T_k)` for `k = 5 … 10` and every start.
fn logarithms(times: &[Vec<u64>]) -> impl Iterator<Item = (f64, f64)> + Clone {
    times.iter().flat_map(|list| {
        let numbered = list.iter().enumerate().map(|(k, time)| (k as f64 + 1.0, (*time as f64).ln()));
        numbered.filter(|(k, _)| (5.0..=10.0).contains(k))
    })
}

/// Dimension and mean number of steps of perturbed descent; NaN where one did not arrive.
fn kicks(evidence: &[Evidence<Task, Outcome>], attraction: f64) -> impl Iterator<Item = (f64, f64)> {
    evidence.iter().filter_map(move |e| match (&e.task, &e.outcome) {
        (Task::Perturbed { attraction: l, dimension, .. }, Outcome::Perturbed { steps })
            if *l == attraction =>
        {
            let sum: f64 = steps.iter().map(|steps| steps.map_or(f64::NAN, |steps| steps as f64)).sum();
            Some((*dimension as f64, sum / steps.len() as f64))
        }
        _ => None,
    })
}

/// The catalogue's exit times and `κ(η)`.
fn reference(attraction: f64, inverse: f64) -> Option<([u64; 8], f64)> {
    [
        (1.0, 4.0, [6, 21, 62, 173, 472, 1284, 3483, 9443], 2.709511291),
        (1.0, 16.0, [20, 59, 141, 316, 689, 1487, 3187, 6817], 2.133706496),
        (1.5, 4.0, [8, 34, 123, 424, 1452, 4955, 16898, 57616], 3.409420840),
        (2.0, 4.0, [11, 50, 211, 875, 3598, 14782, 60704, 249276], 4.106283720),
        (2.0, 16.0, [36, 144, 489, 1594, 5132, 16463, 52751, 168969], 3.202593412),
    ]
    .into_iter()
    .find(|row| row.0 == attraction && row.1 == inverse)
    .map(|row| (row.2, row.3))
}
