//! Norms grow as long as training goes on; divided by the margin they level off.

use saddlepoint_models::data::DataSet;
use saddlepoint_models::device::Precision;
use saddlepoint_theory::capacity::norms::spectral;
use saddlepoint_theory::capacity::spectral_complexity;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::digit_networks::{Recipe, trained};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `excess-capacity-over-epochs`.
pub struct ExcessCapacityOverEpochs;

/// A network after some epochs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// How it is trained, and how long.
    pub recipe: Recipe,
}

/// Its capacity and what it has learnt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// `∏‖A‖_σ`.
    pub product: f64,
    /// `R_A`.
    pub complexity: f64,
    /// The median margin on the training examples.
    pub margin: f64,
    /// Parts of the training and test images that it gets wrong.
    pub errors: [f64; 2],
}

/// A measure of a network.
type Measure = fn(&Outcome) -> f64;

/// The last two looks: training goes on three times as long.
const LATE: [usize; 2] = [100, 300];

impl Claim for ExcessCapacityOverEpochs {
    const CARD: Card = Card {
        id: "excess-capacity-over-epochs",
        version: 1,
        title: "Spectral norms keep growing after the test error has settled; over the margin they level off",
        statement: r"Train a network on true labels long after the test error has settled. The product of its spectral norms and its spectral
            complexity $R_A$ keep growing, so that neither can explain the test error by itself. The margins grow too: divided by the median margin,
            both settle as the error does.

            Judged between epochs $100$ and $300$, for each seed: the test error changes by at most one percentage point, the product grows at least $1.3$
            times and $R_A$ at least $1.2$ times, and both over the median margin change by a factor of at most $1.25$, up or down. For random labels the
            product over the margin ends at least five times as high.",
        sources: &[Source {
            citation: "Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, figure 1: excess risk and Lipschitz \
                constant over epochs",
            identifier: Some("arXiv:1706.08498"),
        }],
        hypotheses: &[
            "1,000 digits, inputs of norm 1, a network 64-128-128-10 without biases, He's start, Adam at rate $10^{-3}$, batches of 100",
            "without weight decay: cross-entropy falls as long as outputs grow, and norms with them",
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
        let moments: &[usize] =
            profile.pick(&LATE, &[1, 3, 10, 30, 100, 300], &[1, 3, 10, 30, 100, 300, 1000, 3000]);
        let mut tasks = Vec::new();
        for offset in 1..=profile.pick(1, 3, 10) {
            for random_labels in [0.0, 1.0] {
                // Of random labels the end alone is judged.
                let shown = if profile == Profile::Smoke && random_labels > 0.0 { &LATE[1..] } else { moments };
                tasks.extend(shown.iter().map(|&epochs| Task {
                    recipe: Recipe { random_labels, examples: 1000, epochs, seed: seed + offset },
                }));
            }
        }
        tasks
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let found = trained(task.recipe, lab)?;
        lab.go_on()?;
        Ok(Outcome {
            product: found.layers.product(spectral)?.midpoint(),
            complexity: spectral_complexity::of_layers(&found.layers)?.midpoint(),
            margin: found.margins()?.median().midpoint(),
            errors: [1.0 - found.train_accuracy, 1.0 - found.test_accuracy],
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let (mut raw, mut normalized) = (f64::INFINITY, f64::NEG_INFINITY);
        for (seed, trace) in traces(evidence, false) {
            let at = |epochs: usize| trace.iter().find(|point| point.0 == epochs).map(|point| point.1);
            let (Some(before), Some(after)) = (at(LATE[0]), at(LATE[1])) else { continue };
            let growth = |of: fn(&Outcome) -> f64| of(after) / of(before);
            let error = (after.errors[1] - before.errors[1]).abs();
            checks.push(Check::at_most(format!("change of the test error, seed {seed}"), error, 0.01));
            let (product, complexity) = (growth(|o| o.product), growth(|o| o.complexity));
            checks.push(Check::at_least(format!("growth of the product, seed {seed}"), product, 1.3));
            checks.push(Check::at_least(format!("growth of R_A, seed {seed}"), complexity, 1.2));
            raw = minimum(raw, product);
            let over_margin = [
                ("product over margin", growth(|o| o.product / o.margin)),
                ("R_A over margin", growth(|o| o.complexity / o.margin)),
            ];
            for (what, growth) in over_margin {
                checks.push(Check::within(format!("growth of {what}, seed {seed}"), growth, 0.8..=1.25));
                normalized = maximum(normalized, maximum(growth, 1.0 / growth));
            }
            let least = trace.windows(2).map(|pair| {
                minimum(pair[1].1.product / pair[0].1.product, pair[1].1.complexity / pair[0].1.complexity)
            });
            let least = least.reduce(minimum).unwrap_or(f64::NAN);
            checks.push(Check::at_least(format!("least growth from look to look, seed {seed}"), least, 1.0));
            let random = traces(evidence, true).into_iter().find(|(other, _)| *other == seed);
            if let Some((_, last)) = random.and_then(|(_, trace)| trace.last().copied()) {
                let ratio = (last.product / last.margin) / (after.product / after.margin);
                let what = format!("product over margin at the end, random over true labels, seed {seed}");
                checks.push(Check::at_least(what, ratio, 5.0));
            }
        }
        let sentence = format!(
            "From epoch 100 to 300 the product grows at least {raw:.2} times; over the margin nothing changes by more than {normalized:.2} times."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut capacity = Figure::new(
            "capacity",
            "Capacity over epochs",
            "True labels, one seed: norms and margins grow as long as training goes on. Their quotients settle early.",
            Axis::logarithmic("epochs"),
            Axis::logarithmic("value"),
        );
        let curves: [(&str, Measure); 5] = [
            ("R_A", |o| o.complexity),
            ("∏‖A‖", |o| o.product),
            ("median margin", |o| o.margin),
            ("R_A over median margin", |o| o.complexity / o.margin),
            ("∏‖A‖ over median margin", |o| o.product / o.margin),
        ];
        if let Some((_, trace)) = traces(evidence, false).first() {
            for (name, of) in curves {
                capacity =
                    capacity.line(name, trace.iter().map(|(epochs, outcome)| (*epochs as f64, of(outcome))));
            }
        }
        let mut normalized = Figure::new(
            "normalized",
            "Product of norms over the median margin",
            "Each line is a seed. Networks on random labels have no margin at first (what is negative is not drawn), and never one that their norms \
             would allow.",
            Axis::logarithmic("epochs"),
            Axis::logarithmic("∏‖A‖ / median margin"),
        );
        let mut errors = Figure::new(
            "errors",
            "Errors over epochs",
            "The test error on true labels settles long before the norms do; random labels are learnt, and nothing else.",
            Axis::logarithmic("epochs"),
            Axis::linear("part of the images that is wrong"),
        );
        for (random, labels) in [(false, "true labels"), (true, "random labels")] {
            for (i, (seed, trace)) in traces(evidence, random).into_iter().enumerate() {
                let at = |of: fn(&Outcome) -> f64| trace.iter().map(move |(epochs, o)| (*epochs as f64, of(o)));
                normalized = normalized.line(format!("{labels}, seed {seed}"), at(|o| o.product / o.margin));
                if i == 0 {
                    errors = errors
                        .line(format!("test, {labels}"), at(|o| o.errors[1]))
                        .reference(format!("training, {labels}"), at(|o| o.errors[0]));
                }
            }
        }
        vec![capacity, normalized, errors]
    }
}

/// By seed, the epochs in order with what was measured.
fn traces(evidence: &[Evidence<Task, Outcome>], random: bool) -> Vec<(u64, Vec<(usize, &Outcome)>)> {
    let of_labels = || evidence.iter().filter(move |e| (e.task.recipe.random_labels > 0.0) == random);
    let mut seeds: Vec<u64> = of_labels().map(|e| e.task.recipe.seed).collect();
    seeds.dedup();
    let trace = |seed: u64| {
        let of_seed = of_labels().filter(|e| e.task.recipe.seed == seed);
        let mut trace: Vec<_> = of_seed.map(|e| (e.task.recipe.epochs, &e.outcome)).collect();
        trace.sort_by_key(|point| point.0);
        (seed, trace)
    };
    seeds.into_iter().map(trace).collect()
}
