//! The estimation error of the lecture notes, with empirical risks, is negative and grows with the sample.

use saddlepoint_theory::estimation::decomposition::Fit;
use saddlepoint_theory::estimation::legendre::Target;
use serde::{Deserialize, Serialize};

use super::error_decomposition_identity::{NOISE, sample};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample::{mean, standard_error};
use crate::verdict::{Check, Judgement};

/// The claim `error-decomposition-empirical-negative`.
pub struct ErrorDecompositionEmpiricalNegative;

/// Samples of one size.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    samples: usize,
    seed: u64,
    repetitions: u64,
}

/// The estimation error of each sample, as printed and as it should be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    printed: Vec<f64>,
    correct: Vec<f64>,
}

/// The degree of the polynomials.
const DEGREE: usize = 4;

impl Claim for ErrorDecompositionEmpiricalNegative {
    const CARD: Card = Card {
        id: "error-decomposition-empirical-negative",
        version: 1,
        title: "With empirical risks the 'estimation error' is negative and increases with n",
        statement: r"Lecture notes decompose $E_n(f_n) - E(f^*)$ and call $E_n(f_n)-E(f^*_F)$ an estimation error that
            decreases when the sample grows. It does not: since $E_n(f_n)\le E_n(f^*_F)$ and the mean of $E_n(f^*_F)$ is
            $E(f^*_F)$, its expectation is at most zero for every $n$, and it **increases** to zero. What decreases is
            $E(f_n)-E(f^*_F)$.

            Here: $|x|$ with noise $0.3$, polynomials of degree $4$.",
        sources: &[Source {
            citation: "against Ollion and Grisel, Learning with Deep Networks, slides on the decomposition of the error; the \
                       correct form: Bottou and Bousquet 2008, equation 2",
            identifier: None,
        }],
        hypotheses: &["samples are independent of one another and of the class"],
        kind: Kind::Statistical,
        tags: &["generalization", "least-squares", "negative"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let repetitions = profile.pick(100, 200, 2000);
        let sizes: &[usize] = profile.pick(
            &[20, 40, 160],
            &[20, 40, 80, 160, 320, 640, 1280],
            &[20, 40, 80, 160, 320, 640, 1280],
        );
        sizes.iter().map(|&samples| Task { samples, seed: seed + 1000, repetitions }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (mut printed, mut correct) = (Vec::new(), Vec::new());
        for seed in task.seed..task.seed + task.repetitions {
            lab.go_on()?;
            let (abscissae, labels) = sample(task.samples, seed);
            let fit = Fit::new(&Target::AbsoluteValue, DEGREE, &abscissae, &labels)?;
            printed.push(fit.problem().least_risk() - fit.approximation() - NOISE * NOISE);
            correct.push(fit.estimation());
        }
        Ok(Outcome { printed, correct })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let z = |values: &[f64]| mean(values) / standard_error(values);
        let mut checks = Vec::new();
        for e in evidence.iter().filter(|e| e.task.samples <= 160) {
            let n = e.task.samples;
            checks.push(Check::at_most(
                format!("mean of the printed error over its standard error, n = {n}"),
                z(&e.outcome.printed),
                -3.0,
            ));
        }
        for pair in evidence.windows(2) {
            let (small, large) = (&pair[0], &pair[1]);
            let (a, b) = (&small.outcome.printed, &large.outcome.printed);
            let difference = (mean(b) - mean(a)) / standard_error(a).hypot(standard_error(b));
            let sizes = format!("{} to {}", small.task.samples, large.task.samples);
            checks.push(Check::at_least(
                format!("change from n = {sizes}, in standard errors"),
                difference,
                -3.0,
            ));
        }
        if let (Some(first), Some(last)) = (evidence.first(), evidence.last()) {
            let (a, b) = (&first.outcome, &last.outcome);
            let rise = (mean(&b.printed) - mean(&a.printed))
                / standard_error(&a.printed).hypot(standard_error(&b.printed));
            checks.push(Check::at_least(
                "rise of the printed error over all sizes, in standard errors",
                rise,
                3.0,
            ));
            let fall = mean(&a.correct) / mean(&b.correct);
            checks.push(Check::at_least(
                "quotient by which the estimation error falls over all sizes",
                fall,
                2.0,
            ));
        }
        Judgement::from_checks(
            "As printed, the estimation error is negative on average and rises to zero.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let series = |value: fn(&Outcome) -> &[f64]| {
            let points = evidence.iter().map(move |e| {
                let values = value(&e.outcome);
                (e.task.samples as f64, mean(values), standard_error(values))
            });
            points.collect::<Vec<_>>()
        };
        vec![
            Figure::new(
                "estimation",
                "Two numbers called estimation error",
                "With expected risks it is positive and decreases as 1/n; with the empirical risk of the notes it is negative and increases.",
                Axis::logarithmic("samples n"),
                Axis::linear("mean over samples, with standard error"),
            )
            .measured("E(f_n) − E(f*_F)", series(|o| &o.correct))
            .measured("E_n(f_n) − E(f*_F), as printed", series(|o| &o.printed)),
        ]
    }
}
