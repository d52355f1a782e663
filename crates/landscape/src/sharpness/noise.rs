//! How much Gaussian noise on its parameters a minimum tolerates: the sharpness of PAC-Bayes bounds.

use super::{SharpnessError, positive};
use crate::objective::Objective;

/// The standard deviation of Gaussian noise at which the mean of the function has risen by `rise`.
///
/// # Formula
/// The `σ` with $\frac1m\sum_k f(x + \sigma\,T\xi_k) - f(x) = r$ for $m$ fixed standard normal vectors $\xi_k$ and a diagonal
/// $T$: 1 for the same noise on all parameters, $|x_i|$ for noise that follows their size, which no rescaling of layers
/// changes. Of several such $\sigma$, one below the first power of 2 at which the mean has risen further. In a PAC-Bayes
/// bound with Gaussian prior and posterior $1/\sigma^2$ multiplies the divergence.
///
/// The same vectors serve all $\sigma$: the mean is then a continuous function of it, and its root is found by bisection to
/// a relative $10^{-3}$.
///
/// # Errors
/// When the point does not fit or is not finite, `rise` is not positive, a scale is no number, no vector is asked for, or
/// the function does not rise so far for any $\sigma$ up to $2^{20}$.
///
/// # Reference
/// Neyshabur, Bhojanapalli, McAllester and Srebro, *Exploring generalization in deep learning*, NeurIPS 2017, section 2.3; with
/// $|x_i|$, Jiang, Neyshabur, Mobahi, Krishnan and Bengio, *Fantastic generalization measures and where to find them*, ICLR
/// 2020, appendix C.4, who let the training error rise instead of the loss.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_landscape::analytic::Quadratic;
/// use saddlepoint_landscape::sharpness::noise::tolerated;
///
/// // x² rises by σ²ξ²: with ξ = 2, by 0.04 at σ = 0.1.
/// let bowl = Quadratic::new(dmatrix![2.0])?;
/// let deviation = tolerated(&bowl, &[0.0], |_| 1.0, 0.04, 1, &mut || 2.0)?;
/// assert!((deviation - 0.1).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tolerated(
    objective: &(impl Objective + ?Sized),
    point: &[f64],
    scale: impl Fn(f64) -> f64,
    rise: f64,
    vectors: usize,
    normal: &mut dyn FnMut() -> f64,
) -> Result<f64, SharpnessError> {
    positive("the rise", rise)?;
    positive("the number of vectors", vectors as f64)?;
    let value = objective.value(point)?;
    let scales: Vec<f64> = point.iter().map(|&x| scale(x)).collect();
    let noise: Vec<Vec<f64>> =
        (0..vectors).map(|_| scales.iter().map(|scale| scale * normal()).collect()).collect();
    if let Some(&wrong) = noise.iter().flatten().find(|entry| !entry.is_finite()) {
        return Err(SharpnessError::NotPositive { what: "a scale", value: wrong });
    }
    let mut moved = vec![0.0; point.len()];
    // An overflow has risen far enough.
    let mut risen = |deviation: f64| {
        let mut sum = 0.0;
        for vector in &noise {
            for ((to, x), n) in moved.iter_mut().zip(point).zip(vector) {
                *to = x + deviation * n;
            }
            sum += objective.value_unchecked(&moved);
        }
        let mean = sum / vectors as f64;
        mean.is_nan() || mean - value >= rise
    };
    let ends = (-40..=20).map(|power| 2f64.powi(power)).find(|&deviation| risen(deviation));
    let mut high = ends.ok_or(SharpnessError::NeverRises { rise })?;
    let mut low = 0.5 * high;
    while high > low * 1.001 {
        let middle = f64::midpoint(low, high);
        if risen(middle) { high = middle } else { low = middle }
    }
    Ok(f64::midpoint(low, high))
}

#[cfg(test)]
mod tests {
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    use super::*;
    use crate::analytic::Quadratic;

    #[test]
    fn what_cannot_be_measured_is_refused() {
        let bowl = Quadratic::new(dmatrix![2.0]).unwrap();
        let at = |point: f64, rise, vectors, scale: f64| {
            tolerated(&bowl, &[point], |_| scale, rise, vectors, &mut || 1.0)
        };
        assert!(matches!(at(0.0, 0.0, 1, 1.0), Err(SharpnessError::NotPositive { .. })));
        assert!(matches!(at(0.0, f64::NAN, 1, 1.0), Err(SharpnessError::NotPositive { .. })));
        assert!(matches!(at(0.0, 1.0, 0, 1.0), Err(SharpnessError::NotPositive { .. })));
        assert!(matches!(at(f64::NAN, 1.0, 1, 1.0), Err(SharpnessError::Evaluation(_))));
        assert!(matches!(at(0.0, 1.0, 1, f64::NAN), Err(SharpnessError::NotPositive { .. })));
        assert!(matches!(at(0.0, 1.0, 1, 0.0), Err(SharpnessError::NeverRises { .. })));
    }

    /// The mean of a quadratic rises by σ² times half the trace, up to sampling.
    #[test]
    fn noise_sees_the_trace() {
        let bowl = Quadratic::new(dmatrix![3.0, 0.0; 0.0, 1.0]).unwrap();
        let mut state = 1u64;
        // Signs have variance 1 too, and with them the trace is met exactly.
        let mut sign = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if state >> 63 == 0 { 1.0 } else { -1.0 }
        };
        let found = tolerated(&bowl, &[0.0, 0.0], |_| 1.0, 0.5, 4, &mut sign).unwrap();
        assert!((found - 0.5).abs() < 1e-3, "{found}");
    }

    #[test]
    fn noise_that_follows_the_weights_does_not_see_a_rescaling() {
        // f = (xy)²/2-like: the quadratic with curvature c² at x/c.
        for c in [0.1, 1.0, 30.0] {
            let bowl = Quadratic::new(dmatrix![c * c]).unwrap();
            let found = tolerated(&bowl, &[2.0 / c], f64::abs, 0.7, 1, &mut || 1.0).unwrap();
            let unscaled =
                tolerated(&Quadratic::new(dmatrix![1.0]).unwrap(), &[2.0], f64::abs, 0.7, 1, &mut || 1.0)
                    .unwrap();
            assert!((found / unscaled - 1.0).abs() < 2e-3);
        }
    }

    proptest! {
        #[test]
        fn any_bits_are_measured_or_refused(bits in any::<[u64; 4]>()) {
            let [curvature, point, rise, noise] = bits.map(f64::from_bits);
            if let Ok(bowl) = Quadratic::new(dmatrix![curvature])
                && let Ok(found) = tolerated(&bowl, &[point], |_| 1.0, rise, 1, &mut || noise)
            {
                prop_assert!(found > 0.0 && found.is_finite());
            }
        }
    }
}
