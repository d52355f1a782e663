//! The minimizer of the empirical risk finds the planted weights at the parametric rate, with its exact constant.

use saddlepoint_landscape::analytic::PlantedNeuron;
use saddlepoint_landscape::descent::{Bfgs, End, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::{Eigenspace, MEstimator};
use serde::{Deserialize, Serialize};

use super::planted_uniform_convergence::{draw, planted};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::regression::exponent;
use crate::sample::{mean, standard_error};
use crate::verdict::{Check, Judgement};

/// The claim `planted-erm-rate`.
pub struct PlantedErmRate;

/// Minimize the empirical risk of many samples of one size.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    dimension: usize,
    samples: usize,
    trials: usize,
    seed: u64,
}

/// How far the minimizers are from the planted weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `‖ŵ − w*‖²`, one a trial.
    squares: Vec<f64>,
    /// Trials whose search did not end at a critical point.
    lost: usize,
    /// The limit of `n E‖ŵ − w*‖²`.
    variance: f64,
}

/// The dimension of the sweep over sample sizes.
const DIMENSION: usize = 10;

/// The catalogue's limits of `n E‖ŵ − w*‖²` for `‖w*‖ = 1`: along `w*`, and across it.
const VARIANCE: [f64; 2] = [7.544001, 4.986209];

impl Claim for PlantedErmRate {
    const CARD: Card = Card {
        id: "planted-erm-rate",
        version: 2,
        title: "The empirical risk minimizer of a planted neuron converges at the parametric rate",
        statement: "The minimizer $\\hat w$ of the empirical risk of the planted model satisfies \
            $\\lVert\\hat w - w^*\\rVert \\lesssim \\sqrt{d\\log n/n}$. Sharper, and with constants: \
            $$n\\,\\mathbb E\\lVert\\hat w - w^*\\rVert^2 \\to \\frac{G_\\parallel}{H_\\parallel^2} + (d-1)\\frac{G_\\perp}{H_\\perp^2},\
            \\qquad H_\\parallel = \\mathbb E\\sigma'^2z^2,\\ H_\\perp = \\mathbb E\\sigma'^2,\\ G_\\parallel = \\mathbb E\\sigma'^3z^2,\\ \
            G_\\perp = \\mathbb E\\sigma'^3,$$ \
            with $\\sigma'$ at $\\lVert w^*\\rVert z$. For $\\lVert w^*\\rVert = 1$ this is $7.544001 + 4.986209(d-1)$.\n\n\
            This is the limit: $n = 50d$ samples are $17\\,\\%$ above it, $100d$ samples $8\\,\\%$, and from $200d$ on no difference is \
            seen, so that an exponent fitted from $50d$ on is a little steeper than $-\\tfrac12$.\n\n\
            The rate belongs to noisy labels: see `planted-noiseless-negative`.",
        sources: &[
            Source {
                citation: "Mei, Bai, Montanari, The landscape of empirical risk for non-convex losses, Annals of Statistics 46, \
                    2018, theorem 4; the constants derived for this project",
                identifier: Some("arXiv:1607.06534"),
            },
            Source { citation: "van der Vaart, Asymptotic Statistics, 1998, theorem 5.23", identifier: None },
        ],
        hypotheses: &[
            "standard normal inputs; labels drawn with probability $\\sigma(w^*\\cdot x)$",
            "many more samples than dimensions: with $n \\approx 3d$ the minimizer is at infinity",
        ],
        kind: Kind::Statistical,
        tags: &["landscape", "planted", "estimation"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let trials = profile.pick(60, 60, 400);
        // The smallest profile has few sizes, far apart: an exponent needs a span more than it needs points. It does not
        // start at 500, where the mean square error is still 17 % above its limit: over the span to 8,000 that alone
        // moves the exponent by −0.028, half of what the criterion allows, and one base seed in ten would fail.
        let sizes: &[usize] = profile.pick(
            &[1000, 4000, 16_000],
            &[500, 1000, 2000, 4000, 8000, 16_000],
            &[500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000],
        );
        let sizes = sizes.iter().map(|&samples| (DIMENSION, samples, trials));
        let dimensions: &[usize] = profile.pick(&[], &[5, 20, 40, 80], &[5, 20, 40, 80]);
        let dimensions = dimensions.iter().map(|&d| (d, 8000, trials / 2));
        let tasks = sizes.chain(dimensions).zip(seed..);
        tasks.map(|((dimension, samples, trials), seed)| Task { dimension, samples, trials, seed }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let risk = planted(task.dimension)?;
        let (mut squares, mut lost) = (Vec::new(), 0);
        for _ in 0..task.trials {
            lab.go_on()?;
            let found = search()?.run(&draw(&risk, task.samples, &mut stream)?, &vec![0.0; task.dimension])?;
            lost += usize::from(found.end != End::Critical);
            squares.push(distance(&found.point, risk.truth()).powi(2));
        }
        let variance = MEstimator::new(eigenspaces(&risk)?)?.variance();
        Ok(Outcome { squares, lost, variance })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let sweep = || evidence.iter().filter(|e| e.task.dimension == DIMENSION);
        let in_n = exponent(sweep().map(|e| (e.task.samples as f64, e.outcome.root_mean_square())));
        let large = || sweep().filter(|e| e.task.samples >= 2000).map(ratio);
        let ratio = large().sum::<f64>() / large().count() as f64;
        let mut checks = vec![
            Check::within("exponent of the root mean square error in n, d = 10", in_n, -0.56..=-0.44),
            Check::within(
                "n · mean square error over its limit, mean over n ≥ 2000, d = 10",
                ratio,
                0.85..=1.15,
            ),
            Check::equal(
                "searches that did not end at a critical point",
                evidence.iter().map(|e| e.outcome.lost).sum(),
                0,
            ),
        ];
        if let Some(e) = sweep().next() {
            let expected = VARIANCE[0] + VARIANCE[1] * (DIMENSION as f64 - 1.0);
            checks.push(Check::absolute(
                "limit of n · mean square error, d = 10",
                e.outcome.variance,
                expected,
                1e-5,
            ));
        }
        Judgement::from_checks(
            format!(
                "The error falls like n^({in_n:.3}) and is {ratio:.2} times what the curvature and the noise at w* predict."
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let sweep = || evidence.iter().filter(|e| e.task.dimension == DIMENSION);
        let dimensions = || evidence.iter().filter(|e| e.task.samples == 8000);
        let bars = |e: &Evidence<Task, Outcome>| (e.outcome.root_mean_square(), e.outcome.standard_error());
        let limit = |e: &Evidence<Task, Outcome>| (e.outcome.variance / e.task.samples as f64).sqrt();
        let mut figures = vec![
            Figure::new(
                "samples",
                "The error against the number of samples",
                "The measured errors, with their standard errors, lie on the line that the curvature and the noise at the planted weights predict: slope −½ and the constant.",
                Axis::logarithmic("samples n (d = 10)"),
                Axis::logarithmic("root mean square of ‖ŵ − w*‖"),
            )
            .reference("predicted", sweep().map(|e| (e.task.samples as f64, limit(e))))
            .measured("measured", sweep().map(|e| (e.task.samples as f64, bars(e).0, bars(e).1))),
        ];
        if dimensions().count() > 1 {
            let mut order: Vec<_> = dimensions().collect();
            order.sort_by_key(|e| e.task.dimension);
            figures.push(
                Figure::new(
                    "dimensions",
                    "The error against the dimension",
                    "It grows like the square root of the dimension, as predicted, down to a hundred samples a dimension.",
                    Axis::logarithmic("dimension d (n = 8000)"),
                    Axis::logarithmic("root mean square of ‖ŵ − w*‖"),
                )
                .reference("predicted", order.iter().map(|e| (e.task.dimension as f64, limit(e))))
                .measured("measured", order.iter().map(|e| (e.task.dimension as f64, bars(e).0, bars(e).1))),
            );
        }
        figures
    }
}

impl Outcome {
    fn mean_square(&self) -> f64 {
        mean(&self.squares)
    }

    fn root_mean_square(&self) -> f64 {
        self.mean_square().sqrt()
    }

    /// Of the root mean square, to first order.
    fn standard_error(&self) -> f64 {
        0.5 * standard_error(&self.squares) / self.root_mean_square()
    }
}

/// `n` times the mean square error over its limit.
fn ratio(e: &Evidence<Task, Outcome>) -> f64 {
    e.task.samples as f64 * e.outcome.mean_square() / e.outcome.variance
}

/// Curvature and noise at the planted weights.
fn eigenspaces(risk: &PlantedNeuron) -> Result<Vec<Eigenspace>, Failure> {
    let (curvature, noise) = (risk.curvature_at_truth(), risk.gradient_noise_at_truth());
    Ok(vec![
        Eigenspace { dimension: 1, curvature: curvature.0, noise: noise.0 },
        Eigenspace { dimension: u32::try_from(risk.dimension() - 1)?, curvature: curvature.1, noise: noise.1 },
    ])
}

/// The search of this family of claims.
pub(super) fn search() -> Result<Bfgs, Failure> {
    Ok(Bfgs::new(StopRule { steps: 500, gradient_norm: 1e-10 })?)
}

/// `‖a − b‖`.
pub(super) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |norm: f64, (a, b)| norm.hypot(a - b))
}
