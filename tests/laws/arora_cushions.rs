//! `arora-cushions`: the cushions of a trained network are those of the definition, and no noise beats them.

use nalgebra::{DMatrix, DVector};
use saddlepoint_experiments::digit_networks::{DigitNetwork, Recipe, trained};
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::capacity::cushions::Cushions;
use serde_json::{Value, json};

use crate::evidence::{burn_lab, verdict};

const ID: &str = "arora-cushions";

fn small(random_labels: f64) -> std::sync::Arc<DigitNetwork> {
    trained(Recipe { random_labels, examples: 200, epochs: 100, seed: 1 }, &burn_lab()).unwrap()
}

fn weights(found: &DigitNetwork) -> Vec<DMatrix<f64>> {
    let matrix = |layer: &saddlepoint_rigor::IntervalMatrix| {
        let (rows, columns) = layer.shape();
        DMatrix::from_row_slice(rows, columns, layer.midpoints())
    };
    found.layers.weights().iter().map(matrix).collect()
}

fn inputs(found: &DigitNetwork, count: usize) -> Vec<Vec<f64>> {
    found.train.rows().take(count).map(<[f64]>::to_vec).collect()
}

/// By the definition, in plain floats: the least quotients over the inputs. Teeth: over fewer inputs cushions are larger.
#[test]
fn cushions_are_the_definitions() {
    let found = small(0.0);
    let (weights, all) = (weights(&found), inputs(&found, 25));
    let cushions = Cushions::new(&found.layers, &all).unwrap();
    let relu = |z: &DVector<f64>| z.map(|z| z.max(0.0));
    let (mut layer, mut second) = ([f64::INFINITY; 3], f64::INFINITY);
    for x in &all {
        let mut unit = DVector::from_column_slice(x);
        let mut before = Vec::new();
        for (i, w) in weights.iter().enumerate() {
            let z = w * &unit;
            layer[i] = layer[i].min(z.norm() / (w.norm() * unit.norm()));
            before.push(z.clone());
            unit = relu(&z);
        }
        // From layer 2 to layer 3: the columns of inactive units are gone.
        let jacobian =
            DMatrix::from_fn(10, 128, |i, j| if before[1][j] > 0.0 { weights[2][(i, j)] } else { 0.0 });
        second = second.min(before[2].norm() / (jacobian.norm() * before[1].norm()));
    }
    for (i, expected) in layer.into_iter().enumerate() {
        assert!((cushions.layer()[i].midpoint() / expected - 1.0).abs() < 1e-9, "layer {i}");
    }
    let expected = second.min(1.0 / 128f64.sqrt());
    assert!((cushions.interlayer()[1].midpoint() / expected - 1.0).abs() < 1e-9);
    let few = Cushions::new(&found.layers, &all[..5]).unwrap();
    assert!(
        few.sum() < cushions.sum()
            && few.layer().iter().zip(cushions.layer()).all(|(a, b)| a.high() >= b.low())
    );
}

/// What a cushion is for: normal noise at a layer's input, of the size of a part of it, moves its output by that part over the cushion at
/// most on average. Of inputs that lie in the layer's kernel nothing is left: no cushion.
#[test]
fn noise_is_attenuated_by_the_cushion() {
    let found = small(0.0);
    let (weights, all) = (weights(&found), inputs(&found, 25));
    let cushions = Cushions::new(&found.layers, &all).unwrap();
    let mut stream = Stream::new(4);
    for x in &all {
        let x = DVector::from_column_slice(x);
        let z = &weights[0] * &x;
        let moved: Vec<f64> = (0..50)
            .map(|_| {
                let noise = DVector::from_vec(stream.normals(64)) * (x.norm() / 8.0);
                (&weights[0] * noise).norm_squared()
            })
            .collect();
        let mean = (moved.iter().sum::<f64>() / 50.0).sqrt() / z.norm();
        // E‖A η‖² = ‖A‖_F² ‖x‖²/64 for noise with the norm of x: at most (‖z‖/μ)²/64.
        assert!(mean <= 1.2 / (8.0 * cushions.layer()[0].low()), "{mean}");
    }
}

/// On a fifth of the data the order is there, too.
#[test]
fn random_labels_leave_smaller_cushions() {
    let sum = |found: &DigitNetwork| Cushions::new(&found.layers, &inputs(found, 50)).unwrap().sum();
    let (of_true, of_random) = (sum(&small(0.0)), sum(&small(1.0)));
    assert!(of_random > 1.5 * of_true, "{of_true} {of_random}");
}

fn evidence(layer: f64, interlayer: f64, sum: f64, parameters: f64, change: f64) -> Vec<(Value, Value)> {
    let compressed =
        |k: u64, change: f64| json!({"projections": k, "change": change, "agreement": 0.9, "smoothness": 5.0});
    let run = |random: f64, layer: f64, interlayer: f64, sum: f64, compressed: Vec<Value>| {
        let recipe = json!({"random_labels": random, "examples": 1000, "epochs": 300, "seed": 1});
        let task = json!({"recipe": recipe, "on": "data", "points": 200, "projections": []});
        let outcome = json!({
            "layer": [layer, 0.2, 0.2], "interlayer": [interlayer, 0.088, 0.316], "contraction": 1.1, "sum": sum,
            "parameters": parameters * sum, "compressed": compressed,
        });
        (task, outcome)
    };
    vec![
        run(0.0, 0.16, 0.088, 1e4, vec![compressed(10_000, 0.5 * change), compressed(40_000, 0.25)]),
        run(1.0, 0.16 * layer, 0.088 * interlayer, 1e4 * sum, Vec::new()),
    ]
}

#[test]
fn teeth_of_the_verdict() {
    assert_eq!(verdict(ID, &evidence(0.5, 0.5, 40.0, 1e4, 1.0)), Verdict::Reproduced);
    assert_eq!(verdict(ID, &evidence(1.1, 0.5, 40.0, 1e4, 1.0)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(0.5, 1.1, 40.0, 1e4, 1.0)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(0.5, 0.5, 4.0, 1e4, 1.0)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(0.5, 0.5, 40.0, 1.0, 1.0)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &evidence(0.5, 0.5, 40.0, 1e4, 1.6)), Verdict::NotReproduced);
    assert_eq!(verdict(ID, &[]), Verdict::NotReproduced);
}
