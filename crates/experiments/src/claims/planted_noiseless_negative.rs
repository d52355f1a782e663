//! Without noise in the labels the planted weights are found exactly: a rate in the sample size says nothing.

use nalgebra::DMatrix;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::uniform_rate;
use serde::{Deserialize, Serialize};

use super::planted_erm_rate::{distance, search};
use super::planted_uniform_convergence::planted;
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `planted-noiseless-negative`.
pub struct PlantedNoiselessNegative;

/// Minimize the empirical risk of samples whose labels are the probabilities themselves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    dimension: usize,
    samples: usize,
    trials: usize,
    seed: u64,
}

/// The errors beside the rate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `‖ŵ − w*‖`, one a trial.
    errors: Vec<f64>,
    /// `√(d ln n / n)`.
    rate: f64,
}

impl Claim for PlantedNoiselessNegative {
    const CARD: Card = Card {
        id: "planted-noiseless-negative",
        version: 1,
        title: "The rate √(d log n / n) is vacuous for labels without noise",
        statement: "Printed: for labels $y_i = \\sigma(w^*\\cdot x_i)$ the minimizer of the empirical risk has the error \
            $\\lVert\\hat w - w^*\\rVert \\le \\sqrt{C d\\log n/n}$.\n\n\
            The bound is true and says nothing: with these labels $w^*$ has the risk zero, the least possible, so that \
            $\\hat w = w^*$ as soon as the inputs span the space. At $n = 500$, $d = 10$ the error is that of the arithmetic, \
            while $\\sqrt{d\\log n/n} = 0.35$. The rate is about labels that are drawn with the probability \
            $\\sigma(w^*\\cdot x)$: `planted-erm-rate`.",
        sources: &[Source {
            citation: "Chi, ECE 18-898G, Neural networks: a brief touch, CMU 2018, theorem 12.2 as printed; the theorem itself: \
                Mei, Bai, Montanari, Annals of Statistics 46, 2018, theorem 4",
            identifier: Some("arXiv:1607.06534"),
        }],
        hypotheses: &["standard normal inputs", "labels $\\sigma(w^*\\cdot x)$, without noise"],
        kind: Kind::Exact,
        tags: &["landscape", "planted", "negative"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let sizes = (0..profile.pick(3, 6, 9)).map(|k| 500 << k);
        let trials = profile.pick(5, 20, 100);
        sizes.zip(seed..).map(|(samples, seed)| Task { dimension: 10, samples, trials, seed }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let risk = planted(task.dimension)?;
        let mut errors = Vec::new();
        for _ in 0..task.trials {
            lab.go_on()?;
            let normals = stream.normals(task.samples * task.dimension);
            let inputs = DMatrix::from_row_slice(task.samples, task.dimension, &normals);
            let sample = risk.sample(&inputs, |probability| probability)?;
            let found = search()?.run(&sample, &vec![0.0; task.dimension])?;
            errors.push(distance(&found.point, risk.truth()));
        }
        let rate = uniform_rate(u32::try_from(task.dimension)?, task.samples as u64)?;
        Ok(Outcome { errors, rate })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let checks = evidence.iter().map(|e| {
            let what = format!(
                "largest ‖ŵ − w*‖ at n = {}, where √(d ln n/n) = {:.3}",
                e.task.samples, e.outcome.rate
            );
            Check::at_most(what, largest(&e.outcome), 1e-6)
        });
        Judgement::from_checks(
            "Without noise the planted weights are found to the accuracy of the search: the printed rate is vacuous.",
            checks.collect(),
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let n = |e: &Evidence<Task, Outcome>| e.task.samples as f64;
        vec![
            Figure::new(
                "errors",
                "What is promised, and what happens, without noise",
                "The error of the minimizer is that of the arithmetic at every sample size, seven orders of magnitude below the rate.",
                Axis::logarithmic("samples n (d = 10)"),
                Axis::logarithmic("‖ŵ − w*‖"),
            )
            .reference("√(d ln n/n)", evidence.iter().map(|e| (n(e), e.outcome.rate)))
            .points("largest error of the trials", evidence.iter().map(|e| (n(e), largest(&e.outcome)))),
        ]
    }
}

/// NaN where there is no error.
fn largest(outcome: &Outcome) -> f64 {
    outcome.errors.iter().copied().reduce(maximum).unwrap_or(f64::NAN)
}
