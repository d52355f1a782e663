//! The mean loss over more samples than fit into memory at once, as an objective of the landscape crate.

use std::sync::{Mutex, PoisonError};

use saddlepoint_landscape::objective::Objective;

use crate::batches::{Batch, BatchError, Batches, SourceError};
use crate::program::ProgramError;
use crate::trace::Traced;

/// The mean loss over batches, each weighed by its size. As many traces are kept as fit into a budget; the others are made
/// anew for each evaluation, to the same bits.
///
/// Where an evaluation fails the unchecked methods return NaN, which the checked ones report.
///
/// # Formula
/// `L(θ) = Σ_b (n_b/n) L_b(θ)`
///
/// # Example
/// ```
/// use burn::nn::LinearConfig;
/// use burn::tensor::Tensor;
/// use saddlepoint_curvature::mean_loss::MeanLoss;
/// use saddlepoint_curvature::trace;
/// use saddlepoint_landscape::objective::Objective;
///
/// # let device = saddlepoint_models::device::Device::open(Default::default())?.burn();
/// let layer = LinearConfig::new(1, 1).with_bias(false).init(&device);
/// let rows = [vec![1.0f32, 2.0], vec![3.0]];
/// let loss = MeanLoss::new(2, usize::MAX, |batch| {
///     let n = rows[batch].len();
///     let x = Tensor::<1>::from_floats(rows[batch].as_slice(), &device).reshape([n, 1]);
///     let traced = trace(&layer, x, |layer, x| layer.forward(x).powi_scalar(2).mean())?;
///     Ok((traced, n))
/// })?;
/// assert!((loss.value(&[1.0])? - 14.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MeanLoss<'s> {
    batches: Batches<'s, Traced>,
    point: Vec<f64>,
    /// Why the last evaluation that failed did.
    failure: Mutex<Option<BatchError>>,
}

impl Batch for Traced {
    fn dimension(&self) -> usize {
        self.dimension()
    }

    fn bytes(&self) -> usize {
        self.bytes()
    }
}

impl<'s> MeanLoss<'s> {
    /// From `count` batches; `budget` is the number of bytes for batches that are kept.
    ///
    /// # Errors
    /// When a batch cannot be had, or does not fit the others.
    pub fn new(
        count: usize,
        budget: usize,
        source: impl Fn(usize) -> Result<(Traced, usize), SourceError> + Send + Sync + 's,
    ) -> Result<Self, BatchError> {
        let mut point = None;
        let batches = Batches::new(0..count, budget, source, |_, _, traced| {
            point.get_or_insert_with(|| traced.point().to_vec());
            Ok(())
        })?;
        let point = point.filter(|_| batches.samples() > 0).ok_or(BatchError::Empty)?;
        Ok(Self { batches, point, failure: Mutex::new(None) })
    }

    /// The values that the parameters had in the module.
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// Why the last evaluation that gave NaN could not be done, once.
    pub fn take_failure(&self) -> Option<BatchError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Adds up what each batch gives, times its weight.
    fn sum(&self, mut add: impl FnMut(f64, &Traced) -> Result<(), ProgramError>) -> bool {
        let all = self.batches.samples() as f64;
        let done = self.batches.each(|batch, samples, traced| {
            add(samples as f64 / all, traced).map_err(|source| BatchError::Program { batch, source })
        });
        match done {
            Ok(()) => true,
            Err(error) => {
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                false
            }
        }
    }
}

impl Objective for MeanLoss<'_> {
    fn dimension(&self) -> usize {
        self.point.len()
    }

    fn value_unchecked(&self, point: &[f64]) -> f64 {
        let mut value = 0.0;
        let done = self.sum(|weight, traced| {
            value += weight * traced.value(point)?;
            Ok(())
        });
        if done { value } else { f64::NAN }
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        gradient.fill(0.0);
        let done = self.sum(|weight, traced| {
            let (_, found) = traced.value_and_gradient(point)?;
            gradient.iter_mut().zip(found).for_each(|(sum, g)| *sum += weight * g);
            Ok(())
        });
        if !done {
            gradient.fill(f64::NAN);
        }
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        product.fill(0.0);
        let done = self.sum(|weight, traced| {
            let found = traced.linearize(point)?.hessian_vector(vector)?;
            product.iter_mut().zip(found).for_each(|(sum, x)| *sum += weight * x);
            Ok(())
        });
        if !done {
            product.fill(f64::NAN);
        }
    }
}
