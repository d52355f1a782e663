//! `skip-connections-surface`: the share of negative curvature where it is known, and what the criterion rejects.

use saddlepoint_curvature::surface::layout;
use saddlepoint_experiments::claim::Lab;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::network_loss::network_loss;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_landscape::surface::convexity::Ends;
use saddlepoint_landscape::surface::direction::{Normalization, gaussian};
use saddlepoint_landscape::surface::grid::Plane;
use saddlepoint_models::data::digits;
use saddlepoint_models::device::{Backend, Device, Precision};
use saddlepoint_models::networks::{Activation, Architecture, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::Loss;
use serde_json::{Value, json};

fn verdict(evidence: &[(Value, Value)]) -> Verdict {
    claims::find("skip-connections-surface").unwrap().conclude(evidence).unwrap().0.verdict
}

fn task(skip: bool, seed: u64) -> Value {
    json!({"skip": skip, "curvature": 3, "picture": 0, "seed": seed})
}

/// Networks with these mean shares of negative curvature, plain and with skip connections.
fn pairs(shares: &[(f64, f64)]) -> Vec<(Value, Value)> {
    let outcome = |share: f64| json!({"loss": 0.1, "negative": [share], "residual": 1e-4, "picture": []});
    let pair = |(seed, (plain, skip)): (usize, &(f64, f64))| {
        let seed = seed as u64;
        [(task(false, seed), outcome(*plain)), (task(true, seed), outcome(*skip))]
    };
    shares.iter().enumerate().flat_map(pair).collect()
}

/// A pair whose seed is in no profile: shares are shares, at places of a grid, and the same again when asked again.
#[test]
fn shares_are_shares_and_repeat() {
    let claim = claims::find("skip-connections-surface").unwrap();
    for skip in [false, true] {
        let run = || claim.run(&task(skip, 1001), &Lab::bench()).unwrap();
        let outcome = run();
        let shares: Vec<f64> = serde_json::from_value(outcome["negative"].clone()).unwrap();
        assert!(shares.len() == 9 && shares.iter().all(|share| (0.0..=1.0).contains(share)));
        assert!(shares.iter().any(|share| *share > 0.05), "{shares:?}");
        assert_eq!(outcome, run());
    }
}

/// The shares of negative curvature at places of a plane through a network, with directions of a seed.
fn shares(widths: &[usize], seed: u64) -> Vec<f64> {
    let (device, mut stream) = (Device::open(Backend::default()).unwrap(), Stream::new(seed));
    let network = Mlp::new(widths, Activation::Tanh)
        .unwrap()
        .init(Initialization::LecunNormal, Precision::F64, &device, &mut stream)
        .unwrap();
    let samples = digits::split().unwrap().0.split_at(30).unwrap().0;
    let loss = network_loss(&network, &samples, Loss::CrossEntropy, Precision::F64, &device).unwrap();
    let layout = layout(loss.parameters()).unwrap();
    let mut direction =
        || gaussian(&layout, loss.point(), Normalization::Filter, &mut || stream.normal()).unwrap();
    let plane = Plane::new(loss.point().to_vec(), [direction(), direction()]).unwrap();
    let mut share = |a: f64, b: f64| {
        let hessian = loss.linearize(&plane.at(a, b)).unwrap();
        Ends::of(&hessian, 1e-6, &mut || stream.normal()).unwrap().negative_share()
    };
    vec![share(-1.0, -1.0), share(0.0, 0.0), share(0.5, -1.0), share(1.0, 1.0)]
}

/// Softmax regression is convex, so there is no negative curvature anywhere; one hidden layer is enough for some.
#[test]
fn convex_losses_have_none_and_networks_some() {
    for seed in 0..4 {
        assert!(shares(&[64, 10], seed).iter().all(|share| *share < 1e-5));
        assert!(shares(&[64, 4, 10], seed).iter().any(|share| *share > 0.02), "teeth: a hidden layer bends");
    }
}

/// Teeth: equal networks, networks the wrong way round, and too few wins are not reproduced.
#[test]
fn teeth_the_judge_rejects_what_contradicts() {
    let (more, less, same) = ((0.5, 0.3), (0.3, 0.5), (0.4, 0.4));
    assert_eq!(verdict(&pairs(&[more; 8])), Verdict::Reproduced);
    assert_eq!(verdict(&pairs(&[less; 8])), Verdict::NotReproduced);
    assert_eq!(verdict(&pairs(&[same; 8])), Verdict::NotReproduced);
    // Seven of eight have p = 9/256, six of eight p = 37/256.
    let mut seven = [more; 8];
    seven[3] = less;
    assert_eq!(verdict(&pairs(&seven)), Verdict::Reproduced);
    seven[5] = less;
    assert_eq!(verdict(&pairs(&seven)), Verdict::NotReproduced);
    assert_eq!(verdict(&pairs(&[more])), Verdict::Reproduced);
    assert_eq!(verdict(&pairs(&[more, less])), Verdict::NotReproduced);
}
