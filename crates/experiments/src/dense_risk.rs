//! Where natively computed networks meet landscapes: their risk as an objective, its Hessian as an operator.

use saddlepoint_landscape::objective::Objective;
use saddlepoint_landscape::operator::{OperatorError, SymmetricOperator};
use saddlepoint_models::native::{DenseHessian, DenseRisk};

/// The empirical risk of a small network, in f64, as an objective. Its values are NaN where outputs overflow.
#[derive(Debug, Clone, Copy)]
pub struct RiskObjective<'a>(pub &'a DenseRisk<f64>);

impl Objective for RiskObjective<'_> {
    fn dimension(&self) -> usize {
        self.0.parameters()
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        self.0.loss(point).unwrap_or(f64::NAN)
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        match self.0.gradient(point) {
            Ok(found) => gradient.copy_from_slice(&found.entries),
            Err(_) => gradient.fill(f64::NAN),
        }
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        let found = self.0.hessian(point).map(|hessian| hessian.product(vector, product));
        if !matches!(found, Ok(Ok(()))) {
            product.fill(f64::NAN);
        }
    }
}

/// The Hessian of a risk at a point, with everything that its products share.
#[derive(Debug, Clone)]
pub struct RiskHessian<'a>(pub DenseHessian<'a, f64>);

impl RiskHessian<'_> {
    /// The sum of the diagonal, from one product for each parameter; `go_on` is asked between them.
    ///
    /// # Errors
    /// Those of `go_on` and of the products.
    pub fn trace<E: From<OperatorError>>(&self, mut go_on: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
        let n = self.dimension();
        let (mut unit, mut product, mut trace) = (vec![0.0; n], vec![0.0; n], 0.0);
        for i in 0..n {
            go_on()?;
            unit[i] = 1.0;
            self.apply(&unit, &mut product)?;
            unit[i] = 0.0;
            trace += product[i];
        }
        Ok(trace)
    }
}

impl SymmetricOperator for RiskHessian<'_> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        self.0.product(vector, product).map_err(OperatorError::failed)
    }

    fn name(&self) -> String {
        "the Hessian of a network's risk".to_owned()
    }
}
