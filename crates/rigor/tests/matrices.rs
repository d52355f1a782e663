//! Enclosures of matrix operations against exact integer arithmetic.

use proptest::prelude::*;
use saddlepoint_rigor::{Interval, IntervalMatrix, IntervalVector, MatrixError, Rounding, Up};

/// Entries are integers below this; all their sums of products fit an i128, and so do 2⁴⁰ times them.
const LARGEST: i64 = 1 << 40;

/// Integers of all magnitudes, of either sign, with zeros among them.
fn integer() -> impl Strategy<Value = i64> {
    (0u32..41, -LARGEST..LARGEST).prop_map(|(shift, x)| x >> shift)
}

/// Shape `m × n × p` and the integer entries of two factors.
fn factors() -> impl Strategy<Value = ((usize, usize, usize), Vec<i64>, Vec<i64>)> {
    (1usize..5, prop_oneof![1usize..8, 60usize..140], 1usize..5).prop_flat_map(|(m, n, p)| {
        let vector = |length| prop::collection::vec(integer(), length);
        (Just((m, n, p)), vector(m * n), vector(n * p))
    })
}

fn exact_product(a: &[i64], b: &[i64], (m, n, p): (usize, usize, usize)) -> Vec<i128> {
    let entry = |i: usize, j: usize| (0..n).map(|k| i128::from(a[i * n + k]) * i128::from(b[k * p + j])).sum();
    (0..m * p).map(|at| entry(at / p, at % p)).collect()
}

/// Whether the integer lies in the interval: an integer is above a float iff it is above the float's ceiling.
fn contains(interval: Interval, exact: i128) -> bool {
    let (low, high) = (interval.low().ceil(), interval.high().floor());
    (low == f64::NEG_INFINITY || low as i128 <= exact) && (high == f64::INFINITY || exact <= high as i128)
}

fn matrix(rows: usize, columns: usize, entries: &[i64]) -> IntervalMatrix {
    IntervalMatrix::from_rows(rows, columns, entries.iter().map(|&x| x as f64).collect()).expect("finite")
}

fn widened(a: &IntervalMatrix, by: &[f64]) -> IntervalMatrix {
    let radii = a.radii().iter().zip(by.iter().cycle()).map(|(r, by)| Up::add(*r, *by)).collect();
    IntervalMatrix::with_radii(a.shape().0, a.shape().1, a.midpoints().to_vec(), radii).expect("finite")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_exact_product_lies_inside((shape, a, b) in factors()) {
        let (m, n, p) = shape;
        let product = matrix(m, n, &a).times(&matrix(n, p, &b)).unwrap();
        for (interval, exact) in product.intervals().zip(exact_product(&a, &b, shape)) {
            prop_assert!(contains(interval, exact), "{interval} misses {exact}");
        }
    }

    /// Every matrix inside is multiplied: here those at the ends of the radii, by their signs.
    #[test]
    fn products_of_all_matrices_inside_lie_inside(
        (shape, a, b) in factors(), signs in any::<u64>(), radius in 0i64..1000,
    ) {
        let (m, n, p) = shape;
        let moved = |x: &[i64], signs: u64| -> Vec<i64> {
            x.iter().enumerate().map(|(i, x)| if signs >> (i % 64) & 1 == 1 { x + radius } else { x - radius }).collect()
        };
        let r = [radius as f64];
        let product = widened(&matrix(m, n, &a), &r).times(&widened(&matrix(n, p, &b), &r)).unwrap();
        let exact = exact_product(&moved(&a, signs), &moved(&b, signs.rotate_left(17)), shape);
        for (interval, exact) in product.intervals().zip(exact) {
            prop_assert!(contains(interval, exact), "{interval} misses {exact}");
        }
    }

    #[test]
    fn nothing_shrinks_when_an_input_widens(
        (shape, a, b) in factors(), by in prop::collection::vec(0.0..2.0f64, 1..9), exponent in -60i32..40,
    ) {
        let (m, n, p) = shape;
        let by: Vec<f64> = by.iter().map(|x| x * f64::from(exponent).exp2()).collect();
        let (a, b) = (matrix(m, n, &a), matrix(n, p, &b));
        let (wide_a, wide_b) = (widened(&a, &by), widened(&b, &by));
        let product = a.times(&b).unwrap();
        prop_assert!(a.is_subset_of(&wide_a));
        prop_assert!(product.is_subset_of(&wide_a.times(&b).unwrap()));
        prop_assert!(product.is_subset_of(&a.times(&wide_b).unwrap()));
        prop_assert!(a.times(&wide_b).unwrap().is_subset_of(&wide_a.times(&wide_b).unwrap()));
        prop_assert!(a.plus(&a).unwrap().is_subset_of(&wide_a.plus(&a).unwrap()));
        prop_assert!(a.spectral_norm_bound() <= wide_a.spectral_norm_bound());
    }

    /// Sums of integers below 2⁶², which are no floats.
    #[test]
    fn exact_sums_lie_inside(a in prop::collection::vec(any::<i32>(), 6), shift in 0u32..30, r in 0i64..9) {
        let a: Vec<i64> = a.iter().map(|&x| (i64::from(x) << shift) + 1).map(|x| x as f64 as i64).collect();
        let b: Vec<i64> = a.iter().rev().map(|x| x >> 7).collect();
        let (left, right) = (widened(&matrix(2, 3, &a), &[r as f64]), matrix(2, 3, &b));
        for (sign, sum) in [(1, left.plus(&right).unwrap()), (-1, left.minus(&right).unwrap())] {
            for (i, interval) in sum.intervals().enumerate() {
                for end in [-r, r] {
                    prop_assert!(contains(interval, i128::from(a[i] + end) + i128::from(sign * b[i])));
                }
            }
        }
    }

    /// The Frobenius norm of a rank-one matrix is its spectral norm: both bounds must reach it.
    #[test]
    fn the_cheap_bound_is_above_the_spectral_norm(u in prop::collection::vec(-9i32..9, 3), v in prop::collection::vec(-9i32..9, 4)) {
        let entries = u.iter().flat_map(|x| v.iter().map(move |y| f64::from(x * y))).collect();
        let bound = IntervalMatrix::from_rows(3, 4, entries).unwrap().spectral_norm_bound();
        let square = |x: &[i32]| x.iter().map(|x| f64::from(x * x)).sum::<f64>();
        prop_assert!(Up::mul(bound, bound) >= square(&u) * square(&v));
    }
}

/// Teeth: without the radius, midpoints alone miss the exact product.
#[test]
fn rounding_to_nearest_is_caught() {
    let entries: Vec<i64> = (0..144).map(|i| (i * 982_451_653_i64 * 7919) % LARGEST).collect();
    let (a, b) = (&entries[..72], &entries[72..]);
    let product = matrix(6, 12, a).times(&matrix(12, 6, b)).unwrap();
    let exact = exact_product(a, b, (6, 12, 6));
    let missed = product.midpoints().iter().zip(&exact).filter(|&(&m, &x)| m as i128 != x).count();
    assert!(missed > 10, "{missed}");
}

#[test]
fn magnitudes_far_from_one_stay_enclosed() {
    let product = |x: f64, y: f64| {
        let [a, b] = [x, y].map(|x| IntervalMatrix::from_rows(1, 1, vec![x]).unwrap());
        a.times(&b).unwrap().get(0, 0).unwrap()
    };
    let tiny = product(1e-200, 3e-200);
    assert!(tiny.low() <= 0.0 && tiny.high() > 0.0, "{tiny}");
    let huge = product(1e200, 1e200);
    assert_eq!((huge.low(), huge.high()), (f64::NEG_INFINITY, f64::INFINITY));
    let a = IntervalMatrix::from_rows(1, 2, vec![1e-300, 1e300]).unwrap();
    let scaled = a.scaled_by_power_of_two(-a.exponent());
    assert!((1.0..2.0).contains(&scaled.midpoints()[1]) && scaled.get(0, 0).unwrap().high() > 0.0);
    assert!(a.is_subset_of(&scaled.scaled_by_power_of_two(a.exponent())));
}

#[test]
fn what_is_no_matrix_is_refused_by_its_datum() {
    let build = |rows, columns, entries: &[f64]| {
        IntervalMatrix::from_rows(rows, columns, entries.to_vec()).unwrap_err()
    };
    assert_eq!(build(0, 3, &[]), MatrixError::Empty { rows: 0, columns: 3 });
    assert_eq!(build(2, 2, &[1.0]), MatrixError::Entries { rows: 2, columns: 2, entries: 1 });
    assert!(matches!(build(usize::MAX, 2, &[1.0]), MatrixError::Entries { .. }));
    assert_eq!(
        build(1, 2, &[0.0, f64::INFINITY]).to_string(),
        "entry (0, 1) is inf: every entry must be finite"
    );
    assert!(matches!(build(1, 1, &[f64::NAN]), MatrixError::NotFinite { row: 0, column: 0, .. }));
    for radius in [-1.0, f64::NAN, f64::INFINITY] {
        let error = IntervalMatrix::with_radii(1, 1, vec![0.0], vec![radius]).unwrap_err();
        assert!(matches!(error, MatrixError::Radius { row: 0, column: 0, .. }), "{error}");
    }
    let (a, x) = (matrix(2, 3, &[1; 6]), IntervalVector::new(vec![1.0; 2]).unwrap());
    assert_eq!(a.times_vector(&x).unwrap_err().to_string(), "no product of shapes (2, 3) and (2, 1)");
    assert!(a.plus(&a.transpose()).is_err() && a.times(&a).is_err() && IntervalVector::new(vec![]).is_err());
}
