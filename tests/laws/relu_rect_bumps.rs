//! `relu-rect-bumps`, and `relu-rect-bumps-negative` for single precision: trapezoids, exactly and in floating point.

use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;
use saddlepoint_models::random::Stream;
use saddlepoint_theory::expressivity::Scalar;
use saddlepoint_theory::expressivity::bumps::{Bump, staircase};
use saddlepoint_theory::expressivity::piecewise_linear::PiecewiseLinear;

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(BigInt::from(n), BigInt::from(d))
}

/// A bump's function on `[−10, 10]`, from the network's values at its knots: what is linear between them shows at the middles.
fn function(bump: &Bump<BigRational>, knots: &[BigRational]) -> PiecewiseLinear {
    let mut all = vec![rational(-10, 1)];
    all.extend(knots.iter().cloned());
    all.push(rational(10, 1));
    let values = all.iter().map(|x| bump.evaluate(x.clone())).collect();
    PiecewiseLinear::interpolate(all, values).unwrap()
}

proptest! {
    /// The network is the trapezoid, and the area between it and the rectangle is that of one ramp's rectangle.
    #[test]
    fn a_bump_is_a_trapezoid(a in -90i64..0, length in 1i64..80, height in -50i64..50, ramp in 1i64..100) {
        let (left, right) = (rational(a, 10), rational(a + length, 10));
        let epsilon = rational(ramp, 1000);
        prop_assume!(&left + &epsilon < right && height != 0);
        let h = rational(height, 10);
        let bump = Bump::new(left.clone(), right.clone(), h.clone(), epsilon.clone()).unwrap();
        let knots = [left.clone(), &left + &epsilon, right.clone(), &right + &epsilon];
        let f = function(&bump, &knots);
        let corners = [rational(0, 1), h.clone(), h.clone(), rational(0, 1)];
        for (x, y) in knots.iter().zip(&corners) {
            prop_assert_eq!(&bump.evaluate(x.clone()), y);
        }
        for pair in knots.windows(2) {
            let middle = (&pair[0] + &pair[1]) / rational(2, 1);
            prop_assert_eq!(f.at(&middle), Some(bump.evaluate(middle)));
        }
        let size = h.clone().max(-h.clone());
        prop_assert_eq!(bump.l1_error(), &size * &epsilon);
        // Both ramps have half of that area on their side of the rectangle's edge.
        let rising = f.restricted(&left, &knots[1]).unwrap();
        let missing = &h * &epsilon - rising.integral();
        let falling = f.restricted(&right, &knots[3]).unwrap().integral();
        prop_assert_eq!(missing + falling, &h * &epsilon);
    }

    /// Neighbours join by one straight ramp from height to height: no notch.
    #[test]
    fn neighbours_join_without_a_notch(heights in prop::collection::vec(-20i64..20, 2..8), t in 0i64..=16) {
        let count = heights.len() as i64;
        let numbers: Vec<BigRational> = heights.iter().map(|&h| rational(h, 1)).collect();
        let epsilon = rational(1, 1000);
        let bumps = staircase(&numbers, &epsilon).unwrap();
        for k in 1..count {
            let x = rational(k, count) + &epsilon * rational(t, 16);
            let value = bumps.iter().map(|bump| bump.evaluate(x.clone())).fold(rational(0, 1), |sum, v| sum + v);
            let (before, after) = (&numbers[k as usize - 1], &numbers[k as usize]);
            prop_assert_eq!(value, before + (after - before) * rational(t, 16));
        }
    }

    /// A staircase is within `L/(2N) + Lε` of a Lipschitz function beyond the first ramp.
    #[test]
    fn staircases_approximate_at_rate_one(cells in 2i64..40, seed in any::<u64>(), t in 0i64..1000) {
        let mut stream = Stream::new(seed);
        // A piecewise linear function of slope at most 3.
        let mut values = vec![rational(0, 1)];
        for _ in 0..10 {
            let last = values[values.len() - 1].clone();
            values.push(last + rational(stream.index(61) as i64 - 30, 100));
        }
        let f = PiecewiseLinear::interpolate((0..=10).map(|i| rational(i, 10)).collect(), values).unwrap();
        let lipschitz = rational(3, 1);
        let epsilon = rational(1, 1 << 12);
        let heights: Vec<BigRational> = (0..cells).map(|k| f.at(&rational(2 * k + 1, 2 * cells)).unwrap()).collect();
        let bumps = staircase(&heights, &epsilon).unwrap();
        let x = &epsilon + (rational(1, 1) - &epsilon) * rational(t, 999);
        let value = bumps.iter().map(|bump| bump.evaluate(x.clone())).fold(rational(0, 1), |sum, v| sum + v);
        let error = value - f.at(&x).unwrap();
        let bound = &lipschitz / rational(2 * cells, 1) + &lipschitz * &epsilon;
        prop_assert!(error <= bound && -error <= bound);
    }
}

fn line() -> impl Iterator<Item = f64> {
    (0..1000).map(|i| f64::from(i) * (6.0 / 999.0) - 3.0)
}

/// The largest error off the ramps of a bump of height 1.3 over `[0, 1]`.
fn worst<T: Scalar>(ramp: T, height: T, points: impl Iterator<Item = T>) -> f64 {
    let target = height.to_f64();
    let bump = Bump::new(T::integer(0), T::integer(1), height, ramp).unwrap();
    let errors = points.map(|x| match (bump.on_plateau(&x), bump.is_outside(&x)) {
        (true, _) => (bump.evaluate(x).to_f64() - target).abs(),
        (_, true) => bump.evaluate(x).to_f64().abs(),
        _ => 0.0,
    });
    errors.fold(0.0, f64::max)
}

#[test]
fn rounding_is_magnified_by_the_slope() {
    for power in 1..12 {
        let ramp = 10f64.powi(-power);
        // Four terms, each rounded at the size of x at most 4, and sums of the same size.
        assert!(worst(ramp, 1.3, line()) <= 1.3 / ramp * 2f64.powi(-50) + 1e-15, "ε = {ramp}");
    }
    assert!(worst(1e-7, 1.3, line()) < 1e-8);
}

/// Teeth: in single precision the same bump is wrong by more than its height.
#[test]
fn single_precision_loses_the_bump() {
    let single = |ramp: f32| worst(ramp, 1.3f32, line().map(|x| x as f32));
    assert!(single(1e-7) >= 1.3);
    assert!(single(1e-3) < 2e-4);
}

/// Teeth: N + 1 ramps take 2N + 2 units; one unit a ramp, as is sometimes said, has half of the kinks.
#[test]
fn a_staircase_has_two_kinks_a_ramp() {
    let heights: Vec<BigRational> = [3, 1, 4, 1, 5].map(|h| rational(h, 1)).to_vec();
    let epsilon = rational(1, 100);
    let bumps = staircase(&heights, &epsilon).unwrap();
    let mut knots: Vec<BigRational> =
        (0..=5).flat_map(|k| [rational(k, 5), rational(k, 5) + &epsilon]).collect();
    knots.insert(0, rational(-1, 1));
    knots.push(rational(2, 1));
    let value =
        |x: &BigRational| bumps.iter().map(|b| b.evaluate(x.clone())).fold(rational(0, 1), |sum, v| sum + v);
    let values = knots.iter().map(value).collect();
    let f = PiecewiseLinear::interpolate(knots, values).unwrap();
    assert_eq!(f.pieces() - 1, 2 * (heights.len() + 1));
}
