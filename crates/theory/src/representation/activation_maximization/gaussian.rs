//! A Gaussian image prior: which images are how unlikely.

use nalgebra::{DMatrix, DVector};

use super::{MaximizationError, penalty};

/// A normal distribution of images, by its mean and the Cholesky factor of its covariance.
///
/// # Formula
/// $x=\mu+Lz$ with $LL^\top=\Sigma$ is as unlikely as $\lVert z\rVert=\sqrt{(x-\mu)^\top\Sigma^{-1}(x-\mu)}$ is large: its distance. The
/// covariance of images that were seen, which change most along few directions, makes a distance that forbids what images never
/// do; the identity makes the ordinary distance, which forbids no direction more than another.
///
/// # Reference
/// Nguyen, Yosinski and Clune, Understanding neural networks via feature visualization: a survey, arXiv:1904.08939, section 2, for
/// priors; Mahalanobis 1936 for the distance.
///
/// # Example
/// ```
/// use nalgebra::dvector;
/// use saddlepoint_theory::representation::activation_maximization::GaussianPrior;
///
/// // Images whose two pixels change together.
/// let prior = GaussianPrior::of(&[&[0.0, 0.0], &[2.0, 2.0], &[4.0, 4.0]], 0.01)?;
/// assert_eq!(prior.mean(), &dvector![2.0, 2.0]);
/// assert!(prior.distance(&dvector![3.0, 3.0])? < 1.0 && prior.distance(&dvector![3.0, 1.0])? > 10.0);
/// # Ok::<(), saddlepoint_theory::representation::activation_maximization::MaximizationError>(())
/// ```
#[derive(Debug, Clone)]
pub struct GaussianPrior {
    mean: DVector<f64>,
    /// `L`, lower triangular.
    root: DMatrix<f64>,
}

impl GaussianPrior {
    /// The normal distribution with the mean of these images and their covariance plus `ridge` times the identity, without
    /// which a pixel that never changes would have no room at all.
    ///
    /// # Errors
    /// When there is no image, they differ in length or are empty, a pixel is not finite or too large, or the ridge is not
    /// positive and finite.
    pub fn of(images: &[&[f64]], ridge: f64) -> Result<Self, MaximizationError> {
        let ridge = penalty(ridge)?;
        let pixels = images.first().map_or(0, |image| image.len());
        if pixels == 0 {
            return Err(MaximizationError::Weights(0, pixels));
        }
        let count = images.len() as f64;
        let mut sum = DVector::zeros(pixels);
        for image in images {
            if image.len() != pixels || !image.iter().all(|x| x.is_finite()) {
                return Err(MaximizationError::Weights(pixels, image.len()));
            }
            sum += DVector::from_column_slice(image);
        }
        let mean = sum / count;
        let mut covariance = DMatrix::identity(pixels, pixels) * ridge;
        for image in images {
            let deviation = DVector::from_column_slice(image) - &mean;
            covariance.ger(1.0 / count, &deviation, &deviation, 1.0);
        }
        // Infinite entries pass the decomposition.
        let root = covariance.cholesky().map(nalgebra::Cholesky::unpack);
        let root = root.filter(|root| root.iter().all(|x| x.is_finite())).ok_or(MaximizationError::Prior)?;
        Ok(Self { mean, root })
    }

    /// The same mean, with the identity for a covariance.
    #[must_use]
    pub fn without_shape(&self) -> Self {
        let pixels = self.mean.len();
        Self { mean: self.mean.clone(), root: DMatrix::identity(pixels, pixels) }
    }

    /// `μ`.
    pub fn mean(&self) -> &DVector<f64> {
        &self.mean
    }

    /// How unlikely an image is: `‖z‖`.
    ///
    /// # Errors
    /// When the image has another number of pixels.
    pub fn distance(&self, image: &DVector<f64>) -> Result<f64, MaximizationError> {
        Ok(self.coordinates(image)?.norm())
    }

    /// The image of `z`.
    pub(super) fn image(&self, z: &DVector<f64>) -> DVector<f64> {
        &self.root * z + &self.mean
    }

    /// The slope of an activation in `z`, from that in the image.
    pub(super) fn pull(&self, slope: &DVector<f64>) -> DVector<f64> {
        self.root.tr_mul(slope)
    }

    /// The image in the same direction from the mean, at this distance; the mean stays where it is.
    ///
    /// # Errors
    /// When the image has another number of pixels.
    pub fn at_distance(&self, image: &DVector<f64>, distance: f64) -> Result<DVector<f64>, MaximizationError> {
        let now = self.distance(image)?;
        let factor = if now > 0.0 { distance / now } else { 0.0 };
        Ok((image - &self.mean) * factor + &self.mean)
    }

    /// The `z` of an image.
    pub(super) fn coordinates(&self, image: &DVector<f64>) -> Result<DVector<f64>, MaximizationError> {
        if image.len() != self.mean.len() {
            return Err(MaximizationError::Weights(self.mean.len(), image.len()));
        }
        let mut z = image - &self.mean;
        // A Cholesky factor has no zero on its diagonal.
        self.root.solve_lower_triangular_mut(&mut z);
        Ok(z)
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::dvector;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_prior_is_refused() {
        let of = |images: &[&[f64]], ridge| GaussianPrior::of(images, ridge).map(|_| ());
        assert_eq!(of(&[], 1.0), Err(MaximizationError::Weights(0, 0)));
        assert_eq!(of(&[&[]], 1.0), Err(MaximizationError::Weights(0, 0)));
        assert_eq!(of(&[&[1.0], &[1.0, 2.0]], 1.0), Err(MaximizationError::Weights(1, 2)));
        assert!(of(&[&[f64::NAN]], 1.0).is_err() && of(&[&[1.0]], f64::NAN).is_err());
        assert_eq!(of(&[&[1.0]], 0.0), Err(MaximizationError::Penalty(0.0)));
        assert_eq!(of(&[&[1e300], &[-1e300]], 1.0), Err(MaximizationError::Prior));
    }

    #[test]
    fn without_shape_the_distance_is_the_ordinary_one() {
        let prior = GaussianPrior::of(&[&[1.0, 0.0], &[3.0, 4.0]], 1.0).unwrap();
        let plain = prior.without_shape();
        assert_eq!(plain.distance(&dvector![5.0, 6.0]), Ok(5.0));
        assert_eq!(plain.at_distance(&dvector![5.0, 6.0], 10.0), Ok(dvector![8.0, 10.0]));
        assert_eq!(plain.at_distance(&dvector![2.0, 2.0], 10.0), Ok(dvector![2.0, 2.0]));
        assert!(plain.distance(&dvector![1.0]).is_err());
    }

    proptest! {
        #[test]
        fn the_distance_is_that_of_the_inverse_covariance(
            pixels in prop::collection::vec(prop::array::uniform3(-2.0f64..2.0), 1..8),
            z in prop::array::uniform3(-3.0f64..3.0),
            ridge in 0.01f64..2.0,
        ) {
            let images: Vec<&[f64]> = pixels.iter().map(<[f64; 3]>::as_slice).collect();
            let prior = GaussianPrior::of(&images, ridge).unwrap();
            let z = DVector::from_column_slice(&z);
            let image = prior.image(&z);
            let distance = prior.distance(&image).unwrap();
            prop_assert!((distance - z.norm()).abs() < 1e-10 * (1.0 + z.norm()));
            let n = pixels.len() as f64;
            let mut covariance = DMatrix::identity(3, 3) * ridge;
            for x in &pixels {
                let d = DVector::from_column_slice(x) - prior.mean();
                covariance += &d * d.transpose() / n;
            }
            let deviation = image - prior.mean();
            let inverse = covariance.try_inverse().unwrap();
            let square = deviation.dot(&(&inverse * &deviation));
            prop_assert!((square - distance * distance).abs() < 1e-8 * (1.0 + square));
        }

        #[test]
        fn any_bits_are_a_prior_or_refused(bits in prop::array::uniform4(any::<u64>()), ridge in any::<u64>()) {
            let pixels = bits.map(f64::from_bits);
            if let Ok(prior) = GaussianPrior::of(&[&pixels[..2], &pixels[2..]], f64::from_bits(ridge)) {
                prop_assert!(prior.mean().iter().all(|x| x.is_finite()));
            }
        }
    }
}
