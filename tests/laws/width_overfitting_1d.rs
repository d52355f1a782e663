//! `width-overfitting-1d`: trees and polynomials against the catalogue, their laws, and the verdict.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::sample::median;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::data::Targets;
use saddlepoint_models::data::planted::NoisyWave;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::chebyshev::Polynomial;
use saddlepoint_theory::estimation::regression_tree::RegressionTree;
use serde_json::json;

/// The median over the catalogue's nine samples of the mean squared distance to the curve at 2001 points.
fn excess(fit: impl Fn(&[(f64, f64)]) -> Box<dyn Fn(f64) -> f64>) -> f64 {
    let distances: Vec<f64> = (900..909)
        .map(|seed| {
            let samples = NoisyWave::samples(60, &mut Stream::new(seed)).unwrap();
            let Targets::Values(values) = samples.targets() else { panic!("regression") };
            let points: Vec<(f64, f64)> =
                samples.inputs().iter().copied().zip(values.iter().copied()).collect();
            let fitted = fit(&points);
            let at = |i: i32| -3.0 + 6.0 * f64::from(i) / 2000.0;
            (0..=2000).map(|i| (fitted(at(i)) - NoisyWave::mean(at(i))).powi(2)).sum::<f64>() / 2001.0
        })
        .collect();
    median(&distances)
}

fn polynomial(points: &[(f64, f64)], degree: usize) -> Polynomial {
    Polynomial::fit(points, NoisyWave::INTERVAL, degree).unwrap()
}

fn tree(points: &[(f64, f64)], depth: Option<usize>) -> RegressionTree {
    let (x, y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    RegressionTree::fit(&DMatrix::from_column_slice(x.len(), 1, &x), &y, depth).unwrap()
}

/// To the digits that the catalogue prints.
#[test]
fn polynomials_are_the_catalogues() {
    for (degree, printed, unit) in [
        (5, 0.0147, 1e-4),
        (9, 0.0379, 1e-4),
        (12, 0.058, 1e-3),
        (15, 6.9, 0.1),
        (20, 70.0, 1.0),
        (25, 2.6e4, 1e3),
    ] {
        let found = excess(|points| {
            let fit = polynomial(points, degree);
            Box::new(move |x| fit.value(x))
        });
        assert!((found - printed).abs() <= 0.51 * unit, "degree {degree}: {found}");
    }
}

#[test]
fn trees_are_the_catalogues() {
    for (depth, printed) in [(Some(4), 0.0677), (None, 0.0849)] {
        let found = excess(|points| {
            let fit = tree(points, depth);
            Box::new(move |x| fit.value(&[x]))
        });
        assert!((found - printed).abs() <= 0.51e-4, "depth {depth:?}: {found}");
    }
}

fn distinct() -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((-1.0f64..1.0, -5.0f64..5.0), 2..40).prop_map(|mut points| {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points.dedup_by(|a, b| a.0 == b.0);
        points
    })
}

proptest! {
    #[test]
    fn a_deeper_tree_fits_no_worse_and_a_full_one_interpolates(points in distinct()) {
        let error = |depth| {
            let tree = tree(&points, depth);
            points.iter().map(|&(x, y)| (tree.value(&[x]) - y).powi(2)).sum::<f64>()
        };
        for depth in 0..6 {
            prop_assert!(error(Some(depth + 1)) <= error(Some(depth)) * (1.0 + 1e-12) + 1e-12);
        }
        prop_assert!(error(None) < 1e-24);
        prop_assert!(tree(&points, None).leaves() <= points.len());
        prop_assert!(tree(&points, Some(2)).leaves() <= 4);
    }

    /// The value of a leaf is a mean, and cells follow the order of the inputs only.
    #[test]
    fn trees_stay_between_targets_and_do_not_see_the_scale_of_inputs(points in distinct(), x in -2.0f64..2.0) {
        let (low, high) = points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), p| (l.min(p.1), h.max(p.1)));
        let fit = tree(&points, Some(3));
        prop_assert!((low - 1e-12..=high + 1e-12).contains(&fit.value(&[x])));
        // Powers of two round nothing.
        let scaled: Vec<(f64, f64)> = points.iter().map(|&(x, y)| (4.0 * x, y)).collect();
        prop_assert_eq!(tree(&scaled, Some(3)).value(&[4.0 * x]), fit.value(&[x]));
    }

    #[test]
    fn residuals_of_a_polynomial_are_orthogonal_to_lower_powers(seed in 0u64..1000, degree in 0usize..8) {
        let mut stream = Stream::new(seed);
        let points: Vec<(f64, f64)> = (0..60).map(|_| (stream.between(-3.0, 3.0), stream.normal())).collect();
        let fit = polynomial(&points, degree);
        for power in 0..=degree {
            let product: f64 = points.iter().map(|&(x, y)| (y - fit.value(x)) * (x / 3.0).powi(power as i32)).sum();
            prop_assert!(product.abs() < 1e-9, "x^{power}: {product}");
        }
    }
}

#[test]
fn teeth_a_tree_of_random_splits_is_worse_than_the_best_one() {
    // A step at 0.3: the best split finds it, the middle does not.
    let points: Vec<(f64, f64)> =
        (0..50).map(|i| f64::from(i) / 50.0).map(|x| (x, f64::from(u8::from(x > 0.3)))).collect();
    let fit = tree(&points, Some(1));
    assert!(points.iter().all(|&(x, y)| fit.value(&[x]) == y));
    let middle = |x: f64| if x <= 0.5 { 0.4 } else { 1.0 };
    assert!(points.iter().any(|&(x, y)| middle(x) != y));
}

/// Medians of the excess: biases at 0 with 16 and 256 units, spread ones, one and four layers, degrees 5 and 20.
fn verdict(zero: [f64; 2], spread: [f64; 2], deep: [f64; 2], degrees: [f64; 2]) -> Verdict {
    let number = |x: f64| if x.is_finite() { json!(x) } else { json!("NaN") };
    let fit = |excess: f64| json!({"excess": number(excess), "training": 0.01, "curve": []});
    let learners = [
        (json!({"wide": [16, "zero"]}), zero[0]),
        (json!({"wide": [256, "zero"]}), zero[1]),
        (json!({"wide": [16, "spread"]}), spread[0]),
        (json!({"wide": [256, "spread"]}), spread[1]),
        (json!({"deep": 1}), deep[0]),
        (json!({"deep": 4}), deep[1]),
        (json!({"polynomial": 5}), degrees[0]),
        (json!({"polynomial": 20}), degrees[1]),
    ];
    let evidence: Vec<_> = (900..903)
        .flat_map(|seed| {
            learners.iter().map(move |(learner, excess)| {
                let task = json!({"learners": [learner], "curves": false, "seed": seed});
                (task, json!({"fits": [fit(excess * (1.0 + 0.01 * f64::from(seed - 901)))]}))
            })
        })
        .collect();
    claims::find("width-overfitting-1d").unwrap().conclude(&evidence).unwrap().0.verdict
}

#[test]
fn teeth_the_verdict_needs_every_part() {
    let (zero, spread, deep, degrees) = ([0.015, 0.016], [0.013, 0.038], [0.013, 0.049], [0.015, 70.0]);
    let nan = f64::NAN;
    assert_eq!(verdict(zero, spread, deep, degrees), Verdict::Reproduced);
    for (zero, spread, deep, degrees) in [
        ([0.015, 0.038], spread, deep, degrees),
        (zero, [0.013, 0.016], deep, degrees),
        (zero, spread, [0.013, 0.014], degrees),
        (zero, spread, [0.013, 0.2], degrees),
        (zero, spread, deep, [0.015, 0.1]),
    ] {
        assert_eq!(verdict(zero, spread, deep, degrees), Verdict::NotReproduced);
    }
    assert_eq!(verdict([0.015, nan], spread, deep, degrees), Verdict::NotReproduced);
    let nothing = claims::find("width-overfitting-1d").unwrap().conclude(&[]).unwrap().0.verdict;
    assert_eq!(nothing, Verdict::NotReproduced);
}
