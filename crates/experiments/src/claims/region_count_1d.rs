//! The pieces of networks with one input, counted in floating point and exactly.

use num_rational::BigRational;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::breakpoints::Breakpoints;
use saddlepoint_theory::expressivity::depth_separation::pieces_at_most;
use saddlepoint_theory::expressivity::montufar::{folding_network_on_a_line, maximal_regions_at_least};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `region-count-1d`.
pub struct RegionCount1d;

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "kebab-case")]
pub enum Task {
    /// A network that folds a line, counted in both ways.
    Folding {
        /// Hidden widths.
        widths: Vec<u32>,
    },
    /// Random networks, counted in both ways.
    Exact {
        /// Hidden widths.
        widths: Vec<usize>,
        /// First seed.
        seed: u64,
        /// Number of networks.
        networks: u64,
    },
    /// Random networks of random shapes, in floating point.
    Many {
        /// First seed.
        seed: u64,
        /// Number of networks.
        networks: u64,
    },
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Activation regions in f64, one a network.
    pub regions: Vec<usize>,
    /// Maximal affine pieces in f64.
    pub pieces: Vec<usize>,
    /// Networks for which exact arithmetic finds other numbers; none is tried for many shapes.
    pub disagreements: usize,
    /// The largest share of the most pieces that the shape allows.
    pub largest_share: f64,
    /// Knots with outputs of the first network, for the figure.
    pub knots: Vec<[f64; 2]>,
}

impl Claim for RegionCount1d {
    const CARD: Card = Card {
        id: "region-count-1d",
        version: 1,
        title: "The pieces of a network on a line are counted exactly, rounding included",
        statement: "A ReLU network with one input is piecewise linear. Its breakpoints follow layer by layer: between neighbouring \
            ones every unit is affine, so that a unit which changes its sign there adds one. There are at most \
            $\\prod_l(n_l+1)$ pieces.\n\n\
            Two counts differ: *activation regions* have one pattern of active units, *affine pieces* are maximal intervals on \
            which the output is one line, and units that no output hears divide the first but not the second.\n\n\
            In floating point a breakpoint that lies on an older one is found again beside it. Keeping all numbers that are not \
            equal counts too many (754 instead of 750 on a folding network of widths 5, 5, 5, 5). Here every value carries a bound of \
            its rounding, breakpoints that cannot be told apart are one, and exact arithmetic finds the same numbers.",
        sources: &[
            Source {
                citation: "Montúfar, Pascanu, Cho, Bengio, On the number of linear regions of deep neural networks, NeurIPS 2014",
                identifier: Some("arXiv:1402.1869"),
            },
            Source {
                citation: "Raghu, Poole, Kleinberg, Ganguli, Sohl-Dickstein, On the expressive power of deep neural networks, \
                    ICML 2017",
                identifier: Some("arXiv:1606.05336"),
            },
        ],
        hypotheses: &[
            "one input, on an interval",
            "exactly: weights are taken for the rational numbers that they are",
        ],
        kind: Kind::Exact,
        tags: &["expressivity", "depth", "regions"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let folding: [&[u32]; 5] = [&[3, 3], &[3, 3, 3], &[4, 4, 4], &[2, 7, 3], &[5, 5, 5, 5]];
        let exact: [&[usize]; 4] = [&[8], &[6, 6], &[3, 3, 3], &[4, 4, 2]];
        let networks = profile.pick(3, 6, 30);
        let folding = folding.map(|widths| Task::Folding { widths: widths.to_vec() });
        let exact = exact.map(|widths| Task::Exact { widths: widths.to_vec(), seed, networks });
        let many =
            (0..5).map(|part| Task::Many { seed: seed + 100 * part, networks: profile.pick(20, 100, 1000) });
        folding.into_iter().chain(exact).chain(many).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        match task {
            Task::Folding { widths } => {
                let end = i32::try_from(widths[0])?;
                let network = folding_network_on_a_line(widths)?;
                let shape: Vec<usize> = widths.iter().map(|&n| n as usize).collect();
                count(&[(network, shape)], [0, end], true, lab)
            }
            Task::Exact { widths, seed, networks } => {
                let network = |seed| Ok((random(widths, seed)?, widths.clone()));
                let networks = (*seed..seed + networks).map(network).collect::<Result<Vec<_>, Failure>>()?;
                count(&networks, [-1, 1], true, lab)
            }
            Task::Many { seed, networks } => {
                let network = |seed| {
                    let mut stream = Stream::new(seed);
                    let widths: Vec<usize> = (0..=stream.index(4)).map(|_| 1 + stream.index(10)).collect();
                    Ok((random(&widths, stream.word())?, widths))
                };
                let networks = (*seed..seed + networks).map(network).collect::<Result<Vec<_>, Failure>>()?;
                count(&networks, [-2, 2], false, lab)
            }
        }
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        let (mut compared, mut disagreements, mut counted, mut share) = (0, 0, 0, 0f64);
        for Evidence { task, outcome } in evidence {
            counted += outcome.regions.len();
            share = maximum(share, outcome.largest_share);
            if !matches!(task, Task::Many { .. }) {
                compared += outcome.regions.len();
                disagreements += outcome.disagreements;
            }
            if let Task::Folding { widths } = task {
                let expected = maximal_regions_at_least(1, widths).map_or(String::new(), |n| n.to_string());
                for (what, found) in
                    [("activation regions", &outcome.regions), ("affine pieces", &outcome.pieces)]
                {
                    checks.push(Check::equal(
                        format!("{what} of the folding network {widths:?}"),
                        found.first().map_or(String::new(), usize::to_string),
                        expected.clone(),
                    ));
                }
            }
        }
        checks.push(Check::equal(
            format!("networks that exact arithmetic counts differently, of {compared}"),
            disagreements,
            0,
        ));
        checks.push(Check::at_most(
            format!("largest share of ∏(n + 1) pieces, of {counted} networks"),
            share,
            1.0,
        ));
        Judgement::from_checks(
            "Floating point counts what exact arithmetic counts, and no network has more pieces than its shape allows.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut figures = Vec::new();
        let mut draw = |id: &str, title: &str, caption: &str, knots: &[[f64; 2]]| {
            let knots: Vec<(f64, f64)> = knots.iter().map(|p| (p[0], p[1])).collect();
            figures.push(
                Figure::new(id, title, caption, Axis::linear("x"), Axis::linear("output"))
                    .line("network", knots.clone())
                    .points("knots", knots),
            );
        };
        for Evidence { task, outcome } in evidence {
            match task {
                Task::Folding { widths } if *widths == [3, 3, 3] => draw(
                    "folding",
                    "A network of three layers of three units that folds a line",
                    "Nine units, 36 pieces: the first two layers fold the line three times each, and what the last layer draws on one fold appears nine times.",
                    &outcome.knots,
                ),
                Task::Exact { widths, .. } if *widths == [6, 6] => draw(
                    "random",
                    "A random network of two layers of six units",
                    "Every dot inside is a point at which a unit switches. There are fewer than units, far from the 49 pieces that the shape allows.",
                    &outcome.knots,
                ),
                _ => (),
            }
        }
        figures
    }
}

fn random(widths: &[usize], seed: u64) -> Result<ReluNetwork, Failure> {
    let mut stream = Stream::new(seed);
    Ok(ReluNetwork::he_normal(&[&[1], widths, &[1]].concat(), 1.0, &mut || stream.normal())?)
}

fn count(
    networks: &[(ReluNetwork, Vec<usize>)],
    [low, high]: [i32; 2],
    exactly: bool,
    lab: &Lab,
) -> Result<Outcome, Failure> {
    let mut outcome =
        Outcome { regions: vec![], pieces: vec![], disagreements: 0, largest_share: 0.0, knots: vec![] };
    for (network, widths) in networks {
        lab.go_on()?;
        let found = Breakpoints::of(network, low.into(), high.into())?;
        let counts = (found.activation_regions(), found.affine_pieces());
        if exactly {
            let exact = Breakpoints::exactly(network, BigRational::integer(low), BigRational::integer(high))?;
            outcome.disagreements += usize::from(counts != (exact.activation_regions(), exact.affine_pieces()));
        }
        let shape: Vec<u32> = widths.iter().map(|&n| n as u32).collect();
        let most: f64 = pieces_at_most(&shape).to_string().parse()?;
        outcome.largest_share = maximum(outcome.largest_share, counts.0 as f64 / most);
        if outcome.regions.is_empty() {
            outcome.knots = found.knots().iter().zip(found.values()).map(|(x, y)| [*x, y[0]]).collect();
        }
        outcome.regions.push(counts.0);
        outcome.pieces.push(counts.1);
    }
    Ok(outcome)
}
