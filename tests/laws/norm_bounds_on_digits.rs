//! `norm-bounds-on-digits`: what is measured are the trained network's own margins and norms, on small trainings.

use saddlepoint_experiments::digit_networks::{DigitNetwork, Recipe, WEIGHTS, trained};
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_theory::capacity::norms::spectral;
use saddlepoint_theory::capacity::spectral_complexity;
use serde_json::{Value, json};

use crate::evidence::{burn_lab, verdict};

const ID: &str = "norm-bounds-on-digits";

fn small(random_labels: f64, seed: u64) -> std::sync::Arc<DigitNetwork> {
    trained(Recipe { random_labels, examples: 200, epochs: 300, seed }, &burn_lab()).unwrap()
}

/// The share of positive margins is the training accuracy, the inputs have norm 1, and true labels were kept where none is random.
#[test]
fn margins_are_those_of_the_trained_network() {
    let (of_true, of_random) = (small(0.0, 1), small(1.0, 1));
    for found in [&of_true, &of_random] {
        let weights: usize = found.layers.weights().iter().map(|w| w.midpoints().len()).sum();
        assert_eq!(weights, WEIGHTS);
        let margins = found.margins().unwrap();
        let right = margins.all().iter().filter(|margin| margin.low() > 0.0).count();
        // Outputs are computed in f32 there, and enclosed here: ties would differ.
        assert!((right as f64 / 200.0 - found.train_accuracy).abs() < 1e-9, "{right}");
        let norm = found.inputs().unwrap().frobenius();
        assert!((norm.midpoint() - 200f64.sqrt()).abs() < 1e-12);
        let network = found.relu_network().unwrap();
        let x = found.train.rows().next().unwrap();
        let f = network.value(x).unwrap();
        let label = found.train.labels().unwrap().0[0];
        let others = (0..10).filter(|&j| j != label).map(|j| f[j]).fold(f64::NEG_INFINITY, f64::max);
        assert!((f[label] - others - margins.all()[0].midpoint()).abs() < 1e-9);
    }
    let (a, b) = (of_true.train.labels().unwrap().0.to_vec(), of_random.train.labels().unwrap().0.to_vec());
    let same = a.iter().zip(&b).filter(|(a, b)| a == b).count();
    // A tenth of the random labels are right by chance.
    assert!((5..=45).contains(&same), "{same}");
}

/// Random labels need larger norms and leave smaller normalized margins, on a fifth of the data too.
#[test]
fn random_labels_need_more() {
    for seed in [1, 2] {
        let (of_true, of_random) = (small(0.0, seed), small(1.0, seed));
        let complexity =
            |found: &DigitNetwork| spectral_complexity::of_layers(&found.layers).unwrap().midpoint();
        let product = |found: &DigitNetwork| found.layers.product(spectral).unwrap().midpoint();
        assert!(complexity(&of_random) > complexity(&of_true) && product(&of_random) > product(&of_true));
        let median = |found: &DigitNetwork| {
            found.margins().unwrap().normalized_by(found.margin_scale().unwrap()).unwrap().median().midpoint()
        };
        assert!(median(&of_true) > 2.0 * median(&of_random), "seed {seed}");
    }
}

fn evidence(ratio: f64, overlap: usize, bounds: [f64; 4]) -> Vec<(Value, Value)> {
    let run = |random: f64, scale: f64| {
        let task = json!({"recipe": {"random_labels": random, "examples": 1000, "epochs": 300, "seed": 1}});
        let normalized: Vec<f64> =
            (0..100).map(|i| if (i < overlap) == (random > 0.0) { 1.0 } else { 0.0 } + if random > 0.0 { 0.0 } else { 0.5 }).collect();
        let bounds: Vec<Value> = bounds
            .iter()
            .map(|b| json!({"name": "bound", "complexity": b * scale, "parts": [["part", b * scale]]}))
            .collect();
        let outcome = json!({
            "accuracy": [1.0, 0.9], "product": 100.0 * scale, "complexity": 1e4 * if random > 0.0 { ratio } else { 1.0 },
            "margins": [1.0, 2.0], "normalized": normalized, "bounds": bounds,
        });
        (task, outcome)
    };
    vec![run(0.0, 1.0), run(1.0, 10.0)]
}

#[test]
fn teeth_of_the_verdict() {
    let usual = [150.0, 180.0, 1.7e5, 3.2e5];
    assert_eq!(verdict(ID, &evidence(5.0, 0, usual)), Verdict::Reproduced);
    assert_eq!(verdict(ID, &evidence(2.9, 0, usual)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(5.0, 60, usual)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(5.0, 0, [0.9, 180.0, 1.7e5, 3.2e5])), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(5.0, 0, [150.0, 1.8e5, 1.7e5, 3.2e5])), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(5.0, 0, usual)[..1]), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &[]), Verdict::NotReproduced);
}
