//! With one weight, random search never finds more local minima than samples.

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::{SigmoidNeuron, neuron_line};
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::verdict::{Check, Judgement};

/// The claim `ahw-random-1d-upper`.
pub struct AhwRandom1dUpper;

/// How labels are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Labels {
    /// Uniform in `(0, 1)`.
    Uniform,
    /// 0 or 1, equally likely.
    Binary,
}

/// Random data sets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Samples of each.
    samples: usize,
    /// Their labels.
    labels: Labels,
    /// Number of data sets.
    draws: usize,
    /// Seed.
    seed: u64,
}

/// What they had.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Data sets by their number of local minima.
    histogram: Vec<usize>,
    /// Data sets whose critical points f64 intervals could not tell apart.
    undecided: usize,
    /// Data sets where minima and maxima do not alternate as the ends demand.
    inconsistent: usize,
}

impl Claim for AhwRandom1dUpper {
    const CARD: Card = Card {
        id: "ahw-random-1d-upper",
        version: 1,
        title: "With one weight, no data set was found with more local minima than samples",
        statement: "For $d = 1$ the error $E(w) = \\sum_{t=1}^n (y_t - \\sigma(w x_t))^2$ had at most $n$ local minima in every \
            random data set: one a sample, as in the construction of Auer, Herbster and Warmuth, which attains $n$. In higher \
            dimensions there are more, $\\binom{n}{d}$.\n\n\
            No proof is known to us; a violation would be a discovery. Every count is exact: all critical points on the real \
            line are bracketed and isolated by interval arithmetic.",
        sources: &[Source {
            citation: "Auer, Herbster, Warmuth, Exponentially many local minima for single neurons, NIPS 1995; the conjecture is this project's",
            identifier: None,
        }],
        hypotheses: &[
            "one weight, no bias",
            "here: inputs $\\pm 10^u$ with $u$ uniform in $[-2, 2]$, labels uniform in $(0, 1)$ or fair coins",
        ],
        kind: Kind::Statistical,
        tags: &["landscape", "minima", "neuron"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let draws = profile.pick(50, 1000, 20_000);
        let sizes = [2, 3, 4].into_iter();
        sizes
            .flat_map(|samples| {
                [Labels::Uniform, Labels::Binary].map(|labels| Task { samples, labels, draws, seed })
            })
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        // Sizes and kinds of labels draw from streams of their own.
        let kind = u64::from(task.labels == Labels::Binary);
        let mut stream = Stream::new(task.seed.wrapping_add(1000 * (2 * task.samples as u64 + kind)));
        let mut outcome = Outcome { histogram: vec![0; 2 * task.samples + 1], undecided: 0, inconsistent: 0 };
        for _ in 0..task.draws {
            lab.go_on()?;
            let inputs: Vec<f64> =
                (0..task.samples).map(|_| stream.sign() * 10f64.powf(stream.between(-2.0, 2.0))).collect();
            let label = |stream: &mut Stream| match task.labels {
                // The middle of a cell of the grid of uniforms is never 0.
                Labels::Uniform => stream.uniform() + 2f64.powi(-54),
                Labels::Binary => f64::from(stream.sign() > 0.0),
            };
            let labels = (0..task.samples).map(|_| label(&mut stream)).collect();
            let neuron = SigmoidNeuron::sum_of_squares(&DMatrix::from_vec(task.samples, 1, inputs), labels)?;
            let Ok(found) = neuron_line::critical_points(&neuron) else {
                outcome.undecided += 1;
                continue;
            };
            let last = outcome.histogram.len() - 1;
            outcome.histogram[found.minima().min(last)] += 1;
            // Between labels 0 and 1 the error rises at both ends, so one minimum more than maxima.
            let difference = found.minima().abs_diff(found.maxima());
            outcome.inconsistent +=
                usize::from(difference > 1 || task.labels == Labels::Uniform && difference == 0);
        }
        Ok(outcome)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut total) = (Vec::new(), 0);
        for Evidence { task, outcome } in evidence {
            total += task.draws - outcome.undecided;
            let at = format!("n = {}, {:?} labels", task.samples, task.labels);
            let most = outcome.histogram.iter().rposition(|count| *count > 0).unwrap_or(usize::MAX);
            checks.push(Check::at_most(
                format!("most minima of {} data sets, {at}", task.draws),
                most as f64,
                task.samples as f64,
            ));
            checks.push(Check::at_least(
                format!("most minima, {at}: the search sees several"),
                most as f64,
                1.0,
            ));
            checks.push(Check::at_most(
                format!("share not decided, {at}"),
                outcome.undecided as f64 / task.draws as f64,
                0.01,
            ));
            checks.push(Check::equal(
                format!("minima and maxima that do not alternate, {at}"),
                outcome.inconsistent,
                0,
            ));
        }
        Judgement::from_checks(
            format!("None of {total} random data sets with one weight has more local minima than samples."),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let bars = evidence.iter().map(|Evidence { task, outcome }| {
            let upto = 0..=task.samples + 1;
            let categories = upto.clone().map(|count| count.to_string()).collect();
            let heights = upto.map(|count| {
                outcome.histogram.get(count).copied().unwrap_or(0) as f64 / task.draws.max(1) as f64
            });
            (
                format!("n = {}, {:?}", task.samples, task.labels).to_lowercase(),
                Mark::Bars { categories, heights: heights.collect() },
            )
        });
        let figure = Figure::new(
            "histogram",
            "Local minima of random data sets",
            "The share of data sets by number of local minima, for two to four samples; the bar for one minimum more than samples is empty.",
            Axis::linear("local minima"),
            Axis::linear("share of data sets"),
        );
        vec![bars.fold(figure, |figure, (name, mark)| figure.with(name, mark))]
    }
}
