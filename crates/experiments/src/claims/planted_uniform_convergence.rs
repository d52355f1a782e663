//! Gradients and Hessians of the empirical risk approach those of the population risk, uniformly over a ball.

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::{PlantedNeuron, SigmoidNeuron};
use saddlepoint_landscape::uniform::Derivatives;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::uniform_rate;
use serde::{Deserialize, Serialize};

use super::planted_population_unimodal::polar;
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::regression::exponent;
use crate::sample::mean;
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `planted-uniform-convergence`.
pub struct PlantedUniformConvergence;

/// Which points the supremum is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Points {
    /// Seven radii times twelve angles in the plane, up to length 3.
    Polar,
    /// Thirty-six random points with lengths up to 3.
    Random,
}

/// Draw many samples of one size in one dimension.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    points: Points,
    dimension: usize,
    samples: usize,
    trials: usize,
    seed: u64,
}

/// The largest deviations, one a trial.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    gradient: Vec<f64>,
    hessian: Vec<f64>,
    /// `√(d ln n / n)`.
    rate: f64,
}

impl Claim for PlantedUniformConvergence {
    const CARD: Card = Card {
        id: "planted-uniform-convergence",
        version: 1,
        title: "Gradients and Hessians of a planted neuron's empirical risk converge uniformly",
        statement: "For every $\\delta$ there is a constant $C(R, \\delta)$ such that for $n \\ge C d\\log d$, with probability at \
            least $1-\\delta$, $$\\sup_{\\lVert w\\rVert\\le R}\\lVert\\nabla\\ell_n(w) - \\nabla\\ell(w)\\rVert_2 \\le \
            \\sqrt{\\frac{C d\\log n}n},$$ and the same for the spectral norm of the difference of the Hessians.\n\n\
            Tested as exponents: with $R = 3$ and $\\lVert w^*\\rVert = 1$ both deviations fall like $n^{-1/2}$ and grow like \
            $\\sqrt d$, and their ratio to $\\sqrt{d\\log n/n}$ does not grow. The supremum is over finitely many points, so a lower \
            bound of the true one, which is enough for exponents; the logarithm cannot be told from a constant over two decades.",
        sources: &[Source {
            citation: "Mei, Bai, Montanari, The landscape of empirical risk for non-convex losses, Annals of Statistics 46, 2018, \
                theorem 1",
            identifier: Some("arXiv:1607.06534"),
        }],
        hypotheses: &[
            "standard normal inputs, labels from a neuron of the same kind",
            "the weights stay in a ball",
        ],
        kind: Kind::Statistical,
        tags: &["landscape", "planted", "generalization"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let doublings = profile.pick(5, 7, 11);
        let trials = profile.pick(16, 24, 100);
        let sizes = (0..doublings).map(|k| (Points::Polar, 2, 200 << k, trials));
        let dimensions: &[usize] = profile.pick(&[2, 8, 32], &[2, 4, 8, 16, 32], &[2, 4, 8, 16, 32, 50]);
        // Deviations scatter less in more dimensions, where they cost more.
        let many = |d: usize| profile.pick(32, 64, 256) / d;
        let dimensions = dimensions.iter().map(|&d| (Points::Random, d, 4000, many(d).clamp(4, 16)));
        let tasks = sizes.chain(dimensions).zip(seed..);
        tasks
            .map(|((points, dimension, samples, trials), seed)| Task {
                points,
                dimension,
                samples,
                trials,
                seed,
            })
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let risk = planted(task.dimension)?;
        let points: Vec<Vec<f64>> = match task.points {
            // The origin once, instead of at each of its twelve angles.
            Points::Polar => polar(0.0, 7, 12).skip(11).map(|w| w.to_vec()).collect(),
            Points::Random => (0..36).map(|_| in_ball(task.dimension, &mut stream)).collect(),
        };
        let exact = Derivatives::at(&risk, &points)?;
        let (mut gradient, mut hessian) = (Vec::new(), Vec::new());
        for _ in 0..task.trials {
            lab.go_on()?;
            let sample = draw(&risk, task.samples, &mut stream)?;
            let deviation = exact.deviation(&Derivatives::at(&sample, &points)?)?;
            gradient.push(deviation.gradient);
            hessian.push(deviation.hessian);
        }
        let rate = uniform_rate(u32::try_from(task.dimension)?, task.samples as u64)?;
        Ok(Outcome { gradient, hessian, rate })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let in_n = |of| exponent(over(evidence, Points::Polar, |task| task.samples, of));
        let in_d = exponent(over(evidence, Points::Random, |task| task.dimension, hessian));
        let mut checks = vec![
            Check::within("exponent of the gradient's deviation in n", in_n(gradient), -0.58..=-0.42),
            Check::within("exponent of the Hessian's deviation in n", in_n(hessian), -0.58..=-0.42),
            Check::within("exponent of the Hessian's deviation in d", in_d, 0.4..=0.6),
        ];
        for (what, of) in [("gradient", gradient as fn(&Outcome) -> &[f64]), ("Hessian", hessian)] {
            let mut lowest = f64::INFINITY;
            let mut growth: f64 = 0.0;
            for e in evidence.iter().filter(|e| e.task.points == Points::Polar) {
                let ratio = mean(of(&e.outcome)) / e.outcome.rate;
                growth = maximum(growth, ratio / lowest);
                lowest = minimum(lowest, ratio);
            }
            let what = format!("largest growth of the {what}'s deviation over √(d ln n/n), from any smaller n");
            checks.push(Check::at_most(what, growth, 1.3));
        }
        Judgement::from_checks(
            "Both deviations fall like the square root of the sample size and stay in proportion to √(d ln n/n).",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let figure = |id, title, caption, axis, points, of: fn(&Task) -> usize| {
            let rate = evidence.iter().filter(|e| e.task.points == points);
            let rate: Vec<_> = rate.map(|e| (of(&e.task) as f64, 0.05 * e.outcome.rate)).collect();
            Figure::new(
                id,
                title,
                caption,
                Axis::logarithmic(axis),
                Axis::logarithmic("largest deviation, mean of the trials"),
            )
            .points("Hessian", over(evidence, points, of, hessian))
            .points("gradient", over(evidence, points, of, gradient))
            .reference("0.05 √(d ln n/n)", rate)
        };
        vec![
            figure(
                "samples",
                "Uniform deviations against the number of samples",
                "Both lie on lines of slope −½, beside the theorem's rate with a constant of 0.05².",
                "samples n (d = 2)",
                Points::Polar,
                |task| task.samples,
            ),
            figure(
                "dimensions",
                "Uniform deviations against the dimension",
                "Both grow like the square root of the dimension.",
                "dimension d (n = 4000)",
                Points::Random,
                |task| task.dimension,
            ),
        ]
    }
}

fn gradient(outcome: &Outcome) -> &[f64] {
    &outcome.gradient
}

fn hessian(outcome: &Outcome) -> &[f64] {
    &outcome.hessian
}

/// A parameter of the tasks against the mean of their trials.
fn over(
    evidence: &[Evidence<Task, Outcome>],
    points: Points,
    x: fn(&Task) -> usize,
    y: fn(&Outcome) -> &[f64],
) -> impl Iterator<Item = (f64, f64)> + Clone {
    evidence
        .iter()
        .filter(move |e| e.task.points == points)
        .map(move |e| (x(&e.task) as f64, mean(y(&e.outcome))))
}

/// A point with a uniform direction and a uniform length up to 3.
pub(super) fn in_ball(dimension: usize, stream: &mut Stream) -> Vec<f64> {
    let direction = stream.normals(dimension);
    let norm = direction.iter().fold(0.0, |norm: f64, x| norm.hypot(*x));
    let length = stream.between(0.0, 3.0);
    direction.iter().map(|x| length * x / norm).collect()
}

/// The risk with the first unit vector planted.
pub(super) fn planted(dimension: usize) -> Result<PlantedNeuron, Failure> {
    let mut truth = vec![0.0; dimension];
    truth[0] = 1.0;
    Ok(PlantedNeuron::new(truth)?)
}

/// The empirical risk of a sample of the planted model.
pub(super) fn draw(
    risk: &PlantedNeuron,
    samples: usize,
    stream: &mut Stream,
) -> Result<SigmoidNeuron, Failure> {
    let dimension = risk.truth().len();
    let inputs = DMatrix::from_row_slice(samples, dimension, &stream.normals(samples * dimension));
    Ok(risk.sample(&inputs, |probability| f64::from(stream.uniform() < probability))?)
}
