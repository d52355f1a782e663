//! `margin-distributions`: normalized margins do not see scale, raw ones see nothing else.

use proptest::prelude::*;
use saddlepoint_experiments::digit_networks::{DigitNetwork, Recipe, trained};
use saddlepoint_experiments::sample::area_under_curve;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_rigor::IntervalMatrix;
use saddlepoint_theory::capacity::norms::Layers;
use serde_json::{Value, json};

use crate::evidence::{burn_lab, verdict};

const ID: &str = "margin-distributions";

fn scaled(found: &DigitNetwork, factors: [f64; 3]) -> DigitNetwork {
    let layer = |(layer, factor): (&IntervalMatrix, f64)| {
        let (rows, columns) = layer.shape();
        let entries = layer.midpoints().iter().map(|w| w * factor).collect();
        IntervalMatrix::from_rows(rows, columns, entries).unwrap()
    };
    let layers = found.layers.weights().iter().zip(factors).map(layer).collect();
    DigitNetwork { layers: Layers::new(layers).unwrap(), ..found.clone() }
}

/// The margins of a trained network over `R_A ‖X‖_F/n` are the same after any rescaling of its layers. Teeth: the raw ones are
/// multiplied by the product of the factors.
#[test]
fn the_scale_of_a_trained_network_is_not_seen() {
    let found =
        trained(Recipe { random_labels: 0.5, examples: 100, epochs: 20, seed: 1 }, &burn_lab()).unwrap();
    let normalized = |found: &DigitNetwork| {
        found.margins().unwrap().normalized_by(found.margin_scale().unwrap()).unwrap().median().midpoint()
    };
    for factors in [[3.0, 1.0, 1.0], [1.0, 0.1, 5.0], [7.0, 7.0, 0.3]] {
        let other = scaled(&found, factors);
        assert!((normalized(&other) / normalized(&found) - 1.0).abs() < 1e-9);
        let raw = other.margins().unwrap().median().midpoint() / found.margins().unwrap().median().midpoint();
        assert!((raw / factors.iter().product::<f64>() - 1.0).abs() < 1e-9);
    }
}

proptest! {
    /// The area is a probability, the other way around its complement, and it sees order alone.
    #[test]
    fn the_area_is_the_probability_of_order(
        x in prop::collection::vec(-5i32..5, 1..20), y in prop::collection::vec(-5i32..5, 1..20),
    ) {
        let of = |values: &[i32], f: fn(f64) -> f64| values.iter().map(|&v| f(f64::from(v))).collect::<Vec<f64>>();
        let (a, b) = (of(&x, |v| v), of(&y, |v| v));
        let area = area_under_curve(&a, &b);
        prop_assert!((area + area_under_curve(&b, &a) - 1.0).abs() < 1e-12);
        prop_assert_eq!(area, area_under_curve(&of(&x, f64::exp), &of(&y, f64::exp)));
        let shifted: Vec<f64> = b.iter().map(|v| v - 20.0).collect();
        prop_assert_eq!(area_under_curve(&a, &shifted), 1.0);
    }
}

/// Medians of raw margins and scales of an early network on true labels, of the ends on true and on half random labels, and on
/// random ones.
fn evidence(medians: [f64; 4], scales: [f64; 4], errors: [f64; 4]) -> Vec<(Value, Value)> {
    let runs = [(0.0, 3), (0.0, 300), (0.5, 300), (1.0, 300)];
    let run = |i: usize| {
        let (random, epochs) = runs[i];
        let task = json!({"recipe": {"random_labels": random, "examples": 1000, "epochs": epochs, "seed": 1}});
        let margins: Vec<f64> = (0..101).map(|j| medians[i] * (1.0 + (f64::from(j) - 50.0) / 1000.0)).collect();
        (task, json!({"margins": margins, "scale": scales[i], "errors": [0.0, errors[i]]}))
    };
    (0..4).map(run).collect()
}

#[test]
fn teeth_of_the_verdict() {
    let (medians, scales, errors) =
        ([1.0, 12.0, 6.0, 2.5], [60.0, 1000.0, 2000.0, 5000.0], [0.2, 0.03, 0.5, 0.9]);
    assert_eq!(verdict(ID, &evidence(medians, scales, errors)), Verdict::Reproduced);
    // Half random labels with the larger normalized margins, or the smaller error.
    assert_eq!(verdict(ID, &evidence([1.0, 12.0, 30.0, 2.5], scales, errors)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(medians, scales, [0.2, 0.6, 0.5, 0.9])), Verdict::NotReproduced);
    // Raw margins that are in order already, or normalized ones that are not.
    assert_eq!(verdict(ID, &evidence([3.0, 12.0, 6.0, 2.5], scales, errors)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(medians, [1e5, 1000.0, 2000.0, 5000.0], errors)), Verdict::NotReproduced);
}
