//! The polygons on which a network of two inputs is affine: a map that adds up, and two ways to count it.

use nalgebra::DVector;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::regions::{Rectangle, Region, Regions};
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use saddlepoint_theory::expressivity::serra::maximal_regions_at_most;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::verdict::{Check, Judgement, maximum};

/// The claim `region-count-2d`.
pub struct RegionCount2d;

/// A random network on a square.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Hidden widths.
    pub widths: Vec<usize>,
    /// Standard deviation of the biases.
    pub bias_deviation: f64,
    /// Half of the side of the square around the origin.
    pub half: f64,
    /// Seed of the network.
    pub seed: u64,
    /// Whether the map is kept for a plot.
    pub map: bool,
}

/// What a task measures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    /// Activation regions.
    pub regions: usize,
    /// Maximal connected affine pieces.
    pub pieces: usize,
    /// Serra's bound of the shape.
    pub at_most: f64,
    /// `|Σ areas / area − 1|`.
    pub area_defect: f64,
    /// The largest distance between the network and a region's affine map, inside of the region.
    pub map_error: f64,
    /// Regions whose pattern is not that of the network inside.
    pub wrong_patterns: usize,
    /// Lines around the regions of the first layer, of the first two, and so on; empty without a map.
    pub outlines: Vec<Vec<[f64; 2]>>,
}

impl Claim for RegionCount2d {
    const CARD: Card = Card {
        id: "region-count-2d",
        version: 1,
        title: "The regions of a network in the plane, as a map that adds up",
        statement: "A ReLU network with two inputs is affine on convex polygons. They follow layer by layer: each polygon is divided \
            by the lines on which a unit's input vanishes there. Their areas add up to the area of what was divided, and inside each \
            of them the network has its pattern and its affine map.\n\n\
            *Activation regions* have one pattern of active units. *Maximal affine pieces* are connected sets on which the \
            network is one affine map: neighbouring regions that differ only in units which no output hears are one piece, while \
            equal maps that do not touch stay two. No network has more regions than Serra's bound of its shape, \
            which random ones are far away from.",
        sources: &[
            Source {
                citation: "Montúfar, Pascanu, Cho, Bengio, On the number of linear regions of deep neural networks, NeurIPS 2014, \
                    section 2",
                identifier: Some("arXiv:1402.1869"),
            },
            Source {
                citation: "Serra, Tjandraatmadja, Ramalingam, Bounding and counting linear regions of deep neural networks, ICML 2018",
                identifier: Some("arXiv:1711.02114"),
            },
        ],
        hypotheses: &[
            "two inputs, on a square",
            "parts narrower than $10^{-12}$ of the largest coordinate are rounding, not regions",
        ],
        kind: Kind::Exact,
        tags: &["expressivity", "depth", "regions"],
        data: &[],
        network: None,
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        let shapes: &[&[usize]] = profile.pick(
            &[&[16], &[8, 8], &[5, 5, 5], &[16, 16]],
            &[&[16], &[64], &[8, 8], &[5, 5, 5], &[16, 16], &[16, 16, 16], &[32, 32], &[64, 64]],
            &[&[16], &[64], &[8, 8], &[16, 16], &[32, 32], &[64, 64], &[64, 64, 64]],
        );
        let repetitions = profile.pick(2, 3, 10);
        let task = |widths: &[usize], repetition: u64| Task {
            widths: widths.to_vec(),
            bias_deviation: 0.5,
            half: 2.0,
            seed: seed + repetition,
            map: repetition == 0 && (widths == [8, 8] || widths == [5, 5, 5]),
        };
        shapes.iter().flat_map(|widths| (0..repetitions).map(move |r| task(widths, r))).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        lab.go_on()?;
        let mut stream = Stream::new(task.seed);
        let widths = [&[2], &task.widths[..], &[1]].concat();
        let network = ReluNetwork::he_normal(&widths, task.bias_deviation, &mut || stream.normal())?;
        let square = Rectangle::new([-task.half; 2], [task.half; 2])?;
        let regions = Regions::of(&network, square)?;
        let (mut map_error, mut wrong_patterns) = (0f64, 0);
        for region in &regions {
            lab.go_on()?;
            let x = region.interior_point();
            let map = region.slopes() * DVector::from_column_slice(&x) + region.offsets();
            map_error = maximum(map_error, (map - network.value(&x)?).norm());
            // In slivers the middle lies within rounding of a line.
            wrong_patterns += usize::from(region.area() > 1e-6 && network.pattern(&x)? != region.pattern());
        }
        let shape: Vec<u32> = task.widths.iter().map(|&n| n as u32).collect();
        let outline = |layers: usize| -> Result<_, Failure> {
            // One layer more, whose units are no lines yet.
            Ok(Regions::of(&network.first(layers + 1)?, square)?.outline())
        };
        let layers = if task.map { task.widths.len() } else { 0 };
        Ok(Outcome {
            regions: regions.len(),
            pieces: regions.affine_pieces(),
            at_most: maximal_regions_at_most(2, &shape)?.to_string().parse()?,
            area_defect: (regions.iter().map(Region::area).sum::<f64>() / square.area() - 1.0).abs(),
            map_error,
            wrong_patterns,
            outlines: (1..=layers).map(outline).collect::<Result<_, _>>()?,
        })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let worst = |of: fn(&Outcome) -> f64| evidence.iter().map(|e| of(&e.outcome)).fold(0.0, maximum);
        let regions: usize = evidence.iter().map(|e| e.outcome.regions).sum();
        let wrong: usize = evidence.iter().map(|e| e.outcome.wrong_patterns).sum();
        let mut checks = vec![
            Check::at_most("largest |Σ areas / area − 1|", worst(|o| o.area_defect), 1e-12),
            Check::at_most("largest error of an affine map inside of its region", worst(|o| o.map_error), 1e-9),
            Check::equal(format!("wrong patterns, of {regions} regions"), wrong, 0),
            Check::at_most("largest share of Serra's bound", worst(|o| o.regions as f64 / o.at_most), 1.0),
            Check::at_most("most affine pieces a region", worst(|o| o.pieces as f64 / o.regions as f64), 1.0),
        ];
        if evidence.is_empty() {
            checks.clear();
        }
        Judgement::from_checks(
            "Areas add up, patterns and affine maps are those of the network, and no shape has more regions than its bound.",
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let mut figures = Vec::new();
        for Evidence { task, outcome } in evidence.iter().filter(|e| e.task.map) {
            let id = format!("map-{}", task.widths.len());
            let mut figure = Figure::new(
                &id,
                &format!("The regions of a network of widths {:?}", task.widths),
                format!(
                    "{} activation regions, {} affine pieces. The first layer's lines are straight; those of a later layer bend wherever they cross a line of an earlier one. Zoom in where they meet.",
                    outcome.regions, outcome.pieces
                ),
                Axis::linear("x₁"),
                Axis::linear("x₂"),
            );
            // What an earlier layer draws lies on top, so that each line has the colour of the layer that made it.
            for (layer, outline) in outcome.outlines.iter().enumerate().rev() {
                figure = figure.line(format!("layer {}", layer + 1), outline.iter().map(|p| (p[0], p[1])));
            }
            figures.push(figure);
        }
        let units = |e: &Evidence<Task, Outcome>| e.task.widths.iter().sum::<usize>() as f64;
        let of_depth = |depth: usize, of: fn(&Outcome) -> f64| {
            let chosen = evidence.iter().filter(move |e| e.task.widths.len() == depth);
            chosen.map(|e| (units(e), of(&e.outcome))).collect::<Vec<_>>()
        };
        figures.push(
            Figure::new(
                "counts",
                "Regions of random networks in a square",
                "One point a network. As many units make about as many regions in one layer as in several, rather fewer; what the shape allows is far above.",
                Axis::logarithmic("units"),
                Axis::logarithmic("number"),
            )
            .points("regions, one layer", of_depth(1, |o| o.regions as f64))
            .points("regions, two layers", of_depth(2, |o| o.regions as f64))
            .points("regions, three layers", of_depth(3, |o| o.regions as f64))
            .points("affine pieces, two layers", of_depth(2, |o| o.pieces as f64))
            .points("Serra's bound, two layers", of_depth(2, |o| o.at_most)),
        );
        figures
    }
}
