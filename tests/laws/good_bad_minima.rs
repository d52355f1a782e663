//! `good-bad-minima`: both kinds of minima exist on the claim's own points, and the verdict.

use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::planted::Circles;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::{EmpiricalRisk, Engine};
use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Stop, Training};
use serde_json::{Value, json};

const CIRCLES: Circles<2> = Circles { radii: [1.0, 0.5], noise: 0.08 };

fn flipped(samples: &Samples) -> Samples {
    let (labels, classes) = samples.labels().unwrap();
    let labels = labels.iter().map(|label| 1 - label).collect();
    samples.with_targets(Targets::Classes { labels, classes }).unwrap()
}

/// Accuracies on 30 clean points and on 500 new ones of a network that fits the clean points and others.
fn accuracies(others: Option<Samples>, seed: u64) -> [f64; 2] {
    let mut stream = Stream::new(seed);
    let clean = CIRCLES.samples(30, &mut stream).unwrap();
    let new = CIRCLES.samples(500, &mut stream).unwrap();
    let all = others.map_or_else(|| clean.clone(), |others| clean.concat(&others).unwrap());
    let network = Mlp::new(&[2, 32, 32, 2], Activation::Relu).unwrap();
    let risk = |samples: &Samples| {
        EmpiricalRisk::new(&network, samples, Loss::CrossEntropy, Precision::F32, &Engine::Native).unwrap()
    };
    let start = network.draw(Initialization::GlorotUniform, &mut stream);
    let training = Training::new(Loss::CrossEntropy, Optimizer::adam(), Schedule::Constant { rate: 1e-2 })
        .limit(Limit::Steps(4000))
        .stop(Stop::Loss(5e-2));
    let end = risk(&all).train(&training, &start, &mut stream).unwrap().network;
    [&clean, &new].map(|samples| risk(samples).accuracy(&end).unwrap())
}

#[test]
fn thirty_points_suffice_from_a_usual_start() {
    let found: Vec<[f64; 2]> = (10..15).map(|seed| accuracies(None, seed)).collect();
    assert!(found.iter().all(|[train, _]| *train == 1.0), "{found:?}");
    let mean = found.iter().map(|[_, test]| test).sum::<f64>() / 5.0;
    assert!(mean > 0.9, "{found:?}");
}

#[test]
fn teeth_points_with_wrong_labels_make_minima_that_fit_clean_ones_and_nothing_else() {
    let poison = flipped(&CIRCLES.samples(60, &mut Stream::new(110)).unwrap());
    let [train, test] = accuracies(Some(poison), 10);
    assert!(train > 0.95 && test < 0.6, "{train} {test}");
}

fn table(start: &str, width: usize, train: f64, test: f64) -> Vec<(Value, Value)> {
    let run = |seed: u64| {
        let task = json!({"part": "table", "start": start, "width": width, "seed": seed});
        (task, json!({"train": train, "loss": 1e-2, "test": test, "poisoned": null}))
    };
    (10..13).map(run).collect()
}

/// A poisoned network after stable descent: accuracy and loss on clean points, accuracy on new ones.
fn poisoned(seed: u64, found: [f64; 3], top: f64, highest: f64) -> (Value, Value) {
    let number = |x: f64| if x.is_finite() { json!(x) } else { json!("NaN") };
    let way = json!({
        "test": 0.3, "loss": 1e-3, "top": top, "residual": 1e-6, "highest": highest, "thrown": 0.8
    });
    let task = json!({"part": "poisoned", "wrong": 60, "seed": seed});
    (task, json!({"train": found[0], "loss": number(found[1]), "test": found[2], "poisoned": way}))
}

fn verdict(glorot: [f64; 2], train: f64, he: [f64; 2], bad: [f64; 3]) -> Verdict {
    thrown(glorot, train, he, bad, [300.0, 1e-3])
}

/// With the highest losses at the rate 0.1 from a sharp start and from a flat one.
fn thrown(glorot: [f64; 2], train: f64, he: [f64; 2], bad: [f64; 3], highest: [f64; 2]) -> Verdict {
    let evidence = [
        table("glorot", 4, 0.9, 0.9),
        table("glorot", 16, 1.0, glorot[0]),
        table("glorot", 256, train, glorot[1]),
        table("he", 32, 1.0, he[0]),
        table("he", 256, 1.0, he[1]),
        vec![poisoned(20, bad, 100.0, highest[0]), poisoned(21, bad, 10.0, highest[1])],
    ]
    .concat();
    claims::find("good-bad-minima").unwrap().conclude(&evidence).unwrap().0.verdict
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let (glorot, he, bad) = ([0.96, 0.98], [0.99, 0.93], [1.0, 4e-5, 0.47]);
    assert_eq!(verdict(glorot, 1.0, he, bad), Verdict::Reproduced);
    assert_eq!(verdict([0.99, 0.96], 1.0, he, bad), Verdict::NotReproduced, "worse when wide");
    assert_eq!(verdict([0.94, 0.94], 1.0, he, bad), Verdict::NotReproduced, "not good enough");
    assert_eq!(verdict(glorot, 0.99, he, bad), Verdict::NotReproduced, "not fitted");
    assert_eq!(verdict(glorot, 1.0, [0.97, 0.96], bad), Verdict::NotReproduced, "the start does not matter");
    assert_eq!(verdict(glorot, 1.0, he, [0.99, 4e-5, 0.47]), Verdict::NotReproduced, "clean points not fitted");
    assert_eq!(verdict(glorot, 1.0, he, [1.0, f64::NAN, 0.47]), Verdict::NotReproduced, "no loss");
    assert_eq!(
        verdict(glorot, 1.0, he, [1.0, 4e-5, 0.7]),
        Verdict::NotReproduced,
        "descent leaves the minimum"
    );
    assert_eq!(thrown(glorot, 1.0, he, bad, [1e-3, 1e-3]), Verdict::NotReproduced, "a sharp minimum is stable");
    assert_eq!(thrown(glorot, 1.0, he, bad, [300.0, 9.0]), Verdict::NotReproduced, "a flat one is not");
    let nothing = claims::find("good-bad-minima").unwrap().conclude(&[]).unwrap().0.verdict;
    assert_eq!(nothing, Verdict::NotReproduced);
}
