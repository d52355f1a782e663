//! Whitening, and the directions in which white data are least Gaussian.

use nalgebra::{DMatrix, DVector};
use saddlepoint_rigor::decomposition::{DecompositionError, eigen};

/// Why data have no independent components.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ComponentsError {
    /// Fewer than two samples, or no coordinate.
    #[error("data of {0} coordinates and {1} samples: at least 1 and 2 are needed")]
    Empty(usize, usize),
    /// A number is NaN or infinite, or squares overflow.
    #[error("the data are not finite, or their squares overflow")]
    NotFinite,
    /// A share of variance outside `(0, 1]`.
    #[error("a share of variance of {0}: it must lie in (0, 1]")]
    Share(f64),
    /// All samples are the same.
    #[error("the data do not vary")]
    Constant,
    /// A start that is no square matrix of full rank of the data's size.
    #[error("a start of {0} × {1} for {2} coordinates: it must be square, finite and invertible")]
    Start(usize, usize, usize),
    /// The covariance's eigenvalues are not found.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
}

/// The map that makes data white, on the principal components that carry a given share of the variance.
///
/// # Formula
/// With the covariance $V\Lambda V^\top$: $z=\Lambda_k^{-1/2}V_k^\top(x-\bar x)$ for the smallest $k$ with
/// $\sum_{i\le k}\lambda_i\ge s\sum_i\lambda_i$.
#[derive(Debug, Clone)]
pub struct Whitening {
    directions: DMatrix<f64>,
    deviations: DVector<f64>,
    mean: DVector<f64>,
}

impl Whitening {
    /// Of samples that are the columns of a matrix, keeping the share `share` of their variance.
    ///
    /// # Errors
    /// When there are fewer than two samples, they are not finite or do not vary, or the share is not in `(0, 1]`.
    pub fn new(samples: &DMatrix<f64>, share: f64) -> Result<Self, ComponentsError> {
        let (coordinates, count) = samples.shape();
        if coordinates == 0 || count < 2 {
            return Err(ComponentsError::Empty(coordinates, count));
        }
        if !(share > 0.0 && share <= 1.0) {
            return Err(ComponentsError::Share(share));
        }
        let mean = samples.column_mean();
        let mut covariance = DMatrix::zeros(coordinates, coordinates);
        for first in (0..count).step_by(CHUNK) {
            let mut part = samples.columns(first, CHUNK.min(count - first)).into_owned();
            for mut column in part.column_iter_mut() {
                column -= &mean;
            }
            covariance.gemm(1.0 / count as f64, &part, &part.transpose(), 1.0);
        }
        if covariance.iter().any(|x| !x.is_finite()) {
            return Err(ComponentsError::NotFinite);
        }
        let eigen = eigen(covariance)?;
        let mut order: Vec<usize> = (0..coordinates).collect();
        order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
        // Rounding leaves eigenvalues of either sign where there is no variance.
        let floor = eigen.eigenvalues.amax() * coordinates as f64 * f64::EPSILON;
        order.retain(|&i| eigen.eigenvalues[i] > floor);
        let total: f64 = order.iter().map(|&i| eigen.eigenvalues[i]).sum();
        let mut sum = 0.0;
        let kept = order.iter().position(|&i| {
            sum += eigen.eigenvalues[i];
            sum >= share * total
        });
        order.truncate(kept.map_or(order.len(), |last| last + 1));
        if order.is_empty() {
            return Err(ComponentsError::Constant);
        }
        Ok(Self {
            directions: eigen.eigenvectors.select_columns(&order),
            deviations: DVector::from_iterator(order.len(), order.iter().map(|&i| eigen.eigenvalues[i].sqrt())),
            mean,
        })
    }

    /// The principal directions that are kept, as columns.
    pub fn directions(&self) -> &DMatrix<f64> {
        &self.directions
    }

    /// White coordinates of samples in columns.
    ///
    /// # Errors
    /// When they have another number of coordinates.
    pub fn whiten(&self, samples: &DMatrix<f64>) -> Result<DMatrix<f64>, ComponentsError> {
        if samples.nrows() != self.mean.len() {
            return Err(ComponentsError::Empty(samples.nrows(), samples.ncols()));
        }
        let mut white = self.directions.tr_mul(samples);
        let shift = self.directions.tr_mul(&self.mean);
        for mut column in white.column_iter_mut() {
            column -= &shift;
            column.component_div_assign(&self.deviations);
        }
        Ok(white)
    }

    /// The filters, in the original coordinates, of an unmixing of the white ones: one a row.
    pub fn filters(&self, unmixing: &DMatrix<f64>) -> DMatrix<f64> {
        let mut scaled = unmixing.clone();
        for (mut column, deviation) in scaled.column_iter_mut().zip(self.deviations.iter()) {
            column /= *deviation;
        }
        scaled * self.directions.transpose()
    }

    /// The atoms that the data are sums of, in the original coordinates: one a row.
    pub fn atoms(&self, unmixing: &DMatrix<f64>) -> DMatrix<f64> {
        let mut scaled = unmixing.clone();
        for (mut column, deviation) in scaled.column_iter_mut().zip(self.deviations.iter()) {
            column *= *deviation;
        }
        scaled * self.directions.transpose()
    }
}

/// How many samples are multiplied at a time: few enough to stay near the processor.
const CHUNK: usize = 512;

/// Symmetric FastICA with the contrast `log cosh`.
///
/// # Formula
/// $W\leftarrow \mathbb E[\tanh(Wz)\,z^\top]-\operatorname{diag}\mathbb E[1-\tanh^2(Wz)]\,W$, then $W\leftarrow(WW^\top)^{-1/2}W$.
///
/// # Reference
/// Hyvärinen, Fast and robust fixed-point algorithms for independent component analysis, IEEE Transactions on Neural
/// Networks 10, 1999, equations 20 and 26.
#[derive(Debug, Clone)]
pub struct FastIca<'a> {
    white: &'a DMatrix<f64>,
    unmixing: DMatrix<f64>,
}

impl<'a> FastIca<'a> {
    /// On white data in columns, from a start whose rows are made orthonormal.
    ///
    /// # Errors
    /// When there are no samples, or the start is not square, finite and invertible.
    pub fn new(white: &'a DMatrix<f64>, start: &DMatrix<f64>) -> Result<Self, ComponentsError> {
        let (k, count) = white.shape();
        if k == 0 || count == 0 {
            return Err(ComponentsError::Empty(k, count));
        }
        if white.iter().any(|x| !x.is_finite()) {
            return Err(ComponentsError::NotFinite);
        }
        let refused = ComponentsError::Start(start.nrows(), start.ncols(), k);
        if start.shape() != (k, k) || start.iter().any(|x| !x.is_finite()) {
            return Err(refused);
        }
        Ok(Self { white, unmixing: orthonormal_rows(start).ok_or(refused)? })
    }

    /// One step; how far the directions turned at most: `max |1 − |⟨w_new, w_old⟩||`.
    ///
    /// # Errors
    /// When a step ends in rows that do not span the space, as on data that are not white.
    pub fn step(&mut self) -> Result<f64, ComponentsError> {
        let (k, count) = self.white.shape();
        let (mut moment, mut slopes) = (DMatrix::zeros(k, k), DVector::<f64>::zeros(k));
        for first in (0..count).step_by(CHUNK) {
            let part = self.white.columns(first, CHUNK.min(count - first));
            let mut squashed = &self.unmixing * part;
            squashed.apply(|x| *x = libm::tanh(*x));
            for column in squashed.column_iter() {
                slopes.zip_apply(&column, |slope, y| *slope += 1.0 - y * y);
            }
            moment.gemm(1.0, &squashed, &part.transpose(), 1.0);
        }
        for (mut row, (old, slope)) in moment.row_iter_mut().zip(self.unmixing.row_iter().zip(slopes.iter())) {
            row -= old * *slope;
        }
        moment /= count as f64;
        let next = orthonormal_rows(&moment).ok_or(ComponentsError::Start(k, k, k))?;
        let turned = next
            .row_iter()
            .zip(self.unmixing.row_iter())
            .map(|(new, old)| (1.0 - new.dot(&old).abs()).abs())
            .fold(0.0, f64::max);
        self.unmixing = next;
        Ok(turned)
    }

    /// The directions found so far, as orthonormal rows.
    pub fn unmixing(&self) -> &DMatrix<f64> {
        &self.unmixing
    }

    /// The excess kurtosis of each component: 0 for a Gaussian one.
    pub fn excess_kurtoses(&self) -> Vec<f64> {
        let sources = &self.unmixing * self.white;
        sources.row_iter().map(|row| excess_kurtosis(&row.iter().copied().collect::<Vec<_>>())).collect()
    }
}

/// `(W Wᵀ)^(−1/2) W`, or `None` where `W` has no full rank.
fn orthonormal_rows(w: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let eigen = eigen(w * w.transpose()).ok()?;
    let floor = eigen.eigenvalues.amax() * w.nrows() as f64 * f64::EPSILON;
    if !eigen.eigenvalues.iter().all(|x| *x > floor) {
        return None;
    }
    let mut scaled = eigen.eigenvectors.clone();
    for (mut column, value) in scaled.column_iter_mut().zip(eigen.eigenvalues.iter()) {
        column /= value.sqrt();
    }
    Some(scaled * eigen.eigenvectors.tr_mul(w))
}

/// The fourth moment over the squared second, about the mean, less 3.
pub fn excess_kurtosis(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let (mut second, mut fourth) = (0.0, 0.0);
    for x in values {
        let square = (x - mean) * (x - mean);
        second += square;
        fourth += square * square;
    }
    n * fourth / (second * second) - 3.0
}

/// The share of its coordinates that a vector lives on: 1 if all are of equal magnitude, `1/n` if it has only one.
///
/// # Formula
/// $\dfrac{(\sum_i w_i^2)^2}{n\sum_i w_i^4}$; one third for a long Gaussian vector.
pub fn participation_ratio(weights: &[f64]) -> f64 {
    let (second, fourth) = weights.iter().fold((0.0, 0.0), |(a, b), w| (a + w * w, b + w.powi(4)));
    second * second / (weights.len() as f64 * fourth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_uniform_sources_are_told_apart() {
        let grid: Vec<f64> = (0..40).map(|i| (f64::from(i) - 19.5) / 20.0).collect();
        let sources: Vec<f64> = grid.iter().flat_map(|x| grid.iter().flat_map(move |y| [*x, *y])).collect();
        let sources = DMatrix::from_column_slice(2, 1600, &sources);
        let mixed = DMatrix::from_row_slice(3, 2, &[2.0, 1.0, 1.0, 1.0, -1.0, 0.5]) * sources;
        let whitening = Whitening::new(&mixed, 1.0).unwrap();
        let white = whitening.whiten(&mixed).unwrap();
        assert!((&white * white.transpose() / 1600.0 - DMatrix::identity(2, 2)).norm() < 1e-10);
        let mut ica = FastIca::new(&white, &DMatrix::from_row_slice(2, 2, &[1.0, 0.3, -0.2, 1.0])).unwrap();
        let turned = (0..30).map(|_| ica.step().unwrap()).last().unwrap();
        assert!(turned < 1e-12);
        // Each atom is a column of the mixing, but for its length.
        let atoms = whitening.atoms(ica.unmixing());
        for column in [[2.0, 1.0, -1.0], [1.0, 1.0, 0.5]].map(|c| DVector::from_row_slice(&c)) {
            let cosine =
                atoms.row_iter().map(|a| (a * &column)[0].abs() / a.norm() / column.norm()).fold(0.0, f64::max);
            assert!(cosine > 1.0 - 1e-10, "{cosine}");
        }
        assert!(ica.excess_kurtoses().iter().all(|k| (k + 1.2).abs() < 0.01));
        assert!(
            (whitening.filters(ica.unmixing()) * atoms.transpose() - DMatrix::identity(2, 2)).norm() < 1e-9
        );
    }

    #[test]
    fn extremes_of_localization() {
        assert_eq!(participation_ratio(&[0.0, 2.0, 0.0, 0.0]), 0.25);
        assert_eq!(participation_ratio(&[3.0, -3.0]), 1.0);
    }

    #[test]
    fn what_has_no_components_is_refused() {
        assert!(matches!(
            Whitening::new(&DMatrix::from_element(2, 5, 1.0), 0.9),
            Err(ComponentsError::Constant)
        ));
        let nan = DMatrix::from_element(2, 5, f64::NAN);
        assert!(matches!(Whitening::new(&nan, 0.9), Err(ComponentsError::NotFinite)));
        assert!(matches!(Whitening::new(&nan, 0.0), Err(ComponentsError::Share(_))));
        assert!(matches!(Whitening::new(&DMatrix::zeros(2, 1), 0.5), Err(ComponentsError::Empty(2, 1))));
        let white = DMatrix::identity(2, 2);
        assert!(FastIca::new(&white, &DMatrix::zeros(2, 2)).is_err() && FastIca::new(&nan, &white).is_err());
    }
}
