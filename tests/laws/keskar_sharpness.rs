//! `keskar-sharpness` and its negative twin: laws of the measures on networks, and the verdicts.

use saddlepoint_experiments::claims;
use saddlepoint_experiments::dense_risk::RiskObjective;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_landscape::sharpness::{keskar, sam};
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::native::DenseRisk;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::Loss;
use serde_json::json;

/// A rescaling by a power of two leaves a ReLU network the same function to the bit; only the adaptive rise keeps its value.
#[test]
fn only_the_adaptive_rise_survives_a_rescaling() {
    for seed in 0..10 {
        let mut stream = Stream::new(seed);
        let labels = (0..30).map(|_| stream.index(2)).collect();
        let data = Samples::new(&[3], stream.normals(90), Targets::Classes { labels, classes: 2 }).unwrap();
        let network = Mlp::new(&[3, 8, 2], Activation::Relu).unwrap();
        let risk = DenseRisk::<f64>::new(&network, &data, Loss::CrossEntropy).unwrap();
        let (f, point) = (RiskObjective(&risk), network.draw(Initialization::PytorchDefault, &mut stream));
        let mut rescaled = point.clone();
        rescaled[..32].iter_mut().for_each(|weight| *weight *= 16.0);
        rescaled[32..48].iter_mut().for_each(|weight| *weight /= 16.0);
        assert_eq!(risk.loss(&point).unwrap(), risk.loss(&rescaled).unwrap());
        let ratio = |measure: &dyn Fn(&[f64]) -> f64| measure(&rescaled) / measure(&point);
        let adaptive = ratio(&|x| sam::adaptive_rise(&f, x, 0.1, 0.0).unwrap());
        assert!((adaptive - 1.0).abs() < 1e-9, "{adaptive}");
        assert!(ratio(&|x| sam::rise(&f, x, 0.1).unwrap()) > 2.0);
        assert!(ratio(&|x| keskar::sharpness(&f, x, &[1e-3], 10).unwrap()[0].value) > 2.0);
    }
}

/// A corner of the box is as high as the sharpness says: no random corner is higher than what the search found.
#[test]
fn the_search_beats_random_corners() {
    for seed in 0..5 {
        let mut stream = Stream::new(seed);
        let data = Samples::new(&[2], stream.normals(40), Targets::Values(stream.normals(20))).unwrap();
        let network = Mlp::new(&[2, 6, 1], Activation::Tanh).unwrap();
        let risk = DenseRisk::<f64>::new(&network, &data, Loss::Squared).unwrap();
        let point = network.draw(Initialization::GlorotNormal, &mut stream);
        let size = 0.05;
        let found = &keskar::sharpness(&RiskObjective(&risk), &point, &[size], 10).unwrap()[0];
        for _ in 0..500 {
            let corner: Vec<f64> = point.iter().map(|x| x + stream.sign() * size * (x.abs() + 1.0)).collect();
            assert!(risk.loss(&corner).unwrap() <= found.highest);
        }
    }
}

/// Pairs of runs; after small batches the top eigenvalue, the sharpness in a subspace and the accuracy are these, after full
/// ones 4, 0.8 and 0.8.
fn evidence(top: f64, sharp: f64, adaptive: f64, accuracy: f64) -> Vec<(serde_json::Value, serde_json::Value)> {
    let measures = |top: f64, sharp: f64, adaptive: f64| {
        json!({
            "top": top, "residual": 1e-6, "trace": 9.0, "trace_error": 0.1, "keskar": [0.1 / top, 0.6],
            "keskar_subspace": [0.4, sharp], "sam": 0.01, "adaptive_sam": adaptive
        })
    };
    let mut evidence = Vec::new();
    for seed in 1..=10u64 {
        for batches in ["small", "small-watched", "full"] {
            let (top, sharp, accuracy) =
                if batches == "full" { (4.0, 0.8, 0.8) } else { (top, sharp, accuracy) };
            let wobble = 0.001 * (seed % 3) as f64 - 0.001;
            let test_accuracy = if batches == "full" { accuracy } else { accuracy + wobble };
            let outcome = json!({
                "steps": 100, "loss": 0.02, "gradient_norm": 0.05, "test_accuracy": test_accuracy, "top": top,
                "measures": measures(top, sharp, 0.01), "rescaled": measures(16.0 * top, sharp, adaptive)
            });
            evidence.push((json!({"batches": batches, "noise": 0.0, "seed": seed}), outcome));
        }
    }
    evidence
}

#[test]
fn teeth_the_verdicts_need_every_part() {
    type Runs = Vec<(serde_json::Value, serde_json::Value)>;
    let verdict = |id: &str, runs: &Runs| claims::find(id).unwrap().conclude(runs).unwrap().0.verdict;
    let sharper = |runs: &Runs| verdict("keskar-sharpness", runs);
    assert_eq!(sharper(&evidence(1.2, 0.5, 0.01, 0.8)), Verdict::Reproduced);
    assert_eq!(sharper(&evidence(5.0, 0.5, 0.01, 0.8)), Verdict::NotReproduced, "a larger eigenvalue");
    assert_eq!(
        sharper(&evidence(1.2, 0.9, 0.01, 0.8)),
        Verdict::NotReproduced,
        "sharper by the metric in a subspace"
    );
    assert_eq!(sharper(&evidence(1.2, 0.5, 0.02, 0.8)), Verdict::NotReproduced, "the adaptive rise changes");
    let gap = |runs: &Runs| verdict("keskar-generalisation-gap-negative", runs);
    assert_eq!(gap(&evidence(1.2, 0.5, 0.01, 0.8)), Verdict::Reproduced);
    assert_eq!(gap(&evidence(1.2, 0.5, 0.01, 0.82)), Verdict::NotReproduced, "a gap of two percent");
}

/// As many exceptions as nine of ten allow, and no more: for each way of looking, and for both together where runs are few.
#[test]
fn teeth_one_run_too_many_is_sharper() {
    let verdict = |runs: u64, exceptions: &[(&str, u64)]| {
        let mut evidence = evidence(1.2, 0.5, 0.01, 0.8);
        evidence.retain(|(task, _)| task["seed"].as_u64().unwrap() <= runs);
        for (task, outcome) in &mut evidence {
            let of = |(batches, count): &(&str, u64)| {
                task["batches"] == *batches && task["seed"].as_u64().unwrap() <= *count
            };
            if exceptions.iter().any(of) {
                outcome["measures"]["keskar_subspace"][1] = json!(0.9);
            }
        }
        claims::find("keskar-sharpness").unwrap().conclude(&evidence).unwrap().0.verdict
    };
    for batches in ["small", "small-watched"] {
        assert_eq!(verdict(10, &[(batches, 1)]), Verdict::Reproduced, "9 of 10");
        assert_eq!(verdict(10, &[(batches, 2)]), Verdict::NotReproduced, "8 of 10");
        assert_eq!(verdict(2, &[(batches, 1)]), Verdict::Reproduced, "3 of 4");
        assert_eq!(verdict(2, &[(batches, 2)]), Verdict::NotReproduced, "0 of 2");
    }
    assert_eq!(verdict(10, &[("small", 1), ("small-watched", 1)]), Verdict::Reproduced, "18 of 20");
    assert_eq!(verdict(2, &[("small", 1), ("small-watched", 1)]), Verdict::NotReproduced, "2 of 4");
}
