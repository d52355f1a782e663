//! With h cells a spline errs by h⁻⁴ and estimates at h/n: the best h grows as n^(1/5).

use std::f64::consts::TAU;

use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::least_squares::LeastSquaresError;
use saddlepoint_theory::estimation::spline::{Splines, leading_approximation};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::regression::exponent;
use crate::sample::{mean, standard_error};
use crate::verdict::{Check, Judgement};

/// The claim `spline-class-tradeoff`.
pub struct SplineClassTradeoff;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// The best approximations.
    Approximation,
    /// Fits with every number of cells to samples of one size.
    Fits {
        /// `n`.
        samples: usize,
        /// Most cells.
        most: usize,
        /// Seeds of the samples: this one and the next.
        seed: u64,
        /// How many.
        repetitions: u64,
    },
}

/// A number of cells and squared errors with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    cells: usize,
    approximation: f64,
    /// Excess risk of each sample; empty for approximations. Samples that leave a cell undetermined have none.
    risks: Vec<f64>,
}

/// The catalogue's values of the approximation error.
const REFERENCE: [(usize, f64); 6] = [
    (2, 0.196036449073),
    (4, 0.00582153290452),
    (8, 0.00029777291692),
    (16, 1.7078152138e-05),
    (32, 1.0413020341e-06),
    (64, 6.46566529205e-08),
];

/// $\int (f'')^2$ for $f = \sin 2\pi x$.
const SQUARED_CURVATURE: f64 = TAU * TAU * TAU * TAU / 2.0;

impl Claim for SplineClassTradeoff {
    const CARD: Card = Card {
        id: "spline-class-tradeoff",
        version: 1,
        title: "ReLU networks with fixed knots: best width n^(1/5), best excess risk n^(-4/5)",
        statement: r"Continuous splines that are linear on $h$ equal cells are the ReLU networks with one hidden layer and
            fixed, equally spaced knots. For $f^*(x)=\sin 2\pi x$ on $[0,1]$ their squared approximation error satisfies
            $$h^4\,\text{approx}_h \to \tfrac{1}{720}\int (f'')^2 = \tfrac{(2\pi)^4}{1440} = 1.0823\ldots$$
            and with noise $\sigma$ the estimation error is about $\sigma^2(h+1)/n$. The sum is least at
            $h\propto n^{1/5}$ and then decreases as $n^{-4/5}$.",
        sources: &[Source {
            citation: "the rate: Stone 1982, Optimal global rates of convergence for nonparametric regression; the constant: de \
                       Boor 1978, chapter III",
            identifier: None,
        }],
        hypotheses: &[
            "f has a continuous second derivative",
            "x uniform, independent Gaussian noise (here 0.5)",
        ],
        kind: Kind::Statistical,
        tags: &["approximation", "generalization", "least-squares"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Vec<Row>;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let sizes: &[usize] =
            profile.pick(&[100, 400, 1600], &[100, 400, 1600, 6400], &[100, 400, 1600, 6400, 25_600]);
        let repetitions = profile.pick(40, 40, 400);
        let fits = sizes.iter().map(|&samples| Task::Fits {
            samples,
            most: profile.pick(12, 16, 24),
            seed: seed + 3000,
            repetitions,
        });
        std::iter::once(Task::Approximation).chain(fits).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Vec<Row>, Failure> {
        let target = |x: f64| (TAU * x).sin();
        match *task {
            Task::Approximation => REFERENCE
                .iter()
                .map(|&(cells, _)| {
                    let approximation = Splines::new(cells, target)?.approximation();
                    Ok(Row { cells, approximation, risks: Vec::new() })
                })
                .collect(),
            Task::Fits { samples, most, seed, repetitions } => {
                let mut rows = Vec::new();
                for cells in 2..=most {
                    let splines = Splines::new(cells, target)?;
                    let mut risks = Vec::new();
                    for seed in seed..seed + repetitions {
                        lab.go_on()?;
                        let mut stream = Stream::new(seed);
                        let abscissae: Vec<f64> = (0..samples).map(|_| stream.uniform()).collect();
                        let labels: Vec<f64> =
                            abscissae.iter().map(|&x| target(x) + 0.5 * stream.normal()).collect();
                        match splines.excess_risk(&abscissae, &labels) {
                            Err(LeastSquaresError::Dependent { .. }) => (),
                            risk => risks.push(risk?),
                        }
                    }
                    rows.push(Row { cells, approximation: splines.approximation(), risks });
                }
                Ok(rows)
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Vec<Row>>]) -> Judgement {
        let mut checks = Vec::new();
        for row in approximations(evidence) {
            let known =
                REFERENCE.iter().find(|(cells, _)| *cells == row.cells).map_or(f64::NAN, |(_, value)| *value);
            checks.push(Check::relative(
                format!("approximation error, h = {}", row.cells),
                row.approximation,
                known,
                1e-9,
            ));
            if row.cells == 64 {
                checks.push(Check::relative(
                    "h⁴ · approximation error at h = 64",
                    64f64.powi(4) * row.approximation,
                    leading_approximation(1, SQUARED_CURVATURE),
                    5e-3,
                ));
            }
        }
        let best = best(evidence);
        let risk = exponent(best.iter().map(|&(n, _, risk, _)| (n, risk)));
        let cells = exponent(best.iter().map(|&(n, cells, ..)| (n, cells)));
        checks.push(Check::within("exponent of the least mean excess risk in n (−4/5)", risk, -0.95..=-0.7));
        checks.push(Check::within("exponent of the best number of cells in n (1/5)", cells, 0.1..=0.3));
        Judgement::from_checks("The best width grows slowly with the sample, as the two rates demand.", checks)
    }

    fn figures(evidence: &[Evidence<Task, Vec<Row>>]) -> Vec<Figure> {
        let mut tradeoff = Figure::new(
            "tradeoff",
            "Excess risk against width",
            "Few cells cannot follow the sine, many follow the noise: mean over samples. The more samples, the wider the best network and the better it is.",
            Axis::linear("cells h"),
            Axis::logarithmic("excess risk"),
        );
        for (samples, rows) in fits(evidence) {
            let points =
                rows.iter().map(|row| (row.cells as f64, mean(&row.risks), standard_error(&row.risks)));
            tradeoff = tradeoff.measured(format!("n = {samples}"), points);
        }
        let points = approximations(evidence).map(|row| (row.cells as f64, row.approximation));
        let approximation = Figure::new(
            "approximation",
            "The best spline with h cells",
            "The squared error of the best approximation of sin 2πx and its limit law.",
            Axis::logarithmic("cells h"),
            Axis::logarithmic("squared error"),
        )
        .points("exact", points)
        .reference(
            "(2π)⁴/1440 h⁻⁴",
            approximations(evidence)
                .map(|row| (row.cells as f64, leading_approximation(row.cells, SQUARED_CURVATURE))),
        );
        vec![tradeoff, approximation]
    }
}

fn approximations(evidence: &[Evidence<Task, Vec<Row>>]) -> impl Iterator<Item = &Row> + Clone {
    evidence.iter().filter(|e| matches!(e.task, Task::Approximation)).flat_map(|e| &e.outcome)
}

fn fits(evidence: &[Evidence<Task, Vec<Row>>]) -> impl Iterator<Item = (usize, &Vec<Row>)> {
    evidence.iter().filter_map(|e| match e.task {
        Task::Fits { samples, .. } => Some((samples, &e.outcome)),
        Task::Approximation => None,
    })
}

/// Samples, best number of cells, its mean excess risk and standard error.
fn best(evidence: &[Evidence<Task, Vec<Row>>]) -> Vec<(f64, f64, f64, f64)> {
    let least = |(samples, rows): (usize, &Vec<Row>)| {
        let means = rows.iter().map(|row| (row.cells, mean(&row.risks), standard_error(&row.risks)));
        let (cells, risk, error) = means.min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some((samples as f64, cells as f64, risk, error))
    };
    fits(evidence).filter_map(least).collect()
}
