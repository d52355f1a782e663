//! A curvature matrix of the mean loss over batches, which may be shared out.

use std::ops::Range;

use crate::batches::{Batch, BatchError, Batches, SourceError};
use crate::linearize::Linearization;
use crate::operators::GaussNewton;
use crate::program::ProgramError;
use crate::sum::{PairwiseSum, Partial};

/// A curvature matrix of one batch's mean loss, at a point.
pub trait BatchCurvature: Batch {
    /// What it is called.
    const NAME: &'static str;

    /// The loss and, where it is known, its gradient.
    fn first_order(&self) -> Vec<f64>;

    /// Products with `count` vectors, which follow one another, as do the products.
    ///
    /// # Errors
    /// When the vectors have the wrong length or entries that are not finite, or when a product overflows.
    fn times_block(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, ProgramError>;
}

impl Batch for Linearization {
    fn dimension(&self) -> usize {
        self.dimension()
    }

    fn bytes(&self) -> usize {
        self.bytes()
    }
}

impl BatchCurvature for Linearization {
    const NAME: &'static str = "the Hessian";

    fn first_order(&self) -> Vec<f64> {
        [&[self.value()], self.gradient()].concat()
    }

    fn times_block(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, ProgramError> {
        self.hessian_block(vectors, count)
    }
}

impl Batch for GaussNewton {
    fn dimension(&self) -> usize {
        self.jacobian().dimension()
    }

    fn bytes(&self) -> usize {
        self.jacobian().bytes()
    }
}

impl BatchCurvature for GaussNewton {
    const NAME: &'static str = "the Gauss-Newton matrix";

    fn first_order(&self) -> Vec<f64> {
        vec![self.value()]
    }

    fn times_block(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, ProgramError> {
        self.times_block(vectors, count)
    }
}

/// Some of the batches, computed somewhere: here, on some device, or in another process.
pub trait Share: Send + Sync {
    /// What the matrix is called.
    fn name(&self) -> &str;

    /// Number of parameters; 0 without batches.
    fn dimension(&self) -> usize;

    /// Sums over batches of the number of samples times $(1, L_b, \nabla L_b)$, the gradient where it is known.
    fn first_order(&self) -> &[Partial];

    /// Sums over batches of the number of samples times the products with `count` vectors.
    ///
    /// # Errors
    /// When a batch cannot be had again, a product fails, or the share lies elsewhere and cannot be reached.
    fn products(&self, vectors: &[f64], count: usize) -> Result<Vec<Partial>, BatchError>;
}

/// A share that is computed here.
pub struct LocalShare<'s, M> {
    batches: Batches<'s, M>,
    first_order: Vec<Partial>,
}

impl<'s, M: BatchCurvature> LocalShare<'s, M> {
    /// The batches of a range; `budget` is the number of bytes for matrices that are kept.
    ///
    /// # Errors
    /// When a batch cannot be had or does not fit the others.
    pub fn new(
        range: Range<usize>,
        budget: usize,
        source: impl Fn(usize) -> Result<(M, usize), SourceError> + Send + Sync + 's,
    ) -> Result<Self, BatchError> {
        let mut sum = PairwiseSum::default();
        let batches = Batches::new(range, budget, source, |batch, samples, one: &M| {
            let numbers = std::iter::once(1.0).chain(one.first_order());
            sum.add(batch, numbers.map(|x| samples as f64 * x).collect());
            Ok(())
        })?;
        Ok(Self { batches, first_order: sum.into_partials() })
    }

    /// How many bytes the kept matrices take.
    pub fn bytes(&self) -> usize {
        self.batches.bytes()
    }
}

impl<M: BatchCurvature> Share for LocalShare<'_, M> {
    fn name(&self) -> &str {
        M::NAME
    }

    fn dimension(&self) -> usize {
        self.batches.dimension()
    }

    fn first_order(&self) -> &[Partial] {
        &self.first_order
    }

    fn products(&self, vectors: &[f64], count: usize) -> Result<Vec<Partial>, BatchError> {
        let mut sum = PairwiseSum::default();
        self.batches.each(|batch, samples, one| {
            let found = one.times_block(vectors, count);
            let mut product = found.map_err(|source| BatchError::Program { batch, source })?;
            for x in &mut product {
                *x *= samples as f64;
            }
            sum.add(batch, product);
            Ok(())
        })?;
        Ok(sum.into_partials())
    }
}

/// Makes a share.
pub type Opener<'s> = Box<dyn FnOnce() -> Result<Box<dyn Share + 's>, BatchError> + Send + 's>;

/// A curvature matrix of the mean loss over batches, each weighted by its size.
///
/// # Formula
/// $$H = \frac1n \sum_b n_b \, M_b, \qquad n = \sum_b n_b$$
/// where $M_b$ is the Hessian or the Gauss-Newton matrix of the *mean* loss of batch $b$. Batches of unequal size weigh
/// unequally: a mean of the batches' means is not the loss.
///
/// Matrices are kept from batch to batch as long as they fit into a budget of bytes; the others are computed anew for each
/// product, from a source that is asked for one batch at a time. Batches may be shared out over devices and
/// [processes](crate::peer), which work at the same time. The sum is taken [by halves](PairwiseSum), so neither the budget nor
/// the way they are shared out changes a bit of it, as long as each share computes a batch to the same bits: shares on one
/// kind of device do.
///
/// # Example
/// ```
/// use burn::nn::LinearConfig;
/// use burn::tensor::Tensor;
/// use saddlepoint_curvature::mean_curvature::MeanCurvature;
/// use saddlepoint_curvature::trace;
///
/// # let device = saddlepoint_models::device::Device::open(Default::default())?.burn();
/// let layer = LinearConfig::new(1, 1).with_bias(false).init(&device);
/// let data = [vec![[1.0], [3.0]], vec![[2.0]]];
/// let hessian = MeanCurvature::new(2, 0, |batch| {
///     let rows: Vec<f32> = data[batch].iter().map(|row| row[0]).collect();
///     let x = Tensor::<1>::from_floats(rows.as_slice(), &device).reshape([-1, 1]);
///     let traced = trace(&layer, x, |layer, x| layer.forward(x).powi_scalar(2).mean())?;
///     Ok((traced.linearize(&[7.0])?, rows.len()))
/// })?;
/// assert!((hessian.times_block(&[1.0], 1)?[0] - 2.0 * 14.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MeanCurvature<'s> {
    shares: Vec<Box<dyn Share + 's>>,
    batches: usize,
    samples: f64,
    value: f64,
    gradient: Vec<f64>,
}

impl<'s> MeanCurvature<'s> {
    /// Of `count` batches, all of them here; `budget` is the number of bytes for matrices that are kept.
    ///
    /// # Errors
    /// When a batch cannot be had, does not fit the others, or there is none.
    pub fn new<M: BatchCurvature + 's>(
        count: usize,
        budget: usize,
        source: impl Fn(usize) -> Result<(M, usize), SourceError> + Send + Sync + 's,
    ) -> Result<Self, BatchError> {
        Self::of_shares(count, vec![Box::new(LocalShare::new(0..count, budget, source)?)])
    }

    /// Of `count` batches, from shares that are made at the same time, in the order of their batches.
    ///
    /// # Errors
    /// When a share cannot be made or has other parameters than the first, or they do not make up the whole.
    pub fn gather(count: usize, shares: Vec<Opener<'s>>) -> Result<Self, BatchError> {
        let made = at_once(shares.into_iter().map(|open| move || open()).collect());
        Self::of_shares(count, made.into_iter().collect::<Result<_, _>>()?)
    }

    fn of_shares(batches: usize, given: Vec<Box<dyn Share + 's>>) -> Result<Self, BatchError> {
        let (mut shares, mut dimension) = (Vec::with_capacity(given.len()), None);
        // Those without batches do not know their parameters; they count all the same, so that a number names the same share here
        // and where they were made.
        for (share, one) in given.into_iter().enumerate().filter(|(_, one)| !one.first_order().is_empty()) {
            let (expected, found) = (*dimension.get_or_insert(one.dimension()), one.dimension());
            if found != expected {
                return Err(BatchError::OtherShare { share, expected, found });
            }
            shares.push(one);
        }
        if shares.is_empty() || batches == 0 {
            return Err(BatchError::Empty);
        }
        let pieces = shares.iter().flat_map(|share| share.first_order()).cloned();
        let sum = PairwiseSum::join(pieces, batches).ok_or(BatchError::Shares)?;
        let [samples, value, gradient @ ..] = sum.as_slice() else { return Err(BatchError::Shares) };
        if *samples == 0.0 {
            return Err(BatchError::Empty);
        }
        let gradient = gradient.iter().map(|g| g / samples).collect();
        Ok(Self { batches, samples: *samples, value: value / samples, gradient, shares })
    }

    /// What it is called.
    pub fn name(&self) -> String {
        format!("{} over batches", self.shares.first().map_or("the curvature", |share| share.name()))
    }

    /// Number of parameters.
    pub fn dimension(&self) -> usize {
        self.shares.first().map_or(0, |share| share.dimension())
    }

    /// The mean loss over all samples.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The gradient of the mean loss; empty for the Gauss-Newton matrix, which does not know it.
    pub fn gradient(&self) -> &[f64] {
        &self.gradient
    }

    /// The matrix times `count` vectors, which follow one another, as do the products.
    ///
    /// # Errors
    /// When a batch cannot be had again, a product fails, or a share cannot be reached.
    pub fn times_block(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, BatchError> {
        let work = self.shares.iter().map(|share| || share.products(vectors, count)).collect();
        let pieces = at_once(work).into_iter().collect::<Result<Vec<_>, _>>()?;
        let sum = PairwiseSum::join(pieces.into_iter().flatten(), self.batches);
        let mut sum = sum.filter(|sum| sum.len() == vectors.len()).ok_or(BatchError::Shares)?;
        for x in &mut sum {
            *x /= self.samples;
        }
        Ok(sum)
    }
}

/// How `batches` are shared out among `shares` as evenly as can be, in order; the first ones get one more where it does not come out
/// even.
pub fn share_out(batches: usize, shares: usize) -> Vec<Range<usize>> {
    let start = |at: usize| at * (batches / shares.max(1)) + at.min(batches % shares.max(1));
    (0..shares).map(|at| start(at)..start(at + 1)).collect()
}

/// Does all pieces of work at the same time, the first of them on this thread.
fn at_once<T: Send, F: FnOnce() -> T + Send>(work: Vec<F>) -> Vec<T> {
    let mut work = work.into_iter();
    let Some(first) = work.next() else { return Vec::new() };
    std::thread::scope(|scope| {
        let others: Vec<_> = work.map(|piece| scope.spawn(piece)).collect();
        let first = first();
        let others = others
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(first).chain(others).collect()
    })
}
