//! The two-layer linear network under squared loss: not convex, and yet every critical point is known.

use nalgebra::DMatrix;

use super::{ConstructionError, DeepLinear};
use crate::critical::section::Symmetric;
use crate::formula::Formula;
use crate::scalar::Scalar;

/// The squared loss of a linear network with one hidden layer: [`DeepLinear`] of two matrices, `A = W_2` and `B = W_1`.
///
/// # Formula
/// $$f(A, B) = \lVert Y - ABX\rVert_F^2,\qquad G = -2\,(Y - ABX)X^\top,\qquad
/// \nabla_A f = GB^\top,\quad \nabla_B f = A^\top G,$$
/// and along $(\dot A, \dot B)$, with $\dot G = 2(\dot A B + A\dot B)XX^\top$, the Hessian-vector product is
/// $(\dot G B^\top + G\dot B^\top,\ \dot A^\top G + A^\top\dot G)$.
///
/// # Shapes
/// `X` is `m × n`, `Y` is `d × n` (one sample a column), `A` is `d × p`, `B` is `p × m`. A point lists `A` by columns,
/// then `B` by columns.
///
/// # Reference
/// Baldi and Hornik, *Neural networks and principal component analysis: learning from examples without local minima*
/// (1989).
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::{analytic::TwoLayerLinear, objective::Objective};
///
/// let f = TwoLayerLinear::new(dmatrix![1.0, 2.0], dmatrix![2.0, 4.0], 1)?;
/// assert_eq!(f.value(&[1.0, 2.0])?, 0.0);
/// assert_eq!(f.value(&[0.0, 0.0])?, 20.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TwoLayerLinear(DeepLinear);

impl TwoLayerLinear {
    /// The loss on inputs `X` and targets `Y` of a network with `width` hidden units.
    ///
    /// # Errors
    /// When there is no sample, input, output or hidden unit, when `X` and `Y` have different numbers of samples, or
    /// when an entry is not finite.
    pub fn new(inputs: DMatrix<f64>, targets: DMatrix<f64>, width: usize) -> Result<Self, ConstructionError> {
        DeepLinear::new(inputs, targets, &[width]).map(Self)
    }

    /// `X`.
    pub fn inputs(&self) -> &DMatrix<f64> {
        self.0.inputs()
    }

    /// `Y`.
    pub fn targets(&self) -> &DMatrix<f64> {
        self.0.targets()
    }

    /// Number of hidden units, `p`.
    pub fn width(&self) -> usize {
        self.0.widths().sum()
    }

    /// `Σ_XX = XXᵀ`.
    pub fn gram(&self) -> &DMatrix<f64> {
        self.0.gram()
    }

    /// `Σ_YX = YXᵀ`.
    pub fn cross(&self) -> &DMatrix<f64> {
        self.0.cross()
    }

    /// The point that lists the entries of `A` and `B`.
    ///
    /// # Errors
    /// When a matrix has the wrong shape.
    pub fn point(&self, a: &DMatrix<f64>, b: &DMatrix<f64>) -> Result<Vec<f64>, ConstructionError> {
        self.0.point(&[a, b])
    }

    /// `ABX`, what the network makes of its inputs at a point.
    ///
    /// # Errors
    /// When the point has the wrong number of entries.
    pub fn outputs(&self, point: &[f64]) -> Result<DMatrix<f64>, ConstructionError> {
        self.0.outputs(point)
    }
}

impl Formula for TwoLayerLinear {
    fn variables(&self) -> usize {
        self.0.variables()
    }

    fn value_over<S: Scalar>(&self, point: &[S]) -> S {
        self.0.value_over(point)
    }

    fn gradient_over<S: Scalar>(&self, point: &[S], gradient: &mut [S]) {
        self.0.gradient_over(point, gradient);
    }

    fn hessian_over<S: Scalar>(&self, point: &[S], hessian: &mut [S]) {
        self.0.hessian_over(point, hessian);
    }

    fn hessian_vector_over<S: Scalar>(&self, point: &[S], vector: &[S], product: &mut [S]) {
        self.0.hessian_vector_over(point, vector, product);
    }
}

impl Symmetric for TwoLayerLinear {
    /// The generators of `(A, B) ↦ (AC, C⁻¹B)`, `C ∈ GL(p)`.
    fn orbit_tangents_over<S: Scalar>(&self, point: &[S]) -> Vec<Vec<S>> {
        self.0.orbit_tangents_over(point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::derivatives;
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    fn example() -> TwoLayerLinear {
        let x = dmatrix![2.0, -1.0, 0.0, 3.0; 0.0, 1.0, 4.0, -1.0; 1.0, 0.0, -1.0, 2.0];
        let y = dmatrix![1.0, 0.0, 2.0, -1.0; 2.0, -3.0, 1.0, 0.0];
        TwoLayerLinear::new(x, y, 2).unwrap()
    }

    proptest! {
        #[test]
        fn derivatives_agree(point in prop::collection::vec(-2.0f64..2.0, 10)) {
            derivatives::agree(&example(), &point, 1e-4, 1e-6);
        }
    }

    #[test]
    fn bad_data_is_refused() {
        let x = dmatrix![1.0, 2.0];
        assert!(TwoLayerLinear::new(x.clone(), dmatrix![1.0], 1).is_err());
        assert!(TwoLayerLinear::new(x.clone(), dmatrix![1.0, f64::NAN], 1).is_err());
        assert!(TwoLayerLinear::new(x.clone(), x.clone(), 0).is_err());
        assert!(example().point(&x, &x).is_err());
    }
}
