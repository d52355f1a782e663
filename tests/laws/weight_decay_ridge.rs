//! `weight-decay-ridge`: the closed form against the estimator itself, and one step with penalty and with decay.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::decaying_design::{decaying_design, direction};
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::native::Update;
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::Optimizer;
use saddlepoint_theory::regularization::spectral_filter::{Filter, FixedDesign};
use serde_json::json;

/// Squared bias and variance of the linear estimator `(XᵀX/n + λ)⁻¹Xᵀy/n`, from its matrix.
fn by_hand(design: &DMatrix<f64>, beta: &[f64], noise: f64, penalty: f64) -> f64 {
    let (n, d) = design.shape();
    let gram = design.transpose() * design / n as f64;
    let inverse = (&gram + DMatrix::identity(d, d) * penalty).try_inverse().unwrap();
    let bias = (&inverse * &gram - DMatrix::identity(d, d)) * DVector::from_column_slice(beta);
    let map = inverse * design.transpose() / n as f64;
    bias.norm_squared() + noise * noise * map.norm_squared()
}

proptest! {
    #[test]
    fn the_closed_form_is_the_estimators_risk(seed in 0..10_000u64, n in 2usize..20, d in 1usize..8, noise in 0.1f64..2.0, penalty in 0.01f64..10.0) {
        let mut stream = Stream::new(seed);
        let design = decaying_design(n, d, 0.5, &mut stream);
        let beta = direction(d, 1.0, &mut stream);
        let problem = FixedDesign::new(&design, &beta, noise).unwrap();
        let (found, expected) = (problem.risk(Filter::Ridge(penalty)).unwrap(), by_hand(&design, &beta, noise, penalty));
        prop_assert!((found / expected - 1.0).abs() < 1e-9, "{found} {expected}");
        // Teeth: the variance with s/(s+λ) in place of its square is another number.
        let weakened: f64 = problem.spectrum().map(|s| noise * noise / n as f64 / (s + penalty)).sum();
        let variance = by_hand(&design, &beta, noise, penalty) - by_hand(&design, &beta, 0.0, penalty);
        prop_assert!(weakened > variance * (1.0 + 1e-9));
    }

    /// The first step of Adam is `η sign`: with a penalty, of the penalized gradient.
    #[test]
    fn one_step(seed in 0..10_000u64) {
        let mut stream = Stream::new(seed);
        let (point, gradient) = (stream.normals(20), stream.normals(20));
        let step = |rule: Optimizer, start: &[f64]| {
            let mut point = start.to_vec();
            Update::<f64>::new(rule, 20).unwrap().apply(0.01, &mut point, &gradient);
            point
        };
        let decayed: Vec<f64> = point.iter().map(|x| x * (1.0 - 0.01 * 0.5)).collect();
        let sgd = step(Optimizer::Sgd { momentum: 0.0, weight_decay: 0.5 }, &point);
        prop_assert!(sgd.iter().zip(step(Optimizer::sgd(), &decayed)).all(|(a, b)| (a - b).abs() < 1e-15));
        let (penalized, decoupled) = (step(Optimizer::adam_with_penalty(0.5), &point), step(Optimizer::AdamW { weight_decay: 0.5 }, &point));
        for i in 0..20 {
            // Where the gradient is far above Adam's ε of 1e-8.
            let coupled = gradient[i] + 0.5 * point[i];
            if coupled.abs() > 1e-2 && gradient[i].abs() > 1e-2 {
                prop_assert!((penalized[i] - (point[i] - 0.01 * coupled.signum())).abs() < 1e-6);
                prop_assert!((decoupled[i] - (decayed[i] - 0.01 * gradient[i].signum())).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn teeth_the_verdict_needs_the_gain_and_the_difference() {
    let claim = claims::find("weight-decay-ridge").unwrap();
    let verdict = |best: f64, adam: f64| {
        let digits = |decay: f64, accuracy: f64| {
            (
                json!({"digits": {"decay": decay, "steps": 1, "seed": 1}}),
                json!({"digits": {"accuracy": accuracy, "log_loss": 1.0}}),
            )
        };
        let ridge = json!({"ridge": {
            "least_squares": 25.9353319, "catalogued": 0.858142878, "best": [0.516851, 0.858142878],
            "bayes": [0.6, 0.8621503, 0.6], "curve": []
        }});
        let step = (json!({"step": {"seed": 0}}), json!({"step": {"descent": 0.0, "adam": adam}}));
        let evidence = [(json!("ridge"), ridge), step, digits(0.0, 0.78), digits(3.0, best)];
        claim.conclude(&evidence).unwrap().0.verdict
    };
    assert_eq!(verdict(0.83, 0.1), Verdict::Reproduced);
    assert_eq!(verdict(0.80, 0.1), Verdict::NotReproduced, "a gain of two points");
    assert_eq!(verdict(0.83, 1e-9), Verdict::NotReproduced, "Adam's penalty is decay");
    assert_eq!(claim.conclude(&[]).unwrap().0.verdict, Verdict::NotReproduced);
}
