//! What holds at all points of a set: how far two functions' derivatives differ, how convex one function is.

use nalgebra::{DMatrix, DVector};

use crate::objective::{EvaluationError, Objective};
use saddlepoint_rigor::decomposition::eigenvalues;

/// First and second derivatives of a function at points.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::{analytic::Quadratic, uniform::Derivatives};
///
/// let points = [vec![1.0, 2.0], vec![0.0, -3.0]];
/// let one = Derivatives::at(&Quadratic::new(dmatrix![1.0, 0.0; 0.0, 1.0])?, &points)?;
/// let other = Derivatives::at(&Quadratic::new(dmatrix![1.0, 0.0; 0.0, 3.0])?, &points)?;
/// let deviation = one.deviation(&other)?;
/// assert_eq!((deviation.gradient, deviation.hessian), (6.0, 2.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Derivatives {
    gradients: Vec<DVector<f64>>,
    hessians: Vec<DMatrix<f64>>,
}

/// The largest differences over all points: of gradients in the Euclidean norm, of Hessians in the spectral one.
///
/// Over finitely many points of a set they are lower bounds of the suprema over the set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deviation {
    /// `max ‖∇f − ∇g‖₂`.
    pub gradient: f64,
    /// `max ‖∇²f − ∇²g‖`.
    pub hessian: f64,
}

impl Derivatives {
    /// The derivatives of `objective` at the points.
    ///
    /// # Errors
    /// When a point has the wrong dimension or is not finite, or a derivative overflows.
    pub fn at(objective: &(impl Objective + ?Sized), points: &[Vec<f64>]) -> Result<Self, EvaluationError> {
        Ok(Self {
            gradients: points.iter().map(|point| objective.gradient(point)).collect::<Result<_, _>>()?,
            hessians: points.iter().map(|point| objective.hessian(point)).collect::<Result<_, _>>()?,
        })
    }

    /// How far the derivatives of two functions at the same points are apart.
    ///
    /// # Errors
    /// When there are not as many points, or not of the same dimension, or eigenvalues are not found.
    pub fn deviation(&self, other: &Self) -> Result<Deviation, EvaluationError> {
        let shape = |d: &Self| (d.gradients.len(), d.gradients.first().map_or(0, DVector::len));
        let ((expected, rows), (found, columns)) = (shape(self), shape(other));
        if expected != found {
            return Err(EvaluationError::WrongDimension { expected, found });
        }
        if rows != columns {
            return Err(EvaluationError::WrongDimension { expected: rows, found: columns });
        }
        let gradients = self.gradients.iter().zip(&other.gradients).map(|(a, b)| (a - b).norm());
        let mut hessian = 0.0f64;
        for (a, b) in self.hessians.iter().zip(&other.hessians) {
            hessian = hessian.max(eigenvalues(a - b)?.amax());
        }
        Ok(Deviation { gradient: gradients.fold(0.0, f64::max), hessian })
    }
}

/// The smallest eigenvalue of the Hessian at the points `center + radius · u`, over the unit vectors `u` along the
/// directions: an upper bound of the smallest one on the whole sphere.
///
/// # Errors
/// When the center or a direction has the wrong dimension, is not finite, or is zero, or eigenvalues are not found.
///
/// # Example
/// ```
/// use saddlepoint_landscape::{analytic::StrictSaddleQuartic, uniform};
///
/// let directions = [vec![1.0, 0.0], vec![0.0, 5.0]];
/// // The second derivative along y is 3y² − 1.
/// let least = uniform::least_curvature(&StrictSaddleQuartic, &[0.0, 1.0], 0.5, &directions)?;
/// assert_eq!(least, 1.0);
/// # Ok::<(), saddlepoint_landscape::objective::EvaluationError>(())
/// ```
pub fn least_curvature(
    objective: &(impl Objective + ?Sized),
    center: &[f64],
    radius: f64,
    directions: &[Vec<f64>],
) -> Result<f64, EvaluationError> {
    let mut least = f64::INFINITY;
    for direction in directions {
        crate::objective::check_point(center.len(), direction)?;
        let scale = radius / direction.iter().fold(0.0, |norm: f64, x| norm.hypot(*x));
        let point: Vec<f64> = center.iter().zip(direction).map(|(c, u)| c + scale * u).collect();
        least = least.min(eigenvalues(objective.hessian(&point)?)?.min());
    }
    Ok(least)
}

/// The radius, up to `most`, at which the least curvature over these directions becomes zero: found by bisection to
/// `2⁻³⁰ most`, where the least curvature decreases with the radius.
///
/// # Errors
/// As for [`least_curvature`].
pub fn convexity_radius(
    objective: &(impl Objective + ?Sized),
    center: &[f64],
    most: f64,
    directions: &[Vec<f64>],
) -> Result<f64, EvaluationError> {
    let (mut low, mut high) = (0.0, most);
    for _ in 0..30 {
        let radius = 0.5 * (low + high);
        if least_curvature(objective, center, radius, directions)? > 0.0 {
            low = radius;
        } else {
            high = radius;
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::{Quadratic, StrictSaddleQuartic};
    use nalgebra::dmatrix;

    #[test]
    fn the_quartic_is_convex_up_to_its_inflection() {
        let directions = [vec![0.0, -1.0], vec![0.0, 1.0]];
        let radius = convexity_radius(&StrictSaddleQuartic, &[0.0, 1.0], 1.0, &directions).unwrap();
        assert!((radius - (1.0 - 1.0 / 3f64.sqrt())).abs() < 1e-8);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let f = StrictSaddleQuartic;
        let at = |points: &[Vec<f64>]| Derivatives::at(&f, points).unwrap();
        assert!(Derivatives::at(&f, &[vec![1.0]]).is_err());
        assert!(at(&[vec![1.0, 1.0]]).deviation(&at(&[])).is_err());
        let line = Derivatives::at(&Quadratic::new(dmatrix![1.0]).unwrap(), &[vec![1.0]]).unwrap();
        assert!(at(&[vec![1.0, 1.0]]).deviation(&line).is_err());
        for direction in [vec![1.0], vec![0.0, 0.0], vec![f64::NAN, 1.0]] {
            assert!(least_curvature(&f, &[0.0, 1.0], 0.1, &[direction]).is_err());
        }
    }
}
