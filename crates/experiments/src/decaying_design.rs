//! Designs whose columns have falling scales, as principal components of data do.

use nalgebra::DMatrix;
use saddlepoint_models::random::Stream;

/// Standard normal entries, row by row, with column `j` scaled by `(1 + j)^{−p}`.
pub fn decaying_design(samples: usize, features: usize, power: f64, stream: &mut Stream) -> DMatrix<f64> {
    let mut design = DMatrix::from_row_slice(samples, features, &stream.normals(samples * features));
    for (j, mut column) in design.column_iter_mut().enumerate() {
        column *= (1.0 + j as f64).powf(-power);
    }
    design
}

/// Standard normal coefficients, scaled to this norm.
pub fn direction(features: usize, norm: f64, stream: &mut Stream) -> Vec<f64> {
    let entries = stream.normals(features);
    let scale = norm / entries.iter().map(|x| x * x).sum::<f64>().sqrt();
    entries.into_iter().map(|x| scale * x).collect()
}
