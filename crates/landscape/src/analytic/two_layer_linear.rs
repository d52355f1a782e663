//! The two-layer linear network under squared loss: not convex, and yet every critical point is known.

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};

use super::{ConstructionError, all_finite};
use crate::objective::Objective;

/// The squared loss of a linear network with one hidden layer.
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
pub struct TwoLayerLinear {
    inputs: DMatrix<f64>,
    targets: DMatrix<f64>,
    width: usize,
    /// `XXᵀ` and `YXᵀ`: all that the derivatives need of the data.
    gram: DMatrix<f64>,
    cross: DMatrix<f64>,
}

impl TwoLayerLinear {
    /// The loss on inputs `X` and targets `Y` of a network with `width` hidden units.
    ///
    /// # Errors
    /// When there is no sample, input, output or hidden unit, when `X` and `Y` have different numbers of samples, or
    /// when an entry is not finite.
    pub fn new(inputs: DMatrix<f64>, targets: DMatrix<f64>, width: usize) -> Result<Self, ConstructionError> {
        for (what, count) in
            [("the inputs", inputs.len()), ("the targets", targets.len()), ("the hidden layer", width)]
        {
            if count == 0 {
                return Err(ConstructionError::Empty { what });
            }
        }
        if inputs.ncols() != targets.ncols() {
            let (expected, found) = (inputs.ncols(), targets.ncols());
            return Err(ConstructionError::Shape { what: "samples among the targets", expected, found });
        }
        all_finite("the inputs", &inputs)?;
        all_finite("the targets", &targets)?;
        let gram = &inputs * inputs.transpose();
        let cross = &targets * inputs.transpose();
        Ok(Self { inputs, targets, width, gram, cross })
    }

    /// `X`.
    pub fn inputs(&self) -> &DMatrix<f64> {
        &self.inputs
    }

    /// `Y`.
    pub fn targets(&self) -> &DMatrix<f64> {
        &self.targets
    }

    /// Number of hidden units, `p`.
    pub fn width(&self) -> usize {
        self.width
    }

    /// `Σ_XX = XXᵀ`.
    pub fn gram(&self) -> &DMatrix<f64> {
        &self.gram
    }

    /// `Σ_YX = YXᵀ`.
    pub fn cross(&self) -> &DMatrix<f64> {
        &self.cross
    }

    /// The point that lists the entries of `A` and `B`.
    ///
    /// # Errors
    /// When a matrix has the wrong shape.
    pub fn point(&self, a: &DMatrix<f64>, b: &DMatrix<f64>) -> Result<Vec<f64>, ConstructionError> {
        let (d, p, m) = self.sizes();
        for (what, expected, found) in [
            ("rows of A", d, a.nrows()),
            ("columns of A", p, a.ncols()),
            ("rows of B", p, b.nrows()),
            ("columns of B", m, b.ncols()),
        ] {
            if expected != found {
                return Err(ConstructionError::Shape { what, expected, found });
            }
        }
        Ok(a.as_slice().iter().chain(b.as_slice()).copied().collect())
    }

    /// Outputs, hidden units, inputs.
    fn sizes(&self) -> (usize, usize, usize) {
        (self.targets.nrows(), self.width, self.inputs.nrows())
    }

    fn layers<'a>(&self, point: &'a [f64]) -> (DMatrixView<'a, f64>, DMatrixView<'a, f64>) {
        let (d, p, m) = self.sizes();
        let (a, b) = point.split_at(d * p);
        (DMatrixView::from_slice(a, d, p), DMatrixView::from_slice(b, p, m))
    }

    fn layers_mut<'a>(&self, point: &'a mut [f64]) -> (DMatrixViewMut<'a, f64>, DMatrixViewMut<'a, f64>) {
        let (d, p, m) = self.sizes();
        let (a, b) = point.split_at_mut(d * p);
        (DMatrixViewMut::from_slice(a, d, p), DMatrixViewMut::from_slice(b, p, m))
    }

    /// `G`, the derivative of the loss by the product `AB`.
    fn product_gradient(&self, a: &DMatrixView<'_, f64>, b: &DMatrixView<'_, f64>) -> DMatrix<f64> {
        (a * b * &self.gram - &self.cross) * 2.0
    }
}

impl Objective for TwoLayerLinear {
    fn dimension(&self) -> usize {
        let (d, p, m) = self.sizes();
        p * (d + m)
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        let (a, b) = self.layers(point);
        (&self.targets - a * b * &self.inputs).norm_squared()
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        let (a, b) = self.layers(point);
        let g = self.product_gradient(&a, &b);
        let (mut da, mut db) = self.layers_mut(gradient);
        da.copy_from(&(&g * b.transpose()));
        db.copy_from(&a.tr_mul(&g));
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        let (a, b) = self.layers(point);
        let (va, vb) = self.layers(vector);
        let g = self.product_gradient(&a, &b);
        let vg = (va * b + a * vb) * &self.gram * 2.0;
        let (mut ha, mut hb) = self.layers_mut(product);
        ha.copy_from(&(&vg * b.transpose() + &g * vb.transpose()));
        hb.copy_from(&(va.tr_mul(&g) + a.tr_mul(&vg)));
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
