//! `edge-of-stability`: a network and seeds that nobody chose reach the edge; what does not is told apart.

use saddlepoint_experiments::claim::Lab;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_landscape::analytic::Quadratic;
use saddlepoint_landscape::descent::{End, GradientDescent, StopRule};
use serde_json::{Value, json};

fn verdict(evidence: &[(Value, Value)]) -> Verdict {
    claims::find("edge-of-stability").unwrap().conclude(evidence).unwrap().0.verdict
}

fn task(rate: f64, steps: usize) -> Value {
    json!({"rate": rate, "steps": steps, "every": 30, "samples": 60, "densities": false, "seed": 77})
}

/// A descent with these products of step and sharpness at its looks, and losses that fall.
fn descent(rate: f64, products: &[f64], losses: &[f64]) -> (Value, Value) {
    let looks: Vec<Value> = products
        .iter()
        .zip(losses)
        .enumerate()
        .map(|(i, (product, loss))| {
            json!({"step": 30 * i, "loss": loss, "sharpness": product / rate, "residual": 1e-6})
        })
        .collect();
    (task(rate, 30 * products.len()), json!({"looks": looks, "densities": []}))
}

const RISING: [f64; 6] = [0.8, 1.5, 2.1, 1.9, 2.05, 2.0];
const FALLING: [f64; 6] = [0.5, 0.3, 0.2, 0.21, 0.1, 0.05];

/// With fewer digits, another seed and another step than any profile has, the sharpness hovers at the edge; with the same
/// number of far shorter steps it does not come near.
#[test]
fn another_network_reaches_the_edge() {
    let claim = claims::find("edge-of-stability").unwrap();
    let run = |rate: f64| {
        let task = task(rate, 1500);
        let outcome = claim.run(&task, &Lab::bench()).unwrap();
        verdict(&[(task, outcome)])
    };
    assert_eq!(run(0.5), Verdict::Reproduced);
    assert_eq!(run(0.11), Verdict::NotReproduced, "teeth: below the edge");
}

/// Teeth: each part of the criterion can fail.
#[test]
fn teeth_the_judge_rejects_what_contradicts() {
    assert_eq!(verdict(&[descent(0.4, &RISING, &FALLING)]), Verdict::Reproduced);
    let mut below = RISING;
    below[3..].copy_from_slice(&[1.7, 1.7, 1.7]);
    assert_eq!(verdict(&[descent(0.4, &below, &FALLING)]), Verdict::NotReproduced);
    let mut above = RISING;
    above[3..].copy_from_slice(&[2.6, 2.6, 2.6]);
    assert_eq!(verdict(&[descent(0.4, &above, &FALLING)]), Verdict::NotReproduced);
    let mut beyond = RISING;
    beyond[0] = 2.5;
    assert_eq!(verdict(&[descent(0.4, &beyond, &FALLING)]), Verdict::NotReproduced);
    assert_eq!(verdict(&[descent(0.4, &RISING, &[0.5; 6])]), Verdict::NotReproduced);
    // The control must get past the longest edge, and stay below its own.
    let control = |largest: f64| descent(0.1, &[0.1, 0.2, 0.3, 0.4, largest, largest], &FALLING);
    assert_eq!(verdict(&[control(0.9), descent(0.4, &RISING, &FALLING)]), Verdict::Reproduced);
    assert_eq!(verdict(&[control(0.45), descent(0.4, &RISING, &FALLING)]), Verdict::NotReproduced);
    assert_eq!(verdict(&[control(2.1), descent(0.4, &RISING, &FALLING)]), Verdict::NotReproduced);
}

/// Why the edge is where it is: on a quadratic, descent converges below two over the step and diverges above.
#[test]
fn a_quadratic_has_no_life_beyond_the_edge() {
    let f = Quadratic::new(nalgebra::dmatrix![10.0, 0.0; 0.0, 1.0]).unwrap();
    for (product, end) in [(1.9, End::Critical), (2.1, End::Diverged)] {
        let stop = StopRule { steps: 20_000, gradient_norm: 1e-9 };
        let found = GradientDescent::new(product / 10.0, stop).unwrap().run(&f, &[1.0, 1.0]).unwrap();
        assert_eq!(found.end, end);
    }
}
