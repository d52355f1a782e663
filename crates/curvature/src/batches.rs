//! The Hessian of a loss over more data than is held at once.

use crate::linearize::Linearization;
use crate::program::ProgramError;
use crate::trace::Traced;

/// Where batches come from: a batch's loss, and its number of samples.
type Source<'s> = Box<dyn Fn(usize) -> Result<(Traced, usize), BatchError> + Send + Sync + 's>;

/// Why a loss over batches has no Hessian.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A batch could not be read or traced.
    #[error("a batch could not be had: {0}")]
    Source(Box<dyn std::error::Error + Send + Sync>),
    /// There is no batch, or the batches are empty.
    #[error("the batches hold no sample")]
    Empty,
    /// A batch's loss has other parameters than the first batch's.
    #[error("batch {batch} has {found} parameters, the first has {expected}")]
    OtherModule {
        /// Number of the batch.
        batch: usize,
        /// Parameters of the first.
        expected: usize,
        /// Parameters of this one.
        found: usize,
    },
    /// A batch's program failed.
    #[error("batch {batch}: {source}")]
    Program {
        /// Number of the batch.
        batch: usize,
        /// Why.
        source: ProgramError,
    },
}

/// The Hessian of the mean loss over batches, each weighted by its size.
///
/// # Formula
/// $$H = \sum_b \frac{n_b}{n} \nabla^2 L_b(\theta), \qquad n = \sum_b n_b$$
/// where $L_b$ is the *mean* loss of batch $b$. Batches of unequal size weigh unequally: a mean of the batches' means is
/// not the loss.
///
/// Linearizations are kept from batch to batch as long as they fit into a budget of bytes; the others are computed anew
/// for each product, from a source that is asked for one batch at a time. The sum is taken in the order of the batches, so
/// the budget does not change a bit of it.
///
/// # Example
/// ```
/// use burn::nn::LinearConfig;
/// use burn::tensor::Tensor;
/// use saddlepoint_curvature::batches::{BatchError, BatchedHessian};
/// use saddlepoint_curvature::trace;
///
/// # let device = saddlepoint_models::device::Device::open(Default::default())?.burn();
/// let layer = LinearConfig::new(1, 1).with_bias(false).init(&device);
/// let data = [vec![[1.0], [3.0]], vec![[2.0]]];
/// let source = |batch: usize| {
///     let rows: Vec<f32> = data[batch].iter().map(|row| row[0]).collect();
///     let x = Tensor::<1>::from_floats(rows.as_slice(), &device).reshape([-1, 1]);
///     let traced = trace(&layer, x, |layer, x| layer.forward(x).powi_scalar(2).mean());
///     Ok((traced.map_err(|error| BatchError::Source(error.into()))?, rows.len()))
/// };
/// let hessian = BatchedHessian::new(2, &[7.0], 0, source)?;
/// assert!((hessian.hessian_block(&[1.0], 1)?[0] - 2.0 * 14.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BatchedHessian<'s> {
    source: Source<'s>,
    point: Vec<f64>,
    /// Each batch's weight, and its linearization where it is kept.
    batches: Vec<(f64, Option<Linearization>)>,
    value: f64,
    gradient: Vec<f64>,
}

impl<'s> BatchedHessian<'s> {
    /// From `count` batches at a point; `budget` is the number of bytes for linearizations that are kept.
    ///
    /// # Errors
    /// When a batch cannot be had, does not fit the others, or its loss overflows.
    pub fn new(
        count: usize,
        point: &[f64],
        budget: usize,
        source: impl Fn(usize) -> Result<(Traced, usize), BatchError> + Send + Sync + 's,
    ) -> Result<Self, BatchError> {
        let (mut value, mut gradient) = (0.0, vec![0.0; point.len()]);
        let (mut batches, mut kept, mut samples) = (Vec::with_capacity(count), 0, 0);
        for batch in 0..count {
            let (traced, size) = source(batch)?;
            if traced.dimension() != point.len() {
                let (expected, found) = (point.len(), traced.dimension());
                return Err(BatchError::OtherModule { batch, expected, found });
            }
            let at = traced.linearize(point).map_err(|source| BatchError::Program { batch, source })?;
            value += size as f64 * at.value();
            gradient.iter_mut().zip(at.gradient()).for_each(|(sum, g)| *sum += size as f64 * g);
            samples += size;
            kept += at.bytes();
            let keep = kept <= budget;
            if !keep {
                kept -= at.bytes();
            }
            batches.push((size as f64, keep.then_some(at)));
        }
        if samples == 0 {
            return Err(BatchError::Empty);
        }
        let all = samples as f64;
        for (weight, _) in &mut batches {
            *weight /= all;
        }
        for g in &mut gradient {
            *g /= all;
        }
        Ok(Self { source: Box::new(source), point: point.to_vec(), batches, value: value / all, gradient })
    }

    /// Number of parameters.
    pub fn dimension(&self) -> usize {
        self.point.len()
    }

    /// The mean loss over all samples.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The gradient of the mean loss.
    pub fn gradient(&self) -> &[f64] {
        &self.gradient
    }

    /// How many bytes the kept linearizations take.
    pub fn bytes(&self) -> usize {
        self.batches.iter().filter_map(|(_, at)| at.as_ref()).map(Linearization::bytes).sum()
    }

    /// The Hessian times `count` vectors, which follow one another, as do the products.
    ///
    /// # Errors
    /// When a batch cannot be had again, or a product fails.
    pub fn hessian_block(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, BatchError> {
        let mut sum = vec![0.0; self.dimension() * count];
        for (batch, (weight, at)) in self.batches.iter().enumerate() {
            let failed = |source| BatchError::Program { batch, source };
            let products = if let Some(at) = at {
                at.hessian_block(vectors, count)
            } else {
                let (traced, _) = (self.source)(batch)?;
                traced.linearize(&self.point).and_then(|at| at.hessian_block(vectors, count))
            };
            sum.iter_mut().zip(products.map_err(failed)?).for_each(|(sum, x)| *sum += weight * x);
        }
        Ok(sum)
    }
}
