//! Wave packets that are dilated, and the representation that such a deformation throws far.

use std::f64::consts::PI;

use nalgebra::Complex;

use super::ScatteringError;
use crate::representation::fourier::Fourier;

/// A wave under a Gaussian envelope, in the middle of the signal.
///
/// # Formula
/// $x(t)=e^{-t^2/2\sigma^2}\cos(2\pi\xi t/N)$ at $t=-N/2,\dots,N/2-1$; dilated by $1-s$ it is $x((1-s)t)$.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WavePacket {
    width: f64,
    frequency: f64,
}

impl WavePacket {
    /// An envelope of standard deviation `width` samples, over a wave of `frequency` periods a signal.
    ///
    /// # Errors
    /// When one is not finite or the width is not positive.
    pub fn new(width: f64, frequency: f64) -> Result<Self, ScatteringError> {
        if width > 0.0 && width.is_finite() && frequency.is_finite() {
            Ok(Self { width, frequency })
        } else {
            Err(ScatteringError::WavePacket(width, frequency))
        }
    }

    /// `n` samples of the packet dilated by `1 − s`.
    pub fn dilated(&self, n: usize, s: f64) -> Vec<f64> {
        let sample = |i: usize| {
            let t = (1.0 - s) * (i as f64 - (n / 2) as f64);
            let envelope = libm::exp(-t * t / (2.0 * self.width * self.width));
            envelope * libm::cos(2.0 * PI * self.frequency * t / n as f64)
        };
        (0..n).map(sample).collect()
    }
}

/// The distance of the moduli of two Fourier transforms: invariant to translation, but not stable to deformation.
///
/// # Formula
/// $\bigl\lVert\,|\hat x|-|\hat y|\,\bigr\rVert/\sqrt N$
///
/// # Errors
/// When the lengths differ or are no power of two.
///
/// # Reference
/// Mallat 2012, section 2.1.
pub fn fourier_modulus_distance(x: &[f64], y: &[f64]) -> Result<f64, ScatteringError> {
    let n = x.len();
    if y.len() != n {
        return Err(ScatteringError::Signal { found: y.len(), expected: n });
    }
    if !n.is_power_of_two() || n > 1 << 24 {
        return Err(ScatteringError::Length(n));
    }
    let fourier = Fourier::new(n.trailing_zeros());
    let moduli = |x: &[f64]| {
        let mut data: Vec<_> = x.iter().map(|x| Complex::new(*x, 0.0)).collect();
        fourier.forward(&mut data);
        data.into_iter().map(Complex::norm).collect::<Vec<f64>>()
    };
    let squares: f64 = moduli(x).iter().zip(moduli(y)).map(|(a, b)| (a - b) * (a - b)).sum();
    Ok((squares / n as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_translation_leaves_the_modulus() {
        let mut x = WavePacket::new(4.0, 9.0).unwrap().dilated(64, 0.0);
        let original = x.clone();
        x.rotate_left(13);
        assert!(fourier_modulus_distance(&x, &original).unwrap() < 1e-14);
        assert!(fourier_modulus_distance(&x, &original[1..]).is_err());
        assert!(fourier_modulus_distance(&[], &[]).is_err());
        assert!(WavePacket::new(f64::NAN, 1.0).is_err() && WavePacket::new(0.0, 1.0).is_err());
    }
}
