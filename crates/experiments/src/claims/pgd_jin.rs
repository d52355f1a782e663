//! Perturbed gradient descent with the parameters of its theorem.

use std::ops::ControlFlow;

use saddlepoint_landscape::analytic::DoubleWell;
use saddlepoint_landscape::descent::{End, GradientDescent, Kicks, PerturbedDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::{self as theory, Gap, Smoothness};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `pgd-jin`.
pub struct PgdJin;

/// Perturbed descents from the saddle in one dimension.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// `d`.
    dimension: usize,
    /// How many, with seeds from `seed` on.
    runs: u64,
    /// The first seed.
    seed: u64,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `χ` of the theorem.
    chi: f64,
    /// `t_thres`.
    wait: u64,
    /// The number of steps after which there must have been an answer.
    promised: f64,
    /// Steps to the answer, one entry a descent.
    steps: Vec<u64>,
    /// How many answers are second-order stationary points with the last coordinate within 1e-3 of ±1.
    successes: u64,
    /// The largest coordinate ever met.
    widest: f64,
    /// `|x_d|` along the first descent.
    path: Vec<f64>,
    /// Distance from the saddle of plain gradient descent, after as many steps.
    plain: f64,
}

/// Where the constants of the function hold: the last coordinate within this bound.
const BOUND: f64 = 1.2;
const ACCURACY: f64 = 0.05;
const DELTA: f64 = 0.1;
const GAP: f64 = 0.25;

impl Claim for PgdJin {
    const CARD: Card = Card {
        id: "pgd-jin",
        version: 1,
        title: "Perturbed gradient descent finds second-order stationary points in polylogarithmic dimension dependence",
        statement: "Let $f$ be $\\ell$-smooth and $\\rho$-Hessian-Lipschitz, $\\varepsilon \\le \\ell^2/\\rho$, and \
            $\\Delta \\ge f(x_0) - \\inf f$. Perturbed gradient descent with the parameters \
            $\\chi = 3\\max\\{\\ln\\frac{d\\ell\\Delta}{c\\varepsilon^2\\delta}, 4\\}$, $\\eta = c/\\ell$, \
            $r = \\frac{\\sqrt c}{\\chi^2}\\frac\\varepsilon\\ell$, $g = \\frac{\\sqrt c}{\\chi^2}\\varepsilon$, \
            $F = \\frac c{\\chi^3}\\sqrt{\\varepsilon^3/\\rho}$, $T = \\frac\\chi{c^2}\\frac\\ell{\\sqrt{\\rho\\varepsilon}}$ answers, \
            with probability at least $1 - \\delta$, with a point where $\\|\\nabla f\\| \\le \\varepsilon$ and \
            $\\lambda_{\\min}(\\nabla^2 f) \\ge -\\sqrt{\\rho\\varepsilon}$, within \
            $$O\\Bigl(\\frac{\\ell\\Delta}{\\varepsilon^2}\\ln^4\\frac{d\\ell\\Delta}{\\varepsilon^2\\delta}\\Bigr)$$ steps.\n\n\
            Tested on $\\tfrac12\\sum_{i<d}x_i^2 + \\tfrac14x_d^4 - \\tfrac12x_d^2$ from its saddle, with $\\ell = 3.32$, \
            $\\rho = 7.2$ (valid for $|x_d| \\le 1.2$), $\\varepsilon = 0.05$, $c = 1$, $\\delta = 0.1$, $\\Delta = \\tfrac14$. The answer comes \
            after two waits: one leaves the saddle, one finds nothing better than the minimum.",
        sources: &[Source {
            citation: "Jin, Ge, Netrapalli, Kakade, Jordan, How to escape saddle points efficiently, ICML 2017, Theorem 3",
            identifier: Some("arXiv:1703.00887"),
        }],
        hypotheses: &[
            "$\\varepsilon \\le \\ell^2/\\rho$, $c \\le c_{\\max}$ for an absolute constant that the theorem does not give (here $c = 1$)",
            "the point before the last kick is the answer; $T$ is rounded up once",
        ],
        kind: Kind::Statistical,
        tags: &["optimization", "descent", "saddle"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let more: &[usize] = profile.pick(&[], &[30, 300, 3000], &[30, 300, 3000, 10_000, 30_000]);
        let runs = profile.pick(20, 20, 200);
        [10, 100, 1000].iter().chain(more).map(|&dimension| Task { dimension, runs, seed }).collect()
    }

    fn run(&Task { dimension, runs, seed }: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let f = DoubleWell::new(dimension)?;
        let (l, rho) = (DoubleWell::smoothness_within(BOUND), DoubleWell::hessian_lipschitz_within(BOUND));
        let theorem = theory::PerturbedDescent::new(
            dimension,
            Smoothness::new(l)?,
            rho,
            ACCURACY,
            Gap::new(GAP)?,
            DELTA,
            1.0,
        )?;
        let kicks = Kicks {
            gradient_norm: theorem.gradient_threshold(),
            radius: theorem.radius(),
            wait: theorem.wait() as usize,
            decrease: Some(theorem.decrease_threshold()),
        };
        let descent = PerturbedDescent::new(theorem.step(), kicks, 1_000_000)?;
        let saddle = vec![0.0; dimension];
        let (mut steps, mut successes, mut widest, mut path) = (Vec::new(), 0, 0f64, Vec::new());
        for run in 0..runs {
            lab.go_on()?;
            let mut stream = Stream::new(seed + run);
            let end = descent.watch(&f, &saddle, &mut || stream.normal(), |iterate| {
                let last = iterate.point[dimension - 1].abs();
                widest = maximum(widest, last);
                if run == 0 {
                    path.push(last);
                }
                ControlFlow::Continue(())
            })?;
            steps.push(end.steps as u64);
            // The Hessian is diagonal: 1 everywhere but in the last entry.
            let mut unit = vec![0.0; dimension];
            unit[dimension - 1] = 1.0;
            let curvature = f.hessian_vector(&end.point, &unit)?[dimension - 1];
            let stationary = end.gradient_norm <= ACCURACY && curvature >= -theorem.curvature();
            let near = (end.point[dimension - 1].abs() - 1.0).abs() <= 1e-3;
            successes += u64::from(end.end == End::SecondOrder && stationary && near);
        }
        let plain = GradientDescent::new(theorem.step(), StopRule::after(path.len()))?.run(&f, &saddle)?;
        let plain = plain.point.iter().fold(0f64, |norm, x| norm.hypot(*x));
        let (chi, wait, promised) = (theorem.chi(), theorem.wait(), theorem.steps());
        Ok(Outcome { chi, wait, promised, steps, successes, widest, path, plain })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let d = task.dimension;
            let least = (1.0 - 0.5 * DELTA) * task.runs as f64;
            checks.push(Check::at_least(
                format!("of {} answers for d = {d}, right ones", task.runs),
                outcome.successes as f64,
                least,
            ));
            let slowest = outcome.steps.iter().copied().max().unwrap_or(0);
            let what = format!("largest number of steps for d = {d}, against the certain bound");
            checks.push(Check::at_most(what, slowest as f64, outcome.promised));
            checks.push(Check::at_most(
                format!("largest |x_d| met for d = {d}: ℓ and ρ hold"),
                outcome.widest,
                BOUND,
            ));
            checks.push(Check::equal(
                format!("distance of plain gradient descent from the saddle, d = {d}"),
                outcome.plain,
                0.0,
            ));
            if let Some((chi, wait, steps)) = reference(d) {
                if let Some(chi) = chi {
                    checks.push(Check::absolute(format!("χ for d = {d}"), outcome.chi, chi, 5e-11));
                }
                checks.push(Check::equal(format!("t_thres for d = {d}"), outcome.wait, wait));
                let what = format!("of {} descents for d = {d}, not ending at step {steps}", task.runs);
                checks.push(Check::equal(
                    what,
                    outcome.steps.iter().filter(|&&found| found != steps).count(),
                    0,
                ));
            }
        }
        let steps =
            |d| evidence.iter().find(|e| e.task.dimension == d).map_or(f64::NAN, |e| mean(&e.outcome.steps));
        checks.push(Check::at_most("steps for d = 1000 over steps for d = 10", steps(1000) / steps(10), 1.6));
        Judgement::from_checks(
            "Perturbed descent leaves the saddle in every dimension, in time that grows with ln d only.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut paths = Figure::new(
            "escape",
            "A kick of 10⁻⁵ is enough",
            "The component along the escaping direction grows exponentially from the kick, arriving sooner or later by its share \
             of it, and has arrived before the wait is over. The second kick at the minimum brings nothing.",
            Axis::linear("step"),
            Axis::logarithmic("|x_d|"),
        );
        for e in evidence.iter().filter(|e| reference(e.task.dimension).is_some()) {
            let points = e.outcome.path.iter().enumerate().map(|(step, x)| (step as f64, *x));
            paths = paths.line(format!("d = {}", e.task.dimension), points);
        }
        let growth = Figure::new(
            "dimension",
            "The dimension costs a logarithm",
            "A dimension a hundred times larger takes less than half as long again: twice the wait and one step, \
             and the wait is proportional to χ = 3 ln(d …).",
            Axis::logarithmic("dimension d"),
            Axis::linear("steps to the answer"),
        )
        .reference("2 t_thres + 1", evidence.iter().map(|e| (e.task.dimension as f64, 2.0 * e.outcome.wait as f64 + 1.0)))
        .points("perturbed descent, mean", evidence.iter().map(|e| (e.task.dimension as f64, mean(&e.outcome.steps))));
        vec![paths, growth]
    }
}

/// The catalogue's `χ`, wait and number of steps.
fn reference(dimension: usize) -> Option<(Option<f64>, u64, u64)> {
    match dimension {
        10 => Some((Some(31.2309154647), 173, 347)),
        100 => Some((None, 212, 425)),
        1000 => Some((None, 250, 501)),
        _ => None,
    }
}

fn mean(steps: &[u64]) -> f64 {
    steps.iter().map(|&steps| steps as f64).sum::<f64>() / steps.len() as f64
}
