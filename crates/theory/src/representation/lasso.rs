//! The lasso, and proximal gradient steps that solve it.

use saddlepoint_rigor::{Rounding, Up};

use super::dictionary::{Dictionary, DictionaryError};
use super::thresholding::Threshold;

/// Why a lasso is none.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LassoError {
    /// A penalty that is not positive and finite.
    #[error("a penalty λ = {0}: it must be positive and finite")]
    Penalty(f64),
    /// An entry of the signal is not finite.
    #[error("entry {0} of the signal is not finite")]
    NotFinite(usize),
    /// A step for a Lipschitz constant that is none.
    #[error("steps of 1/{0}: the constant must be finite and at least ‖D‖² = {1}")]
    Smoothness(f64, f64),
    /// Lengths that do not fit.
    #[error(transparent)]
    Dictionary(#[from] DictionaryError),
}

/// Least squares with a penalty on absolute values.
///
/// # Formula
/// $F(x) = \tfrac12\lVert y-Dx\rVert^2+\lambda\lVert x\rVert_1$
#[derive(Debug, Clone)]
pub struct Lasso<'a, D: ?Sized> {
    dictionary: &'a D,
    signal: Vec<f64>,
    penalty: f64,
}

/// A descent: the objective at the start and after each step, and the last point.
#[derive(Debug, Clone, PartialEq)]
pub struct Descent {
    /// `F(x_0), F(x_1), …`
    pub objectives: Vec<f64>,
    /// The last iterate.
    pub point: Vec<f64>,
}

impl<'a, D: Dictionary + ?Sized> Lasso<'a, D> {
    /// For a dictionary, a signal and a penalty.
    ///
    /// # Errors
    /// When the penalty is not positive and finite, the signal is not finite or has another length.
    pub fn new(dictionary: &'a D, signal: Vec<f64>, penalty: f64) -> Result<Self, LassoError> {
        if !(penalty > 0.0 && penalty.is_finite()) {
            return Err(LassoError::Penalty(penalty));
        }
        if let Some(at) = signal.iter().position(|x| !x.is_finite()) {
            return Err(LassoError::NotFinite(at));
        }
        if signal.len() != dictionary.rows() {
            return Err(DictionaryError::Length { found: signal.len(), expected: dictionary.rows() }.into());
        }
        Ok(Self { dictionary, signal, penalty })
    }

    fn residual(&self, x: &[f64]) -> Result<Vec<f64>, DictionaryError> {
        Ok(self.signal.iter().zip(self.dictionary.synthesize(x)?).map(|(y, z)| y - z).collect())
    }

    /// `F(x)`.
    ///
    /// # Errors
    /// When there are not as many coefficients as atoms.
    pub fn objective(&self, x: &[f64]) -> Result<f64, LassoError> {
        let l1: f64 = x.iter().map(|x| x.abs()).sum();
        Ok(0.5 * squared_norm(&self.residual(x)?) + self.penalty * l1)
    }

    /// How far `F(x)` is at most from the least value, in nearest arithmetic.
    ///
    /// # Formula
    /// $F(x) - \tfrac12\lVert y\rVert^2+\tfrac12\lVert y-s r\rVert^2$ with the residual $r=y-Dx$ and the scale
    /// $s=\min(1,\lambda/\lVert D^\top r\rVert_\infty)$ that makes $sr$ feasible for the dual.
    ///
    /// # Errors
    /// When there are not as many coefficients as atoms.
    pub fn duality_gap(&self, x: &[f64]) -> Result<f64, LassoError> {
        let residual = self.residual(x)?;
        let steepest = self.dictionary.correlate(&residual)?.iter().fold(0.0f64, |a, b| a.max(b.abs()));
        let scale = if steepest > self.penalty { self.penalty / steepest } else { 1.0 };
        let l1: f64 = x.iter().map(|x| x.abs()).sum();
        // ½‖r‖² + λ‖x‖₁ − ½‖y‖² + ½‖y − s r‖², with y − s r = Dx + (1 − s) r, without the squares of y cancelling.
        let cross: f64 = residual.iter().zip(&self.signal).map(|(r, y)| r * y).sum();
        Ok(0.5 * (1.0 + scale * scale) * squared_norm(&residual) + self.penalty * l1 - scale * cross)
    }

    /// One proximal gradient step of length `1/smoothness`.
    ///
    /// # Formula
    /// $x\mapsto S_{\lambda/L}\bigl(x+\tfrac1L D^\top(y-Dx)\bigr)$; from 0 with $L=1$ it is $S_\lambda(D^\top y)$.
    ///
    /// # Errors
    /// When lengths do not fit or `smoothness` is not positive and finite.
    pub fn step(&self, x: &[f64], smoothness: f64) -> Result<Vec<f64>, LassoError> {
        let threshold = Threshold::new(self.penalty / smoothness)
            .ok()
            .filter(|_| smoothness > 0.0 && smoothness.is_finite())
            .ok_or(LassoError::Smoothness(smoothness, self.dictionary.squared_norm()))?;
        let gradient = self.dictionary.correlate(&self.residual(x)?)?;
        Ok(x.iter().zip(gradient).map(|(x, g)| threshold.soft(x + g / smoothness)).collect())
    }

    fn smoothness(&self, smoothness: f64) -> Result<f64, LassoError> {
        let least = self.dictionary.squared_norm();
        let fits = smoothness >= least && smoothness.is_finite();
        if fits { Ok(smoothness) } else { Err(LassoError::Smoothness(smoothness, least)) }
    }

    /// Iterative soft thresholding.
    ///
    /// # Formula
    /// For every $z$: $F(x_k)-F(z)\le \dfrac{L\lVert x_0-z\rVert^2}{2k}$ if $L\ge\lVert D\rVert^2$.
    ///
    /// # Errors
    /// When lengths do not fit, or `smoothness` is not an upper bound of `‖D‖²`.
    ///
    /// # Reference
    /// Daubechies, Defrise and De Mol, Communications on Pure and Applied Mathematics 57, 2004; Beck and Teboulle, A fast
    /// iterative shrinkage-thresholding algorithm, SIAM Journal on Imaging Sciences 2, 2009, theorem 3.1.
    pub fn ista(&self, start: &[f64], smoothness: f64, steps: usize) -> Result<Descent, LassoError> {
        let smoothness = self.smoothness(smoothness)?;
        let mut point = start.to_vec();
        let mut objectives = vec![self.objective(&point)?];
        for _ in 0..steps {
            point = self.step(&point, smoothness)?;
            objectives.push(self.objective(&point)?);
        }
        Ok(Descent { objectives, point })
    }

    /// The same with Nesterov's momentum.
    ///
    /// # Formula
    /// For a minimizer $x^*$: $F(x_k)-F(x^*)\le \dfrac{2L\lVert x_0-x^*\rVert^2}{(k+1)^2}$ if $L\ge\lVert D\rVert^2$.
    ///
    /// # Errors
    /// When lengths do not fit, or `smoothness` is not an upper bound of `‖D‖²`.
    ///
    /// # Reference
    /// Beck and Teboulle 2009, theorem 4.4.
    pub fn fista(&self, start: &[f64], smoothness: f64, steps: usize) -> Result<Descent, LassoError> {
        let smoothness = self.smoothness(smoothness)?;
        let (mut point, mut ahead, mut t) = (start.to_vec(), start.to_vec(), 1.0f64);
        let mut objectives = vec![self.objective(&point)?];
        for _ in 0..steps {
            let next = self.step(&ahead, smoothness)?;
            let following = f64::midpoint(1.0, (4.0 * t).mul_add(t, 1.0).sqrt());
            let momentum = (t - 1.0) / following;
            ahead = next.iter().zip(&point).map(|(new, old)| new + momentum * (new - old)).collect();
            (point, t) = (next, following);
            objectives.push(self.objective(&point)?);
        }
        Ok(Descent { objectives, point })
    }
}

/// The rate of [`Lasso::ista`] after `steps` steps, rounded up: `L d² / (2 k)`, infinite for `k = 0`.
pub fn ista_rate(smoothness: f64, distance: f64, steps: usize) -> f64 {
    Up::div(Up::mul(smoothness, Up::mul(distance, distance)), 2.0 * steps as f64)
}

/// The rate of [`Lasso::fista`] after `steps` steps, rounded up: `2 L d² / (k + 1)²`.
pub fn fista_rate(smoothness: f64, distance: f64, steps: usize) -> f64 {
    let k = steps as f64 + 1.0;
    Up::div(Up::mul(2.0 * smoothness, Up::mul(distance, distance)), k * k)
}

fn squared_norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::representation::dictionary::SpikesAndHadamard;

    #[test]
    fn both_descents_close_the_duality_gap() {
        let dictionary = SpikesAndHadamard::new(16).unwrap();
        let signal: Vec<f64> = (0..16).map(|i| f64::from(i * i % 11) - 4.0).collect();
        let lasso = Lasso::new(&dictionary, signal, 0.5).unwrap();
        let start = vec![0.0; 32];
        let (slow, fast) = (lasso.ista(&start, 2.0, 3000).unwrap(), lasso.fista(&start, 2.0, 3000).unwrap());
        for descent in [&slow, &fast] {
            assert!(lasso.duality_gap(&descent.point).unwrap().abs() < 1e-9);
        }
        assert!((slow.objectives[3000] - fast.objectives[3000]).abs() < 1e-9);
        assert!(slow.objectives.windows(2).all(|pair| pair[1] <= pair[0] + 1e-12));
    }

    #[test]
    fn steps_that_are_too_long_are_refused() {
        let dictionary = SpikesAndHadamard::new(4).unwrap();
        let lasso = Lasso::new(&dictionary, vec![1.0; 4], 0.5).unwrap();
        assert!(matches!(lasso.ista(&[0.0; 8], 1.9, 1), Err(LassoError::Smoothness(..))));
        assert!(matches!(lasso.step(&[0.0; 8], f64::NAN), Err(LassoError::Smoothness(..))));
        assert!(lasso.step(&[0.0; 7], 2.0).is_err());
        assert!(matches!(Lasso::new(&dictionary, vec![1.0; 4], f64::NAN), Err(LassoError::Penalty(_))));
        assert!(matches!(Lasso::new(&dictionary, vec![f64::NAN; 4], 1.0), Err(LassoError::NotFinite(0))));
    }
}
