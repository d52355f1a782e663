//! Deep linear networks: no bad local minima, but saddles without negative curvature, where descent lingers.

mod figures;
mod saddles;

use std::ops::ControlFlow;

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::DeepLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::critical::inertia::Inertia;
use saddlepoint_landscape::critical::section;
use saddlepoint_landscape::descent::{End, GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::ChainPlateau;
use serde::{Deserialize, Serialize};

use super::baldi_hornik_critical_points::data::{
    ZERO, random_critical_points, reference_data, reference_network, stretched_rotation,
};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::Figure;
use crate::verdict::{Check, Judgement, maximum};
use saddles::{EXPECTED, Saddle, compare, saddle};

/// The claim `kawaguchi-deep-linear`.
pub struct KawaguchiDeepLinear;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// The saddles of the reference data at which the first and the last matrix vanish.
    Saddles,
    /// Critical points of random two-layer networks, lifted to depths 2 to 5.
    Lifted {
        /// How many critical points.
        points: usize,
        /// Seed of the draws.
        seed: u64,
    },
    /// Descents on the reference data.
    Descent {
        /// Number of matrices.
        depth: usize,
        /// How many starts.
        starts: usize,
        /// Seed of the starts.
        seed: u64,
    },
    /// The scalar chain from small equal weights.
    Plateau {
        /// Number of weights.
        depth: usize,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// The saddles.
    Saddles {
        /// In the order of `EXPECTED`.
        saddles: Vec<Saddle>,
    },
    /// Counts over random data.
    Lifted {
        /// Critical points.
        points: usize,
        /// Of another inertia than predicted.
        mismatches: usize,
        /// Saddles with a middle product of full rank, but no negative eigenvalue.
        without_descent: usize,
        /// Largest relative gradient.
        gradient: f64,
    },
    /// Where descents ended.
    Descent {
        /// `f − f*` at the ends.
        gaps: Vec<f64>,
        /// Zero eigenvalues of the Hessian at each end.
        zeros: Vec<usize>,
        /// Ends with a certificate, on a section across the orbit, of a minimum with as many zeros as the symmetry makes.
        certified: usize,
        /// Largest drift of the invariants of gradient flow.
        drift: f64,
        /// Losses after each tenth step of the first descent.
        path: Vec<f64>,
    },
    /// Times to `w^D = ½`.
    Plateau {
        /// Steps times step size for each of `STARTS`.
        times: Vec<f64>,
        /// The same for gradient flow.
        flow: Vec<f64>,
        /// How much later descent arrives, by the formula.
        lag: Vec<f64>,
    },
}

/// Starts of the scalar chain.
const STARTS: [f64; 4] = [0.2, 0.1, 0.05, 0.025];
/// Step size of the scalar chain for the loss `½(w^D − 1)²`.
const CHAIN_STEP: f64 = 0.01;
/// Hidden units.
const WIDTH: usize = 2;
/// Steps between two recorded losses.
const EVERY: usize = 10;

impl Claim for KawaguchiDeepLinear {
    const CARD: Card = Card {
        id: "kawaguchi-deep-linear",
        version: 2,
        title: "Deep linear networks have no bad local minima, but from depth 3 saddles without negative curvature",
        statement: r"Let $f(W_D, \dots, W_1) = \|Y - W_D\cdots W_1X\|_F^2$ with $XX^\top$ and $XY^\top$ of full rank, at most as
            many outputs as inputs, and $\Sigma$ with distinct eigenvalues; let $p$ be the smallest width. Then every local
            minimum is global; every other critical point is a saddle; and where $W_{D-1}\cdots W_2$ has rank $p$ the
            Hessian there has a negative eigenvalue. From three matrices on there are saddles without one: at the origin
            the Hessian is zero.

            Counted exactly: where $W_1 = 0$, $W_D = 0$ and $R = W_{D-1}\cdots W_2$, the eigenvalues are
            $\pm2s_i(R)\sigma_k(\Sigma_{YX})$ and zeros, so $\operatorname{rank}R\cdot\operatorname{rank}\Sigma_{YX}$ are
            negative. Critical points of two layers, lifted by invertible $W_{D-1}, \dots, W_2$ of width $p$, keep their
            index and gain $(D-2)p^2$ zeros. At a minimum the $(D-1)p^2$ zeros are those of the symmetry
            $(W_{l+1}C, C^{-1}W_l)$, which is proved: each end of a descent has a certificate on a section across its orbit.

            The price of depth is time: a chain of $D$ weights $\varepsilon$ fits $1$ only after a time of order
            $\ln(1/\varepsilon)$ for $D = 2$ and $\varepsilon^{2-D}/(D-2)$ for $D \ge 3$.",
        sources: &[
            Source {
                citation: "Kawaguchi, Deep learning without poor local minima, NIPS 2016, Theorem 2.3; the counts derived for \
                    this project",
                identifier: Some("arXiv:1605.07110"),
            },
            Source {
                citation: "Saxe, McClelland, Ganguli, Exact solutions to the nonlinear dynamics of learning in deep linear \
                    neural networks, ICLR 2014",
                identifier: Some("arXiv:1312.6120"),
            },
        ],
        hypotheses: &[
            r"$XX^\top$ and $XY^\top$ of full rank, $\Sigma$ with distinct eigenvalues, no more outputs than inputs",
            r"for the lifted points: all hidden layers of width $p$; measured with middle matrices of condition number at most $4$, so \
                that zero eigenvalues can be told apart",
            r"descents start at normal weights of variance $\tfrac14$ and take steps of $0.002$; a tiny start would linger on \
                the plateau, which is not a minimum",
        ],
        kind: Kind::Exact,
        tags: &["landscape", "saddle", "linear-network", "descent"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, points, starts) = profile.pick((2, 80, 40), (4, 260, 40), (32, 520, 1000));
        let descents = (2..=4).map(|depth| Task::Descent { depth, starts, seed: seed + depth as u64 });
        let plateaus = (2..=4).map(|depth| Task::Plateau { depth });
        let lifted = (0..tasks).map(|task| Task::Lifted { points, seed: seed + task });
        [Task::Saddles].into_iter().chain(descents).chain(plateaus).chain(lifted).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        Ok(match *task {
            Task::Saddles => {
                let saddles = EXPECTED.iter().map(|row| saddle(row.name, row.middle));
                Outcome::Saddles { saddles: saddles.collect::<Result<_, Failure>>()? }
            }
            Task::Lifted { points, seed } => {
                let (mut found, mut mismatches, mut without_descent, mut gradient) = (0, 0, 0, 0f64);
                random_critical_points(points, 0, seed, lab, |drawn, stream| {
                    let width = drawn.c.nrows();
                    let depth = 2 + found % 4;
                    let middle: Vec<_> = (2..depth).map(|_| stretched_rotation(width, stream)).collect();
                    let theta = drawn.strata.lifted(&drawn.set, &drawn.c, &drawn.k, &middle)?;
                    let (x, y) = (drawn.network.inputs().clone(), drawn.network.targets().clone());
                    let network = DeepLinear::new(x, y, &vec![width; depth - 1])?;
                    let (inertia, eigenvalues) = Inertia::of_symmetric(&network.hessian(&theta)?, ZERO)?;
                    let largest = eigenvalues.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
                    let norm = theta.iter().fold(1.0, |norm: f64, x| norm.hypot(*x));
                    let best = drawn.set.iter().copied().eq(0..width);
                    found += 1;
                    mismatches += usize::from(inertia != drawn.strata.lifted_inertia(&drawn.set, depth)?);
                    without_descent += usize::from(inertia.negative == 0 && !best);
                    gradient = maximum(gradient, network.gradient(&theta)?.norm() / (largest * norm));
                    Ok(())
                })?;
                Outcome::Lifted { points: found, mismatches, without_descent, gradient }
            }
            Task::Descent { depth, starts, seed } => {
                let network = deep(depth)?;
                let minimum = global_minimum()?;
                let descent = GradientDescent::new(0.002, StopRule { steps: 40_000, gradient_norm: 1e-6 })?;
                let mut stream = Stream::new(seed);
                let (mut gaps, mut zeros, mut drift, mut path) = (Vec::new(), Vec::new(), 0f64, Vec::new());
                let mut certified = 0;
                for index in 0..starts {
                    lab.go_on()?;
                    let start: Vec<f64> = (0..network.dimension()).map(|_| 0.5 * stream.normal()).collect();
                    let end = descent.watch(&network, &start, |iterate| {
                        if index == 0 && iterate.step.is_multiple_of(EVERY) {
                            path.push(network.value_unchecked(iterate.point));
                        }
                        ControlFlow::Continue(())
                    })?;
                    gaps.push(network.value(&end.point)? - minimum);
                    zeros.push(Inertia::of_symmetric(&network.hessian(&end.point)?, 1e-7)?.0.zero);
                    let proof = section::certify_near(&network, &end.point).ok();
                    let proof =
                        proof.filter(|proof| proof.verify(&network).is_ok()).map(|proof| proof.inertia());
                    let expected = (depth - 1) * WIDTH * WIDTH;
                    certified += usize::from(proof.is_some_and(|i| (i.negative, i.zero) == (0, expected)));
                    let invariants = network.imbalance(&start)?.into_iter().zip(network.imbalance(&end.point)?);
                    drift = invariants.map(|(a, b)| (a - b).norm()).fold(drift, maximum);
                }
                Outcome::Descent { gaps, zeros, certified, drift, path }
            }
            Task::Plateau { depth } => {
                let (mut times, mut flow, mut lag) = (Vec::new(), Vec::new(), Vec::new());
                let law = ChainPlateau::new(depth as u32)?;
                let one = DMatrix::identity(1, 1);
                let chain = DeepLinear::new(one.clone(), one, &vec![1; depth - 1])?;
                // The network's loss has no factor ½, so half the step size takes the same steps.
                let descent = GradientDescent::new(CHAIN_STEP / 2.0, StopRule::after(1_000_000))?;
                for start in STARTS {
                    lab.go_on()?;
                    let end = descent.watch(&chain, &vec![start; depth], |iterate| {
                        let product: f64 = iterate.point.iter().product();
                        if product >= 0.5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                    })?;
                    let reached = end.end == End::Stopped;
                    times.push(if reached { end.steps as f64 * CHAIN_STEP } else { f64::MAX });
                    flow.push(law.time_to_half(start)?);
                    lag.push(law.lag(CHAIN_STEP, start)?);
                }
                Outcome::Plateau { times, flow, lag }
            }
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let (mut total, mut wrong, mut without, mut gradient, mut ended) = (0, 0, 0, 0f64, 0);
        for e in evidence {
            match (&e.task, &e.outcome) {
                (_, Outcome::Saddles { saddles }) => {
                    checks.push(Check::equal("saddles, reference data", saddles.len(), EXPECTED.len()));
                    for (saddle, row) in saddles.iter().zip(&EXPECTED) {
                        checks.extend(compare(saddle, row));
                    }
                }
                (_, Outcome::Lifted { points, mismatches, without_descent, gradient: g }) => {
                    total += points;
                    wrong += mismatches;
                    without += without_descent;
                    gradient = maximum(gradient, *g);
                }
                (Task::Descent { depth, starts, .. }, Outcome::Descent { gaps, zeros, certified, .. }) => {
                    let global = gaps.iter().filter(|gap| gap.abs() < 1e-6).count();
                    ended += global;
                    let of = format!("of {starts} descents at depth {depth}");
                    checks.push(Check::at_least(format!("starts at depth {depth}"), *starts as f64, 40.0));
                    checks.push(Check::equal(format!("{of}, |f − f*| < 1e-6 at the end"), global, *starts));
                    let expected = (depth - 1) * WIDTH * WIDTH;
                    let agree = zeros.iter().filter(|zero| **zero == expected).count();
                    let what = format!("{of}, (D − 1)p² = {expected} zero eigenvalues at the end");
                    checks.push(Check::equal(what, agree, *starts));
                    let what = format!("{of}, end certified as an orbit of minima with {expected} zeros");
                    checks.push(Check::equal(what, *certified, *starts));
                }
                (Task::Plateau { depth }, Outcome::Plateau { times, flow, lag }) => {
                    let expected: Vec<f64> = flow.iter().zip(lag).map(|(flow, lag)| flow + lag).collect();
                    checks.extend(plateau(*depth, times, &expected));
                }
                _ => {}
            }
        }
        checks.push(Check::at_least("random lifted critical points", total as f64, 150.0));
        checks.push(Check::equal("of them, of another inertia than the formula's", wrong, 0));
        checks.push(Check::equal("of them, saddles without a negative eigenvalue", without, 0));
        checks.push(Check::at_most("largest relative gradient at them", gradient, 1e-10));
        let sentence = format!(
            "All {ended} descents end at the global minimum; the origin is a saddle whose Hessian vanishes from depth 3 on, and leaving it takes a time that doubles D − 2 times as its distance halves."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        figures::all(evidence)
    }
}

/// The reference data under a network of `depth` matrices.
fn deep(depth: usize) -> Result<DeepLinear, Failure> {
    let (x, y) = reference_data();
    Ok(DeepLinear::new(x, y, &vec![WIDTH; depth - 1])?)
}

fn global_minimum() -> Result<f64, Failure> {
    let network = reference_network()?;
    Ok(Strata::of(&network)?.loss(&[0, 1])?)
}

fn plateau(depth: usize, times: &[f64], laws: &[f64]) -> Vec<Check> {
    let table: &[f64] = match depth {
        2 => &[1.60, 2.31, 3.01, 3.71],
        3 => &[4.15, 9.17, 19.18, 39.19],
        _ => &[12.24, 49.76, 199.78, 799.79],
    };
    let mut checks =
        vec![Check::equal(format!("starts of the chain of depth {depth}"), times.len(), table.len())];
    for (((time, law), expected), start) in times.iter().zip(laws).zip(table).zip(STARTS) {
        let at = format!("depth {depth}, ε = {start}");
        checks.push(Check::absolute(format!("time to w^D = ½, {at}"), *time, *expected, 0.0051));
        // Steps are counted whole, and the lag is known to first order.
        let what = format!("the same against the time of the flow and its lag, {at}");
        checks.push(Check::absolute(what, *time, *law, 1.2 * CHAIN_STEP));
    }
    let last = |back: usize| times.len().checked_sub(back).map_or(f64::NAN, |i| times[i]);
    let ratio = last(1) / last(2);
    let what = format!("last ratio of times over 2^(D − 2), depth {depth}");
    if depth > 2 {
        checks.push(Check::within(what, ratio / 2f64.powi(depth as i32 - 2), 0.97..=1.03));
    } else {
        let difference = last(1) - last(2);
        checks.push(Check::absolute(
            "last difference of times, depth 2: logarithmic",
            difference,
            2f64.ln(),
            0.02,
        ));
    }
    checks
}
