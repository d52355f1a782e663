//! `regions-over-training`: what is counted is the trained network, and the count moves as its weights do.

use saddlepoint_experiments::claims;
use saddlepoint_experiments::trained_relu::relu_network;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::planted::Spirals;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::{EmpiricalRisk, Engine};
use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Training};
use saddlepoint_theory::expressivity::regions::{Rectangle, Regions};
use saddlepoint_theory::expressivity::serra::maximal_regions_at_most;
use serde_json::{Value, json};

const WIDTHS: [usize; 4] = [2, 8, 8, 1];

fn trained(initialization: Initialization, steps: usize, seed: u64) -> (Samples, EmpiricalRisk, Vec<f64>) {
    let mut stream = Stream::new(seed);
    let arms = Spirals { arms: 2, turns: 0.75, noise: 0.02 }.samples(60, &mut stream).unwrap();
    let sides = arms.labels().unwrap().0.iter().map(|&label| label as f64).collect();
    let points = arms.with_targets(Targets::Values(sides)).unwrap();
    let network = Mlp::new(&WIDTHS, Activation::Relu).unwrap();
    let start = network.draw(initialization, &mut stream);
    let risk = EmpiricalRisk::new(&network, &points, Loss::Logistic, Precision::F32, &Engine::Native).unwrap();
    let training = Training::new(Loss::Logistic, Optimizer::adam(), Schedule::Constant { rate: 1e-2 })
        .limit(Limit::Steps(steps));
    let end = risk.train(&training, &start, &mut stream).unwrap().network;
    (points, risk, end)
}

fn regions(parameters: &[f64]) -> Regions {
    let square = Rectangle::new([-1.25; 2], [1.25; 2]).unwrap();
    Regions::of(&relu_network(&WIDTHS, parameters).unwrap(), square).unwrap()
}

/// On its training points the network is the affine map of the region in which each lies.
#[test]
fn each_point_lies_in_a_region_whose_map_is_the_network() {
    for seed in 0..5 {
        let (points, risk, end) = trained(Initialization::PytorchDefault, 200, seed);
        let (network, regions) = (relu_network(&WIDTHS, &end).unwrap(), regions(&end));
        for (x, output) in points.rows().zip(risk.outputs(&end).unwrap()) {
            let pattern = network.pattern(x).unwrap();
            let region = regions.iter().find(|region| region.pattern() == pattern).unwrap();
            let map = region.slopes() * nalgebra::dvector![x[0], x[1]] + region.offsets();
            // The outputs are computed in f32.
            assert!((map[0] - output).abs() < 1e-4 * (1.0 + output.abs()), "{} {output}", map[0]);
        }
    }
}

#[test]
fn training_keeps_the_count_between_one_layer_and_what_the_shape_allows() {
    let most: f64 = maximal_regions_at_most(2, &[8, 8]).unwrap().to_string().parse().unwrap();
    for seed in 0..8 {
        for steps in [0, 50, 500] {
            let count = regions(&trained(Initialization::PytorchDefault, steps, seed).2).len() as f64;
            assert!((0.05 * 128.0..=2.0 * 128.0).contains(&count), "seed {seed}, {steps} steps: {count}");
            assert!(count < most / 2.0);
        }
    }
}

/// Without biases the network is homogeneous, and every region is a cone with its tip in the origin.
#[test]
fn teeth_without_densities_for_biases_regions_are_cones() {
    for seed in 0..8 {
        let drawn = |initialization| regions(&trained(initialization, 0, seed).2);
        let (cones, others) = (drawn(Initialization::HeNormal), drawn(Initialization::PytorchDefault));
        let touch_origin = |regions: &Regions| {
            let near = |v: &[f64; 2]| v[0].hypot(v[1]) < 1e-9;
            regions.iter().filter(|region| region.vertices().iter().any(near)).count()
        };
        assert_eq!(touch_origin(&cones), cones.len(), "seed {seed}");
        assert!(touch_origin(&others) < others.len(), "seed {seed}");
    }
}

fn run(regions: usize, accuracy: f64, seed: u64) -> (Value, Value) {
    let task = json!({"hidden": [16, 16], "moments": [0, 100], "maps": false, "seed": seed});
    let counts = json!([150, regions]);
    let outcome =
        json!({"regions": counts, "pieces": counts, "area_defect": 1e-14, "accuracy": accuracy, "maps": []});
    (task, outcome)
}

#[test]
fn teeth_one_count_out_of_range_or_one_network_that_did_not_learn_is_enough() {
    let claim = claims::find("regions-over-training").unwrap();
    let verdict = |last: (Value, Value)| {
        let mut evidence: Vec<_> = (1..5).map(|seed| run(200, 1.0, seed)).collect();
        evidence.push(last);
        claim.conclude(&evidence).unwrap().0.verdict
    };
    assert_eq!(verdict(run(200, 1.0, 5)), Verdict::Reproduced);
    assert_eq!(verdict(run(1025, 1.0, 5)), Verdict::NotReproduced);
    assert_eq!(verdict(run(25, 1.0, 5)), Verdict::NotReproduced);
    assert_eq!(verdict(run(200, 0.6, 5)), Verdict::NotReproduced);
    let few: Vec<_> = (1..5).map(|seed| run(200, 1.0, seed)).collect();
    assert_eq!(claim.conclude(&few).unwrap().0.verdict, Verdict::NotReproduced);
    assert_eq!(claim.conclude(&[]).unwrap().0.verdict, Verdict::NotReproduced);
}
