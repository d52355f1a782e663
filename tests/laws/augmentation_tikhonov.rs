//! `augmentation-tikhonov`: the identity for other laws of the noise, and where it stops to hold.

use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_theory::regularization::noise_injection::blurred_least_squares;
use serde_json::{Value, json};

/// The mean loss over all ways to add `±deviation` to each entry.
fn over_all_signs(design: &DMatrix<f64>, labels: &[f64], weights: &[f64], deviation: f64) -> f64 {
    let entries = design.len() as u32;
    let (labels, weights) = (DVector::from_column_slice(labels), DVector::from_column_slice(weights));
    let loss = |mask: u32| {
        let noise = |k: usize| if mask >> k & 1 == 1 { deviation } else { -deviation };
        let blurred = DMatrix::from_fn(design.nrows(), design.ncols(), |i, j| {
            design[(i, j)] + noise(i * design.ncols() + j)
        });
        0.5 * (&labels - blurred * &weights).norm_squared()
    };
    (0..1 << entries).map(loss).sum::<f64>() / f64::from(1 << entries)
}

proptest! {
    #[test]
    fn signs_are_noise_too(x in prop::collection::vec(-2.0f64..2.0, 6), y in prop::collection::vec(-2.0f64..2.0, 3), w in prop::collection::vec(-2.0f64..2.0, 2), s in 0.0f64..2.0) {
        let design = DMatrix::from_row_slice(3, 2, &x);
        let formula = blurred_least_squares(&design, &y, s * s).unwrap();
        let (found, all) = (formula.value(&w).unwrap(), over_all_signs(&design, &y, &w, s));
        prop_assert!((found - all).abs() <= 1e-12 * (1.0 + all), "{found} {all}");
        // Teeth: a penalty without the factor n is caught where there is noise and weight.
        let norm = w.iter().map(|w| w * w).sum::<f64>();
        let weakened = found - s * s * norm;
        prop_assert!(s * s * norm < 1e-6 || (weakened - all).abs() > 1e-7);
    }

    /// The minimizer of the blurred loss shrinks as the noise grows.
    #[test]
    fn more_noise_smaller_weights(x in prop::collection::vec(-2.0f64..2.0, 6), y in prop::collection::vec(-2.0f64..2.0, 3), s in 0.1f64..2.0) {
        let design = DMatrix::from_row_slice(3, 2, &x);
        let norm = |variance| blurred_least_squares(&design, &y, variance).unwrap().minimizer().unwrap().norm();
        prop_assert!(norm(2.0 * s) <= norm(s) * (1.0 + 1e-12));
    }
}

/// Teeth: noise that is alike in both entries of a row has another penalty.
#[test]
fn dependent_noise_is_another_penalty() {
    let (weights, deviation) = ([1.0, 1.0], 0.5);
    let formula = blurred_least_squares(&DMatrix::zeros(1, 2), &[0.0], deviation * deviation).unwrap();
    let together = 0.5 * (2.0 * deviation) * (2.0 * deviation);
    assert!((formula.value(&weights).unwrap() - 0.5 * together).abs() < 1e-15);
}

fn run(clean: f64, moved: f64, drawn: f64) -> Vec<(Value, Value)> {
    vec![
        (
            json!({"linear": {"draws": 1, "seed": 0}}),
            json!({"linear": {"formula": 3.38337914, "drawn": [drawn, 0.03]}}),
        ),
        (
            json!({"digits": {"steps": 1, "seed": 1}}),
            json!({"digits": {"plain": [0.93, 0.43], "augmented": [clean, moved], "images": []}}),
        ),
    ]
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let claim = claims::find("augmentation-tikhonov").unwrap();
    let verdict = |evidence: &[(Value, Value)]| claim.conclude(evidence).unwrap().0.verdict;
    assert_eq!(verdict(&run(0.93, 0.88, 3.4)), Verdict::Reproduced);
    assert_eq!(verdict(&run(0.96, 0.88, 3.4)), Verdict::NotReproduced, "a gain on digits as they are");
    assert_eq!(verdict(&run(0.93, 0.70, 3.4)), Verdict::NotReproduced, "little gain on shifted ones");
    assert_eq!(verdict(&run(0.93, 0.88, 3.6)), Verdict::NotReproduced, "draws away from the formula");
    assert_eq!(verdict(&[]), Verdict::NotReproduced);
}
