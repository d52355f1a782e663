//! Double descent of least squares in closed form, and simulated.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::gaussian_linear::GaussianLinear;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample::{mean, median, standard_error};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `double-descent-exact`.
pub struct DoubleDescentExact;

/// Fits on the first `fitted` features.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    fitted: usize,
    seed: u64,
    repetitions: u64,
}

/// What theory says and what the fits show.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    #[serde(with = "crate::number")]
    risk: f64,
    training: f64,
    risks: Vec<f64>,
    trainings: Vec<f64>,
}

/// Features, samples, noise.
const FEATURES: usize = 100;
const SAMPLES: usize = 40;
const NOISE: f64 = 0.5;

/// The catalogue's values of the formula.
const REFERENCE: [(usize, f64); 11] = [
    (1, 0.655172476),
    (5, 0.406995046),
    (10, 0.406299975),
    (20, 0.561895075),
    (30, 1.1438516),
    (35, 2.54613447),
    (45, 2.94120997),
    (50, 1.59271014),
    (60, 1.12080202),
    (80, 1.00871697),
    (100, 1.01949153),
];

impl Claim for DoubleDescentExact {
    const CARD: Card = Card {
        id: "double-descent-exact",
        version: 1,
        title: "The risk of least squares peaks at interpolation and descends again, in closed form",
        statement: r"Let $x\sim N(0,I_D)$, $y=\langle\beta,x\rangle+\sigma\xi$, and fit the first $d$ coordinates to $n$
            samples by least squares, for $d>n$ by the interpolant of least norm. With
            $s=\lVert\beta_{>d}\rVert^2+\sigma^2$ the expected risk is
            $$s\Bigl(1+\frac{d}{n-d-1}\Bigr)\ (d\le n-2),\qquad
            \lVert\beta_{\le d}\rVert^2\Bigl(1-\frac nd\Bigr)+s\Bigl(1+\frac{n}{d-n-1}\Bigr)\ (d\ge n+2),$$
            and infinite between; the expected training error is $s(1-d/n)$ up to $d=n$ and zero beyond.

            Here: $D=100$, $n=40$, $\sigma=0.5$, $\beta_j\propto 1/j$ of norm $1$. The risk of one fit has heavy tails near
            the peak: for $|n-d|\le 3$ its variance is infinite, and z-scores are taken only for $|n-d|\ge 8$, where
            fourth moments exist.",
        sources: &[
            Source {
                citation: "Breiman and Freedman 1983, How many variables should be entered in a regression equation?",
                identifier: None,
            },
            Source {
                citation: "Belkin, Hsu and Xu 2020, Two models of double descent for weak features, theorem 1",
                identifier: Some("arXiv:1903.07571"),
            },
        ],
        hypotheses: &["Gaussian features and noise, all independent"],
        kind: Kind::Statistical,
        tags: &["generalization", "double-descent", "least-squares"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let repetitions = profile.pick(60, 600, 6000);
        let more: &[usize] = profile.pick(
            &[],
            &[2, 15, 25, 32, 38, 40, 42, 48, 55, 70, 90],
            &[2, 3, 15, 25, 32, 36, 38, 39, 40, 41, 42, 44, 48, 55, 70, 90],
        );
        let mut fitted: Vec<usize> = REFERENCE.iter().map(|(d, _)| *d).chain(more.iter().copied()).collect();
        fitted.sort_unstable();
        fitted.into_iter().map(|fitted| Task { fitted, seed: seed + 1 + fitted as u64, repetitions }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let norm = (1..=FEATURES).map(|j| (j as f64).powi(-2)).sum::<f64>().sqrt();
        let coefficients = (1..=FEATURES).map(|j| 1.0 / (j as f64 * norm)).collect();
        let model = GaussianLinear::new(coefficients, NOISE, SAMPLES)?;
        let mut stream = Stream::new(task.seed);
        let (mut risks, mut trainings) = (Vec::new(), Vec::new());
        for _ in 0..task.repetitions {
            lab.go_on()?;
            let (risk, training) = model.simulate(task.fitted, || stream.normal())?;
            risks.push(risk);
            trainings.push(training);
        }
        Ok(Outcome {
            risk: model.risk(task.fitted)?,
            training: model.training_error(task.fitted)?,
            risks,
            trainings,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut formula, mut worst, mut training) = (0f64, 0f64, 0f64);
        for e in evidence {
            if let Some((_, known)) = REFERENCE.iter().find(|(d, _)| *d == e.task.fitted) {
                formula = maximum(formula, (e.outcome.risk / known - 1.0).abs());
            }
            if e.task.fitted.abs_diff(SAMPLES) >= 8 {
                let z = (mean(&e.outcome.risks) - e.outcome.risk) / standard_error(&e.outcome.risks);
                worst = maximum(worst, z.abs());
            }
            if e.task.fitted < SAMPLES {
                let z =
                    (mean(&e.outcome.trainings) - e.outcome.training) / standard_error(&e.outcome.trainings);
                training = maximum(training, z.abs());
            }
        }
        let interpolates =
            evidence.iter().filter(|e| e.task.fitted > SAMPLES).flat_map(|e| e.outcome.trainings.clone());
        let measured = |d: usize| {
            evidence.iter().find(|e| e.task.fitted == d).map_or(f64::NAN, |e| mean(&e.outcome.risks))
        };
        let checks = vec![
            Check::at_most("largest relative error of the formula at the reference values", formula, 1e-8),
            Check::at_most("largest |z| of the simulated risk, |n − d| ≥ 8", worst, 4.0),
            Check::at_most("largest |z| of the simulated training error, d < n", training, 4.0),
            Check::at_most(
                "largest training error beyond interpolation",
                interpolates.fold(0.0, maximum),
                1e-18,
            ),
            Check::at_least("simulated risk at d = 35 over that at d = 20", measured(35) / measured(20), 2.0),
            Check::at_least("simulated risk at d = 45 over that at d = 60", measured(45) / measured(60), 2.0),
        ];
        Judgement::from_checks("Simulation follows the formula down, up to the peak and down again.", checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let d = |e: &Evidence<Task, Outcome>| e.task.fitted as f64;
        let finite = || evidence.iter().filter(|e| e.outcome.risk.is_finite());
        let tested = evidence.iter().filter(|e| e.task.fitted.abs_diff(SAMPLES) >= 4);
        vec![
            Figure::new(
                "double-descent",
                "Double descent, exactly",
                "Expected risk and training error of least squares with 40 samples against the number of features fitted. Means of simulated fits where their variance is finite, with standard errors; medians everywhere. Between the branches of the formula, at d = n and its two neighbours, the expectation is infinite.",
                Axis::linear("features fitted d (n = 40)"),
                Axis::logarithmic("mean squared error"),
            )
            // Two lines: between them the expectation is infinite.
            .reference("risk, formula, d < n", finite().filter(|e| e.task.fitted < SAMPLES).map(|e| (d(e), e.outcome.risk)))
            .reference("risk, formula, d > n", finite().filter(|e| e.task.fitted > SAMPLES).map(|e| (d(e), e.outcome.risk)))
            .measured("risk, simulated mean", tested.map(|e| (d(e), mean(&e.outcome.risks), standard_error(&e.outcome.risks))))
            .line("risk, simulated median", evidence.iter().map(|e| (d(e), median(&e.outcome.risks))))
            .reference("training error, formula", evidence.iter().filter(|e| e.outcome.training > 0.0).map(|e| (d(e), e.outcome.training))),
        ]
    }
}
