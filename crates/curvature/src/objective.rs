//! A traced loss as an objective of the landscape crate.

use saddlepoint_landscape::objective::Objective;

use std::sync::{Arc, Mutex, PoisonError};

use crate::linearize::Linearization;
use crate::program::ProgramError;
use crate::trace::Traced;

/// A traced loss as a function of its parameters, with its batch on the device.
///
/// Products at one point share what [`Traced::linearize`] computes, until another point is asked for. Where an evaluation fails (a point that is not finite, an overflow) the unchecked methods
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
    traced: &'t Traced,
    /// The point of the last product, and what products there share.
    last: Mutex<Option<(Vec<f64>, Arc<Linearization>)>>,
}

impl<'t> TracedObjective<'t> {
    /// The objective of a traced loss.
    pub fn new(traced: &'t Traced) -> Self {
        Self { traced, last: Mutex::new(None) }
    }

    fn at(&self, point: &[f64]) -> Result<Arc<Linearization>, ProgramError> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, linearization)) = last.as_ref()
            && at == point
        {
            return Ok(Arc::clone(linearization));
        }
        let linearization = Arc::new(self.traced.linearize(point)?);
        *last = Some((point.to_vec(), Arc::clone(&linearization)));
        Ok(linearization)
    }
}

impl Objective for TracedObjective<'_> {
    fn dimension(&self) -> usize {
        self.traced.dimension()
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        self.traced.value(point).unwrap_or(f64::NAN)
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        match self.traced.value_and_gradient(point) {
            Ok((_, found)) => gradient.copy_from_slice(&found),
            Err(_) => gradient.fill(f64::NAN),
        }
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        match self.at(point).and_then(|at| at.hessian_vector(vector)) {
            Ok(found) => product.copy_from_slice(&found),
            Err(_) => product.fill(f64::NAN),
        }
    }
}
