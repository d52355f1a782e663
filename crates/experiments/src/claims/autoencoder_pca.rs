//! A linear autoencoder learns the principal components of its data.

use std::ops::ControlFlow;

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::analytic::baldi_hornik::Strata;
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_rigor::decomposition::eigenvalues;
use serde::{Deserialize, Serialize};

use super::baldi_hornik_critical_points::data::rotation;
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `autoencoder-pca`.
pub struct AutoencoderPca;

/// Descents on one data set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Inputs and outputs.
    size: usize,
    /// Hidden units.
    width: usize,
    /// How many starts.
    starts: usize,
    /// Seed of the data and the starts.
    seed: u64,
}

/// Where the descents ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `‖AB − U_pU_pᵀ‖_F` at the ends.
    distances: Vec<f64>,
    /// The same on the way, of the first few descents.
    paths: Vec<Vec<(usize, f64)>>,
    /// For two inputs and one unit: the data and their reconstructions by the first network.
    cloud: Vec<[f64; 2]>,
    reconstructions: Vec<[f64; 2]>,
}

const SAMPLES: usize = 30;
const STEPS: usize = 20_000;
/// Starts whose distances are kept for the plot.
const SHOWN: usize = 5;

impl Claim for AutoencoderPca {
    const CARD: Card = Card {
        id: "autoencoder-pca",
        version: 1,
        title: "A linear autoencoder projects on the principal components",
        statement: r"Let $XX^\top = U\Lambda U^\top$ with $\lambda_p > \lambda_{p+1}$. At every minimum of the linear
            autoencoder's loss $\|X - ABX\|_F^2$ with $p$ hidden units
            $$AB = U_pU_p^\top,$$
            the orthogonal projection on the first $p$ principal directions: the network computes principal component
            analysis, though $A$ and $B$ by themselves are known only up to $(AC, C^{-1}B)$. Gradient descent finds it from
            random starts.",
        sources: &[Source {
            citation: "Baldi, Hornik, Neural networks and principal component analysis: learning from examples without local \
                minima, Neural Networks 2, 1989, section 3 (the auto-associative case)",
            identifier: Some("doi:10.1016/0893-6080(89)90014-2"),
        }],
        hypotheses: &[
            r"$XX^\top$ is invertible with distinct eigenvalues; only $\lambda_p > \lambda_{p+1}$ is needed for $AB$ to be \
                determined",
            r"data of variances $1, \tfrac12, \tfrac14, \dots$, drawn with $\lambda_p - \lambda_{p+1} \ge 0.05\,\lambda_1$; weights \
                from $0.1\,\mathcal N(0, 1)$",
        ],
        kind: Kind::Exact,
        tags: &["landscape", "minimum", "linear-network", "representation"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (tasks, starts) = profile.pick((2, 5), (5, 10), (50, 50));
        let shown = Task { size: 2, width: 1, starts, seed };
        let others = (1..=tasks).map(|task| Task { size: 6, width: 2, starts, seed: seed + task });
        [shown].into_iter().chain(others).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let Task { size, width, starts, .. } = *task;
        let mut stream = Stream::new(task.seed);
        let network = loop {
            let x = stretched(size, &mut stream);
            let network = TwoLayerLinear::new(x.clone(), x, width)?;
            let lambda = Strata::of(&network)?.eigenvalues().clone();
            if lambda[width - 1] - lambda[width] >= 0.05 * lambda[0] {
                break network;
            }
        };
        let strata = Strata::of(&network)?;
        let best: Vec<usize> = (0..width).collect();
        let curvature = eigenvalues(network.hessian(&strata.even(&best)?)?)?.max();
        let stop = StopRule { steps: STEPS, gradient_norm: 1e-10 * network.cross().norm() };
        let descent = GradientDescent::new(0.5 / curvature, stop)?;
        let mut outcome = Outcome {
            distances: Vec::new(),
            paths: Vec::new(),
            cloud: Vec::new(),
            reconstructions: Vec::new(),
        };
        for index in 0..starts {
            lab.go_on()?;
            let start: Vec<f64> = (0..network.dimension()).map(|_| 0.1 * stream.normal()).collect();
            let mut path = Vec::new();
            let end = descent.watch(&network, &start, |iterate| {
                if index < SHOWN && iterate.step.is_multiple_of(20) && iterate.step <= 4000 {
                    let distance = strata.distance_from_projection(&best, iterate.point);
                    path.push((iterate.step, distance.unwrap_or(f64::NAN) * strata.regression().norm()));
                }
                ControlFlow::Continue(())
            })?;
            let distance = strata.distance_from_projection(&best, &end.point)? * strata.regression().norm();
            outcome.distances.push(distance);
            if index < SHOWN {
                outcome.paths.push(path);
            }
            if index == 0 && size == 2 {
                let pairs = |data: &DMatrix<f64>| data.column_iter().map(|x| [x[0], x[1]]).collect();
                outcome.cloud = pairs(network.inputs());
                outcome.reconstructions = pairs(&network.outputs(&end.point)?);
            }
        }
        Ok(outcome)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let distances = || evidence.iter().flat_map(|e| &e.outcome.distances);
        let largest = distances().copied().fold(0.0, maximum);
        let (count, near) = (distances().count(), distances().filter(|distance| **distance < 1e-6).count());
        Judgement::from_checks(
            format!("After all {count} descents AB is the projection on the principal directions."),
            vec![
                Check::at_least("random starts", count as f64, 10.0),
                Check::equal("of them, with ‖AB − U_pU_pᵀ‖ < 1e-6 at the end", near, count),
                Check::at_most("largest ‖AB − U_pU_pᵀ‖", largest, 1e-6),
            ],
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut figures = Vec::new();
        if let Some(e) = evidence.iter().find(|e| !e.outcome.cloud.is_empty()) {
            let pairs =
                |points: &[[f64; 2]]| -> Vec<(f64, f64)> { points.iter().map(|p| (p[0], p[1])).collect() };
            figures.push(
                Figure::new(
                    "reconstruction",
                    "What one hidden unit keeps of two inputs",
                    "Thirty samples and what the trained autoencoder makes of them: their feet on the axis of largest variance.",
                    Axis::linear("first input"),
                    Axis::linear("second input"),
                )
                .points("samples", pairs(&e.outcome.cloud))
                .points("reconstructions ABx", pairs(&e.outcome.reconstructions)),
            );
        }
        if let Some(e) = evidence.iter().find(|e| e.task.size > 2) {
            let figure = Figure::new(
                "distance",
                "Descent approaches the projection on the principal directions",
                "From every start the distance falls in stairs, one direction after the other, and then geometrically: whichever A and B a network finds, their product is the same.",
                Axis::linear("steps"),
                Axis::logarithmic("‖AB − U_pU_pᵀ‖_F"),
            );
            figures.push(e.outcome.paths.iter().enumerate().fold(figure, |figure, (index, path)| {
                let points = path.iter().map(|&(step, distance)| (step as f64, distance));
                figure.line(format!("descent {}", index + 1), points)
            }));
        }
        figures
    }
}

/// Normal samples with variances `1, ½, ¼, …` along random orthogonal directions.
///
/// Descent needs a number of steps proportional to the ratio of the variances; a normal mixing matrix in place of the
/// rotation makes it a million now and then.
fn stretched(size: usize, stream: &mut Stream) -> DMatrix<f64> {
    rotation(size, stream)
        * DMatrix::from_fn(size, SAMPLES, |i, _| stream.normal() * 0.5f64.powf(i as f64 / 2.0))
}
