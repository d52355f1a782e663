//! `xor-perceptron`: no weights compute exclusive or, and what descent is stuck at.

use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_landscape::analytic::{Activation, HiddenLayer};
use saddlepoint_landscape::objective::Objective;
use saddlepoint_theory::expressivity::separation::{Decision, Separation};
use saddlepoint_theory::expressivity::threshold_order::BooleanFunction;
use saddlepoint_theory::expressivity::xor;
use serde_json::{Value, json};

const CORNERS: [[f64; 2]; 4] = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
const XOR: [bool; 4] = [false, true, true, false];

proptest! {
    /// Whatever the weights, a threshold unit is wrong at one corner at least.
    #[test]
    fn a_threshold_unit_is_wrong_somewhere(w in prop::array::uniform3(any::<f64>())) {
        prop_assume!(w.iter().all(|w| w.abs() < 1e150));
        let right = CORNERS.iter().zip(XOR).filter(|([x, y], value)| (w[0] * x + w[1] * y + w[2] > 0.0) == *value);
        prop_assert!(right.count() <= 3);
    }

    /// Exchanging hidden units, or the two inputs, does not change the loss.
    #[test]
    fn the_loss_has_the_symmetries_of_the_problem(point in prop::collection::vec(-3.0f64..3.0, 9)) {
        let network = HiddenLayer::exclusive_or(Activation::Tanh, 2).unwrap();
        let [a, b, c, d, e, f, g, h, i] = point[..] else { unreachable!("nine entries") };
        let value = |point: [f64; 9]| network.value(&point).unwrap();
        let before = value([a, b, c, d, e, f, g, h, i]);
        prop_assert!((value([e, f, g, h, a, b, c, d, i]) - before).abs() <= 1e-13 * before);
        prop_assert!((value([b, a, c, d, f, e, g, h, i]) - before).abs() <= 1e-13 * before);
    }

    /// A network with one monotone unit is a threshold unit in disguise: its error is at least 1/6.
    #[test]
    fn one_unit_never_learns(point in prop::collection::vec(-20.0f64..20.0, 5), which in 0usize..3) {
        let activation = [Activation::Relu, Activation::Tanh, Activation::Logistic][which];
        let network = HiddenLayer::exclusive_or(activation, 1).unwrap();
        prop_assert!(network.value(&point).unwrap() >= 1.0 / 6.0 - 1e-12);
    }
}

/// The separable functions, found by trying small weights: an oracle that knows no linear programming.
#[test]
fn fourteen_of_sixteen_functions_are_separable() {
    let mut found = std::collections::BTreeSet::new();
    for w in 0..125 {
        let [a, b, c] = [w % 5 - 2, w / 5 % 5 - 2, w / 25 - 2];
        // Half units keep all corners off the border.
        found.insert([0, b, a, a + b].map(|sum| 2 * sum + 2 * c + 1 > 0));
    }
    assert_eq!(found.len(), 14);
    for table in 0..16usize {
        let function = BooleanFunction::new(2, |point| table >> point & 1 == 1).unwrap();
        let order = function.order(&[]).unwrap();
        // Bit 0 of a point is x₁ here, the corners above count x₂ first: the same up to an exchange of inputs.
        let [zero, one, two, three] = function.values()[..] else { unreachable!("four points") };
        assert_eq!(order.degree() <= 1, found.contains(&[zero, one, two, three]), "{table:04b}");
        assert!(order.verify(&function));
    }
}

/// The diagonals of the square have the same midpoint: the refutation gives every corner the same weight.
#[test]
fn the_refutation_is_that_the_diagonals_cross() {
    let corners = CORNERS.map(|[x, y]| vec![1, x as i64, y as i64]).to_vec();
    let problem = Separation::new(corners, XOR.to_vec()).unwrap();
    let Decision::Inseparable(weights) = problem.decide() else { panic!("separable") };
    assert!(problem.refutes(&weights) && weights.iter().all(|weight| *weight == weights[0]));
}

#[test]
fn two_relu_units_compute_it_exactly() {
    let exact = HiddenLayer::exclusive_or(Activation::Relu, 2).unwrap();
    assert_eq!(exact.value(&[1.0, 1.0, 0.0, 1.0, 1.0, 1.0, -1.0, -2.0, 0.0]).unwrap(), 0.0);
    for ([x, y], value) in CORNERS.into_iter().zip(XOR) {
        assert_eq!(xor::network(x, y), f64::from(u8::from(value)));
        assert_eq!(xor::network(x as f32, y as f32), f32::from(u8::from(value)));
    }
}

/// Where the failures end: k corners fitted, the others at their mean, is a critical point of a ReLU network.
#[test]
fn the_stuck_losses_are_critical_values() {
    let network = HiddenLayer::exclusive_or(Activation::Relu, 1).unwrap();
    // A dead unit; a unit that sees (1, 1) only; one that sees (1, 0) only.
    for (point, loss) in [
        ([-1.0, -1.0, -1.0, 1.0, 0.5], 0.25),
        ([1.0, 1.0, -1.0, -2.0 / 3.0, 2.0 / 3.0], 1.0 / 6.0),
        ([1.0, -1.0, 0.0, 2.0 / 3.0, 1.0 / 3.0], 1.0 / 6.0),
    ] {
        assert!((network.value(&point).unwrap() - loss).abs() < 1e-15);
        assert!(network.gradient(&point).unwrap().norm() < 1e-14, "{point:?}");
    }
    let two = HiddenLayer::exclusive_or(Activation::Relu, 2).unwrap();
    // Both (1, 0) and (1, 1) have a unit of their own; the others, 0 and 1, get their mean.
    let point = [1.0, -1.0, 0.0, 0.5, 1.0, 1.0, -1.0, -0.5, 0.5];
    assert!((two.value(&point).unwrap() - 0.125).abs() < 1e-15);
    assert!(two.gradient(&point).unwrap().norm() < 1e-14);
}

fn evidence(successes: [(usize, usize); 4], failed: f64) -> Vec<(Value, Value)> {
    let exact = json!({
        "part": "exact", "separable": 14, "unproved": 0, "xor_separable": false, "agreement": 3,
        "refutation": ["1", "1", "1", "1"], "network": [0.0, 1.0, 1.0, 0.0],
        "portrait": {"x": [], "y": [], "z": [], "paths": []}
    });
    let train = [1, 2, 4, 8].into_iter().zip(successes).map(|(width, (good, all))| {
        let losses: Vec<f64> = (0..all).map(|run| if run < good { 1e-9 } else { failed }).collect();
        let task = json!({"part": "train", "unit": "relu", "width": width, "starts": all, "seed": 0});
        (task, json!({"part": "train", "losses": losses}))
    });
    [(json!({"part": "exact"}), exact)].into_iter().chain(train).collect()
}

fn verdict(successes: [(usize, usize); 4], failed: f64) -> Verdict {
    let claim = claims::find("xor-perceptron").unwrap();
    claim.conclude(&evidence(successes, failed)).unwrap().0.verdict
}

#[test]
fn teeth_the_verdict_needs_gaps_and_quantized_failures() {
    let good = [(0, 150), (30, 150), (95, 150), (143, 150)];
    assert_eq!(verdict(good, 0.25), Verdict::Reproduced);
    assert_eq!(verdict(good, 0.2), Verdict::NotReproduced, "stuck elsewhere");
    assert_eq!(
        verdict([(1, 150), good[1], good[2], good[3]], 0.25),
        Verdict::NotReproduced,
        "one unit that learns"
    );
    assert_eq!(verdict([good[0], good[2], good[2], good[3]], 0.25), Verdict::NotReproduced, "no gap");
    assert_eq!(verdict([(0, 5), (1, 5), (3, 5), (5, 5)], 0.25), Verdict::NotReproduced, "too few runs to tell");
}
