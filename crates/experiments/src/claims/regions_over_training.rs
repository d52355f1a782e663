//! The regions of a network in the plane, counted exactly while it learns.

use saddlepoint_models::data::planted::Spirals;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Training};
use saddlepoint_theory::expressivity::montufar::maximal_regions_at_least;
use saddlepoint_theory::expressivity::regions::{Rectangle, Region, Regions};
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::trained_relu::relu_network;
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `regions-over-training`.
pub struct RegionsOverTraining;

/// One network to train.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Units of each hidden layer.
    hidden: Vec<usize>,
    /// Numbers of updates after which regions are counted.
    moments: Vec<usize>,
    /// Whether maps are kept.
    maps: bool,
    seed: u64,
}

/// The network's regions at each moment, and how well it learnt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Activation regions.
    regions: Vec<usize>,
    /// Maximal affine pieces.
    pieces: Vec<usize>,
    /// The part of the square's area by which the areas of all regions miss it, at the worst moment.
    area_defect: f64,
    /// The part of the training points on the right side in the end.
    accuracy: f64,
    /// Where maps are kept: the network at each moment.
    maps: Vec<Map>,
}

/// A network as a map.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Map {
    /// A line through all sides of all regions.
    outline: Vec<[f64; 2]>,
    /// The network's output on a grid, row by row.
    heights: Vec<Vec<f64>>,
}

/// Half the side of the square in which regions are counted: the points are within 1 of the origin, and noise.
const HALF_SIDE: f64 = 1.25;
/// Grid points of a side.
const GRID: usize = 51;

impl Claim for RegionsOverTraining {
    const CARD: Card = Card {
        id: "regions-over-training",
        version: 1,
        title: "While a network learns, its regions stay as many as neurons squared over two",
        statement: "At a random start with densities for weights and biases, a ReLU network with $d$ inputs and $N$ neurons has on \
            average at most $(TN)^d/d!$ activation regions in a unit of volume, whatever its depth; the constant $T$ does not depend \
            on $N$. The largest number that its shape allows grows exponentially with depth instead. Training does not go there: the number \
            stays near $N^d/d!$.\n\n\
            Here a network $2$-$16$-$16$-$1$, so that $N^2/2 = 512$, learns to tell two spiral arms apart (200 points, logistic loss, \
            full batches, Adam at rate $10^{-2}$). Its regions in the square $[-1.25, 1.25]^2$ are counted exactly, in f64, \
            from the start to the last of up to 3,000 updates. At each moment, for every seed, the number is between $0.05$ and $2$ times $N^2/2$, and less than a quarter of what \
            Montúfar's construction reaches with the same shape.",
        sources: &[
            Source {
                citation: "Hanin, Rolnick, Deep ReLU networks have surprisingly few activation patterns, NeurIPS 2019, theorem 5 for \
                    the start, and measured over training",
                identifier: Some("arXiv:1906.00904"),
            },
            Source {
                citation: "Montúfar, Pascanu, Cho, Bengio, On the number of linear regions of deep neural networks, NeurIPS 2014, \
                    theorem 4",
                identifier: Some("arXiv:1402.1869"),
            },
        ],
        hypotheses: &[
            "weights and biases of the start are drawn from densities (uniform, as PyTorch's default): without biases all regions \
             are cones",
            "the bound is proven for the start; that training stays near it is measured, not proven",
        ],
        kind: Kind::Training,
        tags: &["expressivity", "regions", "relu"],
        data: &[],
        network: Some(Precision::F32),
    };

    const NATIVE: bool = true;

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let shapes: &[&[usize]] =
            profile.pick(&[&[16, 16]], &[&[16, 16]], &[&[16, 16], &[32, 32], &[16, 16, 16]]);
        let last = profile.pick(1000, 3000, 10_000);
        let moments: Vec<usize> =
            [0, 30, 100, 300, 1000, 3000, 10_000].into_iter().filter(|&moment| moment <= last).collect();
        let task = |(hidden, k): (&&[usize], u64)| Task {
            hidden: hidden.to_vec(),
            moments: moments.clone(),
            maps: k == 1,
            seed: seed + k,
        };
        let seeds = profile.pick(5, 10, 30);
        shapes.iter().flat_map(|hidden| (1..=seeds).map(move |k| (hidden, k))).map(task).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let (engine, mut stream) = (lab.engine()?, Stream::new(task.seed));
        let arms = Spirals { arms: 2, turns: 0.75, noise: 0.02 }.samples(200, &mut stream)?;
        let sides: Vec<f64> = arms.labels()?.0.iter().map(|&label| label as f64).collect();
        let points: Samples = arms.with_targets(Targets::Values(sides.clone()))?;
        let widths: Vec<usize> = [2].iter().chain(&task.hidden).chain(&[1]).copied().collect();
        let network = Mlp::new(&widths, Activation::Relu)?;
        let start = network.draw(Initialization::PytorchDefault, &mut stream);
        let risk = EmpiricalRisk::new(&network, &points, Loss::Logistic, Precision::F32, &engine)?;
        let square = Rectangle::new([-HALF_SIDE; 2], [HALF_SIDE; 2])?;
        let mut outcome =
            Outcome { regions: vec![], pieces: vec![], area_defect: 0.0, accuracy: f64::NAN, maps: vec![] };
        for &moment in &task.moments {
            // From the start each time: the same stream makes the same way.
            let training = Training::new(Loss::Logistic, Optimizer::adam(), Schedule::Constant { rate: 1e-2 })
                .limit(Limit::Steps(moment));
            let trained = risk.train_watched(&training, &start, &mut stream.clone(), &mut lab.watch())?;
            lab.go_on()?;
            let relu = relu_network(&widths, &trained.network)?;
            let regions = Regions::of(&relu, square)?;
            let area: f64 = regions.iter().map(Region::area).sum();
            outcome.area_defect = maximum(outcome.area_defect, (area / square.area() - 1.0).abs());
            outcome.regions.push(regions.len());
            outcome.pieces.push(regions.affine_pieces());
            let outputs = risk.outputs(&trained.network)?;
            let right = outputs.iter().zip(&sides).filter(|(z, side)| (**z > 0.0) == (**side > 0.5)).count();
            outcome.accuracy = right as f64 / outputs.len() as f64;
            if task.maps {
                let height = |x: f64, y: f64| relu.value(&[x, y]).map(|value| value[0]);
                let row = |&y: &f64| grid().iter().map(|&x| height(x, y)).collect::<Result<Vec<f64>, _>>();
                let heights = grid().iter().map(row).collect::<Result<_, _>>()?;
                outcome.maps.push(Map { outline: regions.outline(), heights });
            }
        }
        Ok(outcome)
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let worst = |value: fn(&Evidence<Task, Outcome>) -> f64| {
            evidence.iter().map(value).reduce(maximum).unwrap_or(f64::NAN)
        };
        let least = ratios(evidence).reduce(minimum).unwrap_or(f64::NAN);
        let most = ratios(evidence).reduce(maximum).unwrap_or(f64::NAN);
        let range = 0.05..=2.0;
        let checks = vec![
            Check::at_least("networks followed", evidence.len() as f64, 5.0),
            Check::at_least(
                "least accuracy on the training points in the end",
                -worst(|e| -e.outcome.accuracy),
                0.9,
            ),
            Check::within("fewest regions at any moment, over N²/2", least, range.clone()),
            Check::within("most regions at any moment, over N²/2", most, range),
            Check::at_most(
                "most regions, over those of Montúfar's construction",
                worst(|e| largest(&e.outcome.regions) / montufar(&e.task.hidden)),
                0.25,
            ),
            Check::at_most(
                "most affine pieces for one activation region",
                worst(|e| {
                    let pairs = e.outcome.pieces.iter().zip(&e.outcome.regions);
                    pairs.map(|(&pieces, &regions)| pieces as f64 / regions as f64).fold(0.0, maximum)
                }),
                1.0,
            ),
            Check::at_most(
                "areas of all regions: part missing of the square",
                worst(|e| e.outcome.area_defect),
                1e-9,
            ),
        ];
        let sentence = format!(
            "From start to end of training, networks have between {least:.2} and {most:.2} times N²/2 regions, far fewer than \
             their shape allows."
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut counts = Figure::new(
            "counts",
            "Regions over training",
            "One line a network. The number of regions moves with training and stays of the order of N²/2; what the shape allows \
             lies far above.",
            Axis::logarithmic("updates + 1"),
            Axis::logarithmic("activation regions in the square"),
        );
        let time = |moment: usize| moment as f64 + 1.0;
        for Evidence { task, outcome } in evidence {
            let curve = task.moments.iter().zip(&outcome.regions).map(|(&t, &n)| (time(t), n as f64));
            counts = counts.line(format!("{}, seed {}", shape(&task.hidden), task.seed), curve);
        }
        let Some(first) = evidence.first() else { return vec![counts] };
        let ends = [1.0, time(first.task.moments.last().copied().unwrap_or(0))];
        let levels = [
            (format!("N²/2, {}", shape(&first.task.hidden)), half_square(&first.task.hidden)),
            (format!("Montúfar's construction, {}", shape(&first.task.hidden)), montufar(&first.task.hidden)),
        ];
        for (name, level) in levels {
            counts = counts.reference(name, ends.map(|t| (t, level)));
        }
        let shown =
            evidence.iter().flat_map(|e| e.task.moments.iter().zip(&e.outcome.maps).map(move |m| (e, m)));
        let map = |(e, (moment, map)): (&Evidence<Task, Outcome>, (&usize, &Map))| {
            let height = Mark::Contour { x: grid(), y: grid(), z: map.heights.clone(), title: "output".into() };
            Figure::new(
                &format!("map-{}-after-{moment}", shape(&e.task.hidden)),
                &format!("Regions of a {} network after {moment} updates", shape(&e.task.hidden)),
                "Each polygon is a region on which the network is one affine map; colours are its output, positive on the side of \
                 one spiral arm. Zoom in: the smallest regions lie where the network bends most.",
                Axis::linear("x₁"),
                Axis::linear("x₂"),
            )
            .with("output", height)
            .line("sides of regions", map.outline.iter().map(|&[x, y]| (x, y)))
        };
        std::iter::once(counts).chain(shown.map(map)).collect()
    }
}

fn grid() -> Vec<f64> {
    (0..GRID).map(|i| HALF_SIDE * (2.0 * i as f64 / (GRID - 1) as f64 - 1.0)).collect()
}

fn shape(hidden: &[usize]) -> String {
    hidden.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

/// `N²/2` for `N` hidden units.
fn half_square(hidden: &[usize]) -> f64 {
    (hidden.iter().sum::<usize>() as f64).powi(2) / 2.0
}

/// The regions of Montúfar's construction; NaN where there is none.
fn montufar(hidden: &[usize]) -> f64 {
    let widths: Vec<u32> = hidden.iter().filter_map(|&width| u32::try_from(width).ok()).collect();
    let count = maximal_regions_at_least(2, &widths).ok().and_then(|count| count.to_string().parse().ok());
    count.unwrap_or(f64::NAN)
}

fn ratios(evidence: &[Evidence<Task, Outcome>]) -> impl Iterator<Item = f64> {
    evidence.iter().flat_map(|e| {
        let unit = half_square(&e.task.hidden);
        e.outcome.regions.iter().map(move |&regions| regions as f64 / unit)
    })
}

fn largest(counts: &[usize]) -> f64 {
    counts.iter().max().map_or(f64::NAN, |&count| count as f64)
}
