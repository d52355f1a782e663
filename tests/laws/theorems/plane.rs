//! Exact Rademacher complexities of two-layer ReLU networks on points of the plane.
//!
//! With `f = Σ vⱼ relu(wⱼ · x)` and `Σ |vⱼ| ‖wⱼ‖ ≤ 1`, the supremum of `Σ σᵢ f(xᵢ)` is that of `|Σ σᵢ relu(u · xᵢ)|` over
//! `‖u‖ = 1`. It is linear in `u` between the directions orthogonal to a point, so that finitely many `u` are enough.
//! For the Euclidean norm these are also all networks with `‖v‖ ‖W‖_F ≤ 1`.

use std::f64::consts::{FRAC_PI_2, TAU};

/// The directions of unit norm at which a function that is linear between `ends` can be largest: `gradient` is that of
/// the linear function.
pub(super) type Candidates = fn(ends: [[f64; 2]; 2], gradient: [f64; 2]) -> Vec<[f64; 2]>;

/// Unit vectors of the Euclidean norm: both ends, and the direction of the gradient.
pub(super) fn euclidean(ends: [[f64; 2]; 2], gradient: [f64; 2]) -> Vec<[f64; 2]> {
    let norm = gradient[0].hypot(gradient[1]);
    let mut candidates = ends.to_vec();
    if norm > 0.0 {
        candidates.extend([1.0, -1.0].map(|sign| [sign * gradient[0] / norm, sign * gradient[1] / norm]));
    }
    candidates
}

/// Unit vectors of the ℓ₁ norm: both ends, and the corners of its ball.
pub(super) fn sum_of_absolutes(ends: [[f64; 2]; 2], _: [f64; 2]) -> Vec<[f64; 2]> {
    let scaled = ends.map(|u| u.map(|x| x / (u[0].abs() + u[1].abs())));
    scaled.into_iter().chain([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]).collect()
}

/// The empirical complexity, over all signs.
pub(super) fn complexity(points: &[[f64; 2]], candidates: Candidates) -> f64 {
    let n = points.len();
    let mut angles: Vec<f64> = points
        .iter()
        .flat_map(|x| [FRAC_PI_2, -FRAC_PI_2].map(|turn| (x[1].atan2(x[0]) + turn).rem_euclid(TAU)))
        .collect();
    angles.sort_by(f64::total_cmp);
    let total: f64 = (0..1u32 << n)
        .map(|signs| {
            let sign = |i: usize| if signs >> i & 1 == 1 { 1.0 } else { -1.0 };
            let value = |u: [f64; 2]| -> f64 {
                let units = points.iter().map(|x| (u[0] * x[0] + u[1] * x[1]).max(0.0));
                units.enumerate().map(|(i, unit)| sign(i) * unit).sum::<f64>().abs()
            };
            let mut highest: f64 = 0.0;
            for (k, &angle) in angles.iter().enumerate() {
                let next = if k + 1 < angles.len() { angles[k + 1] } else { angles[0] + TAU };
                let at = |angle: f64| [angle.cos(), angle.sin()];
                let inside = at(f64::midpoint(angle, next));
                let active =
                    points.iter().enumerate().filter(|(_, x)| inside[0] * x[0] + inside[1] * x[1] > 0.0);
                let gradient =
                    active.fold([0.0; 2], |g, (i, x)| [g[0] + sign(i) * x[0], g[1] + sign(i) * x[1]]);
                // Each candidate is a member of the class, whether it lies between these ends or not.
                let best = candidates([at(angle), at(next)], gradient).into_iter().map(value);
                highest = best.fold(highest, f64::max);
            }
            highest
        })
        .sum();
    total / f64::from(1u32 << n) / n as f64
}
