//! The risks of the claim: of the population, and of samples.

use nalgebra::DMatrix;
use saddlepoint_landscape::analytic::{AveragedSigmoids, ClassificationLoss};
use saddlepoint_models::random::Stream;

use super::Loss;
use crate::claim::Failure;

/// Of the samples: inputs, and hidden units.
const INPUTS: usize = 5;
const UNITS: usize = 3;

/// Directions that are kept when units and inputs are exchanged together, which keeps `scale · I` as well. The least
/// curvature is attained among them: random directions alone come near to it only by chance, and at the distance 0.1 from
/// the identity its sign depends on that.
pub(super) fn symmetric() -> impl Iterator<Item = Vec<f64>> {
    (0..18).map(|k| (std::f64::consts::PI * f64::from(k) / 9.0).sin_cos()).map(|(s, c)| vec![c, s, s, c])
}

/// The risk of the planted model with two units in the plane.
pub(super) fn population(loss: Loss, truth: &[f64; 4], reach: f64) -> Result<AveragedSigmoids, Failure> {
    let loss = match loss {
        Loss::CrossEntropy => ClassificationLoss::CrossEntropy,
        Loss::HalfSquared => ClassificationLoss::HalfSquared,
    };
    Ok(AveragedSigmoids::population(&DMatrix::from_row_slice(2, 2, truth), loss, reach)?)
}

/// The risk with cross entropy of a sample, the planted weights `2Q` with orthonormal rows `Q`, and what is left of the
/// stream.
pub(super) fn empirical(samples: usize, seed: u64) -> Result<(AveragedSigmoids, Vec<f64>, Stream), Failure> {
    let mut stream = Stream::new(seed);
    let basis = DMatrix::from_row_slice(INPUTS, UNITS, &stream.normals(INPUTS * UNITS)).qr().q();
    // Column after column of the basis: row after row of the weights.
    let truth: Vec<f64> = basis.iter().map(|entry| 2.0 * entry).collect();
    let inputs = DMatrix::from_row_slice(samples, INPUTS, &stream.normals(samples * INPUTS));
    let probabilities =
        AveragedSigmoids::probabilities(&DMatrix::from_row_slice(UNITS, INPUTS, &truth), &inputs)?;
    let labels: Vec<f64> = probabilities.iter().map(|p| f64::from(stream.uniform() < *p)).collect();
    let risk = AveragedSigmoids::empirical(UNITS, &inputs, &labels, ClassificationLoss::CrossEntropy)?;
    Ok((risk, truth, stream))
}
