//! `diagonal-preconditioning`: a diagonal scaling is invisible, a rotation is not.

use std::ops::ControlFlow;

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_experiments::claim::Profile;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_landscape::analytic::Quadratic;
use saddlepoint_landscape::descent::{AdaptiveDescent, GradientDescent, Iterate, StopRule};
use serde_json::{Value, json};

fn diagonal(eigenvalues: &[f64]) -> Quadratic {
    Quadratic::new(DMatrix::from_diagonal(&DVector::from_row_slice(eigenvalues))).unwrap()
}

fn methods(rate: f64) -> [AdaptiveDescent; 3] {
    let make = [AdaptiveDescent::ada_grad, AdaptiveDescent::rms_prop, AdaptiveDescent::adam];
    make.map(|method| method(rate).unwrap().without_epsilon())
}

/// An iterate of this size times an eigenvalue of `2⁻³⁰⁰`, times the least rate, is a normal number; AdaGrad may come closer
/// to the minimum than this within a few steps, where its rate is that of its first steps' length.
const SMALLEST: f64 = f64::from_bits((1023 - 700) << 52);

proptest! {
    /// Until an iterate is so close to the minimum that its scaled gradient would underflow.
    #[test]
    fn powers_of_two_do_not_change_a_bit(
        exponents in prop::collection::vec(-300i32..=300, 4),
        start in prop::collection::vec(prop_oneof![-2.0f64..-0.1, 0.1f64..2.0], 4),
        rate in 0.01f64..1.0,
        steps in 1usize..80,
    ) {
        let scaled: Vec<f64> = exponents.into_iter().map(|exponent| 2f64.powi(exponent)).collect();
        for method in methods(rate) {
            let run = |form: &Quadratic| {
                let far = |iterate: Iterate<'_>| {
                    let near = iterate.point.iter().any(|x| x.abs() < SMALLEST);
                    if near { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                };
                method.watch(form, &start, steps, far).unwrap()
            };
            prop_assert_eq!(run(&diagonal(&scaled)), run(&diagonal(&[1.0; 4])));
        }
    }

    /// Other scales differ by rounding, as long as no step turns it into a different sign.
    #[test]
    fn other_scales_differ_by_rounding(scale in 1e-3f64..1e3, steps in 1usize..20) {
        for method in methods(0.01) {
            let run = |form: &Quadratic| method.run(form, &[1.5, -0.8], steps).unwrap();
            let (plain, scaled) = (run(&diagonal(&[1.0, 1.0])), run(&diagonal(&[scale, 1.0])));
            for (a, b) in plain.iter().zip(&scaled) {
                prop_assert!((a - b).abs() < 1e-12, "{} {}", a, b);
            }
        }
    }
}

/// Where a gradient underflows its digits are lost, and with them the law: AdaGrad's contraction here is 8e-6 a step.
#[test]
fn teeth_an_underflow_is_seen() {
    let method = AdaptiveDescent::ada_grad(0.380_762_661_396_364_1).unwrap().without_epsilon();
    let run = |scale: f64| method.run(&diagonal(&[scale]), &[0.380_765_586_598_535], 58).unwrap()[0];
    assert!(run(1.0).abs() < 1e-230);
    assert_ne!(run(2f64.powi(-286)), run(1.0));
    assert_eq!(run(2f64.powi(-10)), run(1.0));
}

/// An ε that is not negligible, a rotation, or a method without scales: each sees the eigenvalues.
#[test]
fn teeth_without_its_hypotheses_the_scaling_is_seen() {
    let start = [1.3, -0.7];
    let adam = AdaptiveDescent::adam(0.1).unwrap();
    let with_epsilon = |scale: f64| adam.run(&diagonal(&[scale, 1.0]), &start, 20).unwrap();
    assert!((with_epsilon(1e-8)[0] - with_epsilon(1.0)[0]).abs() > 1e-2);
    let descent = GradientDescent::new(0.1, StopRule::after(20)).unwrap();
    let plain = |scale: f64| descent.run(&diagonal(&[scale, 1.0]), &start).unwrap().point;
    assert!((plain(0.25)[0] - plain(1.0)[0]).abs() > 0.1);
    let turn = DMatrix::from_row_slice(2, 2, &[0.8, -0.6, 0.6, 0.8]);
    let rotated = |scale: f64| {
        let form = &turn * DMatrix::from_diagonal(&nalgebra::dvector![scale, 1.0]) * turn.transpose();
        let form = Quadratic::new((&form + form.transpose()) * 0.5).unwrap();
        adam.without_epsilon().run(&form, &start, 20).unwrap()
    };
    assert!((rotated(0.25)[0] - rotated(1.0)[0]).abs() > 1e-2);
}

/// The verdict if AdaGrad needs this many steps where gradient descent needs 1,000, and has this excess risk where it has 1.
fn verdict(rotated: f64, unrotated: f64, risk: f64) -> Verdict {
    let claim = claims::find("diagonal-preconditioning").unwrap();
    let outcome = |task: &Value| {
        if let Some(diagonal) = task.get("diagonal") {
            let end = match diagonal["method"].as_str().unwrap() {
                "adam" => [0.08259855, 0.02612814, -0.01333017],
                _ => [0.328695937, -0.0231033719, 8.27431415e-5],
            };
            json!({"diagonal": {"scaled": end, "unit": end}})
        } else if task.get("rotated").is_some() {
            json!({"rotated": {"descent": [1000.0, 1000.0], "ada_grad": [rotated, unrotated], "adam": [500.0, 100.0],
                "jacobi": [6000.0, 1.0]}})
        } else {
            json!({"rare": {"descent": vec![1.0; 5], "ada_grad": vec![risk; 5]}})
        }
    };
    let plan = claim.plan(Profile::Smoke, 0).unwrap();
    let evidence: Vec<_> = plan.into_iter().map(|task| (task.clone(), outcome(&task))).collect();
    claim.conclude(&evidence).unwrap().0.verdict
}

#[test]
fn teeth_the_verdict_wants_the_gain_gone_when_rotated_and_there_when_not() {
    assert_eq!(verdict(900.0, 10.0, 0.5), Verdict::Reproduced);
    assert_eq!(verdict(100.0, 10.0, 0.5), Verdict::NotReproduced, "a rotation that does not matter");
    assert_eq!(verdict(900.0, 900.0, 0.5), Verdict::NotReproduced, "no gain on the axes");
    assert_eq!(verdict(900.0, 10.0, 0.9), Verdict::NotReproduced, "no gain on rare features");
}
