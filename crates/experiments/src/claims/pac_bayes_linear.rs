//! A PAC-Bayes bound of a linear classifier on real data: below one half, without a draw.

use saddlepoint_models::data::{DataError, DataSet, Samples, digits};
use saddlepoint_theory::bounds::hypothesis::Violation;
use saddlepoint_theory::bounds::linear_gibbs::{LinearGibbs, normalized_margin};
use saddlepoint_theory::bounds::pac_bayes::Moment;
use saddlepoint_theory::bounds::vc::VapnikChervonenkis;
use saddlepoint_theory::capacity::vc::halfspaces::Halfspaces;
use saddlepoint_theory::estimation::minimum_norm::ridge;
use serde::{Deserialize, Serialize};

use nalgebra::{DMatrix, DVector};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::verdict::{Check, Judgement};

/// The claim `pac-bayes-linear`.
pub struct PacBayesLinear;

/// What is to be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// One digit from another, which counts as positive.
    Pair(usize, usize),
    /// The digits from 0 to 4 from those from 5 to 9.
    Halves,
}

impl Task {
    /// Whether a label is positive, if it takes part.
    fn positive(self, label: usize) -> Option<bool> {
        match self {
            Task::Pair(negative, positive) => {
                [negative, positive].contains(&label).then_some(label == positive)
            }
            Task::Halves => Some(label >= 5),
        }
    }

    fn name(self) -> String {
        match self {
            Task::Pair(negative, positive) => format!("{negative} against {positive}"),
            Task::Halves => "0–4 against 5–9".into(),
        }
    }
}

/// What is certified, and what the other digits say.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Observations that the bound counts.
    n: usize,
    /// The bound over all lengths of the grid.
    bound: f64,
    /// What it holds with.
    confidence: f64,
    /// `(length μ, bound, Gibbs error on the training digits, on the others)` with the price of the whole grid.
    lengths: Vec<[f64; 4]>,
    /// The error of the classifier itself on the other digits.
    test_error: f64,
    /// Vapnik's and Chervonenkis's bound of the same classifier.
    vc: f64,
    /// Normalized margins of the training digits.
    margins: Vec<f64>,
}

impl Outcome {
    /// The row of the smallest bound.
    fn best(&self) -> [f64; 4] {
        self.lengths.iter().copied().min_by(|a, b| a[1].total_cmp(&b[1])).unwrap_or([f64::NAN; 4])
    }
}

/// Training digits.
const TRAIN: usize = 1400;
const DELTA: f64 = 0.05;

/// The catalogue's observations and bounds.
const REFERENCES: [(Task, usize, f64); 4] = [
    (Task::Pair(0, 1), 286, 0.20459393),
    (Task::Pair(3, 8), 268, 0.384827466),
    (Task::Pair(4, 9), 280, 0.278467852),
    (Task::Halves, 1400, 0.393638638),
];

/// Its lengths and Gibbs errors on the training and on the other digits.
const ERRORS: [(Task, [f64; 3]); 2] =
    [(Task::Pair(0, 1), [8.0, 0.0254229996, 0.0330789]), (Task::Halves, [11.3137, 0.239791891, 0.252131])];

/// `2^{k/2}` for `k = −2, …, 16`, fixed before the data.
fn grid() -> Vec<f64> {
    (-2..=16).map(|k| (f64::from(k) / 2.0).exp2()).collect()
}

impl Claim for PacBayesLinear {
    const CARD: Card = Card {
        id: "pac-bayes-linear",
        version: 1,
        title: "A PAC-Bayes bound of a linear classifier on digits says something, with a few hundred examples",
        statement: r"For inputs of any length and a direction $\hat w$ of norm $1$, let $Q=N(\mu\hat w,I)$ be a random linear classifier and
            $P=N(0,I)$ its prior. Its Gibbs error is the mean of $\Phi(-\mu\,y\,\hat w\cdot x/\lVert x\rVert)$, without a draw, and
            $\mathrm{KL}(Q\|P)=\mu^2/2$, so that with probability at least $1-\delta$, for all of $m$ lengths $\mu$ at once,
            $$R(Q)\le\mathrm{kl}^{-1}\Bigl(\hat R(Q),\frac{\mu^2/2+\ln(2\sqrt n\,m/\delta)}n\Bigr).$$

            On digits that is between $0.20$ and $0.40$, while the bound by the VC dimension of the same class is above $1$:
            that all generalization bounds exceed one, as lecture notes say, is true of bounds from dimensions and norms.

            Here: $1{,}400$ digits to train and certify on, $397$ to see the truth; $\hat w$ by ridge regression with penalty
            $n/1000$ on inputs of norm $1$; $19$ lengths $2^{k/2}$; $\delta=0.05$; every number rounded up.",
        sources: &[
            Source {
                citation: "Langford and Shawe-Taylor, PAC-Bayes & margins, NeurIPS 2002, the margin theorem for stochastic classifiers",
                identifier: None,
            },
            Source {
                citation: "notes on deep learning theory after Desh Raj's blog: bounds of this kind are greater than 1, which is refuted",
                identifier: None,
            },
        ],
        hypotheses: &[
            "the examples are independent and identically distributed: the rows are permuted before they are split",
            "the grid of lengths is fixed before the data; the direction may depend on them",
        ],
        kind: Kind::Exact,
        tags: &["generalization", "bounds", "pac-bayes", "digits"],
        data: &[DataSet::Digits],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, _seed: u64) -> Vec<Task> {
        let known = REFERENCES.map(|known| known.0);
        let all =
            (0..10).flat_map(|b| (0..b).map(move |a| Task::Pair(a, b))).filter(|pair| !known.contains(pair));
        known.into_iter().chain(all.take(profile.pick(0, 12, 45))).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (train, test) = digits::split_at(TRAIN)?;
        let (train, test) = (selected(&train, *task)?, selected(&test, *task)?);
        let direction = ridge_direction(&train)?;
        let margins = |part: &[(&[f64], bool)]| -> Result<Vec<f64>, Violation> {
            part.iter().map(|(x, positive)| normalized_margin(&direction, x, *positive)).collect()
        };
        let (margins, unseen) = (margins(&train)?, margins(&test)?);
        let grid = grid();
        let certificate = LinearGibbs::new(&margins, &grid, DELTA, Moment::TwoRoots)?.evaluate();
        let row = |&length: &f64| {
            lab.go_on()?;
            let at = |margins: &[f64]| {
                Ok::<_, Violation>(
                    LinearGibbs::new(margins, &[length], DELTA / grid.len() as f64, Moment::TwoRoots)?
                        .evaluate(),
                )
            };
            let (seen, unseen) = (at(&margins)?, at(&unseen)?);
            Ok([length, seen.value(), seen.terms()[0].value, unseen.terms()[0].value])
        };
        let errors = |margins: &[f64]| {
            margins.iter().filter(|margin| **margin <= 0.0).count() as f64 / margins.len() as f64
        };
        let dimension = Halfspaces::homogeneous(direction.len())?.vc_dimension() as u64;
        let n = margins.len();
        Ok(Outcome {
            n,
            bound: certificate.value(),
            confidence: certificate.confidence(),
            lengths: grid.iter().map(row).collect::<Result<_, Failure>>()?,
            test_error: errors(&unseen),
            vc: VapnikChervonenkis::new(errors(&margins), dimension, n as u64, DELTA)?.evaluate().value(),
            margins,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for Evidence { task, outcome } in evidence {
            let (name, best) = (task.name(), outcome.best());
            if let Some((_, n, bound)) = REFERENCES.iter().find(|known| known.0 == *task) {
                checks.push(Check::equal(format!("training digits, {name}"), outcome.n, *n));
                checks.push(Check::absolute(format!("bound, {name}"), outcome.bound, *bound, 1e-6));
            }
            if let Some((_, [length, train, test])) = ERRORS.iter().find(|known| known.0 == *task) {
                checks.push(Check::absolute(format!("best length, {name}"), best[0], *length, 1e-4));
                checks.push(Check::absolute(
                    format!("Gibbs error on the training digits, {name}"),
                    best[2],
                    *train,
                    1e-9,
                ));
                checks.push(Check::absolute(
                    format!("Gibbs error on the other digits, {name}"),
                    best[3],
                    *test,
                    1e-6,
                ));
            }
            checks.extend([
                Check::relative(
                    format!("smallest bound along the grid, {name}"),
                    best[1],
                    outcome.bound,
                    1e-12,
                ),
                Check::at_least(
                    format!("bound over the Gibbs error on the other digits, {name}"),
                    outcome.bound / best[3],
                    1.0,
                ),
                Check::at_most(format!("bound, {name}, against a coin"), outcome.bound, 0.5),
                Check::at_least(format!("confidence, {name}"), outcome.confidence, 1.0 - DELTA - 1e-12),
                Check::at_least(format!("bound by the VC dimension, {name}"), outcome.vc, 1.0),
            ]);
        }
        Judgement::from_checks(
            "All bounds are below one half and above the error on digits that were not seen, where those by the VC dimension are vacuous.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut lengths = Figure::new(
            "lengths",
            "A PAC-Bayes bound against the length of the weights",
            "Long weights err less, short ones are nearer to the prior: the bound is smallest in between, and a length chosen on the data is paid for by the grid.",
            Axis::logarithmic("length μ of the mean"),
            Axis::linear("error, and bound of it"),
        );
        for e in evidence.iter().filter(|e| ERRORS.iter().any(|known| known.0 == e.task)) {
            let column = |i: usize| e.outcome.lengths.iter().map(move |row| (row[0], row[i]));
            let name = e.task.name();
            lengths = lengths
                .line(format!("bound, {name}"), column(1))
                .reference(format!("Gibbs error on training digits, {name}"), column(2))
                .points(format!("Gibbs error on other digits, {name}"), column(3));
        }
        let named = || evidence.iter().map(|e| e.task.name()).collect::<Vec<_>>();
        let bars = |of: fn(&Outcome) -> f64| Mark::Bars {
            categories: named(),
            heights: evidence.iter().map(|e| of(&e.outcome)).collect(),
        };
        let comparison = Figure::new(
            "comparison",
            "What is certified, and what is true",
            "Bounds of the random linear classifier, its error on digits that were not seen, and the bound by the VC dimension, which is above 1 for all of them.",
            Axis::linear("digits"),
            Axis::logarithmic("error, and bounds of it"),
        )
        .with("VC bound", bars(|outcome| outcome.vc))
        .with("PAC-Bayes bound", bars(|outcome| outcome.bound))
        .with("Gibbs error on other digits", bars(|outcome| outcome.best()[3]));
        let mut figures = vec![lengths, comparison];
        if let Some(e) = evidence.iter().find(|e| e.task == Task::Halves) {
            figures.push(
                Figure::new(
                    "margins",
                    "Normalized margins of 0–4 against 5–9",
                    "Cosines between weights and inputs, negative where the classifier errs. The noise of the posterior has length 1 in each direction, so that a mean of length 11 moves a margin of 0.1 by one deviation.",
                    Axis::linear("margin"),
                    Axis::linear("training digits"),
                )
                .with("margins", Mark::Histogram { values: e.outcome.margins.clone(), bins: 40 }),
            );
        }
        figures
    }
}

/// Inputs and whether their label is positive, of the samples that take part.
fn selected(samples: &Samples, task: Task) -> Result<Vec<(&[f64], bool)>, DataError> {
    let (labels, _) = samples.labels()?;
    Ok(samples.rows().zip(labels).filter_map(|(x, &label)| Some((x, task.positive(label)?))).collect())
}

/// Ridge regression of ±1 on inputs of norm 1.
fn ridge_direction(train: &[(&[f64], bool)]) -> Result<Vec<f64>, Failure> {
    let rows: Vec<_> =
        train.iter().map(|(x, _)| DVector::from_column_slice(x).normalize().transpose()).collect();
    let signs = DMatrix::from_fn(train.len(), 1, |i, _| if train[i].1 { 1.0 } else { -1.0 });
    let weights = ridge(&DMatrix::from_rows(&rows), &signs, 1e-3 * train.len() as f64)?;
    Ok(weights.as_slice().to_vec())
}
