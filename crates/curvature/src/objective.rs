//! A traced loss as an objective of the landscape crate.

use saddlepoint_landscape::objective::Objective;

use crate::backend::Flex;
use crate::execute::Executor;
use crate::linearize::Linearization;
use crate::trace::Traced;

/// A traced loss as a function of its parameters, with its batch on the device.
///
/// Each evaluation runs the program from the start; for many products at one point, [`Traced::linearize`] computes
/// once what they share. Where an evaluation fails (a point that is not finite, an overflow) the unchecked methods
/// return NaN, which the checked ones report.
///
/// # Example
/// ```
/// use burn::nn::LinearConfig;
/// use burn::tensor::Tensor;
/// use saddlepoint_curvature::{objective::TracedObjective, trace};
/// use saddlepoint_landscape::objective::Objective;
///
/// # let device = saddlepoint_models::device::Device::open(Default::default())?.burn();
/// let layer = LinearConfig::new(1, 1).with_bias(false).init(&device);
/// let x = Tensor::<2>::from_floats([[1.0], [3.0]], &device);
/// let traced = trace(&layer, x, |layer, x| layer.forward(x).powi_scalar(2).mean())?;
/// let loss = TracedObjective::new(&traced);
/// assert_eq!(loss.hessian(&[7.0])?[(0, 0)], 10.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TracedObjective<'t> {
    executor: Executor<'t, Flex>,
    traced: &'t Traced,
}

impl<'t> TracedObjective<'t> {
    /// The objective of a traced loss.
    pub fn new(traced: &'t Traced) -> Self {
        Self { executor: traced.executor(), traced }
    }
}

impl Objective for TracedObjective<'_> {
    fn dimension(&self) -> usize {
        self.traced.dimension()
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        self.executor.loss(point).unwrap_or(f64::NAN)
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        match self.executor.loss_and_gradient(point, |_, _, _| Ok(())) {
            Ok((_, found)) => gradient.copy_from_slice(&found),
            Err(_) => gradient.fill(f64::NAN),
        }
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        let found = Linearization::new(self.traced.executor(), point).and_then(|at| at.hessian_vector(vector));
        match found {
            Ok(found) => product.copy_from_slice(&found),
            Err(_) => product.fill(f64::NAN),
        }
    }
}
