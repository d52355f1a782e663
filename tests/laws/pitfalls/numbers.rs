//! Mistakes in how results are compared and repeated. Two more have their tests where the code is:
//! `pitfall_a_relative_check_has_no_hidden_floor` (experiments, `verdict`) and those of curvature, in `landscape::spectrum`,
//! `landscape::surface` and `curvature`.

use nalgebra::DMatrix;
use saddlepoint_landscape::operator::Dense;
use saddlepoint_landscape::spectrum::density::StochasticLanczos;
use saddlepoint_landscape::spectrum::estimate::StopRule;
use saddlepoint_landscape::spectrum::lanczos::{End, Lanczos};
use saddlepoint_landscape::spectrum::trace::hutchinson;
use saddlepoint_models::data::digits;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::{Batch, Examples, Limit, Loss, Optimizer, Schedule, Training};

/// The losses of three epochs: initialization from one seed, the order of the samples from another.
fn losses(initialization: u64, order: u64) -> Vec<u64> {
    let device = Device::open(Backend::default()).unwrap();
    let samples = digits::split().unwrap().0.select(&(0..120).collect::<Vec<_>>()).unwrap();
    let examples = Examples::new(&samples, Precision::F32, &device).unwrap();
    let network = Mlp::new(&[64, 8, 10], Activation::Relu)
        .unwrap()
        .init(Initialization::HeNormal, Precision::F32, &device, &mut Stream::new(initialization))
        .unwrap();
    Training::new(Loss::CrossEntropy, Optimizer::adam(), Schedule::Constant { rate: 1e-2 })
        .batch(Batch::Size(16))
        .limit(Limit::Epochs(3))
        .run(network, &examples, &mut Stream::new(order))
        .unwrap()
        .trajectory
        .iter()
        .map(|point| point.loss.to_bits())
        .collect()
}

/// Comparing a shuffled loader with itself says nothing: two runs from the beginning are compared, and the shuffle is
/// shown to matter, so that equality is not that of runs without chance.
#[test]
fn pitfall_determinism_is_tested_on_two_runs_and_chance_matters() {
    assert_eq!(losses(1, 2), losses(1, 2));
    assert_ne!(losses(1, 2), losses(1, 3), "another order");
    assert_ne!(losses(1, 2), losses(2, 2), "another start");
}

/// Every estimate takes its randomness from the generator passed in: the same seed gives the same bits, and another
/// seed other ones.
#[test]
fn pitfall_no_estimate_has_randomness_of_its_own() {
    let a = Dense::new(DMatrix::from_fn(40, 40, |i, j| 1.0 / (1.0 + i as f64 + j as f64))).unwrap();
    let results = |seed: u64| {
        let mut stream = Stream::new(seed);
        let mut normal = || stream.normal();
        let trace = hutchinson(&a, StopRule::exactly(5), &mut normal).unwrap().estimate.value;
        let top = Lanczos::new(End::Largest, 1).unwrap().run(&a, &mut normal).unwrap().pairs.remove(0).vector;
        let density = StochasticLanczos::new(3, 6).unwrap().run(&a, &mut normal).unwrap();
        let nodes = density.rules.into_iter().flat_map(|rule| rule.nodes);
        [trace].into_iter().chain(top).chain(nodes).map(f64::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(results(7), results(7));
    assert_ne!(results(7)[0], results(8)[0], "the trace");
    assert_ne!(results(7)[1..], results(8)[1..], "the eigenvector and the nodes");
}
