//! `li-filter-normalisation` and `li-per-neuron-negative`: which rescalings a filter-normalized slice does not see.

use burn::tensor::{Tensor, TensorData};
use proptest::prelude::*;
use saddlepoint_curvature::surface::layout;
use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::Traced;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_landscape::surface::direction::{Normalization, gaussian};
use saddlepoint_landscape::surface::grid::{Grid, Plane, places};
use saddlepoint_landscape::surface::rescaling::{by_layer, by_unit};
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp, Network};
use saddlepoint_models::random::Stream;

/// The mean squared output of a network 3-5-5-2 on 7 points.
fn loss(activation: Activation, bias: bool, seed: u64) -> Traced {
    let (device, mut stream) = (Device::open(Backend::default()).unwrap(), Stream::new(seed));
    let network = Mlp::new(&[3, 5, 5, 2], activation).unwrap();
    let network = if bias { network } else { network.without_bias() };
    let network = network.init(Initialization::PytorchDefault, Precision::F64, &device, &mut stream).unwrap();
    let data = TensorData::new(stream.normals(21), [7, 3]);
    let x = Tensor::<2>::from_data(data, (&device.autodiff(), Precision::F64.dtype()));
    trace(&network, x, |network, x| network.forward(x).powi_scalar(2).mean()).unwrap()
}

/// The slice around a point along the directions that a seed gives.
fn slice(loss: &Traced, point: &[f64], normalization: Normalization, seed: u64) -> Vec<f64> {
    let (layout, mut stream) = (layout(loss.parameters()).unwrap(), Stream::new(seed));
    let mut direction = || gaussian(&layout, point, normalization, &mut || stream.normal()).unwrap();
    let plane = Plane::new(point.to_vec(), [direction(), direction()]).unwrap();
    let mut grid = Grid::new(places(-1.0, 1.0, 5).unwrap(), places(-1.0, 1.0, 3).unwrap()).unwrap();
    loss.fill(&mut grid, &plane, usize::MAX).unwrap();
    grid.values().concat()
}

/// The largest difference of two slices, relative to the largest value.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    let largest = a.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / largest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Powers of two whose product is one leave the slice as it is, to the bit; other factors up to rounding.
    #[test]
    fn layers_may_be_rescaled(seed: u64, two in prop::array::uniform2(-6i32..7), any in prop::array::uniform2(0.05..20.0f64)) {
        let loss = loss(Activation::Relu, false, seed);
        let layout = layout(loss.parameters()).unwrap();
        let powers = [two[0], two[1], -two[0] - two[1]].map(|k| 2f64.powi(k));
        let factors = [any[0], any[1], 1.0 / (any[0] * any[1])];
        for normalization in [Normalization::Filter, Normalization::Layer] {
            let before = slice(&loss, loss.point(), normalization, seed);
            let exact = by_layer(&layout, loss.point(), &powers).unwrap();
            prop_assert_eq!(&before, &slice(&loss, &exact, normalization, seed));
            let rounded = by_layer(&layout, loss.point(), &factors).unwrap();
            let change = difference(&before, &slice(&loss, &rounded, normalization, seed));
            prop_assert!(change < 1e-12, "{change}");
        }
    }

    /// The function itself sees neither rescaling.
    #[test]
    fn the_function_stays(seed: u64, unit in 0usize..5, layer in 0usize..2, k in -6i32..7) {
        let loss = loss(Activation::Relu, false, seed);
        let layout = layout(loss.parameters()).unwrap();
        let other = by_unit(&layout, loss.point(), layer, unit, 2f64.powi(k)).unwrap();
        prop_assert_eq!(loss.value(loss.point()).unwrap(), loss.value(&other).unwrap());
    }
}

/// A layer divided by `α` has `α²` times the curvature: the sharpest minimum of a function is as sharp as one likes.
#[test]
fn sharpness_grows_as_dinh_says() {
    for seed in 0..4 {
        let loss = loss(Activation::Relu, false, seed);
        let layout = layout(loss.parameters()).unwrap();
        let mut stream = Stream::new(seed);
        let mut top = |at: &saddlepoint_curvature::linearize::Linearization| {
            Lanczos::new(End::Largest, 1).unwrap().run(at, &mut || stream.normal()).unwrap().pairs[0].value
        };
        let block = top(&loss.linearize_block(loss.point(), &[1]).unwrap());
        for alpha in [4.0, 64.0] {
            let other = by_layer(&layout, loss.point(), &[alpha, 1.0 / alpha, 1.0]).unwrap();
            let sharpness = top(&loss.linearize(&other).unwrap());
            assert!(sharpness >= alpha * alpha * block * (1.0 - 1e-6), "{sharpness} {block}");
        }
    }
}

/// Teeth: what the statement does not cover moves the slice in most networks, by much.
#[test]
fn teeth_what_is_not_covered_is_seen() {
    use Activation::{Relu, Tanh};
    use Normalization::{Filter, Layer, None};
    let moved = |activation, bias, normalization, rescale: &dyn Fn(&Traced) -> Vec<f64>| {
        let changes = (0..20).map(|seed| {
            let loss = loss(activation, bias, seed);
            let other = rescale(&loss);
            difference(
                &slice(&loss, loss.point(), normalization, seed),
                &slice(&loss, &other, normalization, seed),
            )
        });
        changes.filter(|change| *change > 1e-2).count()
    };
    let layers = |loss: &Traced| {
        let layout = layout(loss.parameters()).unwrap();
        let mut factors = [4.0, 0.5, 0.5].into_iter();
        let weights = layout.tensors().iter().map(|(_, filters)| {
            let is_bias = *filters == saddlepoint_landscape::surface::layout::Filters::None;
            if is_bias { 1.0 } else { factors.next().unwrap() }
        });
        by_layer(&layout, loss.point(), &weights.collect::<Vec<f64>>()).unwrap()
    };
    let units = |loss: &Traced| {
        let layout = layout(loss.parameters()).unwrap();
        (0..5).fold(loss.point().to_vec(), |point, unit| {
            by_unit(&layout, &point, 0, unit, if unit % 2 == 0 { 4.0 } else { 0.25 }).unwrap()
        })
    };
    assert_eq!(moved(Relu, false, Filter, &layers), 0);
    for (what, count) in [
        ("raw directions", moved(Relu, false, None, &layers)),
        ("an activation that is not homogeneous", moved(Tanh, false, Filter, &layers)),
        ("biases", moved(Relu, true, Filter, &layers)),
        ("units, by filter", moved(Relu, false, Filter, &units)),
        ("units, by layer", moved(Relu, false, Layer, &units)),
    ] {
        assert!(count >= 16, "{what}: {count} of 20");
    }
}

/// A grid that is written down and filled further, on any number of calls, holds the bits of one that is filled at once.
#[test]
fn a_surface_resumes_where_it_stopped() {
    let loss = loss(Activation::Relu, true, 3);
    let plane =
        Plane::new(loss.point().to_vec(), [vec![0.1; loss.dimension()], vec![-0.3; loss.dimension()]]).unwrap();
    let empty = Grid::new(places(-1.0, 1.0, 7).unwrap(), places(0.0, 2.0, 5).unwrap()).unwrap();
    let mut whole = empty.clone();
    assert_eq!(loss.fill(&mut whole, &plane, usize::MAX).unwrap(), 0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("surface.json");
    std::fs::write(&file, serde_json::to_string(&empty).unwrap()).unwrap();
    loop {
        let mut grid: Grid = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let left = loss.fill(&mut grid, &plane, 4).unwrap();
        std::fs::write(&file, serde_json::to_string(&grid).unwrap()).unwrap();
        if left == 0 {
            assert_eq!(grid, whole);
            break;
        }
    }
    let short = Plane::new(vec![0.0; 3], [vec![0.0; 3], vec![0.0; 3]]).unwrap();
    assert!(loss.fill(&mut whole, &short, 1).is_err());
}

/// Teeth: nothing measured, nothing reproduced.
#[test]
fn teeth_no_evidence_reproduces_nothing() {
    for id in [
        "li-filter-normalisation",
        "li-per-neuron-negative",
        "trajectory-plane",
        "trajectory-plane-negative",
        "edge-of-stability",
        "skip-connections-surface",
    ] {
        let (judgement, _) = claims::find(id).unwrap().conclude(&[]).unwrap();
        assert_ne!(judgement.verdict, Verdict::Reproduced, "{id}");
    }
}
