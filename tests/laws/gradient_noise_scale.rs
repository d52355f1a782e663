//! `gradient-noise-scale`: what a noisy step gains on any quadratic, and on average over all batches.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_landscape::gradient_noise::{NoisyStep, SampleGradients};
use saddlepoint_landscape::operator::Dense;
use saddlepoint_models::data::{Samples, Targets};
use saddlepoint_models::native::DenseRisk;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::training::Loss;
use serde_json::{Value, json};

const N: usize = 5;
const P: usize = 3;

/// Gradients of `N` samples at a point, and a positive definite Hessian.
fn quadratic(seed: u64) -> (Vec<f64>, DMatrix<f64>) {
    let mut stream = Stream::new(seed);
    let root = DMatrix::from_vec(P, P, stream.normals(P * P));
    let hessian = &root * root.transpose() + DMatrix::identity(P, P) * 0.1;
    (stream.normals(N * P), (&hessian + hessian.transpose()) * 0.5)
}

/// The gain of a step along each batch of a size, averaged over all of them, drawn with replacement or without.
fn average_gain(rows: &[f64], hessian: &DMatrix<f64>, rate: f64, size: usize, replace: bool) -> f64 {
    let mean = |members: &[usize]| {
        let sum = |k: usize| members.iter().map(|&i| rows[i * P + k]).sum::<f64>() / members.len() as f64;
        nalgebra::DVector::from_fn(P, |k, _| sum(k))
    };
    let full = mean(&(0..N).collect::<Vec<_>>());
    let batches: Vec<Vec<usize>> = (0..N.pow(size as u32))
        .map(|code| (0..size).map(|k| code / N.pow(k as u32) % N).collect::<Vec<_>>())
        .filter(|members| replace || (0..size).all(|k| !members[..k].contains(&members[k])))
        .collect();
    let gain = |members: &Vec<usize>| {
        let along = mean(members);
        rate * full.dot(&along) - 0.5 * rate * rate * along.dot(&(hessian * &along))
    };
    batches.iter().map(gain).sum::<f64>() / batches.len() as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_average_over_all_batches_is_as_predicted(seed in any::<u64>(), size in 1..4usize, factor in 0.1..2.0f64) {
        let (rows, hessian) = quadratic(seed);
        let gradients = SampleGradients::new(rows.clone(), P).unwrap();
        let step = NoisyStep::new(&gradients, &Dense::new(hessian.clone()).unwrap()).unwrap();
        let (rate, best) = (step.best_rate(size), step.best_gain(size));
        let found = average_gain(&rows, &hessian, rate, size, true);
        prop_assert!((found - best).abs() <= 1e-10 * best, "{found} {best}");
        // No other rate gains more, and each gains what is said.
        let other = average_gain(&rows, &hessian, factor * rate, size, true);
        prop_assert!(other <= best * (1.0 + 1e-12));
        prop_assert!((other - step.gain(factor * rate, size)).abs() <= 1e-10 * best);
        // The share of the full gain is 1 / (1 + scale / size).
        let share = best / step.best_gain(usize::MAX);
        prop_assert!((share * (1.0 + step.noise_scale() / size as f64) - 1.0).abs() < 1e-12);
    }

    /// The gradients of the single examples have the gradient of the risk for their mean, on every activation and loss.
    #[test]
    fn gradients_of_examples_average_to_the_gradient(seed in any::<u64>(), n in 2..40usize) {
        let mut stream = Stream::new(seed);
        let network = Mlp::new(&[3, 4, 2], Activation::Tanh).unwrap();
        let samples = Samples::new(&[3], stream.normals(3 * n), Targets::Values(stream.normals(2 * n))).unwrap();
        let risk = DenseRisk::<f64>::new(&network, &samples, Loss::HalfSquared).unwrap();
        let point = network.draw(Initialization::GlorotNormal, &mut stream);
        let rows = SampleGradients::new(risk.sample_gradients(&point).unwrap(), point.len()).unwrap();
        let whole = risk.gradient(&point).unwrap().entries;
        prop_assert!(rows.mean().iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-12));
        let first = samples.select(&[0]).unwrap();
        let alone = DenseRisk::<f64>::new(&network, &first, Loss::HalfSquared).unwrap().gradient(&point).unwrap();
        prop_assert!(rows.rows().next().unwrap().iter().zip(&alone.entries).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}

#[test]
fn teeth_the_simple_scale_and_other_draws_do_not_predict_the_gain() {
    let (mut simple_fails, mut without_fails) = (0, 0);
    for seed in 0..20 {
        let (rows, hessian) = quadratic(seed);
        let gradients = SampleGradients::new(rows.clone(), P).unwrap();
        let step = NoisyStep::new(&gradients, &Dense::new(hessian.clone()).unwrap()).unwrap();
        let best = step.best_gain(2);
        let squared: f64 = gradients.mean().iter().map(|g| g * g).sum();
        let simple = step.best_gain(usize::MAX) / (1.0 + gradients.trace() / squared / 2.0);
        simple_fails += usize::from((simple / best - 1.0).abs() > 0.01);
        let without = average_gain(&rows, &hessian, step.best_rate(2), 2, false);
        without_fails += usize::from((without / best - 1.0).abs() > 0.01);
    }
    assert!(simple_fails >= 15 && without_fails >= 15, "{simple_fails} {without_fails}");
}

/// A regression and two looks at a network; the share of the gain at 16 examples should be a half.
fn evidence(exact: f64, share: f64, error: f64, last: f64) -> Vec<(Value, Value)> {
    let look = |simple: f64, gain: Value| json!({"loss": 1.0, "scale": 16.0, "simple": [simple, 1.0], "full": [2.0, 4.0], "gains": [gain]});
    let network = |epochs: usize| json!({"network": {"epochs": epochs, "draws": 9, "seed": 0}});
    let gain = json!({"batch": 16, "measured": 2.0 * share, "error": 2.0 * error, "predicted": 2.0});
    vec![
        (
            json!({"regression": {"seed": 0}}),
            look(1.0, json!({"batch": 1, "measured": exact, "error": 0.1, "predicted": 1.0})),
        ),
        (network(1), look(10.0, gain.clone())),
        (network(16), look(last, gain)),
    ]
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let verdict = |exact, share, error, last| {
        let claim = claims::find("gradient-noise-scale").unwrap();
        claim.conclude(&evidence(exact, share, error, last)).unwrap().0.verdict
    };
    assert_eq!(verdict(1.0, 0.55, 0.01, 20.0), Verdict::Reproduced);
    assert_eq!(verdict(1.0 + 1e-9, 0.55, 0.01, 20.0), Verdict::NotReproduced, "an exact gain that is not");
    assert_eq!(verdict(1.0, 0.7, 0.01, 20.0), Verdict::NotReproduced, "a share off by a fifth");
    assert_eq!(verdict(1.0, 0.7, 0.06, 20.0), Verdict::NotReproduced, "errors that hide it");
    assert_eq!(verdict(1.0, 0.55, 0.01, 12.0), Verdict::NotReproduced, "a scale that does not grow");
}
