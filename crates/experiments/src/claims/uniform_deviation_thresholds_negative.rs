//! Test − train ≤ √(N/m), as lecture notes print it: false once in eight samples, however many points.

use saddlepoint_theory::bounds::kolmogorov;

use super::uniform_deviation_thresholds::{Outcome, Task, UniformDeviationThresholds};
use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample::deviation_of_share;
use crate::verdict::{Check, Judgement, show};

/// The claim `uniform-deviation-thresholds-negative`.
pub struct UniformDeviationThresholdsNegative;

impl Claim for UniformDeviationThresholdsNegative {
    const CARD: Card = Card {
        id: "uniform-deviation-thresholds-negative",
        version: 1,
        title: "Not a bound: test error minus train error is at most √(N/m)",
        statement: "Printed in lecture notes: test − train $\\le \\sqrt{N/m}$ for $m$ samples. The form names no probability, no \
            constant and no definition of $N$.\n\n\
            Read with $N$ the VC dimension it is false: for thresholds on $[0,1]$, where $N = 1$, \
            $$P\\left(\\sup_{F}(\\mathbb E f-\\mathbb E_m f) > \\sqrt{1/m}\\right) \\to e^{-2} \\approx 0.135.$$ \
            What is true instead has a confidence parameter: $2\\hat R_m + 3\\sqrt{\\ln(2/\\delta)/2m}$ for any class, \
            $\\sqrt{(\\ln|F|+\\ln(1/\\delta))/2m}$ for a finite one.",
        sources: &[
            Source {
                citation: "notes on deep learning theory after Desh Raj's blog: the statement that is refuted",
                identifier: None,
            },
            Source {
                citation: "Smirnov, the limit law of the one-sided statistic, 1939; Birnbaum, Tingey, Annals of Mathematical \
                    Statistics 22, 1951, for every m",
                identifier: Some("10.1214/aoms/1177729550"),
            },
        ],
        hypotheses: &["the points are independent, uniform on $[0,1]$", "$N$ is the VC dimension of the class"],
        kind: Kind::Statistical,
        tags: &["generalization", "bounds", "negative"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        UniformDeviationThresholds::plan(profile, seed)
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        UniformDeviationThresholds::run(task, lab)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks: Vec<Check> = evidence
            .iter()
            .map(|Evidence { task, outcome }| {
                let frequency = outcome.beyond_root as f64 / task.samples as f64;
                Check::within(
                    format!("frequency of test − train > √(1/m), m = {}", task.points),
                    frequency,
                    0.09..=0.15,
                )
            })
            .collect();
        let limit = kolmogorov::limit_tail(1.0);
        if let Some(last) = evidence.iter().max_by_key(|e| e.task.points) {
            let what = format!("limit e⁻² minus the exact probability, m = {}", last.task.points);
            checks.push(Check::within(what, limit - last.outcome.exact, 0.0..=0.01));
        }
        Judgement::from_checks(
            format!(
                "The rule √(1/m) fails in about one sample of eight, towards e⁻² = {} for many points.",
                show(limit)
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let over = |value: fn(&Outcome) -> f64| {
            evidence.iter().map(move |e| (e.task.points as f64, value(&e.outcome)))
        };
        let observed = evidence.iter().map(|e| {
            let frequency = e.outcome.beyond_root as f64 / e.task.samples as f64;
            let error = deviation_of_share(frequency, e.task.samples as f64);
            (e.task.points as f64, frequency, 2.0 * error)
        });
        vec![
            Figure::new(
            "failures",
            "How often test − train ≤ √(1/m) fails",
            "A rule without a confidence parameter fails about one time in eight, and more samples do not help: the frequency follows the exact law towards e⁻². Bars are two standard errors.",
            Axis::logarithmic("sample size m"),
            Axis::linear("frequency of failure"),
        )
        .reference("limit e⁻²", over(|_| kolmogorov::limit_tail(1.0)))
        .line("exact (Birnbaum and Tingey)", over(|o| o.exact))
        .measured("observed", observed)]
    }
}
