//! One hidden layer in the plane divides it like its lines: quadratically many regions, and fewer without biases.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use saddlepoint_theory::expressivity::zaslavsky::{central, in_general_position};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement};

/// The claim `zaslavsky-one-layer`.
pub struct ZaslavskyOneLayer;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// A random layer in the plane, on a square that holds all intersections.
    Random {
        /// Number of units.
        units: u32,
        /// Whether it has biases.
        biases: bool,
        /// Seed.
        seed: u64,
    },
    /// Lines `a x + b y + c = 0` in special position.
    Lines {
        /// What is special about them.
        what: String,
        /// Coefficients.
        lines: Vec<[f64; 3]>,
        /// The number of regions they have.
        regions: usize,
    },
    /// The formula in another dimension.
    Formula {
        /// Dimension.
        dimension: u32,
        /// Number of hyperplanes.
        hyperplanes: u32,
        /// The number of regions.
        regions: u32,
    },
}

/// Two numbers that are to be equal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

impl Claim for ZaslavskyOneLayer {
    const CARD: Card = Card {
        id: "zaslavsky-one-layer",
        version: 1,
        title: "One hidden layer of n units divides the plane into 1 + n + n(n − 1)/2 regions",
        statement: "The units of one hidden ReLU layer with $d$ inputs switch on $n$ hyperplanes. These divide space into at most \
            $$\\sum_{j\\le d}\\binom nj$$ regions, and into exactly so many if they are in general position, as those of random \
            weights and biases are with probability one.\n\n\
            A layer *without biases* is never in general position: all its hyperplanes meet in the origin, and there are \
            $2\\sum_{j<d}\\binom{n-1}j$ regions, in the plane $2n$.",
        sources: &[
            Source {
                citation: "Zaslavsky, Facing up to arrangements: face-count formulas for partitions of space by hyperplanes, \
                    Memoirs of the AMS 154, 1975, theorem A",
                identifier: Some("10.1090/memo/0154"),
            },
            Source {
                citation: "Cover, Geometrical and statistical properties of systems of linear inequalities, 1965, theorem 1",
                identifier: Some("10.1109/PGEC.1965.264137"),
            },
        ],
        hypotheses: &["general position: any $d$ hyperplanes meet in one point, and no $d+1$ in a common one"],
        kind: Kind::Exact,
        tags: &["expressivity", "regions"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let sizes: &[u32] = profile.pick(
            &[3, 5, 8, 12, 16],
            &[3, 5, 8, 12, 16, 24, 32, 48],
            &[3, 5, 8, 12, 16, 24, 32, 48, 64],
        );
        let random = sizes.iter().flat_map(|&units| {
            [true, false].map(|biases| Task::Random { units, biases, seed: seed + u64::from(units) })
        });
        let formula =
            [(2, 3, 7), (2, 5, 16), (2, 8, 37), (2, 12, 79), (2, 16, 137), (3, 3, 8), (3, 5, 26), (3, 10, 176)];
        let formula =
            formula.map(|(dimension, hyperplanes, regions)| Task::Formula { dimension, hyperplanes, regions });
        let lines = |what: &str, lines: &[[f64; 3]], regions| Task::Lines {
            what: what.into(),
            lines: lines.to_vec(),
            regions,
        };
        let special = [
            lines("two parallel lines and a third", &[[1.0, 0.0, 0.0], [1.0, 0.0, -1.0], [0.0, 1.0, 0.0]], 6),
            lines(
                "five lines through one point",
                &[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 2.0, 0.0]],
                10,
            ),
        ];
        random.chain(formula).chain(special).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let (found, expected) = match task {
            Task::Random { units, biases, seed } => {
                let mut stream = Stream::new(*seed);
                let deviation = if *biases { 1.0 } else { 0.0 };
                let widths = [2, *units as usize, 1];
                let network = ReluNetwork::he_normal(&widths, deviation, &mut || stream.normal())?;
                let expected = if *biases { in_general_position(2, *units) } else { central(2, *units) };
                (count(&network)?.to_string(), expected.to_string())
            }
            Task::Lines { lines, regions, .. } => {
                let weights = DMatrix::from_fn(lines.len(), 2, |i, j| lines[i][j]);
                let bias = DVector::from_fn(lines.len(), |i, _| lines[i][2]);
                let output = (DMatrix::repeat(1, lines.len(), 1.0), DVector::zeros(1));
                let network = ReluNetwork::new(vec![(weights, bias), output])?;
                (count(&network)?.to_string(), regions.to_string())
            }
            Task::Formula { dimension, hyperplanes, regions } => {
                (in_general_position(*dimension, *hyperplanes).to_string(), regions.to_string())
            }
        };
        Ok(Outcome { found, expected })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let check = |Evidence { task, outcome }: &Evidence<Task, Outcome>| {
            let what = match task {
                Task::Random { units, biases: true, .. } => format!("regions of {units} random lines"),
                Task::Random { units, .. } => format!("regions of {units} random lines through the origin"),
                Task::Lines { what, .. } => format!("regions of {what}"),
                Task::Formula { dimension, hyperplanes, .. } => {
                    format!("the formula for {hyperplanes} hyperplanes in dimension {dimension}")
                }
            };
            Check::equal(what, outcome.found.clone(), outcome.expected.clone())
        };
        Judgement::from_checks(
            "Random layers have exactly the regions of lines in general position, layers without biases those of lines through a point.",
            evidence.iter().map(check).collect(),
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let curve = |with: bool, of: fn(&Outcome) -> &String| {
            let point = |e: &Evidence<Task, Outcome>| match &e.task {
                Task::Random { units, biases, .. } if *biases == with => {
                    Some((f64::from(*units), of(&e.outcome).parse().unwrap_or(f64::NAN)))
                }
                _ => None,
            };
            evidence.iter().filter_map(point).collect::<Vec<_>>()
        };
        vec![
            Figure::new(
                "counts",
                "Regions of one hidden layer in the plane",
                "With biases the number grows with the square of the width, without them only in proportion: biases are what makes one layer expressive.",
                Axis::logarithmic("units"),
                Axis::logarithmic("regions"),
            )
            .points("with biases", curve(true, |o| &o.found))
            .points("without biases", curve(false, |o| &o.found))
            .reference("1 + n + n(n − 1)/2", curve(true, |o| &o.expected))
            .reference("2n", curve(false, |o| &o.expected)),
        ]
    }
}

/// The regions on a square so large that random lines meet inside.
fn count(network: &ReluNetwork) -> Result<usize, Failure> {
    Ok(Regions::of(network, Rectangle::new([-1e4; 2], [1e4; 2])?)?.len())
}
