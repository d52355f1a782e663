//! The rise of a function along its gradient: what sharpness-aware minimization looks at.

use super::{SharpnessError, positive};
use crate::objective::Objective;

/// The rise after a step of length `radius` along the gradient: to first order, the largest rise in a ball.
///
/// # Formula
/// $f(x + \rho\, g/\|g\|) - f(x)$ with $g = \nabla f(x)$; 0 where $g = 0$. It is negative only where the function bends
/// down.
///
/// # Errors
/// When the point does not fit or is not finite, the radius is not positive, or a value overflows.
///
/// # Reference
/// Foret, Kleiner, Mobahi and Neyshabur, *Sharpness-aware minimization for efficiently improving generalization*, ICLR 2021.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::analytic::Quadratic;
/// use saddlepoint_landscape::sharpness::sam;
///
/// let bowl = Quadratic::new(dmatrix![2.0])?;
/// assert_eq!(sam::rise(&bowl, &[1.0], 0.5)?, 1.25);
/// assert_eq!(sam::adaptive_rise(&bowl, &[1.0], 0.5, 0.0)?, 1.25);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rise(objective: &(impl Objective + ?Sized), point: &[f64], radius: f64) -> Result<f64, SharpnessError> {
    along(objective, point, radius, |_| 1.0)
}

/// The same in an ellipsoid whose axes are as long as the parameters are large.
///
/// # Formula
/// $f(x + \rho\, T^2 g/\|Tg\|) - f(x)$ with $T = \operatorname{diag}(|x_i| + \eta)$. For $\eta = 0$ it is the same for two
/// networks that compute the same function and differ by a rescaling of their weights; the authors add $\eta = 0.01$
/// so that weights can leave 0.
///
/// # Errors
/// As for [`rise`], and when the floor is negative or not finite.
///
/// # Reference
/// Kwon, Kim, Park and Choi, *ASAM: adaptive sharpness-aware minimization for scale-invariant learning of deep neural
/// networks*, ICML 2021, definition 2 and equation 7.
pub fn adaptive_rise(
    objective: &(impl Objective + ?Sized),
    point: &[f64],
    radius: f64,
    floor: f64,
) -> Result<f64, SharpnessError> {
    if floor != 0.0 {
        positive("the floor of the scales", floor)?;
    }
    along(objective, point, radius, |x| x.abs() + floor)
}

fn along(
    objective: &(impl Objective + ?Sized),
    point: &[f64],
    radius: f64,
    scale: impl Fn(f64) -> f64,
) -> Result<f64, SharpnessError> {
    positive("the radius", radius)?;
    let value = objective.value(point)?;
    let gradient = objective.gradient(point)?;
    let scaled = gradient.zip_map(&nalgebra::DVector::from_column_slice(point), |g, x| g * scale(x));
    // Divided by the largest entry first, so that no square underflows.
    let largest = scaled.amax();
    if largest == 0.0 {
        return Ok(0.0);
    }
    let norm = (&scaled / largest).norm();
    let there: Vec<f64> =
        point.iter().zip(&scaled).map(|(x, s)| x + radius * scale(*x) * (s / largest / norm)).collect();
    Ok(objective.value(&there)? - value)
}

#[cfg(test)]
mod tests {
    use nalgebra::{DMatrix, dmatrix};
    use proptest::prelude::*;

    use super::*;
    use crate::analytic::{Quadratic, StrictSaddleQuartic};

    proptest! {
        /// For a convex function the rise is at least the first-order term, which is never negative.
        #[test]
        fn a_convex_function_rises_at_least_by_the_slope(
            entries in prop::array::uniform4(-1.0f64..1.0), x in -2.0f64..2.0, y in -2.0f64..2.0, radius in 1e-3f64..2.0
        ) {
            let root = DMatrix::from_row_slice(2, 2, &entries);
            let bowl = Quadratic::new(&root * root.transpose()).unwrap();
            let slope = bowl.gradient(&[x, y]).unwrap().norm();
            let rise = rise(&bowl, &[x, y], radius).unwrap();
            prop_assert!(rise >= radius * slope - 1e-12);
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform4(any::<u64>())) {
            let [x, y, radius, floor] = bits.map(f64::from_bits);
            for found in [rise(&StrictSaddleQuartic, &[x, y], radius), adaptive_rise(&StrictSaddleQuartic, &[x, y], radius, floor)] {
                prop_assert!(found.is_err() || found.is_ok_and(f64::is_finite));
            }
        }
    }

    #[test]
    fn nothing_rises_at_a_critical_point() {
        assert_eq!(rise(&StrictSaddleQuartic, &[0.0, 1.0], 0.1).unwrap(), 0.0);
        let bowl = Quadratic::new(dmatrix![3.0]).unwrap();
        assert!(matches!(rise(&bowl, &[1.0], f64::NAN), Err(SharpnessError::NotPositive { .. })));
        assert!(matches!(adaptive_rise(&bowl, &[1.0], 0.1, -0.5), Err(SharpnessError::NotPositive { .. })));
    }

    /// The scales of two parameters that multiply each other can be exchanged without changing the function; only the adaptive
    /// rise does not see it.
    #[test]
    fn the_adaptive_rise_does_not_see_a_rescaling() {
        struct Product;
        impl Objective for Product {
            fn dimension(&self) -> usize {
                2
            }
            fn value_unchecked(&self, p: &[f64]) -> f64 {
                (p[0] * p[1] - 2.0).powi(2)
            }
            fn gradient_unchecked(&self, p: &[f64], g: &mut [f64]) {
                let slope = 2.0 * (p[0] * p[1] - 2.0);
                (g[0], g[1]) = (slope * p[1], slope * p[0]);
            }
            fn hessian_vector_unchecked(&self, _: &[f64], _: &[f64], product: &mut [f64]) {
                product.fill(f64::NAN);
            }
        }
        let (a, b) = ([1.0, 1.5], [8.0, 1.5 / 8.0]);
        assert_eq!(
            adaptive_rise(&Product, &a, 0.1, 0.0).unwrap(),
            adaptive_rise(&Product, &b, 0.1, 0.0).unwrap()
        );
        assert!(rise(&Product, &b, 0.1).unwrap() > 2.0 * rise(&Product, &a, 0.1).unwrap());
    }
}
