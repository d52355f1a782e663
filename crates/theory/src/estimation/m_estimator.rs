//! How far an empirical minimizer lies from the true one.

/// An M-estimator whose curvature and noise are diagonal in one basis: the minimizer `ŵ` of an empirical risk.
///
/// # Formula
/// With $H = \nabla^2\ell(w^*)$ positive definite, $G$ the covariance of a sample's gradient at $w^*$, and $\hat w\to w^*$,
/// $$\sqrt n\,(\hat w - w^*) \to N(0, H^{-1}GH^{-1}),\qquad n\,\mathbb E\lVert\hat w - w^*\rVert^2 \to
/// \operatorname{tr} H^{-1}GH^{-1} = \sum_i \frac{d_i\,g_i}{h_i^2}$$
/// for eigenvalues $h_i$, $g_i$ on eigenspaces of dimension $d_i$. The second limit needs uniform integrability besides.
///
/// # Reference
/// van der Vaart, *Asymptotic Statistics* (1998), theorem 5.23.
///
/// # Example
/// The mean is the M-estimator of the squared error, with curvature 1.
/// ```
/// use saddlepoint_theory::estimation::{Eigenspace, MEstimator};
///
/// let mean = MEstimator::new(vec![Eigenspace { dimension: 3, curvature: 1.0, noise: 2.0 }])?;
/// assert_eq!(mean.variance(), 6.0);
/// # Ok::<(), saddlepoint_theory::estimation::EstimationError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MEstimator {
    spaces: Vec<Eigenspace>,
}

/// A common eigenspace of curvature and noise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eigenspace {
    /// Its dimension.
    pub dimension: u32,
    /// The eigenvalue of the Hessian of the risk.
    pub curvature: f64,
    /// The eigenvalue of the covariance of the gradient.
    pub noise: f64,
}

impl MEstimator {
    /// The estimator with these eigenspaces.
    ///
    /// # Errors
    /// When a curvature is not finite and positive, so that the minimizer is not determined, or a noise is negative or not
    /// finite.
    pub fn new(spaces: Vec<Eigenspace>) -> Result<Self, EstimationError> {
        for space in &spaces {
            if !(space.curvature.is_finite() && space.curvature > 0.0) {
                return Err(EstimationError::Curvature { value: space.curvature });
            }
            if !(space.noise.is_finite() && space.noise >= 0.0) {
                return Err(EstimationError::Noise { value: space.noise });
            }
        }
        Ok(Self { spaces })
    }

    /// The limit of `n E‖ŵ − w*‖²`.
    pub fn variance(&self) -> f64 {
        self.spaces.iter().map(|s| f64::from(s.dimension) * s.noise / s.curvature / s.curvature).sum()
    }
}

/// The rate `√(d ln n / n)` at which gradients and Hessians of an empirical risk approach those of the risk, uniformly over
/// a ball: without the constant, which the theorem leaves open.
///
/// # Errors
/// When there are fewer than two samples.
///
/// # Reference
/// Mei, Bai and Montanari, *The landscape of empirical risk for non-convex losses* (2018), theorem 1.
pub fn uniform_rate(dimension: u32, samples: u64) -> Result<f64, EstimationError> {
    if samples < 2 {
        return Err(EstimationError::TooFew { samples });
    }
    let n = samples as f64;
    Ok((f64::from(dimension) * n.ln() / n).sqrt())
}

/// The hypothesis on an estimator that is not met.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum EstimationError {
    /// The risk is not strictly convex at the truth.
    #[error("the curvature at the truth must be finite and positive, not {value}")]
    Curvature {
        /// The curvature.
        value: f64,
    },
    /// A variance is none.
    #[error("the noise must be finite and not negative, not {value}")]
    Noise {
        /// The noise.
        value: f64,
    },
    /// Too few samples for a rate.
    #[error("a rate needs at least two samples, not {samples}")]
    TooFew {
        /// Their number.
        samples: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// In units `u` times as small, lengths are `u` times as large.
        #[test]
        fn the_variance_scales_as_a_squared_length(h in 0.01f64..10.0, g in 0.0f64..10.0, u in 0.1f64..10.0) {
            let at = |curvature, noise| {
                MEstimator::new(vec![Eigenspace { dimension: 2, curvature, noise }]).unwrap().variance()
            };
            let scaled = at(h / (u * u), g / (u * u));
            prop_assert!((scaled - u * u * at(h, g)).abs() <= 1e-12 * scaled);
        }

        #[test]
        fn any_bits_are_refused_or_have_a_variance(h in any::<u64>(), g in any::<u64>()) {
            let space = Eigenspace { dimension: 1, curvature: f64::from_bits(h), noise: f64::from_bits(g) };
            if let Ok(estimator) = MEstimator::new(vec![space]) {
                prop_assert!(estimator.variance() >= 0.0);
            }
        }
    }

    #[test]
    fn bad_input_is_refused() {
        let space = |curvature, noise| MEstimator::new(vec![Eigenspace { dimension: 1, curvature, noise }]);
        for curvature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(space(curvature, 1.0), Err(EstimationError::Curvature { .. })));
        }
        for noise in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(space(1.0, noise), Err(EstimationError::Noise { .. })));
        }
        assert_eq!(uniform_rate(3, 1), Err(EstimationError::TooFew { samples: 1 }));
        assert!((uniform_rate(2, 200).unwrap() - 0.2301807).abs() < 1e-7);
    }
}
