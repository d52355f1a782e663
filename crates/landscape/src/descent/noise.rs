//! Random vectors without a preferred direction, made of the caller's normals.

use super::{DescentError, norm_squared};

/// Fills `vector` with a point of the sphere of this radius, uniformly distributed.
///
/// # Formula
/// $r g/\lVert g\rVert$ for independent standard normals $g_1, \dots, g_d$.
///
/// # Errors
/// When the generator gives no usable vector.
///
/// # Example
/// ```
/// use saddlepoint_landscape::descent::noise;
///
/// let mut normals = [3.0, -4.0].into_iter();
/// let mut vector = [0.0; 2];
/// noise::on_sphere(10.0, &mut || normals.next().unwrap_or(0.0), &mut vector)?;
/// assert_eq!(vector, [6.0, -8.0]);
/// # Ok::<(), saddlepoint_landscape::descent::DescentError>(())
/// ```
pub fn on_sphere(radius: f64, normal: &mut dyn FnMut() -> f64, vector: &mut [f64]) -> Result<(), DescentError> {
    scale(radius, normal, vector, 0)
}

/// Fills `vector` with a point of the ball of this radius, uniformly distributed.
///
/// # Formula
/// $r g_{1..d}/\lVert g_{1..d+2}\rVert$ for independent standard normals: the first $d$ coordinates of a uniform point of
/// the sphere in $d + 2$ dimensions are uniform in the ball, by Archimedes' theorem. Its length has the distribution of
/// $r U^{1/d}$ for a uniform $U$, and is never above $r$.
///
/// # Errors
/// When the generator gives no usable vector.
///
/// # Reference
/// Barthe, Guédon, Mendelson and Naor, *A probabilistic approach to the geometry of the $\ell_p^n$-ball*, Annals of
/// Probability 33 (2005).
pub fn in_ball(radius: f64, normal: &mut dyn FnMut() -> f64, vector: &mut [f64]) -> Result<(), DescentError> {
    scale(radius, normal, vector, 2)
}

/// The first coordinates of a uniform point of a sphere that has `hidden` dimensions more.
fn scale(
    radius: f64,
    normal: &mut dyn FnMut() -> f64,
    vector: &mut [f64],
    hidden: usize,
) -> Result<(), DescentError> {
    vector.fill_with(&mut *normal);
    let rest: f64 = (0..hidden).map(|_| normal()).map(|g| g * g).sum();
    let norm = (norm_squared(vector) + rest).sqrt();
    if !(norm.is_finite() && norm > 0.0) {
        return Err(DescentError::Randomness);
    }
    // The quotient first: it is at most one, so the product is at most the radius but for one rounding.
    for entry in vector {
        *entry = *entry / norm * radius;
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod testing {
    /// Normals for unit tests: Box and Muller over a linear congruential generator.
    pub(crate) fn normals(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed;
        let mut uniform = move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((state >> 11) as f64 + 0.5) / 9007199254740992.0
        };
        move || (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sphere_has_one_radius_and_a_ball_at_most_that(d in 1usize..20, radius in 1e-6f64..1e6, seed in any::<u64>()) {
            let (mut normal, mut vector) = (testing::normals(seed), vec![0.0; d]);
            on_sphere(radius, &mut normal, &mut vector).unwrap();
            prop_assert!((norm_squared(&vector).sqrt() / radius - 1.0).abs() < 1e-14);
            in_ball(radius, &mut normal, &mut vector).unwrap();
            prop_assert!(norm_squared(&vector).sqrt() <= radius * (1.0 + 1e-14));
        }
    }

    /// `P(‖ξ‖ ≤ u r) = u^d`: the largest deviation of 4,000 draws is Kolmogorov's, below 2/√4000 with probability
    /// 0.9993.
    #[test]
    fn the_length_of_a_kick_is_that_of_a_uniform_point() {
        for d in [1, 2, 3, 10] {
            let (mut normal, mut vector) = (testing::normals(d as u64), vec![0.0; d]);
            let mut uniforms: Vec<f64> = (0..4000)
                .map(|_| {
                    in_ball(0.5, &mut normal, &mut vector).unwrap();
                    (norm_squared(&vector).sqrt() / 0.5).powi(d as i32)
                })
                .collect();
            uniforms.sort_by(f64::total_cmp);
            let deviation =
                uniforms.iter().enumerate().map(|(i, u)| (u - i as f64 / 4000.0).abs()).fold(0.0, f64::max);
            assert!(deviation < 2.0 / 4000f64.sqrt(), "{deviation} in dimension {d}");
        }
    }

    #[test]
    fn a_generator_that_is_none_is_refused() {
        for broken in [0.0, f64::NAN, f64::INFINITY] {
            assert_eq!(on_sphere(1.0, &mut || broken, &mut [0.0; 3]), Err(DescentError::Randomness));
            assert_eq!(in_ball(1.0, &mut || broken, &mut [0.0; 3]), Err(DescentError::Randomness));
        }
    }
}
