//! What one threshold unit cannot compute, two hidden units can, and descent often does not find.

use saddlepoint_landscape::analytic::{Activation, HiddenLayer};
use saddlepoint_landscape::descent::AdaptiveDescent;
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::threshold_order::BooleanFunction;
use saddlepoint_theory::expressivity::xor;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::portrait::Portrait;
use crate::sample::Proportion;
use crate::verdict::{Check, Judgement};

/// The claim `xor-perceptron`.
pub struct XorPerceptron;

/// What the hidden units compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// `max(0, z)`.
    Relu,
    /// `tanh z`.
    Tanh,
    /// `1/(1 + e^{−z})`.
    Logistic,
}

impl Unit {
    const ALL: [Unit; 3] = [Unit::Relu, Unit::Tanh, Unit::Logistic];

    fn activation(self) -> Activation {
        match self {
            Unit::Relu => Activation::Relu,
            Unit::Tanh => Activation::Tanh,
            Unit::Logistic => Activation::Logistic,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Unit::Relu => "ReLU",
            Unit::Tanh => "tanh",
            Unit::Logistic => "logistic",
        }
    }
}

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// What is decided exactly.
    Exact,
    /// Networks of one width from many starts.
    Train {
        /// Hidden units compute this.
        unit: Unit,
        /// Number of hidden units.
        width: usize,
        /// How many starts.
        starts: usize,
        /// Seed of the starts.
        seed: u64,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Outcome {
    /// Decided in integers.
    Exact {
        /// Functions of two bits that one threshold unit computes.
        separable: usize,
        /// Functions whose certificate does not hold.
        unproved: usize,
        /// Whether exclusive or is one of them.
        xor_separable: bool,
        /// The most points on which a threshold unit agrees with exclusive or.
        agreement: usize,
        /// Weights of the corners under which both sides have the same mean.
        refutation: Vec<String>,
        /// Outputs of the network with two ReLU units at the four corners.
        network: Vec<f64>,
        /// Its output over the plane.
        portrait: Portrait,
    },
    /// Mean squared errors at the end.
    Train {
        /// One for each start.
        losses: Vec<f64>,
    },
}

/// Below this mean squared error a network has learnt.
const LEARNT: f64 = 1e-3;
const STEPS: usize = 3000;
/// The losses of networks that fit none, one or two of the corners and give the others their mean.
const STUCK: [f64; 3] = [1.0 / 4.0, 1.0 / 6.0, 1.0 / 8.0];

impl Claim for XorPerceptron {
    const CARD: Card = Card {
        id: "xor-perceptron",
        version: 1,
        title: "No threshold unit computes exclusive or; two hidden units do, but are often not found",
        statement: r"No weights make $w_1x_1 + w_2x_2 + b$ positive exactly at the corners of the unit square where
            $x_1 \ne x_2$: the two diagonals cross. The best threshold unit is right at three corners of four, and $14$ of
            the $16$ functions of two bits are separable. With two hidden units
            $$\operatorname{relu}(x_1 + x_2) - 2\operatorname{relu}(x_1 + x_2 - 1)$$
            is exclusive or, exactly.

            That a network can compute it does not mean that training finds it. From normal weights, Adam on the mean squared
            error succeeds with one hidden unit never, with two ReLU units in about a fifth of all runs, and the more often
            the wider the layer. Networks that fail are stuck where none, one or two corners are fitted and the
            others get their mean: at losses $\tfrac14$, $\tfrac16$, $\tfrac18$.",
        sources: &[
            Source {
                citation: "Minsky, Papert, Perceptrons: an introduction to computational geometry, MIT Press 1969",
                identifier: None,
            },
            Source {
                citation: "Goodfellow, Bengio, Courville, Deep learning, MIT Press 2016, section 6.1",
                identifier: None,
            },
        ],
        hypotheses: &[
            "trained: weights drawn from a standard normal distribution, biases zero, linear output, $3{,}000$ steps of Adam at \
                rate $0.02$; success is a mean squared error below $10^{-3}$",
            "the rates are compared at $m = 2, 4, 8$ by gaps of more than four standard errors; with $150$ starts each and the \
                rates of the catalogue ($0.195$, $0.65$, $0.9575$) this is expected to hold with probability above $0.999$",
        ],
        kind: Kind::Statistical,
        tags: &["expressivity", "landscape", "perceptron"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let (starts, units, widths): (usize, &[Unit], &[usize]) = profile.pick(
            (150, &[Unit::Relu], &[1, 2, 4, 8]),
            (400, &Unit::ALL, &[1, 2, 3, 4, 8, 16]),
            (10_000, &Unit::ALL, &[1, 2, 3, 4, 6, 8, 12, 16]),
        );
        let train = units.iter().flat_map(|&unit| {
            widths.iter().map(move |&width| Task::Train { unit, width, starts, seed: seed + width as u64 })
        });
        [Task::Exact].into_iter().chain(train).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        Ok(match *task {
            Task::Exact => exact()?,
            Task::Train { unit, width, starts, seed } => {
                let network = HiddenLayer::exclusive_or(unit.activation(), width)?;
                let (adam, mut stream, mut losses) =
                    (AdaptiveDescent::adam(0.02)?, Stream::new(seed), Vec::new());
                for _ in 0..starts {
                    lab.go_on()?;
                    // Unit after unit two weights, a bias, an output weight; the output's bias last.
                    let block = |stream: &mut Stream| [stream.normal(), stream.normal(), 0.0, stream.normal()];
                    let mut start: Vec<f64> = (0..width).flat_map(|_| block(&mut stream)).collect();
                    start.push(0.0);
                    losses.push(network.value(&adam.run(&network, &start, STEPS)?)?);
                }
                Outcome::Train { losses }
            }
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence {
            match (&e.task, &e.outcome) {
                (_, Outcome::Exact { separable, unproved, xor_separable, agreement, network, .. }) => {
                    checks.push(Check::equal("separable functions of two bits, of 16", *separable, 14));
                    checks.push(Check::equal("of the 16, whose certificate does not hold", *unproved, 0));
                    checks.push(Check::equal("exclusive or is separable", *xor_separable, false));
                    checks.push(Check::equal("corners of four at which the best unit is right", *agreement, 3));
                    let shown = format!("{network:?}");
                    let expected = "[0.0, 1.0, 1.0, 0.0]".to_owned();
                    checks.push(Check::equal(
                        "the network with two ReLU units at the corners",
                        shown,
                        expected,
                    ));
                }
                (Task::Train { unit, width: 1, starts, .. }, Outcome::Train { losses }) => {
                    let what = format!("of {starts} networks with one {} unit, learnt", unit.name());
                    checks.push(Check::equal(what, learnt(losses), 0));
                }
                _ => {}
            }
        }
        let rates: Vec<Rate> = rates(evidence).into_iter().filter(|rate| rate.unit == Unit::Relu).collect();
        let at = |width| rates.iter().find(|rate| rate.width == width);
        for (narrow, wide) in [(2, 4), (4, 8)] {
            let gap = at(narrow).zip(at(wide)).map_or(f64::NAN, |(narrow, wide)| {
                (wide.share.value() - narrow.share.value())
                    / wide.share.standard_error().hypot(narrow.share.standard_error())
            });
            let what = format!("ReLU success rate at m = {wide} above that at m = {narrow}, standard errors");
            checks.push(Check::at_least(what, gap, 4.0));
        }
        let failures: Vec<f64> = stuck(evidence).collect();
        let near =
            failures.iter().filter(|loss| STUCK.iter().any(|level| (*loss - level).abs() <= 0.005)).count();
        let share = near as f64 / failures.len() as f64;
        let what = format!("share of {} failed ReLU networks within 0.005 of 1/4, 1/6 or 1/8", failures.len());
        checks.push(Check::at_least(what, share, 0.95));
        let percent = |width| at(width).map_or(f64::NAN, |rate| 100.0 * rate.share.value());
        let sentence = format!(
            "No threshold unit is right at more than 3 of 4 corners; training finds a solution with 2, 4 and 8 ReLU units in {:.0}, {:.0} and {:.0} % of runs.",
            percent(2),
            percent(4),
            percent(8)
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let plane = evidence.iter().find_map(|e| match &e.outcome {
            Outcome::Exact { portrait, .. } => Some(
                portrait
                    .figure(
                        "plane",
                        "Exclusive or, by two ReLU units",
                        "The output is a ridge along the diagonal on which exclusive or is true: 1 at two corners, 0 at the other two. No single straight border separates these pairs.",
                        ["x₁", "x₂"],
                        "output",
                    )
                    .points("false", [(0.0, 0.0), (1.0, 1.0)])
                    .points("true", [(0.0, 1.0), (1.0, 0.0)]),
            ),
            Outcome::Train { .. } => None,
        });
        let success = Figure::new(
            "success",
            "The wider the layer, the surer the success",
            "Two units suffice, but most networks of two ReLU units never find them. Smooth units do better, since they are never dead.",
            Axis::logarithmic("hidden units, m"),
            Axis::linear("share of starts that learn exclusive or"),
        );
        let rates = rates(evidence);
        let success = Unit::ALL.iter().fold(success, |figure, unit| {
            let own = rates.iter().filter(|rate| rate.unit == *unit);
            let points: Vec<_> =
                own.map(|rate| (rate.width as f64, rate.share.value(), rate.share.standard_error())).collect();
            if points.is_empty() { figure } else { figure.measured(unit.name(), points) }
        });
        let stuck = Figure::new(
            "stuck",
            "Failures are stuck at few losses",
            "A ReLU network that fails has fitted none, one or two of the four corners and gives the others their mean: losses 1/4, 1/6 and 1/8.",
            Axis::linear("mean squared error at the end"),
            Axis::linear("networks"),
        )
        .with("failed ReLU networks", Mark::Histogram { values: stuck(evidence).collect(), bins: 60 });
        plane.into_iter().chain([success, stuck]).collect()
    }
}

fn exact() -> Result<Outcome, Failure> {
    let tables = |table: usize| BooleanFunction::new(2, move |point| table >> point & 1 == 1);
    let target = BooleanFunction::parity(2)?;
    let (mut separable, mut unproved, mut agreement, mut xor_separable) = (0, 0, 0, false);
    for table in 0..16 {
        let function = tables(table)?;
        let order = function.order(&[])?;
        unproved += usize::from(!order.verify(&function));
        if order.degree() <= 1 {
            separable += 1;
            xor_separable |= function == target;
            let agree = function.values().iter().zip(target.values()).filter(|(a, b)| a == b).count();
            agreement = agreement.max(agree);
        }
    }
    let order = target.order(&[])?;
    let refutation = order.refutation().map_or(&[][..], |refutation| refutation.weights());
    Ok(Outcome::Exact {
        separable,
        unproved,
        xor_separable,
        agreement,
        refutation: refutation.iter().map(ToString::to_string).collect(),
        network: [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)].map(|(a, b)| xor::network(a, b)).to_vec(),
        portrait: Portrait::map([-0.25, 1.25], [-0.25, 1.25], |a, b| Ok(xor::network(a, b)))?,
    })
}

/// Successes of one kind of network.
struct Rate {
    unit: Unit,
    width: usize,
    share: Proportion,
}

fn learnt(losses: &[f64]) -> usize {
    losses.iter().filter(|loss| **loss < LEARNT).count()
}

fn rates(evidence: &[Evidence<Task, Outcome>]) -> Vec<Rate> {
    let rate = |e: &Evidence<Task, Outcome>| match (&e.task, &e.outcome) {
        (Task::Train { unit, width, .. }, Outcome::Train { losses }) => {
            let share = Proportion { successes: learnt(losses) as u64, runs: losses.len() as u64 };
            Some(Rate { unit: *unit, width: *width, share })
        }
        _ => None,
    };
    evidence.iter().filter_map(rate).collect()
}

/// Losses of the ReLU networks that did not learn.
fn stuck(evidence: &[Evidence<Task, Outcome>]) -> impl Iterator<Item = f64> {
    let losses = evidence.iter().flat_map(|e| match (&e.task, &e.outcome) {
        (Task::Train { unit: Unit::Relu, .. }, Outcome::Train { losses }) => losses.as_slice(),
        _ => &[],
    });
    losses.copied().filter(|loss| *loss >= LEARNT)
}
