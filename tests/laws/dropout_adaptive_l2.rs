//! `dropout-adaptive-l2`: the penalty against drawn masks, its limits, and dropout of a network on both engines.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::regularization::dropout::{Dropout, Likelihood};
use serde_json::{Value, json};

proptest! {
    /// The quadratic form is the leading term: at a hundredth of the weights it is right to parts in ten thousand.
    #[test]
    fn the_form_is_right_for_small_signals(seed in any::<u64>(), rate in 0.05f64..0.8) {
        let mut stream = Stream::new(seed);
        let dropout = Dropout::new(&DMatrix::from_row_slice(3, 4, &stream.normals(12)), rate).unwrap();
        let weights: Vec<f64> = stream.normals(4).iter().map(|w| 0.01 * w).collect();
        let ratio = dropout.quadratic(Likelihood::Bernoulli, &weights).unwrap() / dropout.penalty(Likelihood::Bernoulli, &weights).unwrap();
        prop_assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
    }

    /// As the rate falls at fixed weights, the penalty over the rate tends to a sum over single entries, which is no quadratic
    /// form: `Σ_ij A(z_i − x_ij w_j) − A(z_i) + A′(z_i) x_ij w_j`.
    #[test]
    fn small_rates_have_another_limit(seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let (x, w) = (stream.normals(4), stream.normals(4));
        let rate = 1e-6;
        let dropout = Dropout::new(&DMatrix::from_row_slice(1, 4, &x), rate).unwrap();
        let found = dropout.penalty(Likelihood::Bernoulli, &w).unwrap() / rate;
        let terms: Vec<f64> = x.iter().zip(&w).map(|(x, w)| x * w).collect();
        let z: f64 = terms.iter().sum();
        let a = |z: f64| z.max(0.0) + (-z.abs()).exp().ln_1p();
        let limit: f64 = terms.iter().map(|t| a(z - t) - a(z) + t / (1.0 + (-z).exp())).sum();
        prop_assert!((found - limit).abs() < 1e-3 * (1.0 + limit), "{found} {limit}");
    }
}

#[test]
fn drawn_masks_average_to_the_penalty() {
    let mut stream = Stream::new(7);
    let (x, w, rate) = (stream.normals(5), stream.normals(5), 0.3);
    let dropout = Dropout::new(&DMatrix::from_row_slice(1, 5, &x), rate).unwrap();
    let a = |z: f64| z.max(0.0) + (-z.abs()).exp().ln_1p();
    let z: f64 = x.iter().zip(&w).map(|(x, w)| x * w).sum();
    let draws = 200_000;
    let losses: Vec<f64> = (0..draws)
        .map(|_| {
            let kept =
                x.iter().zip(&w).map(|(x, w)| if stream.uniform() < rate { 0.0 } else { x * w / (1.0 - rate) });
            a(kept.sum()) - a(z)
        })
        .collect();
    let mean = losses.iter().sum::<f64>() / f64::from(draws);
    let variance = losses.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / f64::from(draws - 1);
    let error = (variance / f64::from(draws)).sqrt();
    let exact = dropout.penalty(Likelihood::Bernoulli, &w).unwrap();
    assert!((mean - exact).abs() < 4.0 * error, "{mean} ± {error} {exact}");
    // Teeth: without the division by 1 − δ the mean is another.
    let undivided = (0..draws).map(|_| {
        let kept = x.iter().zip(&w).map(|(x, w)| if stream.uniform() < rate { 0.0 } else { x * w });
        a(kept.sum()) - a(z)
    });
    let undivided = undivided.sum::<f64>() / f64::from(draws);
    assert!((undivided - exact).abs() > 4.0 * error, "{undivided} {exact}");
}

fn run(dropped: f64, last: f64) -> Vec<(Value, Value)> {
    let penalty = json!({"penalty": {
        "least_squares": [5.87547245022, 5.87547245022],
        "minimizer": [-0.00985921, -0.04019997, 0.12235646, 0.11541037, 0.23221649],
        "logistic": [0.730089148, 0.776242444],
        "scales": [[1.0, 1.063216], [0.5, 1.021844], [0.25, 1.005970], [0.125, 1.001527], [0.0625, last]],
        "rates": [[0.2, 0.982715], [0.1, 0.969116], [0.01, 0.959554]]
    }});
    let digits = |rate: f64, accuracy: f64| {
        (json!({"digits": {"rate": rate, "steps": 1, "seed": 1}}), json!({"digits": accuracy}))
    };
    vec![(json!("penalty"), penalty), digits(0.0, 0.79), digits(0.5, dropped)]
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let claim = claims::find("dropout-adaptive-l2").unwrap();
    let verdict = |evidence: &[(Value, Value)]| claim.conclude(evidence).unwrap().0.verdict;
    assert_eq!(verdict(&run(0.89, 1.000384)), Verdict::Reproduced);
    assert_eq!(verdict(&run(0.80, 1.000384)), Verdict::NotReproduced, "one point");
    assert_eq!(verdict(&run(0.89, 1.000764)), Verdict::NotReproduced, "an error that only halves");
    assert_eq!(verdict(&[]), Verdict::NotReproduced);
}
