//! Traces of functions of the operator: the log-determinant, the effective dimension.

use super::Density;
use crate::spectrum::estimate::Estimate;
use crate::spectrum::{SpectrumError, between};

/// A trace between two estimates: what the quadratures leave open lies between them, each has the error of the probes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bracket {
    /// The mean of the lower ends.
    pub low: Estimate,
    /// The mean of the upper ends.
    pub high: Estimate,
}

impl Bracket {
    /// An interval for the trace: from the lower end of Student's interval of `low` to the upper end of that of `high`.
    ///
    /// # Errors
    /// When the confidence is not in `(0, 1)`.
    pub fn interval(&self, confidence: f64) -> Result<(f64, f64), SpectrumError> {
        Ok((self.low.interval(confidence)?.0, self.high.interval(confidence)?.1))
    }
}

impl Density {
    /// An estimate of `tr f(A)`.
    ///
    /// The standard error is that of the probes. The quadrature's own error decays geometrically with the steps where
    /// `f` is analytic around the spectrum (Ubaru, Chen and Saad 2017, theorem 4.1), and is not part of it; where the
    /// odd derivatives of `f` have one sign, [`bracket`](Self::bracket) bounds it.
    ///
    /// # Errors
    /// When `f` is not finite at a node.
    pub fn trace_of(&self, f: impl Fn(f64) -> f64) -> Result<Estimate, SpectrumError> {
        let n = self.dimension as f64;
        let samples: Vec<f64> =
            self.rules.iter().map(|rule| Ok(n * rule.integral(&f)?)).collect::<Result<_, SpectrumError>>()?;
        Estimate::of(&samples)
    }

    /// `tr f(A)` with the quadrature's error bracketed, for a spectrum known to lie in `ends` and a function whose derivatives
    /// of odd order from three on have one sign there.
    ///
    /// # Formula
    /// The means over probes of both ends of [`Rule::bracket`](super::Rule::bracket), times $n$.
    ///
    /// # Errors
    /// When an end lies inside the range of the nodes, or `f` is not finite between the ends.
    pub fn bracket(&self, f: impl Fn(f64) -> f64, ends: (f64, f64)) -> Result<Bracket, SpectrumError> {
        let n = self.dimension as f64;
        let (mut lows, mut highs) = (Vec::new(), Vec::new());
        for rule in &self.rules {
            let interval = rule.bracket(&f, ends)?;
            lows.push(n * interval.low());
            highs.push(n * interval.high());
        }
        Ok(Bracket { low: Estimate::of(&lows)?, high: Estimate::of(&highs)? })
    }

    /// The log-determinant `tr ln(A + shift I)` of a positive definite `A + shift I`.
    ///
    /// # Errors
    /// When the shift is not finite, or a Ritz value proves that the shifted operator is not positive definite.
    pub fn log_determinant(&self, shift: f64) -> Result<Estimate, SpectrumError> {
        self.positive(shift)?;
        self.trace_of(|x| (x + shift).ln())
    }

    /// The log-determinant with the quadrature's error bracketed, for a spectrum of `A` known to lie in `ends`.
    ///
    /// # Errors
    /// As for [`log_determinant`](Self::log_determinant) and [`bracket`](Self::bracket); in particular when the lower end
    /// plus the shift is not positive by more than rounding.
    ///
    /// # Reference
    /// Bai and Golub, Ann. Numer. Math. 4 (1997), 29-38; Ubaru, Chen and Saad (2017), section 5.1.
    pub fn log_determinant_bracket(&self, shift: f64, ends: (f64, f64)) -> Result<Bracket, SpectrumError> {
        self.positive(shift)?;
        let logarithm = |x: f64| if x + shift > 0.0 { (x + shift).ln() } else { f64::NAN };
        self.bracket(logarithm, ends)
    }

    /// The effective dimension `tr A(A + ridge I)⁻¹` of a positive semidefinite operator.
    ///
    /// Nodes that rounding has pushed below zero, by no more than the ridge, count as what the formula gives.
    ///
    /// # Errors
    /// When the ridge is not positive, or a node is at or below minus the ridge.
    ///
    /// # Reference
    /// MacKay, Neural Computation 4 (1992), 415-447.
    pub fn effective_dimension(&self, ridge: f64) -> Result<Estimate, SpectrumError> {
        between("the ridge", ridge, 0.0, f64::INFINITY)?;
        self.positive(ridge)?;
        self.trace_of(|x| x / (x + ridge))
    }

    /// The effective dimension with the quadrature's error bracketed, for a spectrum known to lie in `ends`.
    ///
    /// # Errors
    /// As for [`effective_dimension`](Self::effective_dimension) and [`bracket`](Self::bracket).
    pub fn effective_dimension_bracket(&self, ridge: f64, ends: (f64, f64)) -> Result<Bracket, SpectrumError> {
        between("the ridge", ridge, 0.0, f64::INFINITY)?;
        self.positive(ridge)?;
        let share = |x: f64| if x + ridge > 0.0 { x / (x + ridge) } else { f64::NAN };
        self.bracket(share, ends)
    }

    /// Whether no Ritz value speaks against `A + shift I` being positive definite.
    fn positive(&self, shift: f64) -> Result<(), SpectrumError> {
        between("the shift", shift, f64::NEG_INFINITY, f64::INFINITY)?;
        let quotient = self.range().0;
        if quotient + shift > 0.0 { Ok(()) } else { Err(SpectrumError::NotPositive { quotient, shift }) }
    }
}
