//! Gradient descent on a two-layer linear network finds the global minimum from every start.

use std::ops::ControlFlow;

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::critical::section;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::decomposition::eigenvalues;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `baldi-hornik-no-spurious`.
pub struct BaldiHornikNoSpurious;

/// Descents on one data set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// How many starts.
    starts: usize,
    /// Standard deviation of the weights at the start.
    scale: f64,
    /// Seed of the data and the starts.
    seed: u64,
}

/// Where the descents ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `(f − f*)/f*` at the ends.
    gaps: Vec<f64>,
    /// Ends with a certificate, on a section across the orbit of `GL(p)`, of a minimum with `p²` zero eigenvalues.
    certified: usize,
    /// How far the next critical level lies above `f*`, relative to it.
    next: f64,
    /// `f* = tr Σ_YY − λ₁ − … − λ_p`.
    minimum: f64,
    /// Critical values of the best `r` directions for `r = 0, …, p`.
    levels: Vec<f64>,
    /// Losses on the way, of the first few descents.
    paths: Vec<Vec<(usize, f64)>>,
}

const OUTPUTS: usize = 6;
const WIDTH: usize = 2;
const SAMPLES: usize = 30;
const STEPS: usize = 6000;
/// Starts whose losses are kept for the plot.
const SHOWN: usize = 3;

impl Claim for BaldiHornikNoSpurious {
    const CARD: Card = Card {
        id: "baldi-hornik-no-spurious",
        version: 2,
        title: "A two-layer linear network has no bad local minimum",
        statement: r"Let $\Sigma_{XX}$ be invertible and let $\Sigma = \Sigma_{YX}\Sigma_{XX}^{-1}\Sigma_{XY}$ have distinct
            positive eigenvalues. Then every local minimum of $f(A, B) = \|Y - ABX\|_F^2$ with $p \le d$ hidden units is
            global, of value
            $$f^* = \operatorname{tr}\Sigma_{YY} - \sum_{i\le p}\lambda_i,$$
            although $f$ is not convex. Gradient descent from random starts therefore always ends at $f^*$: here for $d = 6$,
            $p = 2$, $30$ samples of a noisy linear map, weights drawn from $0.1\,\mathcal N(0, 1)$ and at most $6{,}000$
            steps.

            A minimum is never alone: $(AC, C^{-1}B)$ is one too, for every invertible $C$. So each end has a certificate on a
            section across this orbit: the orbit of critical points that crosses it is proved to exist, and its Hessian to
            have $p^2$ zero eigenvalues, those of the symmetry, and no negative one.",
        sources: &[Source {
            citation: "Baldi, Hornik, Neural networks and principal component analysis: learning from examples without local \
                minima, Neural Networks 2, 1989, Facts 1 and 4",
            identifier: Some("doi:10.1016/0893-6080(89)90014-2"),
        }],
        hypotheses: &[
            r"$\Sigma_{XX}$ is invertible and $\Sigma$ has distinct positive eigenvalues",
            r"data drawn with $\lambda_p - \lambda_{p+1} \ge 0.05\,\lambda_1$: descent near the minimum is slow as this gap \
                closes",
            "the step size is one over twice the largest curvature at a balanced global minimum",
        ],
        kind: Kind::Exact,
        tags: &["landscape", "minimum", "linear-network", "descent"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, starts) = profile.pick((5, 10), (5, 50), (50, 100));
        (0..tasks).map(|task| Task { starts, scale: 0.1, seed: seed + task }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let network = loop {
            let network = noisy_linear_map(&mut stream)?;
            let lambda = Strata::of(&network)?.eigenvalues().clone();
            if lambda[WIDTH - 1] - lambda[WIDTH] >= 0.05 * lambda[0] {
                break network;
            }
        };
        let strata = Strata::of(&network)?;
        let best: Vec<usize> = (0..WIDTH).collect();
        let lowest = strata.loss(&best)?;
        let next = strata.all().into_iter().filter(|set| *set != best).map(|set| strata.loss(&set));
        let next = next.collect::<Result<Vec<_>, _>>()?.into_iter().fold(f64::INFINITY, minimum);
        let curvature = eigenvalues(network.hessian(&strata.even(&best)?)?)?.max();
        let stop = StopRule { steps: STEPS, gradient_norm: 1e-9 * network.cross().norm() };
        let descent = GradientDescent::new(0.5 / curvature, stop)?;
        let (mut gaps, mut certified, mut paths) = (Vec::new(), 0, Vec::new());
        for index in 0..task.starts {
            lab.go_on()?;
            let start: Vec<f64> = (0..network.dimension()).map(|_| task.scale * stream.normal()).collect();
            let mut path = Vec::new();
            let end = descent.watch(&network, &start, |iterate| {
                if index < SHOWN && iterate.step.is_multiple_of(5) && iterate.step <= 1000 {
                    path.push((iterate.step, network.value_unchecked(iterate.point)));
                }
                ControlFlow::Continue(())
            })?;
            gaps.push((network.value(&end.point)? - lowest) / lowest);
            let proof = section::certify_near(&network, &end.point).ok();
            let proof = proof.filter(|proof| proof.verify(&network).is_ok()).map(|proof| proof.inertia());
            certified += usize::from(proof.is_some_and(|i| (i.negative, i.zero) == (0, WIDTH * WIDTH)));
            if index < SHOWN {
                paths.push(path);
            }
        }
        let levels = (0..=WIDTH).map(|r| strata.loss(&best[..r])).collect::<Result<_, _>>()?;
        Ok(Outcome { gaps, certified, next: next / lowest - 1.0, minimum: lowest, levels, paths })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let gaps = || evidence.iter().flat_map(|e| &e.outcome.gaps);
        let (count, global) = (gaps().count(), gaps().filter(|gap| gap.abs() < 1e-8).count());
        let largest = gaps().fold(0.0, |largest: f64, gap| maximum(largest, gap.abs()));
        let nearest = evidence.iter().map(|e| e.outcome.next).fold(f64::INFINITY, minimum);
        let certified: usize = evidence.iter().map(|e| e.outcome.certified).sum();
        Judgement::from_checks(
            format!(
                "All {count} descents end at the global minimum, each end certified as a minimum up to the symmetry."
            ),
            vec![
                Check::at_least("random starts", count as f64, 50.0),
                Check::equal("of them, with |f − f*| < 1e-8 f* at the end", global, count),
                Check::at_most("largest relative |f − f*| at an end", largest, 1e-8),
                Check::equal("ends certified as an orbit of minima with p² zero eigenvalues", certified, count),
                Check::at_least(
                    "distance of the next critical level, relative: ends there would be told apart",
                    nearest,
                    1e-3,
                ),
            ],
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let Some(first) = evidence.first().map(|e| &e.outcome) else { return Vec::new() };
        let figure = Figure::new(
            "descents",
            "Descent passes the saddles, one direction at a time",
            "From small weights the loss falls in stairs. Each landing is a saddle that has learnt the r best directions; none holds the descent for good, and the last level is the global minimum.",
            Axis::linear("steps"),
            Axis::linear("loss"),
        );
        let figure = first.levels.iter().enumerate().fold(figure, |figure, (r, &level)| {
            let name = if r == WIDTH { "global minimum".to_owned() } else { format!("saddle of the best {r}") };
            figure.reference(name, [(0.0, level), (1000.0, level)])
        });
        let path = |figure: Figure, (index, path): (usize, &Vec<(usize, f64)>)| {
            let points = path.iter().map(|&(step, loss)| (step as f64, loss));
            figure.line(format!("descent {}", index + 1), points)
        };
        vec![first.paths.iter().enumerate().fold(figure, path)]
    }
}

/// `Y = MX + 0.1 Z` with normal `M`, `X` and `Z`.
fn noisy_linear_map(stream: &mut Stream) -> Result<TwoLayerLinear, Failure> {
    let mut normal = |rows, columns| DMatrix::from_fn(rows, columns, |_, _| stream.normal());
    let (map, x, noise) = (normal(OUTPUTS, OUTPUTS), normal(OUTPUTS, SAMPLES), normal(OUTPUTS, SAMPLES));
    let y = map * &x + noise * 0.1;
    Ok(TwoLayerLinear::new(x, y, WIDTH)?)
}
