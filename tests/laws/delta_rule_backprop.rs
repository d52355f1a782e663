//! `delta-rule-backprop`: the formula against differences, its symmetries, and its price.

use std::cell::Cell;

use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::backpropagation::{Counted, SigmoidNetwork};

/// Widths of depth 1 to 4, and a seed for the rest.
fn networks() -> impl Strategy<Value = (Vec<usize>, u64)> {
    (prop::collection::vec(1usize..7, 2..=5), any::<u64>())
}

fn draw(widths: &[usize], seed: u64) -> (SigmoidNetwork, Vec<f64>, Vec<f64>) {
    let mut stream = Stream::new(seed);
    let layer = |pair: &[usize]| (0..pair[0] * pair[1]).map(|_| stream.between(-1.0, 1.0)).collect::<Vec<_>>();
    let weights = widths.windows(2).flat_map(layer).collect();
    let mut stream = Stream::new(seed.wrapping_add(1));
    let input = (0..widths[0]).map(|_| stream.between(-2.0, 2.0)).collect();
    // Classes: near a residual of zero the gradient vanishes, but not the error of a difference.
    let target = (0..*widths.last().unwrap()).map(|_| stream.index(2) as f64).collect();
    (SigmoidNetwork::new(widths, weights).unwrap(), input, target)
}

fn gradient(network: &SigmoidNetwork, input: &[f64], target: &[f64]) -> Vec<f64> {
    network.gradient(&network.evaluate(input).unwrap(), target).unwrap()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let scale = a.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / scale
}

proptest! {
    #[test]
    fn central_differences_agree((widths, seed) in networks()) {
        let (network, input, target) = draw(&widths, seed);
        let differences = network.differences(&input, &target, 1e-5).unwrap();
        // Rounding of the loss and the third derivative leave 1e-10, whatever the gradient's size.
        let found = gradient(&network, &input, &target).iter().zip(&differences).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        prop_assert!(found < 1e-9, "{found}");
    }

    /// Swapping two hidden units swaps their derivatives, and nothing else.
    #[test]
    fn swapping_hidden_units_permutes_the_gradient(inputs in 1usize..5, hidden in 2usize..6, seed in any::<u64>()) {
        let widths = [inputs, hidden, 1];
        let (network, input, target) = draw(&widths, seed);
        let swap = |numbers: &[f64]| {
            let mut swapped = numbers.to_vec();
            for j in 0..inputs {
                swapped.swap(j, (hidden - 1) * inputs + j);
            }
            swapped.swap(inputs * hidden, inputs * hidden + hidden - 1);
            swapped
        };
        let swapped = SigmoidNetwork::new(&widths, swap(network.weights())).unwrap();
        let (before, after) = (gradient(&network, &input, &target), gradient(&swapped, &input, &target));
        // Sums run in another order: rounding only.
        prop_assert!(distance(&swap(&before), &after) < 1e-12);
    }

    /// What is counted while it runs is the formula; at most 3E for two inputs a unit and more, 4E always.
    #[test]
    fn the_price_is_the_formulas((widths, seed) in networks()) {
        let (network, input, target) = draw(&widths, seed);
        let count = Cell::new(0);
        let counted = |numbers: &[f64]| numbers.iter().map(|&x| Counted::new(x, &count)).collect::<Vec<_>>();
        let copy = SigmoidNetwork::new(&widths, counted(network.weights())).unwrap();
        let units = copy.evaluate(&counted(&input)).unwrap();
        prop_assert_eq!(count.replace(0), copy.edges());
        let numbers = copy.gradient(&units, &counted(&target)).unwrap();
        prop_assert_eq!(count.get(), copy.backward_multiplications());
        let values: Vec<f64> = numbers.iter().map(|number| number.get()).collect();
        prop_assert_eq!(values, gradient(&network, &input, &target));
        prop_assert!(count.get() <= 4 * copy.edges());
        prop_assert!(widths[..widths.len() - 1].contains(&1) || count.get() <= 3 * copy.edges());
    }

    /// For one unit it is the delta rule.
    #[test]
    fn one_unit_is_the_delta_rule(w in prop::array::uniform3(-2.0f64..2.0), x in prop::array::uniform3(-2.0f64..2.0), y in 0.0f64..1.0) {
        let network = SigmoidNetwork::new(&[3, 1], w.to_vec()).unwrap();
        let z: f64 = w.iter().zip(&x).map(|(w, x)| w * x).sum();
        let output = 1.0 / (1.0 + (-z).exp());
        let expected = x.map(|x| (output - y) * output * (1.0 - output) * x);
        let found = gradient(&network, &x, &[y]);
        prop_assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15));
    }

    #[test]
    fn any_bits_are_evaluated_or_refused(bits in prop::array::uniform6(any::<u64>())) {
        let numbers = bits.map(f64::from_bits);
        if let Ok(network) = SigmoidNetwork::new(&[2, 1, 1], numbers[..3].to_vec())
            && let Ok(units) = network.evaluate(&numbers[3..5])
            && let Ok(gradient) = network.gradient(&units, &numbers[5..])
        {
            prop_assert_eq!(gradient.len(), 3);
        }
    }
}

/// With one input a unit three evaluations do not pay for it: the condition on the widths is needed.
#[test]
fn teeth_a_chain_of_single_units_costs_more_than_three_evaluations() {
    let chain = SigmoidNetwork::new(&[1; 11], vec![0.5; 10]).unwrap();
    assert_eq!((chain.edges(), chain.backward_multiplications()), (10, 39));
}

/// The identity that notes print, `σ′ = σ(1 − σ′)`, says 1/3 at 0; the network says 1/4.
#[test]
fn teeth_the_printed_identity_is_wrong() {
    let neuron = SigmoidNetwork::new(&[1, 1], vec![0.0]).unwrap();
    let slope = gradient(&neuron, &[1.0], &[-0.5])[0];
    let printed = 0.5 / (1.0 + 0.5);
    assert_eq!(slope, 0.25);
    let differences = neuron.differences(&[1.0], &[-0.5], 1e-5).unwrap()[0];
    assert!((differences - slope).abs() < 1e-9 && (differences - printed).abs() > 0.08);
}

/// A sign error or a missing factor in any layer is seen by the differences.
#[test]
fn teeth_a_wrong_derivative_is_caught() {
    let (network, input, target) = draw(&[3, 4, 1], 5);
    let differences = network.differences(&input, &target, 1e-5).unwrap();
    let mut wrong = gradient(&network, &input, &target);
    wrong[2] = -wrong[2];
    assert!(distance(&wrong, &differences) > 1e-4);
}
