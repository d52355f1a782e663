//! Whatever the bits: what this crate is given is enclosed or refused, and nothing panics, hangs or fills the memory.

mod bits;

use bits::{float, floats, interval, matrix, matrix_of, size};
use proptest::prelude::*;
use saddlepoint_rigor::spectrum::{singular_values, symmetric_eigenvalues};
use saddlepoint_rigor::{Interval, IntervalMatrix, IntervalVector, solve};

mod any_bits_are_bounded_or_refused {
    use super::*;

    proptest! {
        #[test]
        fn intervals(low in float(), high in float(), x in float(), e in any::<i32>()) {
            let valid = low <= high && low < f64::INFINITY && high > f64::NEG_INFINITY;
            prop_assert_eq!(Interval::new(low, high).is_ok(), valid);
            prop_assert_eq!(Interval::point(x).is_ok(), x.is_finite());
            let a = Interval::between(low, high);
            prop_assert!(a.low() <= a.high());
            if let Ok(one) = Interval::new(low, high) {
                prop_assert_eq!((one.low(), one.high()), (low, high));
                prop_assert!(one.is_subset_of(a));
            }
            let scaled = a.scaled_by_power_of_two(e);
            prop_assert!(scaled.low() <= scaled.high());
        }

        #[test]
        fn arithmetic(a in interval(), b in interval()) {
            let all = [a + b, a - b, a * b, -a, a.square(), a.exp(), a.tanh(), a.logistic().0, a.hull(b)];
            for result in all.into_iter().chain(a.intersection(b)) {
                prop_assert!(result.low() <= result.high());
            }
            for result in [a.checked_div(b), a.sqrt(), a.ln(), a.ln_1p()].into_iter().flatten() {
                prop_assert!(result.low() <= result.high());
            }
        }

        #[test]
        fn matrices(rows in size(), columns in size(), entries in floats(), radii in floats()) {
            let fits = rows.checked_mul(columns) == Some(entries.len()) && !entries.is_empty();
            let finite = entries.iter().all(|x| x.is_finite());
            prop_assert_eq!(IntervalMatrix::from_rows(rows, columns, entries.clone()).is_ok(), fits && finite);
            if let Ok(wide) = IntervalMatrix::with_radii(rows, columns, entries.clone(), radii.clone()) {
                prop_assert!(fits && finite && radii.len() == entries.len());
                prop_assert!(wide.radii().iter().all(|r| (0.0..=f64::MAX).contains(r)));
            }
            prop_assert_eq!(IntervalVector::new(entries.clone()).is_ok(), finite && !entries.is_empty());
            let wide = IntervalVector::with_radii(entries.clone(), radii);
            prop_assert!(wide.is_err() || finite);
            // Entries that the caller does not hold are not made without limit either.
            if let Ok(identity) = IntervalMatrix::identity(rows) {
                prop_assert!(identity.shape() == (rows, rows) && rows < 1 << 14);
            }
        }

        #[test]
        fn products(a in matrix(), b in matrix(), d in floats(), e in any::<i32>()) {
            for result in [a.times(&b), a.plus(&b), a.minus(&b), a.scale_columns(&d)].into_iter().flatten() {
                prop_assert!(result.midpoints().iter().all(|m| m.is_finite()));
                prop_assert!(result.radii().iter().all(|r| *r >= 0.0));
                prop_assert!(result.spectral_norm_bound() >= 0.0);
            }
            prop_assert!(a.scaled_by_power_of_two(e).radii().iter().all(|r| *r >= 0.0));
            if let Ok(x) = IntervalVector::new(d) {
                prop_assert!(x.norm().low() >= 0.0);
                if let Ok(y) = a.times_vector(&x) {
                    prop_assert!(y.norm().high() >= 0.0 && y.dot(&y).is_ok());
                }
            }
        }

        #[test]
        fn solutions(a in matrix_of(2, 2), inverse in matrix_of(2, 2), other in matrix(), b in floats()) {
            let Ok(b) = IntervalVector::new(b) else { return Ok(()) };
            for (a, inverse) in [(&a, &inverse), (&a, &other), (&other, &inverse), (&other, &other)] {
                if let Ok(x) = solve(a, inverse, &b) {
                    prop_assert!(x.intervals().all(|x| x.low() <= x.high()));
                    prop_assert_eq!(a.shape().0, a.shape().1);
                }
            }
        }

        #[test]
        fn decompositions(a in matrix_of(2, 2), u in matrix_of(2, 2), v in matrix_of(2, 2), s in floats(), other in matrix()) {
            let identity = IntervalMatrix::identity(2).unwrap();
            for (a, u, v) in [(&a, &u, &v), (&a, &identity, &identity), (&other, &u, &v), (&a, &other, &v)] {
                if let Ok(values) = singular_values(a, u, &s, v) {
                    prop_assert!(values.iter().all(|value| value.low() >= 0.0));
                    // The largest is not below that of any entry.
                    let largest = a.midpoints().iter().fold(0.0, |most: f64, x| most.max(x.abs()));
                    prop_assert!(values[0].high() >= largest);
                }
                if let Ok(values) = symmetric_eigenvalues(a, &s, v) {
                    prop_assert!(values.windows(2).all(|pair| pair[0].high() >= pair[1].low()));
                }
            }
        }
    }
}

/// A vector has few entries, and what is made of it may have the square of them.
#[test]
fn products_that_fill_the_memory_are_refused() {
    assert!(IntervalMatrix::identity(usize::MAX).is_err() && IntervalMatrix::identity(1 << 32).is_err());
    let long = IntervalVector::new(vec![1.0; 1 << 17]).unwrap();
    let one = IntervalMatrix::identity(1).unwrap();
    assert!(solve(&one, &one, &long).is_err());
    let (column, row) = (long.as_column(), long.as_column().transpose());
    assert!(column.times(&row).is_err());
}
