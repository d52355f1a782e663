//! With noise in every step gradient descent leaves a saddle at once, and comes to rest at a distance of √η.

use std::ops::ControlFlow;

use saddlepoint_landscape::analytic::StrictSaddleQuartic;
use saddlepoint_landscape::descent::{NoisyDescent, StopRule, Trajectory};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::decomposition::eigenvalues;
use saddlepoint_theory::optimization::{Smoothness, StableStep, StationaryNoise};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::portrait::Portrait;
use crate::regression::exponent;
use crate::sample::median;
use crate::verdict::{Check, Judgement};

/// The claim `noisy-gd-escapes`.
pub struct NoisyGdEscapes;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// Descents that start at the saddle, `60/η` steps each.
    Escapes {
        /// `η`.
        step: f64,
        /// How many, with seeds from `seed` on.
        runs: u64,
        /// The first seed.
        seed: u64,
    },
    /// The landscape with a few descents from the saddle.
    Portrait {
        /// The first seed.
        seed: u64,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// One entry for each descent.
    Escapes {
        /// Steps until `|y| > ½`, of those that got there.
        times: Vec<usize>,
        /// Distance of the last iterate from the nearer minimum.
        distances: Vec<f64>,
        /// Root mean square distance of the stationary state of the linearization at the minimum.
        stationary: f64,
    },
    /// Grid and paths.
    Portrait {
        /// The plot's raw material.
        portrait: Portrait,
    },
}

impl Claim for NoisyGdEscapes {
    const CARD: Card = Card {
        id: "noisy-gd-escapes",
        version: 2,
        title: "Noisy gradient descent escapes strict saddles and ends within √η of a minimum",
        statement: "Let $f$ be bounded, smooth, Hessian-Lipschitz and strict-saddle, and let \
            $x_{k+1} = x_k - \\eta(\\nabla f(x_k) + n_k)$ with $n_k$ uniform on the unit sphere. For small $\\eta$, after \
            $\\tilde O(\\eta^{-2}\\ln\\frac1\\zeta)$ steps, with probability at least $1 - \\zeta$, the iterate is within \
            $\\tilde O(\\sqrt\\eta)$ of some local minimum.\n\n\
            Tested on $\\tfrac12x^2 + \\tfrac14y^4 - \\tfrac12y^2$ from the saddle itself, where plain gradient descent stays for \
            ever. The noise never stops, so the distance is of order $\\sqrt\\eta$ and no smaller: near a minimum with \
            Hessian eigenvalues $\\lambda_i$ its mean square is $\\frac\\eta d\\sum_i\\frac1{\\lambda_i(2-\\eta\\lambda_i)}$ to \
            first order.",
        sources: &[Source {
            citation: "Ge, Huang, Jin, Yuan, Escaping from saddle points: online stochastic gradient for tensor \
                decomposition, COLT 2015, Theorem 6",
            identifier: Some("arXiv:1503.02101"),
        }],
        hypotheses: &[
            "strict saddles only, bounded smoothness on the region visited",
            "the noise is isotropic, or at least acts on a direction of negative curvature",
        ],
        kind: Kind::Statistical,
        tags: &["optimization", "descent", "saddle"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let runs = profile.pick(200, 200, 2000);
        let more: &[f64] = profile.pick(&[], &[0.003], &[0.003, 0.001]);
        let steps = [0.1, 0.03, 0.01].iter().chain(more);
        steps.map(|&step| Task::Escapes { step, runs, seed }).chain([Task::Portrait { seed }]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (f, saddle) = (StrictSaddleQuartic, StrictSaddleQuartic::SADDLE);
        let descent =
            |step: f64, time: f64| NoisyDescent::new(step, 1.0, StopRule::after((time / step) as usize));
        Ok(match *task {
            Task::Escapes { step, runs, seed } => {
                let descent = descent(step, 60.0)?;
                let (mut times, mut distances) = (Vec::new(), Vec::new());
                for run in 0..runs {
                    lab.go_on()?;
                    let mut stream = Stream::new(seed + run);
                    let mut time = None;
                    let end = descent.watch(&f, &saddle, &mut || stream.normal(), |iterate| {
                        if iterate.point[1].abs() > 0.5 {
                            time = time.or(Some(iterate.step));
                        }
                        ControlFlow::Continue(())
                    })?;
                    times.extend(time);
                    distances.push(end.point[0].hypot(end.point[1].abs() - 1.0));
                }
                let eigenvalues = eigenvalues(f.hessian(&StrictSaddleQuartic::MINIMA[0])?)?;
                let stable = StableStep::new(step, Smoothness::new(eigenvalues.max())?)?;
                let stationary = StationaryNoise::new(eigenvalues.as_slice(), stable, 1.0)?;
                Outcome::Escapes { times, distances, stationary: stationary.mean_square().midpoint().sqrt() }
            }
            Task::Portrait { seed } => {
                let mut portrait = Portrait::of(&f, [-1.5, 1.5], [-1.5, 1.5])?.with_critical_points(&f)?;
                for (index, step) in [0.1, 0.01, 0.001].into_iter().enumerate() {
                    let (mut path, mut stream) = (Trajectory::every(1), Stream::new(seed + index as u64));
                    let noisy = descent(step, 8.0)?;
                    noisy.watch(&f, &saddle, &mut || stream.normal(), |iterate| path.see(iterate))?;
                    portrait = portrait.with_path(path.points.iter().map(|point| (point[0], point[1])));
                }
                Outcome::Portrait { portrait }
            }
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks: Vec<Check> = levels(evidence)
            .map(|level| {
                let what = format!("of {} descents with η = {}, left the saddle", level.runs, level.step);
                Check::equal(what, level.times.len() as u64, level.runs)
            })
            .collect();
        for e in evidence {
            if let Outcome::Portrait { portrait } = &e.outcome {
                let found = [portrait.certified(0), portrait.certified(1)];
                checks.push(Check::holds(
                    "minima and saddles certified on the map",
                    found == [2, 1],
                    format!("{found:?}"),
                    "[2, 1]",
                ));
            }
        }
        checks.push(Check::within(
            "slope of ln(median distance from the minimum) on ln η",
            exponent(levels(evidence).map(|level| (level.step, level.distance))),
            0.45..=0.65,
        ));
        Judgement::from_checks(
            "Every descent leaves the saddle, and stays at a distance of order √η from a minimum.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let distance = Figure::new(
            "distance",
            "The noise keeps descent at a distance of order √η",
            "A step ten times smaller comes three times nearer. The dashed line is the root mean square of the \
             autoregression at the minimum; the median of a distance in the plane lies a little below it.",
            Axis::logarithmic("step size η"),
            Axis::logarithmic("distance from the nearer minimum"),
        )
        .reference("root mean square, linearized", levels(evidence).map(|level| (level.step, level.stationary)))
        .points("median of the descents", levels(evidence).map(|level| (level.step, level.distance)));
        let escape = Figure::new(
            "escape",
            "The saddle is left after a time of a few 1/η",
            "In units of 1/η the median time to |y| > ½ hardly depends on η: a logarithm of it.",
            Axis::logarithmic("step size η"),
            Axis::linear("η · median steps until |y| > ½"),
        )
        .points(
            "noisy gradient descent",
            levels(evidence).map(|level| (level.step, level.step * level.time())),
        );
        let landscape = evidence.iter().filter_map(|e| match &e.outcome {
            Outcome::Portrait { portrait } => Some(
                portrait.figure(
                    "landscape",
                    "Three noisy descents from the saddle",
                    "With η = 0.1, 0.01, 0.001 (descents 1 to 3) the path leaves the saddle and then shakes around a \
                     minimum, less and less.",
                    ["x", "y"],
                    "f",
                ),
            ),
            Outcome::Escapes { .. } => None,
        });
        landscape.chain([distance, escape]).collect()
    }
}

/// The descents with one step size.
struct Level<'a> {
    step: f64,
    runs: u64,
    times: &'a [usize],
    /// The median one.
    distance: f64,
    stationary: f64,
}

impl Level<'_> {
    /// The median time.
    fn time(&self) -> f64 {
        median(&self.times.iter().map(|&time| time as f64).collect::<Vec<_>>())
    }
}

fn levels(evidence: &[Evidence<Task, Outcome>]) -> impl Iterator<Item = Level<'_>> {
    evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
        (&Task::Escapes { step, runs, .. }, Outcome::Escapes { times, distances, stationary }) => {
            Some(Level { step, runs, times, distance: median(distances), stationary: *stationary })
        }
        _ => None,
    })
}
