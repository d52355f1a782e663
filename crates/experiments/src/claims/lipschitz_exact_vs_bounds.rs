//! The Lipschitz constant of networks in the plane, region by region, between what samples find and what products promise.

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::capacity::lipschitz::{averaged, largest_slope, product, sampled};
use saddlepoint_theory::expressivity::regions::{Rectangle, Region, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure, Mark};
use crate::sample::mean;
use crate::verdict::{Check, Judgement, maximum};

/// The claim `lipschitz-exact-vs-bounds`.
pub struct LipschitzExactVsBounds;

/// A random network of two inputs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Hidden widths.
    pub hidden: Vec<usize>,
    /// Of weights and points.
    pub seed: u64,
    /// Whether the slopes are kept for a plot.
    pub map: bool,
}

/// Its Lipschitz constant on the square, and what is known without regions.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Activation regions.
    pub regions: usize,
    /// The largest norm of a region's map, from below and from above.
    pub exact: [f64; 2],
    /// The largest norm of a gradient among random points.
    pub sampled: f64,
    /// The bound that averages over subsets of activations.
    pub averaged: f64,
    /// The product of spectral norms.
    pub product: f64,
    /// The part of the area by which the regions miss the square.
    pub area_defect: f64,
    /// Where a map is kept: outlines of regions, and the norm of the gradient on a grid.
    pub map: Option<Map>,
}

/// The slopes of a network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Map {
    /// Lines around all regions.
    pub outline: Vec<[f64; 2]>,
    /// Norms of gradients, row by row.
    pub slopes: Vec<Vec<f64>>,
}

/// Half the side of the square.
const HALF: f64 = 20.0;
/// Random points.
const POINTS: usize = 2000;
/// Grid points of a side of the map, and half its side.
const GRID: usize = 61;
const NEAR: f64 = 3.0;

/// Networks by which depths are compared have seeds from here on, where there are any.
const OTHERS: u64 = 100;

/// Constants and products of spectral norms of three networks of each shape, from an independent implementation.
pub const KNOWN: [(&[usize], [f64; 3], [f64; 3]); 4] = [
    (&[8], [1.877_843_91, 1.228_273_07, 1.733_822_02], [4.828_593_28, 1.711_329_85, 2.495_947_32]),
    (&[8, 8], [2.435_622_89, 1.365_437_82, 1.251_385_21], [11.903_549_9, 3.816_375_4, 5.299_032_73]),
    (&[16, 16], [2.028_554_42, 1.190_498_74, 1.490_974_44], [15.739_165_7, 7.640_780_01, 8.771_208_46]),
    (&[8, 8, 8], [0.949_789_03, 1.514_283_4, 1.119_540_94], [22.197_578_9, 7.274_854_11, 17.393_377_5]),
];

impl Claim for LipschitzExactVsBounds {
    const CARD: Card = Card {
        id: "lipschitz-exact-vs-bounds",
        version: 1,
        title: "Between samples and the product of norms: the Lipschitz constant, exactly, in the plane",
        statement: r"A ReLU network of two inputs is affine on polygons, so that its Lipschitz constant on a square is the largest norm of
            their maps. Always
            $$\max_{\text{samples}}\|\nabla f\|\le\mathrm{Lip}(f)\le\prod_i\|W_i\|_\sigma.$$
            The product is far from tight, and the further the deeper: for random networks with hidden layers of 8 units the geometric mean of
            the quotient of product and constant is larger with each of up to four layers. Two thousand random points miss the
            steepest region of many networks. A bound that averages over which units are active lies between.

            A first run compared arithmetic means of five networks each, and found the fourth layer at $0.88$ of the third: one network with a
            quotient of $23$ decided. The comparison is now of geometric means, over other networks, twenty of each depth.",
        sources: &[
            Source {
                citation: "Szegedy, Zaremba, Sutskever, Bruna, Erhan, Goodfellow, Fergus, Intriguing properties of neural networks, ICLR 2014, section 4.3",
                identifier: Some("arXiv:1312.6199"),
            },
            Source {
                citation: "Combettes, Pesquet, Lipschitz certificates for layered network structures driven by averaged activation \
                    operators, SIAM Journal on Mathematics of Data Science 2, 2020, theorem 4.2",
                identifier: Some("arXiv:1903.01014"),
            },
        ],
        hypotheses: &[
            "the constant is that on the square $[-20,20]^2$: outside, a network may be steeper",
            "weights of variance $2/\\text{inputs}$, of the last layer $1/\\text{inputs}$; standard normal biases; one output",
            "the norms of the maps are enclosed, the polygons are computed to nearest",
        ],
        kind: Kind::Exact,
        tags: &["generalization", "lipschitz", "norms", "regions"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let task = |hidden: &[usize], k: u64| Task {
            hidden: hidden.to_vec(),
            seed: seed + k,
            map: k == 1 && (hidden == [16, 16] || hidden == [8, 8, 8]),
        };
        let known = KNOWN.iter().flat_map(|(hidden, ..)| (1..=3).map(|k| task(hidden, k)));
        let depths = 1..=profile.pick(0, 4, 5);
        let others = depths
            .flat_map(|depth| (1..=profile.pick(0, 20, 100)).map(move |k| (vec![8; depth], OTHERS + k)))
            .map(|(hidden, k)| task(&hidden, k));
        known.chain(others).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let mut stream = Stream::new(task.seed);
        let network = drawn(&task.hidden, &mut stream)?;
        let square = Rectangle::new([-HALF; 2], [HALF; 2])?;
        let regions = Regions::of(&network, square)?;
        lab.go_on()?;
        let exact = largest_slope(&network, &regions)?.norm;
        let mut points = Stream::new(task.seed);
        let mut point = || [points.between(-HALF, HALF), points.between(-HALF, HALF)];
        let points: Vec<[f64; 2]> = (0..POINTS).map(|_| point()).collect();
        let sampled = sampled(&network, &points)?.bound;
        lab.go_on()?;
        let area: f64 = regions.iter().map(Region::area).sum();
        let map = if task.map { Some(map(&network)?) } else { None };
        Ok(Outcome {
            regions: regions.len(),
            exact: [exact.low(), exact.high()],
            sampled,
            averaged: averaged(&network)?,
            product: product(&network)?,
            area_defect: (area / square.area() - 1.0).abs(),
            map,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for (hidden, constants, products) in KNOWN {
            for ((seed, constant), expected) in (1..).zip(constants).zip(products) {
                let of = |e: &&Evidence<Task, Outcome>| e.task.hidden == hidden && e.task.seed == seed;
                let Some(Evidence { outcome, .. }) = evidence.iter().find(of) else { continue };
                let name = format!("{hidden:?}, seed {seed}");
                checks.push(Check::relative(
                    format!("Lipschitz constant, {name}"),
                    outcome.exact[0],
                    constant,
                    5e-9,
                ));
                checks.push(Check::relative(
                    format!("product of norms, {name}"),
                    outcome.product,
                    expected,
                    5e-9,
                ));
            }
        }
        let worst = |of: fn(&Outcome) -> f64| {
            evidence.iter().map(|e| of(&e.outcome)).reduce(maximum).unwrap_or(f64::NAN)
        };
        let quotients = [
            ("a sampled gradient over the constant", worst(|o| o.sampled / o.exact[1])),
            ("the constant over the averaged bound", worst(|o| o.exact[0] / o.averaged)),
            ("the averaged bound over the product", worst(|o| o.averaged / o.product)),
        ];
        for (what, quotient) in quotients {
            checks.push(Check::at_most(format!("largest quotient of {what}"), quotient, 1.0 + 1e-12));
        }
        checks.push(Check::at_most(
            "areas of regions: part missing of the square",
            worst(|o| o.area_defect),
            1e-12,
        ));
        let slack = slack_by_depth(evidence);
        for pair in slack.windows(2) {
            let what = format!("geometric mean of the slack, {} layers of 8 over {}", pair[1].0, pair[0].0);
            checks.push(Check::at_least(what, pair[1].1 / pair[0].1, 1.0));
        }
        let missed = evidence.iter().filter(|e| e.outcome.sampled < e.outcome.exact[0] * (1.0 - 1e-9)).count();
        let what = format!("of {} networks, those whose steepest region no sample hits", evidence.len());
        checks.push(Check::at_least(what, missed as f64, 1.0));
        let sentence = format!(
            "The product of norms is up to {:.0} times the Lipschitz constant, and samples miss it in {missed} of {} networks.",
            worst(|o| o.product / o.exact[0]),
            evidence.len()
        );
        Judgement::from_checks(sentence, checks)
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let depth = |e: &Evidence<Task, Outcome>| e.task.hidden.len() as f64;
        let eights = || evidence.iter().filter(|e| e.task.hidden.iter().all(|&width| width == 8));
        let slack = Figure::new(
            "slack",
            "How loose the bounds are, by depth",
            "Bounds over the exact Lipschitz constant, for networks with hidden layers of 8 units; 1 is the constant itself. The product of \
             norms loses a factor with each layer; samples are below 1 where they miss the steepest region.",
            Axis::linear("hidden layers"),
            Axis::logarithmic("bound over the Lipschitz constant"),
        )
        .points("product of norms", eights().map(|e| (depth(e), e.outcome.product / e.outcome.exact[0])))
        .points("averaged bound", eights().map(|e| (depth(e), e.outcome.averaged / e.outcome.exact[0])))
        .points("2,000 samples", eights().map(|e| (depth(e), e.outcome.sampled / e.outcome.exact[1])))
        .line("product of norms, geometric mean", slack_by_depth(evidence))
        .reference("the constant", slack_by_depth(evidence).into_iter().map(|(depth, _)| (depth, 1.0)));
        let maps = evidence.iter().filter_map(|e| e.outcome.map.as_ref().map(|map| (e, map)));
        let map = |(e, map): (&Evidence<Task, Outcome>, &Map)| {
            let shape = e.task.hidden.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
            // Each slope is that in the middle of its cell.
            let ends = [-1.0, 1.0].map(|side| side * NEAR * GRID as f64 / (GRID - 1) as f64);
            let slopes = Mark::Image { x: ends, y: ends, z: map.slopes.clone(), title: "‖∇f‖".into() };
            Figure::new(
                &format!("slopes-{shape}"),
                &format!("Where a 2-{shape}-1 network is steep"),
                format!(
                    "The norm of the gradient, constant on each region. The largest on the whole square is {:.4}; the product of norms allows \
                     {:.1} everywhere.",
                    e.outcome.exact[0], e.outcome.product
                ),
                Axis::linear("x₁"),
                Axis::linear("x₂"),
            )
            .with("norm of the gradient", slopes)
            .line("sides of regions", map.outline.iter().map(|&[x, y]| (x, y)))
        };
        std::iter::once(slack).chain(maps.map(map)).collect()
    }
}

/// Layer by layer: weights with variance `2/inputs`, then standard normal biases; one output of variance `1/inputs`.
fn drawn(hidden: &[usize], stream: &mut Stream) -> Result<ReluNetwork, Failure> {
    let mut normal = || stream.normal();
    let body = ReluNetwork::he_normal(&[&[2], hidden].concat(), 1.0, &mut normal)?;
    let last = hidden[hidden.len() - 1];
    let scale = (1.0 / last as f64).sqrt();
    let output = DMatrix::from_fn(1, last, |_, _| scale * normal());
    let mut layers = body.layers().to_vec();
    layers.push((output, DVector::zeros(1)));
    Ok(ReluNetwork::new(layers)?)
}

fn grid() -> impl Iterator<Item = f64> {
    (0..GRID).map(|i| NEAR * (2.0 * i as f64 / (GRID - 1) as f64 - 1.0))
}

/// The regions near the origin and the norm of the gradient there.
fn map(network: &ReluNetwork) -> Result<Map, Failure> {
    let regions = Regions::of(network, Rectangle::new([-NEAR; 2], [NEAR; 2])?)?;
    let slope = |x: f64, y: f64| {
        // On a side between regions there is no gradient: a little beside it there is.
        let points = [[x, y], [x + 1e-9, y + 2e-9]];
        points.iter().find_map(|point| sampled(network, &[point]).ok()).map_or(0.0, |found| found.bound)
    };
    let slopes = grid().map(|y| grid().map(|x| slope(x, y)).collect()).collect();
    Ok(Map { outline: regions.outline(), slopes })
}

/// The geometric mean over networks of the product over the constant, for hidden layers of 8 units: of the networks that are no
/// reference, where there are any.
fn slack_by_depth(evidence: &[Evidence<Task, Outcome>]) -> Vec<(f64, f64)> {
    let first = evidence.iter().map(|e| e.task.seed).min().unwrap_or(0);
    let is_other = |e: &&Evidence<Task, Outcome>| e.task.seed >= first + OTHERS;
    let compared = |e: &&Evidence<Task, Outcome>| is_other(e) || !evidence.iter().any(|e| is_other(&e));
    let at = |depth: usize| {
        let of =
            evidence.iter().filter(|e| e.task.hidden.len() == depth && e.task.hidden.iter().all(|&w| w == 8));
        of.filter(compared).map(|e| (e.outcome.product / e.outcome.exact[0]).ln()).collect::<Vec<f64>>()
    };
    (1..=8).map(|depth| (depth as f64, mean(&at(depth)).exp())).filter(|(_, slack)| slack.is_finite()).collect()
}
