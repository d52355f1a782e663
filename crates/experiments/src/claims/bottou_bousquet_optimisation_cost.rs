//! Gradient descent pays a constant number of steps a digit; stochastic gradient descent pays 1/ρ.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::least_squares::LeastSquares;
use saddlepoint_theory::estimation::legendre::orthonormal;
use serde::{Deserialize, Serialize};

use super::error_decomposition_identity::sample;
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::regression::exponent;
use crate::sample::{mean, standard_error};
use crate::verdict::{Check, Judgement};

/// The claim `bottou-bousquet-optimisation-cost`.
pub struct BottouBousquetOptimisationCost;

/// One optimizer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "optimizer", rename_all = "kebab-case")]
pub enum Task {
    /// Gradient descent at the rate `1/λ_max`.
    Gradient,
    /// Stochastic gradient descent, one seed a run.
    Stochastic {
        /// Seeds of the runs: this one and the next.
        seed: u64,
        /// How many.
        runs: u64,
    },
}

/// What was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    condition: f64,
    /// Steps to a gap of 1e-1, 1e-2, …; empty for the stochastic one.
    steps: Vec<usize>,
    /// The gap of each run at each of [`TIMES`].
    gaps: Vec<Vec<f64>>,
}

/// When the gap is measured.
const TIMES: [usize; 6] = [100, 300, 1_000, 3_000, 10_000, 30_000];

const DEGREE: usize = 4;
const SAMPLES: usize = 200;

impl Claim for BottouBousquetOptimisationCost {
    const CARD: Card = Card {
        id: "bottou-bousquet-optimisation-cost",
        version: 1,
        title: "Accuracy ρ costs GD O(κ log 1/ρ) steps and SGD O(1/ρ)",
        statement: r"To reach $E_n \le \min E_n + \rho$, gradient descent takes $O(\kappa\log 1/\rho)$ steps, each of which
            costs $n$ gradients; stochastic gradient descent with steps $\sim 1/(\mu t)$ takes $O(1/\rho)$, each of which
            costs one. For a large sample and a moderate $\rho$ the second is cheaper although the first converges faster.

            Here: polynomials of degree $4$ fitted to $200$ samples of $|x|$ with noise $0.3$; stochastic steps
            $1/(\mu(t+1)+2R^2)$ with $\mu=\lambda_{\min}(\hat G)$ and $R^2 = 25\ge\lVert\varphi(x)\rVert^2$. The mean gap at
            fixed times is measured: first passages of single runs come earlier and scale otherwise.",
        sources: &[Source {
            citation: "Bottou and Bousquet 2008, The tradeoffs of large scale learning, section 3",
            identifier: None,
        }],
        hypotheses: &["the empirical risk is strongly convex"],
        kind: Kind::Statistical,
        tags: &["optimization", "least-squares"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let batches = profile.pick(4, 4, 40);
        let stochastic = (0..batches).map(|batch| Task::Stochastic { seed: seed + 100 + 10 * batch, runs: 10 });
        std::iter::once(Task::Gradient).chain(stochastic).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (abscissae, labels) = sample(SAMPLES, 4);
        let rows = abscissae.iter().flat_map(|&x| orthonormal(x, DEGREE));
        let features = DMatrix::from_row_iterator(SAMPLES, DEGREE + 1, rows);
        let problem = LeastSquares::new(&features, &DVector::from_column_slice(&labels))?;
        let (least, largest) = problem.extremes();
        let mut outcome = Outcome { condition: largest / least, steps: Vec::new(), gaps: Vec::new() };
        match *task {
            Task::Gradient => {
                for digits in 1..=6 {
                    outcome.steps.push(problem.descend_to(10f64.powi(-digits))?.0);
                }
            }
            Task::Stochastic { seed, runs } => {
                // Columns are contiguous: a sample a column.
                let features = features.transpose();
                for seed in seed..seed + runs {
                    lab.go_on()?;
                    let mut stream = Stream::new(seed);
                    let (mut point, mut gaps) = (DVector::zeros(DEGREE + 1), Vec::new());
                    for step in 0..=TIMES[TIMES.len() - 1] {
                        if TIMES.contains(&step) {
                            gaps.push(problem.gap(&point));
                        }
                        let index = stream.index(SAMPLES);
                        let row = features.column(index);
                        let rate = 1.0 / (least * (step + 1) as f64 + 2.0 * 25.0);
                        let residual = row.dot(&point) - labels[index];
                        point.axpy(-rate * residual, &row, 1.0);
                    }
                    outcome.gaps.push(gaps);
                }
            }
        }
        Ok(outcome)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let steps: Vec<usize> = evidence.iter().flat_map(|e| e.outcome.steps.clone()).collect();
        let most = steps.windows(2).map(|pair| pair[1] - pair[0]).chain(steps.first().copied()).max();
        let condition = evidence.first().map_or(f64::NAN, |e| e.outcome.condition);
        let late = gaps(evidence).into_iter().filter(|(time, ..)| *time >= 3e3).map(|(t, gap, _)| (t, gap));
        let checks = vec![
            Check::relative("condition number of the Gram matrix", condition, 1.8543, 1e-4),
            Check::equal(
                "steps of gradient descent to gaps of 1e-1, …, 1e-6",
                format!("{steps:?}"),
                "[1, 2, 3, 4, 5, 7]".to_owned(),
            ),
            Check::at_most("most steps of gradient descent a decade", most.map_or(f64::NAN, |m| m as f64), 3.0),
            Check::within(
                "exponent of the mean stochastic gap in t, from 3,000 to 30,000",
                exponent(late),
                -1.2..=-0.8,
            ),
        ];
        Judgement::from_checks(
            "A decade costs gradient descent at most 3 steps, stochastic gradient descent ten times its steps.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let steps = evidence.iter().flat_map(|e| e.outcome.steps.iter().enumerate());
        let descent = steps.map(|(digit, &steps)| ((steps * SAMPLES) as f64, 10f64.powi(-(digit as i32) - 1)));
        vec![
            Figure::new(
                "cost",
                "What accuracy costs",
                "The gap to the least empirical risk against gradients of single samples computed. For low accuracy the stochastic method is cheaper, for high accuracy it never catches up.",
                Axis::logarithmic("sample gradients"),
                Axis::logarithmic("gap ρ"),
            )
            .line("gradient descent", descent.collect::<Vec<_>>())
            .measured("stochastic, mean of runs", gaps(evidence)),
        ]
    }
}

/// Time, mean gap and standard error.
fn gaps(evidence: &[Evidence<Task, Outcome>]) -> Vec<(f64, f64, f64)> {
    let at = |k: usize| evidence.iter().flat_map(move |e| e.outcome.gaps.iter().map(move |run| run[k]));
    (0..TIMES.len())
        .map(|k| {
            let values: Vec<f64> = at(k).collect();
            (TIMES[k] as f64, mean(&values), standard_error(&values))
        })
        .collect()
}
