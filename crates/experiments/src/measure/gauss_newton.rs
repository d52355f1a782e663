//! The Gauss-Newton matrix over all training data.

use saddlepoint_curvature::operators::GaussNewton;
use saddlepoint_landscape::operator::{OperatorError, SymmetricOperator};

use super::subject::Subject;
use crate::claim::Failure;

/// `Σ_b (n_b/n) G_b`: as many batches' linearizations are kept as fit into the subject's memory; the others are computed anew
/// for each product.
pub(super) struct BatchedGaussNewton<'a> {
    subject: &'a Subject<'a>,
    point: Vec<f64>,
    batches: Vec<(f64, Option<GaussNewton>)>,
}

impl<'a> BatchedGaussNewton<'a> {
    pub(super) fn new(subject: &'a Subject<'a>, point: &[f64]) -> Result<Self, Failure> {
        let all = subject.train.count() as f64;
        let (mut batches, mut kept) = (Vec::new(), 0);
        for at in 0..subject.batches(subject.train) {
            let (matrix, size) = one(subject, point, at)?;
            kept += matrix.jacobian().bytes();
            let keep = kept <= subject.settings.memory;
            if !keep {
                kept -= matrix.jacobian().bytes();
            }
            batches.push((size as f64 / all, keep.then_some(matrix)));
        }
        Ok(Self { subject, point: point.to_vec(), batches })
    }

    fn times(&self, vectors: &[f64], count: usize) -> Result<Vec<f64>, Failure> {
        let mut sum = vec![0.0; vectors.len()];
        for (at, (weight, matrix)) in self.batches.iter().enumerate() {
            let products = match matrix {
                Some(matrix) => matrix.times_block(vectors, count)?,
                None => one(self.subject, &self.point, at)?.0.times_block(vectors, count)?,
            };
            sum.iter_mut().zip(products).for_each(|(sum, x)| *sum += weight * x);
        }
        Ok(sum)
    }
}

fn one(subject: &Subject<'_>, point: &[f64], at: usize) -> Result<(GaussNewton, usize), Failure> {
    let batch = subject.batch(subject.train, at)?;
    let outputs = subject.model.trace_outputs(&batch)?;
    let loss = subject.model.trace_loss_of_outputs(&outputs, &batch, subject.settings.loss)?;
    Ok((GaussNewton::new(&outputs, &loss, point)?, batch.len()))
}

impl SymmetricOperator for BatchedGaussNewton<'_> {
    fn dimension(&self) -> usize {
        self.point.len()
    }

    fn apply_unchecked(&self, vector: &[f64], product: &mut [f64]) -> Result<(), OperatorError> {
        self.apply_block_unchecked(vector, product)
    }

    fn apply_block_unchecked(&self, vectors: &[f64], products: &mut [f64]) -> Result<(), OperatorError> {
        let count = vectors.len() / self.point.len().max(1);
        products.copy_from_slice(&self.times(vectors, count).map_err(OperatorError::failed)?);
        Ok(())
    }

    fn name(&self) -> String {
        "the Gauss-Newton matrix".to_owned()
    }
}
