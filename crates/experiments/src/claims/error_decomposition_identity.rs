//! The excess risk is approximation plus estimation plus optimization error, all three of expected risks.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::decomposition::Fit;
use saddlepoint_theory::estimation::legendre::Target;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `error-decomposition-identity`.
pub struct ErrorDecompositionIdentity;

/// Fits of one degree on samples of one size.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    degree: usize,
    samples: usize,
    tolerances: Vec<f64>,
    /// Seeds of the samples: this one and the next.
    seed: u64,
    repetitions: u64,
}

/// What the worst fit of a task shows, and the first one whole.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    residual: f64,
    least_estimation: f64,
    violations: usize,
    runs: usize,
    first: First,
}

/// The numbers of the first sample at the first tolerance.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct First {
    approximation: f64,
    estimation: f64,
    optimization: f64,
    excess: f64,
    least_empirical_risk: f64,
    empirical_risk_of_best: f64,
    gap: f64,
    steps: usize,
    least_eigenvalue: f64,
    bound: f64,
}

/// The target `|x|` and the noise of the labels.
pub const NOISE: f64 = 0.3;

/// Abscissae and labels of a sample: `y = |x| + 0.3 ξ`, `x` uniform on `[−1, 1]`.
pub fn sample(n: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut stream = Stream::new(seed);
    let abscissae: Vec<f64> = (0..n).map(|_| 2.0 * stream.uniform() - 1.0).collect();
    let labels = abscissae.iter().map(|x| x.abs() + NOISE * stream.normal()).collect();
    (abscissae, labels)
}

/// A number of [`First`].
type Reading = fn(&First) -> f64;

/// The reference setting: seed 1, 50 samples, degree 4, `ρ = 10⁻³`.
const REFERENCE: [(&str, Reading, f64); 9] = [
    ("approximation", |f| f.approximation, 0.00130208333333),
    ("estimation", |f| f.estimation, 0.00137245918588),
    ("optimization", |f| f.optimization, 0.000196496726949),
    ("excess risk", |f| f.excess, 0.00287103924616),
    ("least empirical risk", |f| f.least_empirical_risk, 0.11560233655),
    ("empirical risk of the best", |f| f.empirical_risk_of_best, 0.116930837901),
    ("gap", |f| f.gap, 0.000240360723657),
    ("least eigenvalue", |f| f.least_eigenvalue, 0.514679615524),
    ("bound on the optimization error", |f| f.bound, 0.00520891907575),
];

impl Claim for ErrorDecompositionIdentity {
    const CARD: Card = Card {
        id: "error-decomposition-identity",
        version: 1,
        title: "Excess risk = approximation + estimation + optimization error, of expected risks",
        statement: r"Let $E$ be the expected risk, $f^*$ its minimizer over all functions, $f^*_F$ over a class $F$, $f_n$
            the minimizer of the empirical risk $E_n$ over $F$, and $\tilde f_n$ what an optimizer returns with
            $E_n(\tilde f_n) \le E_n(f_n) + \rho$. Then
            $$E(\tilde f_n)-E(f^*) = [E(f^*_F)-E(f^*)] + [E(f_n)-E(f^*_F)] + [E(\tilde f_n)-E(f_n)],$$
            the first two brackets are not negative, and for least squares over a linear class with empirical Gram matrix
            $\hat G$ in a basis that is orthonormal under the population,
            $$|\text{optimization}| \le \rho/\lambda_{\min}(\hat G) + 2\sqrt{\rho/\lambda_{\min}(\hat G)}\sqrt{\text{estimation}}.$$

            With the empirical risk in place of $E$, as lecture notes print it, the sum is the training error less the Bayes
            risk: not what one wants to bound (see `error-decomposition-empirical-negative`).

            Here: $|x|$ on $[-1,1]$ with noise $0.3$, polynomials, gradient descent from zero.",
        sources: &[Source {
            citation: "Bottou and Bousquet 2008, The tradeoffs of large scale learning, equation 2; the bound on the \
                       optimization error is elementary and this project's",
            identifier: None,
        }],
        hypotheses: &["the minimizer of the empirical risk is unique"],
        kind: Kind::Exact,
        tags: &["generalization", "least-squares"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let tolerances = vec![1e-3, 1e-1, 1e-2, 1e-4, 1e-5];
        let reference =
            Task { degree: 4, samples: 50, tolerances: tolerances.clone(), seed: 1, repetitions: 1 };
        let degrees: &[usize] = profile.pick(&[2, 6], &[0, 2, 4, 6, 8, 10], &[0, 2, 4, 8, 16, 24, 32, 40]);
        let sizes: &[usize] = profile.pick(&[50], &[50, 200, 1000], &[100, 1000, 10_000]);
        let repetitions = profile.pick(5, 20, 50);
        let sweep = degrees.iter().flat_map(|&degree| {
            let tolerances = &tolerances;
            sizes.iter().map(move |&samples| Task {
                degree,
                samples,
                tolerances: tolerances.clone(),
                seed: seed + 2,
                repetitions,
            })
        });
        std::iter::once(reference).chain(sweep).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (mut residual, mut least_estimation) = (0f64, f64::INFINITY);
        let (mut violations, mut runs, mut first) = (0, 0, None);
        for seed in task.seed..task.seed + task.repetitions {
            lab.go_on()?;
            let (abscissae, labels) = sample(task.samples, seed);
            let fit = Fit::new(&Target::AbsoluteValue, task.degree, &abscissae, &labels)?;
            for &tolerance in &task.tolerances {
                let errors = fit.stopped_at(tolerance)?;
                let bound = fit.optimization_bound(tolerance);
                let sum = errors.approximation + errors.estimation + errors.optimization;
                residual = maximum(residual, (sum - errors.excess).abs());
                least_estimation = minimum(least_estimation, errors.estimation);
                violations += usize::from(errors.optimization.abs() > bound);
                runs += 1;
                first.get_or_insert(First {
                    approximation: errors.approximation,
                    estimation: errors.estimation,
                    optimization: errors.optimization,
                    excess: errors.excess,
                    least_empirical_risk: fit.problem().least_risk(),
                    empirical_risk_of_best: fit.empirical_risk_of_best(),
                    gap: errors.gap,
                    steps: errors.steps,
                    least_eigenvalue: fit.problem().extremes().0,
                    bound,
                });
            }
        }
        let first = first.ok_or("a task without a run")?;
        Ok(Outcome { residual, least_estimation, violations, runs, first })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let fold = |value: fn(&Outcome) -> f64, combine: fn(f64, f64) -> f64| {
            evidence.iter().map(|e| value(&e.outcome)).reduce(combine).unwrap_or(f64::NAN)
        };
        let runs: usize = evidence.iter().map(|e| e.outcome.runs).sum();
        let violations: usize = evidence.iter().map(|e| e.outcome.violations).sum();
        let mut checks = vec![
            Check::at_most("largest |sum of the three − excess risk|", fold(|o| o.residual, maximum), 1e-12),
            Check::at_least("least estimation error", fold(|o| o.least_estimation, minimum), 0.0),
            Check::equal(format!("optimization errors above the bound, of {runs} runs"), violations, 0),
        ];
        for e in evidence.iter().filter(|e| (e.task.seed, e.task.samples, e.task.degree) == (1, 50, 4)) {
            let first = &e.outcome.first;
            checks.extend(REFERENCE.map(|(what, value, known)| {
                Check::relative(format!("reference: {what}"), value(first), known, 1e-9)
            }));
            checks.push(Check::equal("reference: steps of descent", first.steps, 4));
            // Teeth: with the empirical risk the left side is another number.
            let printed = first.least_empirical_risk + first.gap - NOISE * NOISE;
            checks.push(Check::at_least(
                "|empirical version − excess risk|, which must be caught",
                (printed - first.excess).abs(),
                1e-3,
            ));
        }
        Judgement::from_checks("The three errors add up to the excess risk in every run.", checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let sizes: std::collections::BTreeSet<usize> =
            evidence.iter().filter(|e| e.task.seed != 1).map(|e| e.task.samples).collect();
        let Some(&samples) = sizes.first() else { return Vec::new() };
        let of = |value: fn(&First) -> f64| {
            let select = move |e: &&Evidence<Task, Outcome>| e.task.samples == samples && e.task.seed != 1;
            let points: Vec<(f64, f64)> = evidence
                .iter()
                .filter(select)
                .map(|e| (e.task.degree as f64, value(&e.outcome.first)))
                .collect();
            points
        };
        let (x, y) = of(|f| f.optimization.abs()).into_iter().unzip();
        vec![
            Figure::new(
                "errors",
                "The three errors of one fit",
                format!("A larger class approximates better and is harder to estimate: {samples} samples of |x| with noise, one sample for each degree. Descent stopped at a gap of 0.001 adds its own, of either sign."),
                Axis::linear("degree p"),
                Axis::logarithmic("error"),
            )
            .line("approximation", of(|f| f.approximation))
            .line("estimation", of(|f| f.estimation))
            .with("|optimization|", Mark::Line { x, y, dashed: true })
            .line("excess risk", of(|f| f.excess)),
        ]
    }
}
