//! The mean loss over more samples than fit into memory at once, as an objective of the landscape crate.

use std::sync::{Arc, Mutex, PoisonError};

use saddlepoint_landscape::objective::Objective;

use crate::batches::BatchError;
use crate::trace::Traced;

/// Makes the traced loss of a batch, and says how many samples it has.
type Source<'s> = Box<dyn Fn(usize) -> Result<(Traced, usize), BatchError> + Send + Sync + 's>;

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
/// use saddlepoint_curvature::batches::BatchError;
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
///     let traced = trace(&layer, x, |layer, x| layer.forward(x).powi_scalar(2).mean());
///     Ok((traced.map_err(|error| BatchError::Source(error.into()))?, n))
/// })?;
/// assert!((loss.value(&[1.0])? - 14.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MeanLoss<'s> {
    source: Source<'s>,
    /// Each batch's weight, and its trace where it is kept.
    batches: Vec<(f64, Option<Arc<Traced>>)>,
    point: Vec<f64>,
    /// Why the last evaluation that failed did.
    failure: Mutex<Option<BatchError>>,
}

impl<'s> MeanLoss<'s> {
    /// From `count` batches; `budget` is the number of bytes for batches that are kept.
    ///
    /// # Errors
    /// When a batch cannot be had, or does not fit the others.
    pub fn new(
        count: usize,
        budget: usize,
        source: impl Fn(usize) -> Result<(Traced, usize), BatchError> + Send + Sync + 's,
    ) -> Result<Self, BatchError> {
        let (mut batches, mut kept, mut samples, mut point) = (Vec::with_capacity(count), 0, 0, None);
        for batch in 0..count {
            let (traced, size) = source(batch)?;
            let first = point.get_or_insert_with(|| traced.point().to_vec());
            if traced.dimension() != first.len() {
                let (expected, found) = (first.len(), traced.dimension());
                return Err(BatchError::OtherModule { batch, expected, found });
            }
            samples += size;
            kept += traced.bytes();
            let keep = kept <= budget;
            if !keep {
                kept -= traced.bytes();
            }
            batches.push((size as f64, keep.then(|| Arc::new(traced))));
        }
        let Some(point) = point.filter(|_| samples > 0) else { return Err(BatchError::Empty) };
        for (weight, _) in &mut batches {
            *weight /= samples as f64;
        }
        Ok(Self { source: Box::new(source), batches, point, failure: Mutex::new(None) })
    }

    /// The values that the parameters had in the module.
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// Why the last evaluation that gave NaN could not be done, once.
    pub fn take_failure(&self) -> Option<BatchError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn trace(&self, batch: usize) -> Result<Arc<Traced>, BatchError> {
        match &self.batches[batch].1 {
            Some(traced) => Ok(Arc::clone(traced)),
            None => (self.source)(batch).map(|(traced, _)| Arc::new(traced)),
        }
    }

    /// Adds up what each batch gives, times its weight.
    fn sum(&self, mut add: impl FnMut(f64, usize, &Traced) -> Result<(), BatchError>) -> bool {
        let each = |(batch, (weight, _)): (usize, &(f64, Option<Arc<Traced>>))| {
            let traced = self.trace(batch)?;
            add(*weight, batch, &traced)
        };
        let done = self.batches.iter().enumerate().try_for_each(each);
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
        let done = self.sum(|weight, batch, traced| {
            let found = traced.value(point).map_err(|source| BatchError::Program { batch, source })?;
            value += weight * found;
            Ok(())
        });
        if done { value } else { f64::NAN }
    }

    fn gradient_unchecked(&self, point: &[f64], gradient: &mut [f64]) {
        gradient.fill(0.0);
        let done = self.sum(|weight, batch, traced| {
            let (_, found) =
                traced.value_and_gradient(point).map_err(|source| BatchError::Program { batch, source })?;
            gradient.iter_mut().zip(found).for_each(|(sum, g)| *sum += weight * g);
            Ok(())
        });
        if !done {
            gradient.fill(f64::NAN);
        }
    }

    fn hessian_vector_unchecked(&self, point: &[f64], vector: &[f64], product: &mut [f64]) {
        product.fill(0.0);
        let done = self.sum(|weight, batch, traced| {
            let failed = |source| BatchError::Program { batch, source };
            let found = traced.linearize(point).and_then(|at| at.hessian_vector(vector)).map_err(failed)?;
            product.iter_mut().zip(found).for_each(|(sum, x)| *sum += weight * x);
            Ok(())
        });
        if !done {
            product.fill(f64::NAN);
        }
    }
}
