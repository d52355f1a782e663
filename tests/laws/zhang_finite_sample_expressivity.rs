//! `zhang-finite-sample-expressivity`: exact in exact arithmetic, stable up to the middle of the gaps.

use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_experiments::claims::zhang_finite_sample_expressivity::{LABELS, WEIGHTS};
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::memorizer::{Memorizer, MemorizerError};

/// The largest error on the points themselves.
fn residual<T: Scalar>(memorizer: &Memorizer<T>, points: &[T], labels: &[T], dimension: usize) -> f64 {
    let errors = points
        .chunks_exact(dimension)
        .zip(labels)
        .map(|(x, y)| (memorizer.evaluate(x).unwrap() - y.clone()).to_f64().abs());
    errors.fold(0.0, |worst, e| if e.is_nan() { f64::INFINITY } else { worst.max(e) })
}

proptest! {
    #[test]
    fn exact_arithmetic_memorizes_at_every_position(
        entries in prop::collection::btree_set(-100_000i32..100_000, 1..30),
        seed in any::<u64>(),
        position in 0i32..100,
    ) {
        let mut stream = Stream::new(seed);
        let entries: Vec<i32> = entries.into_iter().collect();
        let order = stream.permutation(entries.len());
        let points: Vec<BigRational> = order.iter().map(|&i| BigRational::integer(entries[i])).collect();
        let labels: Vec<_> = order.iter().map(|_| BigRational::integer(stream.index(19) as i32 - 9)).collect();
        let theta = BigRational::integer(position) / BigRational::integer(100);
        let memorizer = Memorizer::fit(&points, &labels, &[BigRational::integer(3)], theta).unwrap();
        prop_assert_eq!(memorizer.parameters(), 2 * points.len() + 1);
        for (x, y) in points.iter().zip(&labels) {
            prop_assert_eq!(&memorizer.evaluate(std::slice::from_ref(x)).unwrap(), y);
        }
    }

    #[test]
    fn f64_memorizes_at_the_points_themselves(n in 1usize..=200, dimension in 1usize..6, seed in any::<u64>()) {
        let mut stream = Stream::new(seed);
        let points = stream.normals(n * dimension);
        let direction = stream.normals(dimension);
        let labels: Vec<f64> = (0..n).map(|_| stream.between(-1.0, 1.0)).collect();
        let memorizer = Memorizer::fit(&points, &labels, &direction, 0.0).unwrap();
        let projections = points.chunks_exact(dimension).map(|x| x.iter().zip(&direction).map(|(x, a)| x * a).sum());
        let (low, high) = projections.fold((f64::MAX, f64::MIN), |(l, h): (f64, f64), z: f64| (l.min(z), h.max(z)));
        let largest = memorizer.weights().iter().fold(0.0, |m: f64, w| m.max(w.abs()));
        prop_assert!(residual(&memorizer, &points, &labels, dimension) <= 1e-9 * (1.0 + largest * (high - low)));
    }

    #[test]
    fn knots_and_projections_interleave(seed in any::<u64>(), theta in 0.0..0.99f64) {
        let mut points = Stream::new(seed).normals(20);
        let memorizer = Memorizer::fit(&points, &[1.0; 20], &[1.0], theta).unwrap();
        points.sort_by(f64::total_cmp);
        for i in 0..20 {
            prop_assert!(memorizer.knots()[i] < points[i]);
            prop_assert!(i == 0 || memorizer.knots()[i] >= points[i - 1]);
        }
    }
}

#[test]
fn the_catalogues_weights() {
    let points: Vec<f64> = (1..=8).map(f64::from).collect();
    for (theta, weights) in WEIGHTS {
        let memorizer = Memorizer::fit_from(&points, &LABELS, &[1.0], theta, 0.125).unwrap();
        for (found, reference) in memorizer.weights().iter().zip(weights) {
            assert!((found - reference).abs() < 5.1e-9, "θ = {theta}: {found} {reference}");
        }
    }
}

/// `(points, labels)` on a line.
fn line(n: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut stream = Stream::new(seed);
    (stream.normals(n), (0..n).map(|_| stream.sign()).collect())
}

/// Teeth: knots in the upper half of the gaps, and f32, lose labels that f64 at θ = 0 fits.
#[test]
fn badly_placed_knots_and_single_precision_are_caught() {
    for seed in 0..5 {
        let (points, labels) = line(200, seed);
        let at =
            |theta| residual(&Memorizer::fit(&points, &labels, &[1.0], theta).unwrap(), &points, &labels, 1);
        assert!(at(0.0) <= 1e-7 && at(0.75) > 1.0, "{} {}", at(0.0), at(0.75));
        let (points, labels) = line(500, seed);
        let single = |values: &[f64]| values.iter().map(|&x| x as f32).collect::<Vec<_>>();
        let (points, labels) = (single(&points), single(&labels));
        if let Ok(memorizer) = Memorizer::fit(&points, &labels, &[1.0], 0.0) {
            assert!(residual(&memorizer, &points, &labels, 1) > 1e-3);
        }
    }
}

/// Errors in the slope grow by θ/(1 − θ) a gap: exactly, so it can be measured. With labels that only the first
/// point breaks, the slopes are that error.
#[test]
fn the_amplification_is_exact() {
    let points: Vec<BigRational> = (0..40).map(|i| BigRational::integer(i * i)).collect();
    let mut labels = vec![BigRational::integer(0); 40];
    labels[0] = BigRational::integer(1);
    let theta = BigRational::integer(3) / BigRational::integer(4);
    let memorizer = Memorizer::fit(&points, &labels, &[BigRational::integer(1)], theta).unwrap();
    let slopes: Vec<BigRational> = memorizer
        .weights()
        .iter()
        .scan(BigRational::integer(0), |slope, w| {
            *slope += w;
            Some(slope.clone())
        })
        .collect();
    for pair in slopes[1..].windows(2) {
        assert_eq!(pair[1], BigRational::integer(-3) * &pair[0]);
    }
}

/// Teeth: a violated hypothesis is a refusal.
#[test]
fn coinciding_projections_are_refused() {
    let points = [0.0, 1.0, 1.0, 0.0];
    assert_eq!(Memorizer::fit(&points, &[1.0, -1.0], &[1.0, 1.0], 0.0), Err(MemorizerError::Coincident(0, 1)));
    assert!(Memorizer::fit(&points, &[1.0, -1.0], &[1.0, 2.0], 0.0).is_ok());
}
