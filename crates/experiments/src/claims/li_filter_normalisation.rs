//! Filter normalization makes slices of networks comparable that differ by the scales of their layers.

use saddlepoint_curvature::linearize::Linearization;
use saddlepoint_curvature::objective::TracedObjective;
use saddlepoint_curvature::surface;
use saddlepoint_curvature::trace::Traced;
use saddlepoint_landscape::descent::AdaptiveDescent;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_landscape::surface::direction::{Normalization, gaussian};
use saddlepoint_landscape::surface::grid::{Grid, Plane, places};
use saddlepoint_landscape::surface::layout::Layout;
use saddlepoint_landscape::surface::rescaling;
use saddlepoint_models::data::{DataSet, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::Loss;
use serde::{Deserialize, Serialize};

use crate::claim::{Card, Claim, Evidence, Failure, Kind, Lab, Profile, Source};
use crate::figure::{Axis, Figure};
use crate::network_loss::network_loss;
use crate::verdict::{Check, Judgement, maximum, minimum};

/// The claim `li-filter-normalisation`.
pub struct LiFilterNormalisation;

/// A network to train, and slices to take.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    seed: u64,
}

/// What rescaling the layers changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rescaled {
    /// The factors of the layers; their product is 1 up to rounding.
    factors: [f64; 3],
    /// Relative change of the loss at the point itself.
    loss: f64,
    /// Largest relative change of the loss over the slice: directions normalized by filter, by layer, and as they are.
    slices: [f64; 3],
    /// Largest eigenvalue of the Hessian over that of the trained network.
    sharpness: f64,
    /// What the blocks of single layers prove of it: the largest $\lambda_{\max}(H_{ll})/c_l^2$ over the same.
    proven: f64,
}

/// A trained network, and the same function with other parameters.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcome {
    loss: f64,
    sharpness: f64,
    /// Relative residual of the largest eigenvalue, the worst of all.
    residual: f64,
    rescaled: Vec<Rescaled>,
    /// The loss along one direction: by filter and raw, each before and after rescaling by the first factors.
    lines: [Vec<f64>; 4],
}

/// Powers of two, Dinh's factor 16, and no powers of two.
const FACTORS: [[f64; 3]; 3] = [[4.0, 0.5, 0.5], [16.0, 0.0625, 1.0], [3.0, 0.7, 1.0 / 2.1]];
const NORMALIZATIONS: [Normalization; 3] = [Normalization::Filter, Normalization::Layer, Normalization::None];
/// Cells of a slice on each side, and of a line.
const SIDE: usize = 11;
const LINE: usize = 41;

impl Claim for LiFilterNormalisation {
    const CARD: Card = Card {
        id: "li-filter-normalisation",
        version: 1,
        title: "Filter-normalized slices do not see the scales of layers, sharpness and raw slices do",
        statement: r"Draw Gaussian directions $\delta,\eta$ and give each filter of them (in a dense layer: the incoming weights of one
            unit) the norm of the same filter of the network,
            $$\delta_{ij}\leftarrow\frac{\|\theta_{ij}\|}{\|\delta_{ij}\|}\,\delta_{ij},$$
            with zeros for biases. In a network without biases whose activations are positively homogeneous, multiply layer $l$ by
            $c_l$ with $\prod_l c_l=1$: the function is the same. Then the slice $f(\theta+\alpha\delta+\beta\eta)$ is the same too, to
            the last bit where the $c_l$ are powers of two; slices along raw directions are not, nor is the largest eigenvalue of
            the Hessian: the block of layer $l$ is divided by $c_l^2$, so that $\lambda_{\max}\ge\max_l\lambda_{\max}(H_{ll})/c_l^2$
            afterwards. Dinh's factors $\alpha,1/\alpha$ for two layers make it as large as one likes. By how much mild factors do
            depends on the layer that holds the sharpest direction: with $4,\tfrac12,\tfrac12$ a first run saw a growth of $1.9$ where
            a network of another source had shown $3.8$.

            Here: ReLU networks $64$-$16$-$16$-$10$ without biases, trained on $200$ digits.",
        sources: &[
            Source {
                citation: "Li, Xu, Taylor, Studer, Goldstein 2018, Visualizing the loss landscape of neural nets, section 4",
                identifier: Some("arXiv:1712.09913"),
            },
            Source {
                citation: "Dinh, Pascanu, Bengio, Bengio 2017, Sharp minima can generalize for deep nets, section 4",
                identifier: Some("arXiv:1703.04933"),
            },
        ],
        hypotheses: &[
            "no biases, positively homogeneous activations",
            "whole layers are rescaled: for single units see `li-per-neuron-negative`",
        ],
        kind: Kind::Exact,
        tags: &["landscape", "surface", "sharpness", "digits"],
        data: &[DataSet::Digits],
        network: Some(Precision::F64),
    };

    type Task = Task;
    type Outcome = Outcome;

    fn plan(profile: Profile, seed: u64) -> Vec<Task> {
        (1..=profile.pick(1, 5, 20)).map(|offset| Task { seed: seed + offset }).collect()
    }

    fn run(task: &Task, lab: &Lab) -> Result<Outcome, Failure> {
        let mut stream = Stream::new(task.seed);
        let trained = Trained::new(&mut stream, lab)?;
        let mut residual = 0.0f64;
        let mut largest = |hessian: &Linearization, stream: &mut Stream| -> Result<f64, Failure> {
            let pairs = Lanczos::new(End::Largest, 1)?.run(hessian, &mut || stream.normal())?.pairs;
            let pair = pairs.first().ok_or("no eigenvalue")?;
            residual = maximum(residual, pair.residual / pair.value.abs());
            Ok(pair.value)
        };
        let sharpness = largest(&trained.loss.linearize(&trained.point)?, &mut stream)?;
        let mut blocks = [0.0; 3];
        for (layer, block) in blocks.iter_mut().enumerate() {
            *block = largest(&trained.loss.linearize_block(&trained.point, &[layer])?, &mut stream)?;
        }
        let draws = stream.split();
        let mut rescaled = Vec::new();
        for factors in FACTORS {
            lab.go_on()?;
            let other = rescaling::by_layer(&trained.layout, &trained.point, &factors)?;
            let mut slices = [0.0; 3];
            for (change, normalization) in slices.iter_mut().zip(NORMALIZATIONS) {
                *change = trained.change(&other, normalization, &draws)?;
            }
            let proven = blocks.iter().zip(factors).map(|(block, c)| block / (c * c)).fold(0.0, maximum);
            rescaled.push(Rescaled {
                factors,
                proven: proven / sharpness,
                loss: relative(trained.loss.value(&trained.point)?, trained.loss.value(&other)?),
                slices,
                sharpness: largest(&trained.loss.linearize(&other)?, &mut stream)? / sharpness,
            });
        }
        let other = rescaling::by_layer(&trained.layout, &trained.point, &FACTORS[0])?;
        let line = |point, normalization| trained.line(point, normalization, &draws);
        let lines = [
            line(&trained.point, Normalization::Filter)?,
            line(&other, Normalization::Filter)?,
            line(&trained.point, Normalization::None)?,
            line(&other, Normalization::None)?,
        ];
        let loss = trained.loss.value(&trained.point)?;
        Ok(Outcome { loss, sharpness, residual, rescaled, lines })
    }

    fn judge(evidence: &[Evidence<Task, Outcome>]) -> Judgement {
        let mut checks = Vec::new();
        for (k, factors) in FACTORS.into_iter().enumerate() {
            let of = |value: fn(&Rescaled) -> f64| {
                let values = evidence.iter().map(|e| e.outcome.rescaled.get(k).map_or(f64::NAN, value));
                values.collect::<Vec<f64>>()
            };
            let most = |values: Vec<f64>| values.into_iter().reduce(maximum).unwrap_or(f64::NAN);
            let least = |values: Vec<f64>| -most(values.into_iter().map(|x| -x).collect());
            let by = format!("layers times {}, {}, {:.4}", factors[0], factors[1], factors[2]);
            let tolerance = if k < 2 { 0.0 } else { 1e-12 };
            checks.extend([
                Check::at_most(format!("change of the loss, {by}"), most(of(|r| r.loss)), tolerance),
                Check::at_most(
                    format!("change of the filter-normalized slice, {by}"),
                    most(of(|r| r.slices[0])),
                    tolerance,
                ),
                Check::at_most(
                    format!("change of the layer-normalized slice, {by}"),
                    most(of(|r| r.slices[1])),
                    tolerance,
                ),
                Check::at_least(format!("change of the raw slice, {by}"), least(of(|r| r.slices[2])), 0.5),
            ]);
            checks.push(Check::at_least(
                format!("largest eigenvalue over what the blocks of the layers prove, {by}"),
                least(of(|r| r.sharpness / r.proven)),
                1.0 - 1e-6,
            ));
        }
        let growth = evidence.iter().filter_map(|e| e.outcome.rescaled.get(1)).map(|r| r.sharpness);
        let growth = growth.reduce(minimum).unwrap_or(f64::NAN);
        checks.push(Check::at_least("growth of the largest eigenvalue with Dinh's factor 16", growth, 10.0));
        let residual = evidence.iter().map(|e| e.outcome.residual).reduce(maximum).unwrap_or(f64::NAN);
        checks.push(Check::at_most("largest relative residual of an eigenvalue", residual, 1e-3));
        Judgement::from_checks(
            format!(
                "The same function with other scales of its layers has the same filter-normalized slice, to the bit for powers of \
                 two, while the largest eigenvalue grows at least {growth:.0}-fold with Dinh's factor 16."
            ),
            checks,
        )
    }

    fn figures(evidence: &[Evidence<Task, Outcome>]) -> Vec<Figure> {
        let Some(Evidence { outcome, .. }) = evidence.first() else { return Vec::new() };
        let at = |k: usize| {
            let last = outcome.lines[k].len().max(2) as f64 - 1.0;
            let values = outcome.lines[k].iter().enumerate();
            values.map(move |(i, y)| (2.0 * i as f64 / last - 1.0, *y)).collect::<Vec<_>>()
        };
        let slices = Figure::new(
            "slices",
            "One function, two sets of parameters, two ways to slice",
            "Along the filter-normalized direction the loss of the rescaled network (dashed) lies on that of the original; along the \
             raw direction the two look like different networks.",
            Axis::linear("place along the direction"),
            Axis::logarithmic("loss"),
        )
        .line("filter-normalized", at(0))
        .reference("filter-normalized, layers times 4, ½, ½", at(1))
        .line("raw", at(2))
        .reference("raw, layers times 4, ½, ½", at(3));
        vec![slices]
    }
}

/// A trained ReLU network without biases.
pub(super) struct Trained {
    pub(super) loss: Traced,
    pub(super) layout: Layout,
    pub(super) point: Vec<f64>,
}

impl Trained {
    pub(super) fn new(stream: &mut Stream, lab: &Lab) -> Result<Self, Failure> {
        let device = lab.device()?;
        let samples = digits::split()?.0.split_at(200)?.0;
        let network = Mlp::new(&[64, 16, 16, 10], Activation::Relu)?.without_bias().init(
            Initialization::HeNormal,
            Precision::F64,
            &device,
            stream,
        )?;
        let loss = network_loss(&network, &samples, Loss::CrossEntropy, Precision::F64, &device)?;
        let point = AdaptiveDescent::adam(1e-2)?.run(&TracedObjective::new(&loss), loss.point(), 150)?;
        Ok(Self { layout: surface::layout(loss.parameters())?, loss, point })
    }

    /// The slices around the trained point and around another one, each normalized there, from the same draws: their largest
    /// relative difference.
    pub(super) fn change(
        &self,
        other: &[f64],
        normalization: Normalization,
        draws: &Stream,
    ) -> Result<f64, Failure> {
        let slice = |point: &[f64]| -> Result<Vec<f64>, Failure> {
            let mut draws = draws.clone();
            let mut direction = || gaussian(&self.layout, point, normalization, &mut || draws.normal());
            let plane = Plane::new(point.to_vec(), [direction()?, direction()?])?;
            let axis = places(-1.0, 1.0, SIDE)?;
            self.values(&plane, Grid::new(axis.clone(), axis)?)
        };
        let pairs = slice(&self.point)?.into_iter().zip(slice(other)?);
        Ok(pairs.map(|(a, b)| relative(a, b)).fold(0.0, maximum))
    }

    /// The loss along one direction.
    pub(super) fn line(
        &self,
        point: &[f64],
        normalization: Normalization,
        draws: &Stream,
    ) -> Result<Vec<f64>, Failure> {
        let mut draws = draws.clone();
        let along = gaussian(&self.layout, point, normalization, &mut || draws.normal())?;
        let plane = Plane::new(point.to_vec(), [along, vec![0.0; point.len()]])?;
        self.values(&plane, Grid::new(places(-1.0, 1.0, LINE)?, vec![0.0])?)
    }

    fn values(&self, plane: &Plane, mut grid: Grid) -> Result<Vec<f64>, Failure> {
        self.loss.fill(&mut grid, plane, usize::MAX)?;
        Ok(grid.values().concat())
    }
}

/// `|b − a| / |a|`, and 0 for equal bits.
pub(super) fn relative(a: f64, b: f64) -> f64 {
    if a.to_bits() == b.to_bits() { 0.0 } else { (b - a).abs() / a.abs() }
}
