//! Activations, by the properties that theorems need.

use crate::bounds::hypothesis::Violation;

/// A function that is applied to every hidden unit, by the properties that theorems need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Activation {
    pub(super) name: &'static str,
    lipschitz: f64,
    pub(super) at_zero: f64,
    homogeneous: bool,
    /// Whether `σ(1) = 1`, so that a constant passes.
    pub(super) keeps_one: bool,
}

impl Activation {
    /// An activation with this Lipschitz constant (or a larger one) and value at 0; `homogeneous` says that
    /// `σ(ct) = c σ(t)` for all `c > 0`. What is declared here is believed.
    ///
    /// # Errors
    /// When the constant is negative or not finite, or the value is not finite.
    pub fn new(name: &'static str, lipschitz: f64, at_zero: f64, homogeneous: bool) -> Result<Self, Violation> {
        let refuse = |property, value| Err(Violation::Activation { name, property, value });
        if !(lipschitz >= 0.0 && lipschitz.is_finite()) {
            return refuse("the Lipschitz constant", lipschitz);
        }
        if !at_zero.is_finite() {
            return refuse("the value at zero", at_zero);
        }
        Ok(Self { name, lipschitz, at_zero, homogeneous, keeps_one: false })
    }

    /// `max(t, 0)`.
    pub fn relu() -> Self {
        Self::homogeneous("relu", 1.0)
    }

    /// `t` for positive `t`, and `slope · t` for others.
    ///
    /// # Errors
    /// When the slope is not finite.
    pub fn leaky_relu(slope: f64) -> Result<Self, Violation> {
        if slope.is_finite() {
            Ok(Self::homogeneous("leaky relu", slope.abs().max(1.0)))
        } else {
            Err(Violation::Activation { name: "leaky relu", property: "the slope", value: slope })
        }
    }

    /// `t`.
    pub fn identity() -> Self {
        Self::homogeneous("identity", 1.0)
    }

    /// The hyperbolic tangent, which is not homogeneous.
    pub fn tanh() -> Self {
        Self { name: "tanh", lipschitz: 1.0, at_zero: 0.0, homogeneous: false, keeps_one: false }
    }

    /// `1 / (1 + e^(−t))`, which maps 0 to ½: most theorems refuse it.
    pub fn sigmoid() -> Self {
        Self { name: "sigmoid", lipschitz: 0.25, at_zero: 0.5, homogeneous: false, keeps_one: false }
    }

    fn homogeneous(name: &'static str, lipschitz: f64) -> Self {
        Self { name, lipschitz, at_zero: 0.0, homogeneous: true, keeps_one: true }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// A Lipschitz constant.
    pub fn lipschitz(self) -> f64 {
        self.lipschitz
    }

    /// Whether `σ(ct) = c σ(t)` for all `c > 0`.
    pub fn is_homogeneous(self) -> bool {
        self.homogeneous
    }

    /// Refuses activations that are not 1-Lipschitz and positive homogeneous.
    ///
    /// # Errors
    /// The hypothesis that fails.
    pub fn require_homogeneous(self) -> Result<(), Violation> {
        if !self.homogeneous {
            return Err(Violation::NotHomogeneous(self.name));
        }
        if self.lipschitz > 1.0 {
            return Err(Violation::Expanding { name: self.name, constant: self.lipschitz });
        }
        Ok(())
    }
}
