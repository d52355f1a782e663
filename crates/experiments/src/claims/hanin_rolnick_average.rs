//! Random networks have about one piece a unit at any depth: exponentially many is what networks can, not what they do.

use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::breakpoints::Breakpoints;
use saddlepoint_theory::expressivity::depth_separation::pieces_at_most;
use saddlepoint_theory::expressivity::hanin_rolnick::first_layer_breakpoints;
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::sample::{mean, standard_error};
use crate::verdict::{Check, Judgement};

/// The claim `hanin-rolnick-average`.
pub struct HaninRolnickAverage;

/// Random networks of one shape, on `[−1, 1]` or its square.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// One or two.
    pub inputs: usize,
    /// Hidden widths.
    pub widths: Vec<usize>,
    /// Standard deviation of the biases.
    pub bias_deviation: f64,
    /// First seed.
    pub seed: u64,
    /// Number of networks.
    pub networks: u64,
}

/// Counts, one a network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Breakpoints on the line, regions in the plane.
    pub counts: Vec<usize>,
    /// On the line, the expected number of breakpoints of a unit of the first layer.
    pub first_layer: f64,
    /// On the line, `∏ (n + 1)`.
    pub at_most: f64,
}

impl Claim for HaninRolnickAverage {
    const CARD: Card = Card {
        id: "hanin-rolnick-average",
        version: 1,
        title: "Random networks have about as many pieces as units, however deep",
        statement: "The number of linear pieces of a ReLU network can be exponential in its depth. *On average over random weights* it is \
            not: on a segment it is at most a constant times length times number of units, whatever the depth, and in the plane at \
            most a constant times the square of the number of units.\n\n\
            For He-normal weights and biases of standard deviation $\\sigma_b$, a unit of the first layer breaks in \
            $[-1,1]$ with probability $\\frac2\\pi\\arctan(\\sqrt2/\\sigma_b)$, exactly. Deeper networks with as many units have \
            *fewer* pieces than shallow ones, so that *deeper means more pieces* is true of the maximum only.",
        sources: &[
            Source {
                citation: "Hanin, Rolnick, Complexity of linear regions in deep networks, ICML 2019, theorem 1",
                identifier: Some("arXiv:1901.09021"),
            },
            Source {
                citation: "Hanin, Rolnick, Deep ReLU networks have surprisingly few activation patterns, NeurIPS 2019, theorem 5",
                identifier: Some("arXiv:1906.00904"),
            },
        ],
        hypotheses: &[
            "independent normal weights of variance $2/\\text{inputs}$ and biases of standard deviation $\\sigma_b$",
            "at initialization: nothing is said about trained networks",
        ],
        kind: Kind::Statistical,
        tags: &["expressivity", "depth", "regions"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let shapes =
            [64, 128].into_iter().flat_map(|units| [1, 2, 4, 8].map(|depth| vec![units / depth; depth]));
        let line = shapes.flat_map(|widths| {
            [1.0, 0.1].map(|bias_deviation| Task {
                inputs: 1,
                widths: widths.clone(),
                bias_deviation,
                seed,
                networks: profile.pick(60, 100, 1000),
            })
        });
        let plane = [1, 2, 4, 8].map(|depth| Task {
            inputs: 2,
            widths: vec![32 / depth; depth],
            bias_deviation: 1.0,
            seed,
            networks: profile.pick(30, 30, 300),
        });
        line.chain(plane).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let widths = [&[task.inputs], &task.widths[..], &[1]].concat();
        let square = Rectangle::new([-1.0; 2], [1.0; 2])?;
        let count = |seed| {
            lab.go_on()?;
            let mut stream = Stream::new(seed);
            let network = ReluNetwork::he_normal(&widths, task.bias_deviation, &mut || stream.normal())?;
            Ok(match task.inputs {
                1 => Breakpoints::of(&network, -1.0, 1.0)?.activation_regions() - 1,
                _ => Regions::of(&network, square)?.len(),
            })
        };
        let shape: Vec<u32> = task.widths.iter().map(|&n| n as u32).collect();
        Ok(Outcome {
            counts: (task.seed..task.seed + task.networks).map(count).collect::<Result<_, Failure>>()?,
            first_layer: first_layer_breakpoints(2f64.sqrt(), task.bias_deviation, -1.0, 1.0)?,
            at_most: pieces_at_most(&shape).to_string().parse()?,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for e in evidence.iter().filter(|e| e.task.inputs == 1) {
            let Task { widths, bias_deviation, .. } = &e.task;
            let (ratio, error) = a_unit(e);
            let what = format!("breakpoints a unit, {widths:?}, σ_b = {bias_deviation}");
            checks.push(Check::within(what.clone(), ratio, 0.2..=1.05));
            if widths.len() == 1 {
                let z = (ratio - e.outcome.first_layer) / error;
                checks.push(Check::within(
                    format!("{what}: standard errors from the closed form"),
                    z,
                    -4.0..=4.0,
                ));
            }
            let wide: Vec<usize> = widths.iter().map(|n| 2 * n).collect();
            if let Some(other) = on_the_line(evidence, &wide, *bias_deviation) {
                checks.push(Check::within(
                    format!("{what}: ratio of twice the width to it"),
                    a_unit(other).0 / ratio,
                    0.75..=1.25,
                ));
            }
            if *widths == [16; 8] {
                let most = e.outcome.counts.iter().max().map_or(f64::NAN, |&n| (n + 1) as f64);
                checks.push(Check::at_most(
                    format!("{what}: most pieces over ∏(n + 1)"),
                    most / e.outcome.at_most,
                    1e-4,
                ));
            }
        }
        let plane: Vec<_> = evidence.iter().filter(|e| e.task.inputs == 2).collect();
        for pair in plane.windows(2) {
            // The same seeds: differences are paired.
            let counts = pair[0].outcome.counts.iter().zip(&pair[1].outcome.counts);
            let differences: Vec<f64> = counts.map(|(&a, &b)| a as f64 - b as f64).collect();
            checks.push(Check::at_least(
                format!(
                    "standard errors by which {:?} has more regions than {:?}",
                    pair[0].task.widths, pair[1].task.widths
                ),
                mean(&differences) / standard_error(&differences),
                2.0,
            ));
        }
        Judgement::from_checks(
            "At every depth random networks have at most about one piece a unit, and deeper ones have fewer.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let ratios = |units: usize, deviation: f64| {
            let chosen = evidence.iter().filter(move |e| {
                e.task.inputs == 1
                    && e.task.bias_deviation == deviation
                    && e.task.widths.iter().sum::<usize>() == units
            });
            chosen.map(|e| (e.task.widths.len() as f64, a_unit(e).0, a_unit(e).1)).collect::<Vec<_>>()
        };
        let log = |units: usize, deviation: f64, of: fn(&Evidence<Task, Outcome>) -> f64| {
            let chosen = evidence.iter().filter(move |e| {
                e.task.inputs == 1
                    && e.task.bias_deviation == deviation
                    && e.task.widths.iter().sum::<usize>() == units
            });
            chosen.map(|e| (e.task.widths.len() as f64, of(e))).collect::<Vec<_>>()
        };
        let mean_pieces = |e: &Evidence<Task, Outcome>| {
            e.outcome.counts.iter().map(|&n| (n + 1) as f64).sum::<f64>() / e.outcome.counts.len() as f64
        };
        vec![
            Figure::new(
                "ratio",
                "Breakpoints a unit of random networks on [−1, 1]",
                "Units of the first layer break with the probability of the closed form. Deeper networks with as many units break less often, not more. Bars are standard errors.",
                Axis::linear("hidden layers"),
                Axis::linear("breakpoints / units"),
            )
            .measured("64 units, σ_b = 1", ratios(64, 1.0))
            .measured("128 units, σ_b = 1", ratios(128, 1.0))
            .measured("64 units, σ_b = 0.1", ratios(64, 0.1))
            .measured("128 units, σ_b = 0.1", ratios(128, 0.1)),
            Figure::new(
                "possible",
                "Pieces that 128 units can have, and have on average",
                "What is possible grows by orders of magnitude with each further layer; what random weights do hardly changes.",
                Axis::linear("hidden layers"),
                Axis::logarithmic("pieces"),
            )
            .reference("at most, ∏(n + 1)", log(128, 1.0, |e| e.outcome.at_most))
            .points("mean of random networks", log(128, 1.0, mean_pieces)),
        ]
    }
}

/// Mean breakpoints a unit, with its standard error.
fn a_unit(e: &Evidence<Task, Outcome>) -> (f64, f64) {
    let units = e.task.widths.iter().sum::<usize>() as f64;
    let ratios: Vec<f64> = e.outcome.counts.iter().map(|&n| n as f64 / units).collect();
    (mean(&ratios), standard_error(&ratios))
}

fn on_the_line<'a>(
    evidence: &'a [Evidence<Task, Outcome>],
    widths: &[usize],
    bias_deviation: f64,
) -> Option<&'a Evidence<Task, Outcome>> {
    let matches =
        |task: &Task| task.inputs == 1 && task.widths == widths && task.bias_deviation == bias_deviation;
    evidence.iter().find(|e| matches(&e.task))
}
