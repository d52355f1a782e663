//! The uniform deviation of thresholds: its exact law, and a Rademacher bound that covers it.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::bounds::kolmogorov;
use saddlepoint_theory::bounds::rademacher::{ClassComplexity, UniformDeviation};
use saddlepoint_theory::capacity::rademacher::thresholds;
use saddlepoint_theory::quantity::{Risk, SampleSize};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::sample::deviation_of_share;
use crate::verdict::{Check, Judgement};

/// The claim `uniform-deviation-thresholds`.
pub struct UniformDeviationThresholds;

/// Draw many samples of one size.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Points in a sample.
    pub points: u64,
    /// How many samples.
    pub samples: usize,
    /// Seed of the draws.
    pub seed: u64,
}

/// What the samples showed, beside what theory says of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Samples whose largest gap exceeds `√(1/m)`.
    pub beyond_root: usize,
    /// Samples whose largest gap is covered by the Rademacher bound at `δ = 0.05`.
    pub covered: usize,
    /// Mean of the largest gap.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The first gaps, for the histogram.
    pub gaps: Vec<f64>,
    /// `P(gap > √(1/m))`, exactly.
    pub exact: f64,
    /// `E gap`, exactly.
    pub exact_mean: f64,
    /// Twice the empirical Rademacher complexity.
    pub twice_rademacher: f64,
    /// The Rademacher bound at `δ = 0.05`.
    pub bound: f64,
}

/// `P(gap > √(1/m))` by Birnbaum and Tingey: the catalogue's values.
pub const EXACT: [(u64, f64); 4] = [(10, 0.10921351), (50, 0.12311321), (200, 0.12909765), (1000, 0.13251149)];

/// The confidence parameter of the bound.
pub const DELTA: f64 = 0.05;

impl Claim for UniformDeviationThresholds {
    const CARD: Card = Card {
        id: "uniform-deviation-thresholds",
        version: 1,
        title: "A uniform bound needs its constant and its confidence: thresholds on the unit interval",
        statement: "With probability at least $1-\\delta$ over $n$ independent points, \
            $$\\sup_{f\\in F}(\\mathbb E f - \\mathbb E_n f) \\le 2\\hat R_n(F) + 3\\sqrt{\\frac{\\ln(2/\\delta)}{2n}},$$ \
            and $\\mathbb E\\sup_F(\\mathbb E f-\\mathbb E_n f) \\le 2R_n(F)$, for every class $F$ of functions into $[0,1]$. \
            For thresholds $1[x \\le t]$ under $U[0,1]$ the supremum is the one-sided Kolmogorov statistic, whose law is \
            known exactly: $$P(\\sup > x) = x\\sum_{j\\le n(1-x)}\\binom nj \\left(x+\\tfrac jn\\right)^{j-1}\
            \\left(1-x-\\tfrac jn\\right)^{n-j}.$$",
        sources: &[
            Source {
                citation: "Bartlett, Mendelson, Rademacher and Gaussian complexities, JMLR 3, 2002, theorem 8",
                identifier: None,
            },
            Source {
                citation: "Birnbaum, Tingey, One-sided confidence contours for probability distribution functions, \
                    Annals of Mathematical Statistics 22, 1951, equation 3.0",
                identifier: Some("10.1214/aoms/1177729550"),
            },
            Source {
                citation: "Birnbaum, Pyke, On some distributions related to the statistic Dn+, Annals of Mathematical \
                    Statistics 29, 1958",
                identifier: None,
            },
        ],
        hypotheses: &[
            "the points are independent, uniform on $[0,1]$",
            "$\\hat R_n$ is the empirical Rademacher complexity without absolute value",
        ],
        kind: Kind::Statistical,
        tags: &["generalization", "bounds", "capacity"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let samples = profile.pick(10_000, 20_000, 400_000);
        [10, 20, 50, 100, 200, 500, 1000].map(|points| Task { points, samples, seed: seed + points }).into()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let n = SampleSize::new(task.points)?;
        let root = 1.0 / n.as_f64().sqrt();
        let complexity = thresholds(n);
        let empirical = ClassComplexity::empirical(complexity, n);
        let bound = UniformDeviation::new(0.0, empirical, DELTA)?.evaluate().value();
        let mut stream = Stream::new(task.seed);
        let mut points = vec![0.0; usize::try_from(task.points)?];
        let (mut beyond_root, mut covered, mut sum, mut squares, mut gaps) = (0, 0, 0.0, 0.0, Vec::new());
        for sample in 0..task.samples {
            if sample % 100 == 0 {
                lab.go_on()?;
            }
            points.fill_with(|| stream.uniform());
            let gap = kolmogorov::statistic(&mut points).ok_or("a uniform draw left [0, 1]")?;
            beyond_root += usize::from(gap > root);
            covered += usize::from(gap <= bound);
            sum += gap;
            squares += gap * gap;
            if sample < 2_000 {
                gaps.push(gap);
            }
        }
        let count = task.samples as f64;
        let mean = sum / count;
        Ok(Outcome {
            beyond_root,
            covered,
            mean,
            standard_error: ((squares / count - mean * mean) / (count - 1.0)).sqrt(),
            gaps,
            exact: kolmogorov::tail(n, Risk::new(root)?)?,
            exact_mean: kolmogorov::mean(n)?,
            twice_rademacher: 2.0 * complexity.get(),
            bound,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let (m, count) = (task.points, task.samples as f64);
            if let Some((_, reference)) = EXACT.iter().find(|(points, _)| *points == m) {
                checks.push(Check::absolute(
                    format!("exact P(gap > √(1/m)), m = {m}"),
                    outcome.exact,
                    *reference,
                    5e-9,
                ));
            }
            let frequency = outcome.beyond_root as f64 / count;
            let deviation = deviation_of_share(outcome.exact, count);
            checks.extend([
                Check::absolute(
                    format!("observed P(gap > √(1/m)), m = {m}, within 4 standard errors"),
                    frequency,
                    outcome.exact,
                    4.0 * deviation,
                ),
                Check::absolute(
                    format!("observed E gap, m = {m}, within 4 standard errors"),
                    outcome.mean,
                    outcome.exact_mean,
                    4.0 * outcome.standard_error,
                ),
                Check::at_most(
                    format!("exact E gap, m = {m}, against 2R"),
                    outcome.exact_mean,
                    outcome.twice_rademacher,
                ),
                Check::at_least(
                    format!("coverage of the Rademacher bound, m = {m}"),
                    outcome.covered as f64 / count,
                    1.0 - DELTA,
                ),
            ]);
        }
        Judgement::from_checks(
            "The Rademacher bound covers every sample drawn, and gaps exceed √(1/m) as often as their exact law says.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let over = |value: fn(&Outcome) -> f64| {
            evidence.iter().map(move |e| (e.task.points as f64, value(&e.outcome)))
        };
        let sizes = Figure::new(
            "sizes",
            "The largest gap, and what bounds it",
            "Twice the Rademacher complexity bounds the mean gap within a factor of about two and a half; the high-probability bound pays for its confidence.",
            Axis::logarithmic("sample size m"),
            Axis::logarithmic("sup (E f − Eₘ f)"),
        )
        .reference("2R + 3√(ln(2/δ)/2m), δ = 0.05", over(|o| o.bound))
        .reference("2R", over(|o| o.twice_rademacher))
        .line("exact mean", over(|o| o.exact_mean))
        .points("observed mean", over(|o| o.mean));
        let mut figures = vec![sizes];
        if let Some(e) = evidence.iter().find(|e| e.task.points == 100) {
            figures.push(
                Figure::new(
                    "gaps",
                    "The largest gap in samples of 100 points",
                    "The gap is random: a statement about it needs a probability. The rule √(1/m) would end the histogram at 0.1; the Rademacher bound lies to the right of everything.",
                    Axis::linear("sup (E f − E₁₀₀ f)"),
                    Axis::linear("samples"),
                )
                .with("samples", Mark::Histogram { values: e.outcome.gaps.clone(), bins: 40 }),
            );
        }
        figures
    }
}
