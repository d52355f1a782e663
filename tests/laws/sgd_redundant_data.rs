//! `sgd-redundant-data`: what copies change, and what they do not.

use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::{EmpiricalRisk, Engine};
use saddlepoint_models::training::{Batch, Limit, Loss, Optimizer, Schedule, Training};
use serde_json::json;

fn samples(n: usize, stream: &mut Stream) -> Samples {
    let values = (0..n).map(|_| stream.index(2) as f64).collect();
    Samples::new(&[3], stream.normals(3 * n), Targets::Values(values)).unwrap()
}

fn train(samples: &Samples, batch: Batch, seed: u64) -> Vec<f64> {
    let unit = Mlp::new(&[3, 1], Activation::Identity).unwrap();
    let risk = EmpiricalRisk::new(&unit, samples, Loss::Logistic, Precision::F64, &Engine::Native).unwrap();
    let training = Training::new(Loss::Logistic, Optimizer::sgd(), Schedule::Constant { rate: 0.3 })
        .batch(batch)
        .limit(Limit::Steps(30));
    risk.train(&training, &[0.1; 4], &mut Stream::new(seed)).unwrap().network
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// With replacement the draws of `rn` examples are those of `n`, modulo `n`: the iterates agree to the bit.
    #[test]
    fn coupled_iterates_are_the_same(seed in any::<u64>(), n in 2..40usize, copies in 2..5usize, batch in 1..10usize) {
        let once = samples(n, &mut Stream::new(seed));
        let all: Vec<usize> = (0..copies * n).map(|i| i % n).collect();
        let copied = once.select(&all).unwrap();
        let batch = Batch::Replacement(batch);
        prop_assert_eq!(train(&once, batch, seed), train(&copied, batch, seed));
        // Gradient descent sees the same mean, summed in another order.
        let (one, other) = (train(&once, Batch::Full, seed), train(&copied, Batch::Full, seed));
        prop_assert!(one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}

#[test]
fn teeth_passes_without_replacement_are_not_the_same() {
    let once = samples(20, &mut Stream::new(1));
    let twice = once.select(&(0..40).map(|i| i % 20).collect::<Vec<_>>()).unwrap();
    assert_ne!(train(&once, Batch::Size(5), 1), train(&twice, Batch::Size(5), 1));
}

fn verdict(descent: [usize; 2], second: &[usize], coupled: f64) -> Verdict {
    let outcome = |descent: usize, stochastic: &[usize]| json!({"descent": descent, "stochastic": stochastic, "coupled": coupled});
    let task = |copies: usize| json!({"copies": copies, "runs": 5, "seed": 0});
    let first = outcome(descent[0], &[1000, 1100, 1200, 1150, 1050]);
    let evidence = [(task(1), first), (task(2), outcome(descent[1], second))];
    claims::find("sgd-redundant-data").unwrap().conclude(&evidence).unwrap().0.verdict
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let same = [1010, 1090, 1190, 1160, 1040];
    assert_eq!(verdict([800, 1600], &same, 0.0), Verdict::Reproduced);
    assert_eq!(verdict([800, 1500], &same, 0.0), Verdict::NotReproduced, "descent does not pay for copies");
    assert_eq!(verdict([800, 1600], &same, 1e-300), Verdict::NotReproduced, "coupled iterates differ");
    let twice = same.map(|cost| 2 * cost);
    assert_eq!(verdict([800, 1600], &twice, 0.0), Verdict::NotReproduced, "the stochastic method pays too");
}
