//! How smooth the squared loss of a sigmoid neuron is: extreme slopes and curvatures in closed form.

use saddlepoint_rigor::{Down, Interval, Rounding, Up};

use super::{OptimizationError, at_most, positive};

/// The smoothness of the half mean square of a sigmoid neuron.
///
/// # Formula
/// For $\ell(z) = \tfrac12(y - \sigma(z))^2$ with $y \in [0, 1]$ and $u = \sigma(z)$, first and second derivative are
/// linear in $y$, so their extremes lie at $y \in \{0, 1\}$, which are mirror images. At $y = 0$
/// $$\ell' = u^2(1-u),\qquad \ell'' = u^2(1-u)(2-3u),\qquad
/// \frac{d\ell''}{du} = u(12u^2 - 15u + 4) = 0 \iff u \in \Bigl\{0, \tfrac{15\mp\sqrt{33}}{24}\Bigr\},$$
/// so $|\ell'| \le \tfrac4{27}$ and $-0.0601022 \le \ell'' \le 0.0770293$. Hence for
/// $\ell_n(w) = \tfrac1{2n}\sum_i(y_i - \sigma(w\cdot x_i))^2$
/// $$\beta = \sup_w\lVert\nabla^2\ell_n(w)\rVert \le 0.0770293\;\lambda_{\max}\bigl(\tfrac1nX^\top X\bigr).$$
///
/// # Reference
/// Nesterov, *Introductory Lectures on Convex Optimization* (2004), lemma 1.2.2 (the smoothness is the largest norm
/// of a Hessian); the extremes are this project's.
///
/// # Example
/// ```
/// use saddlepoint_theory::optimization::SigmoidNeuronSmoothness;
///
/// let [lowest, highest] = SigmoidNeuronSmoothness::curvatures();
/// assert!((lowest.midpoint() + 0.0601022017273).abs() < 1e-13);
/// assert!((highest.midpoint() - 0.0770292850607).abs() < 1e-13);
/// let beta = SigmoidNeuronSmoothness::new(&[0.0, 1.0, 0.5], 2.0)?.beta();
/// assert!((beta - 0.154058570121).abs() < 1e-12);
/// # Ok::<(), saddlepoint_theory::optimization::OptimizationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SigmoidNeuronSmoothness {
    gram: f64,
}

impl SigmoidNeuronSmoothness {
    /// For these labels and an upper bound of $\lambda_{\max}(X^\top X/n)$.
    ///
    /// # Errors
    /// When a label lies outside `[0, 1]` or the bound is not finite and positive.
    pub fn new(labels: &[f64], gram: f64) -> Result<Self, OptimizationError> {
        for &label in labels {
            if label.is_nan() || label < 0.0 {
                return Err(OptimizationError::Negative { what: "a label", value: label });
            }
            at_most("a label", label, 1.0)?;
        }
        Ok(Self { gram: positive("the largest eigenvalue of the inputs' second moments", gram)? })
    }

    /// A Lipschitz constant of the gradient on the whole space, rounded up.
    pub fn beta(&self) -> f64 {
        let [lowest, highest] = Self::curvatures();
        Up::mul(self.gram, highest.high().max(-lowest.low()))
    }

    /// The largest slope in magnitude, $4/27$, enclosed.
    pub fn slope() -> Interval {
        Interval::between(Down::div(4.0, 27.0), Up::div(4.0, 27.0))
    }

    /// The lowest and the highest curvature, enclosed.
    pub fn curvatures() -> [Interval; 2] {
        let [one, two, three] = [1.0, 2.0, 3.0].map(whole);
        Self::critical().map(|u| u.square() * (one - u) * (two - three * u))
    }

    /// Where they are attained for the label 0: $z = \ln\frac{u}{1-u}$; for the label 1 at $-z$. Enclosed.
    pub fn arguments() -> [Interval; 2] {
        let ln = |x: Interval| Interval::between(Down::ln(x.low()), Up::ln(x.high()));
        Self::critical().map(|u| ln(u) - ln(whole(1.0) - u))
    }

    /// The activations $(15 \pm \sqrt{33})/24$ of the lowest and the highest curvature.
    fn critical() -> [Interval; 2] {
        let root = Interval::between(Down::sqrt(33.0), Up::sqrt(33.0));
        let part = Interval::between(Down::div(1.0, 24.0), Up::div(1.0, 24.0));
        [root, -root].map(|root| (whole(15.0) + root) * part)
    }
}

/// A constant that f64 holds exactly.
fn whole(n: f64) -> Interval {
    Interval::between(n, n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_label_and_no_argument_exceeds_the_extremes(y in 0.0f64..=1.0, z in -20.0f64..20.0) {
            let u = 1.0 / (1.0 + (-z).exp());
            let slope = -(y - u) * u * (1.0 - u);
            let curvature = u * (1.0 - u) * (u * (1.0 - u) - (y - u) * (1.0 - 2.0 * u));
            let [lowest, highest] = SigmoidNeuronSmoothness::curvatures();
            prop_assert!(slope.abs() <= SigmoidNeuronSmoothness::slope().high());
            prop_assert!(lowest.low() <= curvature && curvature <= highest.high());
        }
    }

    #[test]
    fn the_catalogues_extremes() {
        let [lowest, highest] = SigmoidNeuronSmoothness::curvatures();
        let [right, left] = SigmoidNeuronSmoothness::arguments();
        for (found, expected) in [
            (lowest, -0.0601022017273),
            (highest, 0.0770292850607),
            (right, 1.85195754099),
            (left, -0.46566317987),
        ] {
            assert!((found.midpoint() - expected).abs() < 1e-11, "{found}");
            assert!(found.width() < 1e-14);
        }
    }

    #[test]
    fn labels_outside_the_unit_interval_are_refused() {
        for label in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(SigmoidNeuronSmoothness::new(&[0.5, label], 1.0).is_err());
        }
        assert!(SigmoidNeuronSmoothness::new(&[0.5], f64::NAN).is_err());
    }
}
