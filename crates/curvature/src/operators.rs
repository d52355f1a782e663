//! Curvature matrices as operators of the landscape crate, which extracts spectra from them.

use saddlepoint_landscape::operator::{OperatorError, SymmetricOperator};

use crate::jacobian::{Jacobian, TracedOutputs};
use crate::linearize::Linearization;
use crate::mean_curvature::MeanCurvature;
use crate::program::ProgramError;
use crate::trace::Traced;

/// The generalized Gauss-Newton matrix: the Hessian of a loss with the network replaced by its linearization.
///
/// # Formula
/// $$G = J^\top \, \nabla^2_f \ell(f(\theta)) \, J$$
///
/// Where the outputs are the natural parameters of an exponential family whose negative log-likelihood the loss is
/// (softmax with cross entropy, squared error), $G$ is the Fisher matrix.
///
/// # Reference
/// Schraudolph, Fast curvature matrix-vector products for second-order gradient descent, 2002; Martens, New insights and
/// perspectives on the natural gradient method, 2020, section 8.
pub struct GaussNewton {
    jacobian: Jacobian,
    loss: Linearization,
}

impl GaussNewton {
    /// From the outputs and a loss of the outputs ([`TracedOutputs::trace_loss`]), at a point.
    ///
    /// # Errors
    /// When the point does not fit the module, the loss does not fit the outputs, or a computation overflows.
    pub fn new(outputs: &TracedOutputs, loss: &Traced, point: &[f64]) -> Result<Self, ProgramError> {
        let jacobian = outputs.linearize(point)?;
        let loss = loss.linearize(jacobian.outputs())?;
        Ok(Self { jacobian, loss })
    }

    /// The loss at the point.
    pub fn value(&self) -> f64 {
        self.loss.value()
    }

    /// The Jacobian at the point.
    pub fn jacobian(&self) -> &Jacobian {
        &self.jacobian
    }

    /// $G v$ for `count` vectors, which follow one another, as do the products.
    ///
    /// # Errors
    /// When the vectors have the wrong length or entries that are not finite, or when a product overflows.
    pub fn times_block(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, ProgramError> {
        let along = self.jacobian.times_block(vectors, count)?;
        let curved = self.loss.hessian_block(&along, count)?;
        self.jacobian.transposed_times_block(&curved, count)
    }
}

/// The empirical Fisher matrix: the mean outer product of the samples' gradients.
///
/// # Formula
/// $$F = \frac1n \sum_i g_i g_i^\top = \frac1n J^\top J, \qquad g_i = \nabla_\theta\, \ell_i(\theta)$$
/// with $J$ the Jacobian of the vector of the samples' losses. It is not the Fisher matrix: the labels are the data's,
/// not drawn from the model (see [`GaussNewton`]).
///
/// # Reference
/// Kunstner, Balles, Hennig, Limitations of the empirical Fisher approximation, 2019.
pub struct EmpiricalFisher {
    jacobian: Jacobian,
}

impl EmpiricalFisher {
    /// From the samples' losses, one entry a sample, at a point.
    ///
    /// # Errors
    /// As for [`TracedOutputs::linearize`].
    pub fn new(losses: &TracedOutputs, point: &[f64]) -> Result<Self, ProgramError> {
        Ok(Self { jacobian: losses.linearize(point)? })
    }

    /// The samples' losses at the point.
    pub fn losses(&self) -> &[f64] {
        self.jacobian.outputs()
    }

    /// $F v$ for `count` vectors, which follow one another, as do the products.
    ///
    /// # Errors
    /// As for [`GaussNewton::times_block`].
    pub fn times_block(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, ProgramError> {
        let mut along = self.jacobian.times_block(vectors, count)?;
        let samples = self.losses().len() as f64;
        for x in &mut along {
            *x /= samples;
        }
        self.jacobian.transposed_times_block(&along, count)
    }
}

/// A symmetric operator of the landscape crate, from products with a block.
macro_rules! operator {
    ($($operator:ty, $name:expr, $dimension:expr, $block:ident;)*) => {$(
        impl SymmetricOperator for $operator {
            fn dimension(&self) -> usize {
                let dimension: fn(&Self) -> usize = $dimension;
                dimension(self)
            }

            fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
                self.apply_block_unchecked(vector, product)
            }

            fn apply_block_unchecked(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
                let count = vectors.len() / self.dimension().max(1);
                let found = self.$block(vectors, count).map_err(OperatorError::failed)?;
                products.copy_from_slice(&found);
                Ok(())
            }

            fn name(&self) -> String {
                let name: fn(&Self) -> String = $name;
                name(self)
            }
        }
    )*};
}

operator! {
    Linearization, |_| "the Hessian".to_owned(), |this| this.dimension(), hessian_block;
    GaussNewton, |_| "the Gauss-Newton matrix".to_owned(), |this| this.jacobian.dimension(), times_block;
    MeanCurvature<'_>, MeanCurvature::name, |this| this.dimension(), times_block;
    EmpiricalFisher, |_| "the empirical Fisher matrix".to_owned(), |this| this.jacobian.dimension(), times_block;
}
