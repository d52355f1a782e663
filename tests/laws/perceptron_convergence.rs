//! `perceptron-convergence`: Novikoff's bound, in integers.

use num_bigint::{BigInt, BigUint};
use proptest::prelude::*;
use saddlepoint_theory::expressivity::perceptron::{Perceptron, PerceptronError};
use saddlepoint_theory::expressivity::separation::Decision;

proptest! {
    /// Any points that some weights separate, labelled by these weights.
    #[test]
    fn mistakes_stay_within_the_bound(
        (points, weights) in (1usize..5).prop_flat_map(|d| (
            prop::collection::vec(prop::collection::vec(-50i64..50, d), 1..30),
            prop::collection::vec(-9i64..9, d),
        )),
    ) {
        let value = |point: &Vec<i64>| point.iter().zip(&weights).map(|(x, w)| x * w).sum::<i64>();
        let points: Vec<Vec<i64>> = points.into_iter().filter(|point| value(point) != 0).collect();
        prop_assume!(!points.is_empty());
        let sides: Vec<bool> = points.iter().map(|point| value(point) > 0).collect();
        let perceptron = Perceptron::new(points.clone(), sides.clone()).unwrap();
        let weights: Vec<BigInt> = weights.iter().map(|&w| w.into()).collect();
        let bound = perceptron.mistake_bound(&weights).unwrap();
        let run = perceptron.learn(1_000_000);
        prop_assert!(run.converged && BigUint::from(run.mistakes) <= bound);
        // What it learned is a proof too, and so is what linear programming finds.
        prop_assert!(BigUint::from(run.mistakes) <= perceptron.mistake_bound(&run.weights).unwrap());
        let Decision::Separable(found) = perceptron.separation().decide() else { panic!("separated by construction") };
        prop_assert!(BigUint::from(run.mistakes) <= perceptron.mistake_bound(&found).unwrap());
        // In any order: backwards, for one.
        let backwards = Perceptron::new(points.into_iter().rev().collect(), sides.into_iter().rev().collect()).unwrap();
        prop_assert!(BigUint::from(backwards.learn(1_000_000).mistakes) <= bound);
    }

    /// The bound knows no units: scaled points and scaled weights have the same.
    #[test]
    fn the_bound_has_no_units(scale in 1i64..1000, weight in 1i64..1000) {
        let points = |s: i64| Perceptron::new(vec![vec![3 * s, s], vec![-s, 2 * s]], vec![true; 2]).unwrap();
        let bound = |s: i64, w: i64| points(s).mistake_bound(&[(w * 2).into(), (w * 3).into()]).unwrap();
        prop_assert_eq!(bound(scale, weight), bound(1, 1));
    }
}

/// Teeth: the unit vectors make as many mistakes as the bound allows; one less, or R/γ in place of its square, is caught.
#[test]
fn teeth_unit_vectors_attain_the_bound() {
    for n in 2..40usize {
        let axes = (0..n).map(|i| (0..n).map(|j| i64::from(i == j)).collect()).collect();
        let perceptron = Perceptron::new(axes, vec![true; n]).unwrap();
        let run = perceptron.learn(3);
        let bound = perceptron.mistake_bound(&vec![1.into(); n]).unwrap();
        assert_eq!((run.mistakes, run.converged, bound), (n as u64, true, n.into()));
        assert!(run.mistakes as f64 > (n as f64).sqrt());
    }
}

/// Teeth: without a margin nothing is bounded. The rule cycles on exclusive or, with bounded weights.
#[test]
fn teeth_without_a_margin_mistakes_never_end() {
    let corners = [[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]].map(Vec::from).to_vec();
    let xor = Perceptron::new(corners, vec![false, true, true, false]).unwrap();
    let run = xor.learn(5000);
    assert!(!run.converged && run.mistakes >= 5000 && run.largest < 100u32.into());
    assert_eq!(xor.mistake_bound(&run.weights), Err(PerceptronError::NoMargin));
}
