//! Bounds of complexities without any signs: Massart's and those of linear classes.

use saddlepoint_rigor::{Down, Interval, Rounding, Up, euclidean_norm};

use super::Class;
use super::class::Supremum;

impl Class {
    /// Bounds of the complexity for any number of points.
    ///
    /// # Formula
    /// - Finite, `k` functions with values `a_f ∈ ℝⁿ`: at most `max ‖a_f‖ √(2 ln k) / n` (Massart's lemma), and at
    ///   least `max ‖a_f − a_g‖ / (2√2 n)` with the first function for `g`.
    /// - Absolute: at most `max ‖a_f‖ √(2 ln 2k) / n`, and at least `max ‖a_f‖ / (√2 n)`.
    /// - ℓ₁ ball of radius `B` in `d` dimensions: `B` times the absolute bounds of the `d` coordinates.
    /// - Euclidean ball of radius `B`: at most `B ‖X‖_F / n`, and at least `1/√2` of that.
    ///
    /// # Reference
    /// Massart, Some applications of concentration inequalities to statistics, Annales de la Faculté des Sciences de
    /// Toulouse 9, 2000, lemma 5.2; Mohri, Rostamizadeh, Talwalkar, *Foundations of Machine Learning*, 2nd edition 2018,
    /// theorem 3.7 and theorem 5.10. All lower bounds are Khintchine's inequality with its best constant: Latała and
    /// Oleszkiewicz, On the best constant in the Khinchin-Kahane inequality, Studia Mathematica 109, 1994; the first of
    /// them for `max(a, b) ≥ (a + b + |a − b|)/2`.
    pub fn bounds(&self) -> Interval {
        let (functions, half) = (self.values.shape().1 as f64, Down::sqrt(0.5));
        let (low, high) = match self.supremum {
            Supremum::Maximum => (
                0.5 * self.largest_distance(),
                Up::mul(self.largest_norm::<Up>(), Up::sqrt(2.0 * Up::ln(functions))),
            ),
            Supremum::LargestMagnitude => (
                self.largest_norm::<Down>(),
                Up::mul(self.largest_norm::<Up>(), Up::sqrt(2.0 * Up::ln(2.0 * functions))),
            ),
            Supremum::Norm => (self.frobenius::<Down>(), self.frobenius::<Up>()),
        };
        self.complexity(Down::mul(low, half), high)
    }

    /// `√Σ cᵢ²` with `cᵢ = 2 sup_f |f(xᵢ)|`, rounded up: by `cᵢ` at most the supremum of the sums changes with one sign.
    pub(super) fn differences(&self) -> f64 {
        2.0 * euclidean_norm::<Up>(
            self.values.magnitudes::<Up>().map(|row| self.supremum.magnitude::<Up>(row)).collect::<Vec<_>>(),
        )
    }

    fn frobenius<R: Rounding>(&self) -> f64 {
        euclidean_norm::<R>(self.values.magnitudes::<R>().map(euclidean_norm::<R>).collect::<Vec<_>>())
    }

    fn largest_norm<R: Rounding>(&self) -> f64 {
        let functions = self.values.transpose();
        let norms = functions.magnitudes::<R>().map(euclidean_norm::<R>);
        norms.fold(0.0, f64::max)
    }

    /// The largest distance of a function from the first, rounded down.
    fn largest_distance(&self) -> f64 {
        let functions = self.values.transpose();
        let (n, m, r) = (self.points(), functions.midpoints(), functions.radii());
        let distance = |at: usize| {
            let differences = (0..n).map(|i| {
                let (j, radius) = (at + i, Up::add(r[i], r[at + i]));
                Down::sub(m[i], m[j]).max(Down::sub(m[j], m[i])).max(0.0) - radius
            });
            euclidean_norm::<Down>(
                differences.map(|x| if x > 0.0 { x.next_down() } else { 0.0 }).collect::<Vec<_>>(),
            )
        };
        (0..m.len()).step_by(n).map(distance).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saddlepoint_rigor::IntervalMatrix;

    use super::*;

    proptest! {
        /// What a class has lies between its bounds, for all that can be enumerated.
        #[test]
        fn the_exact_complexity_lies_between(
            entries in (1usize..8, 1usize..6).prop_flat_map(|(n, k)| {
                (Just(n), Just(k), prop::collection::vec(-1.0..1.0f64, n * k))
            }),
            radius in 0.0..3.0f64,
        ) {
            let (n, k, entries) = entries;
            let matrix = IntervalMatrix::from_rows(n, k, entries).unwrap();
            let classes = [
                Class::finite(&matrix.transpose()),
                Class::finite_absolute(&matrix.transpose()),
                Class::euclidean_ball(&matrix, radius).unwrap(),
                Class::l1_ball(&matrix, radius).unwrap(),
            ];
            for class in classes {
                let (exact, bounds) = (class.exact().unwrap(), class.bounds());
                prop_assert!(bounds.low() <= exact.high() && exact.low() <= bounds.high(), "{exact} {bounds}");
            }
        }
    }

    #[test]
    fn equal_points_attain_the_lower_bound() {
        let points = IntervalMatrix::from_rows(2, 1, vec![1.0, 1.0]).unwrap();
        let class = Class::euclidean_ball(&points, 1.0).unwrap();
        assert!((class.exact().unwrap().low() / class.bounds().low() - 1.0).abs() < 1e-14);
        // Two functions ±1 on two points: E|S₂| / 2 = 1/2, and the same by distance 2√2.
        let pair = IntervalMatrix::from_rows(2, 2, vec![1.0, 1.0, -1.0, -1.0]).unwrap();
        let class = Class::finite(&pair);
        assert!(class.exact().unwrap().contains(0.5) && (class.bounds().low() - 0.5).abs() < 1e-14);
    }
}
