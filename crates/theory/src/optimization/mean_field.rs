//! How lengths and gradients pass through a random network that is infinitely wide.

use super::{OptimizationError, positive};

/// An activation function whose Gaussian averages are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nonlinearity {
    /// `z ↦ 1 / (1 + e^(−z))`.
    Sigmoid,
    /// `z ↦ tanh z`.
    Tanh,
    /// `z ↦ max(0, z)`.
    Relu,
}

/// A deep network without biases at its start, as wide as one likes.
///
/// # Formula
/// With weights of variance $\sigma_w^2/\text{width}$, pre-activations are Gaussian, of variances $q_{l+1} = V(q_l)$, and the
/// squared norm of the gradient is multiplied by $\chi(q_l)$ from layer to layer on the way back:
/// $$V(q) = \sigma_w^2\,\mathbb E\,\varphi(\sqrt q Z)^2,\qquad \chi(q) = \sigma_w^2\,\mathbb E\,\varphi'(\sqrt q Z)^2.$$
/// Deep inside, $q = q^*$, the fixed point, and the norm of the gradient falls by $\sqrt{\chi(q^*)}$ a layer: it vanishes
/// for $\chi < 1$ and explodes for $\chi > 1$.
///
/// # Reference
/// Poole, Lahiri, Raghu, Sohl-Dickstein and Ganguli, *Exponential expressivity in deep neural networks through transient
/// chaos* (2016), equations (3) to (6); Schoenholz, Gilmer, Ganguli and Sohl-Dickstein, *Deep information propagation*
/// (2017), section 4.
///
/// # Example
/// ```
/// use saddlepoint_theory::optimization::{MeanField, Nonlinearity};
///
/// let sigmoids = MeanField::new(Nonlinearity::Sigmoid, 1.0)?;
/// assert!((sigmoids.gradient_factor() - 0.236052339).abs() < 1e-9); // not the often quoted 1/4
/// # Ok::<(), saddlepoint_theory::optimization::OptimizationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanField {
    nonlinearity: Nonlinearity,
    weight_variance: f64,
}

impl MeanField {
    /// A network with this activation and $\sigma_w^2$.
    ///
    /// # Errors
    /// When the variance is not finite and positive, or above 100, beyond which the quadrature is not trusted.
    pub fn new(nonlinearity: Nonlinearity, weight_variance: f64) -> Result<Self, OptimizationError> {
        let what = "the weight variance";
        super::at_most(what, positive(what, weight_variance)?, 100.0)?;
        Ok(Self { nonlinearity, weight_variance })
    }

    /// $V(q)$: the variance of the next layer's pre-activations.
    ///
    /// # Errors
    /// When `q` is negative or not finite.
    pub fn length_map(&self, q: f64) -> Result<f64, OptimizationError> {
        checked_variance(q).map(|q| self.weight_variance * self.nonlinearity.mean_square(q))
    }

    /// $\chi(q)$: the factor of the squared norm of the gradient, a layer.
    ///
    /// # Errors
    /// When `q` is negative or not finite.
    pub fn slope(&self, q: f64) -> Result<f64, OptimizationError> {
        checked_variance(q).map(|q| self.weight_variance * self.nonlinearity.mean_square_slope(q))
    }

    /// $q^*$: the variance that deep layers approach from $q = 1$. For ReLU, whose map is linear, that is 0 below
    /// $\sigma_w^2 = 2$, 1 there, and infinite above.
    pub fn fixed_point(&self) -> f64 {
        if self.nonlinearity == Nonlinearity::Relu {
            let slope = self.weight_variance / 2.0;
            return if slope < 1.0 {
                0.0
            } else if slope > 1.0 {
                f64::INFINITY
            } else {
                1.0
            };
        }
        // V is increasing and, for a sigmoid or tanh, concave enough that its iteration from 1 is monotone. At
        // σ_w² = 1 that of tanh ends at 0, but only as 1/layers: hence the bisection of V(q) − q instead.
        let excess = |q: f64| self.weight_variance * self.nonlinearity.mean_square(q) - q;
        let (mut low, mut high) = (0.0, self.weight_variance);
        for _ in 0..1100 {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if excess(middle) > 0.0 { low = middle } else { high = middle }
        }
        low
    }

    /// $\sqrt{\chi(q^*)}$: what the norm of a weight's gradient is multiplied by from one layer to the one before it.
    pub fn gradient_factor(&self) -> f64 {
        let q = self.fixed_point();
        if self.nonlinearity == Nonlinearity::Relu {
            return (self.weight_variance / 2.0).sqrt();
        }
        (self.weight_variance * self.nonlinearity.mean_square_slope(q)).sqrt()
    }

    /// The same with layer normalization of the pre-activations, which makes their variance 1 and divides gradients by
    /// the deviation that they had: $\sqrt{\mathbb E\,\varphi'(Z)^2 / \mathbb E\,\varphi(Z)^2}$, for any $\sigma_w^2$.
    pub fn layer_normalized_factor(&self) -> f64 {
        (self.nonlinearity.mean_square_slope(1.0) / self.nonlinearity.mean_square(1.0)).sqrt()
    }
}

impl Nonlinearity {
    /// $\mathbb E\,\varphi(\sqrt q Z)^2$.
    fn mean_square(self, q: f64) -> f64 {
        match self {
            Nonlinearity::Relu => 0.5 * q,
            Nonlinearity::Sigmoid => normal_mean(q, |z| sigmoid(z).powi(2)),
            Nonlinearity::Tanh => normal_mean(q, |z| z.tanh().powi(2)),
        }
    }

    /// $\mathbb E\,\varphi'(\sqrt q Z)^2$.
    fn mean_square_slope(self, q: f64) -> f64 {
        match self {
            Nonlinearity::Relu => 0.5,
            Nonlinearity::Sigmoid => normal_mean(q, |z| (sigmoid(z) * sigmoid(-z)).powi(2)),
            Nonlinearity::Tanh => normal_mean(q, |z| (1.0 - z.tanh().powi(2)).powi(2)),
        }
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// $\mathbb E f(\sqrt q Z)$ by the trapezoidal rule, which converges exponentially for functions that are analytic in a
/// strip: those of this file in one of half-width at least $\pi/(2\sqrt q)$, so that a step of 1/128 leaves an error
/// below $e^{-100}$ up to $q = 100$ (Trefethen and Weideman 2014, theorem 5.1). Beyond 9 deviations the weight is below 1e-18.
fn normal_mean(q: f64, f: impl Fn(f64) -> f64) -> f64 {
    const STEPS: i32 = 128;
    let root = q.sqrt();
    let (mut sum, mut weights) = (0.0, 0.0);
    for k in -9 * STEPS..=9 * STEPS {
        let z = f64::from(k) / f64::from(STEPS);
        let weight = (-0.5 * z * z).exp();
        sum += weight * f(root * z);
        weights += weight;
    }
    sum / weights
}

fn checked_variance(q: f64) -> Result<f64, OptimizationError> {
    if q.is_finite() && q >= 0.0 {
        Ok(q)
    } else {
        Err(OptimizationError::Negative { what: "the variance of pre-activations", value: q })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoids_have_the_values_of_another_implementation() {
        let sigmoids = MeanField::new(Nonlinearity::Sigmoid, 1.0).unwrap();
        assert!((sigmoids.fixed_point() - 0.264686875182).abs() < 1e-12, "{}", sigmoids.fixed_point());
        let slope = sigmoids.slope(sigmoids.fixed_point()).unwrap();
        assert!((slope - 0.0557207067697).abs() < 1e-13, "{slope}");
        assert!((sigmoids.gradient_factor() - 0.236052339).abs() < 5e-10);
    }

    #[test]
    fn at_the_edge_gradients_keep_their_length() {
        let tanh = MeanField::new(Nonlinearity::Tanh, 1.0).unwrap();
        assert!(tanh.fixed_point() < 1e-7, "{}", tanh.fixed_point());
        assert!((tanh.gradient_factor() - 1.0).abs() < 1e-7);
        let he = MeanField::new(Nonlinearity::Relu, 2.0).unwrap();
        assert_eq!((he.fixed_point(), he.gradient_factor()), (1.0, 1.0));
        assert!(MeanField::new(Nonlinearity::Tanh, 2.0).unwrap().gradient_factor() > 1.0, "chaos");
    }

    #[test]
    fn small_variances_follow_the_taylor_series() {
        let tanh = MeanField::new(Nonlinearity::Tanh, 1.0).unwrap();
        let q: f64 = 1e-4;
        // E tanh² = q − 2q² + (17/3) q³ − …, E (1 − tanh²)² = 1 − 2q + ….
        assert!((tanh.length_map(q).unwrap() - (q - 2.0 * q * q + 17.0 / 3.0 * q.powi(3))).abs() < 1e-14);
        assert!((tanh.slope(q).unwrap() - (1.0 - 2.0 * q)).abs() < 1e-6);
    }

    #[test]
    fn what_is_no_variance_is_refused() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 101.0] {
            assert!(MeanField::new(Nonlinearity::Tanh, bad).is_err());
        }
        let tanh = MeanField::new(Nonlinearity::Tanh, 1.0).unwrap();
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(tanh.length_map(bad).is_err() && tanh.slope(bad).is_err());
        }
    }
}
