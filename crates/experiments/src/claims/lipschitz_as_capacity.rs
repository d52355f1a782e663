//! Lipschitz estimates from both sides, for true and for random labels.

use saddlepoint_models::data::DataSet;
use saddlepoint_models::device::Precision;
use saddlepoint_theory::capacity::lipschitz::{averaged, product, sampled};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::digit_networks::{EPOCHS, Recipe, trained};
use crate::figure::{Axis, Figure, Mark};
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `lipschitz-as-capacity`.
pub struct LipschitzAsCapacity;

/// One network, and the training inputs at which its Jacobian is taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// How it is trained.
    pub recipe: Recipe,
    /// How many inputs, the first ones.
    pub points: usize,
}

/// How steep it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Norms of Jacobians at the inputs, from below.
    pub jacobians: Vec<f64>,
    /// The bound that averages over subsets of activations.
    pub averaged: f64,
    /// The product of spectral norms.
    pub product: f64,
    /// The part of the test images that it gets wrong.
    pub test_error: f64,
}

impl Outcome {
    fn steepest(&self) -> f64 {
        self.jacobians.iter().copied().reduce(maximum).unwrap_or(f64::NAN)
    }
}

/// An estimate of the Lipschitz constant.
type Estimate = fn(&Outcome) -> f64;

impl Claim for LipschitzAsCapacity {
    const CARD: Card = Card {
        id: "lipschitz-as-capacity",
        version: 1,
        title: "Fitting random labels takes a steeper network, by both estimates of its Lipschitz constant",
        statement: r"Train the same network on true and on random labels. The Lipschitz constant lies between the largest norm of a Jacobian at the
            training inputs and the product of spectral norms. On the same inputs both ends are larger after random labels: the lower one at
            least $1.4$ times, the upper one at least three times.

            The printed sentence is that networks with a low Lipschitz constant generalize better. What is shown here is a correlation in one family of
            networks: nothing says that a low constant makes a network generalize, and both ends are a factor of two to seven apart.",
        sources: &[
            Source {
                citation: "Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, figure 1",
                identifier: Some("arXiv:1706.08498"),
            },
            Source {
                citation: "Ollion, Grisel, Learning with deep networks: expressivity, optimization and generalization: the printed sentence",
                identifier: None,
            },
        ],
        hypotheses: &[
            "inputs of norm 1, a network 64-128-128-10 without biases, 300 epochs of Adam on 1,000 digits",
            "Jacobians are taken at the first training inputs: elsewhere the network may be steeper",
        ],
        kind: Kind::Training,
        tags: &["generalization", "lipschitz", "norms", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let points = profile.pick(50, 200, 1000);
        let task = |random_labels, offset| Task {
            recipe: Recipe { random_labels, examples: 1000, epochs: EPOCHS, seed: seed + offset },
            points,
        };
        (1..=profile.pick(1, 3, 10)).flat_map(|offset| [task(0.0, offset), task(1.0, offset)]).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let found = trained(task.recipe, lab)?;
        let network = found.relu_network()?;
        let mut jacobians = Vec::with_capacity(task.points);
        for x in found.train.rows().take(task.points) {
            lab.go_on()?;
            // An input on a kink has no Jacobian.
            jacobians.extend(sampled(&network, &[x]).ok().map(|found| found.bound));
        }
        lab.go_on()?;
        Ok(Outcome {
            jacobians,
            averaged: averaged(&network)?,
            product: product(&network)?,
            test_error: 1.0 - found.test_accuracy,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let (mut lower, mut upper) = (f64::INFINITY, f64::INFINITY);
        for (task, of_true, of_random) in pairs(evidence) {
            let seed = task.recipe.seed;
            let (a, b) = (of_random.steepest() / of_true.steepest(), of_random.product / of_true.product);
            checks.push(Check::at_least(
                format!("product of norms, random over true labels, seed {seed}"),
                b,
                3.0,
            ));
            let what = format!("largest Jacobian, random over true labels, seed {seed}");
            checks.push(Check::at_least(what, a, 1.4));
            let what = format!("test error, random minus true labels, seed {seed}");
            checks.push(Check::at_least(what, of_random.test_error - of_true.test_error, 0.5));
            (lower, upper) = (minimum(lower, a), minimum(upper, b));
        }
        let quotient = |of: fn(&Outcome) -> f64| {
            evidence.iter().map(|e| of(&e.outcome)).reduce(maximum).unwrap_or(f64::NAN)
        };
        let compared = pairs(evidence).len() as f64;
        checks.push(Check::at_least("seeds with both kinds of labels", compared, 1.0));
        let what = "largest quotient of a Jacobian and the averaged bound";
        checks.push(Check::at_most(what, quotient(|o| o.steepest() / o.averaged), 1.0));
        let what = "largest quotient of the averaged bound and the product";
        checks.push(Check::at_most(what, quotient(|o| o.averaged / o.product), 1.0 + 1e-12));
        let sentence = format!(
            "Random labels raise the upper estimate at least {upper:.1} times and the lower one {lower:.2} times."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut ends = Figure::new(
            "ends",
            "The Lipschitz constant from both sides",
            "Three estimates of each network: the largest Jacobian at training inputs below, the product of spectral norms above, and the averaged \
             bound between. Networks on the right learnt random labels.",
            Axis::linear("test error"),
            Axis::logarithmic("Lipschitz estimate"),
        );
        let estimates: [(&str, Estimate); 3] = [
            ("largest Jacobian", Outcome::steepest),
            ("averaged bound", |o| o.averaged),
            ("product of norms", |o| o.product),
        ];
        for (name, of) in estimates {
            ends = ends.points(name, evidence.iter().map(|e| (e.outcome.test_error, of(&e.outcome))));
        }
        let mut jacobians = Figure::new(
            "jacobians",
            "Norms of Jacobians at training inputs",
            "Random labels make the network steeper at nearly every input, not at a few. One seed.",
            Axis::linear("norm of the Jacobian"),
            Axis::linear("inputs"),
        );
        if let Some((_, of_true, of_random)) = pairs(evidence).first() {
            for (name, outcome) in [("true labels", of_true), ("random labels", of_random)] {
                jacobians =
                    jacobians.with(name, Mark::Histogram { values: outcome.jacobians.clone(), bins: 25 });
            }
        }
        vec![ends, jacobians]
    }
}

/// Tasks with the outcomes for true and for random labels.
fn pairs(evidence: &[Evidence<Task, Outcome>]) -> Vec<(&Task, &Outcome, &Outcome)> {
    let of_true = evidence.iter().filter(|e| e.task.recipe.random_labels == 0.0);
    of_true
        .filter_map(|e| {
            let same =
                |o: &&Evidence<Task, Outcome>| o.task.recipe == Recipe { random_labels: 1.0, ..e.task.recipe };
            Some((&e.task, &e.outcome, &evidence.iter().find(same)?.outcome))
        })
        .collect()
}
