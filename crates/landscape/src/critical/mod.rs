//! Critical points: found from many starts, told apart by the inertia of the Hessian, certified, and counted exactly along
//! a line.

pub mod inertia;
pub mod ldlt;

pub mod newton;
pub mod search;
pub mod symmetry;

pub mod krawczyk;
pub mod newton_kantorovich;
pub mod section;

pub mod line;

use crate::objective::{EvaluationError, Objective};
use inertia::{Inertia, InertiaError};

/// What the second derivatives say about a critical point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// All eigenvalues positive: a strict local minimum.
    Minimum,
    /// All eigenvalues negative: a strict local maximum.
    Maximum,
    /// A negative eigenvalue, and one that is not: a strict saddle.
    StrictSaddle,
    /// No negative eigenvalue but a zero one: second derivatives do not decide.
    Degenerate,
}

/// A point at which the gradient vanishes within a stated tolerance, with the evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct CriticalPoint {
    /// Where.
    pub point: Vec<f64>,
    /// The value there.
    pub value: f64,
    /// Norm of the gradient: not zero in f64, and never above the tolerance.
    pub gradient_norm: f64,
    /// Eigenvalues of the Hessian, in increasing order.
    pub eigenvalues: Vec<f64>,
    /// Their signs.
    pub inertia: Inertia,
}

impl CriticalPoint {
    /// What the second derivatives say.
    pub fn kind(&self) -> Kind {
        match self.inertia {
            Inertia { negative: 0, zero: 0, .. } => Kind::Minimum,
            Inertia { negative: 0, .. } => Kind::Degenerate,
            Inertia { zero: 0, positive: 0, .. } => Kind::Maximum,
            Inertia { .. } => Kind::StrictSaddle,
        }
    }

    /// The number of negative eigenvalues: 0 at a minimum, 1 and more at saddles.
    pub fn index(&self) -> usize {
        self.inertia.negative
    }
}

/// Classifies a critical point by the eigenvalues of its Hessian.
///
/// `gradient_tolerance` is absolute, in the units of the gradient; `zero_tolerance` is relative to the largest
/// eigenvalue in magnitude (see [`Inertia::of_symmetric`]).
///
/// # Errors
/// [`ClassificationError::NotCritical`] when the gradient is longer than the tolerance, and whatever keeps the
/// objective from being evaluated.
///
/// # Example
/// ```
/// use saddlepoint_landscape::analytic::StrictSaddleQuartic;
/// use saddlepoint_landscape::critical::{Kind, classify};
///
/// let saddle = classify(&StrictSaddleQuartic, &[0.0, 0.0], 1e-12, 1e-9)?;
/// assert_eq!((saddle.kind(), saddle.index()), (Kind::StrictSaddle, 1));
/// assert!(classify(&StrictSaddleQuartic, &[0.0, 0.5], 1e-12, 1e-9).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn classify(
    objective: &(impl Objective + ?Sized),
    point: &[f64],
    gradient_tolerance: f64,
    zero_tolerance: f64,
) -> Result<CriticalPoint, ClassificationError> {
    let gradient_norm = objective.gradient(point)?.norm();
    if gradient_norm.is_nan() || gradient_tolerance.is_nan() || gradient_norm > gradient_tolerance {
        return Err(ClassificationError::NotCritical { gradient_norm, tolerance: gradient_tolerance });
    }
    let (inertia, eigenvalues) = Inertia::of_symmetric(&objective.hessian(point)?, zero_tolerance)?;
    Ok(CriticalPoint {
        point: point.to_vec(),
        value: objective.value(point)?,
        gradient_norm,
        eigenvalues,
        inertia,
    })
}

/// Why a point could not be classified.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClassificationError {
    /// The gradient does not vanish.
    #[error("the gradient has norm {gradient_norm:e}, above the tolerance {tolerance:e}: not a critical point")]
    NotCritical {
        /// Norm of the gradient.
        gradient_norm: f64,
        /// The tolerance.
        tolerance: f64,
    },
    /// The objective could not be evaluated.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// The Hessian has no inertia.
    #[error(transparent)]
    Inertia(#[from] InertiaError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::Quadratic;
    use nalgebra::{DMatrix, DVector};

    #[test]
    fn signs_decide_the_kind() {
        for (diagonal, kind) in [
            ([1.0, 2.0], Kind::Minimum),
            ([-1.0, -2.0], Kind::Maximum),
            ([1.0, -1.0], Kind::StrictSaddle),
            ([0.0, -1.0], Kind::StrictSaddle),
            ([0.0, 1.0], Kind::Degenerate),
            ([0.0, 0.0], Kind::Degenerate),
        ] {
            let f = Quadratic::new(DMatrix::from_diagonal(&DVector::from_row_slice(&diagonal))).unwrap();
            assert_eq!(classify(&f, &[0.0, 0.0], 0.0, 1e-9).unwrap().kind(), kind, "{diagonal:?}");
        }
    }

    #[test]
    fn a_nan_tolerance_accepts_nothing() {
        let f = Quadratic::new(DMatrix::identity(1, 1)).unwrap();
        assert!(matches!(classify(&f, &[0.0], f64::NAN, 1e-9), Err(ClassificationError::NotCritical { .. })));
        assert!(matches!(classify(&f, &[0.0], 0.0, f64::NAN), Err(ClassificationError::Inertia(_))));
    }
}
