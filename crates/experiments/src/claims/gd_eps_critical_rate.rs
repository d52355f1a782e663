//! Gradient descent makes the gradient small in O(β/ε²) steps: three bounds, one of them attained.

use saddlepoint_landscape::analytic::SawtoothGradient;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::{CriticalRate, Gap, Smoothness, StableStep};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::regression::exponent;
use crate::smooth_functions::Family;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `gd-eps-critical-rate`.
pub struct GdEpsCriticalRate;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// Descents on random functions of a family.
    Random {
        /// Which functions.
        family: Family,
        /// How many.
        runs: usize,
        /// Seed of the draws.
        seed: u64,
    },
    /// One descent on the function whose gradient is a saw tooth.
    Sawtooth {
        /// `β`.
        smoothness: f64,
        /// `G`.
        slope: f64,
        /// `N`.
        teeth: u32,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Over all runs, the largest ratio of the smallest squared gradient to each bound.
    Random {
        /// To the classic bound.
        classic: f64,
        /// To the tight bound.
        tight: f64,
        /// To the bound for a random stable step size.
        any_step: f64,
        /// Ratios to the tight bound, for the histogram.
        ratios: Vec<f64>,
    },
    /// One descent of `N` steps.
    Sawtooth {
        /// Smallest squared gradient.
        best: f64,
        /// The tight bound of it.
        tight: f64,
        /// The classic bound of it.
        classic: f64,
        /// `f(x₀) − inf f`.
        gap: f64,
        /// The iterates, where there are at most 13.
        iterates: Vec<f64>,
    },
}

/// Rounding may lift a ratio above 1 by this much where a bound is attained (parabolas attain all of them).
const SLACK: f64 = 1e-12;

impl Claim for GdEpsCriticalRate {
    const CARD: Card = Card {
        id: "gd-eps-critical-rate",
        version: 1,
        title: "Gradient descent finds an ε-critical point in O(β/ε²) steps, with the exact constant",
        statement: "Let $f$ be $\\beta$-smooth and bounded below, $\\Delta = f(x_0) - \\inf f$, and \
            $x_{k+1} = x_k - \\eta\\nabla f(x_k)$ with $\\eta = 1/\\beta$. Then \
            $$\\min_{0\\le k<T}\\|\\nabla f(x_k)\\|^2 \\le \\frac{2\\beta\\Delta}{T}, \\qquad \
            \\min_{0\\le k\\le N}\\|\\nabla f(x_k)\\|^2 \\le \\frac{4\\beta\\Delta}{3N+2},$$ \
            and the second bound is attained, by a function of one variable whose gradient is a saw tooth. For any \
            $\\eta < 2/\\beta$ the first bound holds with $\\Delta/(\\eta(1-\\beta\\eta/2)T)$ on its right.\n\n\
            The form $2\\beta\\Delta/(N+1)$ that is quoted beside the first is the same bound with $T = N+1$. \
            O(β/ε²) is an upper bound over a class: on most single functions descent is faster.",
        sources: &[
            Source {
                citation: "Nesterov, Introductory Lectures on Convex Optimization, 2004, section 1.2.3",
                identifier: None,
            },
            Source {
                citation: "Abbaszadehpeivasti, de Klerk, Zamani, The exact worst-case convergence rate of the gradient \
                    method with fixed step lengths for L-smooth functions, 2021",
                identifier: Some("arXiv:2104.05468"),
            },
        ],
        hypotheses: &[
            "$\\|\\nabla^2 f\\| \\le \\beta$ everywhere (piecewise, for the saw tooth)",
            "$f$ is bounded below",
            "$\\beta$ and $G$ are powers of two where equality is tested: the iterates sit on unstable points",
        ],
        kind: Kind::Exact,
        tags: &["optimization", "descent"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, runs) = profile.pick((2, 100), (8, 420), (40, 2000));
        let random = [Family::Quadratic, Family::Cauchy, Family::Neuron]
            .into_iter()
            .flat_map(|family| (0..tasks).map(move |task| Task::Random { family, runs, seed: seed + task }));
        let teeth = [1, 2, 5, 10, 20, 50, 100, 200, 1000];
        let exact = [(1.0, 1.0), (8.0, 0.25), (0.0625, 4.0)].into_iter().flat_map(|(smoothness, slope)| {
            teeth.map(move |teeth| Task::Sawtooth { smoothness, slope, teeth })
        });
        let unstable = Task::Sawtooth { smoothness: 7.0, slope: 0.3, teeth: 100 };
        random.chain(exact).chain([unstable]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match *task {
            Task::Sawtooth { smoothness, slope, teeth } => {
                let f = SawtoothGradient::new(smoothness, slope, teeth)?;
                let rate = CriticalRate::new(Smoothness::new(smoothness)?, Gap::new(f.gap())?);
                let descent = GradientDescent::new(1.0 / smoothness, StopRule::after(teeth as usize))?;
                let best = descent.smallest_gradient(&f, &[0.0])?;
                let iterates = match teeth {
                    ..=12 => descent.record(&f, &[0.0], 1)?.1.points.concat(),
                    _ => Vec::new(),
                };
                let classic = rate.classic(u64::from(teeth) + 1)?;
                Ok(Outcome::Sawtooth { best, tight: rate.tight(teeth.into()), classic, gap: f.gap(), iterates })
            }
            Task::Random { family, runs, seed } => {
                let mut stream = Stream::new(seed);
                let (mut classic, mut any_step, mut ratios) = (0f64, 0f64, Vec::new());
                for _ in 0..runs {
                    lab.go_on()?;
                    let (f, beta) = family.draw(&mut stream)?;
                    let start: Vec<f64> = (0..f.dimension()).map(|_| stream.between(-3.0, 3.0)).collect();
                    // All families are nonnegative, so the value itself bounds the gap.
                    let rate = CriticalRate::new(Smoothness::new(beta)?, Gap::new(f.value(&start)?)?);
                    let gradients = [1, 10, 100, 1000][stream.index(4)];
                    let steps = gradients as usize - 1;
                    let best = |step| {
                        GradientDescent::new(step, StopRule::after(steps))?.smallest_gradient(&*f, &start)
                    };
                    let found = best(1.0 / beta)?;
                    classic = maximum(classic, ratio(found, rate.classic(gradients)?));
                    ratios.push(ratio(found, rate.tight(steps as u64)));
                    let step = StableStep::new(stream.between(0.05, 1.95) / beta, Smoothness::new(beta)?)?;
                    any_step = maximum(any_step, ratio(best(step.get())?, rate.with_step(step, gradients)?));
                }
                let tight = ratios.iter().copied().fold(0.0, maximum);
                Ok(Outcome::Random { classic, tight, any_step, ratios })
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut worst, mut runs) = ([0f64; 3], 0);
        for e in evidence {
            if let Outcome::Random { classic, tight, any_step, ratios } = &e.outcome {
                runs += ratios.len();
                worst = [maximum(worst[0], *classic), maximum(worst[1], *tight), maximum(worst[2], *any_step)];
            }
        }
        let (exact, rounded): (Vec<_>, Vec<_>) = teeth(evidence)
            .partition(|tooth| tooth.smoothness.log2().fract() == 0.0 && tooth.slope.log2().fract() == 0.0);
        let unequal = exact.iter().filter(|t| t.best != t.tight || t.best != t.slope * t.slope).count();
        let fixed_gap = exact.iter().filter(|t| t.smoothness == 1.0).map(|t| {
            let epsilon = (t.best / t.gap).sqrt();
            (epsilon, 3.0 * t.teeth + 2.0)
        });
        let mut checks = vec![
            Check::at_most(
                format!("best ‖∇f‖² over the classic bound, worst of {runs} runs"),
                worst[0],
                1.0 + SLACK,
            ),
            Check::at_most(
                format!("best ‖∇f‖² over the tight bound, worst of {runs} runs"),
                worst[1],
                1.0 + SLACK,
            ),
            Check::at_most(
                format!("best ‖∇f‖² over the any-step bound, worst of {runs} runs"),
                worst[2],
                1.0 + SLACK,
            ),
            Check::equal(
                format!("saw teeth not attaining the tight bound to the bit, of {}", exact.len()),
                unequal,
                0,
            ),
            Check::absolute("slope of ln(3N + 2) on ln(1/ε) at equal gap", -exponent(fixed_gap), 2.0, 1e-9),
        ];
        for (n, gap, classic) in [(1.0, 1.25, 1.25), (10.0, 8.0, 1.4545454545)] {
            if let Some(t) = exact.iter().find(|t| t.smoothness == 1.0 && t.teeth == n) {
                checks.push(Check::equal(format!("f(x₀) − inf f of the saw tooth, N = {n}"), t.gap, gap));
                checks.push(Check::absolute(format!("its classic bound, N = {n}"), t.classic, classic, 5e-11));
            }
        }
        for t in rounded {
            let what = format!(
                "best ‖∇f‖² for β = {}, G = {}, where rounding doubles at each step",
                t.smoothness, t.slope
            );
            checks.push(Check::at_most(what, t.best, 0.99 * t.slope * t.slope));
        }
        Judgement::from_checks(
            "No run exceeds a bound, and the saw-tooth gradient attains the tight one to the last bit.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let unit: Vec<_> = teeth(evidence).filter(|t| t.smoothness == 1.0).collect();
        let per_gap = |value: fn(&Tooth) -> f64| unit.iter().map(move |t| (t.teeth, value(t) / t.gap));
        let rate = Figure::new(
            "rate",
            "The smallest gradient after N steps",
            "The saw-tooth gradient keeps descent exactly on the tight bound; the classic bound is one and a half times as high for large N.",
            Axis::logarithmic("steps N"),
            Axis::logarithmic("min ‖∇f‖² / (βΔ)"),
        )
        .reference("classic bound 2/(N+1)", per_gap(|t| t.classic))
        .reference("tight bound 4/(3N+2)", per_gap(|t| t.tight))
        .points("gradient descent on the saw tooth", per_gap(|t| t.best));
        let ratios = evidence.iter().filter_map(|e| match &e.outcome {
            Outcome::Random { ratios, .. } => Some(ratios),
            Outcome::Sawtooth { .. } => None,
        });
        let values: Vec<f64> = ratios.flatten().map(|r| r.max(1e-20).log10()).collect();
        let slack = Figure::new(
            "slack",
            "How far random functions stay below the tight bound",
            "On random functions the smallest gradient is orders of magnitude below the bound: it is a worst case. Nothing lies right of 0.",
            Axis::linear("log₁₀ of min ‖∇f‖² over the tight bound (at least −20)"),
            Axis::linear("runs"),
        )
        .with("runs", crate::figure::Mark::Histogram { values, bins: 40 });
        let mut figures = vec![rate, slack];
        if let Some(t) = unit.iter().find(|t| t.teeth == 5.0) {
            let corners = (0..=10).map(|half| f64::from(half) / 2.0);
            let tips = corners.map(|k| (-k, if k.fract() == 0.0 { 1.0 } else { 0.5 }));
            figures.push(
                Figure::new(
                    "sawtooth",
                    "A gradient that looks the same at every step",
                    "The derivative dips between the iterates and is back at G = 1 at each of them, until the last step reaches the minimizer.",
                    Axis::linear("x"),
                    Axis::linear("f′(x)"),
                )
                .line("f′", tips.chain([(-6.0, 0.0), (-7.0, 0.0)]))
                .points("iterates", t.iterates.iter().map(|&x| (x, 1.0))),
            );
        }
        figures
    }
}

/// A saw-tooth task with its outcome.
struct Tooth<'a> {
    smoothness: f64,
    slope: f64,
    teeth: f64,
    best: f64,
    tight: f64,
    classic: f64,
    gap: f64,
    iterates: &'a [f64],
}

fn teeth(evidence: &[Evidence<Task, Outcome>]) -> impl Iterator<Item = Tooth<'_>> {
    evidence.iter().filter_map(|e| match (&e.task, &e.outcome) {
        (
            &Task::Sawtooth { smoothness, slope, teeth },
            Outcome::Sawtooth { best, tight, classic, gap, iterates },
        ) => Some(Tooth {
            smoothness,
            slope,
            teeth: teeth.into(),
            best: *best,
            tight: *tight,
            classic: *classic,
            gap: *gap,
            iterates,
        }),
        _ => None,
    })
}

/// `value / bound`, where a value of zero meets any bound.
fn ratio(value: f64, bound: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value / bound }
}
