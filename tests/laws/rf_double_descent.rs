//! `rf-double-descent`: least squares on drawn features fits what it can, and of several fits has the least norm. The closed form of
//! Gaussian features is in `double_descent_exact.rs`.

use nalgebra::DMatrix;
use proptest::prelude::*;
use saddlepoint_experiments::claims;
use saddlepoint_experiments::verdict::Verdict;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::estimation::minimum_norm::{minimum_norm, ridge};
use saddlepoint_theory::estimation::random_features::RandomFeatures;
use serde_json::{Value, json};

use crate::evidence::verdict;

fn normals(rows: usize, columns: usize, stream: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_row_slice(rows, columns, &stream.normals(rows * columns))
}

/// Training error, test error and norm of a fit of noise-free linear targets plus noise, on `p` features.
fn fit(p: usize, n: usize, seed: u64) -> [f64; 3] {
    let mut stream = Stream::new(seed);
    let (x, unseen) = (normals(n, 6, &mut stream), normals(200, 6, &mut stream));
    let truth = normals(6, 1, &mut stream);
    let y = &x * &truth + normals(n, 1, &mut stream) * 0.5;
    let fit = RandomFeatures::fit(normals(p, 6, &mut stream), &x, &y).unwrap();
    let error =
        |x: &DMatrix<f64>, y: &DMatrix<f64>| (fit.predict(x).unwrap() - y).norm_squared() / y.len() as f64;
    [error(&x, &y), error(&unseen, &(&unseen * &truth)), fit.norm()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn as_many_features_as_samples_interpolate_and_fewer_do_not(n in 15usize..40, seed in 0u64..1000) {
        prop_assert!(fit(n + 10, n, seed)[0] < 1e-12);
        prop_assert!(fit(n / 2, n, seed)[0] > 1e-6);
    }

    /// Of all coefficients that fit, those of least norm: any change in the kernel of the features is longer. And they are the limit of
    /// ridge regression.
    #[test]
    fn the_norm_is_least(n in 2usize..8, more in 1usize..8, seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let (phi, y) = (normals(n, n + more, &mut stream), normals(n, 1, &mut stream));
        let least = minimum_norm(&phi, &y).unwrap();
        let other = normals(n + more, 1, &mut stream);
        // What of a direction the features do not see.
        let unseen = &other - minimum_norm(&phi, &(&phi * &other)).unwrap();
        prop_assert!((&phi * &unseen).amax() < 1e-8 * (1.0 + other.norm()) * (1.0 + least.norm()));
        prop_assert!(least.dot(&unseen).abs() <= 1e-8 * (1.0 + least.norm() * unseen.norm()));
        prop_assert!((&least + &unseen).norm() >= least.norm() * (1.0 - 1e-9));
        prop_assert!(ridge(&phi, &y, 1e-3).unwrap().norm() <= least.norm() * (1.0 + 1e-12));
    }
}

/// The peak is where the features begin to interpolate, on other data too. Teeth: it is not there with ridge regression.
#[test]
fn the_peak_is_at_as_many_features_as_samples() {
    let n = 40;
    let median = |p: usize| {
        let mut errors: Vec<f64> = (0..15).map(|seed| fit(p, n, seed)[1]).collect();
        errors.sort_by(f64::total_cmp);
        errors[7]
    };
    let (few, peak, many) = (median(10), median(n), median(640));
    assert!(peak > 5.0 * few.max(many), "{few} {peak} {many}");
    let penalized = |p: usize| {
        let mut stream = Stream::new(5);
        let (x, unseen) = (normals(n, 6, &mut stream), normals(200, 6, &mut stream));
        let truth = normals(6, 1, &mut stream);
        let y = &x * &truth + normals(n, 1, &mut stream) * 0.5;
        let directions = normals(p, 6, &mut stream).transpose();
        let features = |x: &DMatrix<f64>| (x * &directions).map(|x| x.max(0.0));
        let coefficients = ridge(&features(&x), &y, 10.0).unwrap();
        (features(&unseen) * coefficients - &unseen * &truth).norm_squared() / 200.0
    };
    assert!(penalized(n) < 2.0 * penalized(10).max(penalized(640)));
}

fn runs(test: impl Fn(u64) -> f64, train: f64) -> Vec<(Value, Value)> {
    let norm = |p: u64| if p == 200 { 270.0 } else { 20.0 };
    [50, 100, 200, 400, 3200]
        .map(|p| {
            let outcome = json!({"train": if p >= 200 { train } else { 0.1 }, "test": test(p), "accuracy": 0.8, "norm": norm(p), "rank": p});
            (json!({"features": p, "seed": 800}), outcome)
        })
        .to_vec()
}

/// Teeth: a low peak, a second descent that ends too high, and a fit that does not interpolate are caught.
#[test]
fn the_verdict_needs_the_peak_and_the_second_descent() {
    let id = "rf-double-descent";
    let shape = |peak: f64, last: f64| {
        move |p: u64| {
            if p == 200 {
                peak
            } else if p == 3200 {
                last
            } else {
                0.6
            }
        }
    };
    assert_eq!(verdict(id, &runs(shape(25.0, 0.4), 1e-25)), Verdict::Reproduced);
    assert_eq!(verdict(id, &runs(shape(5.0, 0.4), 1e-25)), Verdict::NotReproduced);
    assert_eq!(verdict(id, &runs(shape(25.0, 0.7), 1e-25)), Verdict::NotReproduced);
    assert_eq!(verdict(id, &runs(shape(25.0, 0.4), 1e-3)), Verdict::NotReproduced);
    assert_eq!(claims::find(id).unwrap().conclude(&[]).unwrap().0.verdict, Verdict::NotReproduced);
}
