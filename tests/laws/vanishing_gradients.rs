//! `vanishing-gradients`: mean field theory gives what random layers do, and the factor is not the notes' 1/4.

use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::optimization::{MeanField, Nonlinearity};
use serde_json::{Value, json};

/// Mean and standard error of `f` over 40,000 normals of variance `q`.
fn sampled(q: f64, seed: u64, f: impl Fn(f64) -> f64) -> (f64, f64) {
    let values: Vec<f64> = Stream::new(seed).normals(40_000).into_iter().map(|z| f(q.sqrt() * z)).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
    (mean, (square / values.len() as f64).sqrt())
}

type Function<'a> = &'a dyn Fn(f64) -> f64;

/// Quadrature against sampling: five standard errors, for fixed seeds.
#[test]
fn length_map_and_slope_are_gaussian_averages() {
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    for (seed, q) in [0.01, 0.3, 1.0, 4.0, 30.0].into_iter().enumerate() {
        for variance in [0.5, 1.0, 3.0] {
            let cases: [(Nonlinearity, Function<'_>, Function<'_>); 3] = [
                (Nonlinearity::Sigmoid, &sigmoid, &|z| sigmoid(z) * sigmoid(-z)),
                (Nonlinearity::Tanh, &f64::tanh, &|z: f64| 1.0 - z.tanh().powi(2)),
                (Nonlinearity::Relu, &|z: f64| z.max(0.0), &|z| if z > 0.0 { 1.0 } else { 0.0 }),
            ];
            for (nonlinearity, value, slope) in cases {
                let field = MeanField::new(nonlinearity, variance).unwrap();
                let (mean, error) = sampled(q, seed as u64, |z| variance * value(z).powi(2));
                let exact = field.length_map(q).unwrap();
                assert!(
                    (exact - mean).abs() < 5.0 * error,
                    "{nonlinearity:?} {q}: {exact} and {mean} ± {error}"
                );
                let (mean, error) = sampled(q, seed as u64, |z| variance * slope(z).powi(2));
                let exact = field.slope(q).unwrap();
                assert!(
                    (exact - mean).abs() <= 5.0 * error,
                    "{nonlinearity:?} {q}: {exact} and {mean} ± {error}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn the_fixed_point_is_one(variance in 0.05f64..20.0) {
        for nonlinearity in [Nonlinearity::Sigmoid, Nonlinearity::Tanh] {
            let field = MeanField::new(nonlinearity, variance).unwrap();
            let q = field.fixed_point();
            prop_assert!((field.length_map(q).unwrap() - q).abs() <= 1e-12 * (1.0 + q), "{nonlinearity:?}: {q}");
        }
    }

    /// Squared slopes of a sigmoid are at most 1/16, so its factor is below `σ_w/4`, and strictly.
    #[test]
    fn sigmoids_are_below_a_quarter(variance in 0.05f64..20.0) {
        let field = MeanField::new(Nonlinearity::Sigmoid, variance).unwrap();
        prop_assert!(field.gradient_factor() < 0.25 * variance.sqrt());
    }
}

/// The verdict if gradients fall by these factors a layer: sigmoid, tanh, batch, layer, skip.
fn verdict(factors: [f64; 5]) -> Verdict {
    let layers = ["sigmoid", "tanh", "sigmoid-batch", "sigmoid-layer", "sigmoid-skip"];
    let evidence: Vec<(Value, Value)> = layers
        .into_iter()
        .zip(factors)
        .map(|(layers, factor)| {
            let norms: Vec<f64> = (0..20).map(|layer| factor.powi(19 - layer)).collect();
            (json!({"layers": layers, "width": 200, "seed": 0}), json!({"norms": norms}))
        })
        .collect();
    claims::find("vanishing-gradients").unwrap().conclude(&evidence).unwrap().0.verdict
}

#[test]
fn teeth_a_quarter_is_not_the_factor() {
    assert_eq!(verdict([0.236, 1.0, 1.02, 0.39, 0.95]), Verdict::Reproduced);
    assert_eq!(verdict([0.25, 1.0, 1.02, 0.39, 0.95]), Verdict::NotReproduced, "the largest slope");
    assert_eq!(verdict([0.236, 0.8, 1.02, 0.39, 0.95]), Verdict::NotReproduced, "tangents that shrink");
    assert_eq!(
        verdict([0.236, 1.0, 1.02, 1.0, 0.95]),
        Verdict::NotReproduced,
        "layer normalization that saves all"
    );
}

/// Weights of twice the deviation have another factor, which theory knows too.
#[test]
fn teeth_the_factor_depends_on_the_variance() {
    let one = MeanField::new(Nonlinearity::Sigmoid, 1.0).unwrap().gradient_factor();
    let four = MeanField::new(Nonlinearity::Sigmoid, 4.0).unwrap().gradient_factor();
    assert!((four / one - 1.0).abs() > 0.5, "{one} {four}");
}
