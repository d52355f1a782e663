//! The exact complexity of two-layer ReLU networks on points of the plane.

use std::f64::consts::{FRAC_PI_2, TAU};

use super::{MOST_POINTS, RademacherError};

/// In which norm the incoming weights of a unit are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitNorm {
    /// `√(u₁² + u₂²)`.
    Euclidean,
    /// `|u₁| + |u₂|`.
    SumOfAbsolutes,
}

impl UnitNorm {
    /// The directions of norm 1 at which a function that is linear between two directions can be largest there.
    /// Others may be among them: each is a member of the class.
    fn candidates(self, ends: [[f64; 2]; 2], gradient: [f64; 2]) -> Vec<[f64; 2]> {
        let mut candidates = Vec::with_capacity(6);
        match self {
            Self::Euclidean => {
                candidates.extend(ends);
                let norm = gradient[0].hypot(gradient[1]);
                if norm > 0.0 {
                    candidates
                        .extend([1.0, -1.0].map(|sign| [sign * gradient[0] / norm, sign * gradient[1] / norm]));
                }
            }
            Self::SumOfAbsolutes => {
                candidates.extend(ends.map(|u| u.map(|x| x / (u[0].abs() + u[1].abs()))));
                candidates.extend([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]);
            }
        }
        candidates
    }
}

/// The empirical Rademacher complexity of the networks `x ↦ Σ vⱼ relu(wⱼ · x)` of two inputs with `Σ |vⱼ| ‖wⱼ‖ ≤ 1`, to
/// nearest.
///
/// By homogeneity the supremum of `Σ σᵢ f(xᵢ)` is that of `|Σ σᵢ relu(u · xᵢ)|` over `‖u‖ = 1`. It is linear in `u`
/// between the directions orthogonal to a point, so that finitely many `u` are enough. For the Euclidean norm these are
/// also all networks with `‖v‖ ‖W‖_F ≤ 1`; for the sum of absolutes, all networks of ℓ₁ path norm at most 1.
///
/// # Formula
/// `2⁻ⁿ Σ_σ max_{‖u‖=1} |(1/n) Σ σᵢ relu(u · xᵢ)|`; of `σ` and `−σ` only one is tried.
///
/// # Errors
/// When there is no point, more than [`MOST_POINTS`], or one is not finite.
///
/// # Reference
/// This project's; the reduction to one unit is in Golowich, Rakhlin, Shamir, Size-independent sample complexity of neural
/// networks, COLT 2018, lemma 1.
///
/// # Example
/// ```
/// use saddlepoint_theory::capacity::rademacher::{UnitNorm, relu_networks_in_the_plane};
///
/// // One point: the best unit looks at it, whatever the sign.
/// let complexity = relu_networks_in_the_plane(&[[3.0, 4.0]], UnitNorm::Euclidean)?;
/// assert!((complexity - 5.0).abs() < 1e-12);
/// # Ok::<(), saddlepoint_theory::capacity::rademacher::RademacherError>(())
/// ```
pub fn relu_networks_in_the_plane(points: &[[f64; 2]], norm: UnitNorm) -> Result<f64, RademacherError> {
    let n = points.len();
    if n == 0 {
        return Err(RademacherError::NoPoints);
    }
    if n > MOST_POINTS {
        return Err(RademacherError::TooManyPoints { points: n });
    }
    if let Some(point) = points.iter().position(|x| x.iter().any(|x| !x.is_finite())) {
        return Err(RademacherError::Point { point });
    }
    let mut angles: Vec<f64> = points
        .iter()
        .flat_map(|x| [FRAC_PI_2, -FRAC_PI_2].map(|turn| (x[1].atan2(x[0]) + turn).rem_euclid(TAU)))
        .collect();
    angles.sort_by(f64::total_cmp);
    let direction = |angle: f64| [angle.cos(), angle.sin()];
    // Between two directions the same points are in front of the unit, whatever the signs are.
    let arcs: Vec<([[f64; 2]; 2], Vec<usize>)> = (0..angles.len())
        .map(|k| {
            let next = if k + 1 < angles.len() { angles[k + 1] } else { angles[0] + TAU };
            let inside = direction(f64::midpoint(angles[k], next));
            let in_front = (0..n).filter(|&i| inside[0] * points[i][0] + inside[1] * points[i][1] > 0.0);
            ([direction(angles[k]), direction(next)], in_front.collect())
        })
        .collect();
    let signs = 1u32 << (n - 1);
    let total: f64 = (0..signs)
        .map(|signs| {
            let sign = |i: usize| if signs >> i & 1 == 1 { 1.0 } else { -1.0 };
            let mut highest: f64 = 0.0;
            for (ends, in_front) in &arcs {
                let gradient = in_front
                    .iter()
                    .fold([0.0; 2], |g, &i| [g[0] + sign(i) * points[i][0], g[1] + sign(i) * points[i][1]]);
                for u in norm.candidates(*ends, gradient) {
                    let units = points.iter().map(|x| (u[0] * x[0] + u[1] * x[1]).max(0.0));
                    let sum: f64 = units.enumerate().map(|(i, unit)| sign(i) * unit).sum();
                    highest = highest.max(sum.abs());
                }
            }
            highest
        })
        .sum();
    Ok(total / f64::from(signs) / n as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_has_no_complexity_is_refused() {
        let of = |points: &[[f64; 2]]| relu_networks_in_the_plane(points, UnitNorm::SumOfAbsolutes);
        assert_eq!(of(&[]), Err(RademacherError::NoPoints));
        assert_eq!(of(&[[0.0; 2]; 25]), Err(RademacherError::TooManyPoints { points: 25 }));
        assert_eq!(of(&[[0.0; 2], [f64::NAN, 0.0]]), Err(RademacherError::Point { point: 1 }));
        assert_eq!(of(&[[0.0; 2]; 3]), Ok(0.0));
    }

    proptest! {
        /// Against units in many directions, tried one by one: never above, and hardly below.
        #[test]
        fn no_direction_of_a_grid_is_better(
            points in prop::collection::vec(prop::array::uniform2(-2.0..2.0f64), 1..6), absolutes in any::<bool>(),
        ) {
            let norm = if absolutes { UnitNorm::SumOfAbsolutes } else { UnitNorm::Euclidean };
            let (steps, n) = (2000, points.len());
            let directions: Vec<[f64; 2]> = (0..steps)
                .map(|k| {
                    let (sin, cos) = (f64::from(k) * TAU / f64::from(steps)).sin_cos();
                    let size = if absolutes { sin.abs() + cos.abs() } else { 1.0 };
                    [cos / size, sin / size]
                })
                .collect();
            let of_signs = |signs: u32| {
                let sign = |i: usize| if signs >> i & 1 == 1 { 1.0 } else { -1.0 };
                let at = |u: &[f64; 2]| -> f64 {
                    let units = points.iter().map(|x| (u[0] * x[0] + u[1] * x[1]).max(0.0));
                    units.enumerate().map(|(i, unit)| sign(i) * unit).sum()
                };
                directions.iter().map(at).fold(0.0, |most: f64, sum| most.max(sum.abs()))
            };
            let grid = (0..1u32 << n).map(of_signs).sum::<f64>() / f64::from(1u32 << n) / n as f64;
            let exact = relu_networks_in_the_plane(&points, norm).unwrap();
            prop_assert!(grid <= exact * (1.0 + 1e-12) && exact <= grid + 0.02, "{grid} {exact}");
        }

        #[test]
        fn any_bits_are_a_complexity_or_refused(bits in prop::collection::vec(any::<[u64; 2]>(), 0..5)) {
            let points: Vec<[f64; 2]> = bits.iter().map(|x| x.map(f64::from_bits)).collect();
            if let Ok(complexity) = relu_networks_in_the_plane(&points, UnitNorm::Euclidean) {
                prop_assert!(complexity >= 0.0);
            }
        }
    }
}
