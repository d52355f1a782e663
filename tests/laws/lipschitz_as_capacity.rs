//! `lipschitz-as-capacity`: the estimates enclose what the network does, at small trainings.

use saddlepoint_experiments::digit_networks::{Recipe, trained};
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_theory::capacity::lipschitz::{averaged, product, sampled};
use serde_json::{Value, json};

use crate::evidence::{burn_lab, verdict};

const ID: &str = "lipschitz-as-capacity";

/// No difference quotient between training inputs is above the product, and those along a Jacobian's range reach it where the
/// network is linear: the sampled norm is one of the network and not of its weights alone.
#[test]
fn difference_quotients_lie_between() {
    for random_labels in [0.0, 1.0] {
        let found = trained(Recipe { random_labels, examples: 100, epochs: 40, seed: 1 }, &burn_lab()).unwrap();
        let network = found.relu_network().unwrap();
        let rows: Vec<&[f64]> = found.train.rows().take(20).collect();
        let (below, between, above) =
            (sampled(&network, &rows).unwrap().bound, averaged(&network).unwrap(), product(&network).unwrap());
        assert!(below <= between && between <= above * (1.0 + 1e-12));
        for pair in rows.windows(2) {
            let distance = pair[0].iter().zip(pair[1]).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt();
            let change = (network.value(pair[0]).unwrap() - network.value(pair[1]).unwrap()).norm();
            assert!(change <= above * distance);
        }
        // Teeth: a tenth of the product is below what some input shows.
        assert!(below > above / 30.0, "{below} {above}");
    }
}

/// Random labels on the same inputs from the same start: both estimates rise, at a tenth of the data too.
#[test]
fn random_labels_raise_both_ends() {
    let ends = |random_labels| {
        let found =
            trained(Recipe { random_labels, examples: 100, epochs: 150, seed: 2 }, &burn_lab()).unwrap();
        let network = found.relu_network().unwrap();
        let rows: Vec<&[f64]> = found.train.rows().take(30).collect();
        (sampled(&network, &rows).unwrap().bound, product(&network).unwrap())
    };
    let (of_true, of_random) = (ends(0.0), ends(1.0));
    assert!(of_random.0 > of_true.0 && of_random.1 > of_true.1, "{of_true:?} {of_random:?}");
}

fn evidence(lower: f64, upper: f64, error: f64) -> Vec<(Value, Value)> {
    let run = |random: f64, lower: f64, upper: f64, error: f64| {
        let task = json!({"recipe": {"random_labels": random, "examples": 1000, "epochs": 300, "seed": 1}, "points": 2});
        let outcome = json!({
            "jacobians": [0.9 * lower, lower], "averaged": 0.8 * upper, "product": upper, "test_error": error,
        });
        (task, outcome)
    };
    vec![run(0.0, 100.0, 250.0, 0.03), run(1.0, 100.0 * lower, 250.0 * upper, error)]
}

#[test]
fn teeth_of_the_verdict() {
    assert_eq!(verdict(ID, &evidence(1.8, 5.0, 0.9)), Verdict::Reproduced);
    assert_eq!(verdict(ID, &evidence(1.3, 5.0, 0.9)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(1.8, 2.9, 0.9)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(1.8, 5.0, 0.3)), Verdict::NotReproduced);
    // A Jacobian above the bound is no Jacobian.
    assert_eq!(verdict(ID, &evidence(12.0, 5.0, 0.9)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &[]), Verdict::NotReproduced);
}
