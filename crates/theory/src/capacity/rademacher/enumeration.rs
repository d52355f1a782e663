//! The exact complexity, over all signs.

use saddlepoint_rigor::{Down, Interval, Rounding, Up};

use super::class::Supremum;
use super::{Class, RademacherError};

/// The most points all of whose signs are tried.
pub const MOST_POINTS: usize = 24;

impl Class {
    /// The complexity itself, as narrow an interval as rounding allows.
    ///
    /// # Formula
    /// `2⁻ⁿ Σ_σ sup_f (1/n) Σ σᵢ f(xᵢ)`; of `σ` and `−σ` only one is tried.
    ///
    /// Signs are chosen point by point, so that sums are shared by all signs that begin alike, and means are taken on
    /// the way back: two additions for each function and choice, and never more than `n` roundings in a row. (A Gray
    /// code saves one of the two, and chains 2ⁿ roundings.)
    ///
    /// # Errors
    /// When there are more than [`MOST_POINTS`] points.
    ///
    /// # Reference
    /// Mohri, Rostamizadeh, Talwalkar, *Foundations of Machine Learning*, 2nd edition 2018, definition 3.1.
    pub fn exact(&self) -> Result<Interval, RademacherError> {
        let (points, functions) = self.values.shape();
        if points > MOST_POINTS {
            return Err(RademacherError::TooManyPoints { points });
        }
        let (first, rest) = self.values.midpoints().split_at(functions);
        let mut partial = vec![0.0; rest.len()];
        let [low, high] = mean(self.supremum, first, rest, &mut partial);
        let deviation = self.deviation(points);
        Ok(self.complexity(Down::sub(low, deviation), Up::add(high, deviation)))
    }
}

/// Bounds of the mean, over the signs of the other rows, of the supremum of `sums` plus their signed sum.
fn mean(supremum: Supremum, sums: &[f64], rows: &[f64], partial: &mut [f64]) -> [f64; 2] {
    if rows.is_empty() {
        return supremum.of(sums);
    }
    let (row, rows) = rows.split_at(sums.len());
    let (next, partial) = partial.split_at_mut(sums.len());
    let mut with = |sign: f64| {
        for ((next, sum), x) in next.iter_mut().zip(sums).zip(row) {
            *next = sum + sign * x;
        }
        mean(supremum, next, rows, partial)
    };
    let ([a, b], [c, d]) = (with(1.0), with(-1.0));
    [0.5 * Down::add(a, c), 0.5 * Up::add(b, d)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saddlepoint_rigor::IntervalMatrix;

    use super::*;

    /// Integers are summed exactly.
    fn by_definition(values: &[Vec<i32>], absolute: bool) -> f64 {
        let n = values[0].len();
        let total: i64 = (0..1u32 << n)
            .map(|signs| {
                let sum = |row: &Vec<i32>| -> i64 {
                    let sign = |i: usize| if signs >> i & 1 == 1 { 1 } else { -1 };
                    row.iter().enumerate().map(|(i, &x)| sign(i) * i64::from(x)).sum()
                };
                values.iter().map(sum).map(|s| if absolute { s.abs() } else { s }).max().unwrap()
            })
            .sum();
        total as f64 / f64::from(1u32 << n) / n as f64
    }

    fn classes() -> impl Strategy<Value = Vec<Vec<i32>>> {
        (1usize..9, 1usize..6)
            .prop_flat_map(|(n, k)| prop::collection::vec(prop::collection::vec(-9i32..=9, n), k))
    }

    proptest! {
        #[test]
        fn the_complexity_is_that_of_the_definition(values in classes(), e in -900i32..900) {
            let (k, n) = (values.len(), values[0].len());
            let scale = f64::from(e).exp2();
            let entries = values.iter().flatten().map(|&x| f64::from(x) * scale).collect();
            let matrix = IntervalMatrix::from_rows(k, n, entries).unwrap();
            for (class, absolute) in [(Class::finite(&matrix), false), (Class::finite_absolute(&matrix), true)] {
                let (exact, definition) = (class.exact().unwrap(), by_definition(&values, absolute) * scale);
                prop_assert!((exact.midpoint() - definition).abs() <= 1e-14 * definition + 1e-14 * scale);
                prop_assert!(exact.low() <= definition * (1.0 + 1e-15) && definition * (1.0 - 1e-15) <= exact.high());
                prop_assert!(exact.width() <= 1e-13 * scale);
            }
        }
    }

    #[test]
    fn too_many_points_are_refused_and_as_many_as_allowed_are_not() {
        let ones = |n: usize| Class::finite_absolute(&IntervalMatrix::from_rows(1, n, vec![1.0; n]).unwrap());
        assert_eq!(ones(25).exact(), Err(RademacherError::TooManyPoints { points: 25 }));
        // E|S₁₂| / 12 = C(12, 6) / 2¹².
        assert!(ones(12).exact().unwrap().contains(0.2255859375));
    }
}
