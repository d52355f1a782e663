//! `excess-capacity-over-epochs`: a training that is looked at on its way is the same training.

use saddlepoint_experiments::digit_networks::{Recipe, trained};
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_theory::capacity::norms::spectral;
use serde_json::{Value, json};

use crate::evidence::{burn_lab, verdict};

const ID: &str = "excess-capacity-over-epochs";

fn recipe(epochs: usize) -> Recipe {
    Recipe { random_labels: 0.0, examples: 200, epochs, seed: 3 }
}

/// From the same seed, start and data are the same however long training goes on, so that the looks are points of one course;
/// the same recipe gives the same weights to the bit, in another lab too. Norms grow along it.
#[test]
fn looks_are_points_of_one_course() {
    let lab = burn_lab();
    let (start, again) = (trained(recipe(0), &lab).unwrap(), trained(recipe(0), &burn_lab()).unwrap());
    assert_eq!(start.layers, again.layers);
    let looks: Vec<_> = [0, 10, 40, 160].map(|epochs| trained(recipe(epochs), &lab).unwrap()).into();
    let product = |found: &saddlepoint_experiments::digit_networks::DigitNetwork| {
        found.layers.product(spectral).unwrap().midpoint()
    };
    for pair in looks.windows(2) {
        assert_eq!(pair[0].train, pair[1].train);
        assert!(product(&pair[1]) > product(&pair[0]));
    }
    let (early, late) = (&looks[2], &looks[3]);
    let margin = |found: &saddlepoint_experiments::digit_networks::DigitNetwork| {
        found.margins().unwrap().median().midpoint()
    };
    assert!(margin(late) > margin(early));
    // The quotient moves less than either.
    let quotient = (product(late) / margin(late)) / (product(early) / margin(early));
    assert!(quotient.max(1.0 / quotient) < product(late) / product(early), "{quotient}");
}

fn evidence(product: f64, complexity: f64, margin: f64, error: f64, random: f64) -> Vec<(Value, Value)> {
    let run = |random: f64, epochs: usize, product: f64, complexity: f64, margin: f64, error: f64| {
        let task = json!({"recipe": {"random_labels": random, "examples": 1000, "epochs": epochs, "seed": 1}});
        let outcome =
            json!({"product": product, "complexity": complexity, "margin": margin, "errors": [0.0, error]});
        (task, outcome)
    };
    vec![
        run(0.0, 100, 100.0, 1e4, 6.0, 0.03),
        run(0.0, 300, 100.0 * product, 1e4 * complexity, 6.0 * margin, 0.03 + error),
        run(1.0, 300, 100.0 * product * random, 1e5, 6.0 * margin, 0.9),
    ]
}

#[test]
fn teeth_of_the_verdict() {
    assert_eq!(verdict(ID, &evidence(1.75, 1.6, 1.7, 0.003, 10.0)), Verdict::Reproduced);
    assert_eq!(verdict(ID, &evidence(1.2, 1.6, 1.3, 0.003, 10.0)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(1.75, 1.1, 1.4, 0.003, 10.0)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(1.75, 1.6, 1.2, 0.003, 10.0)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(1.75, 1.6, 2.5, 0.003, 10.0)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(1.75, 1.6, 1.7, 0.02, 10.0)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(1.75, 1.6, 1.7, 0.003, 4.0)), Verdict::NotReproduced);
}
