//! With what probability descent from a random start reaches the valley of a ReLU network on the line.

use saddlepoint_landscape::analytic::{Reading, ScalarReluNetwork, TwoParameterMlp};
use saddlepoint_landscape::descent::{GradientDescent, StopRule};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_models::random::Stream;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample::deviation_of_share;
use crate::verdict::{Check, Judgement};

/// The claim `seed4-init-success`.
pub struct Seed4InitSuccess;

/// Descents from standard normal starts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    network: Network,
    step: f64,
    starts: usize,
    seed: u64,
}

/// Which loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// A network with this many hidden units.
    Units(u32),
    /// The snippet with swapped arguments.
    Swapped,
}

/// Where they end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Descents that end in the valley.
    reached: usize,
    /// Descents whose end is the one that the flow from their start has.
    predicted: usize,
    /// The first starts that reach the valley, and the first that do not: for the map of one unit.
    map: [Vec<(f64, f64)>; 2],
}

/// The flow's time: steps times their length.
const TIME: f64 = 5.0;
/// Points of the map of each kind, at most.
const SHOWN: usize = 800;

impl Claim for Seed4InitSuccess {
    const CARD: Card = Card {
        id: "seed4-init-success",
        version: 2,
        title: "Descent reaches the valley of a one-unit ReLU network from three eighths of all starts",
        statement: "On the loss surface of `seed4-mlp-landscape` gradient flow conserves $w_1^2 - w_2^2$. From a start drawn from \
            $N(0, I_2)$ it reaches the valley of global minima exactly if $w_1 > 0$ and $w_1 > -w_2$, an angle of 135 degrees: with \
            probability $3/8$. Otherwise the unit dies, and descent stays on the plateau.\n\n\
            With $m$ units, $f(x) = \\sum_jv_j\\mathrm{relu}(w_jx)$, one unit with $w_j > 0$ and $w_j > -v_j$ is enough: the \
            probability is $1-(5/8)^m$. Width makes bad ends rare, never impossible: the set of dead starts has a positive measure \
            at every width.\n\n\
            The lecture's snippet as it is written, with swapped arguments, has another surface, and there the probability is \
            $1/2$.",
        sources: &[Source {
            citation: "Ollion, Grisel, Learning with Deep Networks: Expressivity, Optimization & Generalization, the loss surface \
                of a two-parameter MLP; the probabilities derived for this project",
            identifier: None,
        }],
        hypotheses: &[
            "standard normal weights",
            "a step so small that descent follows the flow: here at most 0.002",
        ],
        kind: Kind::Statistical,
        tags: &["landscape", "minima", "relu", "initialization"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let widths: &[u32] = profile.pick(&[1, 2, 4, 8], &[1, 2, 4, 8], &[1, 2, 3, 4, 6, 8, 16]);
        let (step, parts, starts) = profile.pick((2e-3, 1, 2000), (1e-3, 4, 5000), (1e-3, 20, 10_000));
        let networks = widths.iter().map(|&units| Network::Units(units)).chain([Network::Swapped]);
        let tasks = networks.flat_map(|network| (0..parts).map(move |_| network)).zip(seed..);
        tasks.map(|(network, seed)| Task { network, step, starts, seed }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let stop = StopRule { steps: (TIME / task.step).round() as usize, gradient_norm: 1e-6 };
        let descent = GradientDescent::new(task.step, stop)?;
        let mut outcome = Outcome { reached: 0, predicted: 0, map: [Vec::new(), Vec::new()] };
        let swapped = TwoParameterMlp::seed42(Reading::Swapped);
        let one = TwoParameterMlp::seed42(Reading::Intended);
        for trial in 0..task.starts {
            if trial % 100 == 0 {
                lab.go_on()?;
            }
            let (start, reached, flows) = match task.network {
                Network::Units(units) => {
                    let network = ScalarReluNetwork::on_data_of(&one, units as usize)?;
                    let start = stream.normals(network.dimension());
                    let end = descent.run(&network, &start)?.point;
                    let flows = network.flow_reaches_minimum(&start)?;
                    (start, network.is_minimum(&end, NEAR)?, flows)
                }
                Network::Swapped => {
                    let start = stream.normals(2);
                    let end = descent.run(&swapped, &start)?.point;
                    let flows = start[0] * start[1] > 0.0;
                    (start, swapped.value(&end)? - swapped.minimum() <= NEAR * swapped.plateau(), flows)
                }
            };
            outcome.reached += usize::from(reached);
            outcome.predicted += usize::from(reached == flows);
            let list = &mut outcome.map[usize::from(!reached)];
            if task.network == Network::Units(1) && list.len() < SHOWN {
                list.push((start[0], start[1]));
            }
        }
        Ok(outcome)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for rate in rates(evidence) {
            let n = rate.starts as f64;
            let standard_error = deviation_of_share(rate.probability, n);
            let what =
                format!("share of starts that reach the valley, {}, within 4 standard errors", rate.name());
            checks.push(Check::absolute(what, rate.reached as f64 / n, rate.probability, 4.0 * standard_error));
            let what = format!("share of starts for which the flow predicts the end, {}", rate.name());
            checks.push(Check::at_least(what, rate.predicted as f64 / n, 0.999));
        }
        Judgement::from_checks(
            "Descent reaches the valley from the starts that the flow says: three eighths of the plane, 1 − (5/8)^m with m units.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let shown = |kind: usize| {
            let one = evidence.iter().filter(|e| e.task.network == Network::Units(1));
            one.flat_map(move |e| e.outcome.map[kind].iter().copied()).take(SHOWN)
        };
        let map = Figure::new(
            "map",
            "Which starts reach the valley",
            "The two half-lines bound an angle of 135 degrees, three eighths of the plane: from there the one unit stays alive. From everywhere else it dies, at once or on the way.",
            Axis::linear("w₁"),
            Axis::linear("w₂"),
        )
        .points("reaches the valley", shown(0))
        .points("ends on the plateau", shown(1))
        .reference("w₁ = 0", [(0.0, 0.0), (0.0, 3.5)])
        .reference("w₂ = −w₁", [(0.0, 0.0), (3.5, -3.5)]);
        let rates = rates(evidence);
        let wide = || rates.iter().filter_map(|rate| Some((f64::from(rate.units()?), rate)));
        let width = Figure::new(
            "width",
            "Width makes bad ends rare, never impossible",
            "The share of starts that die is (5/8)^m; bars are four standard errors.",
            Axis::linear("units m"),
            Axis::logarithmic("share of starts that end on the plateau"),
        )
        .reference("(5/8)^m", wide().map(|(m, rate)| (m, 1.0 - rate.probability)))
        .measured(
            "measured",
            wide().map(|(m, rate)| {
                let n = rate.starts as f64;
                (m, 1.0 - rate.reached as f64 / n, 4.0 * deviation_of_share(rate.probability, n))
            }),
        );
        vec![map, width]
    }
}

/// A loss this near to the minimum, relative to the plateau's height, counts as reached.
const NEAR: f64 = 1e-6;

/// All tasks of a network together.
struct Rate {
    network: Network,
    probability: f64,
    starts: usize,
    reached: usize,
    predicted: usize,
}

impl Rate {
    fn units(&self) -> Option<u32> {
        match self.network {
            Network::Units(units) => Some(units),
            Network::Swapped => None,
        }
    }

    fn name(&self) -> String {
        self.units().map_or_else(|| "arguments swapped".into(), |units| format!("m = {units}"))
    }
}

fn rates(evidence: &[Evidence<Task, Outcome>]) -> Vec<Rate> {
    let networks: std::collections::BTreeSet<Network> = evidence.iter().map(|e| e.task.network).collect();
    let rate = |network| {
        let tasks = || evidence.iter().filter(move |e| e.task.network == network);
        let probability = match network {
            Network::Units(units) => ScalarReluNetwork::success_probability(units),
            Network::Swapped => 0.5,
        };
        let sum = |count: fn(&Evidence<Task, Outcome>) -> usize| tasks().map(count).sum();
        Rate {
            network,
            probability,
            starts: sum(|e| e.task.starts),
            reached: sum(|e| e.outcome.reached),
            predicted: sum(|e| e.outcome.predicted),
        }
    };
    networks.into_iter().map(rate).collect()
}
